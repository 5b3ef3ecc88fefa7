"""Numbers of the law: read whole and strictly, found as of a day."""

from datetime import date

import pytest

from renkei.law.rules import UNIT_NAMES, Rules, Unit
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

HEADER = "id\tvalue\tunit\tlaw\tarticle\tja\ten\tfrom\tuntil\n"
RULE = "keep\t7\tyears\t426CO0000000155\t令30条\t保存期間\tKeeping period\t2020-01-01\t\n"
OLD = "keep\t5\tyears\t426CO0000000155\t令29条\t保存期間\tKeeping period\t2015-10-05\t2020-01-01\n"
SHIPPED = Rules.load()


def read(*lines: str) -> Rules:
    return Rules.from_bytes((HEADER + "".join(lines)).encode())


def refused(source: str) -> str:
    with pytest.raises(RenkeiError) as caught:
        Rules.from_bytes(source.encode())
    assert caught.value.problem is Problem.MALFORMED
    return caught.value.detail


def test_the_shipped_rules_are_read() -> None:
    assert len(SHIPPED.entries) > 40
    assert SHIPPED.value("record-keep-years", date(2026, 11, 23)) == 7
    assert SHIPPED.find("record-keep-years", date(2026, 11, 23)).article == "令30条"


def test_one_law_is_cited_by_one_name() -> None:
    names = {(rule.law, rule.article.rstrip("イロハ").split("条")[0].rstrip("0123456789")) for rule in SHIPPED.entries}
    assert len(names) == len({law for law, _ in names}) == len({name for _, name in names})


def test_every_unit_has_its_names_and_is_used() -> None:
    assert UNIT_NAMES.keys() == set(Unit) == {rule.unit for rule in SHIPPED.entries}


@pytest.mark.parametrize(
    ("on", "value"),
    [
        (date(2015, 10, 5), 5),
        (date(2019, 12, 31), 5),
        (date(2020, 1, 1), 7),
        (date(2999, 1, 1), 7),
    ],
)
def test_a_rule_is_that_of_the_day(on: date, value: int) -> None:
    assert read(OLD, RULE).value("keep", on) == value


@pytest.mark.parametrize(
    ("id_", "on", "why"),
    [
        ("keep", date(2015, 10, 4), "known from 2015-10-05, not for 2015-10-04"),
        ("other", date(2020, 1, 1), "no such rule"),
    ],
)
def test_what_is_not_known_is_not_guessed(id_: str, on: date, why: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        read(OLD, RULE).value(id_, on)
    assert caught.value.problem is Problem.WRONG_TYPE
    assert caught.value.detail == f"rule {id_}: {why}"


@pytest.mark.parametrize("text", ["", "保存 期間", "KEEPING", "令３０条", "ｋｅｅｐ", "年"])
def test_a_listing_finds_every_word_whatever_width_and_case(text: str) -> None:
    assert [rule.value for rule in read(OLD, RULE).in_force(date(2020, 1, 1), text)] == [7]


def test_a_listing_leaves_out_what_lacks_a_word_or_is_not_of_the_day() -> None:
    rules = read(OLD, RULE)
    assert rules.in_force(date(2020, 1, 1), "保存 期限") == ()
    assert rules.in_force(date(2015, 10, 4)) == ()
    assert [rule.value for rule in rules.in_force(date(2019, 12, 31), "保存")] == [5]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("keep\t", "Keep\t"),
        ("keep\t", "\t"),
        ("\t7\t", "\t0\t"),
        ("\t7\t", "\t07\t"),
        ("\t7\t", "\t-7\t"),
        ("\t7\t", "\t7.5\t"),
        ("\t7\t", "\t七\t"),
        ("\tyears\t", "\tyear\t"),
        ("426CO0000000155", "426CO000000155"),
        ("令30条", "令30"),
        ("令30条", "30条"),
        ("令30条", "令三十条"),
        ("令30条", "令30条 "),
        ("\t保存期間\t", "\t\t"),
        ("\t保存期間\t", "\t 保存期間\t"),
        ("Keeping period", ""),
        ("Keeping period", "Keeping period "),
        ("2020-01-01", "2020-01-32"),
        ("2020-01-01", ""),
        ("2020-01-01\t", "2020-01-01\t2020-01-01"),
        ("\t2020-01-01\t\n", "\t2020-01-01\n"),
        ("\t2020-01-01\t\n", "\t2020-01-01\t\t\n"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(old: str, new: str) -> None:
    assert old in RULE
    assert refused(HEADER + RULE.replace(old, new, 1)) == "rules.tsv:2"


@pytest.mark.parametrize(
    "lines",
    [
        (RULE, RULE),
        (RULE, OLD),
        (OLD, RULE.replace("2020-01-01", "2019-12-31")),
        (RULE, RULE.replace("2020-01-01", "2021-01-01")),
        (RULE, RULE.replace("keep", "early")),
    ],
    ids=["twice", "newer first", "one day of both", "after an open end", "ids out of order"],
)
def test_stretches_of_one_rule_do_not_meet_and_lines_are_in_order(lines: tuple[str, str]) -> None:
    assert refused(HEADER + "".join(lines)) == "rules.tsv:3: repeated, out of order or overlapping"


def test_a_gap_between_two_stretches_is_not_filled() -> None:
    rules = read(OLD, RULE.replace("2020-01-01", "2021-01-01"))
    assert rules.in_force(date(2020, 6, 1)) == ()


@pytest.mark.parametrize(
    ("source", "place"), [("", "truncated"), (RULE, "rules.tsv:1"), ((HEADER + RULE)[:-1], "truncated")]
)
def test_a_file_cut_short_or_without_header_is_refused(source: str, place: str) -> None:
    assert place in refused(source)


@pytest.mark.parametrize(
    "article", ["令30条", "法18条の2第5項", "命令39条の19第1号", "施行規則4条5号イ", "命令56条2項1号", "規則6条1項1号"]
)
def test_the_forms_of_a_citation(article: str) -> None:
    assert read(RULE.replace("令30条", article)).entries[0].article == article
