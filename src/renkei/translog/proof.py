"""Inclusion and consistency proofs, made from tiles and checked with hashes alone (RFC 9162 §2.1.3, §2.1.4)."""

from collections.abc import Sequence
from typing import Final

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.tiles import HASH_BYTES, TILE_HEIGHT, HashReader, Tile, TileList, read_tile, width_at
from renkei.translog.tree import EMPTY_ROOT, MAX_SIZE, Memo, TreeHead, leaf_hash, node_hash

MAX_PROOF_HASHES: Final = 64


class ProofError(RenkeiError):
    """A proof does not hold, or cannot be one."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem.BAD_RECEIPT, detail)


class TreeView:
    """A tree of one size over stored tiles: gives proofs, reads each tile once, hashes each node once.

    Make one per size; proofs for many leaves of one checkpoint share it. A `Memo` may be shared from size to size.
    """

    def __init__(self, reader: HashReader, size: int, memo: Memo | None = None) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise ProofError("tree size")
        self._reader = reader
        self._size = size
        self._nodes = memo or Memo()
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._ragged: dict[int, bytes] = {}

    def root(self) -> bytes:
        """The root hash of this size (RFC 9162 §2.1.1)."""
        return self._rest(0) if self._size else EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """PATH(index, D[0:size]) of RFC 9162 §2.1.3.1; raises ProofError for a leaf that this tree has not."""
        if not 0 <= index < self._size:
            raise ProofError("leaf index")
        return self._path(0, index)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """PROOF(old, D[0:size]) of RFC 9162 §2.1.4.1; empty for 0 and the same size; raises ProofError if larger."""
        if not 0 <= old <= self._size:
            raise ProofError("old size")
        if old in {0, self._size}:
            return ()
        level = (old & -old).bit_length() - 1  # the last perfect subtree of the old tree has 2^level leaves
        index = (old - 1) >> level
        # Where the old tree is one perfect subtree, its root is known to the verifier and is left out.
        own = () if index == 0 else (self._node(level, index),)
        return own + self._path(level, index)

    def _path(self, level: int, index: int) -> tuple[bytes, ...]:
        """The siblings from node (level, index) up to the root.

        Below the level where the node's way meets that of the last leaf, siblings are whole; at it, the right one may
        be ragged; above it, only left ones are left.
        """
        last = (self._size - 1) >> level
        meet = level + (index ^ last).bit_length()
        path: list[bytes] = []
        while index | last:
            if level < meet - 1 or index & 1:
                path.append(self._node(level, index ^ 1))
            elif level == meet - 1:
                path.append(self._rest((index + 1) << level))
            index, last, level = index >> 1, last >> 1, level + 1
        return tuple(path)

    def _rest(self, start: int) -> bytes:
        """MTH(D[start:size]), where start is a multiple of a power of two not less than what follows."""
        found = self._ragged.get(start)
        if found is None:
            found = b""
            left = self._size - start
            while left:  # perfect subtrees from the right, smallest first
                level = (left & -left).bit_length() - 1
                left -= 1 << level
                peak = self._node(level, (start + left) >> level)
                found = node_hash(peak, found) if found else peak
            self._ragged[start] = found
        return found

    def _node(self, level: int, index: int) -> bytes:
        """The hash of a whole node: known, or in a tile, or made from its two children."""
        found = self._nodes.nodes.get((level, index))
        if found is None:
            if level % TILE_HEIGHT == 0:
                at = (index & 0xFF) * HASH_BYTES
                return self._tile(level // TILE_HEIGHT, index >> TILE_HEIGHT)[at : at + HASH_BYTES]
            found = node_hash(self._node(level - 1, 2 * index), self._node(level - 1, 2 * index + 1))
            self._nodes.add(level, index, (found,))
        return found

    def _tile(self, level: int, number: int) -> bytes:
        found = self._tiles.get((level, number))
        if found is None:
            tile = Tile(level, number, width_at(level, number, self._size))
            found = self._tiles[(level, number)] = read_tile(self._reader, tile)
        return found


def inclusion_proof(reader: HashReader, index: int, size: int) -> tuple[bytes, ...]:
    """One proof that leaf `index` is in the tree of `size` leaves; for many, share a TreeView."""
    return TreeView(reader, size).inclusion(index)


def consistency_proof(reader: HashReader, old: int, new: int) -> tuple[bytes, ...]:
    """One proof that the tree of `new` leaves begins with the tree of `old` leaves."""
    return TreeView(reader, new).consistency(old)


def inclusion_tiles(index: int, size: int) -> list[Tile]:
    """The tiles that `inclusion_proof` will read."""
    reader = TileList()
    inclusion_proof(reader, index, size)
    return list(reader.asked)


def consistency_tiles(old: int, new: int) -> list[Tile]:
    """The tiles that `consistency_proof` will read."""
    reader = TileList()
    consistency_proof(reader, old, new)
    return list(reader.asked)


def verify_inclusion(entry: bytes, index: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Check that the tree with this head has `entry` at `index` (RFC 9162 §2.1.3.2); for several, share `Inclusions`.

    Raises:
        ProofError: it does not follow, or the proof is too short, too long or malformed.
    """
    Inclusions(head).verify(entry, index, tuple(proof))


