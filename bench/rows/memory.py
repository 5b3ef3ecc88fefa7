"""Resident memory of each system, right after a load, at whatever size the rows before have filled the stores to."""

import subprocess
import sys

from bench.context import Context
from bench.load import GENERATOR, Wanted
from bench.model import Figure, Named, Result
from bench.procs import usage
from bench.stats import Spread

BUDGET_MIB = 200
MIB = 2**20
LIBRARIES = "import aiohttp, apsw, cryptography.x509, jinja2, msgspec, os, time\n"
OWN_SIZE = LIBRARIES + "from bench.procs import usage\nprint(usage(os.getpid()).rss)"


def run(context: Context) -> Result:
    scale = context.scale
    context.network()
    loads = [
        context.load(Wanted("singles", scale.at_once, scale.seconds, scale.warm_s)),
        context.load(Wanted("bulk", scale.bulk_at_once, scale.seconds, scale.warm_s, list_size=scale.list_size)),
    ]
    sizes = {name: max(load.costs[name].rss for load in loads) for name in loads[0].costs if name != GENERATOR}
    worst = max(sizes, key=lambda name: sizes[name])
    peers = {client: [usage(pid).rss for pid in context.peer(client).pids.values()] for client in ("aiohttp",)}
    figures = [
        Figure(
            what=f"the largest system ({worst})",
            unit="MiB",
            ours=Spread((sizes[worst] / MIB,)),
            budget=BUDGET_MIB,
            more_is_better=False,
            floor=Named.of("Python with the libraries alone", libraries() / MIB),
            peers=[Named.of(f"FastAPI + {client}, the largest", max(own) / MIB) for client, own in peers.items()],
        ),
        Figure("all systems together", "MiB", Spread((sum(sizes.values()) / MIB,)), more_is_better=False),
    ]
    return Result(figures, details={"rss": sizes})


def libraries() -> int:
    """Bytes of a process that has loaded the libraries and does nothing."""
    return int(subprocess.run([sys.executable, "-c", OWN_SIZE], check=True, capture_output=True, text=True).stdout)
