"""別表第二, 別表第一 and 別表 beside the Act: item by item where the tables are at hand."""

import csv
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from renkei.law.facts import HEADERS, USES_HEADERS, shipped
from renkei.law.list import PermissionList
from renkei.law.phrases import without_brackets, without_tail
from renkei.law.rows import ORDINANCE_BEGAN, Meaning, Row, Table
from renkei.law.uses import Annex, UsesList
from renkei.terms.affairs import item_number

ROOT = Path(__file__).parents[2]
TABLES = ROOT.parent / "shared" / "data" / "law"
PERMISSIONS = PermissionList.load()
USES = UsesList.load()
ROWS = [row for row in PERMISSIONS.rows if row.table is Table.ANNEX_2]
ENFORCED = re.compile(r'^  enforced_at: "(.+)"$', re.MULTILINE)
LAW_NUMBER = re.compile("（[^（）]*年法律第[^（）]*）")
DISABILITY = {"physical-disability-certificate", "mental-disability-certificate", "intellectual-disability"}

needs_tables = pytest.mark.skipif(
    not TABLES.is_dir(), reason="the tables of the Act are not beside this repository: items not compared"
)


def table(pattern: str) -> list[dict[str, str]]:
    """Lines of the one file; deleted items have no affair and are left out."""
    (path,) = TABLES.glob(pattern)
    with path.open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if line["affair"]]


def enforced(text: str) -> date:
    """The day from which the text is in force."""
    found = ENFORCED.search((TABLES / "text" / text).read_text(encoding="utf-8"))
    assert found is not None
    return date.fromisoformat(found[1])


def test_annex_2_and_the_uses_have_as_many_items_as_the_act() -> None:
    assert (len(ROWS), len({row.item for row in ROWS})) == (413, 131)
    assert Counter(use.annex for use in USES.uses) == {Annex.ANNEX_1: 108, Annex.ANNEX: 220}


@needs_tables
def test_each_text_is_dated_by_the_day_that_it_gives_itself() -> None:
    before, now = enforced("history/425AC0000000027_20240424.md"), enforced("425AC0000000027.md")
    assert {(row.valid_from, row.valid_until) for row in ROWS} == {(before, ORDINANCE_BEGAN)}
    assert {(use.annex, use.valid_from, use.valid_until) for use in USES.uses} == {
        (Annex.ANNEX_1, before, ORDINANCE_BEGAN),
        (Annex.ANNEX, now, None),
    }


def agrees(row: Row, line: dict[str, str]) -> bool:
    """Every plain name in the cells is a category or kind of the row, judged without the tables of phrases."""
    names = {category.ja: category.id for category in PERMISSIONS.categories.values()}
    for column, categories in (("inquirer", row.inquirers), ("provider", row.providers)):
        if line[column] in names and categories != {names[line[column]]}:
            return False
    information, _ = without_tail(without_brackets(line["info"]))
    return named_kinds(information) <= set(row.kinds) and ("障害者関係情報" in information) <= (
        set(row.kinds) >= DISABILITY
    )


def named_kinds(information: str) -> set[str]:
    """Official kinds whose short name stands in the cell; longest first, as one may contain another."""
    official = [kind for kind in PERMISSIONS.kinds.values() if kind.meaning is Meaning.OFFICIAL]
    found = set[str]()
    for kind in sorted(official, key=lambda kind: -len(kind.ja)):
        if kind.ja in information:
            found.add(kind.id)
            information = information.replace(kind.ja, "")
    return found - {"disability"}


@needs_tables
def test_every_line_of_annex_2_has_its_row_and_every_row_its_line() -> None:
    lines = table("beppyo2_*.csv")
    assert len(lines) == 413
    matched = {
        number: [row for row in PERMISSIONS.rows_of(item_number(line["kou_no"]), Table.ANNEX_2) if agrees(row, line)]
        for number, line in enumerate(lines)
    }
    assert [lines[number] for number, rows in matched.items() if not rows] == []
    assert {row for rows in matched.values() for row in rows} == set(ROWS)
    assert Counter(item_number(line["kou_no"]) for line in lines) == Counter(row.item for row in ROWS)


def test_no_row_of_annex_2_names_the_disability_information_of_the_ordinance() -> None:
    """障害者関係情報 has another extent there."""
    assert not [row for row in ROWS if "disability" in row.kinds]


@needs_tables
def test_every_affair_of_annex_2_has_one_name() -> None:
    affairs = {(row.item, row.affair) for row in ROWS}
    assert len(affairs) == len({item for item, _ in affairs})


@needs_tables
@pytest.mark.parametrize(("pattern", "annex"), [("beppyo1_*.csv", Annex.ANNEX_1), ("beppyo_*.csv", Annex.ANNEX)])
def test_every_item_of_an_annex_has_its_use(pattern: str, annex: Annex) -> None:
    names = {category.ja: category.id for category in USES.categories.values()}
    known = [use for use in USES.uses if use.annex is annex]
    lines = table(pattern)
    assert [use.item for use in known] == [line["kou_no"] for line in lines]
    for use, line in zip(known, lines, strict=True):
        assert line["user"] not in names or use.users == {names[line["user"]]}


@needs_tables
def test_users_of_one_wording_are_the_same_bodies() -> None:
    """The number of a law is given where the law is first named, and changes nothing."""
    users: dict[str, set[frozenset[str]]] = {}
    for pattern, annex in (("beppyo1_*.csv", Annex.ANNEX_1), ("beppyo_*.csv", Annex.ANNEX)):
        known = [use for use in USES.uses if use.annex is annex]
        for use, line in zip(known, table(pattern), strict=True):
            users.setdefault(LAW_NUMBER.sub("", line["user"]), set()).add(frozenset(use.users))
    several = {wording for wording, bodies in users.items() if len(bodies) > 1}
    assert several == set()


@needs_tables
def test_what_annex_2_opened_until_its_end_is_decided_item_by_item() -> None:
    last = ORDINANCE_BEGAN - timedelta(days=1)
    assert {row.item for row in PERMISSIONS.in_force(last)} == {
        item_number(line["kou_no"]) for line in table("beppyo2_*.csv")
    }


@needs_tables
def test_the_facts_hold_no_sentence_of_the_act() -> None:
    """A term of the law is a fact; forty characters of it in a row would be its text."""
    texts = [path.read_text(encoding="utf-8") for path in (TABLES / "text").rglob("425AC0000000027*.md")]
    assert len(texts) == 2
    for content in shipped([*HEADERS, *USES_HEADERS, "phrases.tsv"]).values():
        for cell in content.decode().replace("\n", "\t").split("\t"):
            assert len(cell) < 40 or not any(cell in text for text in texts), cell
