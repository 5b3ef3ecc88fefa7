"""The append-only log beside the records it commits to (design 5; RFC 9162; C2SP tlog-tiles, tlog-checkpoint).

"No log, no answer" is a transaction: leaves are appended in the job that writes their records, and before the group
commits, all its leaves go into the tree together under one signed checkpoint. If either fails, both are gone.

What stands in memory is a copy of what is durable. It moves in the writer's thread only, and whenever a job or a group
is rolled back it is put back, so that an index is never given twice and never skipped. Where several processes share
the store, it is compared with what is durable at the first append of each transaction: no other can append until that
transaction has ended.
"""

from collections.abc import Sequence
from typing import Final

from renkei.messages.receipt import Receipt
from renkei.platform.logstore.standing import Standing, holds, witnessed
from renkei.platform.logstore.tables import Tables
from renkei.platform.sql import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint, add_signatures, open_checkpoint, sign_checkpoint
from renkei.translog.note import Signer, parse_note, parse_signature
from renkei.translog.proof import TreeView
from renkei.translog.tiles import ENTRIES, HASH_BYTES, TILE_WIDTH, TileData, bundle_tiles, encode_bundle, parse_path
from renkei.translog.tree import EMPTY_ROOT, Frontier, Memo, TreeHead, leaf_hash
from renkei.translog.trust import Trust

Leaf = tuple[str, bytes, int]
"""What a receipt is made for: record text, salt, index."""

CHECKPOINT: Final = "checkpoint"
_BUNDLED_BYTES: Final = 2 + HASH_BYTES
"""One entry of ours in a bundle: its length (uint16), then the commitment."""


