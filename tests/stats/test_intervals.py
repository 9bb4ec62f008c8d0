"""Intervals hold the truth as often as they promise, also with few observations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import (
    Interval,
    band_overlaps,
    compare_rates,
    compare_totals,
    estimate_rate,
    estimate_total,
    pick_quantile,
    quantile_ranks,
)

counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).filter(lambda c: c[1] > 0)


class TestRate:
    @given(counts, st.sampled_from([0.5, 0.8, 0.9, 0.99]))
    def test_the_interval_is_the_central_part_of_the_jeffreys_posterior(self, count, mass):
        successes, trials = count
        rate = estimate_rate(successes, trials, mass=mass)
        tail = (1 - mass) / 2
        low, high = beta(successes + 0.5, trials - successes + 0.5).ppf([tail, 1 - tail])
        assert rate.low == pytest.approx(0 if successes == 0 else min(low, rate.estimate), abs=1e-9)
        assert rate.high == pytest.approx(1 if successes == trials else max(high, rate.estimate), abs=1e-9)

    @given(counts)
    def test_swapping_success_and_failure_mirrors_the_interval(self, count):
        successes, trials = count
        one, other = estimate_rate(successes, trials), estimate_rate(trials - successes, trials)
        assert one.low == pytest.approx(1 - other.high, abs=1e-9)
        assert one.high == pytest.approx(1 - other.low, abs=1e-9)

    @given(counts)
    def test_more_mass_makes_it_wider(self, count):
        assert estimate_rate(*count, mass=0.95).width >= estimate_rate(*count, mass=0.8).width

    @pytest.mark.parametrize("trials", [5, 10, 20, 50])
    def test_it_holds_the_truth_nine_times_in_ten_on_average_over_rates(self, trials):
        truths = np.linspace(0.02, 0.98, 49)
        intervals = [estimate_rate(k, trials) for k in range(trials + 1)]
        held = [sum(binom.pmf(k, trials, p) for k, i in enumerate(intervals) if p in i) for p in truths]
        assert 0.89 <= np.mean(held) <= 0.92

    def test_published_limits_are_reproduced(self):
        # Brown, Cai & DasGupta 2001, table 5: Jeffreys 95 % limits for n = 10
        limits = {1: (0.011, 0.381), 3: (0.093, 0.606), 5: (0.224, 0.776)}
        for successes, (low, high) in limits.items():
            rate = estimate_rate(successes, 10, mass=0.95)
            assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-3)

    def test_no_trial_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)at least one trial.*Next: widen the period"):
            estimate_rate(0, 0)

    @pytest.mark.parametrize("count", [(-1, 3), (4, 3)])
    def test_impossible_counts_are_refused(self, count):
        with pytest.raises(BadArgument, match="0 <= successes <= trials"):
            estimate_rate(*count)

    @pytest.mark.parametrize("mass", [0.0, 1.0, 90])
    def test_a_mass_outside_0_and_1_is_refused(self, mass):
        with pytest.raises(BadArgument, match="give a mass between 0 and 1"):
            estimate_rate(1, 3, mass=mass)


class TestDifferenceOfRates:
    @given(counts, counts)
    @settings(max_examples=30, deadline=None)
    def test_swapping_the_two_flips_the_sign(self, new, old):
        one, other = compare_rates(new, old), compare_rates(old, new)
        assert one.estimate == pytest.approx(-other.estimate)
        assert one.low == pytest.approx(-other.high, abs=2e-3)

    def test_it_agrees_with_simulation(self):
        rng = np.random.default_rng(7)
        draws = rng.beta(60.5, 40.5, 400_000) - rng.beta(30.5, 70.5, 400_000)
        change = compare_rates((60, 100), (30, 100))
        assert (change.low, change.high) == pytest.approx(np.quantile(draws, [0.05, 0.95]), abs=1e-3)

    def test_it_holds_the_true_difference_nine_times_in_ten(self):
        rng = np.random.default_rng(11)
        held = 0
        for _ in range(400):
            p, q = rng.uniform(0.1, 0.6, 2)
            n, m = rng.integers(8, 60, 2)
            held += (p - q) in compare_rates((rng.binomial(n, p), n), (rng.binomial(m, q), m))
        assert 0.87 <= held / 400 <= 0.94


class TestQuantiles:
    @given(st.integers(5, 300), st.sampled_from([0.25, 0.5, 0.9]), st.sampled_from([0.8, 0.9]))
    def test_the_ranks_enclose_the_quantile_with_at_least_the_chance_whatever_the_distribution(self, n, quantile, mass):
        try:
            low, high = quantile_ranks(n, quantile=quantile, mass=mass)
        except NotEnoughData:
            return
        assert 1 <= low < high <= n
        # the quantile lies between the two when at least `low` and fewer than `high` values are below it
        assert binom.cdf(high - 1, n, quantile) - binom.cdf(low - 1, n, quantile) >= mass - 1e-9

    def test_published_ranks_are_reproduced(self):
        # Conover 1999, "Practical Nonparametric Statistics", 95 % limits of the median: n = 16 gives ranks 4 and 13
        assert quantile_ranks(16, mass=0.95) == (4, 13)

    def test_the_histogram_gives_the_median_of_its_values(self):
        rng = np.random.default_rng(3)
        sample = np.sort(rng.integers(0, 30, 101))
        values, repeats = np.unique(sample, return_counts=True)
        low, high = quantile_ranks(101)
        picked = pick_quantile(values.tolist(), repeats.tolist())
        assert (picked.low, picked.estimate, picked.high) == (sample[low - 1], np.median(sample), sample[high - 1])

    def test_too_few_values_are_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)3 values are too few.*Next: widen"):
            quantile_ranks(3)

    def test_no_value_is_refused(self):
        with pytest.raises(NotEnoughData, match="0 values are too few"):
            pick_quantile([], [])


class TestTotals:
    @pytest.mark.parametrize(("n_parts", "log_sd", "least"), [(10, 0.0, 0.88), (10, 0.5, 0.86), (30, 0.5, 0.87)])
    def test_it_holds_the_expected_total(self, n_parts, log_sd, least):
        rng = np.random.default_rng(5)
        truth, held = n_parts * np.exp(log_sd**2 / 2), 0
        for _ in range(1500):
            parts = np.exp(rng.normal(0, log_sd, rng.poisson(n_parts)))
            held += len(parts) > 0 and truth in estimate_total(parts.sum(), (parts**2).sum())
        assert least <= held / 1500 <= 0.93

    def test_a_few_huge_parts_make_it_too_narrow_as_its_docstring_says(self):
        rng = np.random.default_rng(5)
        truth, held = 30 * np.exp(0.5), 0
        for _ in range(1500):
            parts = np.exp(rng.normal(0, 1, rng.poisson(30)))
            held += truth in estimate_total(parts.sum(), (parts**2).sum())
        assert 0.83 <= held / 1500 <= 0.89

    def test_unchanged_totals_are_called_changed_once_in_ten(self):
        rng = np.random.default_rng(9)
        said = 0
        for _ in range(1000):
            new, old = (np.exp(rng.normal(0, 0.5, rng.poisson(25))) for _ in range(2))
            said += 1 not in compare_totals((new.sum(), (new**2).sum()), (old.sum(), (old**2).sum()))
        assert 0.07 <= said / 1000 <= 0.14

    @given(st.floats(1, 1e6), st.floats(0.01, 1))
    def test_the_unit_of_money_does_not_matter(self, scale, part):
        one = compare_totals((40.0, 40.0 * part), (30.0, 30.0 * part))
        other = compare_totals((40.0 * scale, 40.0 * part * scale**2), (30.0 * scale, 30.0 * part * scale**2))
        assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=1e-9)

    def test_a_total_of_nothing_is_refused(self):
        with pytest.raises(NotEnoughData, match="A total of nothing"):
            compare_totals((0.0, 0.0), (5.0, 5.0))


class TestBands:
    intervals = st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 0.3)).map(lambda p: Interval(p[0] + p[1] / 2, p[0], p[0] + p[1], 0.8)),
        max_size=12,
    )

    @pytest.mark.requirement("H04")
    @given(intervals)
    def test_intervals_that_overlap_share_a_band(self, given_intervals):
        bands = band_overlaps(given_intervals)
        for i, one in enumerate(given_intervals):
            for j, other in enumerate(given_intervals):
                if one.overlaps(other):
                    assert bands[i] == bands[j]

    @given(intervals)
    def test_bands_count_from_1_downwards_without_gaps(self, given_intervals):
        bands = band_overlaps(given_intervals)
        assert sorted(set(bands)) == list(range(1, len(set(bands)) + 1))
        for one, band in zip(given_intervals, bands, strict=True):
            assert all(
                one.low > other.high for other, lower in zip(given_intervals, bands, strict=True) if lower > band
            )


def test_an_interval_that_does_not_hold_its_estimate_is_refused():
    with pytest.raises(BadArgument, match="give low <= estimate <= high"):
        Interval(0.5, 0.6, 0.7, 0.9)
