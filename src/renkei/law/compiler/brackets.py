"""（…） in the ordinance: law numbers, definitions, narrowings; told apart, so that a phrase has one normal form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

SEPARATORS: Final = re.compile("、|又は|若しくは")
_PARTS: Final = re.compile("([（）])")
_LAW_NUMBER: Final = re.compile(r"(?:明治|大正|昭和|平成|令和)[元〇一二三四五六七八九十]+年[^。]*(?:。|$)")
_NAMES: Final = re.compile(r"以下[^「」]*「(?P<term>[^「」]+)」という。$")
_MEANS: Final = re.compile(r"(?P<means>.+)をいう。(?:以下|第)[^。]*同じ。$")
_WIDENS: Final = re.compile(r"(?P<note>.+を(?:含む|除く)。)(?:以下|第)[^。]*同じ。$")


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
        inner = _LAW_NUMBER.sub("", piece.inner, count=1) if _LAW_NUMBER.match(piece.inner) else piece.inner
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
