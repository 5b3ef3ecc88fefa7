"""kill -9 of every system inside the scenario: the same outcomes, no record missing, none doubled (design 4)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from renkei.messages.codec import Message
from renkei.platform.config import Tls
from renkei.platform.peers.client import Client, Target
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.demo import Told
from renkei.sandbox.layout import system_plans
from renkei.sandbox.lines import LineSystem
from renkei.sandbox.network import Network
from renkei.sandbox.report import CanaryReport
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage
from renkei.terms.bodies import BodyId, SystemName
from tests.postgres import session_cluster, store

__all__ = ["session_cluster", "store"]
R = TypeVar("R", bound=Message)
RESIDENTS = 60
INQUIRIES = 33
EXPECTED = {
    "answered": INQUIRIES + 1,
    "repeated-request": 1,
    "no-row": 1,
    "row-no-longer-in-force": 1,
    "information-not-of-the-row": 1,
    "inquirer-not-of-the-category": 1,
    "provider-not-of-the-category": 1,
    "provider-holds-no-code": 1,
    "code-of-another-body": 1,
    "unknown-code": 1,
    "pia-breach": 1,
    "held-then-released": 1,
    "held-then-withheld": 1,
    "not-held": 1,
    "lapsed": 1,
    "non-disclosure": 1,
    "provider-down-and-back": 1,
}


class Strikes:
    """Kills the next system of the row at every `every`-th call of a door, and starts it again at once."""

    def __init__(self, network: Network, row: Sequence[SystemName], every: int) -> None:
        self._network = network
        self._row = list(row)
        self._every = every
        self._calls = 0
        self._mending: set[asyncio.Task[None]] = set()
        self.struck: list[SystemName] = []

    async def call(self) -> None:
        self._calls += 1
        if self._calls % self._every == 0 and self._row:
            await self.strike(self._row.pop(0))

    async def strike(self, name: SystemName) -> None:
        await self._network.kill(name)
        self.struck.append(name)
        self._mending.add(asyncio.create_task(self._network.start(name)))

    async def finish(self) -> None:
        while self._row:
            await self.strike(self._row.pop(0))
        await asyncio.gather(*self._mending)


class StruckClient(Client):
    """A line system's client under whose calls systems die."""

    strikes: Strikes

    async def send(self, target: Target, path: str, message: Message, reply: type[R]) -> R:
        striking = asyncio.create_task(self.strikes.call())
        try:
            return await super().send(target, path, message, reply)
        finally:
            await striking


def _line(network: Network, body: str, strikes: Strikes) -> tuple[LineSystem, StruckClient]:
    info = network.state.bodies[body]
    tls = Tls(certificate=Path(info.certificate), key=Path(info.key), authorities=Path(network.state.authorities))
    client = StruckClient(tls)
    client.strikes = strikes
    server, addressees = (network.target(SystemName(name)) for name in (info.intermediate, info.addressee))
    return LineSystem(BodyId(body), client, server, addressees), client


@asynccontextmanager
async def struck_lines(network: Network, strikes: Strikes) -> AsyncIterator[dict[BodyId, LineSystem]]:
    made = {body.id: _line(network, body.id, strikes) for body in BODIES}
    try:
        yield {body: line for body, (line, _) in made.items()}
    finally:
        for _, client in made.values():
            await client.close()


@pytest.mark.parametrize(("store", "every"), [("sqlite", 3), ("sqlite", 5), ("postgresql", 5)], indirect=["store"])
async def test_any_system_may_be_killed_at_any_moment_and_the_outcomes_are_the_same(
    tmp_path: Path, store: str | None, every: int
) -> None:
    async with prepared(tmp_path, Size(RESIDENTS, store), lambda _: None) as (network, people):
        row = [plan.name for plan in system_plans()]
        strikes = Strikes(network, row if every == 3 else row[::-1], every)
        async with struck_lines(network, strikes) as lines:
            played = await Scenario(NetworkStage(network, lambda _: None), lines, people, INQUIRIES).play()
            await strikes.finish()
            report = await Told(network, played).report(0.0, CanaryReport(0, 0, []))
    assert sorted(strikes.struck) == sorted(row)
    assert played.outcomes == EXPECTED
    assert report.records.unmatched == 0
    assert report.records.core == sum(EXPECTED.values())
    assert report.sound(), report
