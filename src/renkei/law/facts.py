"""Reading the shipped facts: tab-separated files under `facts/`, strict, every bad line named by file and line.

The files hold numbers, dates, short names and references, never the ordinance's text (docs/law/README.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Final, TypeVar

from renkei.law.rows import (
    ORDINANCE_BEGAN,
    Affair,
    AffairId,
    CategoryName,
    KindName,
    Meaning,
    Row,
    Table,
    item_order,
)
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber, information_kind, item_number
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_ROWS: Final = ("item", "row", "affair", "article", "inquirers", "providers", "kinds", "from", "until")
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "affairs.tsv": ("id", "ja", "en"),
    "categories.tsv": ("id", "ja", "en", "meaning"),
    "kinds.tsv": ("id", "ja", "en", "meaning"),
    "rows-annex2.tsv": _ROWS,
    "rows.tsv": _ROWS,
}
"""The files that decide, and their columns; `phrases.tsv` only explains how rows were made and is not among them."""
USES_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "uses-affairs.tsv": ("id", "ja", "en"),
    "uses-categories.tsv": ("id", "ja", "en", "meaning"),
    "uses.tsv": ("item", "affair", "users", "from", "until", "annex"),
}
"""The files of `law.uses`, apart from the version: names that no row of the list needs, and the uses."""

MAX_ROWS: Final = 10_000
"""Rows in all, about ten times as many as the list of 2026 has."""
MAX_ITEM_ROWS: Final = 200
"""Rows of one item, of all dates."""
MAX_DAYS: Final = 200
"""Days on which anything changes."""
MAX_WORK: Final = 500_000
"""Kinds and inquirers that the rows join, counted anew on each day on which their item changes."""

_T = TypeVar("_T")
_Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files say, checked: every id that a row uses has its name."""

    affairs: Mapping[AffairId, Affair]
    categories: Mapping[Category, CategoryName]
    kinds: Mapping[InformationKind, KindName]
    rows: tuple[Row, ...]
    version: str
    """SHA-256 over the files of `HEADERS`, in hex (`version_of`)."""


def shipped(names: Iterable[str] = HEADERS) -> dict[str, bytes]:
    """The bytes of the facts that this package ships, by file name: those of the list, or of these names."""
    folder = files("renkei.law") / "facts"
    return {name: (folder / name).read_bytes() for name in names}


def version_of(sources: Mapping[str, bytes]) -> str:
    """SHA-256 in hex over name, length and bytes of each file, by name: the version of the permission list."""
    digest = sha256(b"renkei permission list v1\n")
    for name in sorted(HEADERS):
        digest.update(f"{name} {len(sources[name])}\n".encode())
        digest.update(sources[name])
    return digest.hexdigest()


def parse(sources: Mapping[str, bytes]) -> Facts:
    """Read all files or none.

    Args:
        sources: bytes by file name, at least those of `HEADERS`.

    Raises:
        RenkeiError: MALFORMED with `file:line` of the first line that is wrong, or with the limit that is exceeded.
    """
    affairs = {each.id: each for each in table("affairs.tsv", sources, affair)}
    categories = {each.id: each for each in table("categories.tsv", sources, category)}
    kinds = {kind.id: kind for kind in table("kinds.tsv", sources, _kind)}
    found: list[Row] = []
    for name, read in _TABLES.items():
        rows = table(name, sources, read)
        for line, row in enumerate(rows, start=2):
            named = row.affair in affairs and categories.keys() >= row.inquirers | row.providers
            if not (named and kinds.keys() >= set(row.kinds)):
                raise RenkeiError(Problem.MALFORMED, f"{name}:{line}: unknown id")
        found += rows
    _demand_bounds(found)
    return Facts(affairs, categories, kinds, tuple(found), version_of(sources))


def _demand_bounds(rows: list[Row]) -> None:
    """A list must be cheap to read, whoever hands it over: an item is compiled for each day on which it changes."""
    _demand(len(rows) <= MAX_ROWS, f"at most {MAX_ROWS} rows")
    _demand(len(_days(rows)) <= MAX_DAYS, f"at most {MAX_DAYS} days of change")
    items: dict[tuple[Table, ItemNumber], list[Row]] = {}
    for row in rows:
        items.setdefault((row.table, row.item), []).append(row)
    work = 0
    for (_, item), of_item in items.items():
        _demand(len(of_item) <= MAX_ITEM_ROWS, f"item {item}: at most {MAX_ITEM_ROWS} rows")
        work += (len(_days(of_item)) + 1) * sum(len(row.kinds) * (1 + len(row.inquirers)) for row in of_item)
    _demand(work <= MAX_WORK, f"changes too often for its size: {work} names over all days, at most {MAX_WORK}")


def _days(rows: Iterable[Row]) -> set[date]:
    return {day for row in rows for day in (row.valid_from, row.valid_until) if day is not None}


