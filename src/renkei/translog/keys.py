"""Verifier keys of signed notes: name, signature type, public key (C2SP signed-note, tlog-cosignature)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PUBLIC_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
_MAX_NAME: Final = 200


class NoteError(RenkeiError):
    """A note, a key or a signature is malformed or does not hold."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem.BAD_RECEIPT, detail)


class KeyType(IntEnum):
    """The signature types that we speak (C2SP signed-note, Signature types)."""

    ED25519 = 0x01
    """Over the note text: logs."""
    COSIGNATURE = 0x04
    """Ed25519 with a time, over `cosignature/v1` and the note text: witnesses."""


@dataclass(frozen=True)
class VerifierKey:
    """Whose signature, of which type, under which public key (32 bytes)."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != PUBLIC_BYTES:
            raise NoteError("key: length")

    @cached_property
    def id(self) -> bytes:
        """First 4 bytes of SHA-256(name || 0x0A || type || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        """The vkey: name+hex key id+base64(type || public key)."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey; the key id must be the right one.

        Raises:
            NoteError: another form, another signature type, or an id that does not belong to name and key.
        """
        name, _, rest = text.partition("+")
        _, _, material = rest.partition("+")
        data = decode_base64(material)
        if data[:1] not in {bytes([kind]) for kind in KeyType}:
            raise NoteError("key: type")
        key = cls(name, KeyType(data[0]), data[1:])
        if key.text() != text:
            raise NoteError("key: id")
        return key

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the 64 signature bytes are this key's over the message. Short messages are remembered."""
        return (_remembered if len(message) <= _REMEMBERED_BYTES else _verify)(self.public, signature, message)


def check_name(name: str) -> None:
    """A key name: 1 to 200 characters, no Unicode space, no plus, no control character, no half of a surrogate pair."""
    if not 0 < len(name) <= _MAX_NAME or "+" in name or any(_is_odd(c) for c in name):
        raise NoteError("key name")


def _is_odd(c: str) -> bool:
    return c.isspace() or ord(c) < 0x20 or 0xD800 <= ord(c) < 0xE000


def decode_base64(text: str) -> bytes:
    """Standard base64 with padding (RFC 4648 §4), in its one canonical form; raises NoteError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("base64") from None
    if base64.b64encode(data).decode() != text:
        raise NoteError("base64")
    return data


# One checkpoint serves all permits in it, so its signatures come by again and again.
_REMEMBERED_BYTES: Final = 1_024


@lru_cache(maxsize=64)
def _public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def _verify(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        _public(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


_remembered = lru_cache(maxsize=4_096)(_verify)
