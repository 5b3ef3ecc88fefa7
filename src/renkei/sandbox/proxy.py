"""A bad line before a system: bytes go through it as they are (TLS stays between the ends), until it cuts them off.

The proxy takes over the system's own address, and the system moves to another port: nobody has to be told anything.
"""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Final, Self
from urllib.parse import urlsplit

import tomli_w

from renkei.sandbox.network import Network
from renkei.terms.bodies import SystemName

_PIECE: Final = 16 * 1024
_FROM_BYTES: Final = 2_000
_TO_BYTES: Final = 120_000
"""A connection that is to break does so after so many bytes: in its handshake, or in the middle of some message."""


class Break(Enum):
    """What becomes of a connection that breaks."""

    CUT = "cut"
    """Both ends hear that it was reset."""
    HALF = "half"
    """The system hears that nothing more comes; what it still says is carried."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How the line is. With `breaks` every connection comes to that end sooner or later."""

    breaks: Break | None = None
    delay_s: float = 0.0
    piece_bytes: int = _PIECE


CLEAR: Final = Weather()


class Proxy:
    """Listens in a system's place."""

    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._random = Random(seed)  # noqa: S311  # faults, not secrets
        self._server: asyncio.Server | None = None
        self._closed = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._weather = CLEAR
        self._changed = asyncio.Condition()
        self.broken = 0
        """How many connections have broken."""

    @classmethod
    @asynccontextmanager
    async def before(cls, network: Network, name: SystemName, seed: int) -> AsyncIterator[Self]:
        """A proxy before a running system, which is started anew behind it; at the end everything is as it was."""
        config = Path(network.state.systems[name].config)
        was = config.read_text()
        port = urlsplit(network.state.systems[name].url).port
        assert port is not None
        proxy = cls(await _move(network, name, config), seed)
        await proxy.listen(port)
        try:
            yield proxy
        finally:
            await proxy.close()
            await network.kill(name)
            config.write_text(was)
            await network.start(name)

    async def close(self) -> None:
        """Stop listening and drop what stands."""
        if self._server is not None:
            self._server.close()
        self._closed = True
        await self._drop()

    async def change(self, weather: Weather) -> None:
        """From now on the line is like this. What stands is dropped, so that nothing goes on as it was."""
        self._weather = weather
        await self._drop()

    async def _drop(self) -> None:
        standing = list(self._under_way)
        for task in standing:
            task.cancel()
        await asyncio.gather(*standing, return_exceptions=True)

    async def until_broken(self, times: int) -> None:
        """Wait until so many connections have broken since the beginning."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.broken >= times)

    async def listen(self, port: int) -> int:
        """Carry what comes to this port, or to any free one for 0; returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whatever becomes of the task, even if it never runs, the connection ends with it."""
        if self._closed:
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._carry(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        weather = self._weather
        left = _Left(self._random.randrange(_FROM_BYTES, _TO_BYTES) if weather.breaks else None)
        try:
            to, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return
        ways = [
            asyncio.ensure_future(_pass(reader, back, weather, left)),
            asyncio.ensure_future(_pass(to, writer, weather, left)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if weather.breaks and left.spent:
                await self._break(weather.breaks, back, ways)
            else:
                await asyncio.wait(ways)
        finally:
            for way in ways:
                way.cancel()
            back.transport.abort()

    async def _break(self, how: Break, back: asyncio.StreamWriter, ways: Sequence[asyncio.Future[None]]) -> None:
        async with self._changed:
            self.broken += 1
            self._changed.notify_all()
        if how is Break.HALF and not ways[1].done():
            ways[0].cancel()
            back.write_eof()
            await asyncio.wait(ways[1:])


class _Left:
    """How many bytes a connection still carries, in both directions together; None: as many as come."""

    def __init__(self, count: int | None) -> None:
        self._count = count

    @property
    def spent(self) -> bool:
        return self._count == 0

    def take(self, piece: bytes) -> bytes:
        if self._count is None:
            return piece
        taken = piece[: self._count]
        self._count -= len(taken)
        return taken


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather, left: _Left) -> None:
    """Carry one direction until its end, or until the connection breaks."""
    try:
        while piece := await reader.read(weather.piece_bytes):
            if weather.delay_s:
                await asyncio.sleep(weather.delay_s)
            writer.write(left.take(piece))
            await writer.drain()
            if left.spent:
                return
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def _move(network: Network, name: SystemName, config: Path) -> int:
    """Start the system anew at a port of its own; returns that."""
    settings = tomllib.loads(config.read_text())
    free = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(free.sockets[0].getsockname()[1])
    free.close()
    await free.wait_closed()
    settings["listen"]["port"] = port
    await network.kill(name)
    config.write_text(tomli_w.dumps(settings))
    await network.start(name)
    return port
