"""The lean client of the load: kept connections with a certificate, one request at a time on each, and no more than
HTTP/1.1 with Content-Length. It shares the machine with what it measures, so it must cost little: every run shows
its share.
"""

import asyncio
import ssl
from collections import deque
from typing import Final, cast
from urllib.parse import urlsplit

_END: Final = b"\r\n\r\n"


class WireError(Exception):
    """The connection broke, or the reply is not one that this client reads."""


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._needed = 0
        self._body_at = 0
        self._status = 0
        self._reply: asyncio.Future[tuple[int, bytes]] | None = None

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Every loop's transport of a stream is one, by what it can; not every one by its class.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(f"connection lost: {exc}")

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._needed and not self._head():
            return
        if len(self._data) < self._needed:
            return
        reply, self._reply = self._reply, None
        body = bytes(self._data[self._body_at : self._needed])
        del self._data[: self._needed]
        self._needed = 0
        if reply is not None and not reply.done():
            reply.set_result((self._status, body))

    def post(self, head: bytes, body: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        """Send; the future is status and body. `head` ends with the name of Content-Length and a space."""
        self._reply = asyncio.get_running_loop().create_future()
        if self._transport is None:
            self._fail("not connected")
        else:
            self._transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        return self._reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _head(self) -> bool:
        end = self._data.find(_END)
        if end < 0:
            return False
        head = bytes(self._data[:end]).lower()
        self._status = int(head[9:12])
        at = head.find(b"content-length:")
        if at < 0:
            self._fail("a reply without Content-Length")
            self.close()
            return False
        self._body_at = end + len(_END)
        self._needed = self._body_at + int(head[at + 15 :].partition(b"\r\n")[0])
        return True

    def _fail(self, why: str) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(WireError(why))


class Pool:
    """Kept connections to one server under one certificate, at most `limit`; whoever finds none waits in line."""

    def __init__(self, base: str, context: ssl.SSLContext, limit: int) -> None:
        parts = urlsplit(base)
        assert parts.hostname is not None
        assert parts.port is not None
        self._host, self._port, self._context = parts.hostname, parts.port, context
        self._idle: deque[Wire] = deque()
        self._all: set[Wire] = set()
        self._free = asyncio.Semaphore(limit)

    def head(self, path: str) -> bytes:
        """Everything before the length of the body."""
        lines = f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
        return (lines + "Content-Length: ").encode()

    async def take(self) -> Wire:
        """A connection of one's own until `give`."""
        await self._free.acquire()
        try:
            while self._idle:
                # The last one given back: its buffers are warm, and connections in excess grow cold and are dropped.
                if (wire := self._idle.pop()).open:
                    return wire
                self._all.discard(wire)
            _, wire = await asyncio.get_running_loop().create_connection(
                Wire, self._host, self._port, ssl=self._context, ssl_handshake_timeout=30
            )
        except BaseException:
            self._free.release()
            raise
        self._all.add(wire)
        return wire

    def give(self, wire: Wire, *, sound: bool = True) -> None:
        """Back; one that is not sound is closed."""
        if sound and wire.open:
            self._idle.append(wire)
        else:
            wire.close()
            self._all.discard(wire)
        self._free.release()

    async def warm(self, count: int) -> None:
        """Have `count` connections open: a handshake costs more than a request."""
        wires = [await self.take() for _ in range(count)]
        for wire in wires:
            self.give(wire)

    def close(self) -> None:
        for wire in self._all:
            wire.close()
        self._all.clear()
