"""Sealed columns: AES-256-GCM with table, column and row bound in, so that no value can be moved (design 8).

Sealed form: version 1, nonce (12 bytes), ciphertext and tag (16). Each table and column has a key of its own, so random
nonces stay far below the 2^32 uses of one key that NIST SP 800-38D §8.3 allows.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renkei.crypto.keystore import Entropy, KeyStore
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = 1 + _NONCE_BYTES
_DOMAIN: Final = b"renkei/column/1\0"


class ColumnSealer:
    """Seals and opens the columns of one owner (one body, one system) under its column key."""

    def __init__(self, store: KeyStore, key_id: str, entropy: Entropy) -> None:
        self._store = store
        self._key_id = key_id
        self._entropy = entropy
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def seal(self, table: str, column: str, row: bytes, plaintext: bytes) -> bytes:
        """The value to store, 29 bytes longer than the plaintext.

        Args:
            table: where it will stand, an identifier of our own schema.
            column: the same.
            row: the row's key, as the owner names it.
            plaintext: what nobody else may read.
        """
        nonce = self._entropy(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher(table, column).encrypt(nonce, plaintext, row)

    def seal_all(self, table: str, column: str, values: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """The same for a list of rows with their plaintexts, at less cost for each."""
        encrypt, luck = self._cipher(table, column).encrypt, self._entropy(_NONCE_BYTES * len(values))
        nonces = [luck[first : first + _NONCE_BYTES] for first in range(0, len(luck), _NONCE_BYTES)]
        return [
            _VERSION + nonce + encrypt(nonce, plaintext, row)
            for nonce, (row, plaintext) in zip(nonces, values, strict=True)
        ]

    def open(self, table: str, column: str, row: bytes, sealed: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            RenkeiError: BAD_STORE if a byte was changed or the value stood elsewhere; names table and column only.
        """
        if sealed[:1] == _VERSION:
            nonce, rest = sealed[1:_HEAD_BYTES], sealed[_HEAD_BYTES:]
            try:
                return self._cipher(table, column).decrypt(nonce, rest, row)
            except (InvalidTag, ValueError):  # ValueError: cut short within the nonce
                pass
        raise RenkeiError(Problem.BAD_STORE, f"sealed column {table}.{column}")

    def _cipher(self, table: str, column: str) -> AESGCM:
        found = self._ciphers.get((table, column))
        if found is None:
            context = _DOMAIN + table.encode() + b"\0" + column.encode()
            found = self._ciphers[(table, column)] = AESGCM(self._store.derive(self._key_id, context))
        return found

    def __repr__(self) -> str:
        return f"<ColumnSealer {self._key_id}>"
