"""Who may use the Individual Number for what (番号法9条1項): 別表, and 別表第一 before it, as dated facts.

Two texts are held: 別表第一 as it stood from 2024-04-24 until it ended with 2024-05-26, and 別表 as it stands from
2026-06-14. 別表 began on 2024-05-27 and was amended since; its earlier texts are not held, so for the days between (and
before the first) the answer is `NotHeld`, never one of the two texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Final

from renkei.law.ask import fold
from renkei.law.cite import Citation
from renkei.law.facts import USES_HEADERS, affair, category, ids, shipped, table
from renkei.law.list import PermissionList
from renkei.law.rows import ORDINANCE_BEGAN, Affair, AffairId, CategoryName
from renkei.terms.affairs import Category, ItemNumber, item_number
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class Annex(Enum):
    """The annex of the Act to which 法9条1項 points."""

    ANNEX_1 = "annex-1"
    """別表第一, until 2024-05-26."""
    ANNEX = "annex"
    """別表, from 2024-05-27."""


_CITED: Final = {Annex.ANNEX_1: ("別表第一", "Annex 1"), Annex.ANNEX: ("別表", "Annex")}


@dataclass(frozen=True, slots=True)
class Use:
    """One item of an annex for as long as it is known to have stood so.

    Attributes:
        item: 項 of the annex.
        affair: the second column.
        users: the first column; a body with any of these categories may use the number for the affair.
        valid_from: first day for which this text is held, Japan time.
        valid_until: first day for which it no longer holds; None while no end is known.
        annex: the annex in which the item stands.
    """

    item: ItemNumber
    affair: AffairId
    users: frozenset[Category]
    valid_from: date
    valid_until: date | None
    annex: Annex

    def covers(self, on: date) -> bool:
        """Whether the item is known to have stood so on that day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)

    def cite(self) -> Citation:
        """The Act's provision and the item: 番号法9条1項・別表の24の項."""
        ja, en = _CITED[self.annex]
        return Citation(
            f"番号法9条1項・{ja}の{self.item.replace('-', 'の')}の項", f"Number Act art. 9(1), {en}, item {self.item}"
        )


@dataclass(frozen=True, slots=True)
class NotHeld:
    """No answer: the annex of that day is not known to this copy.

    Attributes:
        on: the day asked.
        last_before: last day before it whose text is held; None when there is none.
        first_after: first day after it whose text is held; None when there is none.
    """

    on: date
    last_before: date | None
    first_after: date | None


@dataclass(frozen=True, slots=True, eq=False)
class UsesList:
    """Every use that is held, with the names of what stands in it.

    Attributes:
        uses: oldest text first, then by item.
        affairs: short names of affairs by id.
        categories: kinds of bodies by id.
    """

    uses: tuple[Use, ...]
    affairs: Mapping[AffairId, Affair]
    categories: Mapping[Category, CategoryName]

    @staticmethod
    def load() -> "UsesList":
        """The uses that this package ships; read once per process."""
        return _shipped()

    @classmethod
    def parse(
        cls,
        sources: Mapping[str, bytes],
        affairs: Mapping[AffairId, Affair],
        categories: Mapping[Category, CategoryName],
    ) -> "UsesList":
        """Read all files or none.

        Args:
            sources: bytes by file name, at least those of `USES_HEADERS`.
            affairs: those of the permission list, which name most affairs; the files name the others.
            categories: likewise.

        Raises:
            RenkeiError: MALFORMED with `file:line` of the first line that is wrong, repeated, out of order or that
                uses an id without a name.
        """
        own_affairs = {each.id: each for each in table("uses-affairs.tsv", sources, affair)}
        own_categories = {each.id: each for each in table("uses-categories.tsv", sources, category)}
        if not (own_affairs.keys().isdisjoint(affairs) and own_categories.keys().isdisjoint(categories)):
            raise RenkeiError(Problem.MALFORMED, "uses-*.tsv: a name that the list has")
        affairs, categories = {**affairs, **own_affairs}, {**categories, **own_categories}
        found = tuple(table("uses.tsv", sources, _use))
        for line, use in enumerate(found, start=2):
            if use.affair not in affairs or not categories.keys() >= use.users:
                raise RenkeiError(Problem.MALFORMED, f"uses.tsv:{line}: unknown id")
        return cls(found, affairs, categories)


def uses(held: UsesList, of: frozenset[Category], on: date, text: str = "") -> tuple[Use, ...] | NotHeld:
    """What a body may use the number for on a day, in the order of the annex.

    Args:
        held: the uses.
        of: categories of the body; one that an item names is enough.
        on: the day in Japan.
        text: words that must all occur in the item or the affair's names; width, case and kana do not matter.
    """
    known = [use for use in held.uses if use.covers(on)]
    if not known:
        return _not_held(held, on)
    words = fold(text).split()
    return tuple(
        use
        for use in known
        if not use.users.isdisjoint(of) and all(word in _words_of(held.affairs[use.affair], use) for word in words)
    )


def _not_held(held: UsesList, on: date) -> NotHeld:
    ends = [use.valid_until for use in held.uses if use.valid_until is not None and use.valid_until <= on]
    starts = [use.valid_from for use in held.uses if use.valid_from > on]
    last = date.fromordinal(max(ends).toordinal() - 1) if ends else None
    return NotHeld(on, last, min(starts, default=None))


def _words_of(named: Affair, use: Use) -> str:
    return fold(f"{use.item}\n{named.ja}\n{named.en}")


def _use(cells: tuple[str, ...]) -> Use:
    item, of, users, begins, ends, annex = cells
    use = Use(
        item=item_number(item),
        affair=AffairId(of),
        users=frozenset(Category(each) for each in ids(users)),
        valid_from=date.fromisoformat(begins),
        valid_until=date.fromisoformat(ends) if ends else None,
        annex=Annex(annex),
    )
    if use.valid_until is not None and use.valid_until <= use.valid_from:
        raise ValueError("ends before it begins")
    if not _fits(use):
        raise ValueError("not of this annex")
    return use


def _fits(use: Use) -> bool:
    """別表第一 ended and 別表 began on the day on which the ordinance took over the list (令和5年法律48号)."""
    if use.annex is Annex.ANNEX:
        return use.valid_from >= ORDINANCE_BEGAN
    return use.valid_until is not None and use.valid_until <= ORDINANCE_BEGAN


@cache
def _shipped() -> UsesList:
    permissions = PermissionList.load()
    return UsesList.parse(shipped(USES_HEADERS), permissions.affairs, permissions.categories)
