"""Counts are the Poisson quantiles of their uniforms, to the last one, and follow their means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from saleslab.errors import BadArgument
from saleslab.stats import take_counts


def test_counts_are_those_of_scipy_from_tiny_to_large_means_and_far_into_the_tails():
    rng = np.random.default_rng(1)
    means = np.exp(rng.uniform(-5, 9, size=6000))
    uniforms = rng.uniform(size=6000)
    uniforms[:500] = 10.0 ** -rng.uniform(3, 12, 500)
    uniforms[500:1000] = 1 - 10.0 ** -rng.uniform(3, 12, 500)
    assert (take_counts(means, uniforms) == poisson.ppf(uniforms, means)).all()


@given(st.floats(0, 500), st.floats(0, 500), st.floats(1e-9, 1 - 1e-9))
@settings(deadline=None)
def test_a_larger_mean_never_gives_a_smaller_count(one, other, uniform):
    low, high = sorted((one, other))
    assert take_counts(low, uniform) <= take_counts(high, uniform)


def test_nothing_expected_gives_nothing():
    assert take_counts([0.0, 0.0], [0.01, 0.99]).tolist() == [0.0, 0.0]


def test_negative_means_and_uniforms_outside_are_refused():
    with pytest.raises(BadArgument, match=r"2 of 3 entries[\s\S]*Next: give means of 0 or more"):
        take_counts([-1.0, 2.0, np.nan], 0.5)
    with pytest.raises(BadArgument, match="1 of 1 entries"):
        take_counts(3.0, 1.0)
