"""Shortfalls are found among people who differ anyway, and rarely where there are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import find_shortfalls

RATES = np.array([6.0, 4.0])


def planted(seed: int, n: int = 25, *, spread: float = 0.15, n_short: int = 0, share: float = 0.2):
    """Counts of n units with two kinds of work, some of which hold only a share of what they should."""
    rng = np.random.default_rng(seed)
    work = rng.poisson(rng.uniform(0, 1, (n, 2)) * np.array([200, 400])) * np.array([1, rng.random() < 0.8])
    work[work.sum(axis=1) == 0] += 50
    true = np.ones(n)
    short = rng.permutation(n)[:n_short]
    true[short] = share
    expected = work @ RATES * np.exp(rng.normal(0, spread, n)) * true
    return rng.poisson(expected * rng.gamma(50, 1 / 50, n)), work, np.isin(np.arange(n), short)


@pytest.mark.requirement("F02")
def test_a_fifth_of_what_is_due_is_found_and_nobody_else_is_named():
    found, missed, falsely = 0, 0, 0
    for seed in range(60):
        counts, work, short = planted(seed, n_short=1 + seed % 2)
        named = find_shortfalls(counts, work).chance >= 0.9
        found, missed = found + (named & short).sum(), missed + (~named & short).sum()
        falsely += (named & ~short).sum()
    assert found / (found + missed) > 0.95
    assert falsely <= 2


def test_where_all_do_alike_hardly_anyone_is_named_however_much_they_differ():
    named = 0
    for seed in range(60):
        counts, work, _ = planted(seed, n=40, spread=(0.1, 0.3, 0.6)[seed % 3])
        named += int((find_shortfalls(counts, work).chance >= 0.9).sum())
    assert named <= 2


def test_the_usual_spread_is_found():
    spreads = [find_shortfalls(*planted(seed, n=60, spread=0.3, n_short=2)[:2]).spread for seed in range(20)]
    assert np.mean(spreads) == pytest.approx(0.33, abs=0.06)  # 0.3 planted, and a gamma factor of 0.14


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 20))
def test_units_of_work_do_not_matter(seed, factor):
    counts, work, _ = planted(seed, n_short=1)
    one, other = find_shortfalls(counts, work), find_shortfalls(counts, work * factor)
    np.testing.assert_allclose(one.chance, other.chance, atol=1e-6)


def test_falling_further_short_is_surer():
    counts, work, short = planted(3, n_short=1, share=1.0)
    chances = [
        find_shortfalls(np.where(short, counts * share, counts), work).chance[short][0] for share in (1, 0.5, 0.2)
    ]
    assert chances == sorted(chances)
    assert chances[0] < 0.1
    assert chances[-1] > 0.9


def test_a_surplus_is_no_shortfall():
    counts, work, short = planted(4, n_short=1, share=5.0)
    assert find_shortfalls(counts, work).chance[short][0] == 0


def test_too_little_work_is_not_judged():
    counts, work, _ = planted(5)
    work[0] = 0
    answer = find_shortfalls(counts, work)
    assert (answer.is_judged[0], answer.chance[0], answer.expected[0]) == (False, 0, 0)


def test_four_cannot_be_compared():
    with pytest.raises(NotEnoughData, match="4 of them can be compared.*\n.*Next: widen the period"):
        find_shortfalls([10, 20, 30, 40], np.full((4, 1), 10))


def test_counts_and_work_must_fit():
    with pytest.raises(BadArgument, match="do not fit work"):
        find_shortfalls([10, 20], np.full((3, 1), 10))
