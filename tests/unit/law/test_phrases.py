"""Phrases: normal form, numbers, keys; an unknown phrase has no meaning and gets none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.list import PermissionList
from renkei.law.phrases import (
    Column,
    Phrases,
    article_number,
    kanji_number,
    key_of,
    without_brackets,
    without_tail,
)
from renkei.law.rows import Meaning
from renkei.law.uses import UsesList
from renkei.terms.errors import RenkeiError

PERMISSIONS = PermissionList.load()
USES = UsesList.load()
"""Its names are those of the list and its own."""
PHRASES = Phrases.load()
OFFICIAL = {kind.ja: kind.id for kind in PERMISSIONS.kinds.values() if kind.meaning is Meaning.OFFICIAL}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("市町村長", "市町村長"),
        ("甲（乙をいう。）又は丙", "甲又は丙"),
        ("甲（乙（丙（丁））を含む。）", "甲"),
        ("（甲）", ""),
    ],
)
def test_brackets_are_taken_out_however_deep(text: str, plain: str) -> None:
    assert without_brackets(text) == plain


@pytest.mark.parametrize("text", ["甲（乙", "甲）乙", "）甲（", "甲（乙））"])
def test_brackets_that_do_not_match_are_refused(text: str) -> None:
    with pytest.raises(RenkeiError):
        without_brackets(text)


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("第三条", "3"),
        ("第五十七条の二", "57-2"),
        ("第百七十五条の二", "175-2"),
        ("第百条", "100"),
        ("第百十条", "110"),
    ],
)
def test_an_article_number_is_read_from_kanji(text: str, article: str) -> None:
    assert article_number(text) == article


@pytest.mark.parametrize("text", ["三条", "第条", "第三", "第三条の", "第零条", "第三三条", "第3条", ""])
def test_what_is_not_an_article_number_is_refused(text: str) -> None:
    with pytest.raises(RenkeiError):
        article_number(text)


def kanji(number: int) -> str:
    digits: list[str] = ["", *"一二三四五六七八九"]

    def place(digit: int, unit: str) -> str:
        return "" if digit == 0 else unit if digit == 1 else digits[digit] + unit

    return place(number // 100, "百") + place(number // 10 % 10, "十") + digits[number % 10]


@given(st.integers(min_value=1, max_value=999))
def test_every_number_below_a_thousand_is_read_back(number: int) -> None:
    assert kanji_number(kanji(number)) == number


@pytest.mark.parametrize(
    ("text", "phrase", "article"),
    [
        ("戸籍関係情報であって次条で定めるもの", "戸籍関係情報", "3"),
        ("戸籍関係情報であって第五十七条の二で定めるもの", "戸籍関係情報", "57-2"),
        ("公営住宅の管理に関する事務であって同条で定めるもの", "公営住宅の管理に関する事務", None),
        ("戸籍関係情報であって主務省令で定めるもの", "戸籍関係情報", None),
        ("戸籍関係情報", "戸籍関係情報", None),
    ],
)
def test_the_tail_names_the_detail_article(text: str, phrase: str, article: str | None) -> None:
    assert without_tail(text) == (phrase, article)


def test_a_cell_of_official_names_is_split() -> None:
    cell = "地方税関係情報、住民票関係情報又は介護保険給付等関係情報"
    assert PHRASES.kinds(cell, OFFICIAL) == ("local-tax", "resident-record", "long-term-care-insurance")


def test_a_cell_with_a_shared_tail_is_never_split() -> None:
    """The parts of …若しくは…に関する情報 would lose their sense."""
    cell = "児童福祉法による障害児通所支援若しくは母子保健法による妊娠の届出に関する情報又は介護保険給付等関係情報"
    assert PHRASES.kinds(cell, OFFICIAL) == ("child-day-support", "pregnancy-notification", "long-term-care-insurance")


def test_a_short_name_of_annex_2_means_what_annex_2_defines() -> None:
    parts = ("physical-disability-certificate", "mental-disability-certificate", "intellectual-disability")
    assert PHRASES.kinds("障害者関係情報", OFFICIAL) == ("disability",)
    assert PHRASES.kinds("障害者関係情報", OFFICIAL, Column.ANNEX_2_INFORMATION) == parts
    cell = "生活保護関係情報又は中国残留邦人等支援給付等関係情報"
    assert PHRASES.kinds(cell, OFFICIAL, Column.ANNEX_2_INFORMATION) == (
        "public-assistance",
        "returnees-support",
        "returnees-spouse-support",
    )
    assert PHRASES.kinds(cell, OFFICIAL) is None


def test_an_unknown_phrase_means_nothing() -> None:
    assert PHRASES.kinds("地方税関係情報又は靴の寸法に関する情報", OFFICIAL) is None
    assert PHRASES.find(Column.BODY, "村の鍛冶屋") is None


def test_a_phrase_of_one_column_has_no_meaning_in_another() -> None:
    assert PHRASES.find(Column.BODY, "都道府県知事") == ("prefectural-governor",)
    assert PHRASES.find(Column.AFFAIR, "都道府県知事") is None


@pytest.mark.parametrize(
    ("term", "size"), [("都道府県知事等", 3), ("医療保険者", 7), ("共済組合等", 4), ("市町村長", 1)]
)
def test_a_defined_term_means_bodies_only_where_it_is_defined(term: str, size: int) -> None:
    found = PHRASES.find(Column.TERM, term)
    assert found is not None
    assert len(set(found)) == len(found) == size
    assert PHRASES.find(Column.BODY, term) is None


def test_every_meaning_is_made_of_known_ids() -> None:
    known: dict[Column, set[str]] = {
        Column.BODY: {*USES.categories},
        Column.TERM: {*PERMISSIONS.categories},
        Column.INFORMATION: {*PERMISSIONS.kinds},
        Column.ANNEX_2_INFORMATION: {*PERMISSIONS.kinds},
        Column.DEFINITION: {*PERMISSIONS.kinds},
        Column.AFFAIR: {*USES.affairs},
    }
    for (column, _), phrase in PHRASES.meanings.items():
        assert set(phrase.ids) <= known[column], phrase.label


@pytest.mark.parametrize(
    "lines",
    [
        "column\tkey\tlabel\tids\nbody\tab\tone\tx\nbody\tab\tother\ty\n",
        "column\tkey\tlabel\tids\nbody\tab\t\tx\n",
        "column\tkey\tlabel\tids\nbody\tab\tone\t\n",
        "column\tkey\tlabel\tids\nprovider\tab\tone\tx\n",
        "key\tcolumn\tlabel\tids\n",
    ],
)
def test_a_wrong_file_of_phrases_is_refused(lines: str) -> None:
    with pytest.raises(RenkeiError):
        Phrases.from_bytes(lines.encode())


def test_a_key_says_nothing_but_which_phrase() -> None:
    assert key_of("市町村長") == key_of("市町村長") != key_of("市町村 長")
    assert len(key_of("")) == 12
