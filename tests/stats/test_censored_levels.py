"""Durations that have not ended count as longer than seen."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import fit_censored_levels


def plant(rng, middles, n=200):
    groups = np.repeat(np.arange(len(middles)), n)
    days = np.exp(np.asarray(middles)[groups] + 0.7 * rng.standard_normal(len(groups)))
    cut = rng.uniform(20, 120, len(groups))
    return np.minimum(days, cut), days <= cut, groups


def test_planted_levels_and_spread_are_found_though_a_third_has_not_ended():
    days, ended, groups = plant(np.random.default_rng(1), [3.0, 3.5, 4.0])
    fit = fit_censored_levels(days, ended, groups)
    assert 0.2 < 1 - ended.mean() < 0.5
    assert fit.middles == pytest.approx([3.0, 3.5, 4.0], abs=0.12)
    assert fit.spread == pytest.approx(0.7, abs=0.06)
    assert ((np.bincount(groups, ended) < fit.told) & (fit.told < 200)).all()


def test_it_is_the_maximum_of_the_likelihood():
    days, ended, groups = plant(np.random.default_rng(2), [3.0, 3.8], n=30)

    def loss(at):
        score = (np.log(days) - at[groups]) / np.exp(at[2])
        return -np.where(ended, norm.logpdf(score) - at[2], norm.logsf(score)).sum()

    best = minimize(
        loss, [3.0, 3.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4_000}
    )
    fit = fit_censored_levels(days, ended, groups)
    assert [*fit.middles, np.log(fit.spread)] == pytest.approx(best.x, abs=1e-4)


def test_groups_in_which_nothing_ended_say_nothing():
    days, ended, groups = plant(np.random.default_rng(3), [3.0, 3.0], n=30)
    fit = fit_censored_levels(np.r_[days, 5.0], np.r_[ended, False], np.r_[groups, 9])
    assert fit.groups.tolist() == [0, 1]


def test_what_is_no_duration_is_refused():
    with pytest.raises(BadArgument, match=r"1 of 3 durations are not above 0(.|\n)*Next: give one of each; half a day"):
        fit_censored_levels([1, 0, 2], [True] * 3, [0] * 3)
    with pytest.raises(NotEnoughData, match=r"3 have ended; 8 are needed(.|\n)*wait for more"):
        fit_censored_levels([1, 2, 3], [True] * 3, [0] * 3)
