"""Weighted draws have the moments of the posterior, say what they are worth, and refuse where that is nothing."""

import numpy as np
import pytest

from saleslab.errors import SamplingFailed
from saleslab.stats.importance import WeightedDraws, draw_weighted


def log_gammas(at):
    """Return the log density of the logarithms of Gamma(2) and Gamma(9): skewed, with known moments."""
    return float(2 * at[0] - np.exp(at[0]) + 9 * at[1] - np.exp(at[1]))


def test_moments_of_a_skewed_posterior_are_found():
    from scipy.special import polygamma, psi

    shapes = np.array([2.0, 9.0])
    found = draw_weighted(log_gammas, np.log(shapes), np.diag(1 / shapes), n_draws=6_000, seed=1)
    error = np.sqrt(polygamma(1, shapes) / found.ess)
    assert found.ess_share > 0.8
    assert (np.abs(found.mean - psi(shapes)) < 3 * error).all()
    assert np.diag(found.covariance) == pytest.approx(polygamma(1, shapes), rel=0.1)


def test_a_bent_posterior_keeps_most_draws():
    def banana(at):
        return float(-(at[0] ** 2) / 2 - (at[1] - at[0] ** 2 / 2) ** 2 / 0.5)

    found = draw_weighted(banana, np.zeros(2), np.diag([1.0, 0.25]), n_draws=4_000, seed=2)
    assert found.ess_share > 0.6
    assert found.mean[1] == pytest.approx(0.5, abs=0.06)


def test_the_same_seed_gives_the_same_draws():
    one, other = (draw_weighted(log_gammas, np.zeros(2), np.eye(2), n_draws=500, seed=7) for _ in range(2))
    assert (one.draws == other.draws).all()
    assert one.weights.sum() == pytest.approx(1)


def test_equal_weights_are_worth_their_number():
    assert WeightedDraws(np.zeros((50, 1)), np.full(50, 0.02)).ess == pytest.approx(50)


def test_a_posterior_far_from_any_bell_is_refused():
    def needles(at):
        return float(-2_000 * np.abs(np.sin(60 * at).sum()) - at @ at / 2)

    with pytest.raises(SamplingFailed, match=r"worth only(.|\n)*Next: give more data"):
        draw_weighted(needles, np.zeros(3), np.eye(3), n_draws=600, seed=3)
