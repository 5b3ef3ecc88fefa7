"""A log may sign only if it begins with what a witness has cosigned, and only such a checkpoint counts."""

import hashlib

import pytest

from renkei.platform.logstore.standing import holds, witnessed
from renkei.translog.checkpoint import sign_checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.tiles import MemoryTiles
from renkei.translog.tree import Frontier, TreeHead, leaf_hash
from tests.store.logged import ORIGIN, TRUST, Signer


def grown(size: int, salt: bytes = b"") -> tuple[MemoryTiles, TreeHead]:
    tiles = MemoryTiles()
    leaves = [leaf_hash(hashlib.sha256(salt + bytes([number % 256, number // 256])).digest()) for number in range(size)]
    frontier, new = Frontier().append(leaves)
    tiles.write(new)
    return tiles, frontier.head()


@pytest.mark.parametrize("size", [0, 1, 2, 5, 255, 256, 257, 300])
def test_a_log_that_begins_with_the_cosigned_one_may_sign(size: int) -> None:
    tiles, own = grown(300)
    assert holds(tiles, own, grown(size)[1])


@pytest.mark.parametrize("size", [1, 2, 5, 255, 256, 257, 300])
def test_a_log_of_another_history_may_not(size: int) -> None:
    tiles, own = grown(300)
    assert not holds(tiles, own, grown(size, b"other")[1])


@pytest.mark.parametrize("size", [301, 512, 10_000])
def test_a_log_that_is_shorter_may_not(size: int) -> None:
    tiles, own = grown(300)
    assert not holds(tiles, own, grown(size)[1])


def test_a_log_that_lost_a_tile_may_not() -> None:
    tiles, own = grown(300)
    del tiles.rows[0, 0]
    assert not holds(tiles, own, grown(5)[1])


def test_a_checkpoint_that_nobody_cosigned_is_no_word_of_a_witness() -> None:
    note = sign_checkpoint(ORIGIN, grown(3)[1], TRUST.log, Signer())
    with pytest.raises(NoteError, match="no known witness"):
        witnessed(TRUST, note)
