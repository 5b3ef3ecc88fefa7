"""The nouns of the detail articles (提供命令3条以下), and the strict reading of their shipped facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, NamedTuple, NewType, TypeVar

from renkei.law.dated import Dated
from renkei.law.facts import lines
from renkei.law.rows import Meaning
from renkei.terms.affairs import ArticleNumber, InformationKind, ItemNumber, information_kind, item_number
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "acts.tsv": ("id", "form", "ja", "en", "endings"),
    "persons.tsv": ("id", "ja", "en"),
    "particulars.tsv": ("id", "kinds", "ja", "en", "meaning"),
    "procedures.tsv": ("item", "article", "paragraph", "number", "cites", "acts", "from", "until"),
    "details.tsv": ("article", "paragraph", "number", "sub", "via", "persons", "particulars", "from", "until"),
}
"""The files and their columns; `laws.tsv` and `phrases-details.tsv` say how names and phrases are read."""

Act = NewType("Act", str)
"""Short id of what is done in a procedure, of our own making, e.g. `examine-application-payment`."""
Person = NewType("Person", str)
"""Short id of a role in a procedure, e.g. `household-member`."""
ParticularId = NewType("ParticularId", str)
"""Short id of a piece of information that a detail article names, e.g. `municipal-tax`."""

_T = TypeVar("_T")
_Cells = tuple[str, ...]
_FIRST_PARAGRAPH: Final = 1


class Name(NamedTuple):
    """The same name in Japanese and English."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Particular:
    """A piece of information that detail articles name, and the kinds of information that it can be part of."""

    id: ParticularId
    kinds: tuple[InformationKind, ...]
    name: Name
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Procedure:
    """An affair of a detail article: 号, or the article itself where it has one affair.

    Attributes:
        item: 項 of the table of 提供命令2条.
        article: the detail article.
        paragraph: 項 of the detail article.
        number: 号, e.g. `3-2`; empty where the article has one affair.
        cites: provisions that the affair names, e.g. `児童手当法7条1項`, in its order.
        acts: what is done, the last one the act itself, before it those that it joins.
    """

    item: ItemNumber
    article: ArticleNumber
    paragraph: int
    number: str
    cites: tuple[str, ...]
    acts: tuple[Act, ...]

    @property
    def key(self) -> "Key":
        """What its details name it by."""
        return (self.article, self.paragraph, self.number)

    @property
    def place(self) -> Name:
        """Where it stands: `提供命令50条3号の2`."""
        ja = [_japanese(self.article, "条")]
        en = [f"art. {self.article}"]
        if self.paragraph != _FIRST_PARAGRAPH:
            ja.append(f"{'第' if '-' in self.article else ''}{self.paragraph}項")
            en.append(f"({self.paragraph})")
        if self.number:
            ja.append(f"{'第' if '-' in self.article else ''}{_japanese(self.number, '号')}")
            en.append(f"({self.number})")
        return Name(f"提供命令{''.join(ja)}", f"Provision Ordinance {''.join(en)}")


Key = tuple[ArticleNumber, int, str]
"""Article, paragraph and 号 of a procedure."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Information that an affair's 号 names, and whose it is.

    Attributes:
        article: the detail article.
        paragraph: 項 of the detail article.
        number: 号 of the affair.
        sub: place below it, e.g. `イ`; empty where 号 names its information itself.
        via: the 号 that it refers to (第一号イからハまでに掲げる情報) as `1イ-ハ`; empty where it names it itself.
        persons: whose information; empty where the article does not say.
        particulars: which information.
    """

    article: ArticleNumber
    paragraph: int
    number: str
    sub: str
    via: str
    persons: tuple[Person, ...]
    particulars: tuple[ParticularId, ...]

    @property
    def key(self) -> Key:
        """The procedure that it belongs to."""
        return (self.article, self.paragraph, self.number)


def table(name: str, sources: Mapping[str, bytes], read: Callable[[_Cells], _T]) -> list[_T]:
    """Read one of the files of `HEADERS`; raises MALFORMED with `file:line`, also for a line that stands twice."""
    found: list[_T] = []
    seen = set[_Cells]()
    for line, cells in lines(name, sources[name], HEADERS[name]):
        key = cells[:1] if name in _BY_ID else cells
        try:
            found.append(read(cells))
        except (ValueError, RenkeiError) as error:
            raise RenkeiError(Problem.MALFORMED, f"{name}:{line}") from error
        if key in seen:
            raise RenkeiError(Problem.MALFORMED, f"{name}:{line}: repeated")
        seen.add(key)
    return found


_BY_ID: Final = frozenset({"acts.tsv", "persons.tsv", "particulars.tsv"})


def particular(cells: _Cells) -> Particular:
    """A line of `particulars.tsv`; raises ValueError or MALFORMED."""
    key, kinds, ja, en, meaning = cells
    if not (ja and en):
        raise ValueError("name")
    named = tuple(information_kind(each) for each in kinds.split(","))
    return Particular(ParticularId(information_kind(key)), named, Name(ja, en), Meaning(meaning))


def procedure(cells: _Cells) -> Dated[Procedure]:
    """A line of `procedures.tsv`; raises ValueError or MALFORMED."""
    item, article, paragraph, number, cites, acts, start, until = cells
    if not acts:
        raise ValueError("no act")
    sense = Procedure(
        item=item_number(item),
        article=_article(article),
        paragraph=int(paragraph),
        number=_number(number),
        cites=_split(cites),
        acts=tuple(Act(each) for each in _split(acts)),
    )
    return _dated(sense, start, until)


def detail(cells: _Cells) -> Dated[Detail]:
    """A line of `details.tsv`; raises ValueError or MALFORMED."""
    article, paragraph, number, sub, via, persons, particulars, start, until = cells
    if not particulars:
        raise ValueError("no information")
    sense = Detail(
        article=_article(article),
        paragraph=int(paragraph),
        number=_number(number),
        sub=sub,
        via=via,
        persons=_persons(persons),
        particulars=_particulars(particulars),
    )
    return _dated(sense, start, until)


def _dated(sense: _T, start: str, until: str) -> Dated[_T]:
    begins, ends = _day(start), _day(until) if until else None
    if ends is not None and ends <= begins:
        raise ValueError("ends before it begins")
    return Dated(sense, begins, ends)


# The same few cells stand on thousands of lines: each is read once.
_day = cache(date.fromisoformat)


@cache
def _article(cell: str) -> ArticleNumber:
    return ArticleNumber(item_number(cell))


@cache
def _number(cell: str) -> str:
    return item_number(cell) if cell else ""


@cache
def _split(cell: str) -> tuple[str, ...]:
    found = tuple(cell.split(",")) if cell else ()
    if len(set(found)) != len(found) or "" in found:
        raise ValueError("list")
    return found


@cache
def _persons(cell: str) -> tuple[Person, ...]:
    return tuple(Person(each) for each in _split(cell))


@cache
def _particulars(cell: str) -> tuple[ParticularId, ...]:
    return tuple(ParticularId(each) for each in _split(cell))


def named(cells: _Cells) -> _Cells:
    """A line that begins with an id and names; raises ValueError or MALFORMED."""
    if not all(cells[:3]):
        raise ValueError("name")
    information_kind(cells[0])  # ids have one form
    return cells


def _japanese(number: str, unit: str) -> str:
    main, *branches = number.split("-")
    return "の".join([f"{main}{unit}", *branches])
