"""Pooled estimates hold the truth, pull in what luck pushed out, and do not depend on units or on order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.estimates import pool_estimates

SCHOOLS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])

samples = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.5, 20)), min_size=3, max_size=12).map(
    lambda pairs: tuple(np.array(part) for part in zip(*pairs, strict=True))
)


def test_the_eight_schools_agree_with_a_grid_over_centre_and_spread():
    """Rubin (1981), in Gelman et al., "Bayesian Data Analysis", 3rd ed., table 5.2; integrated by brute force."""
    pooled = pool_estimates(SCHOOLS, ERRORS)
    typical = np.sqrt(8 / (1 / ERRORS**2).sum())
    share = (np.arange(300) + 0.5) / 300
    spread, centre = np.meshgrid(typical * share / (1 - share), np.linspace(-60, 80, 1401), indexing="ij")
    density = np.ones_like(centre)
    for y, s in zip(SCHOOLS, ERRORS, strict=True):
        density = density * norm.pdf(y, centre, np.sqrt(spread**2 + s**2))
    weight = density / density.sum()
    assert pooled.centre.estimate == pytest.approx(float((weight * centre).sum()), abs=0.01)
    pulled = (SCHOOLS[0] * spread**2 + centre * ERRORS[0] ** 2) / (spread**2 + ERRORS[0] ** 2)
    assert pooled.members[0].estimate == pytest.approx(float((weight * pulled).sum()), abs=0.02)
    assert pooled.next_mean == pytest.approx(pooled.centre.estimate)
    moment = float((weight * (spread**2 + centre**2)).sum()) - pooled.next_mean**2
    assert pooled.next_sd == pytest.approx(np.sqrt(moment), rel=0.002)


@settings(max_examples=20, deadline=None)
@given(samples, st.floats(-100, 100), st.floats(0.01, 1000))
def test_the_unit_of_the_estimates_does_not_matter(sample, shift, scale):
    estimates, errors = sample
    plain, moved = pool_estimates(estimates, errors), pool_estimates(estimates * scale + shift, errors * scale)
    for one, other in zip(plain.members, moved.members, strict=True):
        assert other.estimate == pytest.approx(one.estimate * scale + shift, abs=1e-6 * scale + 1e-9 * abs(shift))
    assert moved.spread.estimate == pytest.approx(plain.spread.estimate * scale)


@settings(max_examples=20, deadline=None)
@given(samples)
def test_the_order_of_the_estimates_does_not_matter(sample):
    estimates, errors = sample
    plain, turned = pool_estimates(estimates, errors), pool_estimates(estimates[::-1], errors[::-1])
    assert [m.estimate for m in turned.members][::-1] == pytest.approx([m.estimate for m in plain.members])


@settings(max_examples=20, deadline=None)
@given(samples)
def test_every_estimate_is_pulled_towards_the_others_and_not_beyond(sample):
    estimates, errors = sample
    pooled = pool_estimates(estimates, errors)
    low, high = estimates.min() - 1e-6, estimates.max() + 1e-6
    assert all(low <= member.estimate <= high for member in pooled.members)


def test_estimates_that_lie_far_apart_are_left_where_they_are():
    far = np.array([-1000.0, 0.0, 1000.0, 2500.0])
    pooled = pool_estimates(far, np.ones(4))
    assert [m.estimate for m in pooled.members] == pytest.approx(far, abs=0.1)


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_ranges_hold_the_truth_as_often_as_they_say(spread):
    rng = np.random.default_rng(5)
    held, next_held = [], []
    for _ in range(120):
        true = rng.normal(1.0, spread, 11)
        errors = rng.uniform(0.5, 1.5, 10)
        pooled = pool_estimates(rng.normal(true[:10], errors), errors)
        held += [t in member for t, member in zip(true, pooled.members, strict=False)]
        next_held.append(abs(true[10] - pooled.next_mean) <= 1.96 * pooled.next_sd)
    assert 0.93 <= np.mean(held) <= (0.97 if spread > 1 else 1.0)  # wider than it says where all are alike
    assert np.mean(next_held) > 0.9


@pytest.mark.parametrize(
    ("estimates", "errors", "told"),
    [
        ([1.0, 2.0], [1.0], "2 estimates and 1 errors"),
        ([1.0, 2.0, np.nan], [1.0, 1.0, 1.0], "Next: give one standard error above 0"),
        ([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], "errors above 0"),
    ],
)
def test_unusable_estimates_are_refused(estimates, errors, told):
    with pytest.raises(BadArgument, match=f"(?s){told}"):
        pool_estimates(np.array(estimates), np.array(errors))


def test_two_estimates_say_nothing_about_the_spread():
    with pytest.raises(NotEnoughData, match="(?s)2 estimates.*Next: wait for at least 3"):
        pool_estimates(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
