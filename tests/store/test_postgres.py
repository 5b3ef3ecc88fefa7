"""What only PostgreSQL can do to a store: go away, time out, fail a transaction silently, serve several processes."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from renkei.platform.logstore import MIGRATIONS as LOG_MIGRATIONS
from renkei.platform.sql import ConflictError, Database, NotStoredError, Store, StoreFailedError, Tx
from renkei.systems import addressee, certification, core, disclosure, intermediate, residents, supervision
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.postgres import CUT, Cluster

from .conftest import COUNT, Open, only_postgresql, put
from .logged import ADD
from .test_database import add, count, grouped

pytestmark = only_postgresql


def optioned(store: Store, setting: str) -> Store:
    return Store(f"{store.address}%20-c%20{setting}")


def outside(store: Store) -> psycopg.Connection[Any]:
    return psycopg.connect(str(store.address), autocommit=True)


def cut_all(store: Store) -> None:
    with outside(store) as connection:
        connection.execute(CUT)


@pytest.mark.parametrize("room", [addressee, certification, core, disclosure, intermediate, residents, supervision])
async def test_the_migrations_of_every_room_apply(open_store: Open, room: Any) -> None:
    folder = Path(room.__file__).parent / "migrations"
    database = open_store(folder, LOG_MIGRATIONS)
    applied = await database.read(lambda tx: tx.rows("SELECT id FROM schema_migration"))
    names = {file.name.split(".")[0] for each in (folder, LOG_MIGRATIONS) for file in each.glob("*.sql")}
    assert {name for (name,) in applied} == names


async def test_a_server_that_died_and_came_back_has_all_that_was_acknowledged_and_the_store_goes_on(
    open_store: Open, cluster: Cluster
) -> None:
    database = open_store()
    acknowledged: set[int] = set()
    stop = asyncio.Event()

    async def keep_writing(lane: int) -> None:
        for number in range(lane, 1_000_000, 8):
            if stop.is_set():
                return
            with suppress(NotStoredError):
                await database.write("add", add(number))
                acknowledged.add(number)

    lanes = [asyncio.create_task(keep_writing(lane)) for lane in range(8)]
    for wanted in (200, 400):
        before = len(acknowledged)
        while len(acknowledged) - before < wanted:
            await asyncio.wait(lanes, timeout=0.01)
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start)
    before = len(acknowledged)
    while len(acknowledged) == before:
        await asyncio.wait(lanes, timeout=0.01)
    stop.set()
    await asyncio.gather(*lanes)
    kept = {number for (number,) in await database.read(lambda tx: tx.rows("SELECT id FROM note"))}
    assert acknowledged <= kept


async def test_a_connection_that_broke_between_two_groups_is_nobodys_loss(open_store: Open, store: Store) -> None:
    database = open_store()
    await database.write("add", add(1))
    assert await count(database) == 1
    await asyncio.to_thread(cut_all, store)
    assert await database.write("add", add(2)) == 1
    assert [await count(database) for _ in range(8)] == [2] * 8


async def test_a_connection_that_broke_in_a_group_tells_all_of_it_to_repeat(open_store: Open, store: Store) -> None:
    database = open_store()
    undone: list[int] = []

    def cut(tx: Tx) -> None:
        tx.on_rollback(lambda: undone.append(1))
        tx.run(ADD, id=2, text="")
        cut_all(store)
        tx.run(ADD, id=3, text="")

    first, second = await grouped(database, add(1), cut)
    assert isinstance(first, NotStoredError)
    assert isinstance(second, NotStoredError)
    assert undone == [1]
    assert await count(database) == 0
    assert await database.write("add", add(1)) == 1


async def test_who_comes_back_after_another_has_had_the_store_takes_nothing_any_more(
    open_store: Open, store: Store, migrations: Path
) -> None:
    told: list[BaseException] = []
    database = open_store(on_failure=told.append)
    await asyncio.to_thread(cut_all, store)
    other = Database.open(store, [migrations])
    with pytest.raises(NotStoredError, match="add"):
        await database.write("add", add(1))  # in use by the other
    await other.write("add", add(1))
    await other.close()
    with pytest.raises(StoreFailedError):
        await database.write("add", add(2))
    with pytest.raises(StoreFailedError):
        await database.write("add", add(2))
    assert await count(database) == 1
    assert [type(error).__name__ for error in told] == ["TakenError"]


async def test_a_lock_that_is_not_had_in_time_tells_the_group_to_repeat(migrations: Path, store: Store) -> None:
    quick = optioned(store, "lock_timeout%3D100")
    database = Database.open(quick, [migrations])
    with outside(store) as other:
        with other.transaction():
            other.execute("LOCK TABLE note")
            with pytest.raises(NotStoredError):
                await database.write("add", add(1))
        assert await database.write("add", add(1)) == 1
    await database.close()


async def test_a_job_that_hides_its_conflict_is_not_told_that_it_is_stored(open_store: Open) -> None:
    database = open_store()

    def hide(tx: Tx) -> None:
        tx.run(ADD, id=1, text="")
        with suppress(ConflictError):
            tx.run(ADD, id=1, text="")

    outcomes = await grouped(database, hide, add(2))
    assert isinstance(outcomes[0], ConflictError)
    assert outcomes[1] == 1
    for _ in range(100):  # the answer to the failed statement comes at once or a moment later
        with pytest.raises(ConflictError):
            await database.write("hide", hide)
    assert await database.read(lambda tx: tx.rows("SELECT id FROM note")) == [(2,)]


async def test_a_group_that_is_run_again_leaves_nothing_of_the_first_run_in_memory(open_store: Open) -> None:
    database = open_store()
    cache: list[int] = []

    def remember(tx: Tx) -> int:
        cache.append(1)
        tx.on_rollback(cache.clear)
        return len(cache)

    outcomes = await grouped(database, remember, add(1), add(1))
    assert outcomes[:2] == [1, 1]
    assert isinstance(outcomes[2], ConflictError)
    assert cache == [1]


async def test_a_server_that_does_not_wait_for_the_disk_is_refused(store: Store, migrations: Path) -> None:
    with pytest.raises(RenkeiError, match="synchronous_commit is off"):
        Database.open(optioned(store, "synchronous_commit%3Doff"), [migrations])


async def test_a_database_that_is_not_there_is_named(engine: str, cluster: Cluster, migrations: Path) -> None:
    with pytest.raises(RenkeiError, match="absent") as caught:
        Database.open(Store(cluster.address("absent")), [migrations])
    assert caught.value.problem is Problem.BAD_STORE


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run in threads of their own, from one moment on."""
    gate, outcomes = threading.Barrier(len(jobs)), list[object]()

    def run(job: Callable[[], object]) -> None:
        gate.wait()
        try:
            outcomes.append(job())
        except Exception as error:  # noqa: BLE001
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


