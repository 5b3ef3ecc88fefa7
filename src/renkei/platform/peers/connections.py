"""The HTTP machinery under the doors: aiohttp's low-level server, with our limits and our problem documents.

Only what arrives whole and well-formed reaches a door; what is broken below that (HTTP itself) is answered here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import http_exceptions, web

from renkei.platform.config import Limits
from renkei.platform.entropy import new_id
from renkei.platform.observe import event, failure
from renkei.platform.peers.identity import Peer, peer_of
from renkei.platform.peers.problems import (
    CONTENT_TYPE,
    RETRY_AFTER_S,
    ProblemDocument,
    problem_document,
    unforeseen_document,
)
from renkei.platform.peers.shares import Share, Shares, Tally
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

SERVER: Final = {"Server": "renkei"}
"""No versions of libraries are told to whoever asks."""
LINE_BYTES: Final = 8_190
HEADERS: Final = 64
LINGER_S: Final = 1.0
"""How long a refused request may go on sending before its connection is cut."""


def document_response(document: ProblemDocument) -> web.Response:
    """A problem document as HTTP."""
    headers = {"Content-Type": CONTENT_TYPE, **SERVER}
    if document.status == 503:  # busy, unreachable: nothing is wrong with the message
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return web.Response(body=document.encode(), status=document.status, headers=headers)


def loop_s() -> float:
    """Seconds by the loop's clock, which nobody sets back."""
    return asyncio.get_running_loop().time()


class Crowd:
    """All who are connected to one server: lets them in as far as their shares go, and says now and then who was not.

    Peers are named in the log, but for cards: their system name stands for a person.
    """

    def __init__(self, limits: Limits) -> None:
        self.shares = Shares(limits)
        self._connections = Tally()
        self._calls = Tally()

    def enter(self, peer: Peer | None, address: str) -> Share | None:
        """The share of a new connection; None for one too many."""
        now_s = loop_s()
        who = address if peer is None else (peer.role, peer.system, peer.body)
        operator = peer is not None and peer.role is Role.OPERATOR
        share = self.shares.enter(who, now_s, operator=operator)
        if share is None and self._connections.one_more(now_s):
            _tell("connections-turned-away", self._connections.count, peer)
        return share

    def begin(self, connection: "Connection") -> bool:
        """Whether a call may begin; one that does is to end with `shares.end`."""
        now_s = loop_s()
        begun = self.shares.begin(connection.share, now_s)
        if not begun and self._calls.one_more(now_s):
            _tell("calls-turned-away", self._calls.count, connection.peer)
        return begun


def _tell(name: str, count: int, peer: Peer | None) -> None:
    last = None if peer is None or peer.role is Role.CARD else peer.system
    event(name, level=logging.WARNING, since_start=count, last=last)


class Connection(web.RequestHandler):
    """One connection. A peer that says nothing is cut after the idle time; broken HTTP gets one document.

    So is one that does not take what it asked for: replies wait for nobody's reading longer than the idle time.
    """

    share: Share
    peer: Peer | None

    def __init__(self, crowd: Crowd, manager: web.Server, **options: Any) -> None:  # noqa: ANN401  # aiohttp's own
        super().__init__(manager, **options)
        self._crowd = crowd
        self._stuck: asyncio.TimerHandle | None = None
        self._entered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._silence = asyncio.get_running_loop().call_later(self.keepalive_timeout, self._cut_silent)
        self.peer = _peer(transport)
        share = self._crowd.enter(self.peer, _address(transport))
        if share is None:
            self.force_close()
            return
        self.share, self._entered = share, True

    def connection_lost(self, exc: BaseException | None) -> None:
        self._silence.cancel()
        self._unstuck()
        if self._entered:
            self._entered = False
            self._crowd.shares.leave(self.share)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer reads slower than we write."""
        super().pause_writing()
        self._stuck = asyncio.get_running_loop().call_later(self.keepalive_timeout, self._cut_stuck)

    def resume_writing(self) -> None:
        self._unstuck()
        super().resume_writing()

    def _unstuck(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def spoke(self) -> None:
        """A whole request head has arrived: from here aiohttp's keep-alive time applies."""
        self._silence.cancel()

    def _cut_silent(self) -> None:
        event("silent-connection-cut")
        self.force_close()

    def _cut_stuck(self) -> None:
        event("stuck-connection-cut")
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002  # aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # it may repeat what was sent, so it goes nowhere
    ) -> web.StreamResponse:
        instance = new_id()
        if status < 500:
            problem = Problem.TOO_LARGE if isinstance(exc, http_exceptions.LineTooLong) else Problem.MALFORMED
            failure("http-refused", RenkeiError(problem, "HTTP"), instance=instance)
            document = problem_document(problem, "HTTP", instance)
        else:
            failure("http-failed", exc or RuntimeError(), instance=instance)
            document = unforeseen_document(instance)
        response = document_response(document)
        response.force_close()
        return response


def _peer(transport: asyncio.BaseTransport) -> Peer | None:
    try:
        return peer_of(transport.get_extra_info("peercert"))
    except RenkeiError:  # a certificate that names nobody; each call will hear of it
        return None


def _address(transport: asyncio.BaseTransport) -> str:
    name = transport.get_extra_info("peername")
    return name[0] if name else ""


class Listener(web.Server):
    """Makes a `Connection` per accepted socket."""

    def __init__(self, handler: Handle, idle_s: float, crowd: Crowd, accepting: Callable[[], None]) -> None:
        super().__init__(handler)
        self._idle_s = idle_s
        self._crowd = crowd
        self._accepting = accepting

    def __call__(self) -> Connection:
        self._accepting()
        return Connection(
            self._crowd,
            self,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._idle_s,
            access_log=None,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=HEADERS,
            lingering_time=LINGER_S,
            # A few compressed bytes could unpack to gigabytes; no door takes compressed bodies.
            auto_decompress=False,
        )
