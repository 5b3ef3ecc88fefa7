"""（…） in the ordinance: law numbers, definitions, narrowings; told apart, so that a phrase has one normal form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

SEPARATORS: Final = re.compile("、|又は|若しくは")
_PARTS: Final = re.compile("([（）])")
_NUMERAL: Final = "[元〇一二三四五六七八九十百千]+"
_LAW_NUMBER: Final = re.compile(
    rf"(?:明治|大正|昭和|平成|令和){_NUMERAL}年[^。、（）]*第{_NUMERAL}号(?:[^。、]*通知)?(?:。|$)"
)
_NAMES: Final = re.compile(r"(?:以下|第)[^「」]*「(?P<term>[^「」]+)」という。$")
_HOLDS_ON: Final = r"[^。]*同じ。$"
"""…以下この条において同じ。, …第五十五条において同じ。: says how far a definition reaches, not what it means."""
_SCOPE: Final = re.compile(rf"(?<=。){_HOLDS_ON}")
_MEANS: Final = re.compile(rf"(?P<means>.+)をいう。{_HOLDS_ON}")
_WIDENS: Final = re.compile(rf"(?P<note>.+を(?:含む|除く)。){_HOLDS_ON}")


@dataclass(frozen=True, slots=True)
class Bracket:
    """What stands between （ and its ）."""

    inner: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A term that a bracket defines.

    Attributes:
        term: the word that is used from here on.
        means: normal form of the words that it stands for.
        exact: False for `X（以下「T」という。）`, which may name the last part of X only.
    """

    term: str
    means: str
    exact: bool


def pieces(text: str) -> Iterator[str | Bracket]:
    """The text cut at its outermost brackets; raises MALFORMED where they do not balance."""
    depth, held = 0, ""
    for part in _PARTS.split(text):
        after = depth + (part == "（") - (part == "）")
        if {depth, after} == {0, 1}:
            if held or depth:
                yield Bracket(held) if depth else held
            held = ""
        else:
            held += part
        depth = after
        if depth < 0:
            break
    if depth:
        raise RenkeiError(Problem.MALFORMED, "brackets")
    if held:
        yield held


def named(inner: str) -> str | None:
    """The term T of a bracket `以下…「T」という。`, also after a law number."""
    found = _NAMES.search(inner)
    return None if found is None else found["term"]


def normal(text: str) -> tuple[str, tuple[Definition, ...]]:
    """The normal form of a phrase about bodies, and what it defines.

    Law numbers and definitions are taken out. Narrowings and widenings stay, since they change who is meant; where one
    holds from here on (…以下この条において同じ。) it is a definition of the word before it.
    """
    words, definitions = "", list[Definition]()
    for piece in pieces(text):
        if isinstance(piece, str):
            words += piece
            continue
        inner = _without_number(piece.inner)
        term = SEPARATORS.split(words)[-1]
        if _NAMES.fullmatch(inner) is not None:
            definitions.append(Definition(str(named(inner)), words, exact=False))
        elif means := _MEANS.match(inner):
            definitions.append(Definition(term, normal(means["means"])[0], exact=True))
        elif widens := _WIDENS.match(inner):
            definitions.append(Definition(term, f"{term}（{widens['note']}）", exact=True))
        elif inner:
            words += f"（{inner}）"
    return words, tuple(definitions)


def plain(text: str) -> str:
    """The normal form of a phrase about an affair or about information.

    Law numbers and names that a bracket gives are taken out. All else stays, since it narrows or widens what is meant:
    a new narrowing is a new phrase, and somebody must say what it means.
    """
    words = ""
    for piece in pieces(text):
        if isinstance(piece, str):
            words += piece
            continue
        inner = _without_number(piece.inner)
        if inner and not _NAMES.fullmatch(inner):
            words += f"（{plain(_SCOPE.sub('', inner))}）"
    return words


def _without_number(inner: str) -> str:
    found = _LAW_NUMBER.match(inner)
    return inner if found is None else inner[found.end() :]
