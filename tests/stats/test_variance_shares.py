"""Shares of explained variance: exact, adding up, blind to order, and honest about overlap."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.variance_shares import MOST_COLUMNS, correlate, measure_shares, share_correlation, share_variance


def draw(seed, n=60, p=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) @ rng.normal(size=(p, p))
    return x, x @ rng.normal(size=p) + rng.normal(size=n)


def explained(x, y):
    if not x.shape[1]:
        return 0.0
    design = np.column_stack([np.ones(len(x)), x])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - left @ left / ((y - y.mean()) @ (y - y.mean()))


def test_the_shares_are_the_mean_gain_over_all_orders():
    x, y = draw(1)
    gains = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        for place, column in enumerate(order):
            before = list(order[:place])
            gains[column] += explained(x[:, [*before, column]], y) - explained(x[:, before], y)
    assert share_variance(x, y) == pytest.approx(gains / len(orders), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_shares_add_up_and_follow_their_columns(seed, p):
    x, y = draw(seed, p=p)
    shares, order = share_variance(x, y), np.random.default_rng(seed).permutation(p)
    assert shares.sum() == pytest.approx(explained(x, y), abs=1e-9)
    assert (shares > -1e-12).all()
    assert share_variance(x[:, order], y) == pytest.approx(shares[order], abs=1e-9)


def test_a_row_that_counts_twice_is_two_rows():
    x, y = draw(3)
    often = np.random.default_rng(3).integers(0, 4, len(y))
    assert share_variance(x, y, often) == pytest.approx(share_variance(np.repeat(x, often, 0), np.repeat(y, often)))


def test_many_samples_are_shared_out_side_by_side():
    each = [correlate(*draw(seed)) for seed in range(5)]
    assert share_correlation(np.stack(each)) == pytest.approx(np.stack([share_correlation(one) for one in each]))


def test_a_column_given_twice_shares_what_one_had_and_is_told_to_overlap():
    x, y = draw(4, p=3)
    twice = measure_shares(np.column_stack([x, x[:, 0]]), y)
    assert twice.shares[0] == pytest.approx(twice.shares[3])
    assert twice.explained == pytest.approx(explained(x, y))
    assert np.isinf(twice.inflation[[0, 3]]).all()
    assert np.isfinite(twice.inflation[[1, 2]]).all()


def test_inflation_is_that_of_the_regression_on_the_others():
    x, y = draw(5)
    expected = [1 / (1 - explained(np.delete(x, j, 1), x[:, j])) for j in range(4)]
    assert measure_shares(x, y).inflation == pytest.approx(expected)


def test_what_cannot_be_shared_out_is_refused():
    x, y = draw(6)
    with pytest.raises(BadArgument, match=r"(?s)16 columns.*Next: give 1 to 15"):
        share_variance(np.ones((20, MOST_COLUMNS + 1)), np.ones(20))
    with pytest.raises(NotEnoughData, match=r"(?s)one value only.*Next: leave out columns that never vary"):
        share_variance(np.ones_like(x), y)
    with pytest.raises(BadArgument, match=r"(?s)finite.*Next: leave out rows with gaps"):
        share_variance(np.where(x == x[0, 0], np.nan, x), y)
