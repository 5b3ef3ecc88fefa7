"""Versions folded into dated rows."""

from datetime import date

import pytest

from renkei.law.compiler.history import amended, folded
from renkei.law.dated import Dated
from renkei.terms.errors import RenkeiError

FIRST, THEN, LAST = date(2024, 5, 27), date(2025, 4, 1), date(2026, 6, 14)


def test_what_goes_on_stays_one_row_and_what_changes_ends_and_begins() -> None:
    rows = folded([(FIRST, ["a", "b"]), (THEN, ["b", "c"])])
    assert rows == [Dated("a", FIRST, THEN), Dated("b", FIRST), Dated("c", THEN)]


def test_what_comes_back_is_a_new_row() -> None:
    rows = folded([(FIRST, ["a"]), (THEN, []), (LAST, ["a"])])
    assert rows == [Dated("a", FIRST, THEN), Dated("a", LAST)]


def test_two_rows_that_say_the_same_stay_two() -> None:
    rows = folded([(FIRST, ["a", "a"]), (THEN, ["a"])])
    assert sorted(rows, key=str) == sorted([Dated("a", FIRST), Dated("a", FIRST, THEN)], key=str)


def test_the_newest_version_compiled_again_replaces_itself() -> None:
    rows = folded([(FIRST, ["a"]), (THEN, ["b"])])
    assert amended(rows, ["b"], THEN) == rows
    assert amended(rows, ["a"], THEN) == [Dated("a", FIRST)]


def test_an_older_version_is_not_put_under_a_newer_one() -> None:
    with pytest.raises(RenkeiError, match="2025-04-01"):
        amended(folded([(FIRST, ["a"]), (THEN, ["b"])]), ["a"], date(2025, 1, 1))
