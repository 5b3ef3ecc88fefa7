"""Peers that are slow on purpose: heads and bodies that dribble, whoever pays for the connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.client import Target
from renkei.platform.peers.doors import Asked, Door, Incoming
from renkei.platform.peers.server import ServerOptions
from renkei.terms.bodies import Role
from renkei.terms.problems import Problem

from .conftest import Site, Word, echo_door
from .wire import problem_in, raw

IDLE_S = 0.2
BODY = b'{"v":1,"text":"slow"}'
HEAD = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
Events = Callable[[], list[str]]


async def dribble(target: Target, tls: Tls, at_once: bytes, slowly: AsyncIterator[bytes]) -> bytes:
    """What is answered to this, and then one byte after another for as long as the server listens."""
    context = ssl.create_default_context(cafile=str(tls.authorities))
    context.load_cert_chain(tls.certificate, tls.key)
    host, _, port = target.base.removeprefix("https://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    answer = asyncio.ensure_future(reader.read())
    try:
        writer.write(at_once)
        async for byte in slowly:
            if answer.done():
                break
            writer.write(byte)
            await asyncio.wait([answer], timeout=IDLE_S / 10)  # far more often than the idle time
        return await answer
    except ConnectionError:
        return b""
    finally:
        answer.cancel()
        writer.close()
        writer.transport.abort()


async def forever(byte: bytes) -> AsyncIterator[bytes]:
    while True:
        yield byte


async def test_a_head_that_dribbles_is_cut_after_the_idle_time(site: Site, interface_tls: Tls, events: Events) -> None:
    """Tried: one byte of a head after another. Stopped by the time for the first whole head, however busy the line."""
    target = await site.open(echo_door(), options=ServerOptions(idle_s=IDLE_S))
    async with asyncio.timeout(10):
        assert await dribble(target, interface_tls, b"POST /v1/echo HTTP/1.1\r\nX: ", forever(b"a")) == b""
    assert "silent-connection-cut" in events()


async def test_a_second_head_that_dribbles_is_cut_too(site: Site, interface_tls: Tls) -> None:
    """Tried: one good request, then a head in dribbles on the same connection. Stopped by the keep-alive time."""
    target = await site.open(echo_door(), options=ServerOptions(idle_s=IDLE_S))
    async with asyncio.timeout(10):
        answer = await dribble(target, interface_tls, HEAD + BODY + b"POST /v1/echo HTTP/1.1\r\nX: ", forever(b"a"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_body_that_dribbles_is_refused_after_the_idle_time(site: Site, interface_tls: Tls) -> None:
    """Tried: a body byte by byte. Stopped by one time for the whole of it, not for each byte."""
    target = await site.open(echo_door(), options=ServerOptions(idle_s=IDLE_S))
    head = HEAD.replace(b"Content-Length: %d" % len(BODY), b"Content-Length: 1000000")
    async with asyncio.timeout(10):
        answer = await dribble(target, interface_tls, head, forever(b" "))
    assert problem_in(answer) is Problem.MALFORMED


async def test_a_chunked_body_that_dribbles_is_refused_after_the_idle_time(site: Site, interface_tls: Tls) -> None:
    target = await site.open(echo_door(), options=ServerOptions(idle_s=IDLE_S))
    head = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with asyncio.timeout(10):
        answer = await dribble(target, interface_tls, head, forever(b"1\r\n \r\n"))
    assert problem_in(answer) is Problem.MALFORMED


async def test_a_file_that_is_read_as_it_comes_has_an_end_as_well(
    site: Site, interface_tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried: a file in dribbles, each within the idle time. Stopped by the time for a file as a whole."""
    monkeypatch.setattr("renkei.platform.peers.server.STREAM_S", 2 * IDLE_S)

    async def count(_: object, coming: Incoming, __: Asked) -> Word:
        return Word(text=str([len(each) async for each in coming.chunks]))

    door = Door("POST", "/v1/echo", Incoming, frozenset({Role.INTERFACE}), count, limit_bytes=2**20)
    target = await site.open(door, options=ServerOptions(idle_s=IDLE_S))
    head = HEAD.replace(b"Content-Length: %d" % len(BODY), b"Content-Length: 1000000")
    async with asyncio.timeout(10):
        assert problem_in(await dribble(target, interface_tls, head, forever(b" "))) is Problem.MALFORMED


async def test_who_was_refused_may_end_his_message_and_go_on_but_is_cut_if_he_never_ends(
    site: Site, interface_tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried: a body in dribbles at a door that is not there. Stopped by the time for what follows a refusal."""
    refused = HEAD.replace(b"/v1/echo", b"/v1/nowhere")
    target = await site.open(echo_door())
    last = HEAD.replace(b"Host: x", b"Host: x\r\nConnection: close") + BODY
    answers = await raw(target, interface_tls, refused + BODY + last)
    assert [each[:4] for each in answers.split(b"HTTP/1.1 ")] == [b"", b"404 ", b"200 "]
    monkeypatch.setattr("renkei.platform.peers.connections.LINGER_S", IDLE_S)
    target = await site.open(echo_door())
    endless = refused.replace(b"Content-Length: %d" % len(BODY), b"Content-Length: 1000000")
    async with asyncio.timeout(10):
        answer = await dribble(target, interface_tls, endless, forever(b" "))
    assert problem_in(answer) is Problem.UNKNOWN_DOOR


async def test_others_are_served_while_many_are_slow(site: Site, interface_tls: Tls) -> None:
    """Tried: many connections that dribble. A slow one costs a connection and nobody's turn."""
    target = await site.open(echo_door(), options=ServerOptions(idle_s=2))
    slow = [
        asyncio.ensure_future(dribble(target, interface_tls, b"POST /v1/echo HTTP/1.1\r\nX: ", forever(b"a")))
        for _ in range(20)
    ]
    client = site.client(interface_tls)
    for _ in range(5):
        assert await client.send(target, "/v1/echo", Word(text="fast"), Word) == Word(text="fast")
    assert not any(each.done() for each in slow)
    for each in slow:
        each.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
