"""Several processes over one PostgreSQL: one log, signals between them, and rights that one of them has at a time."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from renkei.platform.logstore import MIGRATIONS, LogStore
from renkei.platform.sql import Database, Store, Tx
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import Begin, Open, only_postgresql
from .logged import LOG_KEY, TRUST, Logged, head_of, keep, tree_of
from .test_database import add
from .test_logstore import APPENDS_UNTIL_KILLED
from .test_postgres import cut_all

APPENDS_BESIDE_OTHERS = APPENDS_UNTIL_KILLED.replace(
    "before_commit=log.before_commit)", "before_commit=log.before_commit, shared=True)"
).replace("number = lane\n", "number = lane + int(sys.argv[3])\n")
ALL = "SELECT id, text FROM note ORDER BY id"

Join = Callable[[], Awaitable[Logged]]


@pytest.fixture
async def join(store: Store, migrations: Path) -> AsyncIterator[Join]:
    """Open the store once more, as another process would."""
    async with AsyncExitStack() as stack:

        async def start() -> Logged:
            log = LogStore(TRUST, LOG_KEY.sign)
            database = Database.open(store, [migrations, MIGRATIONS], before_commit=log.before_commit, shared=True)
            stack.push_async_callback(database.close)
            await database.write("open-log", log.open)
            return database, log

        yield start


@only_postgresql
async def test_two_that_append_in_turn_build_one_tree(join: Join) -> None:
    one, two = await join(), await join()
    at = 0
    for count, (database, log) in ((1, one), (255, two), (300, one), (1, one), (7, two), (2, one)):
        assert await database.write("keep", keep(log, *range(at, at + count))) == at
        at += count
    assert await head_of(*one) == await head_of(*two) == tree_of(list(range(at)))


@only_postgresql
async def test_two_that_append_at_once_give_no_index_twice_and_skip_none(join: Join) -> None:
    pair = [await join(), await join()]

    async def append(place: int, number: int) -> int | BaseException:
        database, log = pair[place]
        try:
            return await database.write("keep", keep(log, number, fail=number % 7 == 0))
        except RenkeiError as error:
            return error

    numbers = range(400)
    given = await asyncio.gather(*(append(number % 2, number) for number in numbers))
    at = {index: number for number, index in zip(numbers, given, strict=True) if isinstance(index, int)}
    assert sorted(at) == list(range(len(at)))
    assert sorted(at.values()) == [number for number in numbers if number % 7]
    assert await head_of(*pair[0]) == tree_of([at[index] for index in range(len(at))])


@only_postgresql
async def test_of_two_processes_one_is_killed_again_and_again_and_the_log_is_whole(
    join: Join, store: Store, migrations: Path
) -> None:
    told: set[tuple[int, int]] = set()

    async def append(first: int) -> asyncio.subprocess.Process:
        arguments = APPENDS_BESIDE_OTHERS, str(store), str(migrations), str(first)
        return await asyncio.create_subprocess_exec(sys.executable, "-c", *arguments, stdout=asyncio.subprocess.PIPE)

    async def listen(child: asyncio.subprocess.Process, lines: int) -> None:
        assert child.stdout is not None
        for _ in range(lines):
            index, number = (await child.stdout.readline()).split()
            told.add((int(index), int(number)))

    async def kill(child: asyncio.subprocess.Process) -> None:
        os.kill(child.pid, signal.SIGKILL)
        assert child.stdout is not None
        for line in (await child.stdout.read()).splitlines(keepends=True):
            if line.endswith(b"\n"):
                index, number = line.split()
                told.add((int(index), int(number)))
        await child.wait()

    stays = await append(0)
    for turn in range(1, 4):
        goes = await append(turn * 1_000_000)
        await asyncio.gather(listen(goes, 100), listen(stays, 50))
        await kill(goes)
        await listen(stays, 50)
    await kill(stays)
    database, log = await join()
    rows = await database.read(lambda tx: tx.rows(ALL))
    numbers = [int(text) for _, text in rows]
    assert [index for index, _ in rows] == list(range(len(rows)))
    assert len(set(numbers)) == len(numbers)
    assert told <= set(enumerate(numbers))
    assert len({number // 1_000_000 for _, number in told}) == 4
    assert await head_of(database, log) == tree_of(numbers)


@only_postgresql
async def test_a_signal_is_heard_by_others_once_it_is_durable_and_never_if_it_is_not(join: Join) -> None:
    (speaker, _), (hearer, _) = await join(), await join()
    heard: asyncio.Queue[str] = asyncio.Queue()
    hearer.listen("notice", heard.put_nowait)
    assert await asyncio.wait_for(heard.get(), 30) == ""  # from here on nothing is missed

    def refused(tx: Tx) -> None:
        tx.signal("notice", "refused")
        raise RenkeiError(Problem.WRONG_STATE)

    with pytest.raises(RenkeiError):
        await speaker.write("refused", refused)
    await speaker.write("signal", lambda tx: tx.signal("notice", "body-1"))
    assert await asyncio.wait_for(heard.get(), 30) == "body-1"


@only_postgresql
async def test_who_lost_the_connection_is_told_to_look_for_what_was_said_meanwhile(join: Join, store: Store) -> None:
    database, _ = await join()
    heard: asyncio.Queue[str] = asyncio.Queue()
    database.listen("notice", heard.put_nowait)
    assert await asyncio.wait_for(heard.get(), 30) == ""
    await asyncio.to_thread(cut_all, store)
    assert await asyncio.wait_for(heard.get(), 30) == ""
    await database.write("signal", lambda tx: tx.signal("notice", "again"))
    assert await asyncio.wait_for(heard.get(), 30) == "again"


@only_postgresql
async def test_a_right_is_one_process_at_a_time_and_goes_on_when_it_is_given_free(join: Join, store: Store) -> None:
    (one, _), (two, _) = await join(), await join()
    first, second, other = one.lease("notices/1"), two.lease("notices/1"), two.lease("notices/2")
    assert await first.held()
    assert await first.held()
    assert not await second.held()
    assert await other.held()
    await first.release()
    assert await second.held()
    assert not await first.held()
    await asyncio.to_thread(cut_all, store)
    assert not await second.held()  # who lost the connection has lost the right, and is told so once
    assert await second.held()


async def test_with_one_process_every_right_is_held_and_nothing_is_heard(open_store: Open, engine: str) -> None:
    database = open_store()
    assert await database.lease("notices").held()
    await database.write("signal", lambda tx: tx.signal("notice", "x"))
    assert await database.write("add", add(1)) == 1
    await database.lease("notices").release()


@only_postgresql
async def test_a_log_that_is_not_shared_asks_nobody_whether_it_moved(begin: Begin) -> None:
    database, log = await begin()
    await database.write("keep", keep(log, 1))
    await database.write("move", lambda tx: tx.run("DELETE FROM log_checkpoint"))
    assert await database.write("keep", keep(log, 2)) == 1
