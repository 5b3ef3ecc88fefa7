"""Asking for a certificate: the request that a holder makes (PKCS#10, RFC 2986) and what it must prove.

Only the public key is taken from the request. Names and role come from the operator's message alone, so a request that
asks to be somebody else gains nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from renkei.messages.certification import CertificateRequest
from renkei.systems.certification.states import CertificateState
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName, body_id, system_name
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

OF_A_BODY: Final = frozenset({Role.LINE, Role.ADDRESSEE})
"""Holders that act for one body; all others act for none, or for whichever the directory says."""
SERVERS: Final = frozenset(Role) - {Role.LINE, Role.OPERATOR, Role.COMMISSION, Role.CARD}
"""Holders that have doors of their own; the others are clients only."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names."""

    role: Role
    system: SystemName
    body: BodyId | None = None

    @property
    def uri(self) -> str:
        """The one URI in the certificate from which every door reads its peer."""
        tail = f"/{self.body}" if self.body is not None else ""
        return f"renkei://{self.role.value}/{self.system}{tail}"


def read_uri(uri: str) -> Holder:
    """The holder that a URI of ours names; raises ValueError or RenkeiError for any other text."""
    scheme, _, rest = uri.partition("://")
    role, system, *body = rest.split("/")
    if scheme != "renkei" or len(body) > 1:
        raise ValueError(uri)
    return Holder(Role(role), system_name(system), body_id(body[0]) if body else None)


@dataclass(frozen=True, slots=True)
class KeyAndRequest:
    """A fresh private key and the request to have it certified; the key stays with its holder."""

    key_pem: bytes = field(repr=False)
    request_pem: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that has proved what it must."""

    holder: Holder
    hosts: tuple[str, ...]
    days: int
    public_key: ec.EllipticCurvePublicKey
    key_digest: bytes
    """SHA-256 of the SubjectPublicKeyInfo: one key, one holder."""


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate issued before for the same key."""

    holder: Holder
    hosts: tuple[str, ...]
    days: int
    state: CertificateState
    not_after_ms: InstantMs
    serial: str
    pem: str


def new_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key from OpenSSL's generator: whoever runs this will hold it."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS#8 without a passphrase: the file's mode is its guard."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def request() -> KeyAndRequest:
    """Make an EC P-256 key and a request that proves its possession (RFC 2986 §3). It names nobody."""
    key = new_key()
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return KeyAndRequest(key_pem(key), made.public_bytes(Encoding.PEM).decode())


def check(asked: CertificateRequest, place: str) -> Wanted:
    """What the request asks for, once its holder is sensible and its proof of possession holds.

    Args:
        asked: one entry of the operator's message.
        place: where it stood, for the error.

    Raises:
        RenkeiError: WRONG_TYPE naming the place.
    """
    holder = Holder(asked.role, asked.system, asked.body)
    if (holder.body is not None) is not (holder.role in OF_A_BODY):
        raise RenkeiError(Problem.WRONG_TYPE, f"{place}.body: {holder.role.value}")
    hosts = asked.hosts if holder.role in SERVERS else ()
    key = _proved_key(asked.request_pem, place)
    return Wanted(holder, hosts, asked.days, key, digest_of(key))


def digest_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """The name of a public key in the store."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def earlier(wanted: Wanted, known: Sequence[Known], now: InstantMs) -> Known | None:
    """The certificate that a repeated request gets again; None where a new one is due.

    Raises:
        RenkeiError: WRONG_STATE for a key that was revoked: it stays so (RFC 5280 §3.3). REPEATED_OTHERWISE for a key
            that names another holder.
    """
    for one in known:
        if one.state is CertificateState.REVOKED:
            raise RenkeiError(Problem.WRONG_STATE, "the key was revoked; make a new one")
        if one.holder != wanted.holder:
            raise RenkeiError(Problem.REPEATED_OTHERWISE, "the key names another holder; make a new one")
    same = (one for one in known if (one.hosts, one.days) == (wanted.hosts, wanted.days) and one.not_after_ms > now)
    return next(same, None)


def _proved_key(pem: str, place: str) -> ec.EllipticCurvePublicKey:
    where = f"{place}.request_pem"
    try:
        made = x509.load_pem_x509_csr(pem.encode())
        key = made.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise RenkeiError(Problem.WRONG_TYPE, f"{where}: a key on P-256 wanted")
        if not isinstance(made.signature_hash_algorithm, hashes.SHA256):
            raise RenkeiError(Problem.WRONG_TYPE, f"{where}: ECDSA with SHA-256 wanted")
        if made.is_signature_valid:
            return key
    except (ValueError, TypeError, x509.InvalidVersion, InvalidSignature, UnsupportedAlgorithm):
        raise RenkeiError(Problem.WRONG_TYPE, f"{where}: not a PKCS#10 request") from None
    raise RenkeiError(Problem.WRONG_TYPE, f"{where}: the proof of possession does not hold")
