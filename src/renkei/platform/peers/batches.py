"""Natural batching: what piled up while the last call was under way goes together in the next (design 1)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar, cast

from renkei.platform.peers.client import PeerRefusedError

Q = TypeVar("Q")
A = TypeVar("A")
Batch = list[tuple[Q, asyncio.Future[A]]]


class Batches(Generic[Q, A]):
    """Turns single questions into lists; no timer.

    A list that the peer refuses is asked again one by one: one person's bad question is not everybody's.

    Args:
        call: asks a list and returns an answer for each, in order.
        limit: what a list may weigh; a question that alone weighs more goes alone.
        weigh: of one question; without it a list is limited by its length.
        at_once: calls under way at a time.
    """

    def __init__(
        self,
        call: Callable[[list[Q]], Awaitable[Sequence[A]]],
        limit: int,
        *,
        weigh: Callable[[Q], int] = lambda _: 1,
        at_once: int = 1,
    ) -> None:
        self._call = call
        self._limit = limit
        self._weigh = weigh
        self._at_once = at_once
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer to one question; raises what the call that carried it raised."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._running) < self._at_once:
            self._running.add(asyncio.create_task(self._run()))
        return await answer

    async def stop(self) -> None:
        """End the calls under way; who still waits for one is cancelled."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for _, answer in self._waiting:
            answer.cancel()
        self._waiting.clear()

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._carry(self._take())
        finally:
            # Here and not when the task is done: whoever asks in between would be seen by nobody.
            self._running.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _take(self) -> Batch[Q, A]:
        batch = [self._waiting.popleft()]
        weight = self._weigh(batch[0][0])
        while self._waiting and (weight := weight + self._weigh(self._waiting[0][0])) <= self._limit:
            batch.append(self._waiting.popleft())
        return batch

    async def _carry(self, batch: Batch[Q, A]) -> None:
        try:
            answers = await self._call([question for question, _ in batch])
        except asyncio.CancelledError:
            for _, answer in batch:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to those who asked, not to this loop
            await self._failed(batch, error)
            return
        for (_, answer), said in zip(batch, answers, strict=True):
            if not answer.done():
                answer.set_result(said)

    async def _failed(self, batch: Batch[Q, A], error: Exception) -> None:
        if isinstance(error, PeerRefusedError) and len(batch) > 1:
            for each in batch:
                await self._carry([each])
            return
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(error)
