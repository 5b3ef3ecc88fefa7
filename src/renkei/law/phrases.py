"""How the ordinance's phrases are told apart without shipping them: normal form, key, and what each key means.

`facts/phrases.tsv` gives each phrase's meaning once: column (body, information, affair), key, our short label, ids.
A phrase without an entry is an error for whoever reads the law (`law.compiler`), never a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from importlib.resources import files
from typing import Final

from renkei.law.facts import lines
from renkei.terms.affairs import ArticleNumber, InformationKind, information_kind
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HEADER: Final = ("column", "key", "label", "ids")
_ARTICLE: Final = r"次条|同条|第[一二三四五六七八九十百]+条(?:の[一二三四五六七八九十]+)*"
_ELSEWHERE: Final = frozenset(["同条", "主務省令"])
"""What a tail may name that is no article of its own: the one named before, or (in the Act's annexes) an ordinance."""
_TAIL: Final = re.compile(rf"であって({_ARTICLE}|主務省令)で定めるもの$")
_SEPARATORS: Final = re.compile(r"、|又は")
_NEXT_ARTICLE: Final = ArticleNumber("3")
"""次条 stands only in the table of art. 2, so it is art. 3."""
_DIGITS: Final = {digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}
_UNITS: Final = {"十": 10, "百": 100}


class Column(Enum):
    """Where a phrase stands: first and third, fourth, second column; a defined term; the words that define a kind."""

    BODY = "body"
    INFORMATION = "information"
    ANNEX_2_INFORMATION = "annex-2-information"
    """The fourth column of 別表第二, where 障害者関係情報 and others have another extent than in the ordinance."""
    AFFAIR = "affair"
    TERM = "term"
    """A word for bodies that holds only where the text has defined it, e.g. 共済組合等."""
    DEFINITION = "definition"
    """The words before 以下「…」という。 of a kind of information."""


_COLUMNS: Final = {column.value: column for column in Column}


@dataclass(frozen=True, slots=True)
class Phrase:
    """What one phrase means."""

    label: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The meaning of every phrase, by column and key."""

    meanings: Mapping[tuple[Column, str], Phrase]

    @classmethod
    def load(cls) -> "Phrases":
        """The phrases that this package ships; raises MALFORMED."""
        return cls.from_bytes((files("renkei.law") / "facts" / "phrases.tsv").read_bytes())

    @classmethod
    def from_bytes(cls, source: bytes) -> "Phrases":
        """Read `phrases.tsv`; raises MALFORMED with the line, also for a key that stands twice."""
        meanings: dict[tuple[Column, str], Phrase] = {}
        for number, (column, key, label, ids) in lines("phrases.tsv", source, _HEADER):
            known = column in _COLUMNS and label and ids
            if not known or (_COLUMNS[column], key) in meanings:
                raise RenkeiError(Problem.MALFORMED, f"phrases.tsv:{number}")
            meanings[_COLUMNS[column], key] = Phrase(label, tuple(ids.split(",")))
        return cls(meanings)

    def find(self, column: Column, text: str) -> tuple[str, ...] | None:
        """Ids that the phrase means, None when nobody has written its meaning down."""
        found = self.meanings.get((column, key_of(text)))
        return None if found is None else found.ids

    def kinds(
        self, cell: str, official: Mapping[str, InformationKind], column: Column = Column.INFORMATION
    ) -> tuple[InformationKind, ...] | None:
        """Kinds that an information cell names.

        A cell that only joins short names (戸籍関係情報、…又は…) is split; every other cell is looked up whole, since
        its parts share a tail (…の支給に関する情報) and would lose their sense when split.

        Args:
            cell: the cell in its normal form (`without_tail` of `without_brackets`).
            official: kinds by official short name; a short name that the column has a meaning for is read by that.
            column: INFORMATION or ANNEX_2_INFORMATION.
        """
        parts = [self._named(part, official, column) for part in _SEPARATORS.split(cell)]
        named = [kind for part in parts for kind in part]
        found = named if all(parts) else self.find(column, cell)
        return None if found is None else tuple(information_kind(each) for each in found)

    def _named(self, part: str, official: Mapping[str, InformationKind], column: Column) -> tuple[str, ...]:
        return self.find(column, part) or ((official[part],) if part in official else ())


def key_of(text: str) -> str:
    """First 48 bits of SHA-256 of the phrase, in hex: enough to tell a few hundred phrases apart."""
    return sha256(text.encode()).hexdigest()[:12]


def without_brackets(text: str) -> str:
    """The phrase without its （…）, nested ones too: law numbers, definitions, narrowings; raises MALFORMED."""
    kept: list[str] = []
    depth = 0
    for character in text:
        depth += (character == "（") - (character == "）")
        if depth < 0:
            raise RenkeiError(Problem.MALFORMED, "brackets")
        if depth == 0 and character != "）":
            kept.append(character)
    if depth:
        raise RenkeiError(Problem.MALFORMED, "brackets")
    return "".join(kept)


def without_tail(text: str) -> tuple[str, ArticleNumber | None]:
    """Split off `であって…で定めるもの`: the phrase, and the detail article (None for 同条, 主務省令 or no tail)."""
    match = _TAIL.search(text)
    if match is None:
        return text, None
    phrase, reference = text[: match.start()], match[1]
    if reference == "次条":
        return phrase, _NEXT_ARTICLE
    return phrase, None if reference in _ELSEWHERE else article_number(reference)


def article_number(text: str) -> ArticleNumber:
    """`第五十七条の二` as `57-2`; raises MALFORMED."""
    number, separator, branches = text.removeprefix("第").partition("条")
    if not (text.startswith("第") and separator):
        raise RenkeiError(Problem.MALFORMED, "article number")
    parts = [number, *branches.removeprefix("の").split("の")] if branches else [number]
    return ArticleNumber("-".join(str(kanji_number(part)) for part in parts))


def kanji_number(text: str) -> int:
    """Value of a number below 1,000 in kanji (`百二十三`); raises MALFORMED."""
    value, digit = 0, 0
    for character in text:
        if character in _DIGITS and not digit:
            digit = _DIGITS[character]
        elif character in _UNITS:
            value, digit = value + (digit or 1) * _UNITS[character], 0
        else:
            raise RenkeiError(Problem.MALFORMED, "number in kanji")
    if value + digit == 0:
        raise RenkeiError(Problem.MALFORMED, "number in kanji")
    return value + digit
