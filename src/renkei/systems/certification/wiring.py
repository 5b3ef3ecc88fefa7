"""Configuration to running system; and the founding of an authority: root, issuing authority, first operator."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Settings, Tls
from renkei.platform.entropy import Entropy, system_entropy
from renkei.platform.peers.server import Revocations, Server, ServerOptions
from renkei.platform.process import Stop, System, SystemSettings
from renkei.platform.sql import Database, Store
from renkei.systems.certification import api
from renkei.systems.certification.ports import Issued
from renkei.systems.certification.rules import certificates, requests
from renkei.systems.certification.rules.certificates import Authority
from renkei.systems.certification.rules.requests import Holder, Wanted
from renkei.systems.certification.service import Certification, Means
from renkei.systems.certification.store import SqlStore
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MIGRATIONS: Final = Path(__file__).parent / "migrations"
CERTIFICATION: Final = Holder(Role.CERTIFICATION, SystemName("certification"))
FIRST_OPERATOR: Final = Holder(Role.OPERATOR, SystemName("operator-1"))
LEAF_DAYS: Final = 365
HOSTS: Final = ("localhost", "127.0.0.1")


class Issuing(Settings, frozen=True):
    """The issuing authority: certificate, its key (PEM under a passphrase), and the file with the passphrase."""

    certificate: Path
    key: Path
    unlock: Path


class Config(SystemSettings, frozen=True, kw_only=True):
    """etc/certification.toml. `founding`: certificates made before this store was, entered at every start."""

    store: Store
    listen: Listen
    tls: Tls
    issuing: Issuing
    founding: tuple[Path, ...] = ()


async def build(config: Config, stop: Stop) -> System:
    """Wire the system. It opens no door before its register knows what is revoked."""
    issuing = load_issuing(config.issuing)
    founding = [_founding(path, issuing) for path in config.founding]
    database = Database.open(config.store, [MIGRATIONS], on_failure=lambda error: stop(type(error).__name__))
    revocations, clock = Revocations(), SystemClock()
    means = Means(clock.now_ms, system_entropy, lambda serials: revocations.replace(int(one, 16) for one in serials))
    service = Certification(SqlStore(database), issuing, means)
    for issued in founding:
        await service.enter(issued)
    await service.announce()
    options = ServerOptions(revocations=revocations, clock=clock)
    server = Server(config.listen, config.tls, api.doors(config.name, service), options=options)
    return System(config.name, server, [server], [database.close])


def load_issuing(files: Issuing) -> Authority:
    """The issuing authority as it lies on disk; raises BAD_CONFIGURATION, without the passphrase."""
    sealed = KeyFile(path=files.key, unlock=files.unlock)
    certificate = _certificate(files.certificate)
    try:
        certified = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{files.certificate}: its key cannot be used") from None
    try:
        key = load_pem_private_key(sealed.sealed(), sealed.secret())
    except (ValueError, TypeError):
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{files.key}: not a key that {files.unlock} unlocks") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certified:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{files.key}: not the key of {files.certificate}")
    return Authority(certificate, key)


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a holder's certificate (leaf, then issuing) and key lie."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Founded:
    """What the founding of an authority has written. All but `root_key` lie in its folder; that one goes offline."""

    root: Path
    root_key: Path
    issuing: Path
    issuing_key: Path
    unlock: Path
    authorities: Path
    """What every system believes: the root. During a change of roots, both."""
    certification: Identity
    operator: Identity


def init_authority(folder: Path, offline: Path, entropy: Entropy, now: InstantMs) -> Founded:
    """Make a root, an issuing authority, the certification system's own certificate and the first operator's.

    Args:
        folder: where the certification system will find its files.
        offline: where the root's key goes; to be taken away from the machine afterwards.
        entropy: for serial numbers and the passphrase; keys come from OpenSSL's own generator.
        now: when all of them begin to hold.

    Raises:
        RenkeiError: BAD_CONFIGURATION if an authority stands there already: a root is made once.
    """
    files = _layout(folder, offline)
    for path in (files.root, files.root_key):
        if path.exists():
            raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: exists; a root is made once")
    root = certificates.make_root(requests.new_key(), _serial(entropy), now)
    issuing = certificates.make_issuing(root, requests.new_key(), _serial(entropy), now)
    passphrase = entropy(32).hex().encode()
    for each in (folder, offline):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(files.root_key, requests.key_pem(root.key), 0o600)
    _write(files.unlock, passphrase, 0o600)
    _write(files.issuing_key, _locked(issuing.key, passphrase), 0o600)
    _write(files.issuing, certificates.pem(issuing.certificate).encode(), 0o644)
    for holder, identity in ((CERTIFICATION, files.certification), (FIRST_OPERATOR, files.operator)):
        _found(issuing, holder, identity, (_serial(entropy), now))
    _write(files.authorities, certificates.pem(root.certificate).encode(), 0o644)
    # Last, because it says that the founding is complete.
    _write(files.root, certificates.pem(root.certificate).encode(), 0o644)
    return files


def _layout(folder: Path, offline: Path) -> Founded:
    return Founded(
        root=folder / "root.pem",
        root_key=offline / "root.key",
        issuing=folder / "issuing.pem",
        issuing_key=folder / "issuing.key",
        unlock=folder / "issuing.unlock",
        authorities=folder / "authorities.pem",
        certification=Identity(folder / "certification.pem", folder / "certification.key"),
        operator=Identity(folder / "operator.pem", folder / "operator.key"),
    )


def _found(issuing: Authority, holder: Holder, files: Identity, marks: tuple[int, InstantMs]) -> None:
    key = requests.new_key()
    public = key.public_key()
    hosts = HOSTS if holder.role in requests.SERVERS else ()
    leaf = certificates.make_leaf(issuing, Wanted(holder, hosts, LEAF_DAYS, public, requests.digest_of(public)), *marks)
    _write(files.key, requests.key_pem(key), 0o600)
    chain = certificates.pem(leaf) + certificates.pem(issuing.certificate)
    _write(files.certificate, chain.encode(), 0o644)


def _founding(path: Path, issuing: Authority) -> Issued:
    leaf = _certificate(path)
    key = leaf.public_key()
    try:
        leaf.verify_directly_issued_by(issuing.certificate)
    except (ValueError, TypeError, InvalidSignature):
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: not issued by this authority") from None
    assert isinstance(key, ec.EllipticCurvePublicKey)
    begins = InstantMs(int(leaf.not_valid_before_utc.timestamp()) * 1000)
    wanted = Wanted(certificates.holder_of(leaf), certificates.hosts_of(leaf), LEAF_DAYS, key, requests.digest_of(key))
    serial, ends = certificates.serial_text(leaf.serial_number), certificates.not_after_ms(leaf)
    return Issued(wanted, serial, certificates.pem(leaf), begins, ends)


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: {error.strerror}") from None
    except ValueError:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: not a certificate in PEM") from None


def _serial(entropy: Entropy) -> int:
    return certificates.serial_from(entropy(certificates.SERIAL_BYTES))


def _locked(key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def _write(path: Path, data: bytes, mode: int) -> None:
    # Never over an older file: what is lost here cannot be made again.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
