"""The nouns of the permission list: a dated row of a permission table and the names of what stands in it."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, NewType

from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber

AffairId = NewType("AffairId", str)
"""Short id of an affair (特定個人番号利用事務), of our own making, e.g. `municipal-tax`; items may share one."""


ORDINANCE_BEGAN: Final = date(2024, 5, 27)
"""From this day 法19条8号 leaves the list to 提供命令2条; the day before it still stood in 別表第二."""


class Table(Enum):
    """The two permission tables. Their item numbers have nothing to do with one another."""

    ORDINANCE = "提供命令2条の表"
    ANNEX_2 = "番号法別表第二"

    @staticmethod
    def on(day: date) -> "Table":
        """The table that applies on that day in Japan, whether or not its text of that day is held."""
        return Table.ANNEX_2 if day < ORDINANCE_BEGAN else Table.ORDINANCE


class Meaning(Enum):
    """Where the meaning of a category or of a kind's name comes from."""

    OFFICIAL = "official"
    """The ordinance (or the law that it names) defines the term or the body itself."""
    OWN = "own"
    """The ordinance describes it without a short name; the short name is ours, the extent is the ordinance's."""
    REFERENCE = "reference"
    """Defined by reference to other laws that the ordinance does not list; kept as that reference, not guessed."""


@dataclass(frozen=True, slots=True)
class KindName:
    """特定個人情報名: names of a kind of information in Japanese and English."""

    id: InformationKind
    ja: str
    en: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class CategoryName:
    """Names of a category of bodies (情報照会者・情報提供者) in Japanese and English."""

    id: Category
    ja: str
    en: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Affair:
    """Short names of an affair for clerks; the ordinance's second column and the detail article have the full text."""

    id: AffairId
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of 提供命令2条, or of 別表第二 before it, for as long as its facts stayed the same.

    Attributes:
        item: 項 of the table.
        number: ordinal of the row under its item in the shipped facts (the law does not number rows); from 1.
        affair: the second column.
        article: the detail article (提供命令3条以下) that the row points to; None in 別表第二, whose details stood in
            another ordinance.
        inquirers: the first column; a body with any of these categories may ask.
        providers: the third column; a body with any of these categories may be asked.
        kinds: the fourth column, in its order.
        valid_from: first day in force, Japan time.
        valid_until: first day no longer in force; None while no end is known.
    """

    item: ItemNumber
    number: int
    affair: AffairId
    article: ArticleNumber | None
    inquirers: frozenset[Category]
    providers: frozenset[Category]
    kinds: tuple[InformationKind, ...]
    valid_from: date
    valid_until: date | None

    @property
    def table(self) -> Table:
        """The table that the row stands in: rows of the ordinance point to a detail article, rows of the Act do not."""
        return Table.ANNEX_2 if self.article is None else Table.ORDINANCE

    def covers(self, on: date) -> bool:
        """Whether the row is in force on that day (valid_from inclusive, valid_until exclusive)."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class Basis:
    """The answer "yes": the row that permits, for one kind of information that it lists (法19条8号)."""

    row: Row
    kind: InformationKind

    @property
    def item(self) -> ItemNumber:
        """項 of the row's table."""
        return self.row.item

    @property
    def article(self) -> ArticleNumber | None:
        """The detail article of the ordinance; None where 別表第二 permits."""
        return self.row.article


def item_order(item: ItemNumber) -> tuple[int, ...]:
    """Sort key that puts 枝番 where the law puts them: `12`, `12-2`, `13`."""
    return tuple(int(part) for part in item.split("-"))
