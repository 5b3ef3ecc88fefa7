"""Terms that the detail articles define in brackets (…（以下この条において「X」という。）), and where each holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from renkei.law.compiler.brackets import Bracket, pieces
from renkei.law.compiler.numbering import follows
from renkei.law.phrases import article_number, kanji_number, without_brackets
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_NAMED: Final = re.compile(r"(?P<scope>[^「」。（）]*)「(?P<term>[^「」]+)」(?:という|と総称する)。")
_AND: Final = re.compile("及び|並びに|、")
_NUMBER: Final = "[一二三四五六七八九十百]+"
_PLACE: Final = re.compile(
    rf"(?P<article>第{_NUMBER}条(?:の{_NUMBER})*|次条)?(?P<number>第{_NUMBER}号(?:の{_NUMBER})*|次号)?(?P<sub>[イ-ン]?)$"
)
_TABLE_ARTICLE: Final = "2"
_DEEPEST: Final = 20
"""Brackets in brackets: the ordinance has three levels."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the articles something stands; article 2 is the table, whose rows have no number here."""

    article: str
    paragraph: int = 1
    number: str = ""
    sub: str = ""


TABLE: Final = Place(_TABLE_ARTICLE)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and where it holds.

    Attributes:
        term: the word.
        means: the words before its bracket, without brackets; the term may name the last part of them only.
        rest: the words after it in the same text, without brackets.
        place: where it is defined.
        scope: parts of its scope, e.g. `以下この条`, `次号`.
    """

    term: str
    means: str
    rest: str
    place: Place
    scope: tuple[str, ...]

    def holds(self, place: Place) -> bool:
        """Whether the term may be used there; what stands before the definition has not been read yet."""
        return any(_within(part, self.place, place) for part in self.scope)


@dataclass(slots=True)
class Definitions:
    """The definitions read so far, in the order of the text."""

    found: list[Definition] = field(default_factory=list[Definition])

    def read(self, text: str, place: Place) -> list[Definition]:
        """Add the definitions of a text that stands there, and return them; raises MALFORMED on unmatched brackets."""
        added = list(_definitions(text, place)) if "「" in text else []
        self.found += added
        return added

    def get(self, term: str, place: Place) -> Definition | None:
        """The latest definition of the term that holds there."""
        return next((each for each in reversed(self.found) if each.term == term and each.holds(place)), None)

    def defined(self, term: str) -> bool:
        """Whether the term has been defined anywhere, for some place."""
        return any(each.term == term for each in self.found)

    def used(self, words: str, place: Place) -> list[Definition]:
        """Definitions that hold there and whose term the words use; the longest first, as one may contain another."""
        terms = sorted({each.term for each in self.found}, key=lambda term: (-len(term), term))
        found = list[Definition]()
        for term in terms:
            definition = self.get(term, place) if term in words else None
            if definition is not None:
                found.append(definition)
                words = words.replace(term, "")
        return found


def _definitions(text: str, place: Place, before: str = "", depth: int = 0) -> Iterator[Definition]:
    if depth > _DEEPEST:
        raise RenkeiError(Problem.MALFORMED, "brackets")
    words, rest = before, text
    for piece in pieces(text):
        if not isinstance(piece, Bracket):
            words, rest = words + piece, rest[len(piece) :]
            continue
        rest = rest[len(piece.inner) + 2 :]
        yield from _definitions(piece.inner, place, words, depth + 1) if "（" in piece.inner else ()
        for match in _NAMED.finditer(without_brackets(piece.inner)):
            scope = tuple(_AND.split(match["scope"].removesuffix("において")))
            yield Definition(match["term"], words, without_brackets(rest), place, scope)


def _within(part: str, at: Place, place: Place) -> bool:
    here = part.removeprefix("以下")
    if here in {"", "この章"}:
        return part == "以下"
    same_paragraph = (place.article, place.paragraph) == (at.article, at.paragraph)
    if here in {"この条", "この表", "この欄"}:
        return place.article == at.article
    if here == "この項":
        return same_paragraph
    if here == "この号":
        return same_paragraph and place.number == at.number
    if re.fullmatch("この[イ-ン]", here):
        return same_paragraph and place.number == at.number and place.sub.startswith(here[-1])
    return _at(here, at, place)


def _at(part: str, at: Place, place: Place) -> bool:
    match = _PLACE.match(part)
    if match is None or not part:
        return False
    try:
        return _article_fits(match["article"], at, place) and _number_fits(match["number"], match["sub"], at, place)
    except RenkeiError:
        return False


def _article_fits(named: str | None, at: Place, place: Place) -> bool:
    if named is None:
        return place.article == at.article and place.paragraph == at.paragraph
    if named == "次条":
        return follows(at.article, place.article)
    return place.article == article_number(named)


def _number_fits(named: str | None, sub: str, at: Place, place: Place) -> bool:
    if sub and not place.sub.startswith(sub):
        return False
    if named is None:
        return not sub or place.number == at.number or place.article != at.article
    if named == "次号":
        return follows(at.number, place.number)
    return place.number == number_of(named)


def number_of(named: str) -> str:
    """`第三号の二` as `3-2`; raises MALFORMED."""
    main, _, branches = named.removeprefix("第").partition("号")
    parts = [main, *branches.removeprefix("の").split("の")] if branches else [main]
    return "-".join(str(kanji_number(part)) for part in parts)
