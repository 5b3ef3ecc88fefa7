"""The primary's server dies in the midst of inquiries and a standby takes over: nothing acknowledged is lost (design 8)."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from renkei.sandbox.bodies import YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.demo import Told
from renkei.sandbox.layout import system_plans
from renkei.sandbox.report import CanaryReport
from tests.postgres import OLDEST, Cluster, Standby, find_programs

from .town import Town

BEFORE, ASKED = 5, 40


def schemas(primary: Cluster) -> None:
    with psycopg.connect(primary.address("postgres"), autocommit=True) as connection:
        for plan in system_plans():
            connection.execute(f"CREATE SCHEMA {plan.name.replace('-', '_')}".encode())


def address(west: Cluster, east: Cluster) -> str:
    """Both servers; whichever may be written to is the one."""
    hosts = f"host={west.folder},{east.folder}&target_session_attrs=read-write"
    return f"postgresql:///postgres?{hosts}&options=-c%20search_path%3D{{system}}"


async def test_a_standby_takes_over_and_every_acknowledged_inquiry_is_there_once(tmp_path: Path) -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
    with Cluster.running(programs) as west, Standby.following(programs, west) as east:
        schemas(west)
        async with prepared(tmp_path, Size(30, address(west, east)), lambda _: None) as (network, people):
            town = Town(network, people)
            played = await town.load()
            acknowledged: list[str] = []

            async def ask(number: int) -> None:
                acknowledged.extend(await town.ask(f"asked-{number}"))
                if len(acknowledged) == BEFORE:
                    west.kill_at_once()
                    await asyncio.to_thread(east.promote)

            await asyncio.gather(*(ask(number) for number in range(ASKED)))
            await town.answered(acknowledged)
            await town.cosigned()
            played.asked[YOKOHAMA.id] = acknowledged
            report = await Told(network, played).report(0.0, CanaryReport(0, 0, []))
    assert len(set(acknowledged)) == ASKED
    assert report.records.core == ASKED
    assert report.sound(), report
