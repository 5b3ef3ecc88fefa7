"""The rows turned round for speed: by day, then item, then kind, with all that an answer or its reason needs.

The list changes on few days, so the days between two changes share one table and a decision is two dictionary look-ups
and a few comparisons of sets.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from renkei.law.rows import ORDINANCE_BEGAN, Basis, Row, Table
from renkei.terms.affairs import Category, InformationKind, ItemNumber

Categories = frozenset[Category]
Entry = tuple[Categories, Categories, Basis]
"""Who may ask, who may be asked, and the answer if both fit."""


class KindRows(NamedTuple):
    """Rows of one item that name one kind, in the order of the facts."""

    in_force: tuple[Entry, ...]
    inquirers: Categories
    """Whom any of those in force names as 情報照会者."""
    at_other_times: tuple[tuple[Categories, Categories], ...]
    """Who may ask and who may be asked by the rows that are not in force."""


class ItemRows(NamedTuple):
    """Rows of one item, as they stand in one stretch of days."""

    in_force: bool
    inquirers: Categories
    """Whom any row in force names as 情報照会者."""
    kinds: Mapping[InformationKind, KindRows]
    """By kind that any row of the item ever named."""


NO_ROWS: Final = KindRows((), frozenset(), ())
"""For a kind that no row of the item ever named."""


@dataclass(frozen=True, slots=True)
class Index:
    """The same facts as the rows, and nothing else (tests/property/test_law_decisions.py holds them together)."""

    changes: tuple[date, ...]
    """The days on which some row begins or ends, ascending."""
    starts: tuple[date, ...]
    """The first day of each stretch but the first, ascending: `changes`, and the day on which the ordinance began."""
    tables: tuple[Mapping[ItemNumber, ItemRows], ...]
    """One per stretch of days: the items of the table that applies then, whether or not in force."""
    items: Mapping[Table, Mapping[ItemNumber, tuple[Row, ...]]]
    """Every row of an item of each table, whatever its dates, in the order of the facts."""

    def on(self, day: date) -> Mapping[ItemNumber, ItemRows]:
        """The items of the table that applies on that day."""
        return self.tables[bisect_right(self.starts, day)]

    def entries(self, on: date, item: ItemNumber, kind: InformationKind) -> tuple[Entry, ...]:
        """Rows in force that day under that item with that kind, in the order of the facts."""
        rows = self.on(on).get(item)
        return () if rows is None else rows.kinds.get(kind, NO_ROWS).in_force


def compile_index(rows: Iterable[Row]) -> Index:
    """Build the index of these rows (their order is kept)."""
    listed = tuple(rows)
    changes = sorted({day for row in listed for day in (row.valid_from, row.valid_until) if day is not None})
    starts = sorted({*changes, ORDINANCE_BEGAN})
    items = {table: _by_item(row for row in listed if row.table is table) for table in Table}
    changed = {table: _by_day(items[table]) for table in Table}
    tables: list[Mapping[ItemNumber, ItemRows]] = []
    last: Table | None = None
    for day in (date.min, *starts):
        table = Table.on(day)
        goes_on = table is last  # most items stand as they did in the stretch before
        stands = dict(tables[-1]) if goes_on else {}
        for item in changed[table].get(day, ()) if goes_on else items[table]:
            rows_of_item = items[table][item]
            stands[item] = _item_rows(rows_of_item, [row.covers(day) for row in rows_of_item])
        tables.append(stands)
        last = table
    return Index(tuple(changes), tuple(starts), tuple(tables), items)


def _by_day(items: Mapping[ItemNumber, Sequence[Row]]) -> Mapping[date, Sequence[ItemNumber]]:
    """Which items change on which day."""
    days: dict[date, list[ItemNumber]] = {}
    for item, rows in items.items():
        for day in {day for row in rows for day in (row.valid_from, row.valid_until) if day is not None}:
            days.setdefault(day, []).append(item)
    return days


def _by_item(rows: Iterable[Row]) -> Mapping[ItemNumber, tuple[Row, ...]]:
    items: dict[ItemNumber, list[Row]] = {}
    for row in rows:
        items.setdefault(row.item, []).append(row)
    return {item: tuple(rows) for item, rows in items.items()}


def _item_rows(rows: Sequence[Row], in_force: Sequence[bool]) -> ItemRows:
    by_kind: dict[InformationKind, tuple[list[Entry], list[tuple[Categories, Categories]]]] = {}
    for row, covers in zip(rows, in_force, strict=True):
        for kind in row.kinds:
            entries, others = by_kind.setdefault(kind, ([], []))
            if covers:
                entries.append((row.inquirers, row.providers, Basis(row, kind)))
            else:
                others.append((row.inquirers, row.providers))
    kinds = {
        kind: KindRows(tuple(entries), _union(entry[0] for entry in entries), tuple(others))
        for kind, (entries, others) in by_kind.items()
    }
    return ItemRows(any(in_force), _union(each.inquirers for each in kinds.values()), kinds)


def _union(groups: Iterable[Categories]) -> Categories:
    return frozenset[Category]().union(*groups)
