"""The shipped facts beside the ordinance: counts of every version, and row by row where the dated table is at hand."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from renkei.law.list import PermissionList
from renkei.law.phrases import without_brackets, without_tail
from renkei.law.rows import Meaning, Row, Table
from renkei.terms.affairs import item_number

ROOT = Path(__file__).parents[2]
TABLES = ROOT.parent / "shared" / "data" / "law"
PERMISSIONS = PermissionList.load()

VERSIONS = [
    # day from which the version is in force, rows of the table of art. 2, items
    (date(2024, 5, 27), 443, 173),
    (date(2024, 8, 30), 443, 173),
    (date(2024, 9, 19), 443, 173),
    (date(2024, 10, 1), 443, 173),
    (date(2024, 12, 2), 443, 173),
    (date(2025, 4, 1), 443, 173),
    (date(2025, 7, 28), 455, 179),
    (date(2025, 8, 4), 455, 179),
    (date(2025, 10, 1), 456, 180),
    (date(2025, 12, 1), 456, 180),
    (date(2026, 3, 1), 456, 180),
    (date(2026, 4, 1), 456, 180),
    (date(2026, 4, 8), 455, 180),
    (date(2026, 6, 1), 459, 184),
    (date(2026, 6, 14), 481, 186),
]


@pytest.mark.parametrize(("on", "rows", "items"), VERSIONS)
def test_every_version_has_the_rows_and_items_of_the_ordinance(on: date, rows: int, items: int) -> None:
    in_force = PERMISSIONS.in_force(on)
    assert len(in_force) == rows
    assert len({row.item for row in in_force}) == items


def test_between_two_versions_nothing_changes() -> None:
    starts = [on for on, _, _ in VERSIONS]
    for first, then in pairwise(starts):
        assert PERMISSIONS.in_force(first) == PERMISSIONS.in_force(then - timedelta(days=1))
    assert set(PERMISSIONS.changes()) <= {date(2024, 4, 24), *starts}


def test_every_row_points_to_one_detail_article_and_no_two_items_share_one() -> None:
    on = date(2026, 6, 14)
    articles = {row.item: row.article for row in PERMISSIONS.in_force(on)}
    assert len(set(articles.values())) == len(articles)
    assert all(row.article == articles[row.item] for row in PERMISSIONS.in_force(on))


needs_tables = pytest.mark.skipif(
    not TABLES.is_dir(), reason="the dated table of the ordinance is not beside this repository: rows not compared"
)


def table() -> list[dict[str, str]]:
    (path,) = TABLES.glob("permission_table_history_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@needs_tables
def test_the_counts_of_the_versions_are_those_of_the_dated_table() -> None:
    with (TABLES / "permission_table_versions.csv").open(encoding="utf-8", newline="") as file:
        found = [
            (date.fromisoformat(each["date"]), int(each["rows"]), int(each["items"])) for each in csv.DictReader(file)
        ]
    assert found == VERSIONS


def same_row(line: dict[str, str]) -> Iterator[Row]:
    """Shipped rows that say what the line says, judged without the maker's tables of phrases."""
    item = item_number(line["kou_no"])
    begins, ends = date.fromisoformat(line["valid_from"]), line["valid_until_exclusive"]
    information, article = without_tail(without_brackets(line["info"]))
    for row in PERMISSIONS.rows_of(item):
        last = date.fromisoformat(ends) - timedelta(days=1) if ends else date.max
        if row.covers(begins) and row.covers(last) and row.article == article and agrees(row, line, information):
            yield row


def agrees(row: Row, line: dict[str, str], information: str) -> bool:
    """Every plain name in the cells is a category or kind of the row."""
    names = {category.ja: category.id for category in PERMISSIONS.categories.values()}
    for column, categories in (("inquirer", row.inquirers), ("provider", row.providers)):
        if line[column] in names and categories != {names[line[column]]}:
            return False
    return named_kinds(information) <= set(row.kinds)


def named_kinds(information: str) -> set[str]:
    """Official kinds whose short name stands in the cell; longest first, as one may contain another."""
    official = [kind for kind in PERMISSIONS.kinds.values() if kind.meaning is Meaning.OFFICIAL]
    found = set[str]()
    for kind in sorted(official, key=lambda kind: -len(kind.ja)):
        if kind.ja in information:
            found.add(kind.id)
            information = information.replace(kind.ja, "")
    return found


@needs_tables
def test_every_line_of_the_dated_table_has_its_row() -> None:
    lines = table()
    assert len(lines) == 566
    unmatched = [
        f"{line['kou_no']} {line['valid_from']} {line['provider'][:20]}" for line in lines if not any(same_row(line))
    ]
    assert unmatched == []


@needs_tables
def test_no_shipped_row_is_without_its_line() -> None:
    matched = {row for line in table() for row in same_row(line)}
    assert {row for row in PERMISSIONS.rows if row.table is Table.ORDINANCE} == matched
