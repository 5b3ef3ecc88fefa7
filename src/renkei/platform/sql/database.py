"""A store: one connection that writes, in one thread, with group commit; two that read (design 8).

Natural batching: while one group is being committed, jobs queue; the next group is everything that has queued. No
timer, nothing to tune. Each job has a savepoint, so a job that fails takes nothing of its neighbours with it.
"""

import asyncio
import fcntl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Final, Self, TypeVar

import apsw

from renkei.platform.sql.migrate import migrate
from renkei.platform.sql.tx import Tx
from renkei.platform.sql.writer import BeforeCommit, Job, NotStoredError, OnFailure, StoreFailedError, Writer
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

__all__ = ["BeforeCommit", "Database", "NotStoredError", "StoreFailedError"]

READERS: Final = 2
_BUSY_MS: Final = 5_000
_STATEMENTS: Final = 400
_PRAGMAS: Final = (
    "PRAGMA journal_mode = wal",
    "PRAGMA synchronous = full",
    "PRAGMA foreign_keys = on",
    "PRAGMA journal_size_limit = 67108864",
)

T = TypeVar("T")


class Database:
    """Opened by `open`; used from one event loop; closed by `close`."""

    def __init__(self, writer: Writer, readers: Sequence[apsw.Connection], lock: IO[bytes]) -> None:
        self._writer = writer
        self._lock = lock
        self._pool = ThreadPoolExecutor(len(readers), thread_name_prefix="reader")
        self._free: SimpleQueue[apsw.Connection] = SimpleQueue()
        self._readers = tuple(readers)
        for reader in readers:
            self._free.put(reader)

    @classmethod
    def open(
        cls,
        path: Path,
        migrations: Sequence[Path],
        *,
        before_commit: BeforeCommit | None = None,
        on_failure: OnFailure | None = None,
    ) -> Self:
        """Open the store, apply what migrations are due, start the writer.

        Args:
            path: the file; made if it does not exist, for the owner's eyes alone.
            migrations: folders with `NNNN_name.sql`.
            before_commit: called once per group after its jobs; what it writes commits with them.
            on_failure: called once, in the event loop, if `before_commit` fails: nothing is written after that.

        Raises:
            RenkeiError: BAD_STORE (another process holds it; it does not fit the migrations).
        """
        lock = _lock(path)
        try:
            migrate(path, migrations)
            connection = _connect(path)
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            readers = [_reader(path) for _ in range(READERS)]
        except BaseException:
            lock.close()
            raise
        writer = Writer(connection, before_commit, on_failure)
        writer.start()
        return cls(writer, readers, lock)

    async def write(self, name: str, job: Callable[[Tx], T]) -> T:
        """Run a job in the writer's thread and return its result once it is durable.

        The job may run together with others in one transaction, and must touch nothing that belongs to the event loop.

        Raises:
            NotStoredError: the group could not be committed; nothing of it is kept.
            StoreFailedError: the store takes nothing any more.
            RenkeiError: BUSY when too much is waiting; or whatever the job raised, and then its own changes are gone.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.submit(Job(name, job, future, loop))
        return await future

    async def read(self, job: Callable[[Tx], T]) -> T:
        """Run a job on a snapshot, beside the writer; it cannot change anything."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, job)

    async def close(self) -> None:
        """Write what has queued, then close."""
        await asyncio.to_thread(self._close)

    def _read(self, job: Callable[[Tx], T]) -> T:
        connection = self._free.get()
        try:
            connection.execute("BEGIN")
            try:
                return job(Tx(connection))
            finally:
                connection.execute("ROLLBACK")
        finally:
            self._free.put(connection)

    def _close(self) -> None:
        self._pool.shutdown()
        for reader in self._readers:
            reader.close()
        self._writer.finish()
        self._lock.close()


def _lock(path: Path) -> IO[bytes]:
    """One process per store: with two, the log's state in memory would be wrong. Ends with the process."""
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


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=_STATEMENTS)
    connection.set_busy_timeout(_BUSY_MS)
    return connection


def _reader(path: Path) -> apsw.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only = on")
    return connection
