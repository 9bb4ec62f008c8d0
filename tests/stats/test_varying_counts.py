"""Counts that differ from period to period: levels, spreads, seasons and trends that were planted are found."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import gamma, nbinom

from saleslab.errors import BadArgument
from saleslab.stats import weigh_varying_counts
from saleslab.stats.courses import find_course
from saleslab.stats.varying_counts import take_gammas


def test_the_level_agrees_with_an_independent_integration():
    counts = [31, 44, 25, 38, 52, 29]
    level, spread = np.meshgrid(np.linspace(2.5, 4.8, 400), np.linspace(0.004, 2.4, 600))
    shape = spread**-2
    chance = np.prod([nbinom.pmf(count, shape, shape / (shape + np.exp(level))) for count in counts], axis=0)
    weight = chance * np.exp(level / 2 - (spread / 0.5) ** 2 / 2)
    assert weigh_varying_counts(counts).mean == pytest.approx((weight * np.exp(level)).sum() / weight.sum(), rel=2e-3)


def test_a_planted_spread_is_found():
    rng = np.random.default_rng(2)
    found = weigh_varying_counts(rng.poisson(200 * rng.gamma(9, 1 / 9, 48)))
    assert found.grid.average(found.grid.spreads[:, None] + 0 * found.means) == pytest.approx(1 / 3, abs=0.08)


def test_noise_is_hardly_taken_for_seasons_and_seasons_are_found():
    rng = np.random.default_rng(3)
    months = np.arange(36)
    noise, shape = rng.gamma(25, 1 / 25, 36), 1 + 0.4 * np.sin(months * np.pi / 6)
    flat = find_course(rng.poisson(100 * noise).astype(float), months % 12, 12)
    wavy = find_course(rng.poisson(100 * noise * shape).astype(float), months % 12, 12)
    assert np.abs(flat.season - 1).mean() < 0.1
    assert np.corrcoef(wavy.season, shape[:12])[0, 1] > 0.9
    assert wavy.season.mean() == pytest.approx(1)
    assert (find_course(np.full(18, 9.0), months[:18] % 12, 12).season == 1).all()


def test_a_trend_must_have_foretold_the_past():
    rng = np.random.default_rng(5)
    months = np.arange(30)
    invented = [find_course(rng.poisson(60.0, 30).astype(float), months % 1, 1).slope != 0 for _ in range(40)]
    found = [find_course(rng.poisson(60 * np.exp(0.04 * months)).astype(float), months % 1, 1).slope for _ in range(10)]
    assert np.mean(invented) <= 0.15
    assert found == pytest.approx(np.full(10, 0.04), abs=0.015)


@pytest.mark.parametrize("spread", [0.05, 0.25, 0.5])
def test_gammas_follow_their_distribution(spread):
    scores = np.array([-1.6, -0.5, 0.0, 0.5, 1.6])
    expected = gamma.ppf(ndtr(scores), spread**-2) * spread**2
    assert take_gammas(np.array([spread]), scores) == pytest.approx(expected, abs=0.01)


def test_no_count_at_all_leaves_a_small_expectation():
    found = weigh_varying_counts([0] * 12)
    assert 0 < found.mean < 0.15


def test_what_is_no_count_is_refused():
    with pytest.raises(
        BadArgument, match=r"2 of 4 counts are negative or missing(.|\n)*Next: give one count of 0 or more"
    ):
        weigh_varying_counts([3, -1, float("nan"), 4])
