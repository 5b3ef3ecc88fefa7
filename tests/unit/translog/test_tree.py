"""The tree and its growing edge (RFC 9162 §2.1.1), against the recursive definition."""

import hashlib

import pytest

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.tiles import HASH_BYTES, MemoryTiles, TileList, width_at
from renkei.translog.tree import EMPTY_ROOT, MAX_SIZE, Frontier, Memo, leaf_hash, node_hash


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, over leaf hashes, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


def leaves(count: int, start: int = 0) -> list[bytes]:
    return [leaf_hash(i.to_bytes(4, "big")) for i in range(start, start + count)]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256().digest()
    assert Frontier().append([]) == (Frontier(), [])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 255, 256, 257, 511, 513, 1_000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert Frontier().append(leaves(size))[0].root() == definition(leaves(size))


def test_growing_one_by_one_or_in_lists_leads_to_the_same_edge() -> None:
    one = Frontier()
    for size in range(1, 600):
        one, _ = one.append(leaves(1, size - 1))
        if size % 37 == 0:
            assert one == Frontier().append(leaves(size))[0]
    assert one.root() == definition(leaves(599))


def test_an_append_leaves_the_old_edge_as_it_was() -> None:
    old, _ = Frontier().append(leaves(300))
    root = old.root()
    old.append(leaves(100, 300))
    assert (old.size, old.root()) == (300, root)


def test_each_changed_tile_comes_once_with_the_width_of_the_new_size() -> None:
    old, _ = Frontier().append(leaves(250))
    new, tiles = old.append(leaves(600, 250))
    assert [(tile.level, tile.number, tile.width) for tile in tiles] == [
        (0, 0, 256),
        (0, 1, 256),
        (0, 2, 256),
        (0, 3, 82),
        (1, 0, 3),
    ]
    assert all(tile.width == width_at(tile.level, tile.number, new.size) for tile in tiles)


def test_a_tile_of_level_one_holds_roots_of_full_tiles_only() -> None:
    tiles = MemoryTiles()
    tiles.write(Frontier().append(leaves(70_000))[1])
    # The example of C2SP tlog-tiles, Partial Tiles.
    assert sorted((level, len(row) // HASH_BYTES) for (level, _), row in tiles.rows.items() if len(row) < 8_192) == [
        (0, 112),
        (1, 17),
        (2, 1),
    ]
    assert len(tiles.rows) == 273 + 1 + 1 + 1 + 1
    assert tiles.rows[(1, 0)][:HASH_BYTES] == definition(leaves(256))
    assert tiles.rows[(2, 0)] == definition(leaves(65_536))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537, 70_000])
def test_a_log_resumes_from_its_tiles_alone(size: int) -> None:
    tiles = MemoryTiles()
    frontier, written = Frontier().append(leaves(size))
    tiles.write(written)
    assert Frontier.resume(size, tiles) == frontier


def test_resuming_reads_one_tile_a_level_however_large_the_log() -> None:
    reader = TileList()
    frontier = Frontier.resume(9_999_999_999, reader)
    assert [tile.level for tile in reader.asked] == [0, 1, 2, 3, 4]
    assert sum(len(edge) for edge in frontier.edges) < 8 * 8_192


def test_a_missing_or_short_tile_is_refused() -> None:
    with pytest.raises(RenkeiError, match=r"tile/0/000.p/5") as caught:
        Frontier.resume(5, MemoryTiles())
    assert caught.value.problem is Problem.BAD_STORE


def test_a_log_ends_before_two_to_the_sixty_third() -> None:
    full = Frontier.resume(MAX_SIZE, TileList())
    with pytest.raises(RenkeiError, match="size"):
        full.append(leaves(1))


def test_the_memo_learns_every_finished_node() -> None:
    memo = Memo()
    frontier, _ = Frontier().append(leaves(5), memo)
    frontier.append(leaves(3, 5), memo)
    assert memo.nodes[(3, 0)] == definition(leaves(8))
    assert memo.nodes[(1, 2)] == node_hash(*leaves(2, 4))
    assert len(memo.nodes) == 8 + 4 + 2 + 1
    memo.clear()
    assert not memo.nodes


def test_the_memo_stays_bounded() -> None:
    memo = Memo(limit=100)
    frontier = Frontier()
    for start in range(0, 1_000, 10):
        frontier, _ = frontier.append(leaves(10, start), memo)
        assert len(memo.nodes) <= 100
