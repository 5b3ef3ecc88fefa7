"""The tree as files: tiles of height 8 and entry bundles (C2SP tlog-tiles)."""

import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
HASH_BYTES: Final = 32
ENTRIES: Final = -1
"""The level that stands for entry bundles, `tile/entries/...`."""
MAX_LEVEL: Final = 63
MAX_ENTRY_BYTES: Final = 65_535
_MAX_NUMBER: Final = 2**55 - 1
"""No tile of a tree below 2^63 leaves has a higher one."""
# tile/<L>/<N>[.p/<W>]: N in groups of three digits, all but the last with an x in front; W from 1 to 255.
_PATH: Final = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Tile(NamedTuple):
    """The place of a tile: its level (0 = leaf hashes, or ENTRIES), its index there, how many hashes or entries."""

    level: int
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """The resource path, without a slash in front (C2SP tlog-tiles, Merkle Tree and Log entries)."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = f"{self.number:,}".split(",")
        last = groups.pop().zfill(3)
        folders = "".join(f"x{group.zfill(3)}/" for group in groups)
        return f"tile/{level}/{folders}{last}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")


class TileData(NamedTuple):
    """A tile that grew: all its hashes as they are now.

    A store keeps one row per (level, number) and serves any narrower width as its prefix.
    """

    level: int
    number: int
    hashes: bytes

    @property
    def width(self) -> int:
        """Number of hashes, 1 to 256."""
        return len(self.hashes) // HASH_BYTES


def parse_path(path: str) -> Tile:
    """Read a resource path; the one form of each tile only (no needless zeros, no width 256).

    Raises:
        RenkeiError: UNKNOWN_DOOR for everything else.
    """
    found = _PATH.fullmatch(path)
    if found:
        level = ENTRIES if found[1] == "entries" else int(found[1])
        tile = Tile(level, int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE_WIDTH))
        if level <= MAX_LEVEL and tile.number <= _MAX_NUMBER and tile.path() == path:
            return tile
    raise RenkeiError(Problem.UNKNOWN_DOOR, "tile path")


def width_at(level: int, number: int, size: int) -> int:
    """How many hashes tile (level, number) has in a tree of `size` leaves: 0 (it is not there) to 256."""
    full = size >> (TILE_HEIGHT * max(level, 0))
    return max(0, min(TILE_WIDTH, full - number * TILE_WIDTH))


class HashReader(Protocol):
    """Where tiles are read from."""

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile, joined: `width` * 32 bytes. A wider tile's prefix is the same."""
        ...


def read_tile(reader: HashReader, tile: Tile) -> bytes:
    """Read a tile and see that it has the width that was asked for; raises BAD_STORE."""
    data = reader.tile(tile.level, tile.number, tile.width)
    if len(data) != tile.width * HASH_BYTES:
        raise RenkeiError(Problem.BAD_STORE, f"log: {tile.path()} has a wrong length")
    return data


class MemoryTiles:
    """A tile store in memory that keeps to what a real one must: one row per (level, number), narrower as a prefix."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}

    def write(self, tiles: Iterable[TileData]) -> None:
        """Keep what `Frontier.append` gave."""
        self.rows.update(((tile.level, tile.number), tile.hashes) for tile in tiles)

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes, or fewer where the row has fewer."""
        return self.rows.get((level, number), b"")[: width * HASH_BYTES]


class TileMap:
    """Tiles fetched beforehand, for those whose reading is not a plain call (a witness over the network)."""

    def __init__(self, tiles: Mapping[Tile, bytes]) -> None:
        self._tiles = tiles

    def tile(self, level: int, number: int, width: int) -> bytes:
        """A tile of exactly this width; b"" if it was not fetched, which `read_tile` refuses."""
        return self._tiles.get(Tile(level, number, width), b"")


class TileList:
    """A reader that only writes down what is asked of it: proofs read the same tiles whatever the hashes are."""

    def __init__(self) -> None:
        self.asked: dict[Tile, None] = {}

    def tile(self, level: int, number: int, width: int) -> bytes:
        """Note the tile and answer with zeros."""
        self.asked[Tile(level, number, width)] = None
        return bytes(width * HASH_BYTES)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry behind its length as a big-endian uint16 (C2SP tlog-tiles, Log entries)."""
    return b"".join([struct.pack(">H", len(entry)) + entry for entry in entries])


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle.

    Raises:
        RenkeiError: BAD_STORE if it ends early, late, or with another number of entries.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) != width:
        raise RenkeiError(Problem.BAD_STORE, "log: entry bundle")
    return entries


def bundle_tiles(old: int, new: int) -> Sequence[Tile]:
    """The entry bundles that change when a log grows from `old` to `new` entries, with their new widths."""
    if old == new:
        return []
    last = (new - 1) // TILE_WIDTH
    return [Tile(ENTRIES, i, width_at(ENTRIES, i, new)) for i in range(old // TILE_WIDTH, last + 1)]
