"""More connections and calls than a server allows, over real TLS: each limit met, and passed by one."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest

from renkei.platform.config import Limits, Tls
from renkei.platform.peers import connections
from renkei.platform.peers.client import PeerUnreachableError, Target
from renkei.platform.peers.doors import Asked, Door, Outgoing, RawReply
from renkei.platform.peers.identity import identity_uri
from renkei.platform.peers.server import ServerOptions
from renkei.terms.bodies import Role, SystemName
from renkei.terms.problems import Problem

from .authority import Authority
from .conftest import Site, Word, echo_door
from .wire import problem_in, raw

Events = Callable[[], list[str]]
ANY: Final = frozenset(Role)
JSON: Final = b"Content-Type: application/json\r\n"
BODY: Final = b'{"v":1,"text":"x"}'
CALL: Final = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\n" + JSON + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
LAST_CALL: Final = CALL.replace(b"Host: x", b"Host: x\r\nConnection: close")


@dataclass
class Line:
    """One connection, held open until its test ends."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answered(self) -> bool:
        """Whether a call on it is answered with success; False where the connection is closed instead."""
        try:
            self.writer.write(CALL)
            await self.writer.drain()
            head = await self.reader.readuntil(b"\r\n\r\n")
            await self.reader.readexactly(len(BODY))
        except (ConnectionError, asyncio.IncompleteReadError):
            return False
        return head.startswith(b"HTTP/1.1 200")

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except (ConnectionError, ssl.SSLError):
            return


class Lines:
    """Opens connections and closes them all at the end."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def open(self, target: Target, tls: Tls, *, show: bool = True, limit: int = 2**16) -> Line:
        context = ssl.create_default_context(cafile=str(tls.authorities))
        if show:
            context.load_cert_chain(tls.certificate, tls.key)
        host, _, port = target.base.removeprefix("https://").partition(":")
        line = Line(*await asyncio.open_connection(host, int(port), ssl=context, limit=limit))
        self._stack.push_async_callback(line.close)
        return line


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with AsyncExitStack() as stack:
        yield Lines(stack)


@pytest.fixture(scope="module")
def operator_tls(authority: Authority) -> Tls:
    return authority.issue(identity_uri(Role.OPERATOR, SystemName("desk")))


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment at which every call comes, in a list of one: time stands still but for the test."""
    now = [1_000.0]
    monkeypatch.setattr(connections, "loop_s", lambda: now[0])
    return now


def health_door() -> Door:
    async def health(_: object, __: Asked) -> RawReply:
        return RawReply(b"{}", "application/json")

    return Door("GET", "/v1/health", None, ANY, health)


def waiting_door(entered: asyncio.Semaphore, free: asyncio.Event) -> Door:
    async def wait(_: object, word: Word) -> Word:
        entered.release()
        await free.wait()
        return word

    return Door("POST", "/v1/wait", Word, ANY, wait)


async def test_a_peer_may_have_as_many_connections_as_allowed_and_the_next_is_closed_unanswered(
    site: Site, lines: Lines, interface_tls: Tls, line_tls: Tls, events: Events
) -> None:
    target = await site.open(echo_door(Role.INTERFACE, Role.LINE), limits=Limits(connections_each=2))
    held = [await lines.open(target, interface_tls) for _ in range(2)]
    assert [await each.answered() for each in held] == [True, True]
    assert [await (await lines.open(target, interface_tls)).answered() for _ in range(3)] == [False] * 3
    assert await (await lines.open(target, line_tls)).answered()  # another peer has a share of its own
    assert await held[0].answered()
    assert events() == ["connections-turned-away"]


async def test_a_connection_that_is_gone_makes_room_for_another(site: Site, lines: Lines, interface_tls: Tls) -> None:
    target = await site.open(echo_door(), limits=Limits(connections_each=1))
    assert (await raw(target, interface_tls, LAST_CALL)).startswith(b"HTTP/1.1 200")  # closed by the server itself
    assert (await raw(target, interface_tls, LAST_CALL)).startswith(b"HTTP/1.1 200")
    held = await lines.open(target, interface_tls)
    assert await held.answered()
    assert not await (await lines.open(target, interface_tls)).answered()


async def test_past_the_connections_in_all_an_operator_alone_comes_in_and_is_told_how_things_stand(
    site: Site, lines: Lines, interface_tls: Tls, line_tls: Tls, operator_tls: Tls
) -> None:
    target = await site.open(echo_door(Role.INTERFACE, Role.LINE), health_door(), limits=Limits(connections=2))
    for tls in (interface_tls, line_tls):
        assert await (await lines.open(target, tls)).answered()
    for tls in (interface_tls, line_tls):
        assert not await (await lines.open(target, tls)).answered()
    assert await site.client(operator_tls).fetch(target, "/v1/health") == b"{}"


