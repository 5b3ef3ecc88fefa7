"""Sending loops: together what waits, again what failed, nothing lost and nothing hurried."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.pump import FEW, Pump, PumpOptions, PumpSet, PumpState
from renkei.simulation.loop import SimulatedLoop
from renkei.terms.problems import Problem

FAST = PumpOptions(first_ms=1, last_ms=4, entropy=bytes)
AWAY = PeerUnreachableError(Problem.UNREACHABLE, "away")


class Outbox:
    """What is due for one destination, and a peer that can be away."""

    def __init__(self) -> None:
        self.due: list[int] = []
        self.arrived: list[list[int]] = []
        self.errors: list[Exception] = []
        self.loads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.changed = asyncio.Event()

    async def load(self) -> list[int]:
        self.loads += 1
        self.changed.set()
        return list(self.due)

    async def deliver(self, items: list[int]) -> None:
        await self.gate.wait()
        self.changed.set()
        if self.errors:
            raise self.errors.pop(0)
        self.arrived.append(items)
        self.due = [item for item in self.due if item not in items]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self.changed.clear()
                await self.changed.wait()
                await asyncio.sleep(0)


@pytest.fixture
async def pumped() -> AsyncIterator[Callable[..., tuple[Outbox, Pump[int]]]]:
    async with AsyncExitStack() as stack:

        def make(*due: int, options: PumpOptions = FAST) -> tuple[Outbox, Pump[int]]:
            outbox = Outbox()
            outbox.due = list(due)
            pump = Pump("test", outbox.load, outbox.deliver, options)
            stack.push_async_callback(pump.stop)
            return outbox, pump

        yield make


Pumped = Callable[..., tuple[Outbox, Pump[int]]]


async def test_what_was_due_before_the_start_leaves_at_the_start(pumped: Pumped) -> None:
    outbox, pump = pumped(1, 2)
    pump.start()
    await outbox.until(lambda: outbox.arrived == [[1, 2]])


async def test_what_piles_up_while_one_delivery_is_under_way_goes_together_in_the_next(pumped: Pumped) -> None:
    outbox, pump = pumped(1)
    outbox.gate.clear()
    pump.start()
    await outbox.until(lambda: outbox.loads == 1)
    for item in (2, 3, 4):
        outbox.due.append(item)
        pump.wake()
    outbox.gate.set()
    await outbox.until(lambda: outbox.due == [])
    assert outbox.arrived == [[1], [2, 3, 4]]


async def test_an_absent_peer_gets_everything_once_it_is_back(pumped: Pumped) -> None:
    outbox, pump = pumped(1, 2)
    outbox.errors = [AWAY] * 5
    pump.start()
    await outbox.until(lambda: outbox.due == [])
    assert outbox.arrived == [[1, 2]]
    await outbox.until(lambda: outbox.loads == 7)
    assert pump.failures == 0


async def test_while_it_backs_off_the_state_and_the_failures_are_visible(pumped: Pumped) -> None:
    outbox, pump = pumped(1, options=PumpOptions(first_ms=1, last_ms=600_000, entropy=bytes))
    outbox.errors = [AWAY] * 100
    pump.start()
    await outbox.until(lambda: pump.failures >= 3)
    assert pump.state is PumpState.BACKING_OFF


@pytest.mark.parametrize(("byte", "waits"), [(b"\x00", "all of it"), (b"\xff", "about half")])
@pytest.mark.parametrize("woken", [False, True], ids=["left alone", "woken all the time"])
def test_each_wait_after_a_failure_is_as_long_as_the_first_at_least_and_as_the_last_at_most(
    byte: bytes, waits: str, woken: bool
) -> None:
    """On a clock that is moved and not waited for, so that every wait can be told to the millisecond."""
    options = PumpOptions(entropy=lambda count: byte * count)
    full = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
    expected = (
        [50] * 9 if woken else full if waits == "all of it" else [50, 50, *(int(each * 257 / 512) for each in full[2:])]
    )
    loop = SimulatedLoop(lambda: 0.001)
    tried: list[float] = []

    async def load() -> list[int]:
        return [1]

    async def deliver(_: list[int]) -> None:
        tried.append(loop.time())
        raise AWAY

    async def run() -> None:
        pump = Pump("test", load, deliver, options)
        pump.start()
        while len(tried) < 10:
            await asyncio.sleep(0.001)
            if woken:
                pump.wake()
        await pump.stop()

    loop.run_until_complete(run())
    loop.close()
    found = [round((later - earlier) * 1_000) for earlier, later in pairwise(tried)][: len(expected)]
    # A millisecond for who wakes: he looks at the clock no more often.
    assert all(want <= each <= want + woken for each, want in zip(found, expected, strict=True)), found
    assert all(options.first_ms <= each <= options.last_ms for each in found if not woken)


async def test_a_bug_is_logged_loudly_and_the_items_stay_due(pumped: Pumped, caplog: pytest.LogCaptureFixture) -> None:
    outbox, pump = pumped(1)
    outbox.errors = [KeyError("bug")]
    with caplog.at_level(logging.INFO, logger="renkei"):
        pump.start()
        await outbox.until(lambda: outbox.due == [])
    assert [(r.levelname, r.message) for r in caplog.records if r.message == "pump-failed"] == [
        ("ERROR", "pump-failed")
    ]


async def test_a_wake_shortens_a_long_wait(pumped: Pumped) -> None:
    outbox, pump = pumped(1, options=PumpOptions(first_ms=1, last_ms=600_000, entropy=bytes))
    outbox.errors = [AWAY] * 30
    pump.start()

    async def keep_waking() -> None:
        while outbox.due:
            pump.wake()
            await asyncio.sleep(0.001)

    async with asyncio.timeout(10):  # thirty doublings would take eighteen days
        await keep_waking()
    assert outbox.arrived == [[1]]


async def test_without_a_wake_an_idle_pump_looks_again_only_if_told_to(pumped: Pumped) -> None:
    outbox, pump = pumped(options=PumpOptions(max_idle_ms=1))
    pump.start()
    await outbox.until(lambda: outbox.loads >= 3)
    quiet, still = pumped()
    still.start()
    still.wake()
    await quiet.until(lambda: quiet.loads >= 1)
    loads = outbox.loads
    await outbox.until(lambda: outbox.loads > loads + 3)
    assert quiet.loads <= 2


async def test_between_two_looks_wakes_wait_until_the_rest_is_over(pumped: Pumped) -> None:
    outbox, pump = pumped(options=PumpOptions(rest_ms=600_000))
    pump.start()
    await outbox.until(lambda: outbox.loads == 1)
    for _ in range(100):
        pump.wake()
        await asyncio.sleep(0)
    assert outbox.loads == 1


async def test_after_a_delivery_of_few_others_are_gathered_and_after_one_of_many_nobody_waits(pumped: Pumped) -> None:
    outbox, pump = pumped(1, options=PumpOptions(gather_ms=600_000))
    pump.start()
    await outbox.until(lambda: outbox.arrived == [[1]])
    outbox.due = [2]
    pump.wake()
    for _ in range(100):
        await asyncio.sleep(0)
    assert (outbox.arrived, outbox.loads) == ([[1]], 1)
    others, busy = pumped(*range(FEW), options=PumpOptions(gather_ms=600_000))
    busy.start()
    await others.until(lambda: len(others.arrived) == 1)
    others.due = [1_000]
    busy.wake()
    await others.until(lambda: len(others.arrived) == 2)


async def test_a_wake_during_the_rest_is_not_forgotten(pumped: Pumped) -> None:
    outbox, pump = pumped(options=PumpOptions(rest_ms=1))
    pump.start()
    await outbox.until(lambda: outbox.loads == 1)
    pump.wake()
    await outbox.until(lambda: outbox.loads == 2)


async def test_the_rest_does_not_lengthen_the_time_between_looks_without_a_wake(pumped: Pumped) -> None:
    outbox, pump = pumped(options=PumpOptions(rest_ms=600_000, max_idle_ms=1))
    pump.start()
    await outbox.until(lambda: outbox.loads >= 3)


async def test_a_stopped_pump_can_be_stopped_again_and_sends_nothing(pumped: Pumped) -> None:
    outbox, pump = pumped()
    pump.start()
    await outbox.until(lambda: outbox.loads == 1)
    await pump.stop()
    await pump.stop()
    outbox.due.append(1)
    pump.wake()
    await asyncio.sleep(0)
    assert (outbox.arrived, pump.state) == ([], PumpState.STOPPED)


async def test_an_absent_destination_does_not_slow_another(pumped: Pumped) -> None:
    boxes = {"a": Outbox(), "b": Outbox()}
    boxes["a"].errors = [AWAY] * 1_000
    for box in boxes.values():
        box.due = [1]
    pumps: PumpSet[str, int] = PumpSet(
        "bodies", lambda key: boxes[key].load(), lambda key, items: boxes[key].deliver(items), FAST
    )
    pumps.wake("a")
    pumps.wake("b")
    await boxes["a"].until(lambda: pumps.states()["a"][1] >= 3)
    await boxes["b"].until(lambda: boxes["b"].due == [])
    assert pumps.states()["b"][1] == 0
    await pumps.stop()
    pumps.wake("a")
    assert pumps.states() == {}
