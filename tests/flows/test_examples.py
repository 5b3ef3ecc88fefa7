"""The example command of each door works as it is printed."""

import asyncio
import json
import shlex
import ssl

import aiohttp
import pytest

from renkei.messages.codec import decode
from renkei.messages.line import InquiriesAccepted
from renkei.sandbox.bodies import YOKOHAMA
from renkei.sandbox.examples import Example, examples, script
from renkei.sandbox.lines import FINAL_STATES
from renkei.sandbox.network import Network
from renkei.sandbox.report import DemoReport
from renkei.systems.intermediate.api import description

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _run(network: Network, example: Example) -> tuple[int, bytes]:
    """What curl would do with the words of the printed line."""
    words = shlex.split(example.command(network.state.authorities))
    option = {words[at]: words[at + 1] for at in range(len(words) - 1) if words[at].startswith("--")}
    context = ssl.create_default_context(cafile=option["--cacert"])
    context.load_cert_chain(option["--cert"], option["--key"])
    data = option["--data"].encode() if "--data" in option else None
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.request(
            "POST" if data else "GET",
            words[-1],
            data=data,
            headers={"Content-Type": "application/json"} if data else None,
        ) as reply,
    ):
        return reply.status, await reply.read()


async def test_every_example_is_answered(network: Network, report: DemoReport) -> None:
    refused = []
    for example in examples(network.state):
        status, reply = await _run(network, example)
        if status != 200:
            refused.append((example.url, status, reply))
        if example.url.endswith("/v1/line/inquiries"):
            (accepted,) = decode(InquiriesAccepted, reply).accepted
            assert accepted.inquiry is not None
            await network.line(YOKOHAMA.id).until([accepted.inquiry], FINAL_STATES)
    assert refused == []
    async with asyncio.timeout(60):
        while any(record.state == "permitted" for record in await network.record_keys()):
            continue


async def test_every_line_door_of_the_description_has_an_example(network: Network) -> None:
    shown = script(network.state)
    for path in json.loads(description())["paths"]:
        assert path in shown, path
