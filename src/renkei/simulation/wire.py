"""The network of a simulated world: connections as pairs of queues, over links that delay, cut and hide.

It stands where sockets and TLS stand: under aiohttp, which is the real one on both sides. Certificates are read, and
judged by role, chain and the date of the one who judges; nothing is encrypted, because nobody else is listening.
"""

import asyncio
import contextvars
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from renkei.platform.peers.tls import Context
from renkei.simulation.loop import OWNER, Owner, SimulatedLoop, run_as

Address = tuple[str, int]
Factory = Callable[[], asyncio.BaseProtocol]
_FIRST_PORT: Final = 20_000
_RESET_S: Final = 0.000_1
_LOOK_S: Final = 0.5
_RESET: Final = "Connection reset by peer"


class Weather(Protocol):
    """What links do; asked at every connection and every piece that is sent."""

    def delay_s(self, sender: str, receiver: str) -> float:
        """How long this piece is under way."""
        ...

    def cuts(self, sender: str, receiver: str) -> bool:
        """Whether the connection breaks instead of carrying this piece."""
        ...

    def reaches(self, sender: str, receiver: str) -> bool:
        """Whether anything goes through at all."""
        ...

    def doubles(self, sender: str, receiver: str) -> bool:
        """Whether this request is brought a second time, later, on a connection of its own."""
        ...


class Clockwork(Protocol):
    """Whose clock says what."""

    def now_s(self, owner: Owner | None) -> float:
        """Seconds since 1970 as that system sees it."""
        ...


@dataclass(slots=True, eq=False)
class Listening:
    """A listening socket."""

    address: Address
    factory: Factory
    context: Context | None
    owner: Owner | None
    closed: bool = False


class Server:
    """What `create_server` gives: as much of asyncio.Server as is asked of it."""

    def __init__(self, wire: "Wire", listening: Listening) -> None:
        self._wire = wire
        self._listening = listening
        self.sockets = (_Name(listening.address),)

    def close(self) -> None:
        self._listening.closed = True
        self._wire.forget(self._listening)

    async def wait_closed(self) -> None:
        """Closed at once."""

    def is_serving(self) -> bool:
        return not self._listening.closed


@dataclass(frozen=True, slots=True)
class _Name:
    address: Address

    def getsockname(self) -> Address:
        return self.address


