"""Numbers of a law's parts: only as laws write them, and which may follow which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.law.compiler.numbering import (
    article_name,
    article_span,
    branched,
    follows,
    in_kanji,
    item_span,
    label_span,
)
from renkei.terms.errors import RenkeiError


@given(st.integers(1, 999), st.lists(st.integers(2, 99), max_size=2))
def test_a_number_written_in_kanji_is_read_back(main: int, branches: list[int]) -> None:
    number = "-".join(map(str, [main, *branches]))
    assert branched(in_kanji(number)) == number
    assert article_span(article_name(number)) == (number, number)


@pytest.mark.parametrize(
    "text",
    ["", "の", "一の", "の二", "一の一", "百百", "十百", "一十", "〇", "1", "一の二の三の四", "百" * 10, "十" * 1000],
)
def test_a_number_that_no_law_writes_is_refused(text: str) -> None:
    with pytest.raises(RenkeiError):
        branched(text)


def test_deleted_items_may_share_a_line() -> None:
    assert item_span("三から五まで") == ("3", "5")
    assert item_span("十二の二及び十二の三") == ("12-2", "12-3")
    assert article_span("第八条から第十条まで") == ("8", "10")


@pytest.mark.parametrize(
    "text", ["第八条から", "から" * 100_000 + "まで", "第八条から第十条", "八条", "第八", "第八条第二項", "第八条の"]
)
def test_what_is_not_an_article_number_is_refused(text: str) -> None:
    with pytest.raises(RenkeiError):
        article_span(text)


@pytest.mark.parametrize(
    ("label", "span"),
    [
        ("三の二", ("号", "3-2", "3-2")),
        ("ヌ", ("イ", "10", "10")),
        ("（１２）", ("（１）", "12", "12")),
        ("五及び六", ("号", "5", "6")),
    ],
)
def test_a_label_belongs_to_one_way_of_counting(label: str, span: tuple[str, str, str]) -> None:
    assert label_span(label) == span


@pytest.mark.parametrize("label", ["", "ン゛", "(1)", "（一）", "（０）", "a", "イロ", "1"])
def test_an_unknown_label_is_refused(label: str) -> None:
    with pytest.raises(RenkeiError):
        label_span(label)


@pytest.mark.parametrize(
    ("before", "after"),
    [("0", "1"), ("12", "13"), ("12", "12-2"), ("12-2", "12-3"), ("12-2", "13"), ("12-2", "12-2-2")],
)
def test_no_number_stands_between(before: str, after: str) -> None:
    assert follows(before, after)


@pytest.mark.parametrize(
    ("before", "after"), [("12", "12"), ("12", "14"), ("13", "12"), ("12", "12-3"), ("12-2", "12-2"), ("12", "13-2")]
)
def test_a_number_is_missing_or_repeated(before: str, after: str) -> None:
    assert not follows(before, after)
