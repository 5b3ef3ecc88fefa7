"""`rows.tsv`, `rows-annex2.tsv` and `uses.tsv` as dated senses, and back, byte for byte."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Final

from renkei.law.compiler.meaning import Sense, UseSense
from renkei.law.dated import Dated
from renkei.law.facts import HEADERS, USES_HEADERS, lines
from renkei.law.rows import ORDINANCE_BEGAN, AffairId, item_order
from renkei.law.uses import Annex
from renkei.terms.affairs import ArticleNumber, Category, information_kind, item_number

_HEADER: Final = HEADERS["rows.tsv"]
_USES: Final = USES_HEADERS["uses.tsv"]
DatedSense = Dated[Sense]
DatedUse = Dated[UseSense]


def rows_of(name: str, source: bytes) -> list[DatedSense]:
    """The file's rows, ids in the order in which they stand there.

    Args:
        name: the file's name, for the error.
        source: its bytes; checked before by `facts.parse`.

    Raises:
        RenkeiError: MALFORMED with `file:line`.
    """
    return [_row(cells) for _, cells in lines(name, source, _HEADER)]


def written(rows: Iterable[DatedSense]) -> bytes:
    """The file's bytes: by item, then oldest first; the ordinal is the place under the item."""
    ordered = sorted((item_order(each.sense.item), each.start, _cells(each)) for each in rows)
    text = ["\t".join(_HEADER)]
    for _, group in groupby(ordered, key=lambda each: each[0]):
        for number, (_, _, (item, *cells)) in enumerate(group, start=1):
            text.append("\t".join([item, str(number), *cells]))
    return ("\n".join(text) + "\n").encode()


def uses_of(source: bytes) -> list[DatedUse]:
    """The lines of `uses.tsv`; which annex a line is from follows from its days."""
    return [_use(cells) for _, cells in lines("uses.tsv", source, _USES)]


def uses_written(uses: Iterable[DatedUse]) -> bytes:
    """The bytes of `uses.tsv`: 別表第一 before 別表, each by item, then oldest first."""
    ordered = sorted(
        (_annex(each) is Annex.ANNEX, item_order(each.sense.item), each.start, _use_cells(each)) for each in uses
    )
    text = ["\t".join(_USES), *("\t".join(cells) for *_, cells in ordered)]
    return ("\n".join(text) + "\n").encode()


def _annex(use: DatedUse) -> Annex:
    return Annex.ANNEX if use.start >= ORDINANCE_BEGAN else Annex.ANNEX_1


def _use_cells(use: DatedUse) -> list[str]:
    until = "" if use.until is None else use.until.isoformat()
    sense, annex = use.sense, _annex(use).value
    return [sense.item, sense.affair, ",".join(sense.users), use.start.isoformat(), until, annex]


def _use(cells: tuple[str, ...]) -> DatedUse:
    item, affair, users, start, until, _ = cells
    named = tuple(Category(each) for each in users.split(","))
    sense = UseSense(item_number(item), AffairId(affair), named)
    return Dated(sense, date.fromisoformat(start), date.fromisoformat(until) if until else None)


def _cells(row: DatedSense) -> list[str]:
    sense = row.sense
    lists = [",".join(each) for each in (sense.inquirers, sense.providers, sense.kinds)]
    until = "" if row.until is None else row.until.isoformat()
    return [sense.item, sense.affair, sense.article or "", *lists, row.start.isoformat(), until]


def _row(cells: tuple[str, ...]) -> DatedSense:
    item, _, affair, article, inquirers, providers, kinds, start, until = cells
    sense = Sense(
        item=item_number(item),
        affair=AffairId(affair),
        article=ArticleNumber(item_number(article)) if article else None,
        inquirers=tuple(Category(each) for each in inquirers.split(",")),
        providers=tuple(Category(each) for each in providers.split(",")),
        kinds=tuple(information_kind(each) for each in kinds.split(",")),
    )
    return Dated(sense, date.fromisoformat(start), date.fromisoformat(until) if until else None)
