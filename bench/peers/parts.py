"""What a service works with: its store, its client, and the sends that go on after a reply."""

import asyncio
import logging
from collections.abc import Coroutine
from importlib import import_module
from typing import TYPE_CHECKING, Final

from fastapi import HTTPException

from bench.peers.client import Client, open_client
from bench.peers.messages import Model
from bench.peers.settings import Settings

if TYPE_CHECKING:
    from bench.peers.store import Store

_LOG: Final = logging.getLogger("peer")


class Parts:
    """Must be made where an event loop runs."""

    def __init__(self, settings: Settings) -> None:
        self.client: Client = open_client(settings.client, settings.tls)
        # The interfaces do without a store, and without loading SQLAlchemy.
        opened = settings.store and import_module("bench.peers.store").open_store(settings.store)
        self._store: Store | None = opened or None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def store(self) -> "Store":
        assert self._store is not None  # the interfaces do not ask
        return self._store

    async def send(self, url: str, message: Model) -> bytes:
        """Post a message; whatever is not 200 is passed on to whoever asked."""
        status, reply = await self.client.post(url, message.model_dump_json().encode())
        if status != 200:
            raise HTTPException(status, reply.decode(errors="replace"))
        return reply

    def soon(self, work: Coroutine[None, None, None]) -> None:
        """Go on with this after the reply. A failure is logged; nothing is tried again."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOG.error("sending failed: %r", error)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await self.client.close()
        if self._store is not None:
            await self._store.close()
