"""Draws of true values agree with the pooled intervals of each member, and hold a function of all of them."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.estimate_draws import draw_true_values
from saleslab.stats.estimates import pool_estimates

Y, S = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
"""The eight schools (Rubin 1981)."""


def test_each_member_has_the_mean_and_range_of_the_pooled_estimates():
    drawn = draw_true_values(Y, S, n_draws=40_000, seed=1)
    for member, values in zip(pool_estimates(Y, S, mass=0.9).members, drawn.T, strict=True):
        assert values.mean() == pytest.approx(member.estimate, abs=0.25)
        assert np.quantile(values, 0.95) == pytest.approx(member.high, abs=0.5)


def test_a_quantile_over_members_is_held_nine_times_in_ten():
    held = 0
    for seed in range(200):
        lot = np.random.default_rng(seed)
        truth = lot.normal(0, 1, 20)
        drawn = draw_true_values(lot.normal(truth, 1), np.ones(20), n_draws=1_000, seed=seed)
        low, high = np.quantile(np.quantile(drawn, 0.75, axis=1), [0.05, 0.95])
        held += low <= np.quantile(truth, 0.75) <= high
    assert 168 <= held <= 196


def test_the_same_seed_gives_the_same_draws_and_wrong_input_is_refused():
    one = draw_true_values(Y, S, n_draws=50, seed=3)
    np.testing.assert_array_equal(one, draw_true_values(Y, S, n_draws=50, seed=3))
    with pytest.raises(NotEnoughData, match=r"(?s)2 estimates cannot say.*Next: wait for at least 3"):
        draw_true_values(Y[:2], S[:2], n_draws=5, seed=1)
    with pytest.raises(BadArgument, match=r"(?s)8 estimates and 7 errors.*Next: give one standard error"):
        draw_true_values(Y, S[:7], n_draws=5, seed=1)
