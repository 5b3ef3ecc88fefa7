"""TLS 1.3 with certificates on both sides (design 1; RFC 8446), on the machine's OpenSSL.

The server says in one log event why a handshake failed. The client believes a server only if, besides chain and host
name, its certificate names the role (and system) that the client meant to reach.
"""

import ssl
from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from logging import WARNING
from pathlib import Path
from typing import Any

from renkei.platform.config import Tls
from renkei.platform.observe import event
from renkei.platform.peers.identity import peer_of
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class ClientCertificate(Enum):
    """What a server wants of its clients."""

    REQUIRED = "required"
    """No certificate, no connection."""
    ASKED = "asked"
    """Without one the connection stands, so that the doors can answer with a problem document that says what to do."""


class _ServerSide(ssl.SSLObject):
    """Says why a handshake failed, to the log and to the client; asyncio alone would drop both silently.

    OpenSSL has written the alert (RFC 8446 §6.2) when it raises, but asyncio sends what was written only when the
    handshake asks for more. So a failed handshake asks once, and fails when it is called again.
    """

    _refused: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self._refused is not None:
            raise self._refused
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            event("handshake-refused", level=WARNING, reason=error.reason or type(error).__name__)
            self._refused = error
            raise ssl.SSLWantReadError from error


class Context(ssl.SSLContext):
    """What a side shows, and what it expects of the other beyond a valid chain."""

    tls: Tls
    expects: Callable[[Mapping[str, Any] | None], None]
    """Raises SSLCertVerificationError for a certificate that is not of the peer that was meant."""


def server_context(tls: Tls, client: ClientCertificate) -> Context:
    """The context of a listening socket."""
    context = Context(ssl.PROTOCOL_TLS_SERVER)
    context.expects = lambda _: None
    context.verify_mode = ssl.CERT_REQUIRED if client is ClientCertificate.REQUIRED else ssl.CERT_OPTIONAL
    context.sslobject_class = _ServerSide
    return _furnish(context, tls)


def client_context(tls: Tls, role: Role, system: SystemName | None) -> Context:
    """The context of connections to servers of that role (and, if given, of that one system)."""
    expects = partial(_expect, role=role, system=system)

    class Expecting(ssl.SSLObject):
        """Ends the handshake unless the server's certificate names the peer that was meant."""

        def do_handshake(self) -> None:
            super().do_handshake()
            expects(self.getpeercert())

    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.expects = expects
    context.sslobject_class = Expecting
    return _furnish(context, tls)


def load_identity(context: ssl.SSLContext, tls: Tls) -> None:
    """Put the certificate and key that now lie on disk into a context: new handshakes show them."""
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{tls.certificate}: {_reason(error)}") from None


def renew_identity(context: ssl.SSLContext, tls: Tls) -> None:
    """The same for a context in use: it stays as it is unless certificate and key on disk are whole and one pair."""
    load_identity(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tls)
    load_identity(context, tls)


def changed_at(tls: Tls) -> tuple[int, ...]:
    """When certificate and key last changed on disk, in nanoseconds; 0 for one that is not there now."""
    return tuple(_changed_at(file) for file in (tls.certificate, tls.key))


def _changed_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _furnish(context: Context, tls: Tls) -> Context:
    context.tls = tls
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    load_identity(context, tls)
    try:
        context.load_verify_locations(tls.authorities)
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{tls.authorities}: {_reason(error)}") from None
    return context


def _expect(certificate: Mapping[str, Any] | None, role: Role, system: SystemName | None) -> None:
    try:
        peer = peer_of(certificate)
    except RenkeiError as error:
        raise ssl.SSLCertVerificationError(error.detail) from None
    if peer is None or peer.role is not role or system not in {None, peer.system}:
        raise ssl.SSLCertVerificationError(f"the server is not {system or 'any'} as {role.value}")


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
