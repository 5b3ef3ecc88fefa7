"""Natural batching: one call at a time, everybody gets their own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from renkei.platform.peers.batches import Batches
from renkei.platform.peers.client import PeerRefusedError
from renkei.terms.problems import Problem


class Line:
    """A far end that answers when it is let."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.open = asyncio.Event()
        self.called = asyncio.Event()
        self.error: Exception | None = None

    async def call(self, questions: list[int]) -> Sequence[str]:
        self.calls.append(questions)
        self.called.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return [f"answer {question}" for question in questions]


async def test_what_piles_up_during_a_call_goes_together_in_the_next() -> None:
    line = Line()
    batches = Batches(line.call, 100)
    first = asyncio.create_task(batches.ask(0))
    await line.called.wait()
    rest = [asyncio.create_task(batches.ask(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    line.open.set()
    assert [await task for task in (first, *rest)] == [f"answer {number}" for number in range(6)]
    assert line.calls == [[0], [1, 2, 3, 4, 5]]


async def test_a_list_never_passes_its_limit() -> None:
    line = Line()
    line.open.set()
    batches = Batches(line.call, 3)
    await asyncio.gather(*(batches.ask(number) for number in range(7)))
    assert [len(call) for call in line.calls] == [3, 3, 1]


async def test_a_call_that_fails_fails_those_who_asked_in_it_and_nobody_after() -> None:
    line = Line()
    line.open.set()
    line.error = ConnectionError("down")
    batches = Batches(line.call, 10)
    with pytest.raises(ConnectionError):
        await batches.ask(1)
    line.error = None
    assert await batches.ask(2) == "answer 2"


async def test_a_list_that_the_peer_refuses_is_asked_one_by_one() -> None:
    calls: list[list[int]] = []

    async def call(questions: list[int]) -> Sequence[str]:
        calls.append(questions)
        if 2 in questions:
            raise PeerRefusedError(Problem.BAD_CODE, "", 422)
        return [f"answer {question}" for question in questions]

    batches = Batches(call, 10)
    answers = await asyncio.gather(*(batches.ask(number) for number in (1, 2, 3)), return_exceptions=True)
    assert answers[0] == "answer 1"
    assert isinstance(answers[1], PeerRefusedError)
    assert answers[2] == "answer 3"
    assert calls == [[1, 2, 3], [1], [2], [3]]


async def test_somebody_who_leaves_takes_no_answer_from_the_others() -> None:
    line = Line()
    batches = Batches(line.call, 10)
    leaver, stayer = asyncio.create_task(batches.ask(1)), asyncio.create_task(batches.ask(2))
    await line.called.wait()
    leaver.cancel()
    line.open.set()
    assert await stayer == "answer 2"
    with pytest.raises(asyncio.CancelledError):
        await leaver


async def test_stopping_cancels_whoever_still_waits() -> None:
    line = Line()
    batches = Batches(line.call, 1)
    asked = [asyncio.create_task(batches.ask(number)) for number in range(2)]
    await line.called.wait()
    await batches.stop()
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
