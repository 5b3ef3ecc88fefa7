"""The contract of a store, on real files."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from renkei.platform.sql import ConflictError, Database, NotStoredError, Store, StoreFailedError, Tx
from renkei.platform.sql.sqlite import SqliteConnection
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import COUNT, Open, only_postgresql, only_sqlite, put
from .logged import ADD

Job = Callable[[Tx], Any]


def add(number: int, text: str = "") -> Job:
    return lambda tx: tx.run(ADD, id=number, text=text)


async def count(database: Database) -> int:
    row = await database.read(lambda tx: tx.row(COUNT))
    assert row is not None
    return int(row[0])


class Gate:
    """A job that holds a writing thread until it is opened, so that what follows queues into one group.

    The event loop is not held (SQLite): there everything that is written in one of its turns is one group anyway.
    """

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, _tx: Tx) -> None:
        self.entered.set()
        assert threading.current_thread() is threading.main_thread() or self.open.wait(10)


class Groups:
    """A `before_commit` that counts its calls, or fails on demand."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None

    def __call__(self, _tx: Tx) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error


async def grouped(database: Database, *jobs: Job) -> list[object]:
    """Run the jobs as one group, behind a group of its own that was held until they had all queued."""
    gate = Gate()
    first = asyncio.create_task(database.write("gate", gate))
    await asyncio.to_thread(gate.entered.wait)
    rest = [asyncio.create_task(database.write("job", job)) for job in jobs]
    await asyncio.sleep(0)
    gate.open.set()
    await first
    return list(await asyncio.gather(*rest, return_exceptions=True))


async def test_what_was_written_is_read_and_survives_a_reopening(
    open_store: Open, store: Store, migrations: Path
) -> None:
    database = open_store()
    assert await database.write("add", lambda tx: tx.run(ADD, id=1, text="一")) == 1
    assert await database.read(lambda tx: tx.rows("SELECT id, text FROM note")) == [(1, "一")]
    await database.close()
    again = Database.open(store, [migrations])
    assert await count(again) == 1
    await again.close()


async def test_jobs_that_queue_commit_as_one_group(open_store: Open) -> None:
    groups = Groups()
    database = open_store(before_commit=groups)
    assert await grouped(database, *(add(number) for number in range(50))) == [1] * 50
    assert groups.calls == 2
    assert await count(database) == 50


async def test_a_job_that_fails_takes_nothing_of_its_neighbours_with_it(open_store: Open) -> None:
    database = open_store()

    def half(tx: Tx) -> None:
        tx.run(ADD, id=10, text="half")
        raise RenkeiError(Problem.WRONG_STATE)

    first, failed, double, last = await grouped(database, add(1), half, add(1), add(2))
    assert (first, last) == (1, 1)
    assert isinstance(failed, RenkeiError)
    assert failed.problem is Problem.WRONG_STATE
    assert isinstance(double, ConflictError)
    assert await database.read(lambda tx: tx.rows("SELECT id FROM note ORDER BY id")) == [(1,), (2,)]


async def test_a_cache_in_memory_is_told_when_its_job_is_rolled_back(open_store: Open) -> None:
    database = open_store()
    cache: list[int] = []

    def remember(number: int, *, fail: bool) -> Job:
        def job(tx: Tx) -> None:
            cache.append(number)
            tx.on_rollback(lambda: cache.remove(number))
            if fail:
                raise RenkeiError(Problem.WRONG_STATE)

        return job

    await grouped(database, remember(1, fail=False), remember(2, fail=True), remember(3, fail=False))
    assert cache == [1, 3]


