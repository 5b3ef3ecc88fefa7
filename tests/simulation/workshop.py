"""A process of its own in which seeds are run, with a bug planted or without: it is asked by lines, and answers so.

The simulation takes over the clock, the luck and the disks of its process. So the tests start one process, which
builds the base network once; each run is a copy of it (`many`), and a planted bug dies with its copy.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from renkei.simulation import many
from renkei.simulation import run as runs
from renkei.simulation.base import Base
from renkei.simulation.run import Outcome
from tests.simulation import strikes
from tests.simulation.mutants import MUTANTS, Mutant

ROOT: Final = Path(__file__).parents[2]
_HEALING_S: Final = 60.0
"""Enough where nothing is planted, as `test_without_its_bug_the_same_run_holds` shows; what is planted never heals."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one run."""

    invariants: frozenset[str]
    told: str
    """Violations and bugs, for people."""
    bugs: tuple[str, ...]
    inquiries: int
    late: int
    faults: tuple[str, ...]


class Workshop:
    """The process, as the tests see it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def strike(self, kind: str) -> list[str]:
        """What one sees of a fault before, amid and after it (`strikes`)."""
        return self._asked([kind])

    def run(self, seed: int, steps: int, bug: str | None = None, *, planted: bool = True) -> Found:
        """One seed; `bug` names one of `MUTANTS`, amid whose faults it runs even where it is not planted."""
        violations, bugs, inquiries, late, faults = self._asked([seed, steps, bug, planted])
        told = "\n".join([*(f"{name}: {detail}" for name, detail in violations), *bugs])
        return Found(frozenset(name for name, _ in violations), told, tuple(bugs), inquiries, late, tuple(faults))

    def _asked(self, question: list[Any]) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process with the base network has ended"
        found: list[Any] = json.loads(answer)
        return found


@contextmanager
def opened() -> Iterator[Workshop]:
    """Start the process, and end it."""
    command = [sys.executable, "-m", "tests.simulation.workshop"]
    environment = {**os.environ, many.HASH_SEED: "0"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Workshop(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _serve() -> None:
    with many.prepared() as base:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_answer(base, json.loads(line))) + "\n")
            sys.stdout.flush()


def _answer(base: Base, question: list[Any]) -> list[Any]:
    match question:
        case [kind]:
            return list(_forked(base, (0, 0), lambda *_: _seen(strikes.struck(kind, base))).lines)
        case [seed, steps, bug, planted]:
            found = _one(base, (seed, steps), None if bug is None else MUTANTS[bug], planted=planted)
            violations = [(each.invariant, each.detail) for each in found.violations]
            return [violations, list(found.bugs), found.inquiries, found.late, list(found.faults)]
        case _:
            raise AssertionError(question)


def _seen(lines: Sequence[object]) -> Outcome:
    return Outcome(0, 0, 0, 0, (), (), (), "", 0.0, 0.0, [str(each) for each in lines])


def _one(base: Base, wanted: tuple[int, int], mutant: Mutant | None, *, planted: bool) -> Outcome:
    """In a copy of this process, which alone is changed."""

    def changed(seed: int, steps: int, base: Base) -> Outcome:
        if mutant is not None:
            _set(runs, "_HEALING_S", _HEALING_S)
            _set(runs, "faults_of", lambda *_: list(mutant.amid))
            if mutant.scene is not None:
                mutant.scene()
            if planted:
                mutant.plant()
        return unchanged(seed, steps, base)

    unchanged: Callable[[int, int, Base], Outcome] = runs.run
    return _forked(base, wanted, changed)


def _forked(base: Base, wanted: tuple[int, int], run: Callable[[int, int, Base], Outcome]) -> Outcome:
    _set(many, "run", run)
    seed, steps = wanted
    (outcome,) = many.outcomes(base, [seed], steps, jobs=1)
    return outcome


def _set(where: object, name: str, what: object) -> None:
    assert hasattr(where, name), f"{where} has no {name} any more"
    setattr(where, name, what)


if __name__ == "__main__":
    _serve()
