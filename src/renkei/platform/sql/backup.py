"""A SQLite store copied while its system runs, and looked into and put in place while none does."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import apsw

from renkei.platform.sql.connection import Params, Row
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_BUSY_MS: Final = 5_000
_ALL_PAGES: Final = -1
_SCHEMA: Final = "SELECT id FROM schema_migration ORDER BY id"
SIDE_FILES: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Question:
    """What else to read of a store, at the same moment."""

    table: str
    statement: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A store as it was at one moment."""

    file: IO[bytes]
    """Its bytes."""
    schema: tuple[str, ...]
    """The migrations that it had."""
    row: Row | None
    """The first row of what was asked; None also where the store has no such table."""


@contextmanager
def copied(path: Path, asked: Question) -> Iterator[Copied]:
    """A copy by SQLite's online backup, beside the store, without a name: nothing is left of it, even by a kill.

    All pages in one step: that reads one snapshot, and in WAL mode readers never block the writer. The lock of the
    process that has the store is for those who would write.

    Raises:
        RenkeiError: BAD_STORE: there is no such store, or it cannot be read or copied.
    """
    if not path.is_file():
        raise RenkeiError(Problem.BAD_STORE, f"{path}: no store")
    try:
        number, name = tempfile.mkstemp(prefix=".backup-", dir=path.parent)
    except OSError as error:
        raise RenkeiError(Problem.BAD_STORE, f"{path.parent}: {error.strerror}") from None
    with open(number, "rb") as file:  # noqa: PTH123  # by its number
        try:
            target = apsw.Connection(name)
        finally:
            Path(name).unlink()
        with closing(target):
            schema, row = _copy(path, target, asked)
        yield Copied(file, schema, row)


def _copy(path: Path, target: apsw.Connection, asked: Question) -> tuple[tuple[str, ...], Row | None]:
    try:
        target.execute("PRAGMA journal_mode = off")
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as source:
            source.set_busy_timeout(_BUSY_MS)
            source.execute("PRAGMA query_only = on; BEGIN")
            schema = tuple(str(each) for (each,) in source.execute(_SCHEMA))  # from here on the snapshot stands
            row = source.execute(asked.statement).fetchone() if _has(source, asked.table) else None
            with target.backup("main", source, "main") as backup:
                backup.step(_ALL_PAGES)
    except apsw.Error as error:
        raise RenkeiError(Problem.BAD_STORE, f"{path}: {error}") from None
    return schema, row


def change(path: Path, table: str, statement: str, values: Params) -> None:
    """Check a store that nobody has open, and change a table of it, if it has that table.

    Raises:
        RenkeiError: BAD_STORE: it is damaged, or none at all.
    """
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
            found: list[tuple[Any, ...]] = connection.execute("PRAGMA quick_check").fetchall()
            if found != [("ok",)]:
                raise RenkeiError(Problem.BAD_STORE, f"{path}: damaged")
            if _has(connection, table):
                connection.execute(statement, values)
    except apsw.Error as error:
        raise RenkeiError(Problem.BAD_STORE, f"{path}: {error}") from None


def put_in_place(fresh: Path, path: Path, aside: Path) -> None:
    """Put a whole store where another may stand; that one stays aside, with its write-ahead log.

    The old log must be gone before the new store comes: SQLite would play it into it. Cut short anywhere, it is
    harmless to repeat.
    """
    for side in SIDE_FILES:
        old = path.with_name(path.name + side)
        if old.exists():
            old.replace(aside.with_name(aside.name + side))
    fresh.replace(path)


def _has(connection: apsw.Connection, table: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None
