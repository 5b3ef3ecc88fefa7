"""`renkei`: one program, a sub-command per task. Sub-commands are loaded when they are called: systems start fast."""

import importlib
from typing import Final

import click

from renkei.cli.exits import ending, guarded

_COMMANDS: Final = {
    "backup": "renkei.cli.backup:backup",
    "bench": "renkei.cli.bench:bench",
    "bulk": "renkei.cli.bulk:bulk",
    "demo": "renkei.cli.demo:demo",
    "inquire": "renkei.cli.inquire:inquire",
    "keys": "renkei.cli.keys:keys",
    "law": "renkei.cli.law:law",
    "records": "renkei.cli.inquire:records",
    "run": "renkei.cli.run:run",
    "sandbox": "renkei.cli.sandbox:sandbox",
    "soak": "renkei.cli.soak:soak",
    "simulate": "renkei.cli.simulate:simulate",
    "verify": "renkei.cli.verify:verify",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        with ending():
            return super().invoke(ctx)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="renkei")
def renkei() -> None:
    """Renkei (連携): My Number information linkage, open and runnable.

    \b
    First steps:
      renkei demo                          a whole network, its story, and the proofs (about a minute)
      renkei sandbox up /tmp/renkei        the same network, kept running
      renkei law may-ask --as 141003-mayor --text 児童手当

    Exit codes: 0 done; 1 answered "no" (refused, not proven, something found); 2 wrong use or bad input;
    3 a system could not be reached; 4 no answer yet; 130 interrupted.
    """


def main() -> None:
    """Entry point of the `renkei` command."""
    guarded(renkei)
