"""A whole network of real processes, started once for all flow tests and stopped after them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from renkei.sandbox.bodies import BODIES
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.demo import Told
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.report import CanaryReport, DemoReport
from renkei.sandbox.scenario import Played, Scenario
from renkei.sandbox.stage import NetworkStage

RESIDENTS = 120
INQUIRIES = 44


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Network, list[SyntheticResident]]]:
    folder = tmp_path_factory.mktemp("network")
    async with prepared(Path(folder), Size(residents=RESIDENTS), lambda _: None) as found:
        yield found


@pytest.fixture(scope="session")
def network(running: tuple[Network, list[SyntheticResident]]) -> Network:
    return running[0]


@pytest.fixture(scope="session")
def people(running: tuple[Network, list[SyntheticResident]]) -> list[SyntheticResident]:
    return running[1]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(running: tuple[Network, list[SyntheticResident]]) -> Played:
    """The scenario, played once on that network."""
    network, people = running
    lines = {body.id: network.line(body.id) for body in BODIES}
    return await Scenario(NetworkStage(network, lambda _: None), lines, people, INQUIRIES).play()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def report(network: Network, played: Played) -> DemoReport:
    """What the systems told once everything had come to rest."""
    return await Told(network, played).report(0.0, CanaryReport(0, 0, []))
