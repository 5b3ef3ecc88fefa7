"""Load on the whole path: inquiries of line systems through both interfaces to the provider and back.

    python -m bench.load --fresh --residents 500 --mode singles --at-once 64 --seconds 10
    python -m bench.load --sandbox DIR --mode singles --rate 1000 --seconds 20
    python -m bench.load --sandbox DIR --mode bulk --list 500 --at-once 8

Without `--rate` the load is closed: `--at-once` requests always under way. With it the load is open: requests fall due
by a Poisson schedule, and latency counts from then. Every inquiry must come back provided, with content; anything else
is an error. The sandbox is built and stopped by `--fresh`; `--sandbox` leaves it running, and starts it if it is down.
CPU seconds and memory of each system are those of the measured seconds, with everything that the system started.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import uvloop

from bench import whole
from bench.loops import Operate, Sample, Span, closed, open_
from bench.procs import Cost, Watch
from bench.stats import poisson
from renkei.sandbox.build import Size
from renkei.sandbox.layout import SandboxFile
from renkei.sandbox.network import Network
from renkei.sandbox.up import bring_up

GENERATOR = "(this generator)"


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What load. `rate` is in inquiries a second; None: closed."""

    mode: str = "singles"
    at_once: int = 64
    seconds: float = 10.0
    warm_s: float = 3.0
    rate: float | None = None
    list_size: int = 500
    seed: int = 1
    connections: int = 128
    """Of an open load, made before it begins; when all are busy, what falls due waits, and the waiting counts."""

    @property
    def kept(self) -> int:
        """How many connections there are."""
        return self.connections if self.rate else self.at_once

    @property
    def size(self) -> int:
        return self.list_size if self.mode == "bulk" else 1


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it."""

    sample: Sample
    costs: dict[str, Cost]

    @property
    def cpu_us(self) -> dict[str, float]:
        """CPU microseconds per inquiry, by system."""
        done = self.sample.done
        return {name: cost.cpu_s * 1e6 / done if done else 0.0 for name, cost in self.costs.items()}

    def told(self) -> dict[str, object]:
        costs = {name: dataclasses.asdict(cost) | {"cpu_us": self.cpu_us[name]} for name, cost in self.costs.items()}
        return self.sample.told() | {"systems": costs}


def progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


async def under(operate: Operate, wanted: Wanted, roots: Mapping[str, Iterable[int]]) -> Loaded:
    """Load whatever `operate` asks, and watch these processes and this one meanwhile."""
    watch = Watch({**roots, GENERATOR: [os.getpid()]})
    span = Span(wanted.warm_s, wanted.seconds, max(5.0, 2 * wanted.seconds), watch.start, watch.stop)
    if wanted.rate:
        due = poisson(wanted.rate / wanted.size, wanted.warm_s + wanted.seconds, wanted.seed)
        sample = await open_(operate, due, span)
    else:
        sample = await closed(operate, wanted.at_once, span)
    return Loaded(sample, watch.costs)


async def load(state: SandboxFile, wanted: Wanted) -> Loaded:
    """Load a running sandbox."""
    offices = whole.offices(state, wanted.kept)
    try:
        await offices.warm(wanted.kept)
        roots = {name: [info.pid] for name, info in state.systems.items() if info.pid}
        return await under(offices.lists_of(wanted.size), wanted, roots)
    finally:
        offices.close()


@contextlib.asynccontextmanager
async def sandbox(folder: Path | None, size: Size) -> AsyncIterator[SandboxFile]:
    """A running network: that of a folder, left running; or a new one, stopped and removed at the end."""
    with contextlib.ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="renkei-bench-"))) / "net"
        state = await bring_up(where, size, progress)
        try:
            yield state
        finally:
            if folder is None:
                async with Network.attach(where) as network:
                    await network.down()


def show(loaded: Loaded, wanted: Wanted) -> None:
    sample, told = loaded.sample, loaded.sample.told()
    how = f"open, {wanted.rate:g}/s" if wanted.rate else f"closed, {wanted.at_once} at once"
    print(f"{wanted.mode} ({how}, lists of {wanted.size}): {sample.rate:,.0f} inquiries/s over {sample.seconds:g} s")
    for name, title in (("latency_ms", "latency per request, ms"), ("lag_ms", "generator's own lag, ms")):
        if shares := told[name]:
            assert isinstance(shares, dict)
            print(f"  {title}: " + "  ".join(f"{share} {value:.1f}" for share, value in shares.items()))
    print(f"  errors: {dict(sample.errors) or 'none'}; unfinished: {sample.unfinished}")
    for example in sample.examples:
        print(f"    {example}")
    print(f"  {'system':<32} {'CPU s':>7} {'cores':>6} {'µs/inquiry':>11} {'RSS MiB':>8} {'peak':>6} {'procs':>5}")
    for name, cost in sorted(loaded.costs.items(), key=lambda each: -each[1].cpu_s):
        print(
            f"  {name:<32} {cost.cpu_s:>7.2f} {cost.cpu_s / sample.seconds:>6.2f} {loaded.cpu_us[name]:>11.1f}"
            f" {cost.rss / 2**20:>8.0f} {cost.peak / 2**20:>6.0f} {cost.processes:>5}"
        )
    total = sum(cost.cpu_s for cost in loaded.costs.values())
    print(f"  {'all':<32} {total:>7.2f} {total / sample.seconds:>6.2f} {sum(loaded.cpu_us.values()):>11.1f}")


async def run(options: argparse.Namespace, wanted: Wanted) -> Loaded:
    async with sandbox(options.sandbox, Size(options.residents, options.store)) as state:
        progress(f"loading for {wanted.warm_s:g} + {wanted.seconds:g} s")
        return await load(state, wanted)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--sandbox", type=Path, help="a folder of `renkei sandbox up`; made there if it is not yet one")
    where.add_argument("--fresh", action="store_true", help="a new sandbox, removed afterwards")
    parser.add_argument("--residents", type=int, default=500, help="of a new sandbox")
    parser.add_argument("--store", help="PostgreSQL of a new sandbox: a URL with {system} in it; databases must exist")
    parser.add_argument("--mode", choices=("singles", "bulk"), default="singles")
    parser.add_argument("--at-once", type=int, default=64, help="requests under way (closed)")
    parser.add_argument("--rate", type=float, help="inquiries per second (open)")
    parser.add_argument("--list", type=int, default=500, dest="list_size", help="inquiries per request in bulk")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--warm", type=float, default=3.0, help="seconds before the measured ones")
    parser.add_argument("--seed", type=int, default=1, help="of the schedule")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    return parser.parse_args()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = arguments()
    wanted = Wanted(
        options.mode, options.at_once, options.seconds, options.warm, options.rate, options.list_size, options.seed
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loaded = runner.run(run(options, wanted))
    if options.as_json:
        print(json.dumps({"v": 1, "wanted": dataclasses.asdict(wanted), **loaded.told()}))
    else:
        show(loaded, wanted)


if __name__ == "__main__":
    main()
