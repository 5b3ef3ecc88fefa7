"""The shipped files are read whole and strictly, or not at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law import facts
from renkei.law.facts import HEADERS, MAX_DAYS, MAX_ITEM_ROWS, MAX_ROWS, parse, shipped, version_of
from renkei.law.rows import Meaning
from renkei.terms.affairs import Category, InformationKind
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

SHIPPED = shipped()


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    text = SHIPPED[name].decode()
    assert old in text
    return {**SHIPPED, name: text.replace(old, new, 1).encode()}


def first_line(name: str) -> str:
    return SHIPPED[name].decode().split("\n")[1]


def refused(sources: dict[str, bytes]) -> str:
    with pytest.raises(RenkeiError) as caught:
        parse(sources)
    assert caught.value.problem is Problem.MALFORMED
    return caught.value.detail


def test_the_shipped_facts_are_sound() -> None:
    found = parse(SHIPPED)
    assert len(found.rows) > 500
    assert found.kinds[InformationKind("local-tax")].ja == "地方税関係情報"
    assert found.categories[Category("payer-pension-any-law")].meaning is Meaning.REFERENCE


def test_every_name_is_used_by_some_row() -> None:
    found = parse(SHIPPED)
    assert {row.affair for row in found.rows} == found.affairs.keys()
    assert {kind for row in found.rows for kind in row.kinds} == found.kinds.keys()
    assert (
        frozenset[Category]().union(*(row.inquirers | row.providers for row in found.rows)) == found.categories.keys()
    )


@pytest.mark.parametrize("name", ["affairs.tsv", "categories.tsv", "kinds.tsv"])
def test_no_two_ids_have_the_same_japanese_name(name: str) -> None:
    names = [line.split("\t")[1] for line in SHIPPED[name].decode().splitlines()[1:]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("rows.tsv", "item\trow", "row\titem", "rows.tsv:1"),
        ("rows.tsv", "\t2024-05-27\t", "\t2024-05-32\t", "rows.tsv:2"),
        ("rows.tsv", "\t2024-05-27\t\n", "\t2024-05-27\t2024-05-27\n", "rows.tsv:2"),
        ("rows.tsv", "1\t1\t", "01\t1\t", "rows.tsv:2"),
        ("rows.tsv", "1\t2\t", "1\t1\t", "rows.tsv:3: repeated or out of order"),
        ("rows.tsv", "health-insurance-minister", "health-insurance-ministry", "rows.tsv:2: unknown id"),
        ("rows.tsv", "mhlw-minister", "mhlw-ministry", "rows.tsv:2: unknown id"),
        ("rows.tsv", "unemployment-benefits", "unemployment", "rows.tsv:2: unknown id"),
        ("rows.tsv", "unemployment-benefits", "pension,pension", "rows.tsv:2"),
        ("rows.tsv", "unemployment-benefits", "", "rows.tsv:2"),
        ("rows.tsv", "\t2024-05-27\t", "\t2024-05-26\t", "rows.tsv:2"),
        ("rows.tsv", "health-insurance-minister\t3\t", "health-insurance-minister\t\t", "rows.tsv:2"),
        ("rows-annex2.tsv", "by-minister\t\t", "by-minister\t3\t", "rows-annex2.tsv:2"),
        ("rows-annex2.tsv", "\t2024-05-27\n", "\t2024-05-28\n", "rows-annex2.tsv:2"),
        ("rows-annex2.tsv", "\t2024-05-27\n", "\t\n", "rows-annex2.tsv:2"),
        ("rows-annex2.tsv", "mhlw-minister", "mhlw-ministry", "rows-annex2.tsv:2: unknown id"),
        ("kinds.tsv", "\town\n", "\tguessed\n", "kinds.tsv:2"),
        ("kinds.tsv", "agricultural", " agricultural", "kinds.tsv:2"),
        ("categories.tsv", "\tofficial\n", "\n", "categories.tsv:2"),
    ],
)
def test_a_wrong_line_is_named_by_file_and_number(name: str, old: str, new: str, place: str) -> None:
    assert refused(changed(name, old, new)) == place


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_line_out_of_order_or_given_twice_is_refused(name: str) -> None:
    line = first_line(name)
    assert refused(changed(name, line + "\n", line + "\n" + line + "\n")) == f"{name}:3: repeated or out of order"


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_file_cut_inside_a_line_is_refused(name: str) -> None:
    assert refused({**SHIPPED, name: SHIPPED[name][:-1]}) == f"{name}: truncated"


def test_a_file_that_is_not_text_is_refused() -> None:
    assert refused({**SHIPPED, "rows.tsv": b"\xff\n"}) == "rows.tsv: not UTF-8"


@given(st.sampled_from(sorted(HEADERS)), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_the_version_changes_with_any_byte_of_any_file(name: str, at: int, flip: int) -> None:
    content = bytearray(SHIPPED[name])
    content[at % len(content)] ^= flip
    assert version_of({**SHIPPED, name: bytes(content)}) != version_of(SHIPPED)


def test_the_version_depends_on_which_file_says_what() -> None:
    swapped = {**SHIPPED, "kinds.tsv": SHIPPED["affairs.tsv"], "affairs.tsv": SHIPPED["kinds.tsv"]}
    assert version_of(swapped) != version_of(SHIPPED)


# Bounds: what is announced is read by every system, so the worst list that is taken must be cheap to read.


def with_rows(*rows: str) -> dict[str, bytes]:
    """The shipped files, but the ordinance's table has these rows: `item TAB row`, then the days."""
    _, line, *_ = SHIPPED["rows.tsv"].decode().split("\n")
    cells = line.split("\t")
    lines = ["\t".join([*row.split("\t")[:2], *cells[2:7], *row.split("\t")[2:]]) for row in rows]
    header = SHIPPED["rows.tsv"].decode().split("\n")[0]
    empty = SHIPPED["rows-annex2.tsv"].split(b"\n")[0] + b"\n"
    return {**SHIPPED, "rows.tsv": ("\n".join([header, *lines]) + "\n").encode(), "rows-annex2.tsv": empty}


