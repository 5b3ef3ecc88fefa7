"""Long polls are woken by commits, and nobody looks again and again."""

import asyncio

from renkei.systems.intermediate.service.waiting import Waiters

A, B = ("inquiry", "body", "a"), ("inquiry", "body", "b")


class Looker:
    """Looks, and counts how often."""

    def __init__(self) -> None:
        self.looked = 0
        self.there = False
        self.asked = asyncio.Event()

    async def look(self) -> bool:
        self.looked += 1
        self.asked.set()
        return self.there


async def started(looker: Looker, waiters: Waiters, *keys: tuple[str, ...]) -> asyncio.Task[bool]:
    task = asyncio.create_task(waiters.until(keys, looker.look, 30_000))
    await looker.asked.wait()
    looker.asked.clear()
    return task


async def test_what_is_there_already_is_seen_at_the_first_look() -> None:
    looker = Looker()
    looker.there = True
    assert await Waiters().until([A], looker.look, 30_000) is True
    assert looker.looked == 1


async def test_a_wake_of_any_key_makes_it_look_again_and_of_another_does_not() -> None:
    looker, waiters = Looker(), Waiters()
    task = await started(looker, waiters, A, B)
    waiters.wake([("inquiry", "body", "c")])
    await asyncio.sleep(0)
    assert looker.looked == 1
    waiters.wake([B])
    await looker.asked.wait()
    assert looker.looked == 2
    looker.there = True
    waiters.wake([A])
    assert await task is True
    assert looker.looked == 3


async def test_a_change_between_two_looks_is_not_missed() -> None:
    waiters = Waiters()
    seen: list[int] = []

    async def look() -> bool:
        seen.append(1)
        if len(seen) == 1:
            waiters.wake([A])  # happens while the first look is under way
        return len(seen) == 2

    assert await waiters.until([A], look, 30_000) is True


async def test_when_the_time_is_over_it_says_so() -> None:
    looker = Looker()
    assert await Waiters().until([A], looker.look, 0) is False
    assert looker.looked <= 1


async def test_nobody_who_has_gone_is_kept() -> None:
    looker, waiters = Looker(), Waiters()
    task = await started(looker, waiters, A, A, B)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with waiters.watch([A]) as event:
        assert len(waiters._events) == 1
        waiters.wake([A])
        assert event.is_set()
    assert len(waiters._events) == 0
