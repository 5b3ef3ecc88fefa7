"""Hashing of the log's tree and its growing edge (RFC 9162 §2.1.1).

The edge of a tree of any size fits in two small things: the roots of the perfect subtrees that make it up (one per bit
of the size), and the last, unfinished tile of each tile level. A log goes on from these alone, so memory does not grow
with it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.tiles import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, HashReader, Tile, TileData, read_tile, width_at

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162 §2.1.1)."""
MAX_SIZE: Final = 2**63 - 1
_sha256 = hashlib.sha256


class TreeHead(NamedTuple):
    """What a checkpoint signs: number of leaves, root hash."""

    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry), 32 bytes (RFC 9162 §2.1.1)."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), 32 bytes (RFC 9162 §2.1.1)."""
    return _sha256(b"\x01" + left + right).digest()


class Memo:
    """Hashes of finished nodes already known, so that proofs for fresh leaves neither read nor hash anew.

    A finished node never changes, as long as its leaves are committed: after a failed commit, `clear`. Bounded: when
    full it starts anew. Key: (binary level, index in that level).
    """

    __slots__ = ("_limit", "nodes")

    def __init__(self, limit: int = 32_768) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self._limit = limit

    def clear(self) -> None:
        """Forget all."""
        self.nodes.clear()

    def add(self, level: int, start: int, hashes: Sequence[bytes]) -> None:
        """Learn consecutive nodes of one level, from index `start`."""
        if len(self.nodes) + len(hashes) > self._limit:
            self.nodes.clear()
        self.nodes.update(zip([(level, start + i) for i in range(len(hashes))], hashes, strict=True))


@dataclass(frozen=True, slots=True)
class Frontier:
    """The growing edge. A value: `append` gives a new one, and whoever failed to commit keeps the old.

    `peaks[l]` is the root of the perfect subtree of 2^l leaves at the edge where bit l of `size` is set, else b"".
    `edges[L]` are the hashes of the unfinished tile of tile level L, joined.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    edges: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """The root hash of the whole tree (RFC 9162 §2.1.1): the peaks folded from the right."""
        root = b""
        for peak in self.peaks:
            if peak:
                root = node_hash(peak, root) if root else peak
        return root or EMPTY_ROOT

    def head(self) -> TreeHead:
        """Size and root."""
        return TreeHead(self.size, self.root())

    def append(self, leaf_hashes: Sequence[bytes], memo: Memo | None = None) -> tuple["Frontier", list[TileData]]:
        """Add leaves, level by level.

        Args:
            leaf_hashes: from `leaf_hash`, 32 bytes each, in order.
            memo: is told every node that was finished.

        Returns:
            The new edge, and each tile that changed, once, with all its hashes as they are now (C2SP tlog-tiles).
        """
        growth = _Growth(self, memo)
        start, level, nodes = self.size, 0, list(leaf_hashes)
        while nodes:
            growth.learn(level, start, nodes)
            start, nodes = growth.pair(level, start, nodes)
            level += 1
        size = self.size + len(leaf_hashes)
        if size > MAX_SIZE:
            raise RenkeiError(Problem.BAD_STORE, "log: size")
        return Frontier(size, tuple(growth.peaks), tuple(growth.edges)), growth.tiles

    @classmethod
    def resume(cls, size: int, reader: HashReader) -> "Frontier":
        """The edge of a stored tree, from its last tiles: one read per tile level.

        Raises:
            RenkeiError: BAD_STORE if a tile does not have the width that the size asks for. Whether the hashes are the
                right ones shows when `root` is compared with the last checkpoint: callers must.
        """
        peaks: list[bytes] = []
        edges: list[bytes] = []
        while size >> (TILE_HEIGHT * len(edges)):
            level = len(edges)
            number = size >> (TILE_HEIGHT * (level + 1))
            width = width_at(level, number, size)
            edge = read_tile(reader, Tile(level, number, width)) if width else b""
            edges.append(edge)
            peaks += tile_peaks(edge)
        return cls(size, tuple(peaks[: size.bit_length()]), tuple(edges))


class _Growth:
    """One append under way."""

    def __init__(self, old: Frontier, memo: Memo | None) -> None:
        self.peaks = list(old.peaks)
        self.edges = list(old.edges)
        self.tiles: list[TileData] = []
        self._memo = memo

    def learn(self, level: int, start: int, nodes: list[bytes]) -> None:
        """Finished nodes of one binary level: for the memo, and every eighth level for the tiles."""
        if self._memo is not None:
            self._memo.add(level, start, nodes)
        if level % TILE_HEIGHT == 0:
            self._write(level // TILE_HEIGHT, start, nodes)

    def pair(self, level: int, start: int, nodes: list[bytes]) -> tuple[int, list[bytes]]:
        """Join neighbours into the nodes of the level above; one that has no right neighbour yet stays as a peak."""
        if level == len(self.peaks):
            self.peaks.append(b"")
        if start & 1:
            nodes = [self.peaks[level], *nodes]
            start -= 1
        self.peaks[level] = nodes[-1] if len(nodes) & 1 else b""
        above = [_sha256(b"\x01" + a + b).digest() for a, b in zip(nodes[::2], nodes[1::2], strict=False)]
        return start >> 1, above

    def _write(self, level: int, start: int, nodes: list[bytes]) -> None:
        if level == len(self.edges):
            self.edges.append(b"")
        first = start // TILE_WIDTH
        hashes = self.edges[level] + b"".join(nodes)
        step = TILE_WIDTH * HASH_BYTES
        for at in range(0, len(hashes), step):
            self.tiles.append(TileData(level, first + at // step, hashes[at : at + step]))
        self.edges[level] = hashes[len(hashes) - len(hashes) % step :]


def tile_peaks(edge: bytes) -> list[bytes]:
    """The peaks inside an unfinished tile, one per binary level 0-7, b"" where there is none."""
    nodes = [edge[i : i + HASH_BYTES] for i in range(0, len(edge), HASH_BYTES)]
    peaks: list[bytes] = []
    for _ in range(TILE_HEIGHT):
        peaks.append(nodes.pop() if len(nodes) & 1 else b"")
        nodes = [node_hash(a, b) for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
    return peaks
