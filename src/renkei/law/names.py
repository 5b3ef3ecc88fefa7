"""The list's ids as people read them, and people's words as the list's ids."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple, TypeVar

from renkei.law.ask import fold
from renkei.law.cite import cite
from renkei.law.list import PermissionList
from renkei.law.rows import Affair, CategoryName, KindName, Row, Table
from renkei.messages.law import LawRow, Named, Party
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber, is_ordinance_affair

_ERAS: Final = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"))
_FEW: Final = 4
"""So many names stand in a sentence; of more only their number is told."""

_Id = TypeVar("_Id", bound=str)
_Name = TypeVar("_Name", bound=Named | Affair | KindName | CategoryName)


class Said(NamedTuple):
    """The same words in Japanese and English."""

    ja: str
    en: str


def japanese_day(day: date) -> str:
    """`令和8年6月14日`; before 平成 the year of the common era."""
    for first, era in _ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def item_said(item: ItemNumber, table: Table) -> Said:
    """`12の2の項` for 12-2; an item of 別表第二 is told with its table, an affair by ordinance by its id."""
    if is_ordinance_affair(item):
        return Said(f"条例事務 {item}", f"affair by ordinance {item}")
    number = item.replace("-", "の")
    if table is Table.ANNEX_2:
        return Said(f"別表第二の{number}の項", f"item {item} of Annex 2")
    return Said(f"{number}の項", f"item {item}")


def article_said(article: ArticleNumber) -> Said:
    """`36条の2` for 36-2."""
    main, *branches = article.split("-")
    return Said("の".join([f"{main}条", *branches]), f"art. {article}")


def category_names(permissions: PermissionList, ids: Iterable[Category], *, few: bool = True) -> Said:
    """Names of categories in the order of the list; an id without a name stands for itself."""
    known = _in_order(permissions.categories, ids)
    return _joined([_said(permissions.categories, id_) for id_ in known], few=few)


def kind_names(permissions: PermissionList, ids: Iterable[InformationKind], *, few: bool = True) -> Said:
    """Names of kinds of information, in the order given."""
    return _joined([_said(permissions.kinds, id_) for id_ in dict.fromkeys(ids)], few=few)


def party(permissions: PermissionList, categories: Iterable[Category]) -> Party:
    """Bodies of these categories, as the party of a question."""
    known = _in_order(permissions.categories, categories)
    names = category_names(permissions, known, few=False)
    return Party(id=",".join(known), ja=names.ja, en=names.en, categories=known)


def named(name: Affair | KindName | CategoryName) -> Named:
    """An id with its names, for messages."""
    return Named(id=name.id, ja=name.ja, en=name.en)


def law_row(permissions: PermissionList, row: Row) -> LawRow:
    """A row with all its parts, for messages."""
    affair, citation = permissions.affairs[row.affair], cite(row)
    return LawRow(
        item=row.item,
        article=row.article,
        affair_ja=affair.ja,
        affair_en=affair.en,
        inquirers=_in_order(permissions.categories, row.inquirers),
        providers=_in_order(permissions.categories, row.providers),
        kinds=row.kinds,
        since=row.valid_from.isoformat(),
        until=None if row.valid_until is None else row.valid_until.isoformat(),
        citation_ja=citation.ja,
        citation_en=citation.en,
    )


def kind_called(permissions: PermissionList, text: str) -> InformationKind | None:
    """The kind with this id or this whole name in either language; width, kana and case do not matter."""
    return _called(permissions.kinds, text)


def category_called(permissions: PermissionList, text: str) -> Category | None:
    """The category with this id or name, likewise; or the only one with this name before its bracket."""
    found = _called(permissions.categories, text)
    if found is not None:
        return found
    bare = [id_ for id_, name in permissions.categories.items() if fold(text) == fold(name.ja).partition("(")[0]]
    return bare[0] if len(bare) == 1 else None


def near_names(names: Iterable[_Name], text: str, limit: int = 4) -> list[_Name]:
    """Those in whose id or names the text stands, shortest first, then those most like it; none when nothing is."""
    wanted = fold(text)
    by_spelling = {fold(each): name for name in names for each in (name.id, name.ja, name.en)}
    inside = sorted((spelling for spelling in by_spelling if wanted in spelling), key=len)
    alike = difflib.get_close_matches(wanted, by_spelling, n=limit, cutoff=0.5)
    return list(dict.fromkeys(by_spelling[each] for each in [*inside, *alike]))[:limit]


def near_ids(kinds: Mapping[InformationKind, KindName], text: str) -> list[InformationKind]:
    """The ids of the kinds that are near."""
    return [kind.id for kind in near_names(kinds.values(), text)]


def _called(names: Mapping[_Id, KindName] | Mapping[_Id, CategoryName], text: str) -> _Id | None:
    wanted = fold(text)
    return next((id_ for id_, name in names.items() if wanted in {fold(id_), fold(name.ja), fold(name.en)}), None)


def _in_order(known: Mapping[Category, CategoryName], ids: Iterable[Category]) -> tuple[Category, ...]:
    wanted = set(ids)
    return (*(id_ for id_ in known if id_ in wanted), *sorted(wanted - known.keys()))


def _said(names: Mapping[_Id, KindName] | Mapping[_Id, CategoryName], id_: _Id) -> Said:
    name = names.get(id_)
    return Said(id_, id_) if name is None else Said(name.ja, name.en)


def _joined(names: list[Said], *, few: bool) -> Said:
    shown = names[:_FEW] if few and len(names) > _FEW + 1 else names
    more = len(names) - len(shown)
    ja = "、".join(name.ja for name in shown) + (f"ほか{more}" if more else "")
    en = "; ".join(name.en for name in shown) + (f" and {more} more" if more else "")
    return Said(ja, en)
