"""Counts per exposure: as sure as a Poisson count where they look like one, and no surer where they do not."""

import numpy as np
import pandas as pd
import pytest
from experiments_calibration import rank_counts, rank_poisson
from experiments_counts import measure_count_coverage
from scipy.special import gammaln
from scipy.stats import kstest, nbinom

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, Stakes, compare_counts
from saleslab.experiments.counts import _weigh
from saleslab.stats import GammaArms, weigh_counts


def make_rows(old, new, **columns) -> pd.DataFrame:
    return pd.DataFrame({"arm": ["old"] * len(old) + ["new"] * len(new), "n_events": [*old, *new], **columns})


def draw(rng, *, mean=4.0, rise=1.0, extra=0.0, n=40):
    spread = [rng.gamma(1 / extra, extra, n) if extra else np.ones(n) for _ in range(2)]
    return rng.poisson(mean * spread[0]), rng.poisson(mean * rise * spread[1])


class TestRecovery:
    @pytest.mark.parametrize("extra", [0.0, 0.5])
    def test_a_planted_rise_is_found(self, extra):
        old, new = draw(np.random.default_rng(11), rise=1.5, extra=extra, n=300)
        answer = compare_counts(make_rows(old, new), control="old")
        contrast = answer.contrasts[0]
        assert contrast.relative_lift == pytest.approx(0.5, abs=0.2)
        assert 0.5 in contrast.relative_interval
        assert contrast.chance_better > 0.99
        assert contrast.e_value > 20

    def test_spread_is_told_from_chance(self):
        rng = np.random.default_rng(11)
        even = compare_counts(make_rows(*draw(rng, n=80)), control="old")
        uneven = compare_counts(make_rows(*draw(rng, n=80, extra=1.0)), control="old")
        assert Reason.OVERDISPERSED not in even.reasons
        assert even.dispersion == pytest.approx(1, abs=0.2)
        assert Reason.OVERDISPERSED in uneven.reasons
        assert uneven.dispersion == pytest.approx(5, rel=0.4)  # 1 + extra * mean

    def test_a_few_that_count_for_all_others_are_named_as_a_poor_fit(self):
        rng = np.random.default_rng(13)
        old, new = (rng.poisson(4 * np.where(rng.random(60) < 0.1, 5.5, 0.5)) for _ in range(2))
        assert Reason.POOR_FIT in compare_counts(make_rows(old, new), control="old").reasons

    def test_exposure_is_what_counts_not_rows(self):
        rows = make_rows([10, 12, 9, 11], [20, 22, 19, 21], weeks=[1, 1, 1, 1, 2, 2, 2, 2])
        answer = compare_counts(rows, exposure="weeks", control="old")
        assert answer.exposures == (4.0, 8.0)
        assert answer.contrasts[0].observed_lift == pytest.approx(-0.25)


class TestReference:
    def test_without_spread_the_ranges_are_those_of_a_poisson_count(self):
        rng = np.random.default_rng(3)
        arms = [(rng.poisson(6, 400), np.ones(400)) for _ in range(2)]
        model = weigh_counts(arms)
        poisson = GammaArms([counts.sum() + 0.5 for counts, _ in arms], [400.0, 400.0])
        widths = [np.ptp(one.difference_quantiles(1, 0, [0.025, 0.975])) for one in (model.rates, poisson)]
        assert 1 <= widths[0] / widths[1] < 1.1

    def test_known_spread_is_summed_as_by_brute_force(self):
        rng = np.random.default_rng(5)
        counts = rng.poisson(5 * rng.gamma(2, 0.5, 8))
        model = weigh_counts([(counts, np.ones(8)), (counts, np.ones(8))])
        line, z = np.linspace(-3, 7, 401), np.linspace(-7, 7, 141)
        total = np.zeros(len(line))
        for kind, most, before in (("poisson", 1e-6, 0.5), ("gamma", 8 / 3, 0.25), ("log-normal", 10.0, 0.25)):
            shares = (np.arange(100) + 0.5) / 100 * most / (1 + most)
            for extra in shares / (1 - shares):
                k, variance = 1 / extra, np.log1p(extra)
                if kind == "log-normal":
                    log_rates = line[:, None] - variance / 2 + np.sqrt(variance) * z
                    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
                    each = [np.log(np.exp(y * log_rates - np.exp(log_rates) - 8) @ weights) for y in counts]
                elif kind == "gamma":
                    each = [nbinom.logpmf(y, k, k / (k + np.exp(line))) + gammaln(y + 1) - 8 for y in counts]
                else:
                    each = [y * line - np.exp(line) - 8 for y in counts]
                density = np.exp(0.5 * line + np.sum(each, axis=0) + 40)
                # the other arm has the same data, so it weighs the spread once more
                total += before * density * density.sum()
        mean = (np.exp(line) * total).sum() / total.sum()
        assert model.rates.mean(0) == pytest.approx(mean, rel=2e-3)


