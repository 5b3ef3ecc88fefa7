"""Minutes of the soak: systems die, stand still and are cut off in turn, and everything agrees at the end."""

from itertools import islice

import msgspec
import psycopg
import pytest

from renkei.sandbox.load import Load
from renkei.sandbox.network import Network
from renkei.sandbox.soak import ROUND, Bounds, Fault, Soak, SoakReport, strikes
from tests.flows.program import renkei
from tests.postgres import Cluster, stores

from .conftest import RESIDENTS

SEED = 11
MINUTES = 2
MINUTES_MORE = 1
ROUNDS = 6


def test_a_seed_gives_the_same_faults_again_and_soon_each_kind() -> None:
    first = list(islice(strikes(SEED), ROUNDS))
    assert first == list(islice(strikes(SEED), ROUNDS))
    assert first != list(islice(strikes(SEED + 1), ROUNDS))
    assert {each.fault for each in first} == set(Fault)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_two_minutes_of_soak_lose_nothing_and_tell_the_memory_of_every_system(
    network: Network, load: Load
) -> None:
    report = await Soak(network, load, SEED, lambda _: None).run(Bounds(minutes=MINUTES))
    assert report.whole, report
    assert report.inquiries == report.rounds * ROUND > 0
    assert sum(report.faults.values()) == report.rounds
    assert {each.system for each in report.memory} == set(network.state.systems)
    assert all(0 < each.first <= each.peak and 0 < each.last <= each.peak for each in report.memory)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_minute_of_the_command_over_postgresql_loses_nothing(session_cluster: Cluster) -> None:
    with stores(session_cluster, "soak_") as store:
        amount = ("--minutes", MINUTES_MORE, "--residents", RESIDENTS, "--seed", SEED)
        done = await renkei("soak", *amount, "--store", store, "--json")
        assert done.code == 0, done
        with psycopg.connect(session_cluster.address("postgres")) as connection:
            row = connection.execute("SELECT count(*) FROM soak_core.record").fetchone()
    report = msgspec.json.decode(done.out, type=SoakReport)
    assert report.whole
    assert report.inquiries == report.rounds * ROUND > 0
    assert row == (report.records.core,)
    assert report.records.core == report.inquiries
