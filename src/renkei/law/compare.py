"""What is permitted on one day and not on another (`renkei law diff`)."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from renkei.law.held import not_held
from renkei.law.list import PermissionList
from renkei.law.names import named
from renkei.law.rows import AffairId, Row, Table, item_order
from renkei.messages.law import AffairChange, Change, Differences, ItemAffair, Stand
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value", bound=Hashable)


class Permission(NamedTuple):
    """One thing permitted; `place` is the item or, between two tables, the affair."""

    place: str
    kind: InformationKind
    inquirer: Category
    provider: Category


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A list as it stands on a day.

    Attributes:
        permissions: the list that applies on that day.
        on: the day in Japan.
        inquirer: only what a body with these categories may ask; it counts as one, whichever category a row names.
    """

    permissions: PermissionList
    on: date
    inquirer: frozenset[Category] | None = None

    def rows(self) -> list[Row]:
        """The rows in force that let the inquirer ask."""
        of_day = self.permissions.in_force(self.on)
        return [row for row in of_day if self.inquirer is None or not row.inquirers.isdisjoint(self.inquirer)]

    def affairs(self) -> dict[ItemNumber, AffairId]:
        """The affair of each item."""
        return {row.item: row.affair for row in self.rows()}

    def all(self, *, by_item: bool = True) -> frozenset[Permission]:
        """All that is permitted, told apart by item or by affair."""
        return frozenset(
            Permission(row.item if by_item else row.affair, kind, one, other)
            for row in self.rows()
            for one in (row.inquirers if self.inquirer is None else self.inquirer)
            for kind in row.kinds
            for other in row.providers
        )


def compare(before: Snapshot, after: Snapshot) -> Differences:
    """Gains and losses from the first day to the second, which may be the earlier one.

    Permissions are told apart by item; where the two days have different tables, by affair: item numbers of 別表第二 of
    the Act and of the table of 提供命令2条 have nothing to do with one another.

    Raises:
        RenkeiError: WRONG_TYPE for a day of which no text is held: nothing can be compared with it.
    """
    for snapshot, place in ((before, "$.before"), (after, "$.after")):
        unheld = not_held(snapshot.permissions, snapshot.on)
        if unheld is not None:
            raise RenkeiError(Problem.WRONG_TYPE, f"{place}: {unheld.en}")
    by_item = Table.on(before.on) is Table.on(after.on)
    old, new = before.all(by_item=by_item), after.all(by_item=by_item)
    return Differences(
        before=Stand(on=before.on.isoformat(), list_version=before.permissions.version),
        after=Stand(on=after.on.isoformat(), list_version=after.permissions.version),
        by="item" if by_item else "affair",
        gained=_changes(after, new - old, by_item=by_item),
        lost=_changes(before, old - new, by_item=by_item),
        items_new=_only(after, before) if by_item else (),
        items_ended=_only(before, after) if by_item else (),
        affairs_changed=_affairs_changed(before, after) if by_item else (),
    )


_Group = tuple[str, frozenset[InformationKind], frozenset[Category], frozenset[Category]]


def grouped(permissions: Iterable[Permission]) -> set[_Group]:
    """The same permissions in few lines: each permits every kind to every inquirer from every provider in it."""
    kinds = _collected(((p.place, p.inquirer, p.provider), p.kind) for p in permissions)
    providers = _collected(((place, one, of), other) for (place, one, other), of in kinds.items())
    inquirers = _collected(((place, of, others), one) for (place, one, of), others in providers.items())
    return {(place, of, ones, others) for (place, of, others), ones in inquirers.items()}


def _collected(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, frozenset[_Value]]:
    found: dict[_Key, set[_Value]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _changes(snapshot: Snapshot, permissions: Iterable[Permission], *, by_item: bool) -> tuple[Change, ...]:
    """The permissions in lines, in the order of the table."""
    affairs, law = snapshot.affairs(), snapshot.permissions
    lines: list[Change] = []
    for place, kinds, inquirers, providers in grouped(permissions):
        items = [item for item, affair in affairs.items() if place == (item if by_item else affair)]
        affair = law.affairs[affairs[items[0]]]
        change = Change(
            items=tuple(sorted(items, key=item_order)),
            affair_ja=affair.ja,
            affair_en=affair.en,
            kinds=tuple(kind for kind in law.kinds if kind in kinds),
            inquirers=tuple(each for each in law.categories if each in inquirers),
            providers=tuple(each for each in law.categories if each in providers),
        )
        lines.append(change)
    return tuple(sorted(lines, key=lambda line: (item_order(line.items[0]), line.kinds, line.inquirers)))


def _only(one: Snapshot, other: Snapshot) -> tuple[ItemAffair, ...]:
    """Items of the one day that the other does not have."""
    missing = one.affairs().keys() - other.affairs().keys()
    return tuple(
        ItemAffair(item=item, affair_ja=affair.ja, affair_en=affair.en)
        for item in sorted(missing, key=item_order)
        if (affair := one.permissions.affairs[one.affairs()[item]])
    )


def _affairs_changed(before: Snapshot, after: Snapshot) -> tuple[AffairChange, ...]:
    old, new = before.affairs(), after.affairs()
    return tuple(
        AffairChange(
            item=item,
            before=named(before.permissions.affairs[old[item]]),
            after=named(after.permissions.affairs[new[item]]),
        )
        for item in sorted(old.keys() & new.keys(), key=item_order)
        if old[item] != new[item]
    )
