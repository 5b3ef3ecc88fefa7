"""A certification authority for tests: real certificates, made in memory, written where a test wants them."""

import datetime as dt
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from renkei.platform.config import Tls

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """When a certificate holds, counted from now."""

    begins: dt.timedelta = -DAY
    ends: dt.timedelta = DAY


@dataclass
class Authority:
    """Issues leaf certificates under one self-signed root into `folder`."""

    folder: Path
    name: str = "test root"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(self.name, self.name, self.key.public_key(), Life(-DAY, 30 * DAY))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.root = builder.sign(self.key, hashes.SHA256())
        self.root_file = self.folder / "root.pem"
        self.root_file.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        self.issued = 0

    def issue(self, *uris: str, life: Life | None = None, host: str = "localhost", believe: Path | None = None) -> Tls:
        """A key and certificate on disk with these URI names."""
        self.issued += 1
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(f"leaf {self.issued}", self.name, key.public_key(), life or Life())
        names: list[x509.GeneralName] = [x509.DNSName(host), x509.IPAddress(ip_address("127.0.0.1"))]
        names += [x509.UniformResourceIdentifier(uri) for uri in uris]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return self._write(key, certificate, believe)

    def _write(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, believe: Path | None) -> Tls:
        pem = serialization.Encoding.PEM
        key_file, certificate_file = self.folder / f"{self.issued}.key", self.folder / f"{self.issued}.pem"
        key_file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        )
        certificate_file.write_bytes(certificate.public_bytes(pem))
        return Tls(certificate=certificate_file, key=key_file, authorities=believe or self.root_file)


def serial_of(tls: Tls) -> int:
    return x509.load_pem_x509_certificate(tls.certificate.read_bytes()).serial_number


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey, life: Life) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + life.begins)
        .not_valid_after(now + life.ends)
    )
