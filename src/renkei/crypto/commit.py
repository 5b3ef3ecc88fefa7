"""Commitments: what a public record says about a person or a code without telling anybody who it is (design 5).

A commitment hides because its salt has 32 unpredictable bytes, and binds because SHA-256 does. When salt and value are
destroyed after the keeping period (令30条: 7 years), nothing about the person is left in the log.
"""

import hashlib
import hmac
from typing import Final

SALT_BYTES: Final = 32
_COMMITMENT: Final = b"renkei/commitment/1\0"
_SUBSALT: Final = b"renkei/subsalt/1\0"


def commitment(domain: str, salt: bytes, value: bytes) -> bytes:
    """SHA-256(`renkei/commitment/1` || 0 || domain || 0 || salt || value), 32 bytes.

    Args:
        domain: what is committed to (`person`, `inquirer`, ...), so that one commitment cannot stand for another.
        salt: 32 unpredictable bytes used for this commitment alone.
        value: any length; all that precedes it is of known length or ends in 0, so the input has one reading.
    """
    assert len(salt) == SALT_BYTES
    return hashlib.sha256(_COMMITMENT + _name(domain) + salt + value).digest()


def subsalt(salt: bytes, name: str) -> bytes:
    """HMAC-SHA-256 of the record's salt over a name, 32 bytes: who holds one sub-salt learns nothing of its siblings.

    Args:
        salt: the 32 bytes of the record, held by the core alone.
        name: `leaf`, `person`, `inquirer`, `provider` or `content`.
    """
    assert len(salt) == SALT_BYTES
    return hmac.digest(salt, _SUBSALT + _name(name), "sha256")


def _name(text: str) -> bytes:
    assert text.isascii()
    assert text.isprintable()
    return text.encode() + b"\0"
