"""Two ways of loading a system: as many at once as asked (closed), or by a schedule that waits for nobody (open).

An open loop counts each latency from the moment at which the request was due, not from when it was sent: a server that
stalls for a second shows a second in everything that fell due meanwhile. A closed loop would hide it, since its callers
wait with it; it finds the highest load, and no more.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.stats import percentiles

Operate = Callable[[int], Awaitable[int]]
"""One request: its number in, how many things were done out. Whatever it raises is counted by name as an error."""
_KEPT: Final = 5


@dataclass(slots=True)
class Sample:
    """What one run saw. Latencies in seconds; `done` within `seconds`, both without the warm-up."""

    seconds: float = 0.0
    done: int = 0
    requests: int = 0
    latencies: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    """Open loop: how late the generator itself sent. Where this is not small the run says nothing."""
    errors: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    """The first few errors in words."""
    requests_done: int = 0
    """Requests that ended within `seconds`."""
    late: int = 0
    """Things done after them."""
    unfinished: int = 0
    """Open loop: due, and still not answered when the waiting ended."""

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0

    def failed(self, error: BaseException) -> None:
        self.errors[type(error).__name__] += 1
        if len(self.examples) < _KEPT:
            self.examples.append(f"{type(error).__name__}: {error}")

    def told(self) -> dict[str, object]:
        """For JSON: milliseconds."""
        return {
            "rate": self.rate,
            "seconds": self.seconds,
            "done": self.done,
            "requests": self.requests,
            "latency_ms": {name: value * 1e3 for name, value in percentiles(self.latencies).items()},
            "lag_ms": {name: value * 1e3 for name, value in percentiles(self.lags).items()},
            "errors": dict(self.errors),
            "examples": self.examples,
            "unfinished": self.unfinished,
        }


@dataclass(frozen=True, slots=True)
class Span:
    """How long, and who is told when the measured part begins and ends (to read the processes' clocks)."""

    warm_s: float
    seconds: float
    drain_s: float = 30.0
    """Open loop: how long to wait at the end for what is still under way."""
    begins: Callable[[], None] = lambda: None
    """Once."""
    ends: Callable[[], None] = lambda: None
    """At the end, and once more where the measured part had to be longer."""


async def closed(operate: Operate, at_once: int, span: Span) -> Sample:
    """Always `at_once` under way."""
    sample, now = Sample(seconds=span.seconds), asyncio.get_running_loop().time
    begin = now() + span.warm_s
    end = begin + span.seconds
    numbers = iter(range(2**62))

    async def keep() -> None:
        while (sent := now()) < end:
            await _one(operate, next(numbers), sample, Due(sent, begin, end))

    marks = asyncio.create_task(_marks(span, begin, end))
    await asyncio.gather(*(keep() for _ in range(at_once)))
    await marks
    if sample.requests_done < at_once:
        # Not one round of all callers ended in time: then it counts until all that were under way have ended.
        sample.done, sample.seconds = sample.done + sample.late, now() - begin
        span.ends()
    return sample


async def open_(operate: Operate, offsets: Sequence[float], span: Span) -> Sample:
    """One request at each offset (seconds from the start, warm-up included), whatever became of those before."""
    sample, now = Sample(seconds=span.seconds), asyncio.get_running_loop().time
    start = now()
    begin, end = start + span.warm_s, start + span.warm_s + span.seconds
    under_way: set[asyncio.Task[None]] = set()
    marks = asyncio.create_task(_marks(span, begin, end))
    for number, offset in enumerate(offsets):
        due = start + offset
        if (wait := due - now()) > 0:
            await asyncio.sleep(wait)
        if due >= begin:
            sample.lags.append(now() - due)
        task = asyncio.create_task(_one(operate, number, sample, Due(due, begin, end)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await marks
    if under_way:
        await asyncio.wait(under_way, timeout=span.drain_s)
    sample.unfinished = len(under_way)
    left = list(under_way)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return sample


@dataclass(frozen=True, slots=True)
class Due:
    """When a request was due, and between when it counts."""

    at: float
    begin: float
    end: float


async def _one(operate: Operate, number: int, sample: Sample, due: Due) -> None:
    try:
        done = await operate(number)
    except Exception as error:  # noqa: BLE001 - counted by name; the load goes on as a crowd of clients would
        sample.failed(error)
        await asyncio.sleep(0)
        return
    ended = asyncio.get_running_loop().time()
    if due.begin <= ended < due.end:
        sample.done += done
        sample.requests_done += 1
    elif ended >= due.end:
        sample.late += done
    if due.begin <= due.at < due.end:
        sample.requests += 1
        sample.latencies.append(ended - due.at)


async def _marks(span: Span, begin: float, end: float) -> None:
    now = asyncio.get_running_loop().time
    await asyncio.sleep(begin - now())
    span.begins()
    await asyncio.sleep(end - now())
    span.ends()
