"""Evidence that may be watched: its mean is at most 1 when there is nothing, and it grows when there is something."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chisquare, hypergeom, multinomial, nchypergeom_fisher

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import (
    measure_count_evidence,
    measure_lot_evidence,
    measure_rate_evidence,
    measure_split_e,
    measure_split_p,
)
from saleslab.stats.evidence import LOG_ODDS_RATIOS


def e_of(y, n, x, m) -> float:
    return float(np.exp(measure_rate_evidence(([y], [n]), ([x], [m]))[-1]))


class TestRates:
    @pytest.mark.parametrize(
        ("y", "n", "x", "m"),
        [
            (3, 50, 1, 50),
            (0, 40, 6, 40),
            (7, 30, 3, 70),
            (600, 4000, 700, 5000),
            (8000, 45_000, 7900, 45_000),
            (0, 1, 1, 1),
        ],
    )
    def test_it_is_the_mean_of_fishers_likelihood_ratios(self, y, n, x, m):
        ratios = [
            nchypergeom_fisher.pmf(y, n + m, n, y + x, np.exp(effect)) / hypergeom.pmf(y, n + m, n, y + x)
            for effect in LOG_ODDS_RATIOS
        ]
        told = measure_rate_evidence(([y], [n]), ([x], [m]), log_odds_ratios=LOG_ODDS_RATIOS)
        assert np.exp(told[-1]) == pytest.approx(np.mean(ratios), rel=1e-8)

    @pytest.mark.parametrize(("n", "m", "rate"), [(12, 12, 0.1), (5, 20, 0.4), (30, 10, 0.02)])
    def test_its_mean_without_an_effect_is_exactly_1_whatever_the_common_rate(self, n, m, rate):
        y, x = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
        logs = measure_rate_evidence(
            (y[..., None], np.full((*y.shape, 1), n)), (x[..., None], np.full((*x.shape, 1), m))
        )
        chance = binom.pmf(y, n, rate) * binom.pmf(x, m, rate)
        assert (chance * np.exp(logs[..., 0])).sum() == pytest.approx(1, abs=1e-10)

    @pytest.mark.parametrize(("n", "m", "total"), [(4000, 5000, 1300), (20_000, 30_000, 900), (40_000, 300, 90)])
    def test_its_mean_given_the_sum_is_1_where_smaller_effects_join(self, n, m, total):
        y = np.arange(max(0, total - m), min(n, total) + 1)
        sizes = (np.full((len(y), 1), units) for units in (n, m))
        logs = measure_rate_evidence((y[:, None], next(sizes)), (total - y[:, None], next(sizes)))[:, 0]
        assert np.exp(hypergeom.logpmf(y, n + m, n, total) + logs).sum() == pytest.approx(1, abs=1e-6)

    def test_a_small_effect_in_a_large_test_is_evidence(self):
        """Cookie Cats, day 7: 8502 of 44700 against 8279 of 45489; p = .0016 of a plain z test."""
        large = (([8279], [45_489]), ([8502], [44_700]))
        assert np.exp(measure_rate_evidence(*large, log_odds_ratios=LOG_ODDS_RATIOS)[0]) < 1e-9
        assert 5 < np.exp(measure_rate_evidence(*large)[0]) < 1 / 0.0016

    def test_effects_are_chosen_by_the_first_look_of_each_experiment_alone(self):
        first, later = np.array([[5], [500]]), np.array([[400], [430]])
        sizes = np.array([[50, 5_000], [5_000, 5_000]])
        both = measure_rate_evidence((np.hstack([first, later]), sizes), (np.hstack([first, later]) + 3, sizes))
        for row in range(2):
            seen = np.hstack([first, later])[row]
            alone = measure_rate_evidence((seen, sizes[row]), (seen + 3, sizes[row]))
            assert both[row] == pytest.approx(alone, rel=1e-12)

    def test_weeks_with_different_rates_do_not_pass_for_an_effect(self):
        # the treatment has more units in the good weeks: the totals look like an effect, the weeks do not
        weeks = (([2, 40] * 10, [20, 80] * 10), ([8, 10] * 10, [80, 20] * 10))
        assert np.exp(measure_rate_evidence(*weeks)[-1]) < 1
        totals = (([420], [1000]), ([180], [1000]))
        assert np.exp(measure_rate_evidence(*totals)[-1]) > 1e6

    def test_looks_are_cumulated(self):
        path = measure_rate_evidence(([9, 12, 11], [50, 50, 50]), ([4, 3, 2], [50, 50, 50]))
        assert np.all(np.diff(path) > 0)
        assert path[0] == pytest.approx(np.log(e_of(9, 50, 4, 50)))

    @given(st.integers(0, 40), st.integers(0, 40))
    @settings(max_examples=30, deadline=None)
    def test_swapping_the_arms_changes_nothing(self, y, x):
        assert e_of(y, 40, x, 40) == pytest.approx(e_of(x, 40, y, 40), rel=1e-9)


class TestCounts:
    def test_its_mean_without_an_effect_is_exactly_1_given_the_sum(self):
        total, share = 30, 0.3
        y = np.arange(total + 1)
        logs = [measure_count_evidence(([k], [3.0]), ([total - k], [7.0]))[0] for k in y]
        assert (binom.pmf(y, total, share) * np.exp(logs)).sum() == pytest.approx(1, abs=1e-12)

    def test_a_doubled_rate_is_seen(self):
        assert measure_count_evidence(([60], [10.0]), ([30], [10.0]))[0] > np.log(20)


class TestLots:
    def test_its_mean_over_all_draws_is_exactly_1_whatever_the_outcomes(self):
        rng = np.random.default_rng(7)
        scores = np.cumsum(rng.standard_cauchy((3, 9)), axis=0)
        values = []
        for chosen in combinations(range(9), 4):
            is_new = np.isin(np.arange(9), chosen)
            values.append(np.exp(measure_lot_evidence(scores, is_new)[-1]))
        assert np.mean(values) == pytest.approx(1, rel=1e-9)

    def test_for_yes_and_no_it_is_the_evidence_of_rates(self):
        outcome = np.array([1] * 9 + [0] * 41 + [1] * 4 + [0] * 46)
        lot = measure_lot_evidence(np.array(LOG_ODDS_RATIOS)[:, None] * outcome, np.arange(100) < 50)
        assert np.exp(lot[-1]) == pytest.approx(e_of(9, 50, 4, 50), rel=1e-9)

    def test_a_large_arm_and_wild_scores_stay_finite(self):
        rng = np.random.default_rng(3)
        path = measure_lot_evidence(rng.normal(0, 30, (4, 3000)), rng.random(3000) < 0.9)
        assert np.isfinite(path).all()

    def test_scores_that_do_not_fit_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)5 units do not fit.*Next: give one score for each effect"):
            measure_lot_evidence(np.zeros((2, 4)), np.ones(5, dtype=bool))


class TestSplits:
    def test_published_splits_are_reproduced(self):
        # Cookie Cats: 44,700 and 45,489 of an even split
        assert measure_split_p([44_700, 45_489], [1, 1]) == pytest.approx(0.0086080, abs=5e-8)
        # an arm of weight 0 takes no degree of freedom: 6.3e-5, where df = 2 says 3.4e-4
        assert measure_split_p([5200, 4800, 0], [0.5, 0.5, 0]) == pytest.approx(6.334e-5, rel=1e-3)

    def test_many_units_are_judged_by_chi_square_and_few_exactly(self):
        assert measure_split_p([300, 340, 290], [1, 1, 1]) == pytest.approx(chisquare([300, 340, 290]).pvalue)
        assert measure_split_p([3, 9], [1, 2]) == pytest.approx(binomtest(3, 12, 1 / 3).pvalue)

    def test_the_exact_test_adds_up_all_outcomes_that_are_no_likelier(self):
        shares = [0.2, 0.3, 0.5]
        outcomes = [(i, j, 12 - i - j) for i in range(13) for j in range(13 - i)]
        chances = multinomial.pmf(outcomes, 12, shares)
        own = multinomial.pmf([6, 3, 3], 12, shares)
        assert measure_split_p([6, 3, 3], shares) == pytest.approx(chances[chances <= own * (1 + 1e-9)].sum())

    def test_units_in_an_arm_that_should_be_empty_are_impossible(self):
        assert measure_split_p([50, 50, 1], [0.5, 0.5, 0]) == 0
        assert measure_split_e([[50, 50, 0], [50, 50, 1]], [0.5, 0.5, 0]).tolist()[-1] == np.inf

    def test_the_evidence_has_mean_1_for_a_sound_split(self):
        n = 60
        y = np.arange(n + 1)
        values = [measure_split_e([[k, n - k]], [1, 2])[0] for k in y]
        assert (binom.pmf(y, n, 1 / 3) * values).sum() == pytest.approx(1, abs=1e-9)

    def test_a_split_that_is_off_by_a_tenth_is_found_and_a_sound_one_watched_daily_is_not(self):
        rng = np.random.default_rng(5)
        off = rng.multinomial(200, [0.55, 0.45], 100)
        assert measure_split_e(off, [1, 1])[-1] > 1e6
        reached = [measure_split_e(rng.multinomial(50, [0.5, 0.5], 100), [1, 1]).max() >= 20 for _ in range(400)]
        assert np.mean(reached) <= 0.05

    def test_nothing_split_and_bad_counts_are_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)Nothing was split.*Next: wait"):
            measure_split_p([0, 0], [1, 1])
        with pytest.raises(BadArgument, match="(?s)negative, fractional or missing.*Next: count the units anew"):
            measure_split_p([1.5, 2], [1, 1])
        with pytest.raises(BadArgument, match="(?s)2 counts do not fit 3.*Next: give one share for each arm"):
            measure_split_p([1, 2], [1, 1, 1])
        with pytest.raises(BadArgument, match="(?s)negative or all 0.*Next: give the planned shares"):
            measure_split_p([1, 2], [0, 0])
