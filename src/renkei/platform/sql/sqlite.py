"""SQLite: a file, one writing connection, write-ahead log, every commit synced (design 8)."""

import fcntl
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import apsw

from renkei.platform.sql.connection import ConflictError, Params, Row, list_of
from renkei.platform.sql.migrate import migrate
from renkei.platform.sql.signals import Silence
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

LONGEST_LIST: Final = 1_000
_BUSY_MS: Final = 5_000
_STATEMENTS: Final = 400
_PRAGMAS: Final = (
    "PRAGMA journal_mode = wal",
    "PRAGMA synchronous = full",
    "PRAGMA foreign_keys = on",
    "PRAGMA journal_size_limit = 67108864",
)
_SCHEMA: Final = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%yoyo%' AND name <> 'schema_migration'"
    " ORDER BY tbl_name, type DESC, name"
)


class SqliteConnection:
    """A Connection over apsw. What apsw raises of disks and files goes through as it is."""

    optimistic = False
    shared = False

    def __init__(self, path: Path, begin: str = "BEGIN") -> None:
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
        if list_of(sql) is None:
            return self._connection.execute(sql, params).fetchall()
        return [row for part in _parts(sql, params) for row in self._connection.execute(*part).fetchall()]

    def row(self, sql: str, params: Params, /) -> Row | None:
        if list_of(sql) is None:
            return self._connection.execute(sql, params).fetchone()
        return next(iter(self.rows(sql, params)), None)

    def run(self, sql: str, params: Params, /) -> int:
        try:
            return sum(self._changed(*part) for part in _parts(sql, params))
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None

    def many(self, sql: str, rows: Sequence[Params], /) -> None:
        try:
            self._connection.executemany(sql, rows)
        except apsw.ConstraintError as error:
            raise ConflictError(str(error)) from None

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
        self._lock = _lock(self._path)
        migrate(_Guard(self._path), folders)
        writer = SqliteConnection(self._path, "BEGIN IMMEDIATE")
        writer.prepare(*_PRAGMAS)
        return writer

    def readers(self) -> list[SqliteConnection]:
        reader = SqliteConnection(self._path)
        reader.prepare("PRAGMA query_only = on")
        return [reader]

    def signals(self) -> Silence:
        return Silence()

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()


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


def _lock(path: Path) -> IO[bytes]:
    """Ends with the process."""
    try:
        path.touch(mode=0o600)
        lock = path.with_name(path.name + ".lock").open("wb")
    except OSError as error:
        raise RenkeiError(Problem.BAD_STORE, f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise RenkeiError(Problem.BAD_STORE, f"{path}: in use by another process") from None
    return lock


def _parts(sql: str, params: Params) -> Iterator[tuple[str, Params]]:
    """A statement with a list as statements with as many parameters as the next power of two: few texts to prepare."""
    name = list_of(sql)
    if name is None:
        yield sql, params
        return
    keys: Sequence[Any] = list(dict.fromkeys(params[name]))  # a key in two parts would give its rows twice
    for first in range(0, len(keys), LONGEST_LIST):
        part = keys[first : first + LONGEST_LIST]
        width = 1 << (len(part) - 1).bit_length()
        padded = [*part, *[part[-1]] * (width - len(part))]
        yield _spelled(sql, name, width), {**params, **{f"{name}_{place}": key for place, key in enumerate(padded)}}


@cache
def _spelled(sql: str, name: str, width: int) -> str:
    names = ", ".join(f":{name}_{place}" for place in range(width))
    head, _, tail = sql.partition(f":{name}")
    return f"{head}({names}){tail}"
