"""PostgreSQL under all systems is killed and cut off under load: what was acknowledged is there, nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import system_plans
from renkei.sandbox.load import Load, whole
from tests.postgres import Cluster

from .conftest import RESIDENTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
CUT_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename <> ''"
)
INQUIRIES = 66


@contextmanager
def schemas(cluster: Cluster) -> Iterator[str]:
    """A place for each system's store; gives the URL with `{system}`. No connection is held: all of them will be cut."""
    names = [plan.name.replace("-", "_") for plan in system_plans()]
    with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE SCHEMA {name}".encode())
    try:
        yield f"{cluster.address('postgres')}&options=-c%20search_path%3D{{system}}"
    finally:
        with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stored(session_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Load]:
    """A network all of whose systems store in that cluster."""
    folder = Path(tmp_path_factory.mktemp("stored"))
    with schemas(session_cluster) as store:
        async with prepared(folder, Size(RESIDENTS, store), lambda _: None) as (network, people):
            load = Load(network, people)
            await load.prepare()
            yield load


async def until_accepted(load: Load, asking: asyncio.Task[None], some: int) -> None:
    """Wait until so many more inquiries were accepted, or asking has failed."""
    waiting = asyncio.create_task(load.until_accepted(load.accepted + some))
    await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if asking.done():
        asking.result()


async def test_postgresql_is_killed_under_load_and_started_again_and_nothing_is_lost(
    session_cluster: Cluster, stored: Load
) -> None:
    planned = stored.plan(INQUIRIES)
    asking = asyncio.create_task(stored.ask(planned))
    await until_accepted(stored, asking, INQUIRIES // 3)
    session_cluster.kill()
    session_cluster.start()
    await asking
    await stored.ended(planned)
    report = await stored.settle()
    assert whole(stored, report), report


async def test_every_connection_to_postgresql_is_ended_again_and_again_and_nothing_is_lost(
    session_cluster: Cluster, stored: Load
) -> None:
    planned = stored.plan(INQUIRIES)
    asking = asyncio.create_task(stored.ask(planned))
    with psycopg.connect(session_cluster.address("postgres"), autocommit=True) as connection:
        for _ in range(3):
            await until_accepted(stored, asking, INQUIRIES // 6)
            row = connection.execute(CUT_ALL).fetchone()
            assert row is not None
            assert row[0] > 0
    await asking
    await stored.ended(planned)
    report = await stored.settle()
    assert whole(stored, report), report
