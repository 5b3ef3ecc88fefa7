"""Who may use the Individual Number for what, and days of which this copy knows nothing."""

from datetime import date

import pytest

from renkei.law.facts import USES_HEADERS, shipped
from renkei.law.list import PermissionList
from renkei.law.rows import Meaning
from renkei.law.uses import Annex, NotHeld, Use, UsesList, uses
from renkei.terms.affairs import Category
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PERMISSIONS = PermissionList.load()
HELD = UsesList.load()
SHIPPED = shipped(USES_HEADERS)
MAYOR = frozenset([Category("municipal-mayor")])
TODAY = date(2026, 11, 23)


def found(of: frozenset[Category], on: date, text: str = "") -> tuple[Use, ...]:
    answer = uses(HELD, of, on, text)
    assert not isinstance(answer, NotHeld)
    return answer


def refused(sources: dict[str, bytes]) -> str:
    with pytest.raises(RenkeiError) as caught:
        UsesList.parse(sources, PERMISSIONS.affairs, PERMISSIONS.categories)
    assert caught.value.problem is Problem.MALFORMED
    return caught.value.detail


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    text = SHIPPED[name].decode()
    assert old in text
    return {**SHIPPED, name: text.replace(old, new, 1).encode()}


def test_the_uses_are_read_once() -> None:
    assert UsesList.load() is HELD


def test_a_body_uses_the_number_for_the_affairs_of_its_categories_in_the_order_of_the_annex() -> None:
    answer = found(MAYOR, TODAY)
    assert answer == tuple(use for use in HELD.uses if use.covers(TODAY) and "municipal-mayor" in use.users)
    assert [use.item for use in answer][:2] == ["9", "14"]


def test_one_category_of_several_is_enough() -> None:
    schools = frozenset([Category("municipal-board-of-education")])
    both = found(MAYOR | schools, TODAY)
    assert {use.item for use in found(schools, TODAY)} == {"40"}
    assert {use.item for use in both} == {use.item for use in (*found(MAYOR, TODAY), *found(schools, TODAY))}


def test_a_body_that_no_item_names_uses_the_number_for_nothing() -> None:
    assert found(frozenset([Category("mayor-of-nowhere")]), TODAY) == ()


@pytest.mark.parametrize("text", ["児童手当", "ｃｈｉｌｄ　ALLOWANCE", "81 児童"])
def test_words_are_found_in_item_and_affair(text: str) -> None:
    assert [use.item for use in found(MAYOR, TODAY, text)] == ["81"]


@pytest.mark.parametrize(
    ("on", "annex", "item", "ja", "en"),
    [
        (
            date(2024, 5, 26),
            Annex.ANNEX_1,
            "56",
            "番号法9条1項・別表第一の56の項",
            "Number Act art. 9(1), Annex 1, item 56",
        ),
        (date(2026, 6, 14), Annex.ANNEX, "81", "番号法9条1項・別表の81の項", "Number Act art. 9(1), Annex, item 81"),
    ],
)
def test_the_annex_of_the_day_answers(on: date, annex: Annex, item: str, ja: str, en: str) -> None:
    (use,) = found(MAYOR, on, "児童手当")
    assert (use.annex, use.item) == (annex, item)
    assert use.cite() == (ja, en)


def test_a_branch_number_is_cited() -> None:
    (use,) = found(frozenset([Category("mofa-minister")]), TODAY)
    assert use.cite().ja == "番号法9条1項・別表の31の2の項"


@pytest.mark.parametrize(
    ("on", "before", "after"),
    [
        (date(2024, 4, 23), None, date(2024, 4, 24)),
        (date(2024, 5, 27), date(2024, 5, 26), date(2026, 6, 14)),
        (date(2026, 6, 13), date(2024, 5, 26), date(2026, 6, 14)),
    ],
)
def test_a_day_whose_text_is_not_held_has_no_answer(on: date, before: date | None, after: date | None) -> None:
    assert uses(HELD, MAYOR, on) == NotHeld(on, before, after)


def test_every_own_name_is_used_and_none_is_the_lists() -> None:
    assert HELD.affairs.keys() - PERMISSIONS.affairs.keys() <= {use.affair for use in HELD.uses}
    users = frozenset[Category]().union(*(use.users for use in HELD.uses))
    assert HELD.categories.keys() - PERMISSIONS.categories.keys() <= users
    assert HELD.categories[Category("patent-attorney-council")].meaning is Meaning.REFERENCE


def test_no_two_ids_have_the_same_japanese_name() -> None:
    for names in (HELD.affairs.values(), HELD.categories.values()):
        assert len({each.ja for each in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("uses.tsv", "item\taffair", "affair\titem", "uses.tsv:1"),
        ("uses.tsv", "\t2024-04-24\t", "\t2024-04-31\t", "uses.tsv:2"),
        ("uses.tsv", "\t2024-05-27\t", "\t2024-04-24\t", "uses.tsv:2"),
        ("uses.tsv", "\t2024-05-27\t", "\t2024-05-28\t", "uses.tsv:2"),
        ("uses.tsv", "\t2024-05-27\tannex-1", "\t2024-05-27\tannex", "uses.tsv:2"),
        ("uses.tsv", "\t2024-05-27\tannex-1", "\t2024-05-27\tannex-2", "uses.tsv:2"),
        ("uses.tsv", "\n2\t", "\n1\t", "uses.tsv:3: repeated or out of order"),
        ("uses.tsv", "mhlw-minister", "mhlw-ministry", "uses.tsv:2: unknown id"),
        ("uses.tsv", "mhlw-minister", "mhlw-minister,mhlw-minister", "uses.tsv:2"),
        ("uses.tsv", "mhlw-minister", "", "uses.tsv:2"),
        ("uses.tsv", "health-insurance-run", "health-insurance-ran", "uses.tsv:2: unknown id"),
        ("uses-categories.tsv", "\tofficial\n", "\tguessed\n", "uses-categories.tsv:2"),
        ("uses-affairs.tsv", "\naccident", "\n accident", "uses-affairs.tsv:2"),
        (
            "uses-affairs.tsv",
            "\naccident",
            "\nchild-allowance\tx\tx\naccident",
            "uses-affairs.tsv:3: repeated or out of order",
        ),
    ],
)
def test_a_wrong_line_is_named_by_file_and_number(name: str, old: str, new: str, place: str) -> None:
    assert refused(changed(name, old, new)) == place


@pytest.mark.parametrize("name", sorted(USES_HEADERS))
def test_a_file_cut_inside_a_line_is_refused(name: str) -> None:
    assert refused({**SHIPPED, name: SHIPPED[name][:-1]}) == f"{name}: truncated"


def test_a_name_that_the_list_has_is_refused() -> None:
    with pytest.raises(RenkeiError) as caught:
        UsesList.parse(SHIPPED, HELD.affairs, PERMISSIONS.categories)
    assert caught.value.detail == "uses-*.tsv: a name that the list has"
