"""The signed, numbered directory of bodies, systems and public keys (design 7)."""

from typing import Annotated, Final

from msgspec import Meta

from renkei.messages.codec import Message, Part
from renkei.messages.fields import Body, BodyCategory, Digest, ListVersion, Moment, System, whole
from renkei.terms.bodies import BodyState, PiaState, Role

Url = Annotated[str, Meta(pattern=whole("https://[A-Za-z0-9.:-]+"), max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
SignKey = Digest
SealKey = Annotated[bytes, Meta(min_length=1216, max_length=1216)]
"""ML-KEM-768 public key (1,184 bytes), then X25519 public key (32 bytes)."""
SIGNATURE_DOMAIN: Final = b"renkei/directory/1\0"


class BodyEntry(Part, frozen=True):
    """One body: what it is, whether it may speak, where it is reached, how it is recognised."""

    id: Body
    name_ja: Name
    name_en: Name
    code: str | None
    """全国地方公共団体コード or 法人番号, where it has one."""
    categories: tuple[BodyCategory, ...]
    state: BodyState
    pia: PiaState
    interface: System
    system: System
    """The system that holds its data: an intermediate server, or the disclosure system."""
    sign_key: SignKey
    seal_key: SealKey


class SystemEntry(Part, frozen=True):
    """One system: its name and role as in its certificate, and where its machine door is."""

    name: System
    role: Role
    url: Url


class Directory(Message, frozen=True):
    """The directory itself. Numbers only grow; everybody refuses a lower one than seen."""

    number: Annotated[int, Meta(ge=1)]
    made_at_ms: Moment
    list_version: ListVersion
    log_origin: Name
    log_key: str
    """The log's C2SP verifier key."""
    witness_keys: tuple[str, ...]
    sign_key: SignKey
    seal_key: SealKey
    systems: tuple[SystemEntry, ...]
    bodies: tuple[BodyEntry, ...]


class SignedDirectory(Message, frozen=True):
    """The directory as text, and the core's Ed25519 signature over a domain string and that text."""

    directory: str
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


def signed_bytes(text: str) -> bytes:
    """What the signature is over: the domain string, then the directory's text in UTF-8."""
    return SIGNATURE_DOMAIN + text.encode()


class SystemRegistration(Message, frozen=True):
    """An operator of the core registers or replaces systems; before the bodies that they serve."""

    systems: Annotated[tuple[SystemEntry, ...], Meta(min_length=1, max_length=2_000)]


class BodyRegistration(Message, frozen=True):
    """An operator of the core registers or replaces a body (G11)."""

    bodies: Annotated[tuple[BodyEntry, ...], Meta(min_length=1, max_length=2_000)]


class PiaFinding(Part, frozen=True):
    """What the commission found about a body's impact assessment (法28条)."""

    body: Body
    pia: PiaState


class PiaFindings(Message, frozen=True):
    """Commission clerk to supervision, supervision to core."""

    findings: Annotated[tuple[PiaFinding, ...], Meta(min_length=1, max_length=2_000)]


class Done(Message, frozen=True):
    """Durable. `number`: the directory's number after it, where it changed."""

    number: int | None = None
