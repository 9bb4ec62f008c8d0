"""Means that differ from period to period, sizes of their pieces, and numbers that are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import keep_numbers, lay_sizes, take_successes, weigh_sizes, weigh_varying_means


def spread_of(found):
    return found.grid.average(found.grid.spreads[:, None] + 0 * found.means)


def test_a_planted_level_and_spread_are_found():
    rng = np.random.default_rng(1)
    own = np.exp(5 + 0.2 * rng.standard_normal(48))
    found = weigh_varying_means([rng.lognormal(-0.32, 0.8, 400).mean() * level for level in own], [400] * 48)
    assert spread_of(found) == pytest.approx(0.2, abs=0.04)
    assert found.mean == pytest.approx(np.exp(5.02), rel=0.07)


def test_what_few_pieces_make_is_not_taken_for_months_that_differ():
    rng = np.random.default_rng(2)
    months = [rng.lognormal(0, 1, 6).mean() for _ in range(24)]
    known = weigh_varying_means(months, [6] * 24, within=np.sqrt(np.e - 1))
    assert spread_of(known) < 0.5 * np.log(months).std()
    assert spread_of(weigh_varying_means(months, [6_000] * 24)) > spread_of(known)


@given(st.lists(st.tuples(st.floats(1, 1e6), st.integers(1, 500)), min_size=6, max_size=12), st.floats(0.01, 1e4))
@settings(max_examples=15, deadline=None)
def test_another_unit_changes_nothing_but_the_unit(rows, factor):
    values, pieces = np.array(rows).T
    one, other = weigh_varying_means(values, pieces), weigh_varying_means(values * factor, pieces)
    assert other.mean == pytest.approx(one.mean * factor, rel=1e-6)


def test_means_of_few_pieces_are_distributed_as_drawn_ones():
    rng = np.random.default_rng(3)
    sizes, width = lay_sizes(1.0), np.sqrt(np.log(2))
    for n in (1, 6, 40):
        drawn = rng.lognormal(-(width**2) / 2, width, (20_000, n)).mean(axis=1)
        found = sizes.take_means(np.full(20_000, n), rng.standard_normal(20_000))
        at = [0.1, 0.5, 0.9]
        assert np.quantile(found, at) == pytest.approx(np.quantile(drawn, at), rel=0.03)


def test_the_largest_tenth_is_resampled_as_it_was_seen():
    body = np.random.default_rng(4).lognormal(0, 0.5, 90)
    calm, wild = (weigh_sizes(np.r_[body, np.full(10, top)]) for top in (3.0, 60.0))
    one = wild.take_means(np.ones(20_000), np.random.default_rng(5).standard_normal(20_000))
    assert wild.spread > 2 * calm.spread
    assert wild.top_share == pytest.approx(60 / (body.sum() + 600))
    assert (one > 5).mean() == pytest.approx(0.1, abs=0.02)


@given(st.integers(1, 300), st.floats(0, 1), st.floats(1e-6, 1 - 1e-6))
@settings(max_examples=100)
def test_successes_are_binomial_quantiles(trials, rate, share):
    count = float(take_successes(trials, rate, share))
    assert binom.cdf(count, trials, rate) >= share - 1e-9
    assert count == 0 or binom.cdf(count - 1, trials, rate) < share + 1e-9


def test_kept_numbers_are_even_and_cannot_be_changed():
    numbers = keep_numbers(3, 1_000, 2)
    assert sorted((numbers.by_level * 1_000).astype(int)) == list(range(1_000))
    assert abs(np.corrcoef(numbers.luck[:, 0], numbers.apart[:, 0])[0, 1]) < 0.1
    assert numbers.luck.std(axis=0) == pytest.approx([1, 1], abs=0.02)
    with pytest.raises(ValueError, match="read-only"):
        numbers.luck[0, 0] = 1.0


def test_what_has_no_logarithm_or_no_pieces_is_refused():
    with pytest.raises(BadArgument, match=r"2 of 3 periods(.|\n)*Next: leave periods without pieces out"):
        weigh_varying_means([1.0, 0.0, 2.0], [5, 5, 0])
    with pytest.raises(NotEnoughData, match=r"3 pieces(.|\n)*Next: give more of the past"):
        weigh_sizes([1.0, 2.0, 3.0])
    with pytest.raises(BadArgument, match="1 of 9 pieces have no size above 0"):
        weigh_sizes([1.0] * 8 + [0.0])
    with pytest.raises(BadArgument, match=r"1 entries have no whole trials(.|\n)*rates of 0 to 1"):
        take_successes(10, 1.2, 0.5)
