"""Errors become words in two languages and an exit code that means something; defects stay loud."""

from pathlib import Path

import click
import pytest

from renkei.cli import exits
from renkei.cli.run import SYSTEMS
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import SENTENCES, Problem

from .conftest import Run


def ending(error: Exception, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    @click.command()
    def command() -> None:
        raise error

    def alone(standalone_mode: bool) -> None:
        command.main(args=[], standalone_mode=standalone_mode)

    with pytest.raises(SystemExit) as caught:
        exits.guarded(alone)  # type: ignore[arg-type]
    streams = capsys.readouterr()
    assert streams.out == ""
    assert isinstance(caught.value.code, int)
    return caught.value.code, streams.err


@pytest.mark.parametrize("problem", Problem, ids=lambda problem: problem.value)
def test_every_problem_is_told_in_both_languages_with_what_to_do(
    problem: Problem, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = ending(RenkeiError(problem, "a detail"), capsys)
    sentence = SENTENCES[problem]
    for words in (sentence.ja, sentence.next_ja, sentence.en, sentence.next_en, problem.value, "a detail"):
        assert words in told
    assert code == (3 if problem in {Problem.UNREACHABLE, Problem.BUSY} else 2)


def test_without_a_detail_no_empty_brackets_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, told = ending(RenkeiError(Problem.MALFORMED), capsys)
    assert "(" not in told


def test_a_defect_is_not_dressed_up(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError(), capsys)


@pytest.mark.parametrize("command", [["sandbox", "status"], ["sandbox", "down"], ["records", "--as", "x", "--sandbox"]])
def test_a_folder_without_a_sandbox_is_named_with_what_to_do(run: Run, tmp_path: Path, command: list[str]) -> None:
    result = run(*command, tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}: no sandbox here; make one with `renkei sandbox up`" in result.stderr


def test_up_in_a_folder_with_other_files_touches_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    result = run("sandbox", "up", tmp_path)
    assert result.exit_code == 2
    assert "choose a new folder" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_with_a_wrong_configuration_ends_with_two_and_names_file_and_key(
    run: Run, tmp_path: Path, system: str, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'name = "{system}"\nsurplus = 1\n')
    result = run("run", system, "--config", config)
    told = result.stderr + capfd.readouterr().err
    assert result.exit_code == 2
    assert str(config) in told
    assert "surplus" in told or "required field" in told
    assert "Traceback" not in told
