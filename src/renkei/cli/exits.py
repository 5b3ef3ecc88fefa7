"""Exit codes and the one place where errors become words on a terminal."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

from renkei.sandbox.plain import PlainError
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import SENTENCES, Problem

NO: Final = 1
"""The question was answered, and the answer is no: refused, not proven, something found."""
BAD_INPUT: Final = 2
UNREACHABLE: Final = 3
PENDING: Final = 4
"""There is no answer yet: neither yes nor no."""
INTERRUPTED: Final = 130
"""Ctrl-C or SIGTERM, as shells say it."""
UNREAD: Final = 141
"""Nobody reads what is printed any more (`… | head -1`), as shells say it."""


def guarded(command: click.Command) -> None:
    """Run a command; a problem from the closed list is told in both languages, anything else crashes loudly.

    SIGTERM ends a command as Ctrl-C does, so that what it started is stopped; systems have their own way (`run`).
    """
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        command(standalone_mode=True)
    except RenkeiError as error:
        _tell(error)
        waits = error.problem in {Problem.UNREACHABLE, Problem.BUSY}
        sys.exit(UNREACHABLE if waits else BAD_INPUT)
    except (ConnectionError, TimeoutError):  # no file, no folder: a bug of ours
        raise
    except OSError as error:
        where = " → ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        what = f"{where}: {error.strerror or error}" if where else str(error.strerror or error)
        click.echo("ファイルまたはフォルダーを使えません。場所と権限、空き容量を確かめてください。", err=True)
        click.echo("A file or folder cannot be used. Check its place, its permissions and the free space.", err=True)
        click.echo(f"({type(error).__name__}) {what}", err=True)
        sys.exit(BAD_INPUT)


def _tell(error: RenkeiError) -> None:
    if isinstance(error, PlainError):
        click.echo(f"{error.ja}\n{error.en}", err=True)
        return
    sentence = SENTENCES[error.problem]
    click.echo(f"{sentence.ja} {sentence.next_ja}\n{sentence.en} {sentence.next_en}", err=True)
    if error.detail:
        click.echo(f"({error.problem.value}) {error.detail}", err=True)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Through the handler of SIGINT: asyncio's lets a system that was just started be noted before it all ends."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):  # ignored, as in a shell's background job
        raise KeyboardInterrupt
    handler(number, frame)


@contextmanager
def ending() -> Iterator[None]:
    """Around every command: an end that the user chose is no answer, and never the exit code of one."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\n中断しました。/ Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it once more
        sys.exit(UNREAD)
    except SystemExit as end:
        sys.exit(UNREAD if isinstance(end.__context__, BrokenPipeError) else end.code)  # rich's own way
