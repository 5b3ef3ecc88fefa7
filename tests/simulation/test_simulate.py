"""`renkei simulate` (ADR 0017): the same seed gives the same story; failures come with the command that repeats them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from random import SystemRandom
from typing import Final

import pytest
from click.testing import CliRunner

from renkei.cli import simulate as command
from renkei.cli.exits import NO
from renkei.simulation import many
from renkei.simulation.faults import KINDS
from renkei.simulation.invariants import Violation
from renkei.simulation.run import STEPS, Outcome, faults_of
from tests.simulation.workshop import Workshop

_FIXED: Final = (*range(1, 9), 23, 64)
"""With the last one files are searched too, and everything is judged after each commit."""
_ONCE_FAILED: Final = ((3410, 12),)
"""Seed and steps: what they found is told in docs/operate/simulation.md."""
_FRESH: Final = 2
_NONE: Final[tuple[str, ...]] = ()
SOUND: Final = Outcome(7, 40, 69, 31, ("kill", "pause"), (), _NONE, "ab12", 12.0, 0.5, ("the story",))
BROKEN: Final = Outcome(
    8, 25, 50, 20, ("kill",), [Violation("log_only_grows", "entries went")], ("a bug",), "cd", 9.0, 0.5, _NONE
)


def _simulated(*arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "renkei.cli", "simulate", "--jobs", "1", *arguments]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


def test_one_seed_gives_the_same_story_in_two_processes_and_another_seed_another() -> None:
    alone, beside = _simulated("--seed", "7"), _simulated("--seeds", "7..8", "--json")
    for process in (alone, beside):
        assert process.returncode == 0, process.stdout + process.stderr
    seven, eight = (json.loads(text) for text in beside.stdout.splitlines())
    assert (seven["v"], seven["seed"], eight["seed"]) == (1, 7, 8)
    assert all(each["sound"] and not each["violations"] and not each["bugs"] for each in (seven, eight))
    assert seven["trace"] != eight["trace"]
    assert f"trace {seven['trace']}" in alone.stdout
    assert f"step {STEPS - 1}" in alone.stdout, "one seed is told as a story"
    assert "core-2#1" in alone.stdout, "of two core processes"


@pytest.mark.parametrize("seed", _FIXED)
def test_the_fixed_seeds_hold(workshop: Workshop, seed: int) -> None:
    found = workshop.run(seed, STEPS)
    assert not found.told, f"{found.told}\nrenkei simulate --seed {seed}"
    assert found.inquiries > found.late > 0, "under both lists"
    assert len(found.faults) > 2


def test_in_the_fixed_seeds_every_kind_of_fault_is_drawn() -> None:
    assert {fault.kind for seed in _FIXED for fault in faults_of(seed, STEPS)} == set(KINDS)


@pytest.mark.parametrize(("seed", "steps"), _ONCE_FAILED)
def test_a_seed_that_once_failed_holds(workshop: Workshop, seed: int, steps: int) -> None:
    found = workshop.run(seed, steps)
    assert not found.told, f"{found.told}\nrenkei simulate --seed {seed} --steps {steps}"


def test_seeds_that_nobody_has_tried_yet_hold(workshop: Workshop) -> None:
    luck = SystemRandom()
    for _ in range(_FRESH):
        seed = luck.randrange(2**63)
        found = workshop.run(seed, STEPS)
        assert not found.told, f"{found.told}\nrenkei simulate --seed {seed}"


def test_many_seeds_are_told_in_one_sentence_where_all_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told([SOUND, SOUND], one=False) == 0
    told = capsys.readouterr().out
    assert "2 seeds, 138 inquiries, 8,280 a minute and process: 0 failed." in told
    assert "Seed 7" not in told


def test_of_many_seeds_the_failed_one_is_told_with_the_command_that_repeats_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _told([SOUND, BROKEN], one=False) == 1
    told = capsys.readouterr().out
    assert "renkei simulate --seed 8 --steps 25" in told
    assert "log_only_grows: entries went" in told
    assert "a bug" in told
    assert "Seed 7" not in told
    assert "1 failed." in told


def test_what_was_found_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    class Prepared:
        def __enter__(self) -> None:
            """No base network."""

        def __exit__(self, *_: object) -> None:
            """As above."""

    monkeypatch.setattr(many, "fix_order", lambda: None)
    monkeypatch.setattr(many, "prepared", Prepared)
    for outcome, code in ((SOUND, 0), (BROKEN, NO)):
        monkeypatch.setattr(many, "outcomes", lambda *_, told=outcome: iter([told]))
        ended = CliRunner().invoke(command.simulate, ["--seed", "8", "--json"])
        assert ended.exit_code == code, ended.output
        assert json.loads(ended.output)["sound"] is outcome.sound


def _told(outcomes: list[Outcome], *, one: bool) -> int:
    def found() -> Iterator[Outcome]:
        yield from outcomes

    return command._tell(found(), len(outcomes), lambda _: None, one=one, as_json=False)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="neither-seed-nor-seeds"),
        pytest.param(["--seed", "1", "--seeds", "1..2"], id="both"),
        pytest.param(["--seeds", "3..1"], id="backwards"),
        pytest.param(["--seeds", "1-3"], id="no-range"),
        pytest.param(["--seed", "-1"], id="below-nought"),
        pytest.param(["--seed", "1", "--steps", "0"], id="no-step"),
    ],
)
def test_what_says_no_seed_is_refused_before_anything_is_built(arguments: list[str]) -> None:
    ended = CliRunner().invoke(command.simulate, arguments)
    assert ended.exit_code == 2
    assert "Error" in ended.output


def test_help_shows_an_example() -> None:
    told = CliRunner().invoke(command.simulate, ["--help"]).output
    assert "renkei simulate --seed 7" in told
    assert "renkei simulate --seeds 1..100" in told
