"""Exit codes and the one place where errors become words on a terminal."""

import signal
import sys
from typing import Final

import click

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import SENTENCES, Problem

NO: Final = 1
"""The question was answered, and the answer is no: refused, not proven, something found."""
BAD_INPUT: Final = 2
UNREACHABLE: Final = 3


def guarded(command: click.Command) -> None:
    """Run a command; a problem from the closed list is told in both languages, anything else crashes loudly.

    SIGTERM ends a command as Ctrl-C does, so that what it started is stopped; systems have their own way (`run`).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command(standalone_mode=True)
    except RenkeiError as error:
        sentence = SENTENCES[error.problem]
        click.echo(f"{sentence.ja} {sentence.next_ja}\n{sentence.en} {sentence.next_en}", err=True)
        if error.detail:
            click.echo(f"({error.problem.value}) {error.detail}", err=True)
        waits = error.problem in {Problem.UNREACHABLE, Problem.BUSY}
        sys.exit(UNREACHABLE if waits else BAD_INPUT)
