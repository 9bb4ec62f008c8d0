"""Rates that differ from period to period: planted spreads are found, and the grid is as fine as it needs to be."""

import numpy as np
import pytest
from scipy.special import expit, logit

from saleslab.errors import BadArgument
from saleslab.stats import level_grids, varying_rates, weigh_varying_rates

CASES = [
    ([30] * 12, [100] * 12),
    ([15, 45] * 6, [100] * 12),
    ([0] * 12, [5] * 12),
    ([0] * 11 + [1], [1_000] * 12),
    ([300_000 + 1_000 * month for month in range(12)], [1_000_000] * 12),
    ([20] * 36, [20] * 36),
    ([1, 0, 2] * 12, [3] * 36),
]


def spread_of(rates):
    return rates.grid.average(rates.grid.spreads[:, None] + 0 * rates.means)


def test_a_planted_spread_and_level_are_found():
    rng = np.random.default_rng(4)
    k = rng.binomial(2_000, expit(logit(0.2) + 0.4 * rng.standard_normal(60)))
    rates = weigh_varying_rates(k, [2_000] * 60)
    assert spread_of(rates) == pytest.approx(0.4, abs=0.08)
    assert rates.mean == pytest.approx(0.21, abs=0.02)


@pytest.mark.parametrize(("k", "n"), CASES)
def test_a_grid_many_times_as_fine_says_the_same(k, n, monkeypatch):
    rates = weigh_varying_rates(k, n)
    said = [rates.mean, rates.grid.deviate(rates.means), spread_of(rates), rates.chance_at_least(25, 100)]
    monkeypatch.setattr(level_grids, "_N_LEVELS", 301)
    monkeypatch.setattr(level_grids, "_N_SPREADS", 61)
    monkeypatch.setattr(level_grids, "_NEGLIGIBLE", 25.0)
    monkeypatch.setattr(varying_rates, "_N_NODES", 31)
    monkeypatch.setattr(varying_rates, "_N_LUCK", 200)
    fine = weigh_varying_rates(k, n)
    expected = [fine.mean, fine.grid.deviate(fine.means), spread_of(fine), fine.chance_at_least(25, 100)]
    assert said[:3] == pytest.approx(expected[:3], rel=6e-3)
    assert said[3] == pytest.approx(expected[3], abs=5e-4)


def test_means_and_centres_are_inverse_to_each_other():
    spreads = np.array([0.01, 0.3, 1.0, 2.0])
    for rate in (0.001, 0.3, 0.97):
        centres = varying_rates.centre_rates(rate, spreads)
        assert varying_rates.average_rates(centres, spreads) == pytest.approx(rate, rel=1e-6)


def test_draws_have_the_mean_and_spread_of_the_grid():
    rng = np.random.default_rng(1)
    rates = weigh_varying_rates([9, 14, 11, 8, 15, 12], [40] * 6)
    drawn = expit(rates.draw_logits(rng.random(40_000), rng.random(40_000), rng.standard_normal((40_000, 1))))
    assert drawn.mean() == pytest.approx(rates.mean, abs=2e-3)
    known = expit(
        rates.draw_logits(rng.random(40_000), rng.random(40_000), rng.standard_normal((40_000, 1)), level=0.5)
    )
    assert known.mean() == pytest.approx(0.5, abs=3e-3)
    assert known.std() < drawn.std() * 1.2


def test_periods_that_do_not_fit_are_refused():
    with pytest.raises(
        BadArgument, match=r"2 of 3 periods(.|\n)*Next: give whole counts with 0 <= successes <= trials"
    ):
        weigh_varying_rates([5, -1, 3], [4, 4, 4])
