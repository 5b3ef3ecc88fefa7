"""The log's tables in SQL. A tile is one row with all its hashes so far; a narrower tile is a prefix of it."""

from collections.abc import Iterable
from typing import Final

from renkei.platform.sql import Tx
from renkei.translog.tiles import HASH_BYTES, TileData

Signed = tuple[int, str]
"""A checkpoint: size and note."""

COSIGNED_KEPT: Final = 8
_TILE: Final = "SELECT data FROM log_tile WHERE level = :level AND number = :number"
_WRITE: Final = (
    "INSERT INTO log_tile (level, number, data) VALUES (:level, :number, :data)"
    " ON CONFLICT (level, number) DO UPDATE SET data = excluded.data"
)
_NEWEST: Final = "SELECT size, note FROM log_checkpoint ORDER BY size DESC LIMIT 1"
_COSIGNED: Final = "SELECT size, note FROM log_checkpoint WHERE cosignatures > 0 ORDER BY size DESC LIMIT 1"
_NOTE: Final = "SELECT note FROM log_checkpoint WHERE size = :size"
_DROP_OLDER: Final = "DELETE FROM log_checkpoint WHERE cosignatures = 0"
_KEEP: Final = (
    "INSERT INTO log_checkpoint (size, note, cosignatures) VALUES (:size, :note, :cosignatures)"
    " ON CONFLICT (size) DO UPDATE SET note = excluded.note, cosignatures = excluded.cosignatures"
)
_DROP_COSIGNED: Final = (
    "DELETE FROM log_checkpoint WHERE size < (SELECT max(size) FROM log_checkpoint) AND size NOT IN"
    " (SELECT size FROM log_checkpoint WHERE cosignatures > 0 ORDER BY size DESC LIMIT :kept)"
)
_DROP_ALL: Final = "DELETE FROM log_checkpoint"
_CLOSED: Final = "SELECT origin FROM log_closed"


class Tables:
    """The log's rows within one transaction; a `HashReader`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def row(self, level: int, number: int) -> bytes:
        """A tile or bundle as far as it has grown; nothing if it has not begun."""
        found = self._tx.row(_TILE, level=level, number=number)
        return bytes(found[0]) if found else b""

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes."""
        return self.row(level, number)[: width * HASH_BYTES]

    def write(self, tiles: Iterable[TileData]) -> None:
        """Keep tiles that grew."""
        self._tx.many(_WRITE, [{"level": each.level, "number": each.number, "data": each.hashes} for each in tiles])

    def newest(self) -> Signed | None:
        """The newest checkpoint."""
        found = self._tx.row(_NEWEST)
        return (found[0], found[1]) if found else None

    def newest_cosigned(self) -> Signed | None:
        """The newest checkpoint that a witness has cosigned."""
        found = self._tx.row(_COSIGNED)
        return (found[0], found[1]) if found else None

    def note(self, size: int) -> str | None:
        """The checkpoint of that size, if it was kept."""
        found = self._tx.row(_NOTE, size=size)
        return str(found[0]) if found else None

    def keep_newest(self, size: int, note: str) -> None:
        """Replace the newest checkpoint; cosigned ones stay."""
        self._tx.run(_DROP_OLDER)
        self._tx.run(_KEEP, size=size, note=note, cosignatures=0)

    def keep_cosigned(self, size: int, note: str, cosignatures: int) -> None:
        """Keep a cosigned checkpoint, and only the newest few of them."""
        self._tx.run(_KEEP, size=size, note=note, cosignatures=cosignatures)
        self._tx.run(_DROP_COSIGNED, kept=COSIGNED_KEPT)

    def drop_checkpoints(self) -> None:
        """Drop all of them: the log takes another name."""
        self._tx.run(_DROP_ALL)

    def closed(self) -> frozenset[str]:
        """The names under which this log signs nothing any more."""
        return frozenset(str(origin) for (origin,) in self._tx.rows(_CLOSED))
