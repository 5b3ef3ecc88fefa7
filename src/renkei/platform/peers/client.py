"""The client of a system: one session, connections kept, our certificate shown, the server's identity demanded.

Two errors and no more: the peer cannot take it now (repeat later, with the same id), or it refused (repeating the same
will not help).
"""

import io
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import aiohttp

from renkei.messages.codec import Message, decode, encode
from renkei.platform.config import Tls
from renkei.platform.observe import failure
from renkei.platform.peers.problems import problem_of, read_document
from renkei.platform.peers.tls import client_context
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

JSON: Final = "application/json"
_HEADERS: Final = {"User-Agent": "renkei", "Accept-Encoding": "identity"}

_AT_ONCE_BYTES: Final = 1024 * 1024
"""A larger body goes out piece by piece, so that the loop serves others meanwhile; aiohttp warns where it does not."""

_AGAINST_US: Final = frozenset({Problem.NO_CERTIFICATE, Problem.WRONG_CERTIFICATE, Problem.REVOKED_CERTIFICATE})
_ALERTS: Final = {
    "ALERT_CERTIFICATE_REQUIRED": Problem.NO_CERTIFICATE,
    "ALERT_CERTIFICATE_REVOKED": Problem.REVOKED_CERTIFICATE,
    "ALERT_CERTIFICATE_EXPIRED": Problem.WRONG_CERTIFICATE,
    "ALERT_BAD_CERTIFICATE": Problem.WRONG_CERTIFICATE,
    "ALERT_UNKNOWN_CA": Problem.WRONG_CERTIFICATE,
    "ALERT_DECRYPT_ERROR": Problem.WRONG_CERTIFICATE,
}
"""Alerts by which a server turns a certificate away (RFC 8446 §6.2), as OpenSSL writes them."""

M = TypeVar("M", bound=Message)


class PeerUnreachableError(RenkeiError):
    """No connection, no reply in time, or a reply that says later. It may or may not have been done: repeat it.

    `against_us` is set where the peer turned our own certificate away: nothing is wrong with the message, and it will
    go through once the certificate is renewed. `problem` stays UNREACHABLE or BUSY, for it may be passed on to others.
    """

    def __init__(self, problem: Problem, detail: str, against_us: Problem | None = None) -> None:
        super().__init__(problem, detail)
        self.against_us = against_us


