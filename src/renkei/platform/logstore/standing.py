"""May this log sign? Only while it holds what a witness has cosigned last, and only under a name that is not closed.

A log that came back from a backup is shorter than what it has signed: going on, it would tell a second history (ADR
0018).
"""

from collections.abc import Sequence
from enum import Enum

from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.proof import TreeView, verify_consistency
from renkei.translog.tiles import HashReader
from renkei.translog.tree import TreeHead
from renkei.translog.trust import Trust


class Standing(Enum):
    """Anything but AGREED: nothing is appended, nothing is signed; what is there can be read."""

    AGREED = "agreed"
    WAITING = "waiting"
    """The witness has not been heard since the start."""
    BEHIND = "behind"
    """The witness has cosigned what this log does not hold: the store is older than what was published, or another."""
    CLOSED = "closed"
    """The store was restored from a backup: this name is over, and the log goes on under another."""


def witnessed(trust: Trust, note: str) -> TreeHead:
    """The head in a checkpoint that the log has signed and at least one of its witnesses has cosigned.

    Raises:
        NoteError: it is not one of this log, or nobody known has cosigned it.
    """
    checkpoint, signers = open_checkpoint(note, trust.origin, trust.keys)
    if all(signed.key == trust.log for signed in signers):
        raise NoteError("checkpoint: no known witness")
    return checkpoint.head


def holds(tiles: HashReader, own: TreeHead, cosigned: TreeHead) -> bool:
    """Whether the own tree begins with the cosigned one (RFC 9162 §2.1.4); not if that is larger."""
    try:
        verify_consistency(cosigned, own, _proof(tiles, own, cosigned.size))
    except RenkeiError:  # a proof that does not hold, or a tile that is not there
        return False
    return True


def _proof(tiles: HashReader, own: TreeHead, size: int) -> Sequence[bytes]:
    return TreeView(tiles, own.size).consistency(size)
