"""The benchmark's arithmetic."""

import math
from itertools import pairwise

import pytest

from bench.stats import Spread, percentile, percentiles, poisson, steady


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.5, 1.0), (1, 1.0), (1.5, 2.0), (50, 50.0), (50.5, 51.0), (99, 99.0), (99.9, 100.0), (100, 100.0)],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, value: float) -> None:
    assert percentile([float(each) for each in range(1, 101)], share) == value


def test_percentiles_are_of_the_ordered_values_and_end_with_the_largest() -> None:
    assert percentiles([3.0, 1.0, 2.0]) == {"p50": 2.0, "p90": 3.0, "p99": 3.0, "p99.9": 3.0, "max": 3.0}


def test_nothing_measured_has_no_percentiles() -> None:
    assert percentiles([]) == {}
    assert math.isnan(percentile([], 50))


def test_a_spread_is_how_far_the_runs_lie_apart_for_their_median() -> None:
    spread = Spread((90.0, 100.0, 130.0))
    assert (spread.median, spread.share) == (100.0, 0.4)
    assert Spread((5.0,)).share == 0.0


def test_poisson_arrivals_come_at_the_rate_and_at_random() -> None:
    arrivals = poisson(rate=100, seconds=100, seed=7)
    gaps = [after - before for before, after in pairwise(arrivals)]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < 100
    assert 9_600 < len(arrivals) < 10_400
    # Of independent arrivals a share of 1 - 1/e follows within the mean gap; of steady ones all or none would.
    assert 0.60 < sum(gap < 0.01 for gap in gaps) / len(gaps) < 0.66


def test_a_schedule_is_the_same_for_the_same_seed_alone() -> None:
    assert poisson(10, 5, seed=1) == poisson(10, 5, seed=1) != poisson(10, 5, seed=2)


def test_steady_arrivals_come_at_equal_distances() -> None:
    assert steady(rate=4, seconds=1) == [0.0, 0.25, 0.5, 0.75]
