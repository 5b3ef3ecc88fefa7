"""The bad line itself: whatever it drops, it leaves no connection standing."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from renkei.sandbox.proxy import CLEAR, Proxy

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def silent_system() -> AsyncIterator[int]:
    """The port of one that takes connections and says nothing."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in held:
        writer.transport.abort()


async def ended(reader: asyncio.StreamReader) -> None:
    try:
        assert await reader.read() == b""
    except ConnectionResetError:
        return


async def test_a_connection_dropped_before_it_was_carried_is_closed() -> None:
    """The drop comes as early as it can: while the proxy has only just taken the connection."""
    async with silent_system() as system, asyncio.timeout(10):
        proxy = Proxy(system, seed=1)
        port = await proxy.listen(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        ending = asyncio.ensure_future(ended(reader))
        while not ending.done():
            await proxy.change(CLEAR)
            await asyncio.sleep(0)
        await ending
        writer.transport.abort()
        await proxy.close()
    gc.collect()


async def test_what_was_taken_before_the_end_is_closed_at_the_end() -> None:
    async with silent_system() as system, asyncio.timeout(10):
        proxy = Proxy(system, seed=1)
        connecting = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", await proxy.listen(0)))
        while not connecting.done():
            await asyncio.sleep(0)
        await proxy.close()
        reader, writer = await connecting
        await ended(reader)
        writer.transport.abort()
    gc.collect()