@dataclass(eq=False)
class End(asyncio.Transport):
    """One end of a connection, as a transport. What is written arrives at the other end, in order, or never."""

    wire: "Wire"
    owner: Owner | None
    context: contextvars.Context
    facts: Mapping[str, Any]
    protocol: asyncio.BaseProtocol | None = None
    other: "End | None" = None
    coming: deque[bytes | None] = field(default_factory=deque)
    """What is under way to this end; None is its end."""
    arrival: float = 0.0
    halted: bool = False
    closing: bool = False
    lost: bool = False
    replayable: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    # What protocols ask of a transport.

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  # asyncio's
        return self.facts.get(name, default)

    def is_closing(self) -> bool:
        return self.closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self.protocol is not None
        return self.protocol

    def is_reading(self) -> bool:
        return not self.halted

    def pause_reading(self) -> None:
        self.halted = True

    def resume_reading(self) -> None:
        if self.halted:
            self.halted = False
            self.wire.loop.call_soon(self._take_all, context=self.context)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever in the way."""

    def get_write_buffer_size(self) -> int:
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 0, 65_536

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        raise NotImplementedError

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closing and data:
            self.wire.carry(self, bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self.wire.carry(self, None)
            self.wire.loop.call_soon(self.lose, None, context=self.context)

    def abort(self) -> None:
        self.close()

    # What the wire does with it.

    def give(self, piece: bytes | None, delay_s: float) -> None:
        """Something is under way to this end: after what is under way already, however short its own way."""
        loop = self.wire.loop
        self.coming.append(piece)
        self.arrival = max(self.arrival, loop.time() + delay_s)
        loop.call_at(self.arrival, self._arrived, context=self.context)

    def _arrived(self) -> None:
        if not self.halted:
            self._take()

    def _take_all(self) -> None:
        while self.coming and not self.halted and not self.lost:
            self._take()

    def _take(self) -> None:
        if not self.coming or self.lost:
            return
        piece = self.coming.popleft()
        assert isinstance(self.protocol, asyncio.Protocol)
        if piece is not None:
            self.protocol.data_received(piece)
        else:
            self.protocol.eof_received()
            self.closing = True
            self.lose(None)

    def lose(self, error: Exception | None) -> None:
        """The connection is no more, as this end sees it."""
        if not self.lost:
            self.lost = self.closing = True
            self.coming.clear()
            self.wire.ends.pop(self, None)
            if self.protocol is not None:
                self.protocol.connection_lost(error)


class Wire:
    """All listening sockets and all connections.

    Args:
        loop: the world's.
        weather: what links do.
        clock: by whose date certificates are judged.
    """

    def __init__(self, loop: SimulatedLoop, weather: Weather, clock: Clockwork) -> None:
        self.loop = loop
        self.ends: dict[End, None] = {}
        self.carried = 0
        self.not_after: dict[Path, str] = {}
        """Certificates that end earlier than they say, by file."""
        self._weather = weather
        self._clock = clock
        self._listening: dict[Address, list[Listening]] = {}
        self._called: dict[int, Address] = {}
        self._ports = _FIRST_PORT

    # -- as asyncio's loop offers it

    async def listen(self, factory: Factory, host: str, port: int, context: Context | None) -> Server:
        if not port:
            self._ports += 1
            port = self._ports
        listening = Listening((host, port), factory, context, OWNER.get())
        self._listening.setdefault(listening.address, []).append(listening)
        return Server(self, listening)

    def forget(self, listening: Listening) -> None:
        found = self._listening.get(listening.address, [])
        if listening in found:
            found.remove(listening)
        if not found:
            self._listening.pop(listening.address, None)

    async def call(self, real: socket.socket, address: Address) -> None:
        """`sock_connect`: the way there. The socket is only the name of this call."""
        listening = await self._way(address)
        if listening is None:
            raise ConnectionRefusedError(111, "Connection refused")
        self._called[real.fileno()] = address

    async def connect(
        self, factory: Factory, real: socket.socket | None, address: Address | None, context: Context | None
    ) -> tuple[End, asyncio.BaseProtocol]:
        """`create_connection`: the handshake, then both ends."""
        if real is not None:
            address = self._called.pop(real.fileno())
            real.close()
        assert address is not None
        listening = await self._way(address)
        if listening is None:
            raise ConnectionResetError(104, _RESET)
        shown, seen = self._shake_hands(context, listening)
        return self._join(factory, listening, shown, seen)

    async def _way(self, address: Address) -> Listening | None:
        sender, found = _name(OWNER.get()), self._listener(address)
        receiver = f"{address[0]}:{address[1]}" if found is None else _name(found.owner)
        while not self._weather.reaches(sender, receiver):  # noqa: ASYNC110  # the caller's patience ends this
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(self._weather.delay_s(sender, receiver))
        return found if found in self._listening.get(address, []) else self._listener(address)

    def _listener(self, address: Address) -> Listening | None:
        """One of those who listen there, as the operating system spreads connections."""
        found = self._listening.get(address)
        return found[self.carried % len(found)] if found else None

    def _shake_hands(
        self, context: Context | None, listening: Listening
    ) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
        """Each side's certificate as the other sees it (RFC 8446 §4.4.2)."""
        if context is None or listening.context is None:
            return None, None
        server = self._certificate(listening.context.tls.certificate)
        client = self._certificate(context.tls.certificate)
        if not _in_force(server, self._clock.now_s(OWNER.get())):
            raise ssl.SSLCertVerificationError(1, "certificate has expired")
        context.expects(server)
        if not _in_force(client, self._clock.now_s(listening.owner)):
            raise ssl.SSLError(1, "[SSL: TLSV1_ALERT_CERTIFICATE_EXPIRED] tlsv1 alert certificate expired")
        return client, server

    def _certificate(self, file: Path) -> Mapping[str, Any]:
        """As `getpeercert` gives it; a file that was replaced is read anew."""
        found = _decoded(str(file), file.stat().st_mtime_ns)
        last = self.not_after.get(file)
        return found if last is None else {**found, "notAfter": last}

    def _join(
        self, factory: Factory, listening: Listening, shown: Mapping[str, Any] | None, seen: Mapping[str, Any] | None
    ) -> tuple[End, asyncio.BaseProtocol]:
        here = self._end(OWNER.get(), seen)
        here.protocol = factory()
        here.replayable = True
        self._answer(here, listening, shown)
        here.protocol.connection_made(here)
        return here, here.protocol

    def _answer(self, here: End, listening: Listening, shown: Mapping[str, Any] | None) -> None:
        """The other end of a connection: a protocol of whoever listens."""
        there = self._end(listening.owner, shown)
        here.other, there.other = there, here

        def begin() -> None:
            if not there.lost:
                there.protocol = listening.factory()
                there.protocol.connection_made(there)

        self.loop.call_soon(begin, context=there.context)

    def _end(self, owner: Owner | None, certificate: Mapping[str, Any] | None) -> End:
        context = run_as(owner, contextvars.copy_context())
        facts = {"peercert": certificate, "peername": ("127.0.0.1", 0), "sslcontext": True if certificate else None}
        end = End(self, owner, context, facts)
        self.ends[end] = None
        return end

    # -- under way

    def carry(self, end: End, piece: bytes | None) -> None:
        """Bring a piece to the other end."""
        other = end.other
        if other is None or other.lost:
            return
        self.carried += 1
        sender, receiver = _name(end.owner), _name(other.owner)
        weather = self._weather
        if piece is not None and (weather.cuts(sender, receiver) or not weather.reaches(sender, receiver)):
            self.cut(end)
            return
        other.give(piece, weather.delay_s(sender, receiver))
        if piece is not None and end.replayable and weather.doubles(sender, receiver):
            self._double(other, piece, weather.delay_s(sender, receiver))

    def _double(self, receiver: End, piece: bytes, delay_s: float) -> None:
        """The same request once more, as from the same peer; whatever is answered goes nowhere."""
        listening = next(
            (each for found in self._listening.values() for each in found if each.owner is receiver.owner), None
        )
        if listening is None or not piece.startswith((b"POST", b"PUT", b"GET")):
            return
        silent = self._end(None, None)
        silent.protocol = _Silent()
        self._answer(silent, listening, receiver.facts["peercert"])
        assert silent.other is not None
        silent.other.give(piece, delay_s)

    def cut(self, end: End) -> None:
        """Both ends lose the connection; what was under way is gone."""
        for each in (end, end.other):
            if each is not None and not each.lost:
                each.closing = True
                each.coming.clear()
                # Not in the same turn: a socket is heard of again only once its protocol has begun.
                self.loop.call_later(_RESET_S, each.lose, ConnectionResetError(104, _RESET), context=each.context)

    def cut_all(self, name: str) -> None:
        """All connections of a system."""
        for end in list(self.ends):
            if _name(end.owner) == name:
                self.cut(end)

    def cut_between(self, one: str, other: str) -> None:
        """All connections between two systems."""
        for end in list(self.ends):
            if end.other is not None and {_name(end.owner), _name(end.other.owner)} == {one, other}:
                self.cut(end)

    def drop(self, owner: Owner) -> None:
        """A system is gone: nobody listens for it any more, and whoever was connected hears a reset."""
        for found in list(self._listening.values()):
            for listening in [each for each in found if each.owner is owner]:
                self.forget(listening)
        for end in [each for each in self.ends if each.owner is owner]:
            end.lost = True
            self.ends.pop(end, None)
            if end.other is not None:
                self.cut(end.other)


