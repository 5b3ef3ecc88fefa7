"""Checkpoints: the signed heads of the log (C2SP tlog-checkpoint)."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from renkei.translog.keys import NoteError, VerifierKey, decode_base64
from renkei.translog.note import Note, Signature, Signed, Signer, parse_note, sign_note, verify_note
from renkei.translog.tiles import HASH_BYTES
from renkei.translog.tree import MAX_SIZE, TreeHead

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin (which log), size and root; and extension lines, which our log never writes but others may."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def head(self) -> TreeHead:
        """Size and root."""
        return TreeHead(self.size, self.root)

    def text(self) -> str:
        """The note text: three lines and the extensions, each with its newline."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note text in its one form; raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or "" in lines:
            raise NoteError("checkpoint: lines")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
            raise NoteError("checkpoint: size")
        checkpoint = cls(origin, int(size), decode_base64(root), tuple(extensions))
        if len(checkpoint.root) != HASH_BYTES:
            raise NoteError("checkpoint: root")
        return checkpoint


def sign_checkpoint(origin: str, head: TreeHead, key: VerifierKey, signer: Signer) -> str:
    """A signed checkpoint of one log signature.

    A log signs no head that is inconsistent with one it signed before (C2SP tlog-checkpoint, Signatures): callers sign
    only what their committed tree has grown to.
    """
    assert origin
    assert "\n" not in origin
    text = Checkpoint(origin, head.size, head.root).text()
    return Note(text, (sign_note(text, key, signer),)).render()


def add_signatures(signed: str, signatures: Sequence[Signature]) -> str:
    """The same checkpoint with further lines, such as cosignatures; one of the same key replaces the old."""
    note = parse_note(signed)
    added = {(new.name, new.key_id) for new in signatures}
    kept = tuple(old for old in note.signatures if (old.name, old.key_id) not in added)
    return Note(note.text, (*kept, *signatures)).render()


def open_checkpoint(signed: str, origin: str, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, tuple[Signed, ...]]:
    """Read a signed checkpoint of one log.

    Args:
        signed: the note.
        origin: the log's origin line.
        keys: the log's key first, then those of witnesses. The log's signature must be there; others may.

    Raises:
        NoteError: form, another origin, no signature of the log, or one of a known key that does not hold.
    """
    note = parse_note(signed)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise NoteError("checkpoint: origin")
    found = verify_note(note, keys)
    if keys[0] not in {signature.key for signature in found}:
        raise NoteError("checkpoint: no signature of the log")
    return checkpoint, found