async def test_a_group_that_cannot_be_committed_is_gone_as_a_whole_and_all_are_told(
    open_store: Open, migrations: Path
) -> None:
    put(
        migrations,
        "0002_parts.sql",
        "CREATE TABLE part (note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED);",
    )
    database = open_store()
    undone: list[str] = []

    def orphan(tx: Tx) -> None:
        tx.on_rollback(lambda: undone.append("orphan"))
        tx.run("INSERT INTO part (note) VALUES (99)")  # noticed at the commit

    first, second = await grouped(database, add(1), orphan)
    assert isinstance(first, NotStoredError)
    assert isinstance(second, NotStoredError)
    assert first.__cause__ is not None
    assert undone == ["orphan"]
    assert await count(database) == 0
    assert await database.write("later", lambda tx: tx.run(ADD, id=1, text="")) == 1


@only_sqlite
async def test_a_full_disk_fails_what_does_not_fit_and_nothing_else(open_store: Open) -> None:
    database = open_store()

    def limit(pages: int) -> Job:
        return lambda tx: tx.rows(f"PRAGMA max_page_count = {pages}")

    await database.write("limit", limit(10))
    big = "x" * 100_000
    with pytest.raises((apsw.FullError, NotStoredError)):
        await database.write("big", lambda tx: tx.run(ADD, id=1, text=big))
    assert await count(database) == 0
    await database.write("limit", limit(10_000))
    assert await database.write("big", lambda tx: tx.run(ADD, id=1, text=big)) == 1


async def test_when_the_hook_fails_nothing_of_the_group_is_kept_and_the_store_takes_nothing_any_more(
    open_store: Open,
) -> None:
    groups, told = Groups(), list[BaseException]()
    database = open_store(before_commit=groups, on_failure=told.append)
    await database.write("add", lambda tx: tx.run(ADD, id=1, text=""))
    groups.error = OSError("no key")
    outcomes = await grouped_or_failed(database)
    assert all(isinstance(outcome, StoreFailedError) for outcome in outcomes)
    groups.error = None
    with pytest.raises(StoreFailedError):
        await database.write("add", lambda tx: tx.run(ADD, id=4, text=""))
    assert await count(database) == 1
    assert [type(error) for error in told] == [OSError]


async def grouped_or_failed(database: Database) -> list[object]:
    jobs = (database.write("add", lambda tx, n=number: tx.run(ADD, id=n, text="")) for number in (2, 3))  # type: ignore[misc]
    return list(await asyncio.gather(*jobs, return_exceptions=True))


