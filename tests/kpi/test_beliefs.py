"""Chances of a rate come true as often as they claim, and obey what any chance must obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from simulated_months import simulate_rates

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi import chance_of_rate
from saleslab.kpi.beliefs.chances import count_allowed, count_needed
from saleslab.stats import measure_calibration

WON = [9, 14, 11, 8, 15, 12, 10, 13]
DECIDED = [40, 42, 38, 41, 45, 40, 39, 44]

periods = st.lists(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=6, max_size=14
)


def follow(seed, sd, n_companies):
    """Chances of 3 next months of simulated companies, and whether they were reached."""
    rng = np.random.default_rng([seed, int(100 * sd)])
    said, came = [], []
    for _ in range(n_companies):
        k, n, target = simulate_rates(rng, sd)
        for month in (12, 13, 14):
            said.append(chance_of_rate(k[:12], n[:12], target=target, next_trials=int(n[month])))
            came.append(k[month] / n[month] >= target)
    return np.array(said), np.array(came)


@pytest.mark.requirement("C01")
@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_chances_come_true_on_companies_whose_truth_is_known(sd):
    said, came = follow(20_261, sd, 120)
    assert measure_calibration(came, said, n_bins=4).error <= 0.1  # by luck of 120 companies; a plain average has 0.23
    assert np.mean((said - came) ** 2) < 0.8 * np.mean((np.round(said) - came) ** 2)


@pytest.mark.slow
@pytest.mark.requirement("C01")
@pytest.mark.parametrize(("sd", "most"), [(0.0, 0.03), (0.15, 0.03), (0.3, 0.05), (0.5, 0.05)])
def test_chances_of_1500_companies_are_calibrated(sd, most):
    said, came = follow(977, sd, 1_500)
    assert measure_calibration(came, said).error <= most
    if sd == 0.3:
        assert 0.87 <= came[said >= 0.9].mean() <= 0.93


def test_the_chance_is_that_of_an_independent_integration():
    trials, need = 40, 12
    z, share = np.polynomial.hermite_e.hermegauss(41)
    share = share / share.sum()
    level = np.linspace(-2.2, 0.2, 121)[:, None]
    total = reached = 0.0
    for sd in np.linspace(0.02, 2.46, 62):
        rate = 1 / (1 + np.exp(-(level + sd * z)))
        prior = np.exp(-((sd / 0.6) ** 2) / 2) / np.sqrt((1 + np.exp(-level)) * (1 + np.exp(level)))[:, 0]
        months = [binom.pmf(k, n, rate) @ share for k, n in zip(WON, DECIDED, strict=True)]
        weight = np.prod(months, axis=0) * prior
        total += weight.sum()
        reached += weight @ (binom.sf(need - 1, trials, rate) @ share)
    assert chance_of_rate(WON, DECIDED, target=0.3, next_trials=trials) == pytest.approx(reached / total, abs=5e-4)


@given(periods, st.randoms(use_true_random=False), st.floats(0, 1), st.integers(1, 400))
@settings(max_examples=20, deadline=None)
def test_the_order_of_months_does_not_matter(pairs, random, target, trials):
    mixed = random.sample(pairs, len(pairs))
    both = [chance_of_rate(*zip(*rows, strict=True), target=target, next_trials=trials) for rows in (pairs, mixed)]
    assert both[0] == pytest.approx(both[1], abs=1e-9)


@given(periods, st.floats(0, 1), st.floats(0, 1), st.integers(1, 400))
@settings(max_examples=20, deadline=None)
def test_a_higher_target_is_never_likelier(pairs, one, other, trials):
    low, high = sorted((one, other))
    easy, hard = (
        chance_of_rate(*zip(*pairs, strict=True), target=target, next_trials=trials) for target in (low, high)
    )
    assert easy >= hard - 1e-9


@given(st.integers(6, 14), st.integers(1, 200), st.integers(0, 200), st.floats(0.01, 1), st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_one_more_success_in_every_month_never_lowers_the_chance(n_months, n, k, target, trials):
    k = min(k, n - 1)
    fewer, more = (
        chance_of_rate([count] * n_months, [n] * n_months, target=target, next_trials=trials) for count in (k, k + 1)
    )
    assert more >= fewer - 1e-4


@given(periods, st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=20, deadline=None)
def test_successes_and_failures_are_mirror_images(pairs, need, trials):
    need = min(need, trials)
    k, n = np.array(pairs).T
    reached = chance_of_rate(k, n, target=need / trials, next_trials=trials)
    failed = chance_of_rate(n - k, n, target=(trials - need + 1) / trials, next_trials=trials)
    assert reached + failed == pytest.approx(1, abs=2e-3)


def test_restless_months_leave_more_doubt_than_steady_ones():
    steady = chance_of_rate([30] * 12, [100] * 12, target=0.25, next_trials=100)
    restless = chance_of_rate([15, 45] * 6, [100] * 12, target=0.25, next_trials=100)
    assert 0.5 < restless < steady - 0.1


def test_nothing_is_certain_but_a_target_of_0():
    assert chance_of_rate(WON, DECIDED, target=0, next_trials=40) == 1
    assert 0 < chance_of_rate(WON, DECIDED, target=1, next_trials=40) < 1e-6
    assert chance_of_rate(WON, DECIDED, target=0.3, next_trials=40, seed=1) == chance_of_rate(
        WON, DECIDED, target=0.3, next_trials=40, seed=2
    )


@given(st.integers(1, 2_000), st.data())
@settings(max_examples=60)
def test_reaching_a_target_exactly_is_enough_however_it_was_written(trials, data):
    count = data.draw(st.integers(0, trials))
    assert count_needed(count / trials, trials) == count == count_allowed(count / trials, trials)
    written = data.draw(st.integers(0, 100)) / 100
    assert count_needed(written, 100) == round(100 * written)


def test_months_without_trials_say_nothing():
    assert chance_of_rate([*WON, 0], [*DECIDED, 0], target=0.3, next_trials=40) == chance_of_rate(
        WON, DECIDED, target=0.3, next_trials=40
    )


def test_fewer_than_six_months_are_not_enough():
    with pytest.raises(NotEnoughData, match=r"5 periods with trials.*6 are needed(.|\n)*Next: wait for more periods"):
        chance_of_rate(WON[:5], DECIDED[:5], target=0.3, next_trials=40)
    with pytest.raises(NotEnoughData, match="5 periods"):
        chance_of_rate([*WON[:5], 0], [*DECIDED[:5], 0], target=0.3, next_trials=40)


@pytest.mark.parametrize(
    ("k", "n", "options", "said"),
    [
        ([50, *WON[1:]], DECIDED, {}, r"1 of 8 periods.*more than trials(.|\n)*Next: give whole counts"),
        ([-1, *WON[1:]], DECIDED, {}, "1 of 8 periods have fewer than 0"),
        ([9.5, *WON[1:]], DECIDED, {}, "parts of one"),
        (WON[1:], DECIDED, {}, r"7 counts of successes do not fit 8(.|\n)*one of each"),
        (WON, DECIDED, {"target": 30}, r"target is 30(.|\n)*Next: give a share between 0 and 1"),
        (WON, DECIDED, {"next_trials": 0}, r"next_trials is 0(.|\n)*1 or more"),
        (WON, [*DECIDED[1:], float("nan")], {}, "1 of 8 periods"),
    ],
)
def test_what_is_no_rate_is_refused(k, n, options, said):
    with pytest.raises(BadArgument, match=said):
        chance_of_rate(k, n, **{"target": 0.3, "next_trials": 40} | options)
