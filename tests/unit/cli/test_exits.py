"""Errors become words in two languages and an exit code that means something; defects stay loud."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from renkei.cli import exits
from renkei.cli.run import SYSTEMS
from renkei.sandbox.plain import PlainError
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


def test_a_plain_error_is_told_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(PlainError("だめです。", "It is wrong."), capsys) == (2, "だめです。\nIt is wrong.\n")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/no/keys.json"),
            "/no/keys.json: No such file or directory",
        ),
        (IsADirectoryError(21, "Is a directory", "/tmp"), "/tmp: Is a directory"),
        (OSError(28, "No space left on device"), "(OSError) No space left on device"),
        (FileExistsError(17, "File exists", "/a", None, "/b"), "/a → /b: File exists"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_path_and_the_reason(
    error: OSError, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ending(error, capsys)
    assert code == 2
    assert told in said
    assert "空き容量を確かめてください。" in said
    assert "Check its place" in said


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError()])
def test_what_no_file_says_is_a_defect(error: OSError, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(type(error)):
        ending(error, capsys)


def rich_says_so() -> None:
    end = SystemExit(1)  # raised while the other one is handled
    end.__context__ = BrokenPipeError()
    raise end


def nobody_reads() -> None:
    raise BrokenPipeError


def ctrl_c() -> None:
    raise KeyboardInterrupt


def no() -> None:
    sys.exit(exits.NO)


@pytest.mark.parametrize(("how", "code"), [(ctrl_c, 130), (rich_says_so, 141), (nobody_reads, 141), (no, 1)])
def test_an_end_that_the_user_chose_is_no_answer(
    how: Callable[[], None], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as caught, exits.ending():
            how()
    assert caught.value.code == code


def test_sigterm_goes_through_the_handler_of_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[int] = []
    monkeypatch.setattr(signal, "getsignal", lambda _: lambda number, _frame: came.append(number))
    exits._as_ctrl_c(signal.SIGTERM, None)
    assert came == [signal.SIGTERM]
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    with pytest.raises(KeyboardInterrupt):
        exits._as_ctrl_c(signal.SIGTERM, None)


@pytest.mark.parametrize("broken", [b"", b'{"v":1,"complete":tr', b"[]", b"\xff"])
def test_a_sandbox_file_that_is_cut_off_is_named(run: Run, tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "sandbox.json").write_bytes(broken)
    result = run("sandbox", "status", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}/sandbox.json: not the file of a sandbox" in result.stderr
    assert f"{tmp_path}/sandbox.json: 読めません。" in result.stderr


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


def test_without_a_key_store_it_is_said_how_one_is_made_and_no_log_is_begun(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('name = "core"\nlog = "core.log"\n[keys]\npath = "keys.sealed"\nunlock = "keys.unlock"\n')
    result = run("run", "core", "--config", config)
    assert result.exit_code == 2
    assert f"{tmp_path}/keys.sealed: there is no key store" in result.stderr
    assert "鍵ファイルがありません" in result.stderr
    assert "renkei sandbox up" in result.stderr
    assert list(tmp_path.iterdir()) == [config]
