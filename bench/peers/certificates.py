"""One authority and a certificate per process, P-256, for a day; both ends of every connection show one."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.peers.settings import TlsFiles


class Authority:
    """Signs certificates and writes them, with their keys, into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("peer authority")
        made = self._builder("peer authority", self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._file = folder / "authority.pem"
        self._file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> TlsFiles:
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = self._builder(name, key).add_extension(x509.SubjectAlternativeName([address]), critical=False)
        files = TlsFiles(
            certificate=self._folder / f"{name}.pem", key=self._folder / f"{name}.key", authority=self._file
        )
        files.certificate.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files.key.touch(0o600)
        files.key.write_bytes(key.private_bytes(*form))
        return files

    def _builder(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        begins = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        ends = begins + dt.timedelta(days=1)
        number = x509.random_serial_number()
        return x509.CertificateBuilder(self._name, _name(name), key.public_key(), number, begins, ends)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def tls_context(tls: TlsFiles, purpose: ssl.Purpose) -> ssl.SSLContext:
    """TLS 1.3 with a certificate on both sides."""
    made = ssl.create_default_context(purpose, cafile=str(tls.authority))
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(tls.certificate, tls.key)
    return made
