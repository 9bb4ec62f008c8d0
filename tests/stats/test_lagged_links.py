"""A link that was planted is found at its lag; growth and season alone are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import measure_lagged_link

N_MONTHS = 36


def _lay_months(rng: np.random.Generator, *, slope: float = 0.0, season: float = 0.0) -> np.ndarray:
    time = np.arange(N_MONTHS)
    return rng.normal(size=N_MONTHS) + slope * time + season * np.sin(2 * np.pi * time / 12)


def test_a_link_is_found_at_the_lag_where_it_was_planted():
    found = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        cause = _lay_months(rng, slope=0.05, season=1.0)
        effect = np.roll(cause, 2) + rng.normal(0, 0.5, N_MONTHS)
        link = measure_lagged_link(cause, effect)
        found.append(link.is_seen and link.lag == 2)
    assert sum(found) >= 95


@pytest.mark.requirement("B02")
def test_series_that_only_grow_and_share_a_season_show_no_link_in_nine_of_ten_companies():
    seen = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        one, other = (_lay_months(rng, slope=0.1, season=1.5) for _ in range(2))
        seen += measure_lagged_link(one, other).is_seen
    assert seen <= 20


def test_a_negative_link_is_negative():
    rng = np.random.default_rng(3)
    cause = _lay_months(rng)
    link = measure_lagged_link(cause, -cause + rng.normal(0, 0.2, N_MONTHS))
    assert link.high < 0
    assert link.lag == 0


@given(
    seed=st.integers(0, 1000),
    scale=st.floats(0.01, 100),
    shift=st.floats(-50, 50),
    slope=st.floats(-5, 5),
)
@settings(max_examples=30, deadline=None)
def test_units_levels_and_trends_do_not_change_the_correlation(seed, scale, shift, slope):
    rng = np.random.default_rng(seed)
    one, other = _lay_months(rng), _lay_months(rng)
    plain = measure_lagged_link(one, other, max_lag=0)
    moved = measure_lagged_link(one * scale + shift + slope * np.arange(N_MONTHS), other, max_lag=0)
    assert moved.correlation == pytest.approx(plain.correlation, abs=1e-7)


def test_months_that_one_series_lacks_are_left_out():
    rng = np.random.default_rng(5)
    one, other = _lay_months(rng), _lay_months(rng)
    one[4] = np.nan
    assert measure_lagged_link(one, other, max_lag=0).n == N_MONTHS - 1


def test_too_few_months_and_series_that_stand_still_are_refused():
    rng = np.random.default_rng(6)
    short = rng.normal(size=14)
    with pytest.raises(NotEnoughData, match=r"share 11 periods at lag 3.*\n  Next: give at least 12"):
        measure_lagged_link(short, short)
    with pytest.raises(NotEnoughData, match="does not move"):
        measure_lagged_link(np.arange(36.0), _lay_months(rng))
    with pytest.raises(BadArgument, match=r"shapes \(3,\) and \(4,\)"):
        measure_lagged_link([1, 2, 3], [1, 2, 3, 4])
