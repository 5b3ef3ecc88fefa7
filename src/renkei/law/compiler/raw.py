"""What stands in the ordinance before anybody says what it means: rows and details as text, each with its line."""

from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from renkei.terms.affairs import ArticleNumber, ItemNumber

_T = TypeVar("_T")
PHRASES: Final = "phrases.tsv"


class Missing(NamedTuple):
    """What nobody has written down yet; its fields are those of `Unread`."""

    column: str = ""
    key: str = ""
    phrase: str = ""
    file: str = PHRASES


NOTHING: Final = Missing()
"""Nothing is missing: the text itself cannot be read."""


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A line that could not be read: nothing is installed while there is one.

    Attributes:
        line: line of the source, from 1; 0 where the whole is meant.
        place: place in the law, e.g. `第二条の表四十八の項` or `第五十条第一号イ`.
        ja: what is wrong and what to do, in Japanese.
        en: the same in English.
        column: column of the line that a file of facts lacks, e.g. `body`; empty where none is missing.
        key: key of that line; empty where none is missing, or it has none (`acts.tsv`).
        phrase: the words that have no meaning yet; empty where none is missing.
        file: which file lacks the line.
    """

    line: int
    place: str
    ja: str
    en: str
    column: str = ""
    key: str = ""
    phrase: str = ""
    file: str = PHRASES


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of the table, inherited cells filled in. The text is as in the source, brackets and all.

    Attributes:
        line: line of the source, from 1.
        item: 項 of the table.
        inquirer: first column without the item's number.
        affair: second column.
        provider: third column.
        information: fourth column.
    """

    line: int
    item: ItemNumber
    inquirer: str
    affair: str
    provider: str
    information: str


@dataclass(frozen=True, slots=True)
class RawDetail:
    """One piece of information that a detail article names, with the affair for which it may be asked.

    Attributes:
        line: line of the source where the information stands, from 1.
        article: the detail article.
        item: 項 of the table of art. 2 that the article is about.
        number: 号 for the affair, e.g. `1` or `3-2`; empty where the article has one affair without 号.
        sub: places below it, e.g. `イ`, `イ（１）`; empty where 号 names its information itself, also where it does so
            besides a list (前号に掲げる情報及び次に掲げる情報). Where the article has one affair, its 号 are
            information and stand here: `一`, `一イ`.
        affair: text of the affair, up to and including 事務 and the （…） that narrows it.
        information: text of the information itself.
        leads: what the places above say of it and it does not repeat, outermost first, up to and including
            次に掲げる情報, e.g. `当該申請を行う者に係る次に掲げる情報`; bare 次に掲げる情報 is left out.
        paragraph: 項 of the detail article; 1 where it has one.
        scope: whose affair and information the paragraph is about, where an article has one paragraph for each
            (`事務のうち、…に係るもの`); else empty.
    """

    line: int
    article: ArticleNumber
    item: ItemNumber
    number: str
    sub: str
    affair: str
    information: str
    leads: tuple[str, ...] = ()
    paragraph: int = 1
    scope: str = ""


@dataclass(frozen=True, slots=True)
class RawUse:
    """One 項 of 別表 (別表第一 before 2024-05-27): who may use the Individual Number for what.

    Attributes:
        line: line of the source, from 1.
        item: 項 of the annex.
        user: first column without the item's number.
        affair: second column.
    """

    line: int
    item: ItemNumber
    user: str
    affair: str


@dataclass(frozen=True, slots=True)
class Raw(Generic[_T]):
    """What was read and what was not, both in the order of the source."""

    found: tuple[_T, ...]
    unread: tuple[Unread, ...]
