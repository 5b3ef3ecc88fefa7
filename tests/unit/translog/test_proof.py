"""Proofs (RFC 9162 §2.1.3, §2.1.4): those that hold are accepted, and nothing else."""

import pytest

from renkei.translog.proof import (
    ProofError,
    TreeView,
    consistency_proof,
    consistency_tiles,
    inclusion_proof,
    inclusion_tiles,
    verify_consistency,
    verify_inclusion,
)
from renkei.translog.tiles import HASH_BYTES, MemoryTiles, Tile, TileMap
from renkei.translog.tree import EMPTY_ROOT, MAX_SIZE, Frontier, Memo, TreeHead, leaf_hash

COUNT = 300
ENTRIES = [i.to_bytes(2, "big") for i in range(COUNT)]


@pytest.fixture(scope="module")
def tiles() -> MemoryTiles:
    tiles = MemoryTiles()
    tiles.write(Frontier().append([leaf_hash(entry) for entry in ENTRIES])[1])
    return tiles


@pytest.fixture(scope="module")
def heads() -> list[TreeHead]:
    frontier, heads = Frontier(), [TreeHead(0, EMPTY_ROOT)]
    for entry in ENTRIES:
        frontier, _ = frontier.append([leaf_hash(entry)])
        heads.append(frontier.head())
    return heads


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13, 255, 256, 257, 300])
def test_every_leaf_of_a_tree_is_proved(tiles: MemoryTiles, heads: list[TreeHead], size: int) -> None:
    view = TreeView(tiles, size)
    assert view.root() == heads[size].root
    for index in range(size):
        proof = view.inclusion(index)
        verify_inclusion(ENTRIES[index], index, heads[size], proof)
        assert proof == inclusion_proof(tiles, index, size)


@pytest.mark.parametrize("new", [1, 2, 3, 8, 13, 64, 255, 256, 257, 300])
def test_every_earlier_tree_is_proved(tiles: MemoryTiles, heads: list[TreeHead], new: int) -> None:
    for old in range(new + 1):
        verify_consistency(heads[old], heads[new], consistency_proof(tiles, old, new))


def test_a_proof_does_not_hold_for_another_leaf_place_size_or_root(tiles: MemoryTiles, heads: list[TreeHead]) -> None:
    proof = inclusion_proof(tiles, 77, 200)
    for entry, index, head in [
        (ENTRIES[78], 77, heads[200]),
        (ENTRIES[77], 76, heads[200]),
        (ENTRIES[77], 77, heads[201]),
        (ENTRIES[77], 77, TreeHead(100, heads[200].root)),
        (ENTRIES[77], 77, TreeHead(200, heads[201].root)),
    ]:
        with pytest.raises(ProofError):
            verify_inclusion(entry, index, head, proof)


@pytest.mark.parametrize("index", [-1, 200, 2**64])
def test_a_leaf_outside_the_tree_is_neither_proved_nor_accepted(
    tiles: MemoryTiles, heads: list[TreeHead], index: int
) -> None:
    with pytest.raises(ProofError, match="leaf index"):
        inclusion_proof(tiles, index, 200)
    with pytest.raises(ProofError, match="leaf index"):
        verify_inclusion(ENTRIES[0], index, heads[200], [])


def test_a_shortened_lengthened_or_misshapen_proof_is_refused(tiles: MemoryTiles, heads: list[TreeHead]) -> None:
    proof = inclusion_proof(tiles, 77, 200)
    for bad in (proof[:-1], proof[1:], (*proof, bytes(32)), (*proof[:-1], b"short"), proof[::-1], ()):
        with pytest.raises(ProofError):
            verify_inclusion(ENTRIES[77], 77, heads[200], bad)
    consistency = consistency_proof(tiles, 77, 200)
    for bad in (consistency[:-1], consistency[1:], (*consistency, bytes(32)), (b"short", *consistency[1:]), ()):
        with pytest.raises(ProofError):
            verify_consistency(heads[77], heads[200], bad)


