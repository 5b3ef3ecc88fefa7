"""Replicas that a line system registers with its intermediate server, in lists; durable when the reply comes."""

import asyncio
import time
from functools import partial
from pathlib import Path

from bench import crowd
from bench.context import Context
from bench.model import Figure, Result
from bench.stats import Spread
from renkei.messages import line
from renkei.sandbox.network import Network
from renkei.sandbox.plans import FISCAL_YEAR
from renkei.terms.affairs import InformationKind
from renkei.terms.secrets import SecretText

BUDGET = 20_000
LIST = 500
ROW_BYTES = 350


def run(context: Context) -> Result:
    number, bare = context.scale.replicas, context.bare()
    ours, floor, plain = [], list[float](), list[float]()
    for _ in range(context.scale.runs):
        ours.append(context.generate(partial(registered, context.network(), number)))
        floor += context.bare_rate(bare, number, LIST, ROW_BYTES)
        plain += context.bare_rate(bare, min(number, 2_000), 1, ROW_BYTES)
    figure = Figure(
        what=f"new replicas at two servers, lists of {LIST}",
        unit="records/s",
        ours=Spread(tuple(ours)),
        budget=BUDGET,
        floor=bare.floor(f"bare rows, {LIST} a commit", floor),
        peers=bare.peers("a commit for each row", plain),
    )
    return Result([figure], remarks=list(bare.missing))


async def registered(folder: Path, number: int) -> float:
    """Replicas per second."""
    start = crowd.base()
    made = {body: [replica(n) for n in own] for body, own in crowd.halves(range(start, start + number)).items()}
    async with Network.attach(folder) as network:
        lines = {body: network.line(body) for body in made}
        began = time.perf_counter()
        await asyncio.gather(*(crowd.abreast(own, LIST, lines[body].put_replicas) for body, own in made.items()))
        return number / (time.perf_counter() - began)


def replica(number: int) -> line.Replica:
    return line.Replica(
        addressee=crowd.addressee_of(number),
        kind=InformationKind("local-tax"),
        period=FISCAL_YEAR,
        items={
            name: SecretText(f"{number % 9_000_000 + place:,}円")
            for place, name in enumerate(("総所得金額", "所得割額", "均等割額"))
        },
    )
