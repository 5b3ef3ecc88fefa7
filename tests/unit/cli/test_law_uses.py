"""`renkei law uses`: who may use the Individual Number for what, and honestly about days without a text."""

import json

import pytest

from renkei.sandbox.bodies import BODIES

from .conftest import Run

ON = ("--on", "2026-11-23")


def test_an_affair_is_told_with_its_item_and_provision(run: Run) -> None:
    result = run("law", "uses", "児童手当", "--as", "municipal-mayor", *ON)
    assert result.exit_code == 0
    assert "番号法9条1項・別表の" in result.stdout


def test_json_says_who_may_use_it(run: Run) -> None:
    told = json.loads(run("law", "uses", "--as", "141003-mayor", *ON, "--json").stdout)
    assert (told["v"], told["on"]) == (1, "2026-11-23")
    assert told["uses"]
    (body,) = (each for each in BODIES if each.id == "141003-mayor")
    assert all({*body.categories} & {*use["users"]} for use in told["uses"])


def test_before_the_reform_the_provision_is_annex_1(run: Run) -> None:
    told = json.loads(run("law", "uses", "--as", "municipal-mayor", "--on", "2024-05-26", "--json").stdout)
    assert all("別表第一" in use["citation_ja"] for use in told["uses"])


def test_a_category_that_only_the_annex_names_is_known(run: Run) -> None:
    assert run("law", "uses", "--as", "bar-examination-commission", *ON).exit_code == 0


@pytest.mark.parametrize("day", ["2025-01-01", "2020-01-01"])
def test_a_day_without_a_text_is_not_answered(run: Run, day: str) -> None:
    result = run("law", "uses", "--as", "municipal-mayor", "--on", day)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not held" in result.stderr
    assert "—" not in result.stderr


def test_a_day_before_the_first_annex_names_only_from_when_one_is_held(run: Run) -> None:
    told = run("law", "uses", "--as", "municipal-mayor", "--on", "2010-01-01").stderr
    assert "2010-01-01 の別表の本文は収録していません（収録は 2024-04-24 から）。" in told
    assert "held from 2024-04-24." in told


def test_an_unknown_body_is_refused_with_near_names(run: Run) -> None:
    result = run("law", "uses", "--as", "municipal-mayer", *ON)
    assert result.exit_code == 2
    assert "municipal-mayor" in result.stderr


def test_nothing_that_fits_is_a_no(run: Run) -> None:
    assert run("law", "uses", "蹄鉄", "--as", "municipal-mayor", *ON).exit_code == 1
