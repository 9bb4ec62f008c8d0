"""Counts of unlike units: each kind is a distribution of whole numbers with the mean and the variance that it says."""

import numpy as np
import pytest
from scipy.special import gammaln

from saleslab.stats.count_kinds import Kind, chance_up_to, group_units, weigh_means

COUNTS = np.arange(500)


def chances(kind: Kind, mean: float, extra: float) -> np.ndarray:
    each = [weigh_means(group_units([y], [1.0]), np.log([mean]), kind, extra)[0] for y in COUNTS]
    return np.exp(np.array(each) - gammaln(COUNTS + 1))


@pytest.mark.parametrize("kind", list(Kind))
def test_chances_of_all_counts_add_up_to_their_mean_and_variance(kind):
    told, extra = chances(kind, 4.0, 0.5), 0.0 if kind is Kind.POISSON else 0.5
    mean = told @ COUNTS
    assert told.sum() == pytest.approx(1, abs=1e-4)
    assert mean == pytest.approx(4, rel=1e-3)
    assert told @ (COUNTS - mean) ** 2 == pytest.approx(4 + extra * 16, rel=5e-3)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_distribution_function_is_the_sum_of_the_chances(kind):
    up_to = chance_up_to(COUNTS[:30].astype(float), np.full(30, 4.0), kind, 0.5)
    assert up_to == pytest.approx(np.cumsum(chances(kind, 4.0, 0.5))[:30], abs=2e-4)
    assert chance_up_to(np.array([-1.0]), np.array([4.0]), kind, 0.5) == [0.0]


@pytest.mark.parametrize("kind", [Kind.GAMMA, Kind.LOG_NORMAL])
def test_without_spread_each_kind_is_poisson(kind):
    units = group_units([0, 3, 9, 400], [1, 0.5, 2, 100])
    line = np.log([2.0, 4.0, 6.0])
    assert weigh_means(units, line, kind, 1e-8) == pytest.approx(weigh_means(units, line, Kind.POISSON, 0.0), abs=1e-3)


def test_of_very_many_units_exposures_that_are_nearly_alike_are_put_together():
    rng = np.random.default_rng(3)
    exposures, counts = rng.uniform(0.5, 1.5, 20_000), rng.poisson(2, 20_000)
    units = group_units(counts, exposures)
    assert len(units.counts) < 1_500
    assert (units.n, units.total) == (20_000, counts.sum())
    assert units.exposure == pytest.approx(exposures.sum(), rel=1e-12)
