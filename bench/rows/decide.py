"""Decisions on one core: `decide_all` with all rows of all dates, beside general policy engines (`decisions.py`)."""

import time

from bench import decisions
from bench.context import Context
from bench.model import Figure, Named, Result
from bench.stats import Spread
from renkei.law.list import PermissionList

BUDGET = 1_000_000
OURS = "renkei decide_all"
PEERS = ("casbin FastEnforcer", "cedarpy, sliced by item")


def run(context: Context) -> Result:
    found: dict[str, list[float]] = {name: [] for name in (OURS, *PEERS)}
    answers: dict[str, bytes] = {}
    floor = []
    for _ in range(context.scale.runs):
        for name, rates in found.items():
            measured, answers[name] = context.apart(decisions.measure, name, context.scale.questions, 1)
            rates.append(measured.median)
        floor.append(context.apart(look_up, context.scale.questions))
    if any(not answers[OURS].startswith(each) for each in answers.values()):
        raise AssertionError("two engines answer otherwise")
    peers = [Named(name, Spread(tuple(found[name]))) for name in PEERS]
    figure = Figure(
        what="decisions, one core",
        unit="decisions/s",
        ours=Spread(tuple(found[OURS])),
        budget=BUDGET,
        floor=Named("one look into a dict", Spread(tuple(floor))),
        peers=peers,
    )
    return Result([figure])


def look_up(number: int) -> float:
    """Looks per second into a dict by item and kind, which says nothing of bodies or dates."""
    permissions = PermissionList.load()
    rows = {(row.item, kind): row for row in permissions.rows for kind in row.kinds}
    keys = [(each.item, each.kind) for each in decisions.mixed(permissions, number)]
    began = time.perf_counter()
    _ = [rows.get(key) for key in keys]
    return number / (time.perf_counter() - began)
