"""Reading the shipped facts: tab-separated files under `facts/`, strict, every bad line named by file and line.

The files hold numbers, dates, short names and references, never the ordinance's text (docs/law/README.md).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Final, TypeVar

from renkei.law.rows import Affair, AffairId, CategoryName, KindName, Meaning, Row, item_order
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, information_kind, item_number
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "affairs.tsv": ("id", "ja", "en"),
    "categories.tsv": ("id", "ja", "en", "meaning"),
    "kinds.tsv": ("id", "ja", "en", "meaning"),
    "rows.tsv": ("item", "row", "affair", "article", "inquirers", "providers", "kinds", "from", "until"),
}
"""The files that decide, and their columns; `phrases.tsv` only explains how rows were made and is not among them."""

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
    """SHA-256 over the four files, in hex (`version_of`)."""


def shipped() -> dict[str, bytes]:
    """The bytes of the facts that this package ships, by file name."""
    folder = files("renkei.law") / "facts"
    return {name: (folder / name).read_bytes() for name in HEADERS}


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
        RenkeiError: MALFORMED with `file:line` of the first line that is wrong.
    """
    affairs = {affair.id: affair for affair in table("affairs.tsv", sources, _affair)}
    categories = {category.id: category for category in table("categories.tsv", sources, _category)}
    kinds = {kind.id: kind for kind in table("kinds.tsv", sources, _kind)}
    rows = tuple(table("rows.tsv", sources, _row))
    for line, row in enumerate(rows, start=2):
        named = row.affair in affairs and categories.keys() >= row.inquirers | row.providers
        if not (named and kinds.keys() >= set(row.kinds)):
            raise RenkeiError(Problem.MALFORMED, f"rows.tsv:{line}: unknown id")
    return Facts(affairs, categories, kinds, rows, version_of(sources))


def table(name: str, sources: Mapping[str, bytes], read: Callable[[_Cells], _T]) -> list[_T]:
    """Read one file line by line.

    Args:
        name: file name, one of `HEADERS`.
        sources: bytes by file name.
        read: makes the value of a line's cells; a ValueError or RenkeiError of it becomes MALFORMED with the place.

    Raises:
        RenkeiError: MALFORMED with `file:line`; also when two lines begin with the same key or stand out of order.
    """
    found: list[_T] = []
    previous: tuple[tuple[int, ...], str] | None = None
    for line, cells in lines(name, sources[name], HEADERS[name]):
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
    """Cells of each line after the header, with the line's number; raises MALFORMED."""
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
        if len(cells) != len(header):
            raise RenkeiError(Problem.MALFORMED, f"{name}:{number}")
        yield number, cells


def _line_key(name: str, cells: _Cells) -> tuple[tuple[int, ...], str]:
    if name == "rows.tsv":
        return (*item_order(item_number(cells[0])), 0, int(cells[1])), ""
    return (), cells[0]


def _affair(cells: _Cells) -> Affair:
    return Affair(AffairId(_id(cells[0])), _name(cells[1]), _name(cells[2]))


def _category(cells: _Cells) -> CategoryName:
    return CategoryName(Category(_id(cells[0])), _name(cells[1]), _name(cells[2]), Meaning(cells[3]))


def _kind(cells: _Cells) -> KindName:
    return KindName(information_kind(cells[0]), _name(cells[1]), _name(cells[2]), Meaning(cells[3]))


def _row(cells: _Cells) -> Row:
    valid_from = date.fromisoformat(cells[7])
    valid_until = date.fromisoformat(cells[8]) if cells[8] else None
    if valid_until is not None and valid_until <= valid_from:
        raise ValueError("ends before it begins")
    return Row(
        item=item_number(cells[0]),
        number=int(cells[1]),
        affair=AffairId(cells[2]),
        article=ArticleNumber(item_number(cells[3])),
        inquirers=frozenset(Category(each) for each in _ids(cells[4])),
        providers=frozenset(Category(each) for each in _ids(cells[5])),
        kinds=tuple(information_kind(each) for each in _ids(cells[6])),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _ids(cell: str) -> list[str]:
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
