"""`renkei law rules` and `renkei law pia`, for people and for programs."""

import json

import click
import pytest
from click.testing import CliRunner, Result

from renkei.cli.law.rules import pia_command, rules_command
from renkei.cli.main import renkei

ON = ("--on", "2026-11-23")


def run(command: click.Command, *arguments: str) -> Result:
    words = ["law", str(command.name), *arguments]
    return CliRunner().invoke(renkei, words, catch_exceptions=False, env={"COLUMNS": "200"})


def test_a_rule_is_listed_with_number_article_and_both_languages() -> None:
    result = run(rules_command, "情報提供等の記録", *ON)
    assert result.exit_code == 0
    for words in (
        "2026-11-23",
        "7年",
        "years",
        "保存期間",
        "How long inquirer, provider and network",
        "record-keep-years",
        "令30条",
    ):
        assert words in result.stdout


def test_a_rule_as_json_says_everything_the_facts_say() -> None:
    result = run(rules_command, "ｒｅｃｏｒｄ-keep 令30条", *ON, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["v"], told["on"]) == (0, 1, "2026-11-23")
    (rule,) = told["rules"]
    assert {name: rule[name] for name in ("id", "value", "unit", "law", "article", "from", "until")} == {
        "id": "record-keep-years",
        "value": 7,
        "unit": "years",
        "law": "426CO0000000155",
        "article": "令30条",
        "from": "2026-06-14",
        "until": None,
    }
    assert rule["ja"]
    assert rule["en"]


def test_without_words_every_rule_of_the_day_is_listed() -> None:
    everything = json.loads(run(rules_command, *ON, "--json").stdout)["rules"]
    early = json.loads(run(rules_command, "--on", "2020-01-01", "--json").stdout)["rules"]
    assert len(everything) > 40
    assert [rule["id"] for rule in early] == ["local-report-fiscal-years"]


def test_no_rule_found_is_the_answer_no() -> None:
    result = run(rules_command, "存在しない")
    assert result.exit_code == 1
    assert "該当する数値はありません" in result.stdout
    assert "No number found" in result.stdout
    assert json.loads(run(rules_command, "存在しない", "--json").stdout)["rules"] == []


def test_a_day_before_the_first_held_number_is_not_told_as_one_without_numbers() -> None:
    result = run(rules_command, "--on", "2013-01-01")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "2013-01-01 の数値は収録していません（収録は 2016-11-15 から）。" in result.stderr
    assert "No number of 2013-01-01 is held; the oldest is that of 2016-11-15." in result.stderr
    assert json.loads(run(rules_command, "--on", "2013-01-01", "--json").stdout)["rules"] == []


@pytest.mark.parametrize("command", [rules_command, pia_command])
def test_a_day_that_is_none_is_told_in_both_languages(command: click.Command) -> None:
    numbers = ("--persons", "1", "--staff", "1") if command is pia_command else ()
    result = run(command, *numbers, "--on", "20260614")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "「20260614」は日付ではありません" in result.stderr
    assert "'20260614' is no day" in result.stderr


@pytest.mark.parametrize(
    ("persons", "staff", "flags", "words"),
    [
        ("999", "0", (), ("評価の対象外", "no assessment", "4条3号")),
        ("120000", "40", (), ("重点項目評価", "key-points assessment", "6条1項2号")),
        ("120000", "40", ("--incident",), ("全項目評価", "full assessment", "番号法28条1項")),
        ("20000", "499", (), ("基礎項目評価", "basic assessment", "4条8号ロ")),
    ],
)
def test_the_assessment_is_named_with_its_article(
    persons: str, staff: str, flags: tuple[str, ...], words: tuple[str, ...]
) -> None:
    result = run(pia_command, "--persons", persons, "--staff", staff, *flags, *ON)
    assert result.exit_code == 0
    assert result.stdout.startswith("2026-11-23 ")
    assert [word for word in words if word not in result.stdout] == []


def test_the_assessment_as_json() -> None:
    result = run(pia_command, "--persons", "20000", "--staff", "40", "--incident", *ON, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {
            "v": 1,
            "on": "2026-11-23",
            "persons": 20000,
            "staff": 40,
            "incident": True,
            "level": "key-points",
            "article": "特定個人情報保護評価に関する規則6条1項1号・5条1項",
        },
    )


def test_a_day_without_known_thresholds_is_told_in_both_languages() -> None:
    asked = ("--persons", "1", "--staff", "1", "--on")
    result = run(pia_command, *asked, "2025-03-31")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "しきい値は収録していません" in result.stderr
    assert "known from 2025-04-01 only" in result.stderr
    assert run(pia_command, *asked, "2025-04-01").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [(), ("--persons", "1"), ("--persons", "-1", "--staff", "1"), ("--persons", "many", "--staff", "1")],
)
def test_a_wrong_use_is_answered_with_two(arguments: tuple[str, ...]) -> None:
    result = run(pia_command, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


@pytest.mark.parametrize("command", [rules_command, pia_command])
def test_help_gives_an_example_on_lines_of_its_own(command: click.Command) -> None:
    shown = run(command, "--help").stdout.splitlines()
    assert f"    renkei law {command.name}" in {line[: len(f"    renkei law {command.name}")] for line in shown}
