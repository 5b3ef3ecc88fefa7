"""Two processes of one core over one PostgreSQL database, killed in turn: no record missing, none doubled (design 8)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from renkei.sandbox import processes
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.demo import Told
from renkei.sandbox.layout import CORE, system_plans
from renkei.sandbox.network import Network
from renkei.sandbox.report import CanaryReport
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.bodies import SystemName
from tests.postgres import Cluster, session_cluster

from .test_crash import EXPECTED, INQUIRIES, RESIDENTS, Strikes, struck_lines

__all__ = ["session_cluster"]


@contextmanager
def schemas(cluster: Cluster) -> Iterator[str]:
    """A place for each system's store; gives the URL with `{system}`."""
    names = [plan.name.replace("-", "_") for plan in system_plans()]
    with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            yield f"{cluster.address('postgres')}&options=-c%20search_path%3D{{system}}"
        finally:
            for name in names:
                connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


class Second:
    """The core's second process: the same configuration, the same address, a log file of its own."""

    def __init__(self, network: Network) -> None:
        folder = network.layout.system(CORE)
        text = folder.config.read_text().replace(str(folder.log), f"{folder.log}.second")
        self._config = folder.config.with_name("second.toml")
        self._config.write_text(text)
        self._output = folder.output.with_name("second.out")
        self.pid = 0

    async def start(self) -> None:
        started = processes.spawn(SystemName("core"), "core", self._config, self._output)
        await processes.until_ready(started, self._output)
        self.pid = started.pid

    def kill(self) -> None:
        processes.kill(self.pid)


class CoreStrikes(Strikes):
    """At every strike one of the two dies, and comes back while the other works."""

    second: Second

    async def strike(self, name: SystemName) -> None:
        await asyncio.gather(*self._mending)  # one of them works at any time
        if len(self.struck) % 2:
            self.second.kill()
            self.struck.append(name)
            self._mending.add(asyncio.create_task(self.second.start()))
        else:
            await super().strike(name)


async def test_two_cores_are_killed_in_turn_and_the_outcomes_are_the_same(
    tmp_path: Path, session_cluster: Cluster
) -> None:
    with schemas(session_cluster) as store:
        async with prepared(tmp_path, Size(RESIDENTS, store), lambda _: None) as (network, people):
            second = Second(network)
            await second.start()
            strikes = CoreStrikes(network, [CORE] * 8, 5)
            strikes.second = second
            try:
                async with struck_lines(network, strikes) as lines:
                    stage = NetworkStage(network, lambda _: None)
                    played = await Scenario(stage, lines, people, INQUIRIES).play()
                    await strikes.finish()
                    report = await Told(network, played).report(0.0, CanaryReport(0, 0, []))
            finally:
                await processes.stop([second.pid])
    assert len(strikes.struck) == 8
    assert played.outcomes == EXPECTED
    assert report.records.unmatched == 0
    assert report.records.core == sum(EXPECTED.values())
    assert report.sound(), report