def day(number: int) -> str:
    return (date(2024, 5, 27) + timedelta(days=number)).isoformat()


def same_day(items: int, of_each: int) -> list[str]:
    return [f"{item}\t{row}\t{day(0)}\t" for item in range(1, items + 1) for row in range(1, of_each + 1)]


AT_AND_OVER = {
    "rows": (same_day(MAX_ROWS // 100, 100), [f"9999\t1\t{day(0)}\t"], f"at most {MAX_ROWS} rows"),
    "rows of an item": (
        same_day(1, MAX_ITEM_ROWS),
        [f"1\t{MAX_ITEM_ROWS + 1}\t{day(0)}\t"],
        f"item 1: at most {MAX_ITEM_ROWS} rows",
    ),
    "days": (
        [f"{number}\t1\t{day(number)}\t" for number in range(1, MAX_DAYS + 1)],
        [f"{MAX_DAYS + 1}\t1\t{day(MAX_DAYS + 1)}\t"],
        f"at most {MAX_DAYS} days of change",
    ),
}


@pytest.mark.parametrize("name", AT_AND_OVER)
def test_a_list_at_a_limit_is_read_and_one_over_it_is_refused_with_the_limit(name: str) -> None:
    rows, more, limit = AT_AND_OVER[name]
    assert len(parse(with_rows(*rows)).rows) == len(rows)
    assert limit in refused(with_rows(*rows, *more))


def test_a_list_whose_items_change_too_often_for_their_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows of one kind and one inquirer on two days: three stretches of two names each."""
    sources = with_rows(f"1\t1\t{day(0)}\t", f"2\t1\t{day(0)}\t{day(1)}")
    (kinds, inquirers), *_ = [(len(row.kinds), len(row.inquirers)) for row in parse(sources).rows]
    work = (2 + 3) * kinds * (1 + inquirers)
    monkeypatch.setattr(facts, "MAX_WORK", work)
    parse(sources)
    monkeypatch.setattr(facts, "MAX_WORK", work - 1)
    assert "changes too often" in refused(sources)


def test_the_shipped_list_leaves_room_at_every_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MAX_ROWS", "MAX_DAYS", "MAX_ITEM_ROWS", "MAX_WORK"):
        monkeypatch.setattr(facts, limit, getattr(facts, limit) // 8)
    parse(SHIPPED)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u202e", "\u2028"])
@pytest.mark.parametrize("name", ["affairs.tsv", "categories.tsv", "kinds.tsv"])
def test_a_name_with_a_control_character_is_refused(name: str, character: str) -> None:
    ja = first_line(name).split("\t")[1]
    assert refused(changed(name, ja, ja[0] + character + ja[1:])) == f"{name}:2"
