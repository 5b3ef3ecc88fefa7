"""The server of a system: admit, find the door, check role and size, decode, handle, encode.

Every failure becomes one problem document and one log event; neither repeats what was sent.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from renkei.messages.codec import Message, decode, encode
from renkei.platform.clock import Clock, SystemClock
from renkei.platform.config import Listen, Tls
from renkei.platform.entropy import new_id
from renkei.platform.observe import event, failure
from renkei.platform.peers.connections import SERVER, Connection, Crowd, Listener, document_response
from renkei.platform.peers.doors import (
    Asked,
    Door,
    Doors,
    Incoming,
    Opening,
    Outgoing,
    Page,
    RawReply,
    Reply,
    admit,
    asked_of,
)
from renkei.platform.peers.identity import Peer, peer_of
from renkei.platform.peers.problems import ProblemDocument, problem_document, unforeseen_document
from renkei.platform.peers.tls import ClientCertificate, changed_at, renew_identity, server_context
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

__all__ = ["Asked", "Door", "Incoming", "Outgoing", "Page", "RawReply", "Revocations", "Server", "ServerOptions"]

HANDSHAKE_S: Final = 10
STREAM_S: Final = 6 * 3_600
"""Seconds for a body that is read while it comes."""
JSON: Final = "application/json"
_JSON_HEADERS: Final = {"Content-Type": JSON, **SERVER}
_OF_THE_CONNECTION: Final = frozenset({Problem.WRONG_CERTIFICATE, Problem.REVOKED_CERTIFICATE})
PageError = Callable[[web.BaseRequest, ProblemDocument], web.Response]


class Revocations:
    """Serial numbers that the authority has revoked; replaced as a whole when a newer list comes."""

    def __init__(self, serials: Iterable[int] = ()) -> None:
        self._serials = frozenset(serials)

    def __contains__(self, serial: int) -> bool:
        return serial in self._serials

    def replace(self, serials: Iterable[int]) -> None:
        self._serials = frozenset(serials)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What differs between systems. `page_error` draws a problem for people, on pages only."""

    client_certificate: ClientCertificate = ClientCertificate.ASKED
    revocations: Revocations = field(default_factory=Revocations)
    clock: Clock = field(default_factory=SystemClock)
    idle_s: float = 75
    stop_s: float = 5
    page_error: PageError | None = None
    shared: bool = False
    """Several processes listen here; the system gives each connection to one of them."""


class Server:
    """One listening socket with its doors and pages."""

    def __init__(
        self,
        listen: Listen,
        tls: Tls,
        doors: Sequence[Door],
        *,
        pages: Sequence[Page] = (),
        options: ServerOptions | None = None,
    ) -> None:
        self._listen = listen
        self._tls = tls
        self._doors = Doors([*doors, *pages])
        self._options = options or ServerOptions()
        self._crowd = Crowd(listen.limits)
        self._context: ssl.SSLContext | None = None
        self._sockets: asyncio.Server | None = None
        self._listener: Listener | None = None
        self.url = listen.url

    async def start(self) -> None:
        self._context = server_context(self._tls, self._options.client_certificate)
        self._shown = changed_at(self._tls)
        self._listener = Listener(self._handle, self._options.idle_s, self._crowd, self._show_the_newest)
        self._sockets = await asyncio.get_running_loop().create_server(
            self._listener,
            self._listen.host,
            self._listen.port,
            ssl=self._context,
            ssl_handshake_timeout=HANDSHAKE_S,
            ssl_shutdown_timeout=1,
            backlog=1024,
            reuse_port=self._options.shared or None,
        )
        port = self._sockets.sockets[0].getsockname()[1]
        self.url = f"https://{self._listen.host}:{port}"

    async def stop(self) -> None:
        """Take no new connections, let what is under way end (for `stop_s`), then close."""
        if self._sockets is None or self._listener is None:
            return
        self._sockets.close()
        self._listener.pre_shutdown()
        # aiohttp takes 0 for no limit at all.
        await self._listener.shutdown(max(self._options.stop_s, 0.001))
        await self._sockets.wait_closed()
        self._sockets = self._listener = None

    def _show_the_newest(self) -> None:
        """Before each handshake: a certificate that was renewed on disk is shown from then on, without a restart."""
        assert self._context is not None, "started"
        newest = changed_at(self._tls)
        if newest != self._shown:
            try:
                renew_identity(self._context, self._tls)
            except RenkeiError as error:  # certificate and key are two files, and one is replaced before the other
                failure("certificate-not-renewed", error)
                return
            self._shown = newest
            event("certificate-renewed")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = cast("Connection", request.protocol)
        connection.spoke()
        if not self._crowd.begin(connection):
            # Nothing was looked at yet, and there is no log line with an instance: it would be one of very many.
            return document_response(problem_document(Problem.BUSY, "calls of this peer", ""))
        try:
            return await self._answer(request)
        finally:
            self._crowd.shares.end(connection.share)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        opening: Opening | None = None
        peer: Peer | None = None
        try:
            peer = self._peer(request)
            opening, params = self._doors.find(request.method, request.path)
            admit(opening, peer)
            asked = asked_of(opening, params, request.query)
            if isinstance(opening, Page):
                return await _show(opening, request, peer, asked)
            reply = await _pass(opening, request, peer, asked)
            return await _stream(request, reply) if isinstance(reply, Outgoing) else _response(reply)
        except web.HTTPRedirection:
            raise
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  # the outermost edge: whatever it is becomes one document
            return self._refuse(request, error, opening, peer)

    def _peer(self, request: web.BaseRequest) -> Peer | None:
        if request.transport is None:
            raise ConnectionResetError
        peer = peer_of(request.transport.get_extra_info("peercert"))
        if peer is None:
            return None
        if peer.serial in self._options.revocations:
            raise RenkeiError(Problem.REVOKED_CERTIFICATE)
        # TLS looked at the dates once; a connection may outlive them.
        if self._options.clock.now_ms() > peer.valid_until_ms:
            raise RenkeiError(Problem.WRONG_CERTIFICATE, "expired")
        return peer

    def _refuse(
        self, request: web.BaseRequest, error: Exception, opening: Opening | None, peer: Peer | None
    ) -> web.StreamResponse:
        instance = new_id()
        where = opening.path if opening else None
        # A card's system name is its serial number, which stands for a person.
        who = None if peer is None or peer.role is Role.CARD else peer.system
        failure("request-failed", error, instance=instance, method=request.method, door=where, peer=who)
        if isinstance(error, RenkeiError):
            document = problem_document(error.problem, error.detail, instance)
        else:
            document = unforeseen_document(instance)
        if isinstance(opening, Page) and self._options.page_error is not None:
            return self._options.page_error(request, document)
        response = document_response(document)
        if isinstance(error, RenkeiError) and error.problem in _OF_THE_CONNECTION:
            response.force_close()  # whoever has a new certificate shows it on a new connection only
        return response


