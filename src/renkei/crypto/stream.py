"""A stream sealed in pieces: AES-256-GCM, the place of each piece and the end of all bound in.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), laid out as the payload of C2SP age: 64 KiB each,
nonce = number of the piece (11 bytes, big-endian) and 1 for the last piece, 0 for all others. So a piece cannot be left
out, moved, doubled or cut off. Each stream has a key of its own (HKDF, RFC 5869), so numbers may serve as nonces; what
stands in clear before the pieces is associated data of each.
"""

from collections.abc import Callable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

KEY_BYTES: Final = 32
SALT_BYTES: Final = 32
PIECE_BYTES: Final = 65_536
_TAG_BYTES: Final = 16
_DOMAIN: Final = b"renkei/stream/1\0"

Read = Callable[[int], bytes]
"""Gives so many bytes; fewer only at the end, and then nothing more."""


def seal(key: bytes, salt: bytes, head: bytes, read: Read) -> Iterator[bytes]:
    """The sealed pieces of a stream, in order.

    Args:
        key: 32 bytes; may seal any number of streams.
        salt: 32 random bytes, for this stream alone; to be kept with it.
        head: what stands in clear beside the stream and must be what it was when it is opened.
        read: gives the stream.
    """
    cipher, number, piece = _cipher(key, salt), 0, read(PIECE_BYTES)
    while True:
        after = read(PIECE_BYTES) if len(piece) == PIECE_BYTES else b""
        yield cipher.encrypt(_nonce(number, last=not after), piece, head)
        if not after:
            return
        number, piece = number + 1, after


def open_pieces(key: bytes, salt: bytes, head: bytes, read: Read) -> Iterator[bytes]:
    """The pieces that `seal` was given; nothing of them holds before the last one has come.

    Raises:
        RenkeiError: BAD_STORE: another key or head, a byte changed, a piece missing or moved, cut short, more behind.
    """
    cipher, number, piece = _cipher(key, salt), 0, read(PIECE_BYTES + _TAG_BYTES)
    while True:
        after = read(PIECE_BYTES + _TAG_BYTES)
        try:
            opened = cipher.decrypt(_nonce(number, last=not after), piece, head)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            raise RenkeiError(Problem.BAD_STORE, f"sealed stream: does not open at piece {number}") from None
        yield opened
        if not after:
            return
        number, piece = number + 1, after


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    assert (len(key), len(salt)) == (KEY_BYTES, SALT_BYTES)
    return AESGCM(HKDF(hashes.SHA256(), KEY_BYTES, salt, _DOMAIN).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