class PeerRefusedError(RenkeiError):
    """The peer read it and refused; `status` is HTTP's."""

    def __init__(self, problem: Problem, detail: str, status: int) -> None:
        super().__init__(problem, detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Target:
    """Where a system listens and what its certificate must name."""

    base: str
    role: Role
    system: SystemName | None = None


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How long and how much. `total_s` must exceed the longest poll that the client asks for."""

    connect_s: float = 3
    total_s: float = 30
    reply_bytes: int = 32 * 1024 * 1024
    connections: int = 64
    """Per target."""


class Client:
    """Made inside a running loop; close it at the end."""

    def __init__(self, tls: Tls, limits: ClientLimits | None = None) -> None:
        self._tls = tls
        self._limits = limits or ClientLimits()
        self._contexts: dict[tuple[Role, SystemName | None], ssl.SSLContext] = {}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, target: Target, path: str, message: Message, reply: type[M]) -> M:
        """POST a message and read the reply."""
        return _read(reply, await self._exchange(target, "POST", path, encode(message)))

    async def ask(self, target: Target, path: str, reply: type[M]) -> M:
        """GET a message."""
        return _read(reply, await self._exchange(target, "GET", path))

    async def fetch(self, target: Target, path: str) -> bytes:
        """GET bytes."""
        return await self._exchange(target, "GET", path)

    async def post_bytes(self, target: Target, path: str, body: bytes, content_type: str) -> bytes:
        """POST bytes and read bytes."""
        return await self._exchange(target, "POST", path, body, content_type)

    async def upload(
        self, target: Target, path: str, chunks: AsyncIterator[bytes], content_type: str, reply: type[M]
    ) -> M:
        """PUT a body as it is made, however long it takes, and read the reply."""
        with self._renewing(), _weather(target):
            async with self._streaming(target, "PUT", path, data=chunks, headers={"Content-Type": content_type}) as got:
                data = await self._whole(got)
            if got.status == 200:
                return _read(reply, data)
            raise _refusal(got.status, data, target)

    async def download(self, target: Target, path: str) -> AsyncIterator[bytes]:
        """GET a reply piece by piece, however long it takes; one that is cut raises like a peer that is down."""
        with self._renewing(), _weather(target):
            async with self._streaming(target, "GET", path) as got:
                if got.status != 200:
                    raise _refusal(got.status, await self._whole(got), target)
                async for chunk in got.content.iter_any():
                    yield chunk

    def _streaming(
        self,
        target: Target,
        method: str,
        path: str,
        data: AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        limits = self._limits
        return self._open().request(
            method,
            target.base + path,
            data=data,
            headers=headers,
            ssl=self._context(target),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_s, sock_read=limits.total_s),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(
        self, target: Target, method: str, path: str, body: bytes | None = None, content_type: str = JSON
    ) -> bytes:
        headers = {"Content-Type": content_type} if body is not None else None
        with self._renewing(), _weather(target):
            async with self._open().request(
                method,
                target.base + path,
                data=body if body is None or len(body) <= _AT_ONCE_BYTES else io.BytesIO(body),
                headers=headers,
                ssl=self._context(target),
                allow_redirects=False,
            ) as response:
                data = await self._whole(response)
            if response.status == 200:
                return data
            raise _refusal(response.status, data, target)

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        """Where our certificate was turned away, the next connection shows the one that then lies on disk."""
        try:
            yield
        except PeerUnreachableError as error:
            if error.against_us is not None:
                self._contexts.clear()
            raise

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.reply_bytes
        whole = bytearray()
        async for chunk in response.content.iter_any():
            whole += chunk
            if len(whole) > limit:
                response.close()
                raise RenkeiError(Problem.TOO_LARGE, f"reply: at most {limit} bytes")
        return bytes(whole)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = self._limits
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=limits.connections),
                timeout=aiohttp.ClientTimeout(total=limits.total_s, sock_connect=limits.connect_s),
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _context(self, target: Target) -> ssl.SSLContext:
        key = (target.role, target.system)
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = client_context(self._tls, target.role, target.system)
        return context


@contextmanager
def on_behalf(target: Target, callers: frozenset[Problem]) -> Iterator[None]:
    """Around a call that is made for a caller of ours: only the problems of `callers` are the caller's affair.

    All other refusals are between the target and us, and a caller who was told of them would look for the fault in a
    message that was sound: they are logged, and the caller hears UNREACHABLE.
    """
    try:
        yield
    except PeerUnreachableError:
        raise
    except RenkeiError as error:
        if error.problem in callers:
            raise
        failure(f"{target.role.value}-refused", error)
        raise RenkeiError(Problem.UNREACHABLE, f"{target.role.value} refused") from None


@contextmanager
def _weather(target: Target) -> Iterator[None]:
    """Whatever the network does to us becomes one error. Its text names the target, never what was sent."""
    try:
        yield
    except TimeoutError:
        raise PeerUnreachableError(Problem.UNREACHABLE, f"{target.base}: no reply in time") from None
    except aiohttp.ClientConnectorCertificateError as error:
        what = error.certificate_error.args[-1]
        raise PeerUnreachableError(Problem.UNREACHABLE, f"{target.base}: {what}") from None
    except (aiohttp.ClientError, OSError) as error:
        what = _what(error)
        against_us = next((problem for alert, problem in _ALERTS.items() if alert in what), None)
        raise PeerUnreachableError(Problem.UNREACHABLE, f"{target.base}: {what}", against_us) from None


def _what(error: Exception) -> str:
    """An operating system's or OpenSSL's own words, or else only the kind of error."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


def _read(kind: type[M], data: bytes) -> M:
    return decode(kind, data)


def _refusal(status: int, data: bytes, target: Target) -> RenkeiError:
    document = read_document(data)
    problem = problem_of(document) if document else None
    return refusal(target, status, problem, document.detail if document else "")


def refusal(target: Target, status: int, problem: Problem | None, detail: str) -> RenkeiError:
    """The error for what a peer says: the problem it names, None for one that is not of our list, and its status."""
    if problem in _AGAINST_US:
        return PeerUnreachableError(Problem.UNREACHABLE, f"{target.base}: our certificate", problem)
    if status >= 500:
        busy = problem if problem is Problem.BUSY else Problem.UNREACHABLE
        return PeerUnreachableError(busy, f"{target.base}: {status}")
    if problem is None:
        return PeerRefusedError(Problem.MALFORMED, f"{target.base}: {status} without a problem of ours", status)
    return PeerRefusedError(problem, detail, status)
