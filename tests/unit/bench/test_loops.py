"""Loads against a server in a time that passes only when everybody waits."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bench.loops import Sample, Span, closed, open_
from bench.stats import percentiles, steady


class Waiting(selectors.DefaultSelector):
    """Instead of waiting for a time it lets that time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed += timeout or 0.0
        return super().select(0)


def timed(load: Callable[[], Coroutine[Any, Any, Sample]], waiting: Waiting | None = None) -> Sample:
    waiting = waiting or Waiting()
    loop = asyncio.SelectorEventLoop(waiting)
    loop.time = lambda: waiting.passed  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(load())
    finally:
        loop.close()


class Server:
    """One thing after the other, each so long; at `stalls_at` it does nothing for `stall_s`."""

    def __init__(self, takes_s: float, stalls_at: float = 1e9, stall_s: float = 0.0) -> None:
        self.takes_s, self.stalls_at, self.stall_s = takes_s, stalls_at, stall_s
        self.turn = asyncio.Lock()

    async def __call__(self, _: int) -> int:
        async with self.turn:
            if asyncio.get_running_loop().time() >= self.stalls_at:
                self.stalls_at = 1e9
                await asyncio.sleep(self.stall_s)
            await asyncio.sleep(self.takes_s)
        return 1


ARRIVALS = steady(rate=100, seconds=10)


def open_load(server: Server, warm_s: float = 0.0) -> Sample:
    return timed(lambda: open_(server, ARRIVALS, Span(warm_s, 10 - warm_s)))


def test_an_open_load_counts_each_latency_from_when_it_was_due() -> None:
    shares = percentiles(open_load(Server(0.001)).latencies)
    assert shares["p50"] == pytest.approx(0.001)
    assert shares["max"] == pytest.approx(0.001, abs=1e-6)


def test_a_server_that_stalls_shows_in_the_percentiles_of_an_open_load() -> None:
    shares = percentiles(open_load(Server(0.001, stalls_at=5.0, stall_s=1.0)).latencies)
    # One second of ten: those due in it waited from nothing up to a second, and a hundred of a thousand did.
    assert shares["p50"] == pytest.approx(0.001)
    assert 0.05 < shares["p90"] < 0.2
    assert 0.85 < shares["p99"] < 1.01
    assert shares["max"] == pytest.approx(1.001)


def test_a_generator_that_is_held_up_says_so_and_still_counts_from_when_it_was_due() -> None:
    waiting = Waiting()

    async def holds_everybody_up(number: int) -> int:
        waiting.passed += 1.0 if number == 500 else 0.0
        return 1

    sample = timed(lambda: open_(holds_everybody_up, ARRIVALS, Span(0.0, 10)), waiting)
    assert percentiles(sample.latencies)["p99"] == pytest.approx(0.9, abs=0.02)
    assert percentiles(sample.lags)["max"] == pytest.approx(0.99)


def test_the_same_stall_hides_in_a_closed_load() -> None:
    sample = timed(lambda: closed(Server(0.01, stalls_at=5.0, stall_s=1.0), 1, Span(0.0, 10)))
    shares = percentiles(sample.latencies)
    assert shares["p99"] == pytest.approx(0.01)
    assert shares["max"] == pytest.approx(1.01)


def test_a_server_that_is_too_slow_is_seen_to_fall_behind() -> None:
    sample = timed(lambda: open_(Server(0.02), ARRIVALS, Span(0.0, 10, drain_s=2.0)))
    assert sample.rate == pytest.approx(50, rel=0.02)
    assert sample.unfinished == pytest.approx(400, abs=3)
    assert percentiles(sample.latencies)["max"] > 5


def test_what_comes_before_the_measured_seconds_is_not_counted() -> None:
    marks: list[str] = []
    span = Span(4.0, 6.0, 1.0, lambda: marks.append("begins"), lambda: marks.append("ends"))
    sample = timed(lambda: open_(Server(0.001, stalls_at=1.0, stall_s=1.0), ARRIVALS, span))
    assert sample.requests == 600
    assert percentiles(sample.latencies)["max"] == pytest.approx(0.001, abs=1e-6)
    assert marks == ["begins", "ends"]


def test_a_closed_load_keeps_so_many_under_way() -> None:
    sample = timed(lambda: closed(Server(0.01), 8, Span(1.0, 9)))
    assert sample.rate == pytest.approx(100, rel=0.01)
    assert percentiles(sample.latencies)["p50"] == pytest.approx(0.08)


def test_a_server_slower_than_the_measured_seconds_has_a_rate_all_the_same() -> None:
    ends: list[float] = []
    span = Span(0.0, 2, ends=lambda: ends.append(asyncio.get_running_loop().time()))
    sample = timed(lambda: closed(Server(5.0), 8, span))
    assert sample.rate == pytest.approx(0.2)
    assert sample.seconds == pytest.approx(40)
    assert ends == pytest.approx([2, 40])


def test_failures_are_counted_by_name_and_never_as_done() -> None:
    async def fails(number: int) -> int:
        await asyncio.sleep(0.01)
        if number % 2:
            raise ValueError(f"number {number}")
        return 1

    sample = timed(lambda: open_(fails, ARRIVALS, Span(0.0, 10)))
    assert sample.errors == {"ValueError": 500}
    assert sample.requests == 500
    assert sample.examples[0] == "ValueError: number 1"
    assert len(sample.examples) == 5


def test_what_is_told_is_in_milliseconds() -> None:
    told: dict[str, Any] = open_load(Server(0.002)).told()
    assert told["latency_ms"]["p50"] == pytest.approx(2.0)
    assert told["rate"] == pytest.approx(100, rel=0.01)
