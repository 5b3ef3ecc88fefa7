"""Tiles and bundles to the byte (C2SP tlog-tiles)."""

import pytest

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.tiles import (
    ENTRIES,
    HASH_BYTES,
    MemoryTiles,
    Tile,
    TileData,
    TileList,
    TileMap,
    bundle_tiles,
    decode_bundle,
    encode_bundle,
    parse_path,
    read_tile,
    width_at,
)

PATHS = [
    (Tile(0, 0), "tile/0/000"),
    (Tile(0, 0, 1), "tile/0/000.p/1"),
    (Tile(1, 999, 255), "tile/1/999.p/255"),
    (Tile(2, 1_000), "tile/2/x001/000"),
    (Tile(63, 1_234_067), "tile/63/x001/x234/067"),
    (Tile(ENTRIES, 1_234_067, 8), "tile/entries/x001/x234/067.p/8"),
    (Tile(0, 2**55 - 1), "tile/0/x036/x028/x797/x018/x963/967"),
]


@pytest.mark.parametrize(("tile", "path"), PATHS)
def test_a_tile_has_one_path_and_the_path_one_tile(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/X001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/entry/000",
        "tile/8/0/000",
        "tile/0/x036/x028/x797/x018/x963/968",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/0/../000",
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        parse_path(path)
    assert caught.value.problem is Problem.UNKNOWN_DOOR


def test_the_width_of_a_tile_follows_from_the_size() -> None:
    assert width_at(0, 273, 70_000) == 112
    assert width_at(0, 272, 70_000) == 256
    assert width_at(0, 274, 70_000) == 0
    assert width_at(1, 1, 70_000) == 17
    assert width_at(2, 0, 70_000) == 1
    assert width_at(3, 0, 70_000) == 0
    assert width_at(ENTRIES, 273, 70_000) == 112
    assert (width_at(0, 0, 256), width_at(1, 0, 256)) == (256, 1)


def test_a_row_serves_every_narrower_width() -> None:
    tiles = MemoryTiles()
    tiles.write([TileData(0, 0, b"a" * 32 + b"b" * 32)])
    assert tiles.tile(0, 0, 1) == b"a" * 32
    assert read_tile(tiles, Tile(0, 0, 2)) == b"a" * 32 + b"b" * 32
    with pytest.raises(RenkeiError, match="wrong length"):
        read_tile(tiles, Tile(0, 0, 3))


def test_a_fetched_tile_is_found_under_its_very_width() -> None:
    tiles = TileMap({Tile(0, 0, 2): bytes(64)})
    assert read_tile(tiles, Tile(0, 0, 2)) == bytes(64)
    with pytest.raises(RenkeiError):
        read_tile(tiles, Tile(0, 0, 1))


def test_a_list_of_tiles_notes_each_once() -> None:
    tiles = TileList()
    assert read_tile(tiles, Tile(0, 1, 3)) == bytes(3 * HASH_BYTES)
    tiles.tile(0, 1, 3)
    assert list(tiles.asked) == [Tile(0, 1, 3)]


def test_a_bundle_is_entries_behind_their_lengths() -> None:
    entries = [b"", b"a", b"b" * 300]
    data = encode_bundle(entries)
    assert data[:7] == b"\x00\x00\x00\x01a\x01\x2c"
    assert decode_bundle(data, 3) == entries


@pytest.mark.parametrize(
    ("data", "width"),
    [(b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01ab", 1), (b"\x00\x01a", 2), (b"\x00\x01a\x00\x01b", 1), (b"", 1)],
)
def test_a_bundle_that_ends_elsewhere_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(RenkeiError, match="bundle"):
        decode_bundle(data, width)


def test_bundles_change_from_the_old_edge_to_the_new() -> None:
    assert bundle_tiles(0, 0) == []
    assert bundle_tiles(0, 1) == [Tile(ENTRIES, 0, 1)]
    assert bundle_tiles(256, 257) == [Tile(ENTRIES, 1, 1)]
    assert bundle_tiles(255, 600) == [Tile(ENTRIES, 0), Tile(ENTRIES, 1), Tile(ENTRIES, 2, 88)]
