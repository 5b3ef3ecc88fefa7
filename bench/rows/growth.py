"""What an inquiry costs when the core holds more and more records and persons."""

import asyncio
import math
from dataclasses import replace
from pathlib import Path

from bench import fill
from bench.context import Context
from bench.load import Loaded, Wanted
from bench.model import Curve, Figure, Named, Result
from bench.peers import running
from bench.stats import Spread, percentiles
from renkei.sandbox.layout import CORE
from renkei.sandbox.network import Network
from renkei.terms.bodies import SystemName

BUDGET = 1.3
PEER_PERSONS = 100_000
GENERATOR_PREFIX = "("


def run(context: Context) -> Result:
    wanted = Wanted("singles", context.scale.at_once, context.scale.seconds, context.scale.warm_s)
    found: list[tuple[int, int, list[Loaded]]] = []
    for records, persons in context.scale.sizes:
        context.say(f"filling the core to {records:,} records and {persons:,} persons")
        filled = _filled(context, records, persons)
        found.append((*filled, [context.load(wanted) for _ in range(context.scale.runs)]))
    (first, _, small), (last, persons, large) = found[0], found[-1]
    bare = context.bare()
    floor = [] if bare.missing else [context.aside(bare.grown, first, last)]
    peer = _peer(context, wanted)
    figures = [
        _ratio(
            f"CPU per inquiry at {last:,} records, {persons:,} persons, against {first:,}",
            (small, large),
            BUDGET,
        ),
        _ratio("the same, the core alone", (small, large), only=CORE),
    ]
    named = bare.floor("time of a bare row at those sizes", floor)
    figures[0] = replace(figures[0], floor=named, peers=[peer])
    lines = {
        "all systems": [(float(records), _cost(loads).median) for records, _, loads in found],
        "the core": [(float(records), _cost(loads, CORE).median) for records, _, loads in found],
    }
    title = "CPU per inquiry by records in the core"
    remarks = list(bare.missing)
    result = Result(figures, [Curve(title, "records in the core", "µs per inquiry", lines, log_x=True)], remarks)
    result.details["sizes"] = [
        {
            "records": records,
            "persons": persons,
            "rate": Spread(tuple(each.sample.rate for each in loads)).median,
            "latency_ms": {k: v * 1e3 for k, v in percentiles(loads[-1].sample.latencies).items()},
            "cpu_us": loads[-1].cpu_us,
            "store_bytes": _bytes(context),
        }
        for records, persons, loads in found
    ]
    return result


def _filled(context: Context, records: int, persons: int) -> tuple[int, int]:
    folder = context.network()
    asyncio.run(_core(folder, up=False))
    try:
        return context.apart(fill.core_to, Path(context.state().systems[CORE].config), records, persons)
    finally:
        asyncio.run(_core(folder, up=True))


async def _core(folder: Path, *, up: bool) -> None:
    async with Network.attach(folder) as network:
        await (network.start(CORE) if up else network.kill(CORE))


def _cost(loads: list[Loaded], only: SystemName | None = None) -> Spread:
    """CPU microseconds per inquiry, of all systems or of one; never of the generator."""
    return Spread(
        tuple(
            sum(
                cost
                for name, cost in each.cpu_us.items()
                if (name == only if only else not name.startswith(GENERATOR_PREFIX))
            )
            for each in loads
        )
    )


def _ratio(
    what: str, loads: tuple[list[Loaded], list[Loaded]], budget: float | None = None, only: SystemName | None = None
) -> Figure:
    small, large = loads
    one = _cost(small, only).median
    runs = tuple(each / one if one else math.nan for each in _cost(large, only).runs)
    return Figure(what, "times", Spread(runs), budget, more_is_better=False)


def _peer(context: Context, wanted: Wanted) -> Named:
    """The plain peer with as many persons, up to `PEER_PERSONS`; it is filled with persons only, not with records."""
    sizes = [min(persons, PEER_PERSONS) for _, persons in (context.scale.sizes[0], context.scale.sizes[-1])]
    costs = []
    for persons in sizes:
        with running("aiohttp", persons=persons) as peer:
            costs.append(_cost([context.load_at(peer, wanted)]).median)
    name = f"FastAPI + aiohttp, {sizes[1]:,} persons against {sizes[0]:,}"
    return Named.of(name, costs[1] / costs[0] if costs[0] else math.nan)


def _bytes(context: Context) -> int:
    store = context.state().systems[CORE].store
    return Path(store).stat().st_size if store and Path(store).is_file() else 0
