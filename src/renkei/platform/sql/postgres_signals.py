"""Signals by NOTIFY and rights by advisory locks, each on a connection of its own that is dialled when first needed."""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import sql

from renkei.platform.observe import event
from renkei.platform.sql.connection import Row
from renkei.platform.sql.signals import Heard

Raw = psycopg.Connection[Row]
Dial = Callable[[], Raw]

_LOOK_S: Final = 0.5
_PAUSE_S: Final = 1.0
# The name itself is no key: the key must not depend on the server's version.
_TAKE: Final = "SELECT pg_try_advisory_lock(hashtextextended(current_schema(), $1))"
_FREE: Final = "SELECT pg_advisory_unlock(hashtextextended(current_schema(), $1))"


class PostgresSignals:
    """Signals over one database."""

    def __init__(self, dial: Dial) -> None:
        self._ear = _Ear(dial)
        self._rights = _Rights(dial)

    def listen(self, channel: str, heard: Heard, loop: asyncio.AbstractEventLoop) -> None:
        self._ear.add(channel, lambda payload: _tell(loop, heard, payload))

    def lease(self, name: str) -> "PostgresLease":
        return PostgresLease(self._rights, name)

    def close(self) -> None:
        self._ear.close()
        self._rights.close()


class PostgresLease:
    """One right; see Lease."""

    def __init__(self, rights: "_Rights", name: str) -> None:
        self._rights = rights
        self._name = name

    async def held(self) -> bool:
        return await asyncio.to_thread(self._rights.take, self._name)

    async def release(self) -> None:
        await asyncio.to_thread(self._rights.free, self._name)


class _Rights:
    """All rights of this process on one connection: they end together with it."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._turn = threading.Lock()
        self._raw: Raw | None = None
        self._mine: set[str] = set()

    def take(self, name: str) -> bool:
        with self._turn:
            try:
                return self._take(name)
            except psycopg.Error:
                self._drop()
                return False

    def free(self, name: str) -> None:
        with self._turn:
            if name in self._mine and self._raw is not None:
                self._mine.discard(name)
                try:
                    self._raw.execute(_FREE, [_number(name)])
                except psycopg.Error:
                    self._drop()

    def close(self) -> None:
        with self._turn:
            self._drop()

    def _take(self, name: str) -> bool:
        if self._raw is None:
            self._raw = self._dial()
        if name in self._mine:
            self._raw.execute("SELECT 1")  # the connection is there, and with it the right
            return True
        row = self._raw.execute(_TAKE, [_number(name)]).fetchone()
        if row is None or not row[0]:
            return False
        self._mine.add(name)
        return True

    def _drop(self) -> None:
        self._mine.clear()
        if self._raw is not None:
            self._raw.close()
            self._raw = None


class _Ear(threading.Thread):
    """Listens in a thread of its own, from the first channel to `close`."""

    def __init__(self, dial: Dial) -> None:
        super().__init__(name="listener", daemon=True)
        self._dial = dial
        self._heard: dict[str, list[Heard]] = {}
        self._closing = threading.Event()
        self._changed = threading.Event()

    def add(self, channel: str, heard: Heard) -> None:
        self._heard.setdefault(channel, []).append(heard)
        self._changed.set()
        if not self.is_alive():
            self.start()

    def close(self) -> None:
        self._closing.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while not self._closing.is_set():
            try:
                with self._dial() as raw:
                    self._listen(raw)
            except psycopg.Error as error:
                event("listening-broke", error=type(error).__name__)
                self._closing.wait(_PAUSE_S)

    def _listen(self, raw: Raw) -> None:
        self._changed.set()
        while not self._closing.is_set():
            if self._changed.is_set():
                self._changed.clear()
                for channel in list(self._heard):
                    raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                # From here on nothing is missed; what was said before is looked for.
                for channel in list(self._heard):
                    self._say(channel, "")
            for said in raw.notifies(timeout=_LOOK_S):
                self._say(said.channel, said.payload)

    def _say(self, channel: str, payload: str) -> None:
        for heard in list(self._heard.get(channel, ())):
            heard(payload)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(b"renkei/lease/" + name.encode()).digest()[:8], "big", signed=True)


def _tell(loop: asyncio.AbstractEventLoop, heard: Heard, payload: str) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(heard, payload)