async def test_a_reader_is_not_held_up_by_the_writer_and_sees_only_what_was_committed(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_store()
    gate = Gate()
    commit = SqliteConnection.commit

    def wait_and_commit(self: SqliteConnection) -> None:
        assert gate.open.wait(10)
        commit(self)

    monkeypatch.setattr(SqliteConnection, "commit", wait_and_commit)

    def add_and_wait(tx: Tx) -> None:
        tx.run(ADD, id=1, text="")
        gate(tx)

    writing = asyncio.create_task(database.write("slow", add_and_wait))
    await asyncio.to_thread(gate.entered.wait)
    assert await count(database) == 0
    gate.open.set()
    await writing
    assert await count(database) == 1


@only_postgresql  # with SQLite nothing else runs meanwhile
async def test_a_reader_sees_one_moment_however_long_it_looks(open_store: Open) -> None:
    database = open_store()
    looked, go_on = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[object, object]:
        first = tx.row(COUNT)
        looked.set()
        assert go_on.wait(10)
        return first, tx.row(COUNT)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(looked.wait)
    await database.write("add", lambda tx: tx.run(ADD, id=1, text=""))
    go_on.set()
    assert await reading == ((0,), (0,))


async def test_a_reader_cannot_write(open_store: Open) -> None:
    database = open_store()
    with pytest.raises((apsw.ReadOnlyError, psycopg.errors.ReadOnlySqlTransaction)):
        await database.read(lambda tx: tx.run(ADD, id=1, text=""))


async def test_a_caller_that_went_away_leaves_the_others_their_answers(open_store: Open) -> None:
    database = open_store()
    gate = Gate()
    first = asyncio.create_task(database.write("gate", gate))
    await asyncio.to_thread(gate.entered.wait)
    gone = asyncio.create_task(database.write("gone", lambda tx: tx.run(ADD, id=1, text="")))
    stays = asyncio.create_task(database.write("stays", lambda tx: tx.run(ADD, id=2, text="")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    await first
    assert await stays == 1


async def test_a_job_that_raises_stop_iteration_still_ends_its_waiting(open_store: Open) -> None:
    database = open_store()
    with pytest.raises(RuntimeError):
        await database.write("next", lambda _tx: next(iter(())))


async def test_many_rows_go_in_one_call_and_none_of_them_if_one_conflicts(open_store: Open) -> None:
    database = open_store()
    rows = [{"id": number, "text": ""} for number in (1, 2, 3)]
    await database.write("many", lambda tx: tx.many(ADD, rows))
    with pytest.raises(ConflictError):
        await database.write("many", lambda tx: tx.many(ADD, [{"id": 4, "text": ""}, {"id": 3, "text": ""}]))
    assert await count(database) == 3


async def test_run_says_how_many_rows_changed(open_store: Open) -> None:
    database = open_store()
    await database.write("many", lambda tx: tx.many(ADD, [{"id": n, "text": "a"} for n in range(5)]))
    change = "UPDATE note SET text = 'b' WHERE id < :below"
    assert await database.write("some", lambda tx: tx.run(change, below=3)) == 3
    assert await database.write("none", lambda tx: tx.run(change, below=0)) == 0


async def test_closing_writes_what_has_queued(open_store: Open, store: Store, migrations: Path) -> None:
    database = open_store()
    waiting = [
        asyncio.create_task(database.write("add", lambda tx, n=number: tx.run(ADD, id=n, text="")))  # type: ignore[misc]
        for number in range(20)
    ]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*waiting) == [1] * 20
    with pytest.raises(StoreFailedError):
        await database.write("late", lambda tx: tx.run(ADD, id=99, text=""))


async def test_a_second_process_or_opening_of_the_same_file_is_refused(
    open_store: Open, store: Store, migrations: Path
) -> None:
    open_store()
    with pytest.raises(RenkeiError, match="in use by another process"):
        Database.open(store, [migrations])


@only_sqlite
async def test_the_file_is_for_the_owners_eyes_alone(open_store: Open, path: Path) -> None:
    database = open_store()
    await database.write("add", lambda tx: tx.run(ADD, id=1, text=""))
    modes = {file.name: file.stat().st_mode & 0o077 for file in path.parent.glob("store.db*") if file.suffix != ".lock"}
    assert modes == {"store.db": 0, "store.db-wal": 0, "store.db-shm": 0}


@only_sqlite
async def test_every_commit_is_synced_and_goes_to_the_write_ahead_log(open_store: Open) -> None:
    database = open_store()
    asked = "PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"
    assert await database.write("ask", lambda tx: [tx.row(each) for each in asked]) == [("wal",), (2,), (1,)]


WRITES_UNTIL_KILLED = """
import asyncio, sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from renkei.platform.sql import Database, Store

async def main():
    database = Database.open(Store.parse(sys.argv[1], Path()), [Path(sys.argv[2])])
    async def forever(lane):
        number = lane
        while True:
            await database.write("add", lambda tx: tx.run("INSERT INTO note (id, text) VALUES (:id, '')", id=number))
            print(number, flush=True)
            number += 8
    await asyncio.gather(*(forever(lane) for lane in range(8)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_a_kill_at_any_moment(store: Store, migrations: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITES_UNTIL_KILLED, str(store), str(migrations), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    acknowledged = {int(await child.stdout.readline()) for _ in range(200)}
    os.kill(child.pid, signal.SIGKILL)
    rest = await child.stdout.read()
    await child.wait()
    acknowledged |= {int(line) for line in rest.decode().split("\n")[:-1]}
    database = Database.open(store, [migrations])
    kept = {number for (number,) in await database.read(lambda tx: tx.rows("SELECT id FROM note"))}
    await database.close()
    assert acknowledged <= kept
    assert len(kept - acknowledged) <= 8  # at most what was committed and not yet told, one per lane
