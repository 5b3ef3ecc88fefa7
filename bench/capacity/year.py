"""A year of inquiries, minute by minute: office hours, weekdays, months, chance; and what is left over at night.

Shares are relative; only the year's total is absolute. Where a source says more than "busy", the page names it; the
rest is assumption. The generator is seeded: the same assumptions give the same year.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

Minutes = NDArray[np.float64]
DAY: Final = 1_440
HOUR: Final = 60
SATURDAY: Final = 5

# 国民の祝日 of 2026 that are no weekend; 12-29 to 01-03: 行政機関の休日に関する法律1条.
_OFF: Final = (
    (1, (1, 2, 3, 12)), (2, (11, 23)), (3, (20,)), (4, (29,)), (5, (4, 5, 6)), (7, (20,)), (8, (11,)),
    (9, (21, 22, 23)), (10, (12,)), (11, (3, 23)), (12, (29, 30, 31)),
)  # fmt: skip
HOLIDAYS: Final = frozenset(date(2026, month, day) for month, days in _OFF for day in days)
SINGLES_BY_MONTH: Final = (0.9, 1.0, 1.5, 1.4, 1.0, 1.6, 1.1, 1.0, 0.8, 0.8, 0.8, 0.8)
BULK_BY_MONTH: Final = (0.5, 0.5, 1.0, 0.5, 1.0, 4.0, 2.0, 1.5, 0.5, 0.5, 0.5, 0.5)
OPEN_HOURS: Final = (
    *(0.1,) * 7, 0.5, 4.0, 11.0, 14.0, 14.0, 8.0, 12.0, 14.0, 12.0, 9.0, 5.0, 2.0, 1.0, *(0.4,) * 4,
)  # fmt: skip
CLOSED_HOURS: Final = (*(0.1,) * 8, *(1.0,) * 12, *(0.1,) * 4)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a year's inquiries lie. `closed`: a closed day against an open one; `*_spread`: sigma of a lognormal."""

    year: int = 2026
    singles_by_month: Sequence[float] = SINGLES_BY_MONTH
    bulk_by_month: Sequence[float] = BULK_BY_MONTH
    open_hours: Sequence[float] = OPEN_HOURS
    after_break: float = 1.25
    closed: float = 0.03
    quarter_spread: float = 0.15
    night_spread: float = 0.3
    bulk_from: int = 16
    """Jobs are handed in, evenly, from this hour on ..."""
    bulk_until: int = 20
    """... until this one."""
    seed: int = 1
    holidays: frozenset[date] = field(default=HOLIDAYS, repr=False)

    def days(self) -> list[date]:
        first = date(self.year, 1, 1)
        return [first + timedelta(days=each) for each in range((date(self.year + 1, 1, 1) - first).days)]

    def is_open(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.holidays


USUAL: Final = Profile()


@dataclass(frozen=True, slots=True)
class Year:
    """Inquiries that fall due in each minute."""

    singles: Minutes
    bulk: Minutes

    @property
    def peak_singles(self) -> float:
        """Singles a second in the busiest minute."""
        return float(self.singles.max()) / 60

    @property
    def peak_night(self) -> float:
        """Bulk inquiries of the busiest day."""
        return float(self.bulk.reshape(-1, DAY).sum(axis=1).max())


def simulate(singles: float, bulk: float, profile: Profile = USUAL) -> Year:
    """A year with so many inquiries, but for chance."""
    chance = np.random.default_rng(profile.seed)
    days = profile.days()
    weights = np.concatenate([_day(profile, each, days[place - 1 : place]) for place, each in enumerate(days)])
    quarters = chance.lognormal(0.0, profile.quarter_spread, len(weights) // 15)
    weights = weights * np.repeat(quarters, 15)
    nights = np.array([profile.bulk_by_month[each.month - 1] * profile.is_open(each) for each in days])
    nights = nights * chance.lognormal(0.0, profile.night_spread, len(days))
    hours = np.zeros(DAY)
    hours[profile.bulk_from * HOUR : profile.bulk_until * HOUR] = 1.0
    submitted = np.outer(_shared(nights, bulk), hours / hours.sum()).ravel()
    return Year(chance.poisson(_shared(weights, singles)).astype(np.float64), submitted)


def _shared(weights: Minutes, total: float) -> Minutes:
    shared: Minutes = weights / weights.sum() * total
    return shared


def _day(profile: Profile, day: date, before: Sequence[date]) -> Minutes:
    """Weights of the minutes of one day; the sum of an ordinary open day is 1."""
    month = profile.singles_by_month[day.month - 1]
    if not profile.is_open(day):
        return _shared(np.repeat(np.array(CLOSED_HOURS), HOUR), month * profile.closed)
    rested = not all(profile.is_open(each) for each in before)
    weight = month * (profile.after_break if rested else 1.0)
    return _shared(np.repeat(np.array(profile.open_hours), HOUR), weight)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at the end of each minute."""

    waiting: Minutes

    @property
    def most(self) -> float:
        return float(self.waiting.max())

    @property
    def longest_h(self) -> float:
        """The longest time, in hours, in which there was always something waiting."""
        busy = np.concatenate(([0], (self.waiting > 0.5).astype(int), [0]))
        turns = np.flatnonzero(np.diff(busy))
        return float((turns[1::2] - turns[::2]).max(initial=0)) / HOUR

    @property
    def left_at_eight(self) -> int:
        """Mornings on which something is still waiting at eight."""
        return int((self.waiting.reshape(-1, DAY)[:, 8 * HOUR] > 0.5).sum())


def backlog(arriving: Minutes, room: Minutes) -> Backlog:
    """A queue that takes up to `room` in each minute: W[n] = max(0, W[n-1] + arriving - room)."""
    sums = np.cumsum(arriving - room)
    return Backlog(sums - np.minimum(np.minimum.accumulate(sums), 0.0))


def room_for_bulk(year: Year, cores: float, cost_us: tuple[float, float], by_day: float, by_night: float) -> Minutes:
    """Bulk inquiries that fit in each minute beside the singles, which go first.

    `cost_us`: CPU of a single and of a bulk inquiry. Between 8 and 18 h the cores may be used up to `by_day`.
    """
    single_us, bulk_us = cost_us
    hour = np.arange(len(year.singles)) % DAY // HOUR
    use = np.where((hour >= 8) & (hour < 18), by_day, by_night)
    left: Minutes = np.maximum(0.0, cores * use * 60 * 1e6 - year.singles * single_us) / bulk_us
    return left
