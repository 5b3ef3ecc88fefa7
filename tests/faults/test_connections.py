"""Connections are cut in the middle of a message, half closed and slowed: repeats lose nothing and double nothing."""

import asyncio

import pytest

from renkei.sandbox.layout import CORE
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network
from renkei.sandbox.proxy import CLEAR, Break, Proxy, Weather
from renkei.terms.bodies import SystemName

pytestmark = pytest.mark.asyncio(loop_scope="session")
BREAKS = 4
WEATHER = {
    "cut": Weather(Break.CUT),
    "half closed": Weather(Break.HALF),
    "slow and cut": Weather(Break.CUT, delay_s=0.002, piece_bytes=1_400),
}


async def until_broken(load: Load, proxy: Proxy, times: int) -> None:
    """Ask until so many connections have broken."""
    breaking = asyncio.create_task(proxy.until_broken(proxy.broken + times))
    while not breaking.done():
        planned = load.plan(22)
        await load.ask(planned)
        await load.ended(planned)


@pytest.mark.parametrize("name", [SystemName("interface-a"), CORE])
async def test_broken_lines_before_a_system_lose_no_inquiry_and_double_none(
    network: Network, load: Load, name: SystemName
) -> None:
    async with Proxy.before(network, name, seed=5) as proxy:
        for weather in WEATHER.values():
            await proxy.change(weather)
            await until_broken(load, proxy, BREAKS)
        await proxy.change(CLEAR)
        report = await load.settle()
        assert whole(load, report), report
