"""Certificates: asking for one, the list of them, revocation (暗号化通信用等電子証明書管理機能, RFC 3647 roles)."""

from typing import Annotated

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Body, Moment, System, whole
from renkei.terms.bodies import Role

Serial = Annotated[str, Meta(pattern=whole("[0-9a-f]{1,40}"))]


class CertificateRequest(Part, frozen=True):
    """A PKCS#10 request and what the certificate shall let its holder be; names and role come from here alone."""

    role: Role
    system: System
    body: Body | None
    request_pem: Annotated[str, Meta(max_length=8_000)]
    days: Annotated[int, Meta(ge=1, le=825)] = 365
    hosts: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[0-9a-z:](?:[0-9a-z.:-]{0,198}[0-9a-z])?(?!\n)$")], ...],
        Meta(min_length=1, max_length=10, description="DNS names and IP addresses"),
    ] = ("localhost", "127.0.0.1")
    """Where the holder's doors are reached; a holder without doors gets none of them."""


class CertificateRequests(Message, frozen=True):
    """From a certificate operator."""

    requests: Annotated[tuple[CertificateRequest, ...], Meta(min_length=1, max_length=1_000)]


class IssuedCertificate(Part, frozen=True):
    """A certificate with its issuing chain, PEM, leaf first."""

    serial: Serial
    chain_pem: str
    not_after_ms: Moment


class IssuedCertificates(Message, frozen=True):
    """One per request, in order."""

    certificates: tuple[IssuedCertificate, ...]


class Revocation(Message, frozen=True):
    """Revoke by serial number; doing it twice is no error."""

    serials: Annotated[tuple[Serial, ...], Meta(min_length=1, max_length=1_000)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RevokedList(Message, frozen=True):
    """All revoked serials; numbers only grow."""

    number: int
    serials: tuple[Serial, ...]
