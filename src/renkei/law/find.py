"""Words to ids: a search over the names of affairs, kinds of information and categories (`renkei law find`)."""

import difflib
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Final, TypeVar

from renkei.law.ask import fold
from renkei.law.list import PermissionList
from renkei.law.names import named
from renkei.law.rows import Affair, CategoryName, KindName
from renkei.messages.law import Found, FoundAffair, Named
from renkei.terms.affairs import ItemNumber

_NEAR: Final = 5
_LIKE: Final = 0.4
"""Names less like the words than this (0 to 1, difflib) are no suggestion."""

_Name = TypeVar("_Name", Affair, KindName, CategoryName)


def find(permissions: PermissionList, text: str, on: date) -> Found:
    """Every affair, kind and category in whose names (Japanese, English, id) all words stand.

    Exact names come first, then names that begin with the words, then the others, each in the order of the facts.
    """
    items = _items(permissions, on)
    affairs = _ranked(permissions.affairs.values(), text)
    kinds = _ranked(permissions.kinds.values(), text)
    categories = _ranked(permissions.categories.values(), text)
    return Found(
        on=on.isoformat(),
        list_version=permissions.version,
        text=text,
        affairs=tuple(FoundAffair(id=a.id, ja=a.ja, en=a.en, items=items.get(a.id, ())) for a in affairs),
        kinds=tuple(named(kind) for kind in kinds),
        categories=tuple(named(category) for category in categories),
        near=() if affairs or kinds or categories else _near(permissions, text),
    )


def _items(permissions: PermissionList, on: date) -> dict[str, tuple[ItemNumber, ...]]:
    """Items by affair, as they stand that day."""
    found: dict[str, dict[ItemNumber, None]] = {}
    for row in permissions.in_force(on):
        found.setdefault(row.affair, {})[row.item] = None
    return {affair: tuple(items) for affair, items in found.items()}


def _ranked(names: Iterable[_Name], text: str) -> list[_Name]:
    words = fold(text).split()
    if not words:
        return []
    ranks = [(rank, name) for name in names if (rank := _rank(name, words)) is not None]
    return [name for _, name in sorted(ranks, key=lambda ranked: ranked[0])]


def _rank(name: Affair | KindName | CategoryName, words: list[str]) -> int | None:
    """0 for the whole name, 1 for its beginning, 2 for words in it; None when a word is missing."""
    wanted = "".join(words)
    spellings, together = _spellings(name)
    if not all(word in together for word in words):
        return None
    if wanted in spellings:
        return 0
    if any(each.startswith(wanted) for each in spellings):
        return 1
    return 2


@cache
def _folded(name: Affair | KindName | CategoryName) -> tuple[str, str]:
    """Names as `_near` compares them."""
    return fold(name.ja), fold(name.en)


@cache
def _spellings(name: Affair | KindName | CategoryName) -> tuple[list[str], str]:
    """Names and id, folded and without spaces, and all as one text; folding them anew for each search is slow."""
    spellings = ["".join(fold(each).split()) for each in (name.ja, name.en, name.id)]
    return spellings, "\n".join(spellings)


def _near(permissions: PermissionList, text: str) -> tuple[Named, ...]:
    """Names most like the text, where its words stand in none."""
    by_spelling: dict[str, Named] = {}
    for names in (permissions.affairs, permissions.kinds, permissions.categories):
        for name in names.values():
            by_spelling |= dict.fromkeys(_folded(name), named(name))
    close = difflib.get_close_matches(fold(text), by_spelling, n=_NEAR, cutoff=_LIKE)
    return tuple(dict.fromkeys(by_spelling[each] for each in close))
