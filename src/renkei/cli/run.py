"""`renkei run SYSTEM --config FILE`: one system as one process."""

import importlib
import sys
from pathlib import Path
from typing import Final

import click

from renkei.platform.config import KeyFile, Settings, load
from renkei.platform.process import run_from_file
from renkei.sandbox.plain import PlainError
from renkei.terms.errors import RenkeiError

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


class _Keyed(Settings, frozen=True, forbid_unknown_fields=False):
    """What is looked at before a system starts; all of it is the system's affair."""

    keys: KeyFile


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
    refused, 3 failed while running. The key store that the file names is made by whoever builds the network: `renkei
    sandbox up` makes those of a sandbox, and its systems can be run by hand after `renkei sandbox down`.

    \b
    Example:
      renkei run core --config /tmp/renkei/systems/core/config.toml
    """
    _demand_keys(config_file)
    wiring = importlib.import_module(f"renkei.systems.{system}.wiring")
    sys.exit(run_from_file(system, config_file, wiring.Config, wiring.build))


def _demand_keys(config_file: Path) -> None:
    """Say how a key store is made where there is none; whatever else is wrong with the file, the system says."""
    try:
        keys = load(config_file, _Keyed).keys
    except RenkeiError:
        return
    if not keys.path.exists():
        raise PlainError(
            f"{keys.path}: 鍵ファイルがありません。renkei sandbox up フォルダー が鍵も設定も作ります。"
            "止めたあと（renkei sandbox down）、フォルダー/systems/システム名/config.toml で一つずつ動かせます。",
            f"{keys.path}: there is no key store. `renkei sandbox up FOLDER` makes keys and configurations; after"
            " `renkei sandbox down FOLDER` each system runs by its FOLDER/systems/NAME/config.toml.",
        )
