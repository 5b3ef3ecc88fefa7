"""Limits of connections and of HTTP itself, each met and passed (docs/operate/limits.md)."""

import asyncio
import ssl
from collections.abc import Callable

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.client import ClientLimits, PeerUnreachableError, Target
from renkei.platform.peers.connections import HEADERS, LINE_BYTES
from renkei.platform.peers.doors import DOOR_BYTES, Door
from renkei.terms.bodies import Role
from renkei.terms.problems import Problem

from .conftest import Site, Word, echo_door
from .wire import post, problem_in, raw

Events = Callable[[], list[str]]
JSON = "Content-Type: application/json"
BODY = b'{"v":1,"text":"x"}'


async def test_a_header_line_at_the_limit_is_read_and_a_longer_one_refused(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    for over, refused in ((0, False), (1, True)):
        answer = await raw(target, interface_tls, post(BODY, JSON, f"X: {'a' * (LINE_BYTES + over)}"))
        assert answer.split(b" ")[1] == (b"413" if refused else b"200"), over


async def test_as_many_headers_as_allowed_are_read_and_one_more_refused(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    own = 4  # Host, Connection, Content-Type, Content-Length
    for more, refused in ((0, False), (1, True)):
        headers = [f"X-{place}: a" for place in range(HEADERS - own + more)]
        answer = await raw(target, interface_tls, post(BODY, JSON, *headers))
        assert answer.split(b" ")[1] == (b"400" if refused else b"200"), more


async def test_a_message_as_large_as_a_door_allows_is_read_and_one_byte_more_is_not(
    site: Site, interface_tls: Tls
) -> None:
    target = await site.open(echo_door())
    frame = len(b'{"v":1,"text":""}')
    full = b'{"v":1,"text":"' + b"a" * (DOOR_BYTES - frame) + b'"}'
    assert len(full) == DOOR_BYTES
    assert (await raw(target, interface_tls, post(full, JSON))).startswith(b"HTTP/1.1 200")
    assert problem_in(await raw(target, interface_tls, post(full + b" ", JSON))) is Problem.TOO_LARGE


async def test_no_more_connections_to_one_system_than_allowed(site: Site, interface_tls: Tls) -> None:
    """A third call waits for one of two connections instead of opening another."""
    entered, free = asyncio.Semaphore(0), asyncio.Event()
    inside: list[int] = []

    async def wait(_: object, word: Word) -> Word:
        inside.append(1)
        entered.release()
        await free.wait()
        return word

    target = await site.open(Door("POST", "/v1/echo", Word, frozenset({Role.INTERFACE}), wait))
    client = site.client(interface_tls, ClientLimits(connections=2))
    calls = [asyncio.create_task(client.send(target, "/v1/echo", Word(text="x"), Word)) for _ in range(3)]
    for _ in range(2):
        await entered.acquire()
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(inside) == 2
    free.set()
    assert len(await asyncio.gather(*calls)) == 3


async def test_a_server_that_takes_the_connection_and_is_silent_is_unreachable_after_the_time_to_connect(
    site: Site, interface_tls: Tls
) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    target = Target(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", Role.CORE)
    client = site.client(interface_tls, ClientLimits(connect_s=0.1, total_s=3_600))
    async with asyncio.timeout(20):  # so it is the time to connect that ends this, and not the other
        with pytest.raises(PeerUnreachableError, match="no reply in time"):
            await client.send(target, "/v1/echo", Word(text="x"), Word)
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_a_handshake_that_does_not_come_is_not_waited_for(
    site: Site, interface_tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renkei.platform.peers.server.HANDSHAKE_S", 0.1)
    target = await site.open(echo_door())
    host, _, port = target.base.removeprefix("https://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()


async def test_who_offers_an_older_tls_is_turned_away(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door())
    context = ssl.create_default_context(cafile=str(interface_tls.authorities))
    context.load_cert_chain(interface_tls.certificate, interface_tls.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    host, _, port = target.base.removeprefix("https://").partition(":")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(host, int(port), ssl=context)