def _demand(holds: object, limit: str) -> None:
    if not holds:
        raise RenkeiError(Problem.MALFORMED, f"the list: {limit}")


def table(name: str, sources: Mapping[str, bytes], read: Callable[[_Cells], _T]) -> list[_T]:
    """Read one file line by line.

    Args:
        name: file name, one of `HEADERS` or `USES_HEADERS`.
        sources: bytes by file name.
        read: makes the value of a line's cells; a ValueError or RenkeiError of it becomes MALFORMED with the place.

    Raises:
        RenkeiError: MALFORMED with `file:line`; also when two lines begin with the same key or stand out of order.
    """
    found: list[_T] = []
    previous: tuple[tuple[int, ...], str] | None = None
    for line, cells in lines(name, sources[name], {**HEADERS, **USES_HEADERS}[name]):
        place = f"{name}:{line}"
        try:
            found.append(read(cells))
        except (ValueError, RenkeiError) as error:
            raise RenkeiError(Problem.MALFORMED, place) from error
        key = _line_key(name, cells)
        if previous is not None and key <= previous:
            raise RenkeiError(Problem.MALFORMED, f"{place}: repeated or out of order")
        previous = key
    return found


def lines(name: str, source: bytes, header: tuple[str, ...]) -> Iterator[tuple[int, _Cells]]:
    """Cells of each line after the header, with the line's number; raises MALFORMED, also for a control character."""
    try:
        text = source.decode()
    except UnicodeDecodeError as error:
        raise RenkeiError(Problem.MALFORMED, f"{name}: not UTF-8") from error
    if not text.endswith("\n"):
        raise RenkeiError(Problem.MALFORMED, f"{name}: truncated")
    first, *rest = text.removesuffix("\n").split("\n")
    if tuple(first.split("\t")) != header:
        raise RenkeiError(Problem.MALFORMED, f"{name}:1")
    for number, line in enumerate(rest, start=2):
        cells = tuple(line.split("\t"))
        if len(cells) != len(header) or not all(map(str.isprintable, cells)):
            raise RenkeiError(Problem.MALFORMED, f"{name}:{number}")
        yield number, cells


def _line_key(name: str, cells: _Cells) -> tuple[tuple[int, ...], str]:
    if name in _TABLES:
        return (*item_order(item_number(cells[0])), 0, int(cells[1])), ""
    if name == "uses.tsv":
        return (date.fromisoformat(cells[3]).toordinal(), *item_order(item_number(cells[0]))), ""
    return (), cells[0]


def affair(cells: _Cells) -> Affair:
    """An affair's line; raises ValueError or RenkeiError."""
    return Affair(AffairId(_id(cells[0])), _name(cells[1]), _name(cells[2]))


def category(cells: _Cells) -> CategoryName:
    """A category's line; raises ValueError or RenkeiError."""
    return CategoryName(Category(_id(cells[0])), _name(cells[1]), _name(cells[2]), Meaning(cells[3]))


def _kind(cells: _Cells) -> KindName:
    return KindName(information_kind(cells[0]), _name(cells[1]), _name(cells[2]), Meaning(cells[3]))


def _ordinance_row(cells: _Cells) -> Row:
    row = _row(cells, ArticleNumber(item_number(cells[3])))
    if row.valid_from < ORDINANCE_BEGAN:
        raise ValueError("before the ordinance")
    return row


def _annex_2_row(cells: _Cells) -> Row:
    row = _row(cells, None)
    if cells[3] or row.valid_until is None or row.valid_until > ORDINANCE_BEGAN:
        raise ValueError("not of 別表第二")
    return row


_TABLES: Final = {"rows.tsv": _ordinance_row, "rows-annex2.tsv": _annex_2_row}
"""The two tables in the order of the list; no day has rows of both."""


def _row(cells: _Cells, article: ArticleNumber | None) -> Row:
    valid_from = date.fromisoformat(cells[7])
    valid_until = date.fromisoformat(cells[8]) if cells[8] else None
    if valid_until is not None and valid_until <= valid_from:
        raise ValueError("ends before it begins")
    return Row(
        item=item_number(cells[0]),
        number=int(cells[1]),
        affair=AffairId(cells[2]),
        article=article,
        inquirers=frozenset(Category(each) for each in ids(cells[4])),
        providers=frozenset(Category(each) for each in ids(cells[5])),
        kinds=tuple(information_kind(each) for each in ids(cells[6])),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def ids(cell: str) -> list[str]:
    """Ids in a cell, in its order; raises ValueError or RenkeiError, also when there is none or one stands twice."""
    found = cell.split(",")
    if len(set(found)) != len(found):
        raise ValueError("named twice")
    return [_id(each) for each in found]


def _id(text: str) -> str:
    return information_kind(text)  # ids of affairs, categories and kinds have one form


def _name(text: str) -> str:
    if not text or text != text.strip():
        raise ValueError("name")
    return text
