"""Means of rows that come in clusters: the interval keeps its promise where rows of a cluster share their luck."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import average_clusters
from saleslab.stats.calibration import average_rows


def held(n_clusters, *, shared, mass=0.9, n_trials=2_000, seed=4):
    """Share of trials whose interval holds the mean that was planted (0), for clusters of 8 to 16 rows."""
    lot = np.random.default_rng(seed)
    inside = 0
    for _ in range(n_trials):
        sizes = lot.integers(8, 17, n_clusters)
        which = np.repeat(np.arange(n_clusters), sizes)
        values = shared * lot.normal(size=n_clusters)[which] + lot.normal(size=len(which))
        found = average_clusters(values, which, mass=mass)
        inside += found.low <= 0 <= found.high
    return inside / n_trials


@pytest.mark.parametrize("n_clusters", [5, 9, 20])
@pytest.mark.parametrize("shared", [0.0, 0.5, 2.0])
def test_the_interval_holds_the_mean_as_often_as_it_says(n_clusters, shared):
    assert held(n_clusters, shared=shared) == pytest.approx(0.9, abs=0.03)


def test_rows_taken_for_apart_would_promise_too_much():
    lot = np.random.default_rng(4)
    inside = 0
    for _ in range(500):
        values = np.repeat(lot.normal(size=9), 12) + lot.normal(size=108)
        found = average_rows(values)
        inside += found.low <= 0 <= found.high
    assert inside / 500 < 0.7


def test_clusters_of_one_row_are_rows_apart():
    values = np.random.default_rng(1).normal(size=400)
    one, other = average_clusters(values, np.arange(400)), average_rows(values)
    assert one.estimate == other.estimate
    assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.01)


def test_names_and_order_of_clusters_change_nothing():
    values = np.arange(12.0) ** 2
    which = np.repeat(["a", "b", "c"], 4)
    order = np.random.default_rng(2).permutation(12)
    one, other = average_clusters(values, which), average_clusters(values[order], np.char.upper(which[order]))
    assert (one.estimate, one.low, one.high) == pytest.approx((other.estimate, other.low, other.high))


def test_one_cluster_and_broken_values_are_refused():
    with pytest.raises(NotEnoughData, match="1 clusters do not say(.|\n)*Next: give at least two clusters"):
        average_clusters([1.0, 2.0], ["a", "a"])
    with pytest.raises(BadArgument, match="2 values, 1 of them not finite, and 2 clusters"):
        average_clusters([1.0, np.nan], ["a", "b"])
