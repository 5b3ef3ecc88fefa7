"""The nouns of the permission list: a dated row of the table of 提供命令2条 and the names of what stands in it."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NewType

from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber

AffairId = NewType("AffairId", str)
"""Short id of an affair (特定個人番号利用事務), of our own making, e.g. `municipal-tax`; items may share one."""


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
    """One row of the table of 提供命令2条 for as long as its facts stayed the same.

    Attributes:
        item: 項 of the table.
        number: ordinal of the row under its item in the shipped facts (the ordinance does not number rows); from 1.
        affair: the second column.
        article: the detail article (提供命令3条以下) that the row points to.
        inquirers: the first column; a body with any of these categories may ask.
        providers: the third column; a body with any of these categories may be asked.
        kinds: the fourth column, in its order.
        valid_from: first day in force, Japan time.
        valid_until: first day no longer in force; None while no end is known.
    """

    item: ItemNumber
    number: int
    affair: AffairId
    article: ArticleNumber
    inquirers: frozenset[Category]
    providers: frozenset[Category]
    kinds: tuple[InformationKind, ...]
    valid_from: date
    valid_until: date | None

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
        """項 of the table of 提供命令2条."""
        return self.row.item

    @property
    def article(self) -> ArticleNumber:
        """The detail article of the ordinance."""
        return self.row.article


def item_order(item: ItemNumber) -> tuple[int, ...]:
    """Sort key that puts 枝番 where the ordinance puts them: `12`, `12-2`, `13`."""
    return tuple(int(part) for part in item.split("-"))