def test_a_rewritten_history_is_not_consistent(tiles: MemoryTiles, heads: list[TreeHead]) -> None:
    other = Frontier().append([leaf_hash(b"other"), *(leaf_hash(entry) for entry in ENTRIES[1:200])])[0].head()
    for old in (1, 64, 77, 199, 200):
        proof = consistency_proof(tiles, old, 200)
        with pytest.raises(ProofError):
            verify_consistency(heads[old], other, proof)


def test_the_empty_tree_begins_every_tree_and_no_proof_is_wanted(heads: list[TreeHead]) -> None:
    verify_consistency(heads[0], heads[9], ())
    verify_consistency(heads[0], heads[0], ())
    for old, proof in [(heads[0], (bytes(32),)), (TreeHead(0, bytes(32)), ())]:
        with pytest.raises(ProofError):
            verify_consistency(old, heads[9], proof)


def test_equal_sizes_want_equal_roots_and_no_proof(heads: list[TreeHead]) -> None:
    verify_consistency(heads[9], heads[9], ())
    for new, proof in [(TreeHead(9, heads[8].root), ()), (heads[9], (bytes(32),))]:
        with pytest.raises(ProofError):
            verify_consistency(heads[9], new, proof)


def test_a_tree_does_not_shrink(tiles: MemoryTiles, heads: list[TreeHead]) -> None:
    with pytest.raises(ProofError, match="old size"):
        consistency_proof(tiles, 10, 9)
    with pytest.raises(ProofError, match="old size"):
        verify_consistency(heads[10], heads[9], ())


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_absurd_sizes_are_refused(tiles: MemoryTiles, heads: list[TreeHead], size: int) -> None:
    with pytest.raises(ProofError, match="tree size"):
        TreeView(tiles, size)
    with pytest.raises(ProofError, match="tree size"):
        verify_inclusion(b"", 0, TreeHead(size, bytes(32)), [])
    with pytest.raises(ProofError, match="tree size"):
        verify_consistency(heads[1], TreeHead(size, bytes(32)), [])


def test_more_than_64_hashes_are_refused_unread(heads: list[TreeHead]) -> None:
    with pytest.raises(ProofError, match="form"):
        verify_inclusion(ENTRIES[0], 0, heads[200], [bytes(32)] * 65)


def test_a_proof_in_a_huge_log_reads_few_tiles() -> None:
    size = 10_000_000_000
    assert len(inclusion_tiles(123_456_789, size)) <= 10
    assert len(consistency_tiles(123_456_789, size)) <= 10


def test_the_tiles_named_beforehand_are_those_that_are_read(tiles: MemoryTiles, heads: list[TreeHead]) -> None:
    wanted = consistency_tiles(100, 300)
    fetched = TileMap({tile: tiles.tile(*tile) for tile in wanted})
    verify_consistency(heads[100], heads[300], consistency_proof(fetched, 100, 300))
    wanted = inclusion_tiles(10, 290)
    fetched = TileMap({tile: tiles.tile(*tile) for tile in wanted})
    verify_inclusion(ENTRIES[10], 10, heads[290], inclusion_proof(fetched, 10, 290))
    assert Tile(0, 0) in wanted


def test_proofs_of_fresh_leaves_come_from_the_memo_without_reading(heads: list[TreeHead]) -> None:
    class Nothing:
        def tile(self, level: int, number: int, width: int) -> bytes:
            raise AssertionError(f"read {level}/{number} {width * HASH_BYTES}")

    memo = Memo()
    frontier, _ = Frontier().append([leaf_hash(entry) for entry in ENTRIES[:250]], memo)
    frontier, _ = frontier.append([leaf_hash(entry) for entry in ENTRIES[250:]], memo)
    view = TreeView(Nothing(), frontier.size, memo)
    for index in range(250, COUNT):
        verify_inclusion(ENTRIES[index], index, heads[COUNT], view.inclusion(index))
