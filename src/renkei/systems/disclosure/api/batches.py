"""Natural batching: what piled up while the last call was under way goes together in the next (design 1)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from renkei.platform.peers.client import PeerRefusedError

Q = TypeVar("Q")
A = TypeVar("A")
Batch = list[tuple[Q, asyncio.Future[A]]]


class Batches(Generic[Q, A]):
    """Turns single questions into lists. One call at a time; no timer, nothing to tune.

    A list that the peer refuses is asked again one by one: one person's bad question is not everybody's.
    """

    def __init__(self, call: Callable[[list[Q]], Awaitable[Sequence[A]]], limit: int) -> None:
        self._call = call
        self._limit = limit
        self._waiting: Batch[Q, A] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer to one question; raises what the call that carried it raised."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def stop(self) -> None:
        """End the call under way; who still waits for it is cancelled."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                await self._carry(batch)
        finally:
            self._running = None
            for _, answer in self._waiting:
                answer.cancel()
            self._waiting.clear()

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
