"""The shipped files are read whole and strictly, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.facts import HEADERS, parse, shipped, version_of
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
    facts = parse(SHIPPED)
    assert len(facts.rows) > 500
    assert facts.kinds[InformationKind("local-tax")].ja == "地方税関係情報"
    assert facts.categories[Category("payer-pension-any-law")].meaning is Meaning.REFERENCE


def test_every_name_is_used_by_some_row() -> None:
    facts = parse(SHIPPED)
    assert {row.affair for row in facts.rows} == facts.affairs.keys()
    assert {kind for row in facts.rows for kind in row.kinds} == facts.kinds.keys()
    assert (
        frozenset[Category]().union(*(row.inquirers | row.providers for row in facts.rows)) == facts.categories.keys()
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
