"""What `renkei law compile` could not read, for people: one entry for each thing, and the lines to write for it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from renkei.law.compiler.raw import Unread

_LINES: Final = {
    "acts.tsv": "?\t{column}\t?\t?\t?",
    "laws.tsv": "{key}\t?\t?",
    "phrases-details.tsv": "{column}\t{key}\t?\t?\t",
    "phrases.tsv": "{column}\t{key}\t?\t?",
}
"""What is known of a missing line, by file; `?` is for people to say."""


def plain_unread(unread: Sequence[Unread]) -> list[dict[str, object]]:
    """Every line as JSON tells it; `file` is empty where nothing is missing in a file."""
    return [asdict(each) | {"file": each.file if each.phrase else ""} for each in unread]


def show_unread(name: str, unread: Sequence[Unread]) -> None:
    """Write a table of the things that could not be read to stderr, and below it the lines that are missing."""
    things = things_of(unread)
    counts = f"読めない行 {len(unread)}（{len(things)}件）/ unread lines: {len(unread)}, things: {len(things)}"
    table = Table(title=f"{name}: {counts}")
    for title in ("数 / count", "行 / line", "場所 / place", "理由 / why"):
        table.add_column(title, overflow="fold")
    for lines in things:
        first = lines[0]
        table.add_row(str(len(lines)), str(first.line or "—"), first.place, f"{first.ja}\n[dim]{first.en}[/dim]")
    Console(stderr=True).print(table)
    missing = list(dict.fromkeys(_missing(lines[0]) for lines in things if lines[0].phrase))
    if missing:
        click.echo("書き足す行（? を埋める）/ lines to add (fill in each ?):", err=True)
    for line in missing:
        click.echo(line, err=True)


def things_of(unread: Sequence[Unread]) -> list[list[Unread]]:
    """The lines by what must be done: those that lack the same line of a file together, any other alone."""
    groups: dict[object, list[Unread]] = {}
    for place, each in enumerate(unread):
        same = (each.file, each.column, each.key or each.phrase) if each.phrase else place
        groups.setdefault(same, []).append(each)
    return list(groups.values())


def _missing(unread: Unread) -> str:
    return f"{unread.file}: {_LINES[unread.file].format(column=unread.column, key=unread.key)}"
