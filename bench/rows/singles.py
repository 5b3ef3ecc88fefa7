"""Single inquiries: each its own call by a line system, many at once; then latencies under an open load."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bench.context import Context
from bench.floors.nginx import MISSING
from bench.load import Loaded, Wanted
from bench.model import Curve, Figure, Named, Result
from bench.peers import CLIENTS, ClientName
from bench.stats import Spread, percentiles

BUDGET = 2_000
SHOWN = ((1, "p50", 25.0), (50, "p50", None), (50, "p99", 100.0), (80, "p99", None))
"""Share of the highest load, percentile, and its budget in milliseconds."""
SLICE_S, SLICES, STEADY = 1.0, 5, 0.2
"""Settling: how long a round is, how many at most, and how much more than the one before means "not yet"."""
CHAIN = "nginx, 10 mTLS exchanges"
OURS = "Renkei"


def run(context: Context) -> Result:
    wanted = Wanted(
        "singles",
        context.scale.at_once,
        context.scale.seconds,
        context.scale.warm_s,
        connections=context.scale.connections,
    )
    runs = closed_runs(context, wanted)
    result = Result([rate_figure(f"inquiries, {wanted.at_once} at once", BUDGET, runs)])
    latencies(context, wanted, runs, result)
    note(runs, result)
    return result


def peer_name(client: str) -> str:
    return f"FastAPI + {client}"


def closed_runs(context: Context, wanted: Wanted, clients: Sequence[ClientName] = CLIENTS) -> dict[str, list[Loaded]]:
    """As many rounds as asked, in each everybody once, so that what drifts meets everybody."""
    context.network()
    smaller = replace(wanted, list_size=min(wanted.list_size, context.scale.peer_list))
    loads: dict[str, Callable[[Wanted], Loaded | None]] = {OURS: context.load, CHAIN: context.load_chain}
    wants = {OURS: wanted, CHAIN: wanted}
    for client in clients:
        loads[peer_name(client)] = partial(context.load_peer, client)
        wants[peer_name(client)] = smaller
    for name, load in loads.items():
        if context.first(f"settled {name}"):
            _settle(load, wants[name])
        if wanted.mode == "singles" and name not in {OURS, CHAIN}:
            wants[name] = _suited(load, wants[name], context.scale.peer_at_once)
    found: dict[str, list[Loaded]] = {}
    for _ in range(context.scale.runs):
        for name, load in loads.items():
            if (loaded := load(wants[name])) is not None:
                found.setdefault(name, []).append(loaded)
    return found


def _suited(load: Callable[[Wanted], Loaded | None], wanted: Wanted, choice: Sequence[int]) -> Wanted:
    """With as many at once as give the highest rate."""
    tried = [replace(wanted, at_once=at_once) for at_once in choice]
    if len(tried) == 1:
        return tried[0]
    rates = [loaded.sample.rate if (loaded := load(each)) else 0.0 for each in tried]
    return tried[rates.index(max(rates))]


def _settle(load: Callable[[Wanted], Loaded | None], wanted: Wanted) -> None:
    """Rounds that do not count, until it goes steadily: connections behind the doors are made, caches filled."""
    at_once = wanted.connections if wanted.mode == "singles" else wanted.at_once
    short, before = replace(wanted, seconds=SLICE_S, warm_s=0.0, at_once=at_once), 0.0
    for _ in range(SLICES):
        found = load(short)
        rate = found.sample.rate if found else 0.0
        if rate <= before * (1 + STEADY):
            return
        before = rate


def rate_figure(what: str, budget: float, runs: dict[str, list[Loaded]]) -> Figure:
    spreads = {name: Spread(tuple(each.sample.rate for each in loads)) for name, loads in runs.items()}
    return Figure(
        what=what,
        unit="inquiries/s",
        ours=spreads[OURS],
        budget=budget,
        floor=Named(CHAIN, spreads[CHAIN]) if CHAIN in spreads else None,
        peers=[Named(name, spread) for name, spread in spreads.items() if name not in {OURS, CHAIN}],
    )


def latencies(context: Context, wanted: Wanted, runs: dict[str, list[Loaded]], result: Result) -> None:
    """Everybody at the same shares of their own highest load."""
    found: dict[tuple[str, int], Loaded] = {}
    for share in context.scale.shares:
        for name, loads in runs.items():
            if name == OURS or share in context.scale.others:
                highest = Spread(tuple(each.sample.rate for each in loads)).median
                found[name, share] = _open(context, name, replace(wanted, rate=_rate(highest, share, wanted.seconds)))
    result.details["open"] = [
        {"name": name, "share": share, **loaded.told()} for (name, share), loaded in found.items()
    ]
    result.figures += [_latency(found, (share, key), budget) for share, key, budget in SHOWN]
    result.curves.append(
        Curve("Latency of single inquiries, open load", "% of the highest load", "ms", _curves(found), log_y=True)
    )


def _rate(highest: float, share: int, seconds: float) -> float:
    """That share of the highest load, but in the measured seconds at least twenty requests, if a fifth allows them."""
    return max(1.0, highest * share / 100, min(20 / seconds, highest / 5))


def _curves(found: dict[tuple[str, int], Loaded]) -> dict[str, list[tuple[float, float]]]:
    curves: dict[str, list[tuple[float, float]]] = {}
    for (name, share), loaded in found.items():
        for key, value in percentiles(loaded.sample.latencies).items():
            if key in {"p50", "p99"}:
                curves.setdefault(f"{name}, {key}", []).append((float(share), value * 1e3))
    return curves


def _open(context: Context, name: str, wanted: Wanted) -> Loaded:
    if name == OURS:
        return context.load(wanted)
    if name == CHAIN:
        floor = context.load_chain(wanted)
        assert floor is not None
        return floor
    return context.load_peer(next(client for client in CLIENTS if peer_name(client) == name), wanted)


def _latency(found: dict[tuple[str, int], Loaded], which: tuple[int, str], budget: float | None) -> Figure:
    share, key = which
    named = {
        name: Named.of(name, percentiles(loaded.sample.latencies).get(key, math.nan) * 1e3)
        for (name, at), loaded in found.items()
        if at == share
    }
    return Figure(
        what=f"{key} at {share} % of the highest load",
        unit="ms",
        ours=named[OURS].spread,
        budget=budget,
        more_is_better=False,
        floor=named.get(CHAIN),
        peers=[each for name, each in named.items() if name not in {OURS, CHAIN}],
    )


def note(runs: dict[str, list[Loaded]], result: Result) -> None:
    """Costs by system, and whatever went wrong."""
    if CHAIN not in runs:
        result.remarks.append(MISSING)
    result.details["closed"] = {name: [each.told() for each in loads] for name, loads in runs.items()}
    for name, loads in runs.items():
        failed = sum(sum(each.sample.errors.values()) for each in loads)
        if failed:
            words = next(example for each in loads for example in each.sample.examples)
            result.remarks.append(f"{name}: {failed} requests failed, the first with {words.splitlines()[0]}")
    last = runs[OURS][-1]
    dearest = sorted(last.cpu_us.items(), key=lambda each: -each[1])[:5]
    told = ", ".join(f"{name} {cost:,.0f}" for name, cost in dearest)
    result.remarks.append(f"CPU per inquiry, µs: {told}; all {sum(last.cpu_us.values()):,.0f}")