async def test_of_several_that_start_at_once_one_migrates(store: Store, migrations: Path) -> None:
    put(migrations, "0002_row.sql", "INSERT INTO note (id, text) VALUES (1, 'once');")
    opened = await asyncio.to_thread(at_once, *[lambda: Database.open(store, [migrations], shared=True)] * 3)
    databases = [each for each in opened if isinstance(each, Database)]
    assert len(databases) == 3
    assert [await each.read(lambda tx: tx.row(COUNT)) for each in databases] == [(1,)] * 3
    for each in databases:
        await each.close()


async def test_a_store_that_is_shared_cannot_be_held_alone_and_the_other_way_round(
    store: Store, migrations: Path
) -> None:
    database = Database.open(store, [migrations], shared=True)
    with pytest.raises(RenkeiError, match="in use by another process"):
        Database.open(store, [migrations])
    await database.close()
    database = Database.open(store, [migrations])
    with pytest.raises(RenkeiError, match="in use by another process"):
        Database.open(store, [migrations], shared=True)
    await database.close()


async def test_a_migration_does_not_wait_long_for_a_table_and_can_be_repeated(store: Store, migrations: Path) -> None:
    await Database.open(store, [migrations]).close()
    put(migrations, "0002_mark.sql", "ALTER TABLE note ADD COLUMN mark TEXT;")
    quick = optioned(store, "lock_timeout%3D100")
    with outside(store) as other, other.transaction():
        other.execute("SELECT * FROM note")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Database.open(quick, [migrations])
    database = Database.open(quick, [migrations])
    assert await database.read(lambda tx: tx.rows("SELECT mark FROM note")) == []
    await database.close()


async def test_where_postgresql_needs_another_text_it_is_the_one_that_is_used(
    open_store: Open, migrations: Path
) -> None:
    put(migrations, "0002_part.sql", "CREATE TABLE part (id INTEGER);")
    put(migrations, "0002_part.postgresql.sql", "CREATE TABLE part (id BIGINT) PARTITION BY HASH (id);")
    await open_store().close()
    database = open_store()
    kind = "SELECT partstrat::text FROM pg_partitioned_table"
    assert await database.read(lambda tx: tx.rows(kind)) == [("h",)]
