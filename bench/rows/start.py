"""From the start of a system's process until all its doors are open; one after the other, all others running."""

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.context import Context
from bench.model import Figure, Named, Result
from bench.rows.memory import LIBRARIES
from bench.stats import Spread
from renkei.sandbox.layout import Layout, read
from renkei.sandbox.network import Network
from renkei.terms.bodies import SystemName

KINDS = ("core", "interface", "intermediate", "residents", "supervision", "disclosure", "addressee")


def run(context: Context) -> Result:
    runs: dict[str, list[float]] = {}
    floor = []
    for _ in range(context.scale.runs):
        for kind, taken in asyncio.run(restarted(context.network())).items():
            runs.setdefault(kind, []).append(taken)
        floor.append(libraries_ms())
    named = Named("Python loading the libraries alone", Spread(tuple(floor)))
    figures = [
        Figure(kind, "ms", Spread(tuple(taken)), more_is_better=False, floor=named) for kind, taken in runs.items()
    ]
    slowest = max(figures, key=lambda figure: figure.ours.median)
    result = Result([slowest], details={each.what: each.told() for each in figures})
    result.remarks.append("ms: " + ", ".join(f"{kind} {statistics.median(taken):,.0f}" for kind, taken in runs.items()))
    return result


async def restarted(folder: Path) -> dict[str, float]:
    """Milliseconds by kind: one of each is killed and started again."""
    found = {}
    async with Network.attach(folder) as network:
        for kind in KINDS:
            name = SystemName(next(name for name, info in network.state.systems.items() if info.kind == kind))
            await network.kill(name)
            await network.start(name)
            found[kind] = float(read(Layout(folder)).systems[name].ready_ms)
    return found


def libraries_ms() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    return (time.perf_counter() - began) * 1e3
