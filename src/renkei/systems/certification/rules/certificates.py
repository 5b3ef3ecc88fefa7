"""What certificates and revocation lists say (X.509, RFC 5280).

Two tiers: a root whose key lies offline and signs issuing authorities only, and an issuing authority that signs leaves
and lists only (path length 0). All signatures are ECDSA with SHA-256, deterministic (RFC 6979), so that these functions
depend on nothing but their arguments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from renkei.systems.certification.rules.requests import SERVERS, Holder, Wanted, read_uri
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NETWORK: Final = "Renkei"
"""Organisation in every subject; for people, no door reads it."""
ROOT_DAYS: Final = 7_300
ISSUING_DAYS: Final = 3_650
SKEW: Final = timedelta(minutes=5)
"""Clocks agree to better than this (S12); a certificate holds at once everywhere."""
SERIAL_BYTES: Final = 16

_TLS: Final = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)
_NO_USE: Final = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry of the revocation list."""

    serial: str
    revoked_at_ms: InstantMs


def serial_from(random: bytes) -> int:
    """A serial number from 16 random bytes: positive, never zero, always 16 bytes long (RFC 5280 §4.1.2.2)."""
    assert len(random) == SERIAL_BYTES
    return int.from_bytes(random) & ((1 << 127) - 1) | (1 << 126)


def serial_text(serial: int) -> str:
    """Lower-case hex without leading zeros: the one form in messages and store."""
    return f"{serial:x}"


def make_root(key: ec.EllipticCurvePrivateKey, serial: int, now: InstantMs) -> Authority:
    """The root: signs itself, and issuing authorities below it."""
    name = _name("root")
    builder = _builder(name, name, key.public_key(), serial)
    builder = _lasting(builder, now, moment(now) + timedelta(days=ROOT_DAYS))
    builder = _signing(builder, path_length=1).add_extension(_key_id(key.public_key()), critical=False)
    return Authority(_sign(builder, key), key)


def make_issuing(root: Authority, key: ec.EllipticCurvePrivateKey, serial: int, now: InstantMs) -> Authority:
    """The issuing authority: leaves only, for TLS only (its key usages bind those below it)."""
    builder = _builder(_name("issuing"), root.certificate.subject, key.public_key(), serial)
    builder = _lasting(builder, now, moment(now) + timedelta(days=ISSUING_DAYS))
    builder = (
        _signing(builder, path_length=0)
        .add_extension(x509.ExtendedKeyUsage(list(_TLS)), critical=False)
        .add_extension(_key_id(key.public_key()), critical=False)
        .add_extension(_issuer_id(root), critical=False)
    )
    return Authority(_sign(builder, root.key), key)


def make_leaf(issuing: Authority, wanted: Wanted, serial: int, now: InstantMs) -> x509.Certificate:
    """A holder's certificate; it never outlives the one that signs it."""
    ends = min(moment(now) + timedelta(days=wanted.days), issuing.certificate.not_valid_after_utc)
    builder = _builder(_name(wanted.holder.system), issuing.certificate.subject, wanted.public_key, serial)
    builder = (
        _lasting(builder, now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**(_NO_USE | {"digital_signature": True})), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_usages(wanted.holder)), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(wanted)), critical=False)
        .add_extension(_key_id(wanted.public_key), critical=False)
        .add_extension(_issuer_id(issuing), critical=False)
    )
    return _sign(builder, issuing.key)


def make_list(issuing: Authority, revoked: Iterable[Revoked], number: int, now: InstantMs, keeps_ms: int) -> bytes:
    """The revocation list in DER (RFC 5280 §5).

    Args:
        issuing: who signs it.
        revoked: every certificate revoked so far.
        number: the list's own number; it only grows (§5.2.3).
        now: when it is made.
        keeps_ms: milliseconds until the next one at the latest.
    """
    made = moment(now)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuing.certificate.subject)
        .last_update(made)
        .next_update(made + timedelta(milliseconds=keeps_ms))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer_id(issuing), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16))
        builder = builder.add_revoked_certificate(entry.revocation_date(moment(one.revoked_at_ms)).build())
    return builder.sign(issuing.key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def holder_of(certificate: x509.Certificate) -> Holder:
    """Whom a certificate of ours names; raises WRONG_CERTIFICATE where that is not exactly one."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        return read_uri(uri)
    except (ValueError, x509.ExtensionNotFound):
        raise RenkeiError(Problem.WRONG_CERTIFICATE, "exactly one holder wanted") from None


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The hosts that it names, as they would stand in a request."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    kinds = (name for name in names if isinstance(name, x509.DNSName | x509.IPAddress))
    return tuple(str(name.value) for name in kinds)


def pem(certificate: x509.Certificate) -> str:
    """One certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode()


def not_after_ms(certificate: x509.Certificate) -> InstantMs:
    """When it ends."""
    return InstantMs(int(certificate.not_valid_after_utc.timestamp()) * 1000)


def moment(at: InstantMs) -> datetime:
    """Certificates count whole seconds."""
    return datetime.fromtimestamp(at // 1000, tz=UTC)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, NETWORK), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _usages(holder: Holder) -> list[x509.ObjectIdentifier]:
    return list(_TLS if holder.role in SERVERS else _TLS[:1])


def _names(wanted: Wanted) -> Sequence[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(wanted.holder.uri)]
    for host in wanted.hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, serial: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, key, serial)


def _lasting(builder: x509.CertificateBuilder, now: InstantMs, ends: datetime) -> x509.CertificateBuilder:
    return builder.not_valid_before(moment(now) - SKEW).not_valid_after(ends)


def _signing(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(**(_NO_USE | {"key_cert_sign": True, "crl_sign": True}))
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)


def _key_id(key: ec.EllipticCurvePublicKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key)


def _issuer_id(issuer: Authority) -> x509.AuthorityKeyIdentifier:
    own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
