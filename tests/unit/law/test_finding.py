"""Words lead to affairs, kinds and categories, however they are typed; and kinds to those who hold them."""

from datetime import date

import pytest

from renkei.law.find import find
from renkei.law.holding import kind_holders
from renkei.law.list import PermissionList
from renkei.law.names import category_called, kind_called, near_ids, near_names
from renkei.terms.affairs import Category, InformationKind

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
SCHOOL = InformationKind("school-medical-aid")


def test_the_whole_name_comes_before_names_that_begin_with_it_and_those_before_names_that_hold_it() -> None:
    found = [affair.id for affair in find(PERMISSIONS, "child allowance", TODAY).affairs]
    assert found[0] == "child-allowance"
    begins = [kind.ja.startswith("障害") for kind in find(PERMISSIONS, "障害", TODAY).kinds]
    assert begins == sorted(begins, reverse=True)
    assert set(begins) == {True, False}


def test_an_affair_comes_with_its_items_of_that_day() -> None:
    zones = "国家戦略特別区域限定保育士の登録"
    then, now = (find(PERMISSIONS, zones, day).affairs[0] for day in (date(2025, 9, 30), date(2025, 10, 1)))
    assert (then.ja, then.items) == (zones, ("157",))
    assert (now.ja, now.items) == (zones, ())


def test_all_words_must_stand_in_the_names_of_one_thing() -> None:
    found = find(PERMISSIONS, "児童 手当", TODAY)
    assert {"child-allowance", "child-rearing-allowance"} <= {affair.id for affair in found.affairs}
    assert (
        find(PERMISSIONS, "児童 allowance", TODAY).affairs == find(PERMISSIONS, "allowance 児童", TODAY).affairs != ()
    )
    assert find(PERMISSIONS, "児童 潜水艦", TODAY).affairs == ()


@pytest.mark.parametrize("text", ["子ども・子育て", "子ども子育て", "子ﾄﾞﾓ･子育ﾃ", "子ドモ・子育テ"])
def test_width_kana_and_middle_dots_do_not_matter(text: str) -> None:
    assert "child-childcare-support" in {affair.id for affair in find(PERMISSIONS, text, TODAY).affairs}


@pytest.mark.parametrize("text", ["サ−ビス", "ｻｰﾋﾞｽ", "サービス", "さ―びす"])
def test_strokes_of_every_kind_are_the_same(text: str) -> None:
    assert find(PERMISSIONS, text, TODAY).affairs == find(PERMISSIONS, "サービス", TODAY).affairs != ()


def test_categories_are_found_too() -> None:
    assert [each.id for each in find(PERMISSIONS, "広域連合", TODAY).categories] == ["elderly-medical-union"]


def test_what_stands_nowhere_is_answered_with_what_is_most_like_it() -> None:
    found = find(PERMISSIONS, "地方税関連情報", TODAY)
    assert (found.affairs, found.kinds, found.categories) == ((), (), ())
    assert found.near[0].id == "local-tax"


@pytest.mark.parametrize("text", [" ", "・"])
def test_no_words_find_nothing(text: str) -> None:
    found = find(PERMISSIONS, text, TODAY)
    assert (found.affairs, found.kinds, found.categories) == ((), (), ())


@pytest.mark.parametrize("text", ["local-tax", "地方税関係情報", "LOCAL TAX", "ｌｏｃａｌ－ｔａｘ"])
def test_a_kind_may_be_called_by_its_id_or_either_name(text: str) -> None:
    assert kind_called(PERMISSIONS, text) == "local-tax"


def test_a_part_of_a_name_calls_nothing() -> None:
    assert kind_called(PERMISSIONS, "地方税") is None
    assert category_called(PERMISSIONS, "都道府県") is None
    assert category_called(PERMISSIONS, "都道府県知事") == "prefectural-governor"


def test_a_misspelt_id_is_answered_with_the_nearest() -> None:
    assert near_ids(PERMISSIONS.kinds, "lokal-tax")[0] == "local-tax"


@pytest.mark.parametrize("text", ["地方税", "ＬＯＣＡＬ Ｔ", "local t", "地方税関連情報"])
def test_a_part_of_a_name_in_either_language_is_near_it(text: str) -> None:
    assert near_ids(PERMISSIONS.kinds, text)[0] == "local-tax"


def test_where_nothing_is_like_the_text_nothing_is_near() -> None:
    assert near_ids(PERMISSIONS.kinds, "〇") == []
    assert near_ids(PERMISSIONS.kinds, "xyzzy") == []


def test_names_in_which_the_text_stands_are_nearer_than_those_that_are_only_like_it() -> None:
    near = near_names(PERMISSIONS.categories.values(), "知事", limit=100)
    assert near[0].id == "prefectural-governor"
    with_it = [each for each in near if "知事" in each.ja]
    assert near[: len(with_it)] == with_it
    assert len(near_names(PERMISSIONS.categories.values(), "知事")) == 4


@pytest.mark.parametrize(
    ("text", "id_"), [("市町村長", "municipal-mayor"), ("市長", "city-mayor"), ("存続組合", "surviving-mutual")]
)
def test_a_category_may_be_called_without_its_bracket(text: str, id_: str) -> None:
    assert category_called(PERMISSIONS, text) == id_


def test_a_name_before_several_brackets_calls_none_of_them() -> None:
    assert sum(each.ja.startswith("他法給付の支給者(") for each in PERMISSIONS.categories.values()) > 1
    assert category_called(PERMISSIONS, "他法給付の支給者") is None


def test_who_holds_a_kind_are_the_providers_of_the_rows_that_list_it_that_day() -> None:
    found = kind_holders(PERMISSIONS, SCHOOL, TODAY)
    rows = [row for row in PERMISSIONS.in_force(TODAY) if SCHOOL in row.kinds]
    assert [row.item for row in found.rows] == [row.item for row in rows]
    assert {each.id for each in found.providers} == set().union(*(row.providers for row in rows))
    assert found.rows
    assert all(SCHOOL in row.kinds for row in found.rows)


def test_who_holds_a_kind_is_narrowed_to_what_the_inquirer_may_ask() -> None:
    minister = frozenset([Category("mhlw-minister")])
    all_rows = kind_holders(PERMISSIONS, InformationKind("local-tax"), TODAY).rows
    own = kind_holders(PERMISSIONS, InformationKind("local-tax"), TODAY, minister).rows
    assert own == tuple(row for row in all_rows if "mhlw-minister" in row.inquirers)
    assert 0 < len(own) < len(all_rows)


def test_nobody_holds_a_kind_on_a_day_before_the_first_table() -> None:
    found = kind_holders(PERMISSIONS, SCHOOL, date(2010, 1, 1))
    assert (found.providers, found.rows) == ((), ())
