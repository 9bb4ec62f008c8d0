"""Pooled rates find planted groups, and are as wide as few trials deserve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import betaln

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import pool_rates

groups = st.lists(
    st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=8
).filter(lambda pairs: sum(n for _, n in pairs) > 0)


def planted(rng, n_groups):
    centre, spread = rng.uniform(0.1, 0.6), rng.uniform(0.05, 0.5)
    size = 1 / spread**2 - 1
    rates = rng.beta(centre * size, (1 - centre) * size, n_groups)
    trials = rng.integers(2, 60, n_groups)
    return rates, rng.binomial(trials, rates), trials


def test_the_intervals_hold_nine_in_ten_planted_rates_and_the_errors_shrink():
    rng = np.random.default_rng(2)
    held, raw, pooled = [], [], []
    for _ in range(40):
        rates, successes, trials = planted(rng, 12)
        answer = pool_rates(successes, trials)
        held += [rate in group for rate, group in zip(rates, answer.groups, strict=True)]
        raw += list((successes / trials - rates) ** 2)
        pooled += [(group.estimate - rate) ** 2 for rate, group in zip(rates, answer.groups, strict=True)]
    assert 0.87 <= np.mean(held) <= 0.93
    assert np.sqrt(np.mean(pooled)) < 0.75 * np.sqrt(np.mean(raw))


@pytest.mark.requirement("H04")
def test_three_trials_leave_a_wider_interval_than_three_hundred():
    answer = pool_rates([2, 200, 150, 100], [3, 300, 300, 300])
    assert answer.groups[0].width > 3 * max(group.width for group in answer.groups[1:])


def test_it_agrees_with_an_independent_integration():
    successes, trials = np.array([3, 12, 5]), np.array([10, 20, 30])

    def density(spread, centre):
        size = 1 / spread**2 - 1
        a, b = centre * size, (1 - centre) * size
        return np.exp((betaln(a + successes, b + trials - successes) - betaln(a, b)).sum() + 35)

    def mean_of_first(spread, centre):
        size = 1 / spread**2 - 1
        return density(spread, centre) * (centre * size + 3) / (size + 10)

    options = {"epsabs": 1e-7, "epsrel": 1e-6}
    total = dblquad(density, 1e-4, 1 - 1e-4, 1e-3, 1 - 1e-3, **options)[0]
    expected = dblquad(mean_of_first, 1e-4, 1 - 1e-4, 1e-3, 1 - 1e-3, **options)[0] / total
    assert pool_rates(successes, trials).groups[0].estimate == pytest.approx(expected, abs=2e-3)


@given(groups)
@settings(max_examples=15, deadline=None)
def test_the_sequence_of_groups_does_not_matter(pairs):
    forward = pool_rates(*zip(*pairs, strict=True))
    backward = pool_rates(*zip(*pairs[::-1], strict=True))
    assert [g.estimate for g in forward.groups] == pytest.approx([g.estimate for g in backward.groups[::-1]], abs=1e-9)


@given(groups)
@settings(max_examples=15, deadline=None)
def test_success_and_failure_are_mirror_images(pairs):
    successes, trials = (np.array(part) for part in zip(*pairs, strict=True))
    one, other = pool_rates(successes, trials), pool_rates(trials - successes, trials)
    for a, b in zip(one.groups, other.groups, strict=True):
        assert (a.estimate, a.low) == pytest.approx((1 - b.estimate, 1 - b.high), abs=1e-5)


def test_equal_groups_show_no_spread_and_different_ones_do():
    alike = pool_rates([20] * 12, [100] * 12)
    apart = pool_rates([5, 10, 30, 60] * 3, [100] * 12)
    assert alike.spread.estimate < 0.03
    assert apart.spread.low > 0.1


def test_a_group_without_trials_gets_what_the_others_say_about_a_new_one():
    answer = pool_rates([0, 30, 28, 33], [0, 100, 100, 100])
    assert answer.groups[0].estimate == pytest.approx(answer.centre.estimate, abs=0.02)
    assert answer.groups[0].width > answer.groups[1].width


def test_no_trial_at_all_is_refused():
    with pytest.raises(NotEnoughData, match="No group has any trial"):
        pool_rates([0, 0], [0, 0])


@pytest.mark.parametrize(("successes", "trials"), [([1], [1, 2]), ([3], [2]), ([-1], [2])])
def test_counts_that_do_not_fit_are_refused(successes, trials):
    with pytest.raises(BadArgument, match="give one of each for every group"):
        pool_rates(successes, trials)
