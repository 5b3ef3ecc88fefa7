"""The command line as a user meets it: arguments in; exit code and two streams out."""

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from renkei.cli.exits import guarded
from renkei.cli.main import renkei

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """`run("law", "may-ask", ...)`, through the same gate as the `renkei` command."""

    @click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def gate(arguments: tuple[str, ...]) -> None:
        def command(standalone_mode: bool) -> None:
            renkei.main(args=list(arguments), prog_name="renkei", standalone_mode=standalone_mode)

        guarded(command)  # type: ignore[arg-type]

    return lambda *arguments: CliRunner().invoke(
        gate, [str(argument) for argument in arguments], catch_exceptions=False
    )
