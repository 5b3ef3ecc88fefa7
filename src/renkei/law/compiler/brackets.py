"""（…） in the ordinance: law numbers, definitions, narrowings; told apart, so that a phrase has one normal form."""

import re
from collections.abc import Callable, Iterator
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
_PART: Final = rf"(?:この(?:条|表|項|欄)|第{_NUMERAL}条(?:の{_NUMERAL})*|{_NUMERAL}(?:の{_NUMERAL})*の項)"
_PARTS_OF_LAW: Final = rf"{_PART}(?:(?:、|及び|並びに){_PART})*"
_REACH: Final = rf"(?P<reach>以下(?:{_PARTS_OF_LAW}において)?|{_PARTS_OF_LAW}において)"
"""How far a definition reaches: 以下, 以下この条において, 第五十五条において. It says nothing about what is meant."""
_NAMES: Final = re.compile(rf"{_REACH}「(?P<term>[^「」]+)」という。")
_SAME: Final = re.compile(rf"{_REACH}同じ。")
_WHOLE: Final = re.compile(r"以下(?:この(?:条|表).*において)?")
"""Reaches as far as the table does; any other definition is not one that a later row may go by."""


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


def named(inner: str) -> tuple[str, bool] | None:
    """The name T that a bracket gives (`以下…「T」という。`), and whether it reaches to the end of the table."""
    found = _NAMES.fullmatch(_without_number(inner))
    return None if found is None else (found["term"], bool(_WHOLE.fullmatch(found["reach"])))


def normal(text: str, is_term: Callable[[str], bool]) -> tuple[str, tuple[Definition, ...]]:
    """The normal form of a phrase about bodies, and what it defines of the terms.

    Law numbers, names and definitions of terms are taken out; whoever goes by the phrase must check the definitions.
    Every other bracket stays, since it narrows or widens who is meant: also a definition that ends before the table.
    """
    words, definitions = "", list[Definition]()
    for piece in pieces(text):
        if isinstance(piece, str):
            words += piece
            continue
        name = named(piece.inner)
        found = _definition(words, piece.inner, is_term)
        if found is not None:
            definitions.append(found)
        elif name is not None and is_term(name[0]):
            words += f"（{piece.inner}）"
        else:
            words += plain(f"（{piece.inner}）")
    return words, tuple(definitions)


def _definition(words: str, inner: str, is_term: Callable[[str], bool]) -> Definition | None:
    """What a bracket after these words defines, if it is a term and holds to the table's end."""
    name = named(inner)
    if name is not None:
        return Definition(name[0], words, exact=False) if is_term(name[0]) and name[1] else None
    term = SEPARATORS.split(words)[-1]
    said, reach = _without_reach(inner)
    if not (is_term(term) and _WHOLE.fullmatch(reach)):
        return None
    if said.endswith("をいう。"):
        return Definition(term, normal(said.removesuffix("をいう。"), is_term)[0], exact=True)
    return Definition(term, f"{term}（{plain(said)}）", exact=True)


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
            words += f"（{plain(_without_reach(inner)[0])}）"
    return words


def _without_number(inner: str) -> str:
    found = _LAW_NUMBER.match(inner)
    return inner if found is None else inner[found.end() :]


def _without_reach(inner: str) -> tuple[str, str]:
    """`…を含む。以下この条において同じ。` as what it says and how far it reaches; empty where it holds only here."""
    said, stop, last = inner.rstrip("。").rpartition("。")
    found = _SAME.fullmatch(f"{last}。") if stop else None
    return (inner, "") if found is None else (said + stop, found["reach"])
