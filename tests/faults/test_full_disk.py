"""A full disk (PostgreSQL's stands in test_postgres.py): what was acknowledged is there, what cannot be kept is refused, and both go on once there is room."""

import pytest

from renkei.messages.line import InquiryState
from renkei.sandbox.layout import CORE
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.sandbox.plans import Plan
from renkei.terms.bodies import SystemName

from .disks import LARGE, full, refusal, small_disk

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]
EAST = SystemName("intermediate-1")


def told_by(network: Network, name: SystemName) -> str:
    """Its log; that of the system whose disk is full has no room either."""
    return network.layout.system(name).log.read_text()


async def test_a_server_whose_disk_is_full_says_so_keeps_what_it_acknowledged_and_goes_on_once_there_is_room(
    network: Network, load: Load
) -> None:
    def here(plan: Plan) -> bool:
        return plan.inquirer.intermediate == EAST

    await network.kill(EAST)
    with small_disk(network.layout.system(EAST).path) as disk:
        await network.start(EAST)
        kept = load.plan(22, here)
        await load.ask(kept)
        with full(disk):
            found = await refusal(network, load, kept[0][0])
            assert found == (500, "urn:renkei:problem:bad-store")
            assert network.runs(EAST)
        await load.ended(kept)
        await load.ask(again := load.plan(22, here))
        await load.ended(again)
        report = await load.settle()
        assert whole(load, report), report
        await network.kill(EAST)
    await network.start(EAST)


async def test_a_core_whose_disk_is_full_permits_nothing_and_every_inquiry_that_waited_ends_once_there_is_room(
    network: Network, load: Load
) -> None:
    await network.kill(CORE)
    with small_disk(network.layout.system(CORE).path) as disk:
        await network.start(CORE)
        with full(disk):
            waiting = load.plan(4 * LARGE)
            begin = told_by(network, EAST)
            await load.ask(waiting, LARGE)
            while "peer-unreachable" not in told_by(network, EAST)[len(begin) :]:
                assert InquiryState.ASKED in await load.states(waiting)
            assert network.runs(CORE)
        await load.ended(waiting)
        report = await load.settle()
        assert whole(load, report), report
        await network.kill(CORE)
    await network.start(CORE)
