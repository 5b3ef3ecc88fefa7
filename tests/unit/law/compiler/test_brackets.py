"""Brackets of the ordinance: law numbers go, narrowings stay, definitions are kept apart."""

import pytest

from renkei.law.compiler import brackets
from renkei.law.compiler.brackets import Bracket, Definition, named, pieces, plain
from renkei.terms.errors import RenkeiError

TERMS = {"甲知事等", "共済組合等", "市町村長"}


def normal(text: str) -> tuple[str, tuple[Definition, ...]]:
    return brackets.normal(text, TERMS.__contains__)


def test_only_the_outermost_brackets_cut_a_text() -> None:
    assert list(pieces("甲（乙（丙）丁）戊（己）")) == ["甲", Bracket("乙（丙）丁"), "戊", Bracket("己")]
    assert list(pieces("")) == []
    assert list(pieces("（）（甲）")) == [Bracket(""), Bracket("甲")]


@pytest.mark.parametrize("text", ["甲（乙", "甲）", "（（甲）", "甲）（乙", "）"])
def test_brackets_that_do_not_balance_are_refused(text: str) -> None:
    with pytest.raises(RenkeiError, match="brackets"):
        list(pieces(text))


def test_a_law_number_is_taken_out() -> None:
    assert normal("住宅地区改良法（昭和三十五年法律第八十四号）の施行者") == ("住宅地区改良法の施行者", ())


def test_a_narrowing_stays_because_it_changes_who_is_meant() -> None:
    text = "市町村長（児童手当法第十七条第一項の表の下欄に掲げる者を含む。）"
    assert normal(text) == (text, ())


def test_a_term_is_defined_by_what_stands_before_its_bracket() -> None:
    words, definitions = normal("甲知事、乙市長又は丙町村長（以下この条において「甲知事等」という。）")
    assert words == "甲知事、乙市長又は丙町村長"
    assert definitions == (Definition("甲知事等", words, exact=False),)


def test_a_term_is_defined_by_what_its_bracket_says_it_means() -> None:
    words, definitions = normal("甲大臣又は共済組合等（乙組合（昭和元年法律第一号）又は丙組合をいう。以下同じ。）")
    assert words == "甲大臣又は共済組合等"
    assert definitions == (Definition("共済組合等", "乙組合又は丙組合", exact=True),)


def test_a_widening_that_holds_from_here_on_is_a_definition_of_the_word_before_it() -> None:
    words, definitions = normal("知事又は市町村長（特別区の区長を含む。以下この条において同じ。）")
    assert words == "知事又は市町村長"
    assert definitions == (Definition("市町村長", "市町村長（特別区の区長を含む。）", exact=True),)


def test_what_follows_a_law_number_in_its_bracket_is_not_lost() -> None:
    assert (
        normal("甲法（昭和元年法律第一号。乙法で準用する場合を含む。）の長")[0]
        == "甲法（乙法で準用する場合を含む。）の長"
    )


def test_an_abbreviation_of_a_law_is_named_after_its_number() -> None:
    text = "平成八年法律第八十二号。以下この条において「平成八年法律第八十二号」という。"
    assert named(text) == ("平成八年法律第八十二号", True)
    assert named("昭和三十五年法律第八十四号") is None


@pytest.mark.parametrize(
    ("inner", "reaches"),
    [
        ("以下「甲」という。", True),
        ("以下この条及び第九条において「甲」という。", True),
        ("以下この項において「甲」という。", False),
        ("第百四十二条において「甲」という。", False),
    ],
)
def test_a_name_reaches_to_the_end_of_the_table_or_not(inner: str, reaches: bool) -> None:
    assert named(inner) == ("甲", reaches)


@pytest.mark.parametrize(
    "text",
    [
        "知事（乙知事を除く。以下同じ。）",  # no term: nobody would check the definition
        "市町村長（特別区の区長を含む。以下この項において同じ。）",  # holds for less than the table
        "甲知事及び乙市長（以下この項において「甲知事等」という。）",
        "市町村長（第一号の長に限る。第五十八条において「甲」という。）",
        "市町村長（甲の長をいう。第二十七条の二の長も同じ。）",
        "甲知事（乙知事を除く。以下この条において「甲知事等」という。）",
    ],
)
def test_what_is_not_surely_a_definition_for_the_whole_table_stays(text: str) -> None:
    words, definitions = normal(text)
    assert "（" in words
    assert definitions == ()


def test_a_narrowing_inside_a_definition_stays_in_it() -> None:
    _, definitions = normal("共済組合等（各法（甲法又は乙法をいう。以下同じ。）による乙組合をいう。以下同じ。）")
    assert definitions == (Definition("共済組合等", "各法（甲法又は乙法をいう。）による乙組合", exact=True),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("甲法（昭和元年法律第一号）による給付", "甲法による給付"),
        ("甲要綱（昭和五十六年五月二十七日付け甲第一号乙局長通知）の事業", "甲要綱の事業"),
        ("甲に関する情報（以下「甲関係情報」という。）", "甲に関する情報"),
        ("甲法（昭和元年法律第一号。以下この条において「旧甲法」という。）による給付", "甲法による給付"),
        ("給付（甲に係るものに限る。）の支給", "給付（甲に係るものに限る。）の支給"),
        ("給付（令和七年度以後の分に限る。）の支給", "給付（令和七年度以後の分に限る。）の支給"),
        ("税（甲法（昭和元年法律第一号）第一条の税をいう。以下同じ。）の還付", "税（甲法第一条の税をいう。）の還付"),
        (
            "甲法（昭和元年法律第一号。乙法で準用する場合を含む。第六条において同じ。）の給付",
            "甲法（乙法で準用する場合を含む。）の給付",
        ),
    ],
)
def test_an_affair_keeps_every_bracket_that_narrows_or_widens_it(text: str, words: str) -> None:
    assert plain(text) == words
