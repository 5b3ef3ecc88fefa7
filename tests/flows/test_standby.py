"""The primary's server dies in the midst of inquiries and a standby takes over: nothing acknowledged is lost (design 8)."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from renkei.sandbox.bodies import YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.demo import Told
from renkei.sandbox.layout import CORE, system_plans
from renkei.sandbox.report import CanaryReport
from tests.postgres import OLDEST, Cluster, Standby, find_programs

from .town import Town

BEFORE, ASKED = 5, 40
WAITS = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event = 'SyncRep'"
RECEIVER = "SELECT pid FROM pg_stat_wal_receiver"


def schemas(primary: Cluster) -> None:
    with psycopg.connect(primary.address("postgres"), autocommit=True) as connection:
        for plan in system_plans():
            connection.execute(f"CREATE SCHEMA {plan.name.replace('-', '_')}".encode())


def address(west: Cluster, east: Cluster) -> str:
    """Both servers; whichever may be written to is the one. Each connection says whose it is."""
    hosts = f"host={west.folder},{east.folder}&target_session_attrs=read-write&application_name={{system}}"
    return f"postgresql:///postgres?{hosts}&options=-c%20search_path%3D{{system}}"


@contextmanager
def deaf(standby: Cluster) -> Iterator[int]:
    """Nothing that is sent to the standby is taken in; gives the process that would take it."""
    with psycopg.connect(standby.address("postgres")) as connection:
        row = connection.execute(RECEIVER).fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGSTOP)
    try:
        yield row[0]
    finally:
        os.kill(row[0], signal.SIGCONT)


async def until_waiting(primary: Cluster, system: str, acknowledged: list[str]) -> None:
    """Until a commit of that system waits for the standby; meanwhile nothing may be acknowledged."""
    with psycopg.connect(primary.address("postgres"), autocommit=True) as connection:
        while not connection.execute(WAITS, [system]).fetchone():
            assert acknowledged == []
            await asyncio.sleep(0)


async def until_told_to_end(process: int) -> None:
    """Until SIGTERM waits for a process that stands still: what it was sent before, it will not read any more."""
    while not _pending(process) & 1 << signal.SIGTERM - 1:
        await asyncio.sleep(0)


def _pending(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd:"))


async def ask(town: Town, acknowledged: list[str]) -> None:
    async def one(number: int) -> None:
        acknowledged.extend(await town.ask(f"asked-{number}"))

    await asyncio.gather(*(one(number) for number in range(ASKED)))


async def take_over(west: Cluster, east: Cluster, acknowledged: list[str]) -> None:
    """East hears nothing while inquiries are asked; west dies for good with what it has not told; east goes on."""
    with deaf(east) as receiver:
        await until_waiting(west, YOKOHAMA.intermediate.replace("-", "_"), acknowledged)
        west.kill_at_once()
        promoting = asyncio.create_task(asyncio.to_thread(east.promote))
        await until_told_to_end(receiver)
        assert acknowledged == []
    await promoting


async def test_a_standby_takes_over_and_every_acknowledged_inquiry_is_there_once(tmp_path: Path) -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
    with Cluster.running(programs) as west, Standby.following(programs, west) as east:
        schemas(west)
        async with prepared(tmp_path, Size(30, address(west, east)), lambda _: None) as (network, people):
            town = Town(network, people)
            played = await town.load()
            before = await town.ask(*(f"before-{number}" for number in range(BEFORE)))
            acknowledged: list[str] = []
            asking = asyncio.create_task(ask(town, acknowledged))
            await take_over(west, east, acknowledged)
            await asking
            await town.answered([*before, *acknowledged])
            await town.cosigned()
            await network.kill(CORE)  # one that starts asks the witness whether its log is all there
            await network.start(CORE)
            await town.health_until(log="agreed")
            played.asked[YOKOHAMA.id] = [*before, *acknowledged]
            report = await Told(network, played).report(0.0, CanaryReport(0, 0, []))
    assert len({*before, *acknowledged}) == BEFORE + ASKED
    assert report.records.core == BEFORE + ASKED
    assert report.sound(), report
