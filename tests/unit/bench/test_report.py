"""Figures beside budgets, floors and peers, and how they are shown."""

import io
import json
import math
import os
from pathlib import Path

import pytest
from rich.console import Console

from bench import plots, report
from bench.__main__ import clean
from bench.model import Curve, Figure, Named, Result
from bench.procs import Watch, family, usage
from bench.stats import Spread

RATE = Figure(
    what="inquiries",
    unit="inquiries/s",
    ours=Spread((1_900.0, 2_000.0, 2_200.0)),
    budget=2_000,
    floor=Named.of("nginx", 4_000.0),
    peers=[Named.of("plain", 500.0), Named.of("plainer", 250.0)],
)
TIME = Figure(
    what="p50", unit="ms", ours=Spread((30.0,)), budget=25, more_is_better=False,
    floor=Named.of("nginx", 3.0), peers=[Named.of("plain", 60.0)],
)  # fmt: skip
MACHINE = {
    "processor": "Cores", "cores": 2, "memory_gib": 24, "system": "Debian", "kernel": "6", "python": "3.11",
    "openssl": "3", "sqlite": "3.54", "at": "2026-11-23T00:00:00+00:00", "syncs_per_second": 4_000,
    "load_before": 0.1, "libraries_per_second": {"AES": 5_000_000},
}  # fmt: skip


def test_a_rate_meets_its_budget_from_there_on_and_a_time_up_to_there() -> None:
    assert RATE.met
    assert not TIME.met
    assert Figure("x", "ms", Spread((25.0,)), 25, more_is_better=False).met
    assert Figure("x", "/s", Spread((1.0,))).met is None


def test_the_share_of_the_floor_and_the_ratio_to_a_peer_grow_with_what_is_better() -> None:
    assert RATE.floor is not None
    assert TIME.floor is not None
    assert RATE.against(RATE.floor) == 0.5
    assert RATE.against(RATE.peers[0]) == 4
    assert TIME.against(TIME.floor) == 0.1
    assert TIME.against(TIME.peers[0]) == 2
    assert math.isnan(RATE.against(Named.of("nothing", 0.0)))


def test_a_line_of_the_table_says_everything() -> None:
    assert report.cells(RATE.told()) == [
        "inquiries", "2,000 inquiries/s ±8%", "≥ 2,000", "yes", "4,000 (nginx)", "50%",
        "500 (plain)\n250 (plainer)", "4.00 ×\n8.00 ×",
    ]  # fmt: skip
    assert report.cells(TIME.told()) == [
        "p50", "30.0 ms", "≤ 25.0", "NO", "3.00 (nginx)", "10%", "60.0 (plain)", "2.00 ×",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"), [(1234567.8, "1,234,568"), (99.94, "99.9"), (9.876, "9.88"), (None, "–"), (math.nan, "–")]
)
def test_numbers_have_three_digits_that_mean_something(value: float | None, text: str) -> None:
    assert report.number(value) == text


def test_the_table_on_a_terminal_holds_figures_and_remarks() -> None:
    out = io.StringIO()
    told = Result([RATE, TIME], remarks=["nginx is not installed"], seconds=12.3).told()
    report.show(Console(file=out, width=180), "single inquiries", told)
    text = out.getvalue()
    assert "single inquiries (12 s)" in text
    assert "2,000 inquiries/s" in text
    assert "nginx is not installed" in text


def test_a_result_survives_json_and_becomes_a_page() -> None:
    row = Result([RATE], [Curve("t", "x", "y", {"a": [(1.0, math.nan)]})], ["remark"]).told() | {"title": "single"}
    result = clean({"v": 1, "quick": True, "machine": MACHINE, "rows": {"singles": row}})
    page = report.markdown(json.loads(json.dumps(result, allow_nan=False)), ["benchmark.svg"])
    assert "### Single" in page
    assert "| inquiries | 2,000 inquiries/s ±8% | ≥ 2,000 | yes |" in page
    assert "500 (plain)<br>250 (plainer)" in page
    assert "not for comparison" in page
    assert "![benchmark.svg](benchmark.svg)" in page


def test_a_process_costs_what_proc_says() -> None:
    own = usage(os.getpid())
    assert own.rss > 2**20
    assert own.peak >= own.rss // 2
    assert usage(2**22 + 1).rss == 0
    assert family(os.getpid())[0] == os.getpid()
    watch = Watch({"own": [os.getpid()], "gone": [2**22 + 1]})
    watch.start()
    watch.stop()
    assert watch.costs["own"].processes >= 1
    assert watch.costs["gone"].cpu_s == 0


def test_what_could_not_be_measured_is_a_dash_and_not_drawn(tmp_path: Path) -> None:
    nothing = Figure("x", "/s", Spread((1.0,)), floor=Named.of("floor", 0.0), peers=[Named.of("peer", 0.0)])
    told = Result([nothing], [Curve("t", "x", "y", {"a": [(1.0, math.nan), (2.0, 1.0)]})]).told() | {"title": "row"}
    result = clean({"rows": {"row": told}})
    assert report.cells(result["rows"]["row"]["figures"][0])[5:] == ["–", "0.00 (peer)", "– ×"]
    plots.draw(result, tmp_path / "drawn.svg")
    assert "against peer" not in (tmp_path / "drawn.svg").read_text()
