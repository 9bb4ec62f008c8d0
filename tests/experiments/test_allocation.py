"""Better arms get more, none gets nothing, and learning pays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import Seen

from saleslab.errors import BadArgument
from saleslab.experiments import ArmEstimate, allocate_arms, compare_rate_counts
from saleslab.stats import Interval
from saleslab.stats.beta_contests import contest_betas


def seen(*chances: float) -> Seen:
    """A comparison of arms with these chances of being the best."""
    arms = tuple(
        ArmEstimate(f"arm-{i}", 100, 0.1, 0.1, Interval(0.1, 0.05, 0.2, 0.95), None, chance, 0.01)
        for i, chance in enumerate(chances)
    )
    return Seen(arms, ())


chances = st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda c: sum(c) > 0.01)


@settings(max_examples=80, deadline=None)
@given(chances, st.floats(0, 1), st.integers(0, 500))
def test_shares_add_up_keep_the_floor_and_the_order(values, part, n):
    total = sum(values)
    values = [value / total for value in values]
    floor = part / len(values)
    answer = allocate_arms(seen(*values), floor=floor, n_units=n)
    shares = [share for _, share in answer.shares]
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= floor - 1e-12
    assert [values[i] for i in np.argsort(shares, kind="stable")] == pytest.approx(
        sorted(values), abs=1e-9
    ) or part > 0.999
    counts = [count for _, count in answer.counts]
    assert sum(counts) == n
    assert all(abs(count - n * share) < 1 for count, share in zip(counts, shares, strict=True))


def test_without_a_floor_shares_are_the_chances_of_being_best():
    assert dict(allocate_arms(seen(0.2, 0.3, 0.5), floor=0).shares) == pytest.approx(
        {"arm-0": 0.2, "arm-1": 0.3, "arm-2": 0.5}
    )


def test_a_comparison_of_rates_can_be_allocated():
    answer = allocate_arms(compare_rate_counts({"old": 4, "new": 9}, {"old": 50, "new": 50}, control="old"), floor=0.1)
    assert dict(answer.shares)["new"] > 0.8


def test_allocation_earns_more_than_equal_shares_and_finds_the_best_arm():
    """Twenty weeks of 60 leads, four scripts of which one wins 16 % and the others 8 %; the same luck for both ways."""
    rates, rng = np.array([0.08, 0.08, 0.16, 0.08]), np.random.default_rng(8)
    earned, shares_of_best = [], []
    for _ in range(40):
        won, n = np.zeros(4), np.zeros(4)
        for _ in range(20):
            chance = contest_betas(won + 0.5, n - won + 0.5).chance_best
            counts = np.array([c for _, c in allocate_arms(seen(*chance), floor=0.05, n_units=60).counts])
            won, n = won + rng.binomial(counts, rates), n + counts
        earned.append(won.sum())
        shares_of_best.append(n[2] / n.sum())
    assert np.mean(earned) > 1.2 * 20 * 60 * rates.mean()
    assert np.mean(shares_of_best) > 0.5


@pytest.mark.parametrize(("floor", "n"), [(-0.1, 5), (0.6, 5), (0.1, -1)])
def test_a_floor_that_cannot_be_kept_and_fewer_than_no_units_are_refused(floor, n):
    with pytest.raises(BadArgument, match="Next: give a"):
        allocate_arms(seen(0.5, 0.5), floor=floor, n_units=n)
