"""A decision in words: whom, what, under which provision; or why not, and what would have been permitted instead."""

from datetime import date

import pytest

from renkei.law.editions import read_list, shipped_files
from renkei.law.explain import decided, question_of
from renkei.law.list import PermissionList
from renkei.law.names import article_said, category_names, item_said, japanese_day, party
from renkei.law.rows import Table
from renkei.messages.law import Asked, Decided, Party, Verdict
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, ItemNumber

PERMISSIONS = PermissionList.load()
TODAY = date(2026, 11, 23)
YOKOHAMA = Party(
    id="141003-mayor",
    ja="横浜市長",
    en="Mayor of Yokohama",
    categories=(Category("municipal-mayor"), Category("city-mayor")),
)


def of(*categories: str) -> Party:
    return party(PERMISSIONS, map(Category, categories))


def told(inquirer: Party, provider: Party, item: str, kind: str, on: date = TODAY) -> Decided:
    asked = Asked(inquirer=inquirer, provider=provider, item=ItemNumber(item), kind=InformationKind(kind))
    return decided(PERMISSIONS, asked, on)


def test_a_permit_says_who_may_ask_whom_for_what_for_which_affair_and_where_it_stands() -> None:
    answer = told(YOKOHAMA, of("municipal-mayor"), "48", "local-tax")
    assert (answer.decision, answer.article, answer.reason, answer.nearest) == (Verdict.PERMITTED, "50", None, ())
    for words in ("横浜市長は", "令和8年11月23日に", "地方税関係情報", "番号法19条8号・提供命令2条の表48の項・50条"):
        assert words in answer.sentence_ja
    for words in ("On 2026-11-23", "Mayor of Yokohama", "Local tax", "item 48, and art. 50"):
        assert words in answer.sentence_en


def test_before_the_ordinance_the_annex_of_the_act_is_the_basis_and_there_is_no_article() -> None:
    row = next(row for row in PERMISSIONS.in_force(date(2024, 5, 26)))
    answer = told(of(*row.inquirers), of(*row.providers), row.item, row.kinds[0], date(2024, 5, 26))
    assert (answer.decision, answer.article) == (Verdict.PERMITTED, None)
    assert f"別表第二の{row.item.replace('-', 'の')}の項" in answer.sentence_ja


@pytest.mark.parametrize(
    ("asked", "reason", "ja", "en"),
    [
        ((of("municipal-mayor"), of("municipal-mayor"), "999", "local-tax"),
         "no-statutory-basis", "999の項はなく", "no item 999"),
        ((of("prefectural-governor"), of("moj-minister"), "157", "family-register"),
         "rule-not-in-force", "令和7年9月30日までのもので", "to 2025-09-30, not on 2026-11-23"),
        ((of("municipal-board-of-education"), of("municipal-mayor"), "48", "local-tax"),
         "inquirer-not-listed", "市町村教育委員会は定められていません", "Municipal board of education is not among"),
        ((YOKOHAMA, of("municipal-mayor"), "106", "vaccination"),
         "information-not-listed", "予防接種情報は含まれません", "not for Vaccination"),
        ((YOKOHAMA, of("prefectural-governor"), "48", "local-tax"),
         "provider-not-listed", "都道府県知事は定められていません", "not by Prefectural governor"),
    ],
)  # fmt: skip
def test_each_reason_has_a_sentence_of_its_own_with_the_names_filled_in(
    asked: tuple[Party, Party, str, str], reason: str, ja: str, en: str
) -> None:
    answer = told(*asked)
    assert (answer.decision, answer.article, answer.reason) == (Verdict.REFUSED, None, reason)
    assert answer.sentence_ja.startswith("照会できません。")
    assert ja in answer.sentence_ja
    assert en in answer.sentence_en
    for near in answer.nearest[:1]:
        assert near.sentence_ja in answer.sentence_ja
        assert near.sentence_en in answer.sentence_en
    names_the_inquirer = reason not in {"no-statutory-basis", "inquirer-not-listed"}
    assert bool(answer.nearest) == names_the_inquirer


def test_only_the_days_of_the_row_that_would_permit_are_told_not_those_of_its_item() -> None:
    answer = told(of("prefectural-governor"), of("mext-minister"), "151", "high-school-tuition-support")
    assert answer.reason == "rule-not-in-force"
    assert "令和6年5月27日から令和8年4月7日までのもの" in answer.sentence_ja
    assert any(row.covers(TODAY) for row in PERMISSIONS.rows_of(ItemNumber("151")))


def test_of_many_names_a_sentence_tells_a_few_and_the_number_of_the_others() -> None:
    categories = list(PERMISSIONS.categories)[:6]
    names = [PERMISSIONS.categories[id_].ja for id_ in categories]
    assert category_names(PERMISSIONS, categories).ja == "、".join(names[:4]) + "ほか2"
    assert category_names(PERMISSIONS, categories).en.endswith(" and 2 more")
    assert category_names(PERMISSIONS, categories[:5]).ja == "、".join(names[:5])
    assert category_names(PERMISSIONS, categories, few=False).ja == "、".join(names)


def test_a_near_row_says_only_what_would_have_to_be_otherwise() -> None:
    near = told(YOKOHAMA, of("prefectural-governor"), "48", "local-tax").nearest[0]
    assert (near.item, near.article, near.kind, near.differs) == ("48", "50", "local-tax", ("provider",))
    assert near.sentence_ja.startswith("提供者が市町村長(特別区の区長を含む)なら、照会できます（番号法")
    assert "affair" not in near.sentence_en


