"""Each promise that the simulation judges can be broken, and it then says so: a bug is planted for each of them."""

from typing import Final

import pytest

from renkei.simulation import leaks
from renkei.simulation.invariants import ALWAYS, AT_LAST
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.workshop import Workshop

_SEEDS: Final = 6
"""A bug shows in the first of them, or in one of the next where the play has changed."""
_SLIPS: Final = ("NameError", "AttributeError", "TypeError")
"""Then what was planted does not fit the code any more, and breaks promises by that alone."""
_BROKEN: Final = [(invariant, name) for name, mutant in MUTANTS.items() for invariant in mutant.breaks]


def _seeds(mutant: Mutant) -> range:
    return range(mutant.seed, mutant.seed + _SEEDS)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, id=f"{'+'.join(mutant.breaks)}-{name}") for name, mutant in MUTANTS.items() if mutant.breaks],
)
def test_a_planted_bug_is_caught(workshop: Workshop, name: str) -> None:
    mutant = MUTANTS[name]
    told = []
    for seed in _seeds(mutant):
        found = workshop.run(seed, mutant.steps, name)
        assert not any(slip in found.told for slip in _SLIPS), found.told
        if found.invariants.issuperset(mutant.breaks):
            return
        told.append(f"seed {seed}: {found.told or 'everything held'}")
    pytest.fail("not caught:\n" + "\n".join(told))


def test_each_promise_has_a_bug_that_breaks_it() -> None:
    promises = {check.__name__ for check in (*ALWAYS, *AT_LAST)} | {"doors_keep_their_word", "goes_on", leaks.INVARIANT}
    assert {invariant for invariant, _ in _BROKEN} == promises


def _runs() -> list[str]:
    """Of the mutants that run alike but for their bugs, one."""
    alike: dict[object, str] = {}
    for name, mutant in MUTANTS.items():
        alike.setdefault((mutant.amid, mutant.scene, mutant.seed, mutant.steps), name)
    return list(alike.values())


@pytest.mark.parametrize("name", _runs())
def test_without_its_bug_the_same_run_holds(workshop: Workshop, name: str) -> None:
    mutant = MUTANTS[name]
    found = workshop.run(mutant.seed, mutant.steps, name, planted=False)
    assert not found.told, found.told
    assert found.faults == tuple(fault.kind for fault in mutant.amid), "the faults of the mutant were those of the run"
    assert found.inquiries or mutant.scene is not None


def test_an_exception_that_nobody_foresaw_is_told(workshop: Workshop) -> None:
    found = workshop.run(1, 10, "a-reader-divides-by-nothing")
    assert any("ZeroDivisionError" in bug for bug in found.bugs), found.told