async def _pass(door: Door, request: web.BaseRequest, peer: Peer | None, asked: Asked) -> Reply:
    if door.request is None:
        return await door.handler(peer, asked)
    if (
        door.request not in (bytes, Incoming)
        and request.headers.get("Content-Type", "").partition(";")[0].strip() != JSON
    ):
        raise RenkeiError(Problem.MALFORMED, f"Content-Type: {JSON} wanted")
    if door.request is Incoming:
        coming = Incoming(request.headers.get("Content-Type", ""), _chunks(request, door.limit_bytes))
        return await door.handler(peer, coming, asked)
    body = await _body(request, door.limit_bytes)
    message = body if door.request is bytes else decode(cast("type[Message]", door.request), body)
    if "{" in door.path or door.query:
        return await door.handler(peer, message, asked)
    return await door.handler(peer, message)


async def _show(page: Page, request: web.BaseRequest, peer: Peer | None, asked: Asked) -> web.StreamResponse:
    try:
        response = await page.handler(request, peer, asked)
    except web.HTTPRequestEntityTooLarge:
        raise RenkeiError(Problem.TOO_LARGE, "form") from None
    response.headers.update(SERVER)
    return response


async def _body(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body, or TOO_LARGE as soon as that is certain, or MALFORMED where it stops coming."""
    _check_size(request.content_length or 0, limit)
    if request.content.is_eof():
        body = request.content.read_nowait()
        _check_size(len(body), limit)
        return body
    whole = bytearray()
    try:
        async with asyncio.timeout(request.protocol.keepalive_timeout):
            async for chunk in request.content.iter_any():
                whole += chunk
                _check_size(len(whole), limit)
    except (TimeoutError, web.RequestPayloadError, HttpProcessingError):
        raise RenkeiError(Problem.MALFORMED, "the body did not arrive whole") from None
    return bytes(whole)


async def _chunks(request: web.BaseRequest, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces, each as soon as it is there; nobody waits longer than the idle time for the next."""
    _check_size(request.content_length or 0, limit)
    size, end = 0, asyncio.get_running_loop().time() + STREAM_S
    while not request.content.at_eof():
        left_s = end - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(left_s, request.protocol.keepalive_timeout)):
                chunk = await request.content.readany()
        except (TimeoutError, web.RequestPayloadError, HttpProcessingError):
            raise RenkeiError(Problem.MALFORMED, "the body did not arrive whole") from None
        size += len(chunk)
        _check_size(size, limit)
        yield chunk


async def _stream(request: web.BaseRequest, reply: Outgoing) -> web.StreamResponse:
    first = await anext(reply.chunks, b"")
    response = web.StreamResponse(headers={"Content-Type": reply.content_type, **SERVER})
    try:
        await response.prepare(request)
        await response.write(first)
        async for chunk in reply.chunks:
            await response.write(chunk)
        await response.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception as error:
        # The head has gone out as a success: only a cut connection still says that this is not all.
        failure("stream-cut", error)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from error
    return response


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise RenkeiError(Problem.TOO_LARGE, f"at most {limit} bytes")


def _response(reply: Message | RawReply) -> web.Response:
    if isinstance(reply, RawReply):
        headers = {"Content-Type": reply.content_type, **SERVER, **reply.headers}
        return web.Response(body=reply.body, status=reply.status, headers=headers)
    return web.Response(body=encode(reply), headers=_JSON_HEADERS)
