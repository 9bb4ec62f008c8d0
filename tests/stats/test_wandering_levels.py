"""What columns do is told apart from a level that wanders."""

import numpy as np
import pytest

from saleslab.stats.wandering_levels import regress_on_wandering_level

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 60, 1))
LEVEL = np.cumsum(RNG.normal(0, 0.3, (200, 60)), axis=1)
VALUES = LEVEL + 2 * X[..., 0] + RNG.normal(0, 0.5, (200, 60))
FREE = np.full((200, 1), 1e-6)


def test_planted_coefficients_are_found_and_their_deviations_are_honest():
    found = regress_on_wandering_level(VALUES, X, penalties=FREE)
    apart = found.coefficients[:, 0] - 2
    assert apart.mean() == pytest.approx(0, abs=0.03)
    assert np.std(apart / np.sqrt(found.covariances[:, 0, 0])) == pytest.approx(1, abs=0.15)
    assert found.surprises.std() == pytest.approx(1, abs=0.05)


def test_a_level_that_stands_still_gives_ordinary_least_squares():
    values = 3 + 2 * X[..., 0] + RNG.normal(0, 0.5, (200, 60))
    found = regress_on_wandering_level(values, X, penalties=FREE)
    ordinary = [np.polyfit(x[:, 0], y, 1)[0] for x, y in zip(X, values, strict=True)]
    assert found.coefficients[:, 0] == pytest.approx(ordinary, abs=0.05)


def test_a_penalty_holds_a_coefficient_at_nothing():
    found = regress_on_wandering_level(VALUES, X, penalties=np.full((200, 1), 1e9))
    assert np.abs(found.coefficients).max() < 1e-3


def test_periods_before_a_series_change_nothing():
    early = np.hstack([np.full((200, 20), np.nan), VALUES])
    columns = np.concatenate([RNG.normal(size=(200, 20, 1)), X], axis=1)
    whole = regress_on_wandering_level(VALUES, X, penalties=FREE)
    padded = regress_on_wandering_level(early, columns, penalties=FREE)
    assert padded.coefficients == pytest.approx(whole.coefficients, rel=1e-9)