class Inclusions:
    """Checks inclusion proofs in one tree; neighbours' ways to the root meet, and go on as one.

    What a proof that held has shown is remembered: the hashes on its leaf's way up. The next leaf's way need only be
    followed to where both meet; if it arrives there with the same hash, and its proof goes on with the same siblings,
    it ends at the same root. Otherwise it is followed to the root.
    """

    __slots__ = ("_head", "_index", "_path", "_proof")

    def __init__(self, head: TreeHead) -> None:
        self._head = head
        self._index = 0
        self._proof: tuple[bytes, ...] = ()
        self._path: list[bytes] = []
        """Of the last proof that held: the leaf's hash and each node's above it. Empty before the first."""

    def verify(self, entry: bytes, index: int, proof: tuple[bytes, ...]) -> None:
        """Check that `entry` stands at `index` (RFC 9162 §2.1.3.2).

        Raises:
            ProofError: it does not follow, or the proof is too short, too long or malformed.
        """
        _check_form(self._head.size, proof)
        if not 0 <= index < self._head.size:
            raise ProofError("leaf index")
        sides = _sides(index, self._head.size - 1, len(proof))
        met = (index ^ self._index).bit_length()
        meets = len(self._path) == len(proof) + 1 and met <= len(proof) and self._proof[met:] == proof[met:]
        path = _climb(leaf_hash(entry), proof, sides, met if meets else len(proof))
        if meets and path[met] == self._path[met]:
            path += self._path[met + 1 :]
        elif meets:
            path = _climb(path[0], proof, sides, len(proof))
        if path[-1] != self._head.root:
            raise ProofError("inclusion does not follow")
        self._index, self._proof, self._path = index, proof, path


def _climb(leaf: bytes, proof: Sequence[bytes], sides: Sequence[bool], steps: int) -> list[bytes]:
    """The hashes on a leaf's way up, beginning with its own."""
    path = [leaf]
    for sibling, is_left in zip(proof[:steps], sides, strict=False):
        leaf = node_hash(sibling, leaf) if is_left else node_hash(leaf, sibling)
        path.append(leaf)
    return path


def verify_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Check that the new tree begins with the old one (RFC 9162 §2.1.4.2); a tree of 0 begins every tree.

    Raises:
        ProofError: it does not follow: one of the two heads is not of this log.
    """
    _check_form(new.size, proof)
    if not 0 <= old.size <= new.size:
        raise ProofError("old size")
    if old.size in {0, new.size}:
        if proof or old.root != (new.root if old.size else EMPTY_ROOT):
            raise ProofError("consistency does not follow")
    elif _roots(old, new.size, proof) != (old.root, new.root):
        raise ProofError("consistency does not follow")


def _roots(old: TreeHead, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that a proof leads to, from the last perfect subtree of the old tree upwards.

    Left siblings belong to both trees, right ones to the new tree alone.
    """
    level = (old.size & -old.size).bit_length() - 1
    index, last = (old.size - 1) >> level, (new_size - 1) >> level
    # Where the old tree is one perfect subtree, that is its root, and the proof leaves it out.
    steps = proof if index else (old.root, *proof)
    if not steps:
        raise ProofError("proof: length")
    old_root = new_root = steps[0]
    for step, is_left in zip(steps[1:], _sides(index, last, len(steps) - 1), strict=True):
        if is_left:
            old_root = node_hash(step, old_root)
        new_root = node_hash(step, new_root) if is_left else node_hash(new_root, step)
    return old_root, new_root


def _sides(index: int, last: int, length: int) -> list[bool]:
    """For each sibling of a proof from node `index` of a level that ends with node `last`: does it stand left?

    Up to where the two ways to the root meet, there is a sibling on each level, on the side that the index tells;
    above, the node is the last of its level and has siblings to its left only, one for each bit set.
    """
    inner = (index ^ last).bit_length()
    if length != inner + (index >> inner).bit_count():
        raise ProofError("proof: length")
    return [level >= inner or bool(index >> level & 1) for level in range(length)]


def _check_form(size: int, proof: Sequence[bytes]) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise ProofError("tree size")
    if len(proof) > MAX_PROOF_HASHES or any(len(step) != HASH_BYTES for step in proof):
        raise ProofError("proof: form")
