"""PostgreSQL under all systems is killed, cut off and out of room under load: what was acknowledged is there, once."""

import asyncio
from contextlib import suppress

import psycopg
import pytest

from renkei.messages.line import Inquiry
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.terms.bodies import BodyId, SystemName
from tests.postgres import Cluster

from .disks import LARGE, MIB, full, refusal, small_disk

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]
CUT_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename <> ''"
)
Asked = tuple[BodyId, Inquiry]
EAST = SystemName("intermediate-1")
BATCHES = 40
"""More than there is room for in the tables as they are."""
NEXT_SEGMENT = "SELECT pg_logical_emit_message(false, 'renkei', 'full'), pg_switch_wal()"
ROOM = 64 * MIB
"""For four segments of the write-ahead log: to come up again the server must begin one."""
INQUIRIES = 66


async def until_accepted(load: Load, asking: asyncio.Task[None], some: int) -> None:
    """Wait until so many more inquiries were accepted, or asking has failed."""
    waiting = asyncio.create_task(load.until_accepted(load.accepted + some))
    await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if asking.done():
        asking.result()


async def test_postgresql_is_killed_under_load_and_started_again_and_nothing_is_lost(
    session_cluster: Cluster, load: Load
) -> None:
    planned = load.plan(INQUIRIES)
    asking = asyncio.create_task(load.ask(planned))
    await until_accepted(load, asking, INQUIRIES // 3)
    session_cluster.kill()
    session_cluster.start()
    await asking
    await load.ended(planned)
    report = await load.settle()
    assert whole(load, report), report


async def test_every_connection_to_postgresql_is_ended_again_and_again_and_nothing_is_lost(
    session_cluster: Cluster, load: Load
) -> None:
    planned = load.plan(INQUIRIES)
    asking = asyncio.create_task(load.ask(planned))
    with psycopg.connect(session_cluster.address("postgres"), autocommit=True) as connection:
        for _ in range(3):
            await until_accepted(load, asking, INQUIRIES // 6)
            row = connection.execute(CUT_ALL).fetchone()
            assert row is not None
            assert row[0] > 0
    await asking
    await load.ended(planned)
    report = await load.settle()
    assert whole(load, report), report


async def ask_until_full(network: Network, load: Load) -> tuple[list[Asked], asyncio.Task[None]]:
    """Ask until a table cannot grow; gives all that was asked, and the asking of the last, which goes on."""
    log, asked = network.layout.system(EAST).log, list[Asked]()
    begin = len(log.read_text())
    for _ in range(BATCHES):
        asked += (batch := load.plan(LARGE, lambda plan: plan.inquirer.intermediate == EAST))
        asking = asyncio.create_task(load.ask(batch, LARGE))
        while not asking.done():
            if "DiskFull" in log.read_text()[begin:]:
                return asked, asking
            await asyncio.sleep(0)
    raise AssertionError("nobody noticed that the disk is full")


async def use_up(cluster: Cluster) -> None:
    """Use up the write-ahead log that there is room for; returns once the server has given up for want of more."""
    while cluster.is_up():
        with suppress(psycopg.Error), psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
            while True:
                connection.execute(NEXT_SEGMENT)
                await asyncio.sleep(0)


async def test_a_server_without_room_stops_and_nothing_acknowledged_is_lost_once_it_has_room_and_is_started_again(
    session_cluster: Cluster, network: Network, load: Load
) -> None:
    session_cluster.kill()
    with small_disk(session_cluster.folder / "data", ROOM) as disk:
        session_cluster.start()
        await load.ask(kept := load.plan(INQUIRIES))
        with full(disk):
            asked, asking = await ask_until_full(network, load)
            await use_up(session_cluster)
            assert "No space left on device" in session_cluster.told()
            assert await refusal(network, load, kept[0][0]) == (500, "urn:renkei:problem:bad-store")
            assert all(network.runs(SystemName(name)) for name in network.state.systems)
        session_cluster.start()
        await asking
        await load.ended([*kept, *asked])
        report = await load.settle()
        assert whole(load, report), report
        session_cluster.kill()
    session_cluster.start()
