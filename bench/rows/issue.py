"""Codes for persons who have none, from the question of the line system until the body holds them (令20条–27条)."""

import asyncio
import time
from functools import partial
from pathlib import Path

from bench import crowd
from bench.context import Context
from bench.model import Figure, Result
from bench.stats import Spread
from renkei.messages.residents import Residents, Stored
from renkei.sandbox.layout import RESIDENTS
from renkei.sandbox.network import OPERATOR, Network

BUDGET = 20_000
LIST = 1_000
ROWS = 6
"""What the path stores for one code: acquisition, request, person, issue, delivery, code."""
ROW_BYTES = 150


def run(context: Context) -> Result:
    number, bare = context.scale.issued, context.bare()
    ours, floor, plain = [], list[float](), list[float]()
    for _ in range(context.scale.runs):
        ours.append(context.generate(partial(issued, context.network(), number)))
        floor += [each / ROWS for each in context.bare_rate(bare, number * ROWS, LIST, ROW_BYTES)]
        plain += [each / ROWS for each in context.bare_rate(bare, min(number, 2_000), 1, ROW_BYTES)]
    figure = Figure(
        what=f"codes acquired by two bodies, lists of {LIST:,}",
        unit="codes/s",
        ours=Spread(tuple(ours)),
        budget=BUDGET,
        floor=bare.floor(f"{ROWS} bare rows a code, {LIST:,} a commit", floor),
        peers=bare.peers("a commit for each row", plain),
    )
    return Result([figure], remarks=list(bare.missing))


async def issued(folder: Path, number: int) -> float:
    """Codes per second; loading the registry and the addressee systems comes before and is not counted."""
    numbers = range(start := crowd.base(), start + number)
    async with Network.attach(folder) as network:
        await _known(network, numbers)
        halves = {body: [crowd.addressee_of(n) for n in own] for body, own in crowd.halves(numbers).items()}
        began = time.perf_counter()
        await asyncio.gather(
            *(crowd.abreast(own, LIST, network.line(body).acquire) for body, own in halves.items()),
        )
        found = await asyncio.gather(*(network.line(body).acquired(own) for body, own in halves.items()))
        passed = time.perf_counter() - began
    wrong = [each for part in found for each in crowd.failed(part)]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {number} codes were not acquired: {wrong[0].problem}")
    return number / passed


async def _known(network: Network, numbers: range) -> None:
    client, registry = network.client(network.state.staff[OPERATOR]), network.target(RESIDENTS)

    async def load(part: "list[int]") -> None:
        message = Residents(residents=tuple(crowd.resident(n) for n in part))
        await client.send(registry, "/v1/residents", message, Stored)

    await crowd.abreast(list(numbers), LIST, load)  # type: ignore[arg-type]  # a slice of a list is a list
    for body, own in crowd.halves(numbers).items():
        await network.line(body).register_persons([crowd.person(n) for n in own])
