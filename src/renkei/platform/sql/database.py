"""A store: one connection that writes, in one thread, with group commit; a few that read (design 8).

Natural batching: while one group is being committed, jobs queue; the next group is everything that has queued. No
timer, nothing to tune. A job that fails takes nothing of its neighbours with it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, Self, TypeVar

from renkei.platform.sql.address import Store
from renkei.platform.sql.connection import Connection, LostError
from renkei.platform.sql.signals import Heard, Lease, Signals
from renkei.platform.sql.sqlite import SqliteEngine
from renkei.platform.sql.tx import Tx
from renkei.platform.sql.writer import (
    BeforeCommit,
    Groups,
    Job,
    NotStoredError,
    OnFailure,
    StoreFailedError,
    Writer,
)
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

__all__ = ["BeforeCommit", "Database", "NotStoredError", "StoreFailedError"]

T = TypeVar("T")


class Engine(Protocol):
    """A kind of database. `inside`: it is a library in this process, so reads run in the event loop (ADR 0016)."""

    inside: bool

    def open(self, folders: Sequence[Path]) -> Connection:
        """Claim the store, apply what migrations are due, connect the writer."""

    def readers(self) -> Sequence[Connection]:
        """Connect the readers."""

    def signals(self) -> Signals:
        """What goes on between processes."""

    def writer(self, groups: Groups) -> Writer:
        """The one that writes, over the connection that `open` gave."""

    def close(self) -> None:
        """Give the store free, after its connections were closed."""


class Database:
    """Opened by `open`; used from one event loop; closed by `close`."""

    def __init__(self, engine: Engine, writer: Writer, readers: Sequence[Connection]) -> None:
        self._engine = engine
        self._writer = writer
        self._signals = engine.signals()
        self._pool = ThreadPoolExecutor(len(readers), thread_name_prefix="reader")
        self._free: SimpleQueue[Connection] = SimpleQueue()
        self._readers = tuple(readers)
        for reader in readers:
            self._free.put(reader)

    @classmethod
    def open(
        cls,
        store: Path | Store,
        migrations: Sequence[Path],
        *,
        before_commit: BeforeCommit | None = None,
        on_failure: OnFailure | None = None,
        shared: bool = False,
    ) -> Self:
        """Open the store, apply what migrations are due, start the writer.

        Args:
            store: a file of SQLite, made if it does not exist, for the owner's eyes alone; or a PostgreSQL database.
            migrations: folders with `NNNN_name.sql`.
            before_commit: called once per group after its jobs; what it writes commits with them.
            on_failure: called once, in the event loop, if `before_commit` fails: nothing is written after that.
            shared: other processes may have the same store open, all of them so (PostgreSQL only).

        Raises:
            RenkeiError: BAD_STORE (another process holds it; it does not fit the migrations).
        """
        engine = _engine(store, shared=shared)
        connections: list[Connection] = []
        try:
            connections.append(engine.open(migrations))
            connections.extend(engine.readers())
        except BaseException:
            for each in connections:
                each.close()
            engine.close()
            raise
        groups = Groups(connections[0], before_commit, on_failure)
        return cls(engine, engine.writer(groups), connections[1:])

    async def write(self, name: str, job: Callable[[Tx], T]) -> T:
        """Run a job with those of others in one transaction and return its result once it is durable.

        It may run in another thread, and must touch nothing that belongs to the event loop.
        It may run more than once, and what an earlier run did in memory must not matter: on PostgreSQL a group one of
        whose jobs fails is undone and run again.

        Raises:
            NotStoredError: the group could not be committed. Safe to repeat.
            StoreFailedError: the store takes nothing any more.
            RenkeiError: BUSY when too much is waiting; or whatever the job raised, and then its own changes are gone.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.submit(Job(name, job, future, loop))
        return await future

    async def read(self, job: Callable[[Tx], T]) -> T:
        """Run a job on a snapshot, beside the writer; it cannot change anything. It may run more than once.

        Raises:
            RenkeiError: BAD_STORE when the database does not answer; or whatever the job raised.
        """
        if self._engine.inside:
            return self._read(job)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, job)

    def listen(self, channel: str, heard: Heard) -> None:
        """From now on call `heard`, in the event loop, with what processes that share the store `signal`.

        Own signals may come back too. After a time without connection it is called once with "": anything may have
        been said meanwhile. On SQLite nothing is ever heard.
        """
        self._signals.listen(channel, heard, asyncio.get_running_loop())

    def lease(self, name: str) -> Lease:
        """A right that one process at a time has, among those that share the store. On SQLite it is always held."""
        return self._signals.lease(name)

    async def close(self) -> None:
        """Write what has queued, then close."""
        await self._writer.finish()
        await asyncio.to_thread(self._close)

    def _read(self, job: Callable[[Tx], T]) -> T:
        connection = self._free.get()
        try:
            try:
                return _look(connection, job)
            except LostError:
                return _look(connection, job)  # nothing was changed, so nothing is done twice
        except LostError as error:
            raise RenkeiError(Problem.BAD_STORE, f"no answer: {error}") from error
        finally:
            self._free.put(connection)

    def _close(self) -> None:
        self._pool.shutdown()
        for reader in self._readers:
            reader.close()
        self._signals.close()
        self._engine.close()


def _look(connection: Connection, job: Callable[[Tx], T]) -> T:
    connection.begin(waiting=False)
    try:
        return job(Tx(connection))
    finally:
        connection.end()


def _engine(store: Path | Store, *, shared: bool) -> Engine:
    address: Any = store.address if isinstance(store, Store) else store
    if isinstance(address, Path):
        assert not shared, "SQLite is for one process"
        return SqliteEngine(address)
    try:
        from renkei.platform.sql.postgres import PostgresEngine  # noqa: PLC0415  # an optional dependency
    except ImportError as error:
        raise RenkeiError(Problem.BAD_STORE, f"PostgreSQL needs renkei[postgres]: {error}") from None
    return PostgresEngine(address, shared=shared)
