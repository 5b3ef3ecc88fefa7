"""The one that writes: takes everything that has queued, commits it as one group, answers all at once."""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from renkei.platform.observe import event, failure
from renkei.platform.sql.connection import Connection, LostError, TakenError
from renkei.platform.sql.tx import Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

BeforeCommit = Callable[[Tx], None]
OnFailure = Callable[[BaseException], None]
RunAll = Callable[[Tx, Sequence["Job"]], list["Outcome"]]

MOST_WAITING: Final = 20_000
LARGEST_GROUP: Final = 256
"""Jobs that run in the event loop in one go: beside them it has others to serve."""


class NotStoredError(RenkeiError):
    """The group could not be committed (disk full, input/output error, database away). Safe to repeat.

    Nothing of it is kept; unless the connection to the database broke during the commit: then nobody knows, and the
    repeat, with the same ids, finds out.
    """


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


class _JobFailedError(Exception):
    """One of a group that ran together failed; which, shows when each runs apart."""


class Groups:
    """Carries out one group: its jobs, what must commit with them, and the commit; or says for every job why not."""

    def __init__(
        self, connection: Connection, before_commit: BeforeCommit | None, on_failure: OnFailure | None
    ) -> None:
        self.connection = connection
        self._before_commit = before_commit
        self._on_failure = on_failure
        self.failed = False

    def settle(self, group: Sequence[Job]) -> list[Outcome]:
        """All of it, in one thread."""
        tx = Tx(self.connection)
        try:
            outcomes = self.prepare(tx, group)
            self.connection.commit()
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever
            return self.undo(tx, group, error)
        return outcomes

    def prepare(self, tx: Tx, group: Sequence[Job]) -> list[Outcome]:
        """Everything up to the commit. Whatever it raises goes to `undo`."""
        if self.failed:
            raise _HookFailedError
        if self.connection.optimistic:
            try:
                return self._run(tx, group, self._run_together, waiting=False)
            except _JobFailedError:
                if len(group) == 1:
                    raise
                self._roll_back(tx)
        return self._run(tx, group, self._run_apart, waiting=True)

    def undo(self, tx: Tx, group: Sequence[Job], error: BaseException) -> list[Outcome]:
        """Nothing of the group is kept: what each of its jobs is told."""
        self._roll_back(tx)
        if isinstance(error, _JobFailedError):
            return [Outcome(error=error.__cause__)]
        if isinstance(error, (_HookFailedError, TakenError)):
            cause = error if isinstance(error, TakenError) else error.__cause__
            if not self.failed:
                self._fail(cause or error, group[0].loop)
            return _all(group, StoreFailedError, cause)
        failure("group-not-stored", error, jobs=len(group))
        return _all(group, NotStoredError, error)

    def _run(self, tx: Tx, group: Sequence[Job], run_all: RunAll, *, waiting: bool) -> list[Outcome]:
        self.connection.begin(waiting=waiting)
        outcomes = run_all(tx, group)
        if self._before_commit is not None:
            try:
                self._before_commit(tx)
                self.connection.wait()
            except LostError:
                raise
            except BaseException as error:
                raise _HookFailedError from error
        return outcomes

    def _run_together(self, tx: Tx, group: Sequence[Job]) -> list[Outcome]:
        """All or nothing: no savepoints, each of which would cost as much as the job."""
        try:
            outcomes = [Outcome(job.run(tx)) for job in group]
            self.connection.wait()
        except LostError:
            raise
        except BaseException as error:
            raise _JobFailedError from error
        return outcomes

    def _run_apart(self, tx: Tx, group: Sequence[Job]) -> list[Outcome]:
        return [self._run_one(tx, job) for job in group]

    def _run_one(self, tx: Tx, job: Job) -> Outcome:
        mark = tx.mark()
        self.connection.save()
        try:
            outcome = Outcome(job.run(tx))
            self.connection.wait()
        except LostError:
            raise
        except BaseException as error:
            if not self.connection.in_transaction:
                raise
            tx.undo_to(mark)
            self.connection.go_back()
            outcome = Outcome(error=error)
        self.connection.release()
        return outcome

    def _roll_back(self, tx: Tx) -> None:
        tx.undo_to(0)
        self.connection.roll_back()

    def _fail(self, error: BaseException, loop: asyncio.AbstractEventLoop) -> None:
        self.failed = True
        failure("store-failed", error)
        event("store-takes-nothing-any-more", level=logging.CRITICAL)
        if self._on_failure is not None:
            _call(loop, self._on_failure, error)


class Writer:
    """Takes jobs until it is closed, and not more than MOST_WAITING at a time."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._closed = False

    def submit(self, job: Job) -> None:
        """Queue a job; its future is resolved in its loop."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Commit what has queued, then close the connection."""
        raise NotImplementedError

    def _demand_open(self, job: Job, waiting: int) -> None:
        if self._groups.failed or self._closed:
            raise StoreFailedError(Problem.BAD_STORE, f"{job.name}: the store takes nothing any more")
        if waiting >= MOST_WAITING:
            raise RenkeiError(Problem.BUSY, job.name)


class ThreadWriter(Writer):
    """A thread of its own, for a database behind a wire: there is waiting in every statement."""

    def __init__(self, groups: Groups) -> None:
        super().__init__(groups)
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        self._demand_open(job, self._queue.qsize())
        self._queue.put(job)

    async def finish(self) -> None:
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._groups.connection.close()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._take()
            if group:
                answer(group, self._groups.settle(group))

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


class LoopWriter(Writer):
    """Runs jobs in the event loop and only commits in a thread, for a database inside the process.

    Its statements take microseconds, and Python runs in one thread at a time anyway: a second one would do nothing
    but take the lock from the first at every statement (ADR 0016). What waits long is the sync of the commit.
    """

    def __init__(self, groups: Groups) -> None:
        super().__init__(groups)
        self._waiting: list[Job] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="writer")

    def submit(self, job: Job) -> None:
        self._demand_open(job, len(self._waiting))
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            job.loop.call_soon(self._next, job.loop)

    async def finish(self) -> None:
        self._closed = True
        await self._idle.wait()
        self._committer.shutdown()
        self._groups.connection.close()

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._waiting:
            self._idle.set()
            return
        group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
        tx = Tx(self._groups.connection)
        try:
            outcomes = self._groups.prepare(tx, group)
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever
            self._tell(group, self._groups.undo(tx, group, error), loop)
            return
        committed = loop.run_in_executor(self._committer, self._groups.connection.commit)

        def end(done: asyncio.Future[None]) -> None:
            error = done.exception()
            told = outcomes if error is None else self._groups.undo(tx, group, error)
            self._tell(group, told, loop)

        committed.add_done_callback(end)

    def _tell(self, group: Sequence[Job], outcomes: Sequence[Outcome], loop: asyncio.AbstractEventLoop) -> None:
        _resolve(list(zip([job.future for job in group], outcomes, strict=True)))
        loop.call_soon(self._next, loop)  # who was told may have something for the next group


def _all(group: Sequence[Job], kind: type[RenkeiError], cause: BaseException | None) -> list[Outcome]:
    outcomes = []
    for job in group:
        error = kind(Problem.BAD_STORE, job.name)
        error.__cause__ = cause
        outcomes.append(Outcome(error=error))
    return outcomes


def answer(group: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
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
