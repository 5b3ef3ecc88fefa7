"""Signed notes (C2SP signed-note) and timestamped cosignatures (C2SP tlog-cosignature, cosignature/v1).

A note: text, blank line, then one line per signature: em dash, space, key name, space, base64(key id || signature).
"""

import base64
import struct
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from renkei.translog.keys import KEY_ID_BYTES, KeyType, NoteError, VerifierKey, check_name, decode_base64

MAX_NOTE_BYTES: Final = 65_536
MAX_SIGNATURES: Final = 16
_DASH: Final = "\u2014 "
_MAX_TIME: Final = 2**63 - 1
Signer = Callable[[bytes], bytes]
"""Given a message, 64 bytes Ed25519: a key store's `sign` with the key id filled in."""


class Signature(NamedTuple):
    """One signature line: key name, key id (4 bytes), and what the signature type puts behind the id."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


class Signed(NamedTuple):
    """A signature that holds: by which key, and for cosignatures at what time (seconds since 1970)."""

    key: VerifierKey
    time_s: int | None


class Note(NamedTuple):
    """A text and the signatures under it. Nothing is believed until `verify_note`."""

    text: str
    signatures: tuple[Signature, ...]

    def render(self) -> str:
        """The note's one form."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


def parse_note(note: str) -> Note:
    """Split a note into text and signatures (C2SP signed-note, Format).

    Raises:
        NoteError: any other form, more than 64 KiB or more than 16 signatures.
    """
    if len(note) > MAX_NOTE_BYTES or _size(note) > MAX_NOTE_BYTES:
        raise NoteError("note: too large")
    if any(c < " " and c != "\n" for c in note):
        raise NoteError("note: control character")
    head, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("note: form")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("note: too many signatures")
    return Note(head + "\n", tuple(parse_signature(line) for line in lines))


def _size(note: str) -> int:
    try:
        return len(note.encode())
    except UnicodeEncodeError:
        raise NoteError("note: not UTF-8") from None


def parse_signature(line: str) -> Signature:
    """Read one signature line without its newline; raises NoteError."""
    name, space, rest = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteError("signature line")
    check_name(name)
    data = decode_base64(rest)
    if len(data) <= KEY_ID_BYTES:
        raise NoteError("signature: too short")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def sign_note(text: str, key: VerifierKey, signer: Signer) -> Signature:
    """An Ed25519 signature over the note text (type 0x01)."""
    assert key.type is KeyType.ED25519
    return Signature(key.name, key.id, signer(text.encode()))


def cosign_note(text: str, key: VerifierKey, time_s: int, signer: Signer) -> Signature:
    """A cosignature (type 0x04): the witness saw this tree head, the largest it knows, at that time.

    Args:
        text: the whole checkpoint body, ending in a newline.
        key: the witness's; used for this alone, since the message does not name the witness.
        time_s: seconds since 1970, at most 2^63 - 1.
        signer: makes 64 bytes over `cosignature/v1`, the time line and the text.
    """
    assert key.type is KeyType.COSIGNATURE
    assert 0 <= time_s <= _MAX_TIME
    return Signature(key.name, key.id, struct.pack(">Q", time_s) + signer(_cosigned(text, time_s)))


def _cosigned(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def verify_note(note: Note, keys: Collection[VerifierKey]) -> tuple[Signed, ...]:
    """The signatures of known keys, each once, in the note's order (C2SP signed-note, Signatures).

    Signatures of unknown keys are passed over. None at all is not an error here: what must be there is the caller's
    policy.

    Raises:
        NoteError: a signature that names a known key does not hold: then the whole note is refused.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[VerifierKey, Signed] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            found.setdefault(key, _verify(note.text, key, signature.blob))
    return tuple(found.values())


def _verify(text: str, key: VerifierKey, blob: bytes) -> Signed:
    match key.type:
        case KeyType.ED25519:
            time_s, signature, message = None, blob, text.encode()
        case KeyType.COSIGNATURE:
            time_s, signature = int.from_bytes(blob[:8], "big"), blob[8:]
            message = _cosigned(text, time_s)
    if (time_s or 0) > _MAX_TIME or not key.verifies(signature, message):
        raise NoteError(f"signature of {key.name}")
    return Signed(key, time_s)
