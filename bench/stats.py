"""Percentiles, medians, spreads and arrival schedules: arithmetic only."""

import math
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SHOWN: Final = (50.0, 90.0, 99.0, 99.9, 100.0)
"""The percentiles that reports show; the last is the maximum."""


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` per cent of the ordered values do not exceed (nearest rank)."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """`p50`, `p90`, `p99`, `p99.9` and `max`, in the unit of the values; empty where there are none."""
    ordered = sorted(values)
    names = {share: "max" if share == SHOWN[-1] else f"p{share:g}" for share in SHOWN}
    return {name: percentile(ordered, share) for share, name in names.items()} if ordered else {}


@dataclass(frozen=True, slots=True)
class Spread:
    """Several runs of the same thing."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def share(self) -> float:
        """(highest - lowest) / median: how far the runs lie apart."""
        return (max(self.runs) - min(self.runs)) / self.median if self.median else 0.0


def poisson(rate: float, seconds: float, seed: int = 1) -> list[float]:
    """Arrival times in seconds from the start: `rate` a second on average, independent of each other."""
    rng = random.Random(seed)
    arrivals: list[float] = []
    at = rng.expovariate(rate)
    while at < seconds:
        arrivals.append(at)
        at += rng.expovariate(rate)
    return arrivals


def steady(rate: float, seconds: float) -> list[float]:
    """Arrival times at equal distances."""
    return [place / rate for place in range(int(rate * seconds))]
