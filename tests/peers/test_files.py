"""Doors for bodies that are read or made piece by piece, over real TLS."""

from collections.abc import AsyncIterator

import pytest

from renkei.messages.codec import Message
from renkei.platform.config import Tls
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.doors import Asked, Door, Incoming, Outgoing
from renkei.platform.peers.identity import Peer
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import Site, Word

PIECE = b"x" * 65_536


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PIECE


def counting(limit: int = 1 << 30, refuse_after: int | None = None) -> Door:
    async def take(_: Peer, coming: Incoming, asked: Asked) -> Message:
        size = 0
        async for chunk in coming.chunks:
            size += len(chunk)
            if refuse_after is not None and size > refuse_after:
                raise RenkeiError(Problem.UNKNOWN_FIELD, "line 1")
        return Word(text=f"{coming.content_type} {asked.params['name']} {size}")

    return Door("PUT", "/v1/files/{name}", Incoming, frozenset({Role.INTERFACE}), take, limit_bytes=limit)


async def test_a_file_larger_than_any_message_arrives_piece_by_piece(site: Site, interface_tls: Tls) -> None:
    target = await site.open(counting())
    reply = await site.client(interface_tls).upload(target, "/v1/files/a", pieces(200), "text/csv", Word)
    assert reply.text == f"text/csv a {200 * len(PIECE)}"


@pytest.mark.parametrize(
    ("door", "problem"),
    [
        (counting(limit=3 * len(PIECE)), Problem.TOO_LARGE),
        (counting(refuse_after=10), Problem.UNKNOWN_FIELD),
    ],
)
async def test_a_refusal_in_the_middle_of_a_file_is_heard(
    site: Site, interface_tls: Tls, door: Door, problem: Problem
) -> None:
    target = await site.open(door)
    with pytest.raises(RenkeiError) as caught:
        await site.client(interface_tls).upload(target, "/v1/files/a", pieces(400), "text/csv", Word)
    assert caught.value.problem is problem


async def test_a_file_as_large_as_its_door_allows_arrives_and_one_byte_more_is_refused(
    site: Site, interface_tls: Tls
) -> None:
    """Counted as it comes: nobody announces how large it will be."""

    async def and_one_more() -> AsyncIterator[bytes]:
        async for piece in pieces(3):
            yield piece
        yield b"x"

    target = await site.open(counting(limit=3 * len(PIECE)))
    client = site.client(interface_tls)
    reply = await client.upload(target, "/v1/files/a", pieces(3), "text/csv", Word)
    assert reply.text == f"text/csv a {3 * len(PIECE)}"
    with pytest.raises(RenkeiError) as caught:
        await client.upload(target, "/v1/files/a", and_one_more(), "text/csv", Word)
    assert caught.value.problem is Problem.TOO_LARGE


def telling(count: int, fail_at: int | None) -> Door:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(count):
            if number == fail_at:
                raise RenkeiError(Problem.UNKNOWN_JOB)
            yield PIECE

    async def tell(_: Peer, __: Asked) -> Outgoing:
        return Outgoing(chunks(), "text/csv")

    return Door("GET", "/v1/files", None, frozenset({Role.INTERFACE}), tell)


async def test_a_reply_goes_out_piece_by_piece(site: Site, interface_tls: Tls) -> None:
    target = await site.open(telling(100, None))
    size = 0
    async for chunk in site.client(interface_tls).download(target, "/v1/files"):
        size += len(chunk)
    assert size == 100 * len(PIECE)


async def test_what_fails_before_the_first_piece_is_told_and_later_the_connection_is_cut(
    site: Site, interface_tls: Tls
) -> None:
    for fail_at, kind, problem in (
        (0, RenkeiError, Problem.UNKNOWN_JOB),
        (5, PeerUnreachableError, Problem.UNREACHABLE),
    ):
        target = await site.open(telling(10, fail_at))
        with pytest.raises(kind) as caught:
            async for _ in site.client(interface_tls).download(target, "/v1/files"):
                pass
        assert caught.value.problem is problem
