"""A simulated database between processes: one writes at a time, rights end with their process, signals with their commit."""

import asyncio
import contextvars
from collections.abc import Coroutine, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from renkei.platform.sql import database
from renkei.platform.sql.address import Store
from renkei.platform.sql.database import Database, NotStoredError
from renkei.platform.sql.tx import Tx
from renkei.simulation.loop import Owner, SimulatedLoop, run_as
from renkei.simulation.shared import Server, Servers, address


class Two:
    """Two processes of one program over one database, and the loop that they live in."""

    def __init__(self, folder: Path) -> None:
        self.loop = SimulatedLoop(lambda: 0.002)
        self.one, self.other = Owner("core", 1), Owner("core-2", 1)
        self.store, self._migrations = Store(address(folder / "store.db")), folder / "migrations"
        self._migrations.mkdir()
        (self._migrations / "0001_kept.sql").write_text("CREATE TABLE kept (number INTEGER PRIMARY KEY);\n")

    def run(self, owner: Owner, work: Coroutine[Any, Any, Any]) -> Any:  # whatever it gives
        return self.loop.run_until_complete(
            self.loop.create_task(work, context=run_as(owner, contextvars.copy_context()))
        )

    async def opened(self) -> Database:
        return Database.open(self.store, [self._migrations], shared=True)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    made = Servers()
    monkeypatch.setattr(database, "_engine", made.engine)
    return made


@pytest.fixture
def server(servers: Servers, tmp_path: Path) -> Server:
    return servers.of(tmp_path / "store.db")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.loop.close()


def _add(*numbers: int, told: str = "") -> Any:  # a job
    def job(tx: Tx) -> int:
        tx.many("INSERT INTO kept (number) VALUES (:number)", [{"number": each} for each in numbers])
        tx.signal("kept", told)
        return len(numbers)

    return job


def _kept(tx: Tx) -> list[int]:
    return [row[0] for row in tx.rows("SELECT number FROM kept ORDER BY number")]


def test_what_one_process_commits_the_other_reads_and_hears_of(two: Two, server: Server) -> None:
    heard: list[str] = []
    one, other = two.run(two.one, two.opened()), two.run(two.other, two.opened())

    async def listen() -> None:
        other.listen("kept", heard.append)

    two.run(two.other, listen())
    two.run(two.one, one.write("add", _add(1, told="one")))
    two.run(two.other, asyncio.sleep(0.1))
    assert heard == ["one"]
    assert two.run(two.other, other.read(_kept)) == [1]
    for owner, each in ((two.one, one), (two.other, other)):
        two.run(owner, each.close())


def test_who_repeats_itself_within_a_group_takes_nothing_of_its_neighbours_with_it(two: Two, server: Server) -> None:
    heard: list[str] = []
    one = two.run(two.one, two.opened())

    async def work() -> tuple[Any, ...]:
        one.listen("kept", heard.append)
        jobs = (one.write("a", _add(1, told="a")), one.write("b", _add(1, told="b")), one.write("c", _add(2, told="c")))
        done = await asyncio.gather(*jobs, return_exceptions=True)
        await asyncio.sleep(0.1)
        return done

    first, second, third = two.run(two.one, work())
    assert (first, third) == (1, 1)
    assert isinstance(second, Exception)
    assert heard == ["a", "c"]
    two.run(two.one, one.close())


def test_where_the_connection_breaks_after_the_commit_nobody_is_told_and_all_of_it_is_there(
    two: Two, server: Server
) -> None:
    one = two.run(two.one, two.opened())
    server.breaks = chain([False, False, True], repeat(False)).__next__  # at the beginning, before, after
    with pytest.raises(NotStoredError):
        two.run(two.one, one.write("add", _add(1)))
    assert two.run(two.one, one.read(_kept)) == [1]
    two.run(two.one, one.close())


def test_where_it_breaks_before_nothing_is_there(two: Two, server: Server) -> None:
    one = two.run(two.one, two.opened())
    server.breaks = chain([False, True], repeat(False)).__next__
    with pytest.raises(NotStoredError):
        two.run(two.one, one.write("add", _add(1)))
    assert two.run(two.one, one.read(_kept)) == []
    two.run(two.one, one.close())


def test_whoever_was_not_connected_hears_that_it_may_have_missed_something(two: Two, server: Server) -> None:
    heard: list[str] = []
    one = two.run(two.one, two.opened())

    async def work() -> None:
        one.listen("kept", heard.append)
        server.breaks = chain([False, False, True], repeat(False)).__next__  # when it is told
        await one.write("add", _add(1, told="one"))
        await asyncio.sleep(2)

    two.run(two.one, work())
    assert heard == [""]
    two.run(two.one, one.close())


def test_a_right_is_one_processes_until_that_one_is_dead(two: Two, server: Server) -> None:
    one, other = two.run(two.one, two.opened()), two.run(two.other, two.opened())
    assert two.run(two.one, one.lease("notices").held())
    assert not two.run(two.other, other.lease("notices").held())
    assert two.run(two.other, other.lease("codes").held())
    two.one.alive = False
    assert two.run(two.other, other.lease("notices").held())
    two.run(two.other, other.close())
