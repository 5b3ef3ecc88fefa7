"""`renkei run SYSTEM --config FILE`: one system as one process."""

import importlib
import sys
from pathlib import Path
from typing import Final

import click

from renkei.platform.process import run_from_file

SYSTEMS: Final = (
    "addressee",
    "certification",
    "core",
    "disclosure",
    "interface",
    "intermediate",
    "residents",
    "supervision",
)


@click.command()
@click.argument("system", type=click.Choice(SYSTEMS))
@click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The system's TOML file; samples with every setting stand in etc/.",
)
def run(system: str, config_file: Path) -> None:
    """Run one system until SIGTERM or SIGINT.

    Prints one JSON line {"ready": ...} once all doors are open. Exit codes: 0 stopped, 2 configuration or store
    refused, 3 failed while running.

    \b
    Example:
      renkei run core --config etc/core.toml
    """
    wiring = importlib.import_module(f"renkei.systems.{system}.wiring")
    sys.exit(run_from_file(system, config_file, wiring.Config, wiring.build))
