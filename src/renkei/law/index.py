"""The rows turned round for speed: by day, then item, then kind, each with who may ask and who may be asked.

The list changes on few days, so the days between two changes share one table and a decision is two dictionary look-ups
and one or two comparisons of sets.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from renkei.law.rows import Basis, Row
from renkei.terms.affairs import Category, InformationKind, ItemNumber

Entry = tuple[frozenset[Category], frozenset[Category], Basis]
"""Who may ask, who may be asked, and the answer if both fit."""
ByKind = dict[InformationKind, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Index:
    """The same facts as the rows, and nothing else (tests/property/test_law_decisions.py holds them together)."""

    changes: tuple[date, ...]
    """The days on which some row begins or ends, ascending."""
    tables: tuple[Mapping[ItemNumber, ByKind], ...]
    """One per stretch of days: before the first change, from each change to the next, from the last change on."""
    items: Mapping[ItemNumber, tuple[Row, ...]]
    """Every row of an item, whatever its dates, in the order of the facts."""

    def entries(self, on: date, item: ItemNumber, kind: InformationKind) -> tuple[Entry, ...]:
        """Rows in force that day under that item with that kind, in the order of the facts."""
        kinds = self.tables[bisect_right(self.changes, on)].get(item)
        return () if kinds is None else kinds.get(kind, ())


def compile_index(rows: Iterable[Row]) -> Index:
    """Build the index of these rows (their order is kept)."""
    listed = tuple(rows)
    changes = sorted({day for row in listed for day in (row.valid_from, row.valid_until) if day is not None})
    items: dict[ItemNumber, tuple[Row, ...]] = {}
    for row in listed:
        items[row.item] = (*items.get(row.item, ()), row)
    bases = {row: [(kind, (row.inquirers, row.providers, Basis(row, kind))) for kind in row.kinds] for row in listed}
    tables = [_table((row, bases[row]) for row in listed if row.covers(day)) for day in changes]
    return Index(tuple(changes), ({}, *tables), items)


def _table(rows: Iterable[tuple[Row, list[tuple[InformationKind, Entry]]]]) -> Mapping[ItemNumber, ByKind]:
    found: dict[ItemNumber, ByKind] = {}
    for row, entries in rows:
        by_kind = found.setdefault(row.item, {})
        for kind, entry in entries:
            by_kind[kind] = (*by_kind.get(kind, ()), entry)
    return found
