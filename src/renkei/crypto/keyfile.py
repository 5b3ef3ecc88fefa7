"""The sealed file of the software key store: scrypt (RFC 7914) over the unlock secret, then AES-256-GCM.

Layout: magic `RENKEIKS`, version 1, log2 of scrypt's N, salt (16), nonce (12), ciphertext. All before the ciphertext is
bound as associated data, so neither the version nor the cost can be changed unseen.
"""

import struct
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from renkei.crypto.keystore import Entropy, KeyInfo, KeyPurpose, KeyState
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HEADER: Final = struct.Struct(">8sBB16s12s")
_MAGIC: Final = b"RENKEIKS"
_VERSION: Final = 1
_COST: Final = 15
"""log2 N: 32 MiB and about a tenth of a second at r = 8, p = 1. Unlock secrets are random files, not passwords."""
_MAX_COST: Final = 20


class KeyRecord(NamedTuple):
    """One key on its way into or out of the file."""

    info: KeyInfo
    secret: bytes

    def __repr__(self) -> str:
        return f"<key record {self.info.id}>"


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    purpose: KeyPurpose
    epoch: int
    state: KeyState
    secret: bytes

    def __repr__(self) -> str:
        return f"<key row {self.id}>"


def _key(unlock: bytes, salt: bytes, cost: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(unlock))


def seal(records: list[KeyRecord], unlock: bytes, entropy: Entropy) -> bytes:
    """The file's bytes.

    Args:
        records: the keys; those destroyed carry no secret.
        unlock: the secret that opens the file, kept elsewhere.
        entropy: gives salt and nonce.
    """
    salt, nonce = entropy(16), entropy(12)
    header = _HEADER.pack(_MAGIC, _VERSION, _COST, salt, nonce)
    rows = [_Row(r.info.id, r.info.purpose, r.info.epoch, r.info.state, r.secret) for r in records]
    return header + _key(unlock, salt, _COST).encrypt(nonce, msgspec.json.encode(rows), header)


def unseal(blob: bytes, unlock: bytes) -> list[KeyRecord]:
    """Read the file's bytes.

    Raises:
        RenkeiError: BAD_STORE, without saying whether the unlock or a byte was wrong.
    """
    try:
        magic, version, cost, salt, nonce = _HEADER.unpack_from(blob)
        if (magic, version) != (_MAGIC, _VERSION) or not _COST <= cost <= _MAX_COST:
            raise RenkeiError(Problem.BAD_STORE, "key store: form or version")
        header, sealed = blob[: _HEADER.size], blob[_HEADER.size :]
        rows = msgspec.json.decode(_key(unlock, salt, cost).decrypt(nonce, sealed, header), type=list[_Row])
    except (InvalidTag, struct.error, msgspec.MsgspecError):
        raise RenkeiError(Problem.BAD_STORE, "key store: does not open") from None
    return [KeyRecord(KeyInfo(row.id, row.purpose, row.epoch, row.state), row.secret) for row in rows]