class LogStore:
    """One log in one store. `trust` is what readers know of it (origin, log key, witnesses); `sign` uses that key."""

    def __init__(self, trust: Trust, sign: Signer, standing: Standing = Standing.AGREED) -> None:
        """`standing`: WAITING where `compare` is to be called with what the witness says before anything is signed."""
        self._trust = trust
        self._sign = sign
        self.standing = standing
        self._renamed = False
        self._shown = 0
        self._frontier: Frontier | None = None
        self._bundle = b""
        self._pending: list[bytes] = []
        self._memo = Memo()

    def open(self, tx: Tx) -> None:
        """Once, in a write job, before anything is appended: check the stored log's edge, or sign the empty one.

        The edge is what the log goes on from, a few rows at any size. What lies behind it is not read here: a receipt
        that leads through a changed tile proves nothing, and an auditor who reads all of the log finds the rest.

        A stored log whose own name was closed goes on under the new one: the same tree, signed as another log's.

        Raises:
            RenkeiError: BAD_STORE where tiles and checkpoint do not fit together, or the stored log has another name.
        """
        tx.on_rollback(self._forget)
        tables = Tables(tx)
        newest, closed = tables.newest(), tables.closed()
        stored = self._trust.origin if newest is None else Checkpoint.parse(parse_note(newest[1]).text).origin
        if stored not in {self._trust.origin, *closed}:
            raise RenkeiError(Problem.BAD_STORE, f"log_origin: the store's log is {stored}")
        if newest is None:
            self._publish(tx, Frontier().head())
        self._frontier = None
        self._check_bundle(self._resume(tx))
        self._renamed = stored != self._trust.origin
        if self._trust.origin in closed:
            self.standing = Standing.CLOSED
        if self.standing is Standing.AGREED:
            self._take_name(tx)

    def compare(self, tx: Tx, note: str | None) -> Standing:
        """In a write job: hold the log against what the witness has cosigned last (None: nothing yet), and go by that.

        Raises:
            NoteError: what the witness says is not a cosigned checkpoint of this log.
        """
        before = self.standing
        if before is Standing.CLOSED:
            return before
        tx.on_rollback(lambda: self._stand(before))
        cosigned = TreeHead(0, EMPTY_ROOT) if note is None else witnessed(self._trust, note)
        own = Checkpoint.parse(parse_note(self.checkpoint(tx)).text).head
        self.standing = Standing.AGREED if holds(Tables(tx), own, cosigned) else Standing.BEHIND
        if self.standing is Standing.AGREED:
            self._take_name(tx)
        return self.standing

    def append(self, tx: Tx, entries: Sequence[bytes]) -> int:
        """Append commitments (32 bytes each) within a write job; returns the index of the first.

        Raises:
            RenkeiError: LOG_NOT_OPEN while the log may not sign.
        """
        assert all(len(entry) == HASH_BYTES for entry in entries)
        self._demand_agreed()
        place = len(self._pending)
        if tx.shared and not place:
            self._catch_up(tx)
        tx.on_rollback(lambda: self._drop_from(place))
        self._pending.extend(entries)
        return self._resume(tx).size + place

    def before_commit(self, tx: Tx) -> None:
        """Put what the group appended into the tree and sign one checkpoint; nothing if nothing was appended."""
        if not self._pending:
            return
        tx.on_rollback(self._forget)
        old = self._resume(tx)
        new, tiles = old.append([leaf_hash(entry) for entry in self._pending], self._memo)
        Tables(tx).write([*tiles, *self._bundles(old.size, new.size)])
        self._publish(tx, new.head())
        self._frontier = new
        self._pending = []

    def receipts(self, tx: Tx, leaves: Sequence[Leaf]) -> list[Receipt]:
        """Receipts for committed leaves, in a read job.

        Under the newest cosigned checkpoint where it covers the leaf, else under the newest one of all.
        """
        tables = Tables(tx)
        newest = tables.newest()
        assert newest is not None, "the log was not opened"
        cosigned = tables.newest_cosigned() or newest
        self._shown = max(self._shown, newest[0])
        views = {size: TreeView(tables, size, self._memo) for size, _ in (newest, cosigned)}
        made = []
        for record, salt, index in leaves:
            size, note = cosigned if index < cosigned[0] else newest
            assert index < size, "a receipt before its commit"
            proof = views[size].inclusion(index)
            made.append(Receipt(record=record, salt=salt, index=index, proof=proof, checkpoint=note))
        return made

    def checkpoint(self, tx: Tx) -> str:
        """The newest signed checkpoint."""
        newest = Tables(tx).newest()
        assert newest is not None, "the log was not opened"
        return newest[1]

    def size(self, tx: Tx) -> int:
        """Number of leaves that are signed for."""
        newest = Tables(tx).newest()
        return newest[0] if newest else 0

    def cosigned_size(self, tx: Tx) -> int:
        """The largest size that a witness has cosigned."""
        cosigned = Tables(tx).newest_cosigned()
        return cosigned[0] if cosigned else 0

    def resource(self, tx: Tx, path: str) -> bytes | None:
        """A file of the log as C2SP tlog-tiles names it, `checkpoint` or `tile/...`; None if it is not there (yet).

        Raises:
            RenkeiError: UNKNOWN_DOOR for a path that no log has.
        """
        if path == CHECKPOINT:
            note = self.checkpoint(tx)
            # One under a name that is over is nobody's business any more: it is no checkpoint of this log.
            return note.encode() if note.startswith(f"{self._trust.origin}\n") else None
        tile = parse_path(path)
        wanted = tile.width * (_BUNDLED_BYTES if tile.level == ENTRIES else HASH_BYTES)
        data = Tables(tx).row(tile.level, tile.number)[:wanted]
        return data if len(data) == wanted else None

    def add_cosignature(self, tx: Tx, size: int, line: str) -> None:
        """Add a witness's line to the checkpoint of that size, in a write job.

        Only the newest checkpoint and cosigned ones are kept. Another is made again: the tree of every earlier size is
        in the tiles, and an Ed25519 signature over the same text is the same (RFC 8032 §5.1.6).

        Raises:
            RenkeiError: BAD_RECEIPT: not a line of a known witness that holds for this checkpoint; or a size that the
                log has not. LOG_NOT_OPEN while the log may not sign.
        """
        self._demand_agreed()
        if not 0 <= size <= self.size(tx):
            raise RenkeiError(Problem.BAD_RECEIPT, "cosignature: size")
        tables = Tables(tx)
        note = tables.note(size) or self._signed(TreeHead(size, TreeView(tables, size).root()))
        signature = parse_signature(line.removesuffix("\n"))
        if (signature.name, signature.key_id) not in {(key.name, key.id) for key in self._trust.witnesses}:
            raise RenkeiError(Problem.BAD_RECEIPT, "cosignature: unknown witness")
        signed = add_signatures(note, [signature])
        _, found = open_checkpoint(signed, self._trust.origin, self._trust.keys)
        tables.keep_cosigned(size, signed, len(found) - 1)

    def _resume(self, tx: Tx) -> Frontier:
        """The growing edge: as it stands in memory, or read back from the store and checked against its checkpoint."""
        if self._frontier is None:
            tables = Tables(tx)
            checkpoint = Checkpoint.parse(parse_note(self.checkpoint(tx)).text)
            if checkpoint.size < self._shown:  # a standby that had not everything has taken over
                raise RenkeiError(Problem.BAD_STORE, f"log: {checkpoint.size} leaves, and {self._shown} were shown")
            frontier = Frontier.resume(checkpoint.size, tables)
            bundle, width = checkpoint.size // TILE_WIDTH, checkpoint.size % TILE_WIDTH
            self._bundle = tables.row(ENTRIES, bundle) if width else b""
            whole = checkpoint.size == self.size(tx) and len(self._bundle) == width * _BUNDLED_BYTES
            if not whole or frontier.head() != checkpoint.head:
                raise RenkeiError(Problem.BAD_STORE, "log: the tiles do not lead to the checkpoint")
            self._frontier = frontier
        return self._frontier

    def _check_bundle(self, frontier: Frontier) -> None:
        """The last bundle is added to and written again: its entries must be those of the last tile."""
        entries = [self._bundle[at + 2 : at + _BUNDLED_BYTES] for at in range(0, len(self._bundle), _BUNDLED_BYTES)]
        leaves = b"".join(map(leaf_hash, entries))
        if encode_bundle(entries) != self._bundle or leaves != (frontier.edges or (b"",))[0]:
            raise RenkeiError(Problem.BAD_STORE, "log: the last bundle is not that of the last tile")

    def demand_current(self) -> None:
        """Refuse what only a store that is up to date may sign; raises LOG_NOT_OPEN where it is known not to be."""
        if self.standing in {Standing.BEHIND, Standing.CLOSED}:
            raise RenkeiError(Problem.LOG_NOT_OPEN, self.standing.value)

    def _demand_agreed(self) -> None:
        if self.standing is not Standing.AGREED:
            raise RenkeiError(Problem.LOG_NOT_OPEN, self.standing.value)

    def _take_name(self, tx: Tx) -> None:
        """Sign the tree as it stands under the present name; what was signed under the closed one is dropped here."""
        if self._renamed:
            Tables(tx).drop_checkpoints()
            self._publish(tx, self._resume(tx).head())
            self._renamed = False
            tx.on_rollback(self._keep_name)

    def _stand(self, standing: Standing) -> None:
        self.standing = standing

    def _keep_name(self) -> None:
        self._renamed = True

    def _catch_up(self, tx: Tx) -> None:
        if self._frontier is not None and self._frontier.size != self.size(tx):
            self._frontier = None

    def _bundles(self, old: int, new: int) -> list[TileData]:
        """The entry bundles that change, each as it is now; what the last one holds is remembered."""
        data = self._bundle + encode_bundle(self._pending)
        step = TILE_WIDTH * _BUNDLED_BYTES
        tiles = bundle_tiles(old, new)
        rows = [TileData(ENTRIES, tile.number, data[at * step : (at + 1) * step]) for at, tile in enumerate(tiles)]
        self._bundle = data[len(data) - len(data) % step :]
        return rows

    def _publish(self, tx: Tx, head: TreeHead) -> None:
        Tables(tx).keep_newest(head.size, self._signed(head))

    def _signed(self, head: TreeHead) -> str:
        return sign_checkpoint(self._trust.origin, head, self._trust.log, self._sign)

    def _drop_from(self, place: int) -> None:
        del self._pending[place:]

    def _forget(self) -> None:
        """The group is gone: nothing of it may be remembered, and what is true is read from the store again."""
        self._frontier = None
        self._pending = []
        self._memo.clear()
