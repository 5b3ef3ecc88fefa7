"""The one thread that writes: takes everything that has queued, commits it as one group, answers all at once."""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

import apsw

from renkei.platform.observe import event, failure
from renkei.platform.sql.tx import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

BeforeCommit = Callable[[Tx], None]
OnFailure = Callable[[BaseException], None]

MOST_WAITING: Final = 20_000


class NotStoredError(RenkeiError):
    """The group could not be committed (disk full, input/output error): nothing of it is kept. Safe to repeat."""


class StoreFailedError(RenkeiError):
    """What must stand beside every commit could not be made: the store takes nothing any more (design 5)."""


@dataclass(frozen=True, slots=True)
class Job:
    """A function to run in a transaction, and who waits for it."""

    name: str
    run: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job."""

    value: Any = None
    error: BaseException | None = None


class _HookFailedError(Exception):
    """Carries what `before_commit` raised."""


class Writer(threading.Thread):
    """Owns the writing connection from `start` to `finish`."""

    def __init__(
        self, connection: apsw.Connection, before_commit: BeforeCommit | None, on_failure: OnFailure | None
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self._connection = connection
        self._before_commit = before_commit
        self._on_failure = on_failure
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._failed = False

    def submit(self, job: Job) -> None:
        """Queue a job; its future is resolved in its loop."""
        if self._failed or self._closed:
            raise StoreFailedError(Problem.BAD_STORE, f"{job.name}: the store takes nothing any more")
        if self._queue.qsize() >= MOST_WAITING:
            raise RenkeiError(Problem.BUSY, job.name)
        self._queue.put(job)

    def finish(self) -> None:
        """Commit what has queued, end the thread, close the connection."""
        self._closed = True
        self._queue.put(None)
        self.join()
        self._connection.close()

    def run(self) -> None:
        last = False
        while not last:
            group, last = self._take()
            if group:
                _answer(group, self._settle(group))

    def _take(self) -> tuple[list[Job], bool]:
        """Wait for a job, then take all that stand behind it; True with the last group of all."""
        item = self._queue.get()
        group: list[Job] = []
        try:
            while item is not None:
                group.append(item)
                item = self._queue.get_nowait()
        except Empty:
            return group, False
        return group, True

    def _settle(self, group: Sequence[Job]) -> list[Outcome]:
        """Commit the group, or say for every job of it why not."""
        if self._failed:
            return _all(group, StoreFailedError, None)
        tx = Tx(self._connection)
        try:
            return self._commit(tx, group)
        except _HookFailedError as error:
            self._roll_back(tx)
            self._fail(error.__cause__ or error, group[0].loop)
            return _all(group, StoreFailedError, error.__cause__)
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever
            self._roll_back(tx)
            failure("group-not-stored", error, jobs=len(group))
            return _all(group, NotStoredError, error)

    def _commit(self, tx: Tx, group: Sequence[Job]) -> list[Outcome]:
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._run_one(tx, job) for job in group]
        if self._before_commit is not None:
            try:
                self._before_commit(tx)
            except BaseException as error:
                raise _HookFailedError from error
        self._connection.execute("COMMIT")
        return outcomes

    def _run_one(self, tx: Tx, job: Job) -> Outcome:
        mark = tx.mark()
        self._connection.execute("SAVEPOINT job")
        try:
            outcome = Outcome(job.run(tx))
        except BaseException as error:
            # After some errors (disk full, input/output) SQLite has rolled back the whole transaction itself.
            if not self._connection.in_transaction:
                raise
            tx.undo_to(mark)
            self._connection.execute("ROLLBACK TO job")
            outcome = Outcome(error=error)
        self._connection.execute("RELEASE job")
        return outcome

    def _roll_back(self, tx: Tx) -> None:
        tx.undo_to(0)
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _fail(self, error: BaseException, loop: asyncio.AbstractEventLoop) -> None:
        self._failed = True
        failure("store-failed", error)
        event("store-takes-nothing-any-more", level=logging.CRITICAL)
        if self._on_failure is not None:
            _call(loop, self._on_failure, error)


def _all(group: Sequence[Job], kind: type[RenkeiError], cause: BaseException | None) -> list[Outcome]:
    outcomes = []
    for job in group:
        error = kind(Problem.BAD_STORE, job.name)
        error.__cause__ = cause
        outcomes.append(Outcome(error=error))
    return outcomes


def _answer(group: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Wake everyone who waited: one call into each loop for the whole group."""
    waiting: defaultdict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Outcome]]] = defaultdict(list)
    for job, outcome in zip(group, outcomes, strict=True):
        waiting[job.loop].append((job.future, outcome))
    for loop, pairs in waiting.items():
        _call(loop, _resolve, pairs)


def _resolve(pairs: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, outcome in pairs:
        if future.done():  # its caller has gone
            continue
        if isinstance(outcome.error, StopIteration):  # a future cannot carry it
            future.set_exception(RuntimeError("a job raised StopIteration"))
        elif outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[Any], None], argument: object) -> None:
    try:
        loop.call_soon_threadsafe(function, argument)
    except RuntimeError:
        event("nobody-waits", level=logging.WARNING)  # the loop is closed: the process is ending
