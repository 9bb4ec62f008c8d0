"""What would have been is told within honest bounds, from a series' own past and from others."""

import numpy as np
import pytest

from saleslab.stats.counterfactuals import foresee_undisturbed


def invent(seed, n_others=3, n=46):
    rng = np.random.default_rng(seed)
    market = np.cumsum(rng.normal(0, 0.05, n))
    each = market[:, None] + np.cumsum(rng.normal(0, 0.01, (n, n_others + 1)), axis=0)
    return each + rng.normal(0, 0.05, (n, n_others + 1))


def test_bounds_hold_as_often_as_they_promise():
    inside = []
    for seed in range(60):
        each = invent(seed)
        said = foresee_undisturbed(each[:40, 0], each[:, 1:], season_length=1)
        low, high = np.quantile(said.draw(500, np.random.default_rng(0)).mean(axis=1), (0.1, 0.9))
        inside.append(low <= each[40:, 0].mean() <= high)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.13)


def test_others_make_the_answer_narrower():
    each = invent(0)
    widths = [
        foresee_undisturbed(each[:40, 0], others, season_length=1).find_sum(np.full(6, 1 / 6))[1]
        for others in (each[:, 1:], np.zeros((46, 0)))
    ]
    assert widths[0] < 0.8 * widths[1]


def test_the_sum_has_the_mean_and_deviation_of_its_draws():
    each = invent(1)
    said = foresee_undisturbed(each[:40, 0], each[:, 1:], season_length=4)
    draws = said.draw(20_000, np.random.default_rng(0)).mean(axis=1)
    mean, deviation = said.find_sum(np.full(6, 1 / 6))
    assert draws.mean() == pytest.approx(mean, abs=0.05 * deviation)
    assert draws.std() == pytest.approx(deviation, rel=0.05)
