"""`renkei law may-ask`: the law for people and for programs."""

import json

import pytest

from .conftest import Run

ON = ("--on", "2026-11-23")


def test_what_a_sandbox_body_may_ask_is_shown_with_item_article_and_both_languages(run: Run) -> None:
    result = run("law", "may-ask", "--as", "141003-mayor", "--item", "48", "--kind", "local-tax", *ON)
    assert result.exit_code == 0
    for words in ("2026-11-23", "48の項", "50条", "local-tax", "list version"):
        assert words in result.stdout


def test_as_json_every_row_has_its_citation(run: Run) -> None:
    result = run("law", "may-ask", "--as", "municipal-mayor", "--item", "48", "--kind", "local-tax", *ON, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["v"], told["on"]) == (0, 1, "2026-11-23")
    assert len(told["list_version"]) == 64
    assert told["rows"]
    for row in told["rows"]:
        assert (row["item"], row["article"]) == ("48", "50")
        assert "local-tax" in row["kinds"]
        assert "municipal-mayor" in row["providers"]
        assert all(row[name] for name in ("affair_ja", "affair_en", "citation_ja", "citation_en"))


def test_details_name_procedures_persons_and_information(run: Run) -> None:
    asked = ("law", "may-ask", "--as", "141003-mayor", "--item", "106", "--kind", "local-tax", "--on", "2026-06-14")
    assert "手続と情報" not in run(*asked).stdout
    shown = run(*asked, "--details").stdout
    for words in ("手続と情報", "提供命令108条1号", "児童手当法7条1項", "市町村民税"):
        assert words in shown
    (row,) = json.loads(run(*asked, "--details", "--json").stdout)["rows"]
    assert [each["place_ja"] for each in row["details"]] == ["提供命令108条1号", "提供命令108条6号"]
    assert "details" not in json.loads(run(*asked, "--json").stdout)["rows"][0]


def test_a_body_and_its_categories_are_answered_alike(run: Run) -> None:
    asked = ("--text", "学校", *ON, "--json")
    body = run("law", "may-ask", "--as", "141003-board-of-education", *asked)
    category = run("law", "may-ask", "--as", "municipal-board-of-education", *asked)
    assert body.stdout == category.stdout


def test_the_day_matters(run: Run) -> None:
    asked = ("law", "may-ask", "--as", "140007-governor", "--item", "157")
    assert run(*asked, "--on", "2025-09-30").exit_code == 0
    assert run(*asked, "--on", "2025-10-01").exit_code == 1


def test_the_provider_may_be_a_body_too(run: Run) -> None:
    asked = ("law", "may-ask", "--as", "141003-mayor", "--item", "48", *ON, "--json")
    rows = json.loads(run(*asked, "--provider", "kyokai-kenpo").stdout)["rows"]
    assert rows
    assert all("japan-health-insurance-association" in row["providers"] for row in rows)


def test_several_categories_and_several_providers_all_count(run: Run) -> None:
    def rows(*asked: str) -> list[dict[str, object]]:
        told: dict[str, list[dict[str, object]]] = json.loads(run("law", "may-ask", *asked, *ON, "--json").stdout)
        return told["rows"]

    mayor, board = ("--as", "municipal-mayor"), ("--as", "municipal-board-of-education")
    assert len(rows(*mayor, *board)) > len(rows(*board)) > 0
    assert rows(*mayor, *board) == rows(*board, *mayor) == rows("--as", "municipal-mayor,municipal-board-of-education")
    one, other = ("--provider", "moj-minister"), ("--provider", "pension-service")
    assert len(rows(*mayor, *one, *other)) == len(rows(*mayor, *one)) + len(rows(*mayor, *other))


def test_words_that_fit_nothing_are_answered_with_names_that_are_like_them(run: Run) -> None:
    result = run("law", "may-ask", "--as", "municipal-mayor", "--text", "地方税関連情報", *ON)
    assert result.exit_code == 1
    assert "近いもの / near:\n  地方税関係情報 / Local tax (local-tax)" in result.stdout


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_found_is_the_answer_no(run: Run, form: list[str]) -> None:
    result = run("law", "may-ask", "--as", "municipal-mayor", "--text", "存在しない事務", *ON, *form)
    assert result.exit_code == 1
    if form:
        assert json.loads(result.stdout)["rows"] == []
    else:
        assert "照会できるものはありません" in result.stdout
        assert "Nothing found" in result.stdout


def test_an_item_of_the_wrong_form_is_bad_input_told_in_both_languages(run: Run) -> None:
    result = run("law", "may-ask", "--as", "municipal-mayor", "--item", "48x")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "「48x」は項の番号ではありません。例: 48、12の2" in result.stderr
    assert "is no item number" in result.stderr


def test_an_unknown_kind_is_answered_with_the_nearest_ones(run: Run) -> None:
    result = run("law", "may-ask", "--as", "municipal-mayor", "--kind", "lokal-tax")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "という情報の種類はありません" in result.stderr
    assert "is no kind of information. Near: local-tax" in result.stderr


@pytest.mark.parametrize("arguments", [["--as", "mayor"], ["--as", "municipal-mayor", "--provider", "mayor"]])
def test_an_unknown_category_or_body_is_answered_with_the_nearest_ones(run: Run, arguments: list[str]) -> None:
    result = run("law", "may-ask", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "という区分も機関もありません" in result.stderr
    assert "is no category or body" in result.stderr
    assert "city-mayor" in result.stderr


def test_the_lines_of_an_example_stay_lines(run: Run) -> None:
    shown = run("law", "may-ask", "--help").stdout.splitlines()
    assert "    renkei law may-ask --as municipal-mayor --text 児童手当" in shown