def test_no_other_affair_is_proposed_only_told_for_how_many_the_information_may_be_asked() -> None:
    answer = told(of("municipal-board-of-education"), of("municipal-mayor"), "48", "local-tax")
    assert answer.nearest == ()
    command = "renkei law may-ask --as municipal-board-of-education --kind local-tax --on 2026-11-23"
    assert f"照会できる事務は1件あります（{command}）。" in answer.sentence_ja
    assert f"For 1 affair this inquirer may ask for this information ({command})." in answer.sentence_en


@pytest.mark.parametrize("item", ["999", "106"], ids=["unknown", "its own, which does not list the kind"])
def test_affairs_are_counted_and_not_their_rows(item: str) -> None:
    kind = InformationKind("disability-self-support")
    rows = [row for row in PERMISSIONS.in_force(TODAY) if kind in row.kinds]
    affairs = [row.affair for row in rows if not row.inquirers.isdisjoint(YOKOHAMA.categories)]
    number = len(set(affairs))
    assert 1 < number < len(affairs)
    answer = told(YOKOHAMA, of("municipal-mayor"), item, kind)
    assert f"照会できる事務は{number}件あります" in answer.sentence_ja
    assert f"For {number} affairs this inquirer" in answer.sentence_en


def test_where_no_affair_lets_the_inquirer_ask_the_sentence_says_so() -> None:
    answer = told(of("tax-accountants-federation"), of("municipal-mayor"), "48", "local-tax")
    assert answer.nearest == ()
    assert "照会できる事務はありません" in answer.sentence_ja
    assert "No affair lets this inquirer" in answer.sentence_en


@pytest.mark.parametrize("item", ["21", "36", "500"])
def test_of_an_item_that_the_held_annex_does_not_have_nobody_says_that_it_never_was(item: str) -> None:
    """Items 21 and 36 of 別表第二 were deleted before the text that is held."""
    answer = told(YOKOHAMA, of("municipal-mayor"), item, "local-tax", date(2024, 5, 1))
    assert answer.reason == "no-statutory-basis"
    assert f"収録している別表第二に{item}の項はありません。削除された項か、ない項です。" in answer.sentence_ja
    assert f"has no item {item}: deleted, or never there." in answer.sentence_en


@pytest.mark.parametrize("item", ["16", "150"])
def test_before_the_first_held_text_no_item_is_said_to_be_missing(item: str) -> None:
    answer = told(YOKOHAMA, of("municipal-mayor"), item, "local-tax", date(2010, 1, 1))
    assert "平成22年1月1日の表は収録していません（収録は令和6年4月24日から）" in answer.sentence_ja
    assert "the table of 2010-01-01 is not held" in answer.sentence_en
    assert "事務はありません" not in answer.sentence_ja


def test_a_day_before_the_oldest_table_is_said_to_be_unknown_and_nothing_is_guessed() -> None:
    first = PERMISSIONS.changes()[0]
    answer = told(YOKOHAMA, of("municipal-mayor"), "16", "local-tax", date(2016, 1, 1))
    assert answer.reason == "rule-not-in-force"
    assert "平成28年1月1日の表は収録していません" in answer.sentence_ja
    assert str(first) in answer.sentence_en


def test_the_question_in_the_answer_is_the_one_that_was_decided() -> None:
    answer = told(YOKOHAMA, of("municipal-mayor", "city-mayor"), "48", "local-tax")
    question = question_of(answer.question, TODAY)
    assert question.inquirer == {"municipal-mayor", "city-mayor"}
    assert (answer.question.provider.ja, answer.item) == (
        "市長(特別区の区長を含む)、市町村長(特別区の区長を含む)",
        "48",
    )


def test_branch_numbers_are_told_as_the_law_writes_them() -> None:
    assert article_said(ArticleNumber("36-2")) == ("36条の2", "art. 36-2")
    assert item_said(ItemNumber("12-2"), Table.ORDINANCE) == ("12の2の項", "item 12-2")
    assert item_said(ItemNumber("12-2"), Table.ANNEX_2) == ("別表第二の12の2の項", "item 12-2 of Annex 2")


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 6, 14), "令和8年6月14日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1989, 1, 7), "1989年1月7日"),
    ],
)
def test_days_are_told_in_the_years_of_the_era(day: date, text: str) -> None:
    assert japanese_day(day) == text


@pytest.mark.parametrize("keeps_annex", [False, True], ids=["no row at all", "no row of the ordinance"])
@pytest.mark.parametrize("on", [date(2020, 1, 1), date(2024, 5, 26), TODAY])
def test_a_list_without_any_item_in_force_refuses_and_says_so(on: date, keeps_annex: bool) -> None:
    empty = shipped_files()
    for name in ("rows.tsv",) if keeps_annex else ("rows.tsv", "rows-annex2.tsv"):
        empty[name] = empty[name].split("\n")[0] + "\n"
    mayor = of("municipal-mayor")
    asked = Asked(inquirer=mayor, provider=mayor, item=ItemNumber("999"), kind=InformationKind("local-tax"))
    answer = decided(read_list(empty), asked, on)
    assert (answer.decision, answer.nearest) == (Verdict.REFUSED, ())
    assert answer.sentence_en.startswith("Refused: ")
