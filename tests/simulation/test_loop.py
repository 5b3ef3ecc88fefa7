"""The loop of a simulated world: waiting costs nothing, and who is killed is never heard of again."""

import asyncio
import contextvars
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from renkei.simulation.loop import OWNER, Owner, SimulatedLoop, StalledError, run_as
from renkei.simulation.world import WrongClock

DISK_S = 0.004


@pytest.fixture
def loop() -> Iterator[SimulatedLoop]:
    made = SimulatedLoop(lambda: DISK_S)
    yield made
    made.close()


def _begin(loop: SimulatedLoop, owner: Owner | None, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return loop.create_task(work, context=run_as(owner, contextvars.copy_context()))


def _bury(owner: Owner) -> None:
    """Else asyncio complains of tasks that never ended, which is what a kill is."""
    for task in owner.tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio's own


def test_a_year_passes_as_soon_as_nobody_has_anything_else_to_do(loop: SimulatedLoop) -> None:
    loop.run_until_complete(asyncio.sleep(365 * 86_400))
    assert loop.time() == 365 * 86_400


def test_who_waits_shorter_goes_first(loop: SimulatedLoop) -> None:
    told: list[tuple[float, str]] = []

    async def wait(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        told.append((loop.time(), name))

    async def all_of_them() -> None:
        await asyncio.gather(wait(30, "long"), wait(0.001, "short"), wait(2, "middle"))

    loop.run_until_complete(all_of_them())
    assert told == [(0.001, "short"), (2, "middle"), (30, "long")]


def test_where_everybody_waits_for_what_never_comes_the_loop_says_so(loop: SimulatedLoop) -> None:
    with pytest.raises(StalledError):
        loop.run_until_complete(loop.create_future())


def test_work_beside_the_loop_takes_the_time_of_the_disk(loop: SimulatedLoop) -> None:
    async def look() -> tuple[int, float]:
        return await loop.run_in_executor(None, pow, 2, 5), loop.time()

    assert loop.run_until_complete(look()) == (32, DISK_S)


def test_what_work_beside_the_loop_raises_goes_to_whoever_waits(loop: SimulatedLoop) -> None:
    with pytest.raises(ZeroDivisionError):
        loop.run_until_complete(loop.run_in_executor(None, lambda: 1 // 0))


def test_tasks_and_timers_belong_to_whom_they_were_begun_by(loop: SimulatedLoop) -> None:
    found: list[Owner | None] = []
    owner = Owner("core", 1)

    async def begin() -> None:
        loop.call_later(1, lambda: found.append(OWNER.get()))
        await asyncio.create_task(asyncio.sleep(2))
        found.append(OWNER.get())

    loop.run_until_complete(_begin(loop, owner, begin()))
    assert found == [owner, owner]
    assert OWNER.get() is None


def test_of_the_killed_nothing_runs_any_more_not_even_its_cleaning_up(loop: SimulatedLoop) -> None:
    owner, done = Owner("core", 1), list[str]()

    async def work() -> None:
        loop.call_later(2, done.append, "its timer")
        try:
            await loop.run_in_executor(None, done.append, "before")
            await asyncio.sleep(2)
            done.append("its next step")
        finally:
            done.append("its cleaning up")

    async def world() -> None:
        await asyncio.sleep(1)
        owner.alive = False
        await asyncio.sleep(10)

    _begin(loop, owner, work())
    loop.run_until_complete(world())
    assert done == ["before"]
    assert len(owner.tasks) == 1, "kept, because a collected task would run what stands in its `finally`"
    _bury(owner)


def test_a_killed_commit_does_not_happen(loop: SimulatedLoop) -> None:
    owner, done = Owner("core", 1), list[str]()

    async def commit() -> None:
        await loop.run_in_executor(None, done.append, "commit")

    async def world() -> None:
        await asyncio.sleep(DISK_S / 2)
        owner.alive = False
        await asyncio.sleep(1)

    _begin(loop, owner, commit())
    loop.run_until_complete(world())
    assert not done
    _bury(owner)


def test_what_fell_due_during_a_pause_is_done_after_it_and_in_order(loop: SimulatedLoop) -> None:
    owner, done = Owner("core", 1), list[tuple[int, int]]()

    def note(place: int) -> None:
        done.append((place, int(loop.time())))

    async def world() -> None:
        await asyncio.sleep(1)
        owner.paused = True
        await asyncio.sleep(10)
        assert not done
        loop.resume(owner)
        await asyncio.sleep(0.001)

    context = run_as(owner, contextvars.copy_context())
    for place in range(5):
        loop.call_later(2 + place, note, place, context=context)
    loop.run_until_complete(world())
    assert done == [(place, 11) for place in range(5)]


def test_what_was_taken_back_during_a_pause_is_not_done_after_it(loop: SimulatedLoop) -> None:
    owner, done = Owner("core", 1), list[str]()

    async def world() -> None:
        owner.paused = True
        await asyncio.sleep(2)
        timer.cancel()
        loop.resume(owner)
        await asyncio.sleep(2)

    raised = list[object]()
    loop.set_exception_handler(lambda _, context: raised.append(context))
    timer = loop.call_later(1, done.append, "late", context=run_as(owner, contextvars.copy_context()))
    loop.run_until_complete(world())
    assert (done, raised) == ([], [])


def test_the_paused_that_is_killed_does_not_go_on(loop: SimulatedLoop) -> None:
    owner, done = Owner("core", 1), list[str]()

    async def world() -> None:
        owner.paused = True
        await asyncio.sleep(2)
        owner.alive = False
        loop.resume(owner)
        await asyncio.sleep(2)

    loop.call_later(1, done.append, "late", context=run_as(owner, contextvars.copy_context()))
    loop.run_until_complete(world())
    assert not done


def test_a_clock_that_gains_is_ahead_by_what_it_has_gained_since_it_began_to() -> None:
    assert WrongClock(rate=-0.5, since_s=10.0).ahead_s(14.0) == -2.0
    assert WrongClock(by_s=60.0).ahead_s(14.0) == 60.0
