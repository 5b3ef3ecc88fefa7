"""`renkei soak`: a network under load for long, while systems are killed, stopped and cut off by the luck of a seed.

In every round inquiries are asked while one system fails; it is mended, and all of them must end as they must. At the
end every copy, count and proof is compared, and it is told what each system's memory has become.
"""

import asyncio
import os
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Final

import msgspec

from renkei.sandbox.bodies import INTERFACES, INTERMEDIATES
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import CORE, system_plans
from renkei.sandbox.load import Load, whole
from renkei.sandbox.network import Network, Progress
from renkei.sandbox.proxy import CLEAR, Break, Proxy, Weather
from renkei.sandbox.report import LogReport, RecordsReport
from renkei.terms.bodies import SystemName

ROUND: Final = 50
"""Inquiries of a round."""
FRONTED: Final = (SystemName("interface-a"), CORE)
"""Systems whose line can break."""
_PATH: Final = (CORE, *INTERFACES[:2], *INTERMEDIATES)
"""Systems through which inquiries pass: they fail more often than those beside."""
_LONGEST_S: Final = 1.0
_CUT_S: Final = 5.0
_MINUTE_S: Final = 60.0
_MIB: Final = 1024


class Fault(Enum):
    """What happens to a system."""

    KILL = "kill"
    STOP = "stop"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault: for so long (CUT: until that many connections have broken)."""

    fault: Fault
    system: SystemName
    span_s: float
    breaks: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """When enough has been played: after the first of both."""

    minutes: float | None = None
    inquiries: int | None = None


class Memory(msgspec.Struct, frozen=True):
    """Resident memory of one system, MiB: at the end of the first round, of the last, and the most at any."""

    system: str
    first: int
    last: int
    peak: int


class SoakReport(msgspec.Struct, frozen=True):
    """What `renkei soak --json` prints. `whole`: nothing accepted is lost or doubled, and everything agrees."""

    seed: int
    elapsed_ms: int
    rounds: int
    inquiries: int
    faults: Mapping[str, int]
    records: RecordsReport
    log: LogReport
    memory: Sequence[Memory]
    whole: bool


def strikes(seed: int) -> Iterator[Strike]:
    """The faults of a seed, without end."""
    luck = Random(seed)  # noqa: S311  # faults, not secrets
    names = [*(plan.name for plan in system_plans()), *(_PATH * 2)]
    while True:
        fault = luck.choice(list(Fault))
        system = luck.choice(FRONTED if fault is Fault.CUT else names)
        yield Strike(fault, system, luck.uniform(0.0, _LONGEST_S), luck.randint(1, 3))


async def run_soak(bounds: Bounds, seed: int, size: Size, progress: Progress) -> SoakReport:
    """A network of its own in a temporary folder, the soak, and nothing left but what PostgreSQL was given."""
    with tempfile.TemporaryDirectory(prefix="renkei-soak-") as folder:
        async with prepared(Path(folder), size, progress) as (network, people):
            load = Load(network, people)
            progress("住民、符号、副本 / residents, codes, replicas")
            await load.prepare()
            return await Soak(network, load, seed, progress).run(bounds)


class Soak:
    """One run over one network that is loaded."""

    def __init__(self, network: Network, load: Load, seed: int, progress: Progress) -> None:
        self._network = network
        self._load = load
        self._seed = seed
        self._progress = progress
        self._proxies: dict[SystemName, Proxy] = {}
        self._faults: Counter[str] = Counter()
        self._memory: dict[str, Memory] = {}
        self._rounds = 0

    async def run(self, bounds: Bounds) -> SoakReport:
        """Rounds until it is enough, then the comparison."""
        loop = asyncio.get_running_loop()
        begun, already = loop.time(), self._load.accepted
        told = begun
        async with AsyncExitStack() as stack:
            for name in FRONTED:
                proxy = await stack.enter_async_context(Proxy.before(self._network, name, self._seed))
                self._proxies[name] = proxy
            for strike in strikes(self._seed):
                await self._round(strike)
                if loop.time() - told >= _MINUTE_S:
                    told = loop.time()
                    self._tell(told - begun, already)
                if _enough(bounds, loop.time() - begun, self._load.accepted - already):
                    break
        report = await self._load.settle()
        return SoakReport(
            seed=self._seed,
            elapsed_ms=round((loop.time() - begun) * 1_000),
            rounds=self._rounds,
            inquiries=self._load.accepted - already,
            faults=dict(self._faults),
            records=report.records,
            log=report.log,
            memory=list(self._memory.values()),
            whole=whole(self._load, report),
        )

    async def _round(self, strike: Strike) -> None:
        planned = self._load.plan(ROUND)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._load.ask(planned))
            async with self._broken(strike):
                await asyncio.sleep(strike.span_s)
        await self._load.ended(planned)
        self._faults[strike.fault.value] += 1
        self._rounds += 1
        self._weigh()

    @asynccontextmanager
    async def _broken(self, strike: Strike) -> AsyncIterator[None]:
        """The system fails inside, and is mended after."""
        match strike.fault:
            case Fault.KILL:
                await self._network.kill(strike.system)
                yield
                await self._network.start(strike.system)
            case Fault.STOP:
                pid = self._network.state.systems[strike.system].pid
                os.kill(pid, signal.SIGSTOP)
                try:
                    yield
                finally:
                    os.kill(pid, signal.SIGCONT)
            case Fault.CUT:
                async with self._cut(self._proxies[strike.system], strike.breaks):
                    yield

    @asynccontextmanager
    async def _cut(self, proxy: Proxy, breaks: int) -> AsyncIterator[None]:
        wanted = proxy.broken + breaks
        await proxy.change(Weather(breaks=Break.CUT))
        yield
        try:
            async with asyncio.timeout(_CUT_S):
                await proxy.until_broken(wanted)
        except TimeoutError:
            pass  # everything was said before so many connections broke
        await proxy.change(CLEAR)

    def _weigh(self) -> None:
        for name, info in self._network.state.systems.items():
            now = resident_mib(info.pid)
            seen = self._memory.get(name, Memory(name, now, now, now))
            self._memory[name] = Memory(name, seen.first, now, max(seen.peak, now))

    def _tell(self, elapsed_s: float, already: int) -> None:
        faults = ", ".join(f"{name} {times}" for name, times in sorted(self._faults.items()))
        largest = max(self._memory.values(), key=lambda each: each.last)
        self._progress(
            f"{elapsed_s / _MINUTE_S:.0f} min: {self._load.accepted - already} 照会 inquiries; {faults}; "
            f"{largest.system} {largest.last} MiB"
        )


def _enough(bounds: Bounds, elapsed_s: float, inquiries: int) -> bool:
    by_time = bounds.minutes is not None and elapsed_s >= bounds.minutes * _MINUTE_S
    return by_time or (bounds.inquiries is not None and inquiries >= bounds.inquiries)


def resident_mib(pid: int) -> int:
    """Resident memory of a process, MiB; 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // _MIB for line in lines if line.startswith("VmRSS:")), 0)
