"""A closed-loop load on the line door: so many callers, each asks again as soon as it has its answer."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from bench.peers.certificates import tls_context
from bench.peers.network import Door

HEADERS = {"Content-Type": "application/json"}


@dataclass
class Measured:
    """What one run gave; a failure is any reply without content."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    """One per call that succeeded, in the order of their ends."""

    @property
    def per_second(self) -> float:
        return self.done / self.seconds


async def singles(door: Door, at_once: int, seconds: float) -> Measured:
    """Inquiries one by one, `at_once` callers for that long; what is under way at the end is waited for and counted."""
    found = Measured()
    numbers = count()

    async with _session(door, at_once) as session:
        until = time.perf_counter() + seconds

        async def caller() -> None:
            while time.perf_counter() < until:
                asked = time.perf_counter()
                async with session.post(door.url, data=door.body(next(numbers))) as reply:
                    body = await reply.read()
                if reply.status == 200 and door.told(body) is not None:
                    found.done += 1
                    found.latencies_s.append(time.perf_counter() - asked)
                else:
                    found.failed += 1

        await _timed(found, [caller() for _ in range(at_once)])
    return found


async def bulk(door: Door, persons: int, per_call: int = 250, at_once: int = 2) -> Measured:
    """Inquiries about so many persons in lists; `latencies_s` are of whole lists."""
    found = Measured()
    parts = iter([range(first, min(first + per_call, persons)) for first in range(0, persons, per_call)])

    async with _session(door, at_once) as session:

        async def caller(parts: Iterator[range]) -> None:
            for part in parts:
                asked = time.perf_counter()
                async with session.post(door.list_url, data=door.list_body(part)) as reply:
                    body = await reply.read()
                told = [each for each in door.list_told(body) if each is not None] if reply.status == 200 else []
                found.done += len(told)
                found.failed += len(part) - len(told)
                if told:
                    found.latencies_s.append(time.perf_counter() - asked)

        await _timed(found, [caller(parts) for _ in range(at_once)])
    return found


@asynccontextmanager
async def _session(door: Door, at_once: int) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=at_once, ssl=tls_context(door.tls, ssl.Purpose.SERVER_AUTH))
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:
        yield session


async def _timed(found: Measured, callers: Sequence[Awaitable[None]]) -> None:
    began = time.perf_counter()
    await asyncio.gather(*callers)
    found.seconds = time.perf_counter() - began