class _Silent(asyncio.Protocol):
    """Hears nothing."""


class WiredLoop(SimulatedLoop):
    """The loop with the network that it offers its callers."""

    wire: Wire

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, host: str, port: int, *, ssl: Context | None = None, **_: object
    ) -> Server:
        return await self.wire.listen(protocol_factory, host, port, ssl)

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Factory,
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: Context | None = None,
        sock: socket.socket | None = None,
        **_: object,
    ) -> tuple[End, asyncio.BaseProtocol]:
        address = None if host is None or port is None else (host, port)
        return await self.wire.connect(protocol_factory, sock, address, ssl)

    async def sock_connect(self, sock: socket.socket, address: Address) -> None:  # type: ignore[override]
        await self.wire.call(sock, address)


def _name(owner: Owner | None) -> str:
    return owner.name if owner is not None else "outside"


def _in_force(certificate: Mapping[str, Any], now_s: float) -> bool:
    first, last = (ssl.cert_time_to_seconds(certificate[key]) for key in ("notBefore", "notAfter"))
    return first <= now_s <= last


@lru_cache(maxsize=1_024)
def _decoded(file: str, _: int) -> Mapping[str, Any]:
    decode: Callable[[str], Mapping[str, Any]] = ssl._ssl._test_decode_cert  # type: ignore[attr-defined]  # noqa: SLF001
    return decode(file)


__all__: Sequence[str] = ("Clockwork", "Weather", "Wire", "WiredLoop")
