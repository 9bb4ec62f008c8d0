"""Bounds of chances: they hold the truth as often as they say, and widen where a model is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from saleslab.errors import BadArgument
from saleslab.scoring.model.chance_ranges import LINE, fit_line, range_chances


def test_bounds_hold_the_true_share_as_often_as_they_say():
    lot, held, n_times = np.random.default_rng(8), 0, 400
    for _ in range(n_times):
        stated = lot.beta(2, 8, 600)
        line = fit_line(lot.random(600) < stated, stated)
        low, high = range_chances([0.3], line, mass=0.8)
        held += low[0] <= 0.3 - 1e-12 or high[0] >= 0.3 + 1e-12
        alone = line["line_shift"] + line["line_slope"] * logit(0.3)
        spread = 1.2816 * np.sqrt(line["line_shift_variance"] + 2 * line["line_covariance"] * logit(0.3)
                                  + line["line_slope_variance"] * logit(0.3) ** 2)  # fmt: skip
        held -= not (expit(alone - spread) <= 0.3 <= expit(alone + spread))
    assert held / n_times == pytest.approx(0.8, abs=1.645 * np.sqrt(0.16 / n_times) + 0.01)


def test_a_model_that_promises_twice_too_much_gets_bounds_that_reach_down_to_the_truth():
    lot = np.random.default_rng(2)
    stated = lot.beta(4, 8, 4_000)
    line = fit_line(lot.random(4_000) < stated / 2, stated)
    low, high = range_chances([0.4], line)
    assert low[0] < 0.21
    assert high[0] == 0.4, "what was stated is always inside"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_every_chance_lies_within_its_bounds_and_bounds_are_chances(chances):
    lot = np.random.default_rng(0)
    stated = lot.beta(2, 8, 300)
    low, high = range_chances(chances, fit_line(lot.random(300) < stated, stated))
    assert (low >= 0).all()
    assert (low <= chances).all()
    assert (chances <= high).all()
    assert (high <= 1).all()


def test_more_leads_make_narrower_bounds():
    widths = []
    for n in (200, 2_000, 20_000):
        lot = np.random.default_rng(3)
        stated = lot.beta(2, 8, n)
        low, high = range_chances([0.2], fit_line(lot.random(n) < stated, stated))
        widths.append(high[0] - low[0])
    assert widths[0] > widths[1] > widths[2]


def test_without_enough_of_a_kind_or_without_differences_there_is_no_line():
    assert fit_line([True] * 5 + [False] * 100, np.linspace(0.1, 0.9, 105)) == {}
    assert fit_line([True, False] * 50, [0.5] * 100) == {}
    assert range_chances([0.2], {}) is None
    assert set(fit_line([True, False] * 50, np.linspace(0.1, 0.9, 100))) == set(LINE)
    with pytest.raises(BadArgument, match=r"(?s)chances are missing or outside 0 to 1.*Next: "):
        range_chances([1.2], fit_line([True, False] * 50, np.linspace(0.1, 0.9, 100)))
