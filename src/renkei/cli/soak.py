"""`renkei soak`: a network under load for long, while its systems fail by the luck of a seed."""

import asyncio
import sys
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from renkei.cli.exits import NO
from renkei.cli.progress import shown
from renkei.sandbox.build import Size
from renkei.sandbox.soak import Bounds, SoakReport, run_soak


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.01), help="End after so many minutes.  [default: 60]")
@click.option("--inquiries", type=click.IntRange(min=1), help="End after so many inquiries.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Which faults, and when.")
@click.option("--residents", default=200, show_default=True, type=click.IntRange(20, 100_000))
@click.option(
    "--store", help="PostgreSQL instead of files: a URL with {system} in it; what it names must exist and be empty."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def soak(minutes: float | None, inquiries: int | None, seed: int, *, as_json: bool, **size: Any) -> None:  # noqa: ANN401  # the fields of Size
    """Keep a network under load for an hour while its systems fail.

    Systems are killed, stopped and cut off, one at a time, and come back. At the end every copy, count and proof is
    compared, and each system's memory is shown: at the first round, at the last, and the most.

    \b
    Example:
      renkei soak --minutes 60 --seed 7
      renkei soak --inquiries 1000 --json
      renkei soak --minutes 60 --store 'postgresql:///soak_{system}?host=/run/postgresql'
    Exit code 0: nothing is lost or doubled. 1: something is, and the table says what.
    """
    bounds = Bounds(minutes=60.0 if minutes is None and inquiries is None else minutes, inquiries=inquiries)
    with shown(quiet=as_json) as progress:
        report = asyncio.run(run_soak(bounds, seed, Size(**size), progress))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _tell(report)
    sys.exit(0 if report.whole else NO)


def _tell(report: SoakReport) -> None:
    table = Table(title="常駐メモリ MiB / resident memory, MiB")
    for title in ("システム / system", "初め first", "終わり last", "最大 peak"):
        table.add_column(title, justify="left" if "system" in title else "right")
    for each in report.memory:
        table.add_row(each.system, str(each.first), str(each.last), str(each.peak))
    console = Console()
    console.print(table)
    records, log = report.records, report.log
    faults = ", ".join(f"{name} {times}" for name, times in sorted(report.faults.items()))
    click.echo(
        f"  種 {report.seed}、{report.elapsed_ms / 1000:.0f} s、照会 {report.inquiries} 件、障害 {faults}\n"
        f"  seed {report.seed}, {report.elapsed_ms / 1000:.0f} s, {report.inquiries} inquiries, faults {faults}\n"
        f"  記録 records: core {records.core} = inquirers {records.inquirers} = providers {records.providers}, "
        f"unmatched {records.unmatched}; log {log.size} of {log.leaves_expected} leaves, "
        f"cosigned {'✓' if log.witness_cosigned else '✗'}\n"
        + (
            "  失われた記録も重複もありません。/ Nothing lost, nothing doubled."
            if report.whole
            else "  ✗ 不一致 / disagreement"
        )
    )
