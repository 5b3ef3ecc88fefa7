"""Sealing to a public key: HPKE (RFC 9180), hybrid KEM ML-KEM-768 + X25519, HKDF-SHA-256, AES-256-GCM (design 6).

pyca's single-shot API has no AAD argument, so callers bind their context through `info` (RFC 9180 §5.1).
Sealed form: encapsulated key (1,120 bytes), then ciphertext and tag (16 bytes).
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

MLKEM_PUBLIC_BYTES: Final = 1_184
PUBLIC_BYTES: Final = MLKEM_PUBLIC_BYTES + 32
MLKEM_SEED_BYTES: Final = 64
SEED_BYTES: Final = MLKEM_SEED_BYTES + 32
OVERHEAD_BYTES: Final = 1_120 + 16
"""What sealing adds to a plaintext."""
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealError(RenkeiError):
    """Something sealed does not open, or a public key cannot be sealed to."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem.BAD_ENVELOPE, detail)


def private_from_seed(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The private key of 96 bytes: ML-KEM seed d || z (FIPS 203 §7.1), then X25519 scalar (RFC 7748)."""
    assert len(seed) == SEED_BYTES  # only key stores call this, with what they made or unsealed
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:MLKEM_SEED_BYTES])
    return MLKEM768X25519PrivateKey(mlkem, X25519PrivateKey.from_private_bytes(seed[MLKEM_SEED_BYTES:]))


def public_of_seed(seed: bytes) -> bytes:
    """The 1,216 public bytes that belong to a seed: ML-KEM-768 encapsulation key, then X25519."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:MLKEM_SEED_BYTES]).public_key().public_bytes_raw()
    return mlkem + X25519PrivateKey.from_private_bytes(seed[MLKEM_SEED_BYTES:]).public_key().public_bytes_raw()


@lru_cache(maxsize=4_096)
def public_from_bytes(public: bytes) -> MLKEM768X25519PublicKey:
    """Read 1,216 public bytes.

    Raises:
        SealError: wrong length, or not an ML-KEM-768 key (FIPS 203 §7.2).
    """
    if len(public) != PUBLIC_BYTES:
        raise SealError("seal key: length")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES])
        return MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:]))
    except ValueError:
        raise SealError("seal key: form") from None


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal to a public key (RFC 9180 §6.1, base mode).

    Args:
        public: 1,216 bytes of the recipient.
        info: context that must be the same at opening.
        plaintext: any length; the result is `OVERHEAD_BYTES` longer.

    Raises:
        SealError: the public key cannot be used.
    """
    try:
        return _SUITE.encrypt(plaintext, public_from_bytes(public), info)
    except ValueError:  # X25519 refuses points of small order (RFC 7748 §6.1)
        raise SealError("seal key: refused") from None


def open_sealed(private: MLKEM768X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Open what `seal` made.

    Raises:
        SealError: any bit of it, or of `info`, is not as it was, or it was sealed to another key.
    """
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise SealError("seal") from None
