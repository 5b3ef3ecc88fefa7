"""SQLite: a file, one writing connection, write-ahead log, every commit synced (design 8)."""

import fcntl
import logging
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

import apsw

from renkei.platform.observe import event
from renkei.platform.sql.connection import ConflictError, Params, Row, list_of
from renkei.platform.sql.migrate import migrate
from renkei.platform.sql.signals import Signals, Silence
from renkei.platform.sql.writer import Groups, LoopWriter, Writer
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

SHORT_LIST: Final = 8
_BUSY_MS: Final = 5_000
_STATEMENTS: Final = 400
_PRAGMAS: Final = (
    "PRAGMA journal_mode = wal",
    "PRAGMA synchronous = full",
    "PRAGMA foreign_keys = on",
    "PRAGMA journal_size_limit = 67108864",
)
_CACHE: Final = "PRAGMA cache_size = -16384"
"""In KiB. Rows are found by random keys, and the 500 pages of the default hold few of them."""
_SCHEMA: Final = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%yoyo%' AND name <> 'schema_migration'"
    " ORDER BY tbl_name, type DESC, name"
)


_DAMAGED: Final = (apsw.CorruptError, apsw.NotADBError)


class SqliteConnection:
    """A Connection over apsw. What apsw raises of disks and files goes through as it is."""

    optimistic = False
    shared = False

    def __init__(self, path: Path, begin: str) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=_STATEMENTS)
        self._connection.set_busy_timeout(_BUSY_MS)
        self._begin = begin

    def begin(self, *, waiting: bool) -> None:  # noqa: ARG002  # every statement is carried out at once
        self._connection.execute(self._begin)

    def wait(self) -> None:
        """Nothing is ever under way."""

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def end(self) -> None:
        self._connection.execute("ROLLBACK")

    def roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @property
    def in_transaction(self) -> bool:
        # After some errors (disk full, input/output) SQLite has rolled back the whole transaction itself.
        return self._connection.in_transaction

    def save(self) -> None:
        self._connection.execute("SAVEPOINT job")

    def release(self) -> None:
        self._connection.execute("RELEASE job")

    def go_back(self) -> None:
        self._connection.execute("ROLLBACK TO job")

    def rows(self, sql: str, params: Params, /) -> list[Row]:
        try:
            return self._connection.execute(*_listed(sql, params)).fetchall()
        except _DAMAGED as error:
            raise _damaged(error) from error

    def row(self, sql: str, params: Params, /) -> Row | None:
        try:
            return self._connection.execute(*_listed(sql, params)).fetchone()
        except _DAMAGED as error:
            raise _damaged(error) from error

    def run(self, sql: str, params: Params, /) -> int:
        try:
            return self._changed(*_listed(sql, params))
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None
        except _DAMAGED as error:
            raise _damaged(error) from error

    def many(self, sql: str, rows: Sequence[Params], /) -> None:
        try:
            self._connection.executemany(sql, rows)
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None
        except _DAMAGED as error:
            raise _damaged(error) from error

    def signal(self, channel: str, payload: str, /) -> None:
        """There is no other process."""

    def schema(self) -> list[str]:
        return [str(sql) for (sql,) in self._connection.execute(_SCHEMA)]

    def close(self) -> None:
        self._connection.close()

    def prepare(self, *statements: str) -> None:
        for each in statements:
            self._connection.execute(each)

    def _changed(self, sql: str, params: Params) -> int:
        before = self._connection.total_changes()
        self._connection.execute(sql, params)
        # `changes` keeps the number of an earlier statement when this one changed nothing at all.
        return self._connection.changes() if self._connection.total_changes() != before else 0


class SqliteEngine:
    """One file, held by one process: with two, what rooms keep in memory would be wrong."""

    inside = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: IO[bytes] | None = None

    def open(self, folders: Sequence[Path]) -> SqliteConnection:
        self._lock = self._claim()
        try:
            migrate(_Guard(self._path), folders)
            writer = self._connect("BEGIN IMMEDIATE")
            writer.prepare(*_PRAGMAS, _CACHE)
        except _DAMAGED as error:
            raise RenkeiError(Problem.BAD_STORE, f"{self._path}: {error}") from error
        return writer

    def readers(self) -> list[SqliteConnection]:
        reader = self._connect("BEGIN")
        reader.prepare("PRAGMA query_only = on", _CACHE)
        return [reader]

    def signals(self) -> Signals:
        return Silence()

    def writer(self, groups: Groups) -> Writer:
        return LoopWriter(groups)

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _claim(self) -> IO[bytes] | None:
        """Ends with the process."""
        try:
            self._path.touch(mode=0o600)
        except OSError as error:
            raise RenkeiError(Problem.BAD_STORE, f"{self._path}: {error.strerror}") from None
        return hold(self._path)

    def _connect(self, begin: str) -> SqliteConnection:
        return SqliteConnection(self._path, begin)


class _Guard:
    """The migrator's own view."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        self.address = f"sqlite:///{quote(str(path.resolve()))}"

    def rows(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        with self._connection:
            self._connection.executemany(sql, rows)

    def close(self) -> None:
        self._connection.close()


def _damaged(error: apsw.Error) -> RenkeiError:
    """What stands in the file cannot be read: said aloud, and whoever asked hears of the store, not of a bug."""
    event("store-damaged", level=logging.CRITICAL, says=str(error))
    return RenkeiError(Problem.BAD_STORE, str(error))


def hold(path: Path) -> IO[bytes]:
    """The lock of the process that has the store, until it is closed; raises BAD_STORE where another has it."""
    try:
        lock = path.with_name(path.name + ".lock").open("wb")
    except OSError as error:
        raise RenkeiError(Problem.BAD_STORE, f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise RenkeiError(Problem.BAD_STORE, f"{path}: in use by another process") from None
    return lock


def _listed(sql: str, params: Params) -> tuple[str, Params]:
    """A statement with a list: short ones as parameters, their number padded to the next power of two; others whole."""
    name = list_of(sql)
    if name is None:
        return sql, params
    keys = list(params[name])
    if len(keys) > SHORT_LIST:
        # Three times as fast as a thousand parameters, and one text for all lengths.
        array_ = apsw.carray(array("q", keys) if isinstance(keys[0], int) else tuple(keys))
        return _spelled(sql, name, None), {**params, name: array_}
    width = 1 << (len(keys) - 1).bit_length()
    padded = [*keys, *[keys[-1]] * (width - len(keys))]
    return _spelled(sql, name, width), {**params, **{f"{name}_{place}": key for place, key in enumerate(padded)}}


@cache
def _spelled(sql: str, name: str, width: int | None) -> str:
    head, _, tail = sql.partition(f":{name}")
    if width is None:
        return f"{head}carray(:{name}){tail}"
    names = ", ".join(f":{name}_{place}" for place in range(width))
    return f"{head}({names}){tail}"
