"""Progress on long work: a live line on a terminal, plain lines elsewhere, nothing when quiet."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from renkei.sandbox.network import Progress


@contextmanager
def shown(*, quiet: bool) -> Iterator[Progress]:
    """A function that shows what is going on, on standard error so that standard output stays the result alone."""
    if quiet:
        yield lambda _: None
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(f"  {text}", highlight=False)
        return
    with console.status("…") as status:

        def show(text: str) -> None:
            status.update(text)

        yield show
