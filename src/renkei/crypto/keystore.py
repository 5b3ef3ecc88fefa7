"""What a key can do, never the key (design 9; 命令41条の2-45 for the keys of codes).

Every caller names a key by its id (`sign`, `seal`, `141003-mayor/sign`) and asks for an operation. A store in software
and one behind PKCS#11 look the same from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Entropy = Callable[[int], bytes]
"""Given a number of bytes, that many unpredictable bytes; handed in, because floors 0-2 make no luck themselves."""


class KeyPurpose(Enum):
    """What a key is for. A key of one purpose refuses the operations of all others."""

    SIGN = "sign"
    """Ed25519 (RFC 8032): envelopes, checkpoints, cosignatures, directories; one key id for each of these."""
    SEAL = "seal"
    """HPKE (RFC 9180) with the ML-KEM-768 + X25519 hybrid: opens what was sealed to the holder."""
    LINK = "link"
    """HMAC-SHA-256: 連携用符号 from 住民票コード (令27条)."""
    INDEX = "index"
    """HMAC-SHA-256: the name of a person in the issuance file."""
    BODY = "body"
    """Derives the ciphers of 情報提供用個人識別符号, one per body and epoch (法21条の2)."""
    RECORD = "record"
    """Derives the cipher of 情報提供等記録用符号 (命令47条3項)."""
    COLUMN = "column"
    """Derives the ciphers of sealed columns."""


class KeyState(Enum):
    """The life of a key. A retired key still reads what is old and makes nothing new."""

    MADE = "made"
    ACTIVE = "active"
    RETIRED = "retired"
    DESTROYED = "destroyed"


NEXT: Final[Mapping[KeyState, frozenset[KeyState]]] = {
    KeyState.MADE: frozenset({KeyState.ACTIVE, KeyState.DESTROYED}),
    KeyState.ACTIVE: frozenset({KeyState.RETIRED, KeyState.DESTROYED}),
    KeyState.RETIRED: frozenset({KeyState.DESTROYED}),
    KeyState.DESTROYED: frozenset(),
}


class KeyUse(Enum):
    """The operations of a key store."""

    PUBLIC = "public"
    SIGN = "sign"
    OPEN = "open"
    MAC = "mac"
    DERIVE = "derive"


USES: Final[Mapping[KeyPurpose, frozenset[KeyUse]]] = {
    KeyPurpose.SIGN: frozenset({KeyUse.PUBLIC, KeyUse.SIGN}),
    KeyPurpose.SEAL: frozenset({KeyUse.PUBLIC, KeyUse.OPEN}),
    KeyPurpose.LINK: frozenset({KeyUse.MAC}),
    KeyPurpose.INDEX: frozenset({KeyUse.MAC}),
    KeyPurpose.BODY: frozenset({KeyUse.DERIVE}),
    KeyPurpose.RECORD: frozenset({KeyUse.DERIVE}),
    KeyPurpose.COLUMN: frozenset({KeyUse.DERIVE}),
}
# A new public key is published before it is used, and peers may seal to it as soon as they see it: so MADE opens.
# Old codes, columns and letters must stay readable: so RETIRED does all but sign.
ALLOWED: Final[Mapping[KeyState, frozenset[KeyUse]]] = {
    KeyState.MADE: frozenset({KeyUse.PUBLIC, KeyUse.OPEN}),
    KeyState.ACTIVE: frozenset(KeyUse),
    KeyState.RETIRED: frozenset(KeyUse) - {KeyUse.SIGN},
    KeyState.DESTROYED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key. `epoch` counts the keys of one purpose that followed each other, from 1."""

    id: str
    purpose: KeyPurpose
    epoch: int
    state: KeyState


class KeyRefusedError(RenkeiError):
    """The store has no such key, or the key's purpose or state forbids the operation."""

    def __init__(self, key_id: str, why: str) -> None:
        super().__init__(Problem.BAD_CONFIGURATION, f"key {key_id}: {why}")


def admit(info: KeyInfo, use: KeyUse) -> None:
    """Let an operation through, or raise KeyRefusedError naming key, purpose and state."""
    if use not in USES[info.purpose]:
        raise KeyRefusedError(info.id, f"a {info.purpose.value} key does not {use.value}")
    if use not in ALLOWED[info.state]:
        raise KeyRefusedError(info.id, f"{info.state.value}, so it does not {use.value}")


def id_of(name: str, epoch: int) -> str:
    """The id of a key among those that follow each other under one name: `sign`, then `sign.2`, `sign.3`."""
    return name if epoch == 1 else f"{name}.{epoch}"


class KeyStore(Protocol):
    """Operations on named keys. Every method raises KeyRefusedError for an unknown, unfit or destroyed key."""

    def list_keys(self) -> list[KeyInfo]:
        """All keys, by id."""
        ...

    def public(self, key_id: str) -> bytes:
        """The public half: 32 bytes Ed25519 (SIGN) or 1,216 bytes ML-KEM-768 || X25519 (SEAL)."""
        ...

    def sign(self, key_id: str, message: bytes) -> bytes:
        """64 bytes Ed25519 (RFC 8032) over the message as it is: callers put a domain in front."""
        ...

    def open(self, key_id: str, info: bytes, sealed: bytes) -> bytes:
        """Open what `hpke.seal` made for this key and this `info`; raises SealError when anything was changed."""
        ...

    def mac(self, key_id: str, messages: Sequence[bytes]) -> list[bytes]:
        """HMAC-SHA-256 (RFC 2104), 32 bytes for each message of a list."""
        ...

    def derive(self, key_id: str, context: bytes, length: int = 32) -> bytes:
        """HKDF-Expand with SHA-256 (RFC 5869 §2.3), `context` as its info: `length` bytes, at most 8,160."""
        ...


def row(store: KeyStore, name: str) -> list[KeyInfo]:
    """The keys that follow each other under one name, the newest first; raises KeyRefusedError where there is none."""
    found = [info for info in store.list_keys() if info.id == id_of(name, info.epoch)]
    if not found:
        raise KeyRefusedError(name, "unknown")
    return sorted(found, key=lambda info: info.epoch, reverse=True)


def active(store: KeyStore, name: str) -> str:
    """The id of the newest active key of that name; raises KeyRefusedError."""
    for info in row(store, name):
        if info.state is KeyState.ACTIVE:
            return info.id
    raise KeyRefusedError(name, "none is active")


def openers(store: KeyStore, name: str) -> list[str]:
    """The ids of all keys of that name that still open, or open already; the newest first."""
    return [info.id for info in row(store, name) if KeyUse.OPEN in ALLOWED[info.state]]