class TestCoverage:
    def test_ranges_hold_the_truth_of_poisson_and_of_uneven_units(self):
        truths = ("poisson", "gamma, extra 1", "one in ten eleven times the rest")
        table = measure_count_coverage(truths, sizes=(20,), runs=100)
        assert table["lift"].between(0.90, 0.995).all(), table.to_string()

    def test_posteriors_are_as_sure_as_they_say(self):
        assert kstest(rank_poisson(10_000), "uniform").pvalue > 0.01
        assert kstest(rank_counts(200), "uniform").pvalue > 0.01

    @pytest.mark.slow
    def test_ranges_hold_the_truth_whatever_the_units_are_spread_like(self):
        table = measure_count_coverage(runs=1_000)
        assert table["lift"].between(0.93, 0.97).all(), table.to_string()

    def test_evidence_misleads_in_at_most_one_of_twenty_even_among_very_uneven_units(self):
        rng, is_new = np.random.default_rng(17), np.arange(60) >= 30
        weigh = [
            _weigh(np.concatenate(draw(rng, extra=2.0, n=30)).astype(float), np.ones(60), is_new, ~is_new, None)
            for _ in range(400)
        ]
        assert np.mean(np.array(weigh) >= np.log(20)) <= 0.05
        assert np.mean(np.exp(weigh)) < 1.5


class TestLaws:
    def test_swapping_the_arms_flips_the_lift(self):
        old, new = [3, 9, 1, 12, 0, 5], [8, 2, 15, 4, 11, 14]
        one = compare_counts(make_rows(old, new), control="old").contrasts[0]
        other = compare_counts(make_rows(new, old), control="old").contrasts[0]
        assert one.lift == pytest.approx(-other.lift, rel=1e-6)
        assert one.chance_better == pytest.approx(1 - other.chance_better, abs=1e-6)
        assert one.e_value == pytest.approx(other.e_value, rel=1e-9)

    def test_the_unit_of_exposure_does_not_matter(self):
        rows = make_rows([3, 9, 1, 12], [8, 2, 15, 4], hours=[40.0, 38, 40, 42] * 2)
        weeks = rows.assign(hours=rows["hours"] / 40)
        one, other = (compare_counts(frame, exposure="hours", control="old") for frame in (rows, weeks))
        assert one.contrasts[0].relative_lift == pytest.approx(other.contrasts[0].relative_lift, rel=1e-6)
        assert one.contrasts[0].lift * 40 == pytest.approx(other.contrasts[0].lift, rel=1e-6)

    def test_fewer_can_be_better(self):
        rows = make_rows([9, 8, 11, 10], [3, 4, 2, 5])
        assert (
            compare_counts(rows, control="old", stakes=Stakes(higher_is_better=False)).contrasts[0].chance_better > 0.95
        )


class TestBadInput:
    def test_totals_alone_are_refused_because_nobody_sees_their_spread(self):
        with pytest.raises(NotEnoughData, match=r"(?s)fewer than 3 units: old \(1\), new \(2\).*Next: give one row"):
            compare_counts(make_rows([30], [40, 38]), control="old")

    def test_bad_rows_are_all_named_at_once(self):
        rows = make_rows([1, np.nan, -2, 3], [1.5, 2, 3, 4], weeks=[1, 1, 1, 0, 1, 1, 1, np.nan])
        with pytest.raises(BadArgument) as caught:
            compare_counts(rows, exposure="weeks", control="old")
        message = str(caught.value)
        assert "1 row with no n_events (1)" in message
        assert "2 rows with a n_events that is no whole number from 0 on (2, 4)" in message
        assert "2 rows with a weeks that is not above 0 (3, 7)" in message
        assert "Next: correct these rows" in message

    def test_an_arm_that_counted_nothing_is_named_and_still_compared(self):
        answer = compare_counts(make_rows([0, 0, 0, 0], [1, 0, 2, 1]), control="old")
        assert Reason.NO_SUCCESSES in answer.reasons
        assert np.isfinite(answer.contrasts[0].relative_interval.high)
