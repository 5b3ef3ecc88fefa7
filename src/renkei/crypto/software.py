"""The key store in software: keys in the memory of one process, and a sealed file to start again from."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from renkei.crypto import hpke, keyfile
from renkei.crypto.keystore import (
    NEXT,
    Entropy,
    KeyInfo,
    KeyPurpose,
    KeyRefusedError,
    KeyState,
    KeyUse,
    active,
    admit,
    id_of,
    row,
)

_SECRET_BYTES: Final = 32
_MAX_ID: Final = 128
_HASH_BLOCK_BYTES: Final = 64
_PADS: Final = (0x36, 0x5C)


class _Key:
    """One key: what may be shown, its secret, and the object that pyca makes of it."""

    __slots__ = ("info", "machine", "secret")

    def __init__(self, info: KeyInfo, secret: bytes) -> None:
        self.info = info
        self.secret = secret
        self.machine: Ed25519PrivateKey | MLKEM768X25519PrivateKey | None = None
        if info.state is KeyState.DESTROYED:
            return
        if info.purpose is KeyPurpose.SIGN:
            self.machine = Ed25519PrivateKey.from_private_bytes(secret)
        elif info.purpose is KeyPurpose.SEAL:
            self.machine = hpke.private_from_seed(secret)

    def __repr__(self) -> str:
        return f"<key {self.info.id} {self.info.state.value}>"


class SoftwareKeyStore:
    """KeyStore over keys held in memory. It prints ids and states, never a key.

    Not safe against writing threads: keys are made, retired and destroyed at set-up or by one operator command, whose
    file a running system reads again (`refresh`). Using keys from several threads is safe.
    """

    def __init__(self, entropy: Entropy, keys: dict[str, _Key]) -> None:
        self._entropy = entropy
        self._keys = keys

    @classmethod
    def create(cls, entropy: Entropy) -> Self:
        """An empty store that makes its keys from `entropy`."""
        return cls(entropy, {})

    def make(self, key_id: str, purpose: KeyPurpose, epoch: int = 1, *, active: bool = True) -> KeyInfo:
        """Make a key; an id is never used twice, not even after destruction.

        Args:
            key_id: 1 to 128 printable ASCII characters without a space.
            purpose: what it may do from now on.
            epoch: its place in the row of keys of that purpose, from 1.
            active: False leaves it MADE: to be published before use.
        """
        if not (0 < len(key_id) <= _MAX_ID and key_id.isascii() and key_id.isprintable() and " " not in key_id):
            raise KeyRefusedError(repr(key_id[:_MAX_ID]), "not a key id")
        if key_id in self._keys:
            raise KeyRefusedError(key_id, "exists")
        info = KeyInfo(key_id, purpose, epoch, KeyState.ACTIVE if active else KeyState.MADE)
        self._keys[key_id] = _Key(info, self._entropy(_secret_bytes(purpose)))
        return info

    def activate(self, key_id: str) -> None:
        """MADE becomes ACTIVE."""
        self._move(key_id, KeyState.ACTIVE)

    def retire(self, key_id: str) -> None:
        """ACTIVE becomes RETIRED: it reads what is old and makes nothing new."""
        self._move(key_id, KeyState.RETIRED)

    def destroy(self, key_id: str) -> None:
        """The secret is dropped; the id, purpose and epoch stay to be seen."""
        self._move(key_id, KeyState.DESTROYED)

    def _move(self, key_id: str, state: KeyState) -> None:
        key = self._find(key_id)
        if state not in NEXT[key.info.state]:
            raise KeyRefusedError(key_id, f"{key.info.state.value} does not become {state.value}")
        secret = b"" if state is KeyState.DESTROYED else key.secret
        self._keys[key_id] = _Key(replace(key.info, state=state), secret)

    def follow(self, name: str) -> KeyInfo:
        """Make the key that follows the others of its name: first to be published, then to be activated (`succeed`)."""
        newest = row(self, name)[0]
        if newest.state is KeyState.MADE:
            raise KeyRefusedError(newest.id, "was made already, and is not active yet")
        return self.make(id_of(name, newest.epoch + 1), newest.purpose, newest.epoch + 1, active=False)

    def succeed(self, name: str) -> None:
        """The key that was made becomes the active one of its name, the active one retires."""
        newest = row(self, name)[0]
        if newest.state is not KeyState.MADE:
            raise KeyRefusedError(newest.id, "no key follows it")
        self.retire(active(self, name))
        self.activate(newest.id)

    def clear(self, name: str) -> list[str]:
        """Destroy the retired keys of a name; their ids."""
        retired = [info.id for info in row(self, name) if info.state is KeyState.RETIRED]
        for key_id in retired:
            self.destroy(key_id)
        return retired

    def list_keys(self) -> list[KeyInfo]:
        """All keys, by id."""
        return [self._keys[key_id].info for key_id in sorted(self._keys)]

    def public(self, key_id: str) -> bytes:
        """The public half; see KeyStore."""
        key = self._use(key_id, KeyUse.PUBLIC)
        if isinstance(key.machine, Ed25519PrivateKey):
            return key.machine.public_key().public_bytes_raw()
        return hpke.public_of_seed(key.secret)

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Ed25519 signature (RFC 8032); see KeyStore."""
        machine = self._use(key_id, KeyUse.SIGN).machine
        assert isinstance(machine, Ed25519PrivateKey)
        return machine.sign(message)

    def open(self, key_id: str, info: bytes, sealed: bytes) -> bytes:
        """Open what was sealed to this key (RFC 9180); see KeyStore."""
        machine = self._use(key_id, KeyUse.OPEN).machine
        assert isinstance(machine, MLKEM768X25519PrivateKey)
        return hpke.open_sealed(machine, info, sealed)

    def mac(self, key_id: str, messages: Sequence[bytes]) -> list[bytes]:
        """HMAC-SHA-256 of each message (RFC 2104); see KeyStore."""
        return _macs(self._use(key_id, KeyUse.MAC).secret, messages)

    def derive(self, key_id: str, context: bytes, length: int = 32) -> bytes:
        """HKDF-Expand (RFC 5869 §2.3); see KeyStore."""
        secret = self._use(key_id, KeyUse.DERIVE).secret
        return HKDFExpand(hashes.SHA256(), length, context).derive(secret)

    def _find(self, key_id: str) -> _Key:
        key = self._keys.get(key_id)
        if key is None:
            raise KeyRefusedError(key_id, "unknown")
        return key

    def _use(self, key_id: str, use: KeyUse) -> _Key:
        key = self._find(key_id)
        admit(key.info, use)
        return key

    def refresh(self, blob: bytes, unlock: bytes) -> bool:
        """Take over what a command has changed in the file; whether it has changed anything.

        Raises:
            RenkeiError: BAD_STORE as `load`; KeyRefusedError for a file in which a key of this store is not.
        """
        fresh = {record.info.id: _Key(record.info, record.secret) for record in keyfile.unseal(blob, unlock)}
        if gone := self._keys.keys() - fresh.keys():
            raise KeyRefusedError(min(gone), "gone from the file")
        changed = [key.info for key in fresh.values()] != [key.info for key in self._keys.values()]
        self._keys = fresh
        return changed

    def dump(self, unlock: bytes) -> bytes:
        """The store as a sealed file (`keyfile`); destroyed keys are in it as names only."""
        records = [keyfile.KeyRecord(key.info, key.secret) for key in self._keys.values()]
        return keyfile.seal(records, unlock, self._entropy)

    @classmethod
    def load(cls, blob: bytes, unlock: bytes, entropy: Entropy) -> Self:
        """Open what `dump` made.

        Raises:
            RenkeiError: BAD_STORE for a wrong unlock, a changed byte or an unknown version; nothing is told of which.
        """
        records = keyfile.unseal(blob, unlock)
        return cls(entropy, {record.info.id: _Key(record.info, record.secret) for record in records})

    def __repr__(self) -> str:
        return f"<SoftwareKeyStore {len(self._keys)} keys>"


def _secret_bytes(purpose: KeyPurpose) -> int:
    return hpke.SEED_BYTES if purpose is KeyPurpose.SEAL else _SECRET_BYTES


def _macs(secret: bytes, messages: Sequence[bytes]) -> list[bytes]:
    if len(messages) < 8:  # below that, keying a state costs more than it saves
        return [hmac.digest(secret, message, "sha256") for message in messages]
    # RFC 2104 §4: both keyed states are made once. `hmac` copies its own at twice the price.
    assert len(secret) <= _HASH_BLOCK_BYTES
    block = secret.ljust(_HASH_BLOCK_BYTES, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in _PADS)
    found: list[bytes] = []
    for message in messages:
        within = inner.copy()
        within.update(message)
        state = outer.copy()
        state.update(within.digest())
        found.append(state.digest())
    return found