async def test_who_shows_no_certificate_is_counted_by_address(site: Site, lines: Lines, interface_tls: Tls) -> None:
    limits = Limits(connections_each=2)
    target = await site.open(Door("POST", "/v1/echo", Word, frozenset(), echo_nobody, anyone=True), limits=limits)
    for _ in range(2):
        assert await (await lines.open(target, interface_tls, show=False)).answered()
    assert not await (await lines.open(target, interface_tls, show=False)).answered()
    assert await (await lines.open(target, interface_tls)).answered()


async def echo_nobody(_: object, word: Word) -> Word:
    return word


async def test_calls_under_way_are_limited_for_each_peer_and_what_was_busy_is_taken_afterwards(
    site: Site, interface_tls: Tls, line_tls: Tls, operator_tls: Tls
) -> None:
    entered, free = asyncio.Semaphore(0), asyncio.Event()
    target = await site.open(waiting_door(entered, free), health_door(), limits=Limits(calls_each=2))
    client = site.client(interface_tls)

    async def call(text: str) -> Word:
        return await client.send(target, "/v1/wait", Word(text=text), Word)

    under_way = [asyncio.create_task(call(text)) for text in ("one", "two")]
    for _ in under_way:
        await entered.acquire()
    with pytest.raises(PeerUnreachableError) as caught:
        await call("three")
    assert caught.value.problem is Problem.BUSY
    answer = await raw(target, interface_tls, LAST_CALL)
    assert problem_in(answer) is Problem.BUSY
    assert b"\r\nRetry-After: 1\r\n" in answer
    for tls in (line_tls, operator_tls):  # others have shares of their own
        assert await site.client(tls).fetch(target, "/v1/health") == b"{}"
    free.set()
    assert [each.text for each in await asyncio.gather(*under_way)] == ["one", "two"]
    assert (await call("three")).text == "three"


async def test_a_call_that_fails_is_not_counted_as_under_way_for_ever(site: Site, interface_tls: Tls) -> None:
    async def stumble(_: object, __: Word) -> Word:
        raise KeyError

    failing = Door("POST", "/v1/fail", Word, ANY, stumble)
    target = await site.open(failing, echo_door(), limits=Limits(calls_each=1))
    client = site.client(interface_tls)
    for path in ("/v1/fail", "/v1/nowhere"):
        with pytest.raises(Exception, match=r"unreachable|unknown-door"):
            await client.send(target, path, Word(text=""), Word)
        assert await client.send(target, "/v1/echo", Word(text=path), Word) == Word(text=path)


async def test_a_seconds_calls_are_answered_and_the_next_is_busy_until_its_time_comes(
    site: Site, interface_tls: Tls, line_tls: Tls, second: list[float], events: Events
) -> None:
    limits = Limits(calls_each_second=3)
    target = await site.open(echo_door(Role.INTERFACE, Role.LINE), limits=limits)
    client = site.client(interface_tls)

    async def call(text: str) -> Word:
        return await client.send(target, "/v1/echo", Word(text=text), Word)

    for text in ("one", "two", "three"):
        assert await call(text) == Word(text=text)
    for _ in range(5):
        with pytest.raises(PeerUnreachableError) as caught:
            await call("four")
        assert caught.value.problem is Problem.BUSY
    answer = await raw(target, interface_tls, LAST_CALL)
    assert b"\r\nRetry-After: 1\r\n" in answer
    assert await site.client(line_tls).send(target, "/v1/echo", Word(text="x"), Word) == Word(text="x")
    second[0] += 1
    for text in ("four", "five", "six"):
        assert await call(text) == Word(text=text)
    with pytest.raises(PeerUnreachableError):
        await call("seven")
    assert events() == ["calls-turned-away"]  # one line for all of them, until a minute is over


async def test_a_peer_that_does_not_read_its_reply_is_cut_after_the_idle_time(
    site: Site, lines: Lines, interface_tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried: a reply without end, asked for and not read. Stopped by the time for taking what was written."""

    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2**20)

    async def tell(_: object, __: Asked) -> Outgoing:
        return Outgoing(chunks(), "text/csv")

    cut = asyncio.Event()

    def note(name: str, **_: Any) -> None:
        if name == "stuck-connection-cut":
            cut.set()

    monkeypatch.setattr(connections, "event", note)
    target = await site.open(Door("GET", "/much", None, ANY, tell), options=ServerOptions(idle_s=0.2, stop_s=0.1))
    line = await lines.open(target, interface_tls, limit=1_024)
    line.writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(20):
        await cut.wait()
        await to_the_end(line.reader)


async def to_the_end(reader: asyncio.StreamReader) -> None:
    """Read until nothing comes any more: of a reply without end, until the connection is cut."""
    try:
        while await reader.read(2**20):
            pass
    except ConnectionError:
        return


async def test_a_peer_that_reads_gets_a_long_reply_whole(site: Site, interface_tls: Tls) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(2**20)

    async def tell(_: object, __: Asked) -> Outgoing:
        return Outgoing(chunks(), "text/csv")

    target = await site.open(Door("GET", "/much", None, ANY, tell))
    size = 0
    async for chunk in site.client(interface_tls).download(target, "/much"):
        size += len(chunk)
    assert size == 64 * 2**20
