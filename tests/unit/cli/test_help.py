"""Every command explains itself with an example, and says what is wrong with a wrong use."""

import shlex
from collections.abc import Iterator

import click
import pytest

from renkei.cli.law import law
from renkei.cli.main import renkei
from renkei.cli.run import SYSTEMS

from .conftest import Run


def all_commands(group: click.Command = renkei, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from all_commands(command, (*path, name))


COMMANDS = list(all_commands())


def test_the_commands_are_the_promised_ones() -> None:
    assert [" ".join(path) for path in COMMANDS] == [
        "backup", "backup close-log", "backup key", "backup open", "backup restore", "backup seal", "backup take",
        "bench",
        "bulk", "bulk cancel", "bulk delete", "bulk results", "bulk status", "bulk submit",
        "demo", "inquire",
        "keys", "keys activate", "keys destroy", "keys list", "keys make", "keys publish", "keys show",
        "law", "law announce", "law compile", "law decide", "law diff", "law explain", "law facts", "law find",
        "law may-ask", "law ordinance", "law ordinance end", "law ordinance list", "law ordinance register", "law pia",
        "law rules", "law uses", "law who-holds", "law withdraw",
        "records", "run",
        "sandbox", "sandbox down", "sandbox status", "sandbox up", "simulate", "soak", "verify",
    ]  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help_with_an_example(run: Run, path: tuple[str, ...], option: str) -> None:
    result = run(*path, option)
    assert result.exit_code == 0
    assert "Example:" in result.stdout
    example = result.stdout.split("Example:")[1]
    assert f"renkei {' '.join(path)}" in example


def test_the_first_help_lists_every_command_and_the_exit_codes(run: Run) -> None:
    text = run("--help").stdout
    assert all(path[0] in text for path in COMMANDS)
    assert "Exit codes: 0 done" in text


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_list_of_commands_shows_their_whole_first_sentence(run: Run, path: tuple[str, ...]) -> None:
    lines = run(*path[:-1], "--help").stdout.split("Commands:")[1].splitlines()
    (line,) = [line for line in lines if line.split()[:1] == [path[-1]]]
    assert line.endswith(".")
    assert not line.endswith("...")
    first = run(*path, "--help").stdout.split("\n\n")[1].strip()
    assert first.startswith(" ".join(line.split()[1:]))


QUESTIONS = ("decide", "diff", "find", "may-ask", "pia", "rules", "uses", "who-holds")


def examples(question: str) -> list[tuple[str, ...]]:
    """The commands under "Example:"; a line that ends in a backslash goes on."""
    shown = (law.commands[question].help or "").split("Example:")[1].replace("\\\n", " ").splitlines()
    return [tuple(shlex.split(line)[1:]) for line in shown if line.strip().startswith("renkei ")]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_examples_of_itself(question: str) -> None:
    assert {example[:2] for example in examples(question)} == {("law", question)}


@pytest.mark.parametrize("example", [each for name in QUESTIONS for each in examples(name)], ids=" ".join)
def test_an_example_of_the_help_finds_something(run: Run, example: tuple[str, ...]) -> None:
    result = run(*example)
    assert result.exit_code == 0 or (example[1], result.exit_code) == ("decide", 1)
    assert result.stdout
    assert result.stderr == ""


def test_the_version_is_told(run: Run) -> None:
    assert "0.1.0" in run("--version").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["sandbox", "nothing"],
        ["run", "nothing", "--config", __file__],
        ["run", "core"],
        ["run", "core", "--config", "/nowhere/core.toml"],
        ["verify", "/nowhere/receipt.json", "--trust", "/nowhere/trust.json"],
        ["law", "may-ask"],
        ["law", "decide", "--item", "48"],
        ["law", "find"],
        ["law", "who-holds", "nothing-at-all"],
        ["law", "explain", "/nowhere/decision.json"],
        ["law", "diff", "2025-01-01"],
        ["law", "diff", "2025-01-01", "2025-02-30"],
        ["law", "may-ask", "--as", "municipal-mayor", "--on", "yesterday"],
        ["demo", "--residents", "3"],
        ["demo", "--inquiries", "0"],
        ["bulk", "nothing"],
        ["bulk", "submit", "/nowhere.csv", "--sandbox", "/", "--as", "141003-mayor"],
        ["bulk", "submit", __file__, "--sandbox", "/", "--as", "141003-mayor", "--period", "2025"],
        ["bulk", "results", "--sandbox", "/", "--as", "141003-mayor"],
        ["records", "--sandbox", "/", "--as", "141003-mayor", "--side", "both"],
        ["inquire", "--sandbox", "/nowhere"],
    ],
)
def test_a_wrong_use_is_answered_with_two_and_a_word_on_what_is_wrong(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


def test_every_system_can_be_run(run: Run) -> None:
    text = "".join(run("run", "--help").stdout.split())  # the terminal breaks the line anywhere
    assert all(name in text for name in SYSTEMS)
