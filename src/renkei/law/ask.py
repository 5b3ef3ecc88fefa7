"""A clerk's questions: what may my body ask, for which affair, from whom (`renkei law may-ask`)."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.law.cite import Citation, cite
from renkei.law.decide import Question
from renkei.law.list import PermissionList
from renkei.law.rows import Affair, Row
from renkei.terms.affairs import Category, InformationKind, ItemNumber

_SMALL: Final = dict(zip("ぁぃぅぇぉゕゖっゃゅょゎ", "あいうえおかけつやゆよわ", strict=True))
_KATAKANA: Final = {code: chr(code - 0x60) for code in range(ord("ァ"), ord("ヶ") + 1)}
"""ァ…ヶ to ぁ…ゖ: the two kana stand 0x60 apart in Unicode."""
_ALIKE: Final[dict[int, str]] = {
    **{code: _SMALL.get(kana, kana) for code, kana in _KATAKANA.items()},
    **{ord(small): large for small, large in _SMALL.items()},
    **dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-"),
    ord("’"): "'",
    ord("・"): "",
}
"""Signs that people write for one another: both kana, small and large kana, every stroke, the middle dot or nothing."""


@dataclass(frozen=True, slots=True)
class Search:
    """What the clerk knows; None means "any".

    Attributes:
        inquirer: categories of the clerk's body.
        on: the day in Japan.
        item: 項 of the table.
        kind: information wanted.
        provider: categories of the body to be asked.
        text: words that must all occur in the names of affair, information or item; width and kana do not matter.
    """

    inquirer: frozenset[Category]
    on: date
    item: ItemNumber | None = None
    kind: InformationKind | None = None
    provider: frozenset[Category] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One row that permits: for this affair, this information, from these bodies, under this article."""

    item: ItemNumber
    affair: Affair
    kinds: tuple[InformationKind, ...]
    providers: frozenset[Category]
    citation: Citation
    row: Row


def may_ask(permissions: PermissionList, search: Search) -> list[Answer]:
    """Every row in force that day that lets the inquirer ask and fits the search, in the order of the facts."""
    words = fold(search.text or "").split()
    return [
        _answer(permissions, row, search)
        for row in permissions.in_force(search.on)
        if _fits(row, search) and all(word in _words_of(permissions, row) for word in words)
    ]


def holders(permissions: PermissionList, question: Question) -> frozenset[Category]:
    """Categories of bodies that may be asked for the kind under the item that day (命令40条3項).

    The question's own provider does not matter, and may be empty.
    """
    entries = permissions.index.entries(question.on, question.item, question.kind)
    fitting = (providers for inquirers, providers, _ in entries if not inquirers.isdisjoint(question.inquirer))
    return frozenset[Category]().union(*fitting)


def fold(text: str) -> str:
    """Text made comparable: width, case, the two kana, small kana, strokes (- − ー) and middle dots do not matter."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)


def _fits(row: Row, search: Search) -> bool:
    return (
        not row.inquirers.isdisjoint(search.inquirer)
        and search.item in {None, row.item}
        and (search.kind is None or search.kind in row.kinds)
        and (search.provider is None or not row.providers.isdisjoint(search.provider))
    )


def _words_of(permissions: PermissionList, row: Row) -> str:
    affair = permissions.affairs[row.affair]
    kinds = [permissions.kinds[kind] for kind in row.kinds]
    return fold("\n".join([row.item, affair.ja, affair.en, *(f"{kind.ja}\n{kind.en}" for kind in kinds)]))


def _answer(permissions: PermissionList, row: Row, search: Search) -> Answer:
    kinds = row.kinds if search.kind is None else (search.kind,)
    return Answer(row.item, permissions.affairs[row.affair], kinds, row.providers, cite(row), row)
