"""Real certificates for room tests, from the certification room's own rules, written where a test wants them."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Tls
from renkei.platform.entropy import system_entropy
from renkei.systems.certification.rules import certificates, requests
from renkei.systems.certification.rules.certificates import Authority
from renkei.systems.certification.rules.requests import Holder, Wanted
from renkei.terms.bodies import BodyId, Role, SystemName


@dataclass
class Identities:
    """An authority in one folder; issues as many identities as asked."""

    folder: Path
    issuing: Authority
    authorities: Path

    @classmethod
    def found(cls, folder: Path) -> "Identities":
        folder.mkdir(parents=True, exist_ok=True)
        now = SystemClock().now_ms()
        root = certificates.make_root(requests.new_key(), _serial(), now)
        issuing = certificates.make_issuing(root, requests.new_key(), _serial(), now)
        authorities = folder / "authorities.pem"
        authorities.write_text(certificates.pem(root.certificate))
        return cls(folder, issuing, authorities)

    def tls(self, role: Role, system: str, body: str | None = None) -> Tls:
        """A key and a certificate on disk."""
        key = requests.new_key()
        holder = Holder(role, SystemName(system), None if body is None else BodyId(body))
        public = key.public_key()
        wanted = Wanted(holder, ("localhost", "127.0.0.1"), 30, public, requests.digest_of(public))
        leaf = certificates.make_leaf(self.issuing, wanted, _serial(), SystemClock().now_ms())
        chain = certificates.pem(leaf) + certificates.pem(self.issuing.certificate)
        return self.keep(f"{role.value}-{system}-{body}", requests.key_pem(key), chain)

    def keep(self, name: str, key_pem: bytes, chain_pem: str) -> Tls:
        """Put a key and its chain on disk."""
        assert load_pem_private_key(key_pem, None)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_text(chain_pem)
        key.write_bytes(key_pem)
        return Tls(certificate=certificate, key=key, authorities=self.authorities)


def key_file(folder: Path, keys: dict[str, KeyPurpose]) -> KeyFile:
    """A software key store on disk that holds these keys."""
    store = SoftwareKeyStore.create(system_entropy)
    for key_id, purpose in keys.items():
        store.make(key_id, purpose)
    path, unlock = folder / "keys", folder / "keys.unlock"
    unlock.touch(mode=0o600)
    unlock.write_bytes(b"correct horse")
    path.write_bytes(store.dump(b"correct horse"))
    return KeyFile(path=path, unlock=unlock)


def _serial() -> int:
    return certificates.serial_from(system_entropy(certificates.SERIAL_BYTES))
