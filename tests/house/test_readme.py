"""The README's commands exist: every `renkei ...` line names a real command with real options."""

import re
import shlex

import click
import pytest

from renkei.cli.main import renkei
from tests.house.tree import ROOT, page

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in BLOCK.findall(page("README.md")) for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def of_make() -> list[str]:
    return re.findall(r"^make (\w+)", page("README.md"), re.MULTILINE)


def leaf(words: list[str]) -> tuple[click.Command, list[str], click.Context]:
    """The sub-command that these words name, and what is left for it."""
    command: click.Command = renkei
    context = click.Context(command, info_name="renkei")
    while isinstance(command, click.Group):
        name, *words = words
        following = command.get_command(context, name)
        assert following is not None, f"there is no command {name}"
        command = following
        context = click.Context(command, info_name=name, parent=context)
    return command, words, context


def test_the_tour_uses_every_command() -> None:
    assert {shlex.split(line)[1] for line in commands()} == set(renkei.list_commands(click.Context(renkei)))


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_takes_what_it_is_given(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "renkei"
    command, left, context = leaf(words)
    options = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    given = {word for word in left if word.startswith("--")}
    assert given <= options
    try:
        command.make_parser(context).parse_args(list(left))
    except click.UsageError as error:
        pytest.fail(error.format_message())


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_has_help_with_an_example(line: str) -> None:
    command, _, context = leaf(shlex.split(line)[1:])
    assert "Example:" in command.get_help(context)


def test_the_two_commands_are_targets() -> None:
    makefile = page("Makefile")
    assert {"demo", "test"} <= set(of_make())
    assert [name for name in of_make() if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_build_server_runs_a_command_of_the_readme() -> None:
    run = [line for line in page(".ci/run").splitlines() if line.startswith("exec ")]
    assert run == ["exec make test"]
    assert (ROOT / ".ci/run").stat().st_mode & 0o100
