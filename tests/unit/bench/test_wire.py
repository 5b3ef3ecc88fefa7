"""The lean client reads replies however they arrive."""

from typing import Any

import pytest

from bench.wire import Wire, WireError


class Transport:
    def __init__(self) -> None:
        self.sent = b""
        self.gone = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.gone

    def abort(self) -> None:
        self.gone = True


def wired() -> tuple[Wire, Any]:
    wire, transport = Wire(), Transport()
    wire.connection_made(transport)  # type: ignore[arg-type]
    return wire, transport


REPLY = b"HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\n\r\nhello"
HEAD = b"POST / HTTP/1.1\r\nContent-Length: "


@pytest.mark.parametrize("step", [1, 7, len(REPLY)])
async def test_a_reply_is_read_in_pieces_of_any_size(step: int) -> None:
    wire, transport = wired()
    for _ in range(2):
        waiting = wire.post(HEAD, b"{}")
        for first in range(0, len(REPLY), step):
            wire.data_received(REPLY[first : first + step])
        assert await waiting == (200, b"hello")
    assert transport.sent == (HEAD + b"2\r\n\r\n{}") * 2


async def test_a_reply_without_a_body_is_whole_at_once() -> None:
    wire, _ = wired()
    waiting = wire.post(HEAD, b"")
    wire.data_received(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    assert await waiting == (503, b"")


async def test_a_broken_connection_fails_what_waits_and_is_not_open() -> None:
    wire, _ = wired()
    waiting = wire.post(HEAD, b"")
    wire.connection_lost(None)
    with pytest.raises(WireError):
        await waiting
    assert not wire.open
    with pytest.raises(WireError):
        await wire.post(HEAD, b"")


async def test_a_reply_of_unknown_length_is_not_read() -> None:
    wire, transport = wired()
    waiting = wire.post(HEAD, b"")
    wire.data_received(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    with pytest.raises(WireError):
        await waiting
    assert transport.gone
