"""The HTTP machinery under the doors: aiohttp's low-level server, with our limits and our problem documents.

Only what arrives whole and well-formed reaches a door; what is broken below that (HTTP itself) is answered here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import http_exceptions, web

from renkei.platform.entropy import new_id
from renkei.platform.observe import event, failure
from renkei.platform.peers.problems import (
    CONTENT_TYPE,
    RETRY_AFTER_S,
    ProblemDocument,
    problem_document,
    unforeseen_document,
)
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


class Connection(web.RequestHandler):
    """One connection. A peer that says nothing is cut after the idle time; broken HTTP gets one document."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._silence = asyncio.get_running_loop().call_later(self.keepalive_timeout, self._cut_silent)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._silence.cancel()
        super().connection_lost(exc)

    def spoke(self) -> None:
        """A whole request head has arrived: from here aiohttp's keep-alive time applies."""
        self._silence.cancel()

    def _cut_silent(self) -> None:
        event("silent-connection-cut")
        self.force_close()

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


class Listener(web.Server):
    """Makes a `Connection` per accepted socket."""

    def __init__(self, handler: Handle, idle_s: float, accepting: Callable[[], None]) -> None:
        super().__init__(handler)
        self._idle_s = idle_s
        self._accepting = accepting

    def __call__(self) -> Connection:
        self._accepting()
        return Connection(
            self,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._idle_s,
            access_log=None,  # type: ignore[arg-type]  # the signature has None as a value that switches it off
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=HEADERS,
            lingering_time=LINGER_S,
            # A few compressed bytes could unpack to gigabytes; no door takes compressed bodies.
            auto_decompress=False,
        )
