"""The network of a simulated world: what is sent arrives in order or never, and certificates are judged by its clock."""

import asyncio
import contextvars
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from renkei.platform.peers.tls import Context
from renkei.simulation.loop import Owner, run_as
from renkei.simulation.wire import End, Wire, WiredLoop

HERE = ("127.0.0.1", 20_000)
BEGAN = datetime(2026, 9, 21, tzinfo=UTC)


class Weather:
    """As the test says."""

    def __init__(self) -> None:
        self.delays = iter(())  # type: Iterator[float]
        self.broken = self.apart = self.double = False

    def delay_s(self, *_: str) -> float:
        return next(self.delays, 0.001)

    def cuts(self, *_: str) -> bool:
        return self.broken

    def reaches(self, *_: str) -> bool:
        return not self.apart

    def doubles(self, *_: str) -> bool:
        return self.double


class Hearer(asyncio.Protocol):
    """Notes what it hears, and when."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.heard: list[bytes] = []
        self.lost: list[Exception | None] = []
        world.hearers.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, End)
        self.end = transport

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


class World:
    """A loop with its wire."""

    def __init__(self) -> None:
        self.weather = Weather()
        self.loop = WiredLoop(lambda: 0.001)
        self.wire = self.loop.wire = Wire(self.loop, self.weather, self)
        self.hearers: list[Hearer] = []
        """In the order in which they began: the caller, then who answers."""
        self.ahead_s = 0.0

    def now_s(self, _: Owner | None) -> float:
        return BEGAN.timestamp() + self.loop.time() + self.ahead_s

    async def connected(self, owner: Owner | None = None, tls: Context | None = None) -> tuple[Hearer, Hearer]:
        context = run_as(owner, contextvars.copy_context())
        await asyncio.create_task(self.loop.create_server(lambda: Hearer(self), *HERE, ssl=tls), context=context)
        await self.loop.create_connection(lambda: Hearer(self), *HERE, ssl=tls)
        await asyncio.sleep(0)
        caller, answerer = self.hearers
        return caller, answerer


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.loop.close()


def test_pieces_arrive_in_their_order_however_short_their_own_way(world: World) -> None:
    async def play() -> Hearer:
        caller, answerer = await world.connected()
        world.weather.delays = iter((3.0, 0.5, 1.0))
        for piece in (b"one", b"two", b"three"):
            caller.end.write(piece)
        await asyncio.sleep(2)
        assert not answerer.heard, "none overtakes the first"
        await asyncio.sleep(2)
        return answerer

    assert world.loop.run_until_complete(play()).heard == [b"one", b"two", b"three"]


def test_what_was_sent_before_the_end_arrives_before_it(world: World) -> None:
    async def play() -> Hearer:
        caller, answerer = await world.connected()
        caller.end.write(b"last words")
        caller.end.close()
        caller.end.write(b"too late")
        await asyncio.sleep(1)
        assert caller.lost == [None]
        return answerer

    answerer = world.loop.run_until_complete(play())
    assert (answerer.heard, answerer.lost) == ([b"last words"], [None])


def test_of_a_cut_connection_nothing_arrives_any_more_and_both_ends_hear_it(world: World) -> None:
    async def play() -> tuple[Hearer, Hearer]:
        caller, answerer = await world.connected()
        world.weather.delays = iter((3.0,))
        caller.end.write(b"under way")
        world.weather.broken = True
        caller.end.write(b"cut")
        await asyncio.sleep(5)
        return caller, answerer

    for hearer in world.loop.run_until_complete(play()):
        assert not hearer.heard
        assert [type(error) for error in hearer.lost] == [ConnectionResetError]
    assert not world.wire.ends


def test_who_does_not_read_is_given_everything_later_and_in_order(world: World) -> None:
    async def play() -> Hearer:
        caller, answerer = await world.connected()
        answerer.end.pause_reading()
        for piece in (b"one", b"two"):
            caller.end.write(piece)
        await asyncio.sleep(5)
        assert not answerer.heard
        answerer.end.resume_reading()
        await asyncio.sleep(0.1)
        return answerer

    assert world.loop.run_until_complete(play()).heard == [b"one", b"two"]


def test_a_doubled_request_is_heard_on_a_connection_of_its_own_and_answered_once(world: World) -> None:
    async def play() -> list[Hearer]:
        caller, _ = await world.connected(Owner("core", 1))
        world.weather.double = True
        caller.end.write(b"POST /v1/inquiries")
        world.weather.double = False
        await asyncio.sleep(1)
        for hearer in world.hearers[1:]:
            hearer.end.write(b"200")
        await asyncio.sleep(1)
        return world.hearers

    caller, *answerers = world.loop.run_until_complete(play())
    assert [each.heard for each in answerers] == [[b"POST /v1/inquiries"]] * 2
    assert caller.heard == [b"200"]


def test_between_systems_that_are_apart_nobody_connects_until_they_are_joined(world: World) -> None:
    async def play() -> float:
        world.weather.apart = True
        world.loop.call_later(10, setattr, world.weather, "apart", False)
        await world.connected()
        return world.loop.time()

    assert 10 <= world.loop.run_until_complete(play()) < 11


def test_a_killed_system_is_heard_of_as_a_reset_and_refuses_who_comes_next(world: World) -> None:
    owner = Owner("core", 1)

    async def play() -> Hearer:
        caller, _ = await world.connected(owner)
        owner.alive = False
        world.wire.drop(owner)
        await asyncio.sleep(1)
        with pytest.raises(ConnectionRefusedError):
            await world.loop.sock_connect(cast("Any", SimpleNamespace(fileno=lambda: 3)), HERE)
        return caller

    assert [type(error) for error in world.loop.run_until_complete(play()).lost] == [ConnectionResetError]
    assert not world.hearers[1].lost, "the killed one hears nothing"


@pytest.fixture
def tls(tmp_path: Path) -> Context:
    """A certificate for ten days from the beginning of the world."""
    key, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "core")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGAN, BEGAN + timedelta(days=10))
    file = tmp_path / "certificate.pem"
    file.write_bytes(builder.sign(key, None).public_bytes(Encoding.PEM))
    return cast("Context", SimpleNamespace(tls=SimpleNamespace(certificate=file), expects=lambda _: None))


def test_each_side_sees_the_others_certificate(world: World, tls: Context) -> None:
    for hearer in world.loop.run_until_complete(world.connected(tls=tls)):
        (((_, name),),) = hearer.end.get_extra_info("peercert")["subject"]
        assert name == "core"


@pytest.mark.parametrize("days", [-1, 11], ids=["not-yet-in-force", "expired"])
def test_a_certificate_is_judged_by_the_clock_of_the_world(world: World, tls: Context, days: int) -> None:
    world.ahead_s = days * 86_400
    with pytest.raises(ssl.SSLError, match="expired"):
        world.loop.run_until_complete(world.connected(tls=tls))


def test_a_certificate_ends_when_time_has_passed(world: World, tls: Context) -> None:
    async def play() -> None:
        await asyncio.sleep(10 * 86_400 - 60)
        await world.connected(tls=tls)
        await asyncio.sleep(61)
        with pytest.raises(ssl.SSLError, match="expired"):
            await world.loop.create_connection(lambda: Hearer(world), *HERE, ssl=tls)

    world.loop.run_until_complete(play())


def test_a_server_that_is_not_the_one_that_was_meant_is_refused(world: World, tls: Context) -> None:
    def expects(_: object) -> None:
        raise ssl.SSLCertVerificationError(1, "not the peer that was meant")

    cast("Any", tls).expects = expects
    with pytest.raises(ssl.SSLCertVerificationError, match="was meant"):
        world.loop.run_until_complete(world.connected(tls=tls))
