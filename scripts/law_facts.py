"""Make `src/renkei/law/facts/rows.tsv` from a dated table of 提供命令2条.

    python scripts/law_facts.py DIRECTORY [--check]

DIRECTORY holds one `permission_table_history_*.csv`, columns valid_from, valid_until_exclusive, kou_no, inquirer,
affair, provider, info. What the phrases mean stands in `facts/phrases.tsv` and `facts/kinds.tsv`, written by hand: a
phrase that has no entry is printed with its key, and nothing is written. `--check` only compares.
"""

import csv
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from renkei.law.facts import HEADERS, lines
from renkei.law.phrases import Column, Phrases, key_of, without_brackets, without_tail
from renkei.law.rows import item_order
from renkei.terms.affairs import InformationKind, information_kind, item_number

TARGET = Path(__file__).parent.parent / "src/renkei/law/facts/rows.tsv"


class Sense(NamedTuple):
    """What one row says, apart from when."""

    item: str
    affair: str
    article: str
    inquirers: tuple[str, ...]
    providers: tuple[str, ...]
    kinds: tuple[str, ...]


class Dated(NamedTuple):
    """A row's sense and the days on which it is in force; `until` is exclusive, empty while open."""

    sense: Sense
    start: str
    until: str


class Reader:
    """Turns the table's phrases into ids and keeps what it could not read."""

    def __init__(self, phrases: Phrases, official: Mapping[str, InformationKind]) -> None:
        self.phrases = phrases
        self.official = official
        self.unread: list[str] = []

    def read(self, line: Mapping[str, str]) -> Dated:
        item = item_number(line["kou_no"])
        information, article = without_tail(without_brackets(line["info"]))
        affair, _ = without_tail(without_brackets(line["affair"]))
        if article is None:
            self.unread.append(f"item {item}: no detail article")
        sense = Sense(
            item,
            self._known(item, affair, self.phrases.find(Column.AFFAIR, affair))[0],
            article or "",
            self._known(item, line["inquirer"], self.phrases.find(Column.BODY, line["inquirer"])),
            self._known(item, line["provider"], self.phrases.find(Column.BODY, line["provider"])),
            self._known(item, information, self.phrases.kinds(information, self.official)),
        )
        return Dated(sense, line["valid_from"], line["valid_until_exclusive"])

    def _known(self, item: str, text: str, found: tuple[str, ...] | None) -> tuple[str, ...]:
        if found is None:
            self.unread.append(f"item {item}: no meaning for {key_of(text)} {text}")
            return ("",)
        return found


def joined(rows: Iterable[Dated]) -> list[Dated]:
    """Join rows of one item whose sense went on unchanged while the ordinance's wording changed."""
    found: list[Dated] = []
    for row in sorted(rows, key=lambda each: (each.sense, each.start)):
        before = next((i for i, each in enumerate(found) if each.sense == row.sense and each.until == row.start), None)
        if before is None:
            found.append(row)
        else:
            found[before] = found[before]._replace(until=row.until)
    return found


def written(rows: Iterable[Dated]) -> bytes:
    """The file's bytes: by item, then oldest first; the ordinal is the place under the item."""
    text = ["\t".join(HEADERS["rows.tsv"])]
    ordered = sorted(joined(rows), key=lambda row: (item_order(item_number(row.sense.item)), row.start, row))
    for _, group in groupby(ordered, key=lambda row: row.sense.item):
        for number, (sense, start, until) in enumerate(group, start=1):
            lists = [",".join(each) for each in (sense.inquirers, sense.providers, sense.kinds)]
            text.append("\t".join([sense.item, str(number), sense.affair, sense.article, *lists, start, until]))
    return ("\n".join(text) + "\n").encode()


def table(directory: Path) -> list[dict[str, str]]:
    """Lines of the one dated table in the directory."""
    (path,) = directory.glob("permission_table_history_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def official_kinds() -> dict[str, InformationKind]:
    """Kinds by official short name."""
    source = TARGET.with_name("kinds.tsv")
    cells = (each for _, each in lines(source.name, source.read_bytes(), HEADERS[source.name]))
    return {ja: information_kind(kind) for kind, ja, _, meaning in cells if meaning == "official"}


def main(arguments: list[str]) -> int:
    reader = Reader(Phrases.load(), official_kinds())
    rows = [reader.read(line) for line in table(Path(arguments[0]))]
    if reader.unread:
        print("\n".join(reader.unread), file=sys.stderr)
        return 1
    made = written(rows)
    if "--check" in arguments:
        return 0 if TARGET.read_bytes() == made else 1
    TARGET.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
