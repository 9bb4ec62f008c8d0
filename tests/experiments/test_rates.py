"""Rates of any number of arms: exact, covered, safe to look at every week, and refused with reasons."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from experiments_calibration import measure_calibration, rank_rates
from experiments_peeking import measure_false_ships, measure_naive_peeking, measure_power
from experiments_rates import CELLS, measure_rate_coverage
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments import LIFT_LEVELS, Reason, Stakes, compare_rate_counts, compare_rates, tabulate_lift
from saleslab.stats import measure_rate_evidence

COOKIE_CATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cookie_cats" / "cookie_cats.csv.gz"
counts = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def compare(old, new, **options):
    (x, m), (y, n) = old, new
    return compare_rate_counts({"old": x, "new": y}, {"old": m, "new": n}, control="old", **options)


class TestReference:
    @pytest.mark.parametrize(("prior", "chance"), [("flat", 0.9940864), ("jeffreys", 0.9975791)])
    def test_nothing_of_40_against_6_of_40_is_exact(self, prior, chance):
        # research note of 2026-11-23: GrowthBook's normal approximation says .500 here
        assert compare((0, 40), (6, 40), prior=prior).contrasts[0].chance_better == pytest.approx(chance, abs=5e-8)

    def test_cookie_cats_is_exact_to_six_digits(self):
        # gate_30 against gate_40: retained after one day, after seven days; flat prior
        for kept_40, kept_30, chance in ((20_119, 20_034, 0.962793975), (8_279, 8_502, 0.999222661)):
            answer = compare((kept_40, 45_489), (kept_30, 44_700), prior="flat")
            assert answer.contrasts[0].chance_better == pytest.approx(chance, abs=5e-9)

    @pytest.mark.real_data
    @pytest.mark.skipif(not COOKIE_CATS.is_file(), reason="../shared/data/cookie_cats is absent")
    def test_cookie_cats_is_found_in_its_90_189_rows(self):
        rows = pd.read_csv(COOKIE_CATS)
        answer = compare_rates(
            rows, arm="version", outcome="retention_7", unit="userid", control="gate_40", prior="flat"
        )
        assert [one.n for one in answer.arms] == [45_489, 44_700]
        assert answer.contrasts[0].chance_better == pytest.approx(0.999222661, abs=5e-9)

    def test_three_arms_of_30_000_are_exact(self):
        # bayesian-testing's sessions, Jeffreys prior; its draws are off by 10 % in the smallest loss
        trials = {"A": 31_500, "B": 32_000, "C": 31_000}
        answer = compare_rate_counts({"A": 1580, "B": 1700, "C": 1550}, trials, control="A")
        best, loss = ([getattr(one, name) for one in answer.arms] for name in ("chance_best", "expected_loss"))
        assert best == pytest.approx([0.0411975, 0.9254342, 0.0333682], abs=5e-8)
        assert loss == pytest.approx([0.00302113, 0.0000551747, 0.00317962], abs=5e-9)

    def test_the_normal_approximation_of_the_relative_lift_is_not_what_we_do(self):
        # GrowthBook's fixture 49 of 100 against 51 of 100: chance to win .60918; its formula is repeated here
        x, y, n = 0.49, 0.51, 100
        variances = [rate * (1 - rate) / n for rate in (x, y)]
        spread = np.sqrt(variances[1] / x**2 + variances[0] * y**2 / x**4)
        assert norm.cdf((y / x - 1) / spread) == pytest.approx(0.60918, abs=5e-6)
        exact = compare((49, 100), (51, 100), prior="flat").contrasts[0].chance_better
        assert exact == pytest.approx(0.61077, abs=5e-6)


class TestCoverage:
    def test_95_percent_ranges_of_both_lifts_hold_the_truth_in_every_cell(self):
        table = measure_rate_coverage()
        assert len(table) == len(CELLS)
        for lift in ("lift", "relative_lift"):
            assert table[lift].between(0.93, 0.97).all(), table.to_string()

    def test_what_is_counted_there_is_what_the_answer_says(self):
        for successes in (0, 3, 6, 7, 8, 9, 10):
            contrast = compare((2, 40), (successes, 40)).contrasts[0]
            inside = 0.0 in contrast.interval
            assert inside == (0.025 < contrast.chance_better < 0.975)
            assert inside == (0.0 in contrast.relative_interval)

    def test_posteriors_are_as_sure_as_they_say(self):
        ranks = rank_rates(10_000)
        assert kstest(ranks, "uniform").pvalue > 0.01

    @pytest.mark.slow
    def test_all_models_are_calibrated_over_10_000_runs(self):
        table = measure_calibration(10_000)
        assert (table["uniform_p"] > 0.01).all(), table.to_string()


class TestWatching:
    def test_without_an_effect_evidence_reaches_20_in_at_most_one_of_twenty_years_of_weekly_looks(self):
        table = measure_false_ships([(0.1, 20, 20), (0.2, 50, 50), (0.1, 500, 500), (0.2, 70, 30)], runs=2_000)
        assert table["by_the_end"].max() <= 0.05, table.to_string()
        assert table["by_week_26"].le(table["by_the_end"]).all()

    def test_a_lift_of_three_tenths_is_found_more_often_than_by_any_rival_that_is_valid(self):
        # bar: .37; GrowthBook's asymptotic sequences find .11, the generic e-variables .33
        table = measure_power(runs=10_000).set_index(["relative_lift", "per_week", "rule"])["found"]
        assert table[0.3, 50, "given the sum"] >= 0.37
        assert table[0.3, 50, "given the sum"] > table[0.3, 50, "generic"]
        assert table[0.5, 50, "given the sum"] >= 0.85
        assert table[0.1, 2_000, "given the sum"] >= 0.9  # .65 without effects below .2

    def test_the_usual_rule_is_wrong_more_than_a_third_of_the_time(self):
        assert measure_naive_peeking(runs=300) > 0.35

    @pytest.mark.slow
    def test_no_cell_ships_falsely_more_than_one_time_in_twenty(self):
        assert measure_false_ships()["by_the_end"].max() <= 0.05

    def test_looks_multiply_and_totals_are_one_look(self):
        looks = [({"old": 4, "new": 9}, {"old": 50, "new": 50}), ({"old": 3, "new": 12}, {"old": 50, "new": 50})]
        watched = compare((7, 100), (21, 100), looks=looks).contrasts[0]
        once = compare((7, 100), (21, 100)).contrasts[0]
        path = measure_rate_evidence(([9, 12], [50, 50]), ([4, 3], [50, 50]))
        assert watched.e_value == pytest.approx(np.exp(path[-1]))
        assert once.e_value != pytest.approx(watched.e_value)
        assert once.anytime_p == pytest.approx(min(1, 1 / once.e_value))

    def test_rows_with_looks_say_the_same(self):
        rows = pd.DataFrame(
            {
                "arm": (["old"] * 50 + ["new"] * 50) * 2,
                "succeeded": [1] * 4 + [0] * 46 + [1] * 9 + [0] * 41 + [1] * 3 + [0] * 47 + [1] * 12 + [0] * 38,
                "week": [1] * 100 + [2] * 100,
            }
        )
        path = measure_rate_evidence(([9, 12], [50, 50]), ([4, 3], [50, 50]))
        assert compare_rates(rows, control="old", look="week").contrasts[0].e_value == pytest.approx(np.exp(path[-1]))

    def test_looks_that_do_not_add_up_are_refused(self):
        looks = [({"old": 7, "new": 20}, {"old": 100, "new": 100})]
        with pytest.raises(BadArgument, match="(?s)do not add up to the totals of new.*Next: .*only what came in"):
            compare((7, 100), (21, 100), looks=looks)
        with pytest.raises(BadArgument, match="(?s)Look 1 has impossible counts for new.*Next: give what came in"):
            compare((7, 100), (21, 100), looks=[({"new": 5}, {"new": 4})])


class TestLaws:
    @given(counts, counts)
    @settings(max_examples=8, deadline=None)
    def test_swapping_the_arms_flips_the_lift(self, old, new):
        one, other = compare(old, new).contrasts[0], compare(new, old).contrasts[0]
        assert one.lift == pytest.approx(-other.lift, abs=1e-9)
        assert one.chance_better == pytest.approx(1 - other.chance_better, abs=1e-9)
        assert one.expected_loss == pytest.approx(other.expected_loss_of_control, abs=1e-9)
        assert 1 + one.relative_lift == pytest.approx(1 / (1 + other.relative_lift), rel=1e-7)

    @given(counts, counts)
    @settings(max_examples=8, deadline=None)
    def test_everything_is_finite_and_in_order(self, old, new):
        answer = compare(old, new)
        contrast = answer.contrasts[0]
        assert np.isfinite([contrast.relative_interval.high, contrast.e_value, contrast.expected_loss]).all()
        assert list(contrast.lift_quantiles) == sorted(contrast.lift_quantiles)
        assert sum(one.chance_best for one in answer.arms) == pytest.approx(1)
        assert [one.assumption for one in contrast.sensitivity] == ["flat", "jeffreys", "sceptical"]

    def test_the_sceptic_is_less_easily_convinced(self):
        flat, jeffreys, sceptical = (one.chance_better for one in compare((2, 60), (8, 60)).contrasts[0].sensitivity)
        assert 0.5 < sceptical < min(flat, jeffreys)

    def test_lower_is_better_turns_the_answer_round(self):
        usual = compare((10, 100), (20, 100), stakes=Stakes(minimum_effect=0.02)).contrasts[0]
        turned = compare((10, 100), (20, 100), stakes=Stakes(minimum_effect=0.02, higher_is_better=False)).contrasts[0]
        assert turned.chance_better == pytest.approx(1 - usual.chance_better)
        assert turned.chance_above_minimum < turned.chance_better
        assert turned.expected_loss == pytest.approx(usual.expected_loss_of_control)
        assert turned.lift == usual.lift

    def test_a_wider_minimum_is_less_likely_and_a_wider_equivalence_more(self):
        narrow, wide = (
            compare((10, 100), (16, 100), stakes=Stakes(minimum_effect=m)).contrasts[0] for m in (0.01, 0.04)
        )
        assert wide.chance_above_minimum < narrow.chance_above_minimum < narrow.chance_better
        assert wide.chance_equivalent > narrow.chance_equivalent > 0

    def test_the_lift_is_handed_on_as_quantiles(self):
        frame = tabulate_lift(compare((10, 100), (16, 100)), experiment_id="x")
        assert frame["quantile"].tolist() == list(LIFT_LEVELS)
        assert frame["lift"].is_monotonic_increasing

    def test_every_number_can_be_written_as_json(self):
        contrast = compare((10, 100), (16, 100)).contrasts[0]
        assert json.loads(json.dumps([contrast.lift, contrast.e_value, *contrast.lift_quantiles], allow_nan=False))


class TestPriors:
    def test_a_learned_prior_is_read_by_its_two_numbers(self):
        learned = SimpleNamespace(a=3.0, b=27.0)
        assert compare((2, 60), (8, 60), prior=learned) == compare((2, 60), (8, 60), prior=(3.0, 27.0))

    def test_prior_and_posterior_stand_side_by_side(self):
        arm = compare((2, 60), (8, 60), prior=(3, 27)).arms[0]
        assert arm.prior.low < 0.1 < arm.prior.high
        assert arm.posterior_mean == pytest.approx(5 / 90)

    @pytest.mark.parametrize("prior", ["wild", (0.0, 1.0), (2.0, float("nan"))])
    def test_what_is_no_prior_is_refused(self, prior):
        with pytest.raises(BadArgument, match=r"(?s)(no prior|is no prior of a rate).*Next: give"):
            compare((2, 60), (8, 60), prior=prior)


class TestReasons:
    def test_an_arm_without_a_success_is_named_and_still_compared(self):
        assert Reason.NO_SUCCESSES in compare((0, 40), (6, 40)).reasons
        assert compare((2, 40), (6, 40)).reasons == ()

    def test_a_prior_worth_more_than_the_data_is_named(self):
        assert compare((2, 40), (6, 40), prior=(4, 40)).reasons == (Reason.PRIOR_DOMINATES,)

    def test_two_units_an_arm_rest_on_the_prior(self):
        assert Reason.PRIOR_DOMINATES in compare((0, 1), (1, 1), prior="flat").reasons


class TestBadInput:
    def test_all_impossible_counts_are_named_at_once(self):
        with pytest.raises(BadArgument, match=r"(?s)new \(-1 of 4\), old \(5 of 3\).*Next: give whole numbers"):
            compare((5, 3), (-1, 4))
        with pytest.raises(BadArgument, match=r"new \(1.5 of 4\)"):
            compare((1, 3), (1.5, 4))
        with pytest.raises(BadArgument, match=r"new \(nan of 4\)"):
            compare((1, 3), (float("nan"), 4))

    def test_an_arm_without_a_unit_is_named(self):
        with pytest.raises(NotEnoughData, match="(?s)without a unit: new.*Next: leave the arm out"):
            compare((1, 3), (0, 0))

    def test_one_arm_or_an_unknown_control_is_refused(self):
        with pytest.raises(BadArgument, match="(?s)only one arm.*Next: a comparison needs a treatment"):
            compare_rate_counts({"old": 1}, {"old": 3}, control="old")
        with pytest.raises(BadArgument, match="(?s)control 'odl' is no arm.*Next: check the spelling"):
            compare_rate_counts({"old": 1, "new": 2}, {"old": 3, "new": 3}, control="odl")

    def test_arms_that_lack_successes_are_named(self):
        with pytest.raises(BadArgument, match="(?s)only one of successes and trials: new.*Next: give both"):
            compare_rate_counts({"old": 1}, {"old": 3, "new": 3}, control="old")

    def test_bad_rows_are_all_named_at_once(self):
        rows = pd.DataFrame(
            {
                "unit": ["a", "b", "c", "c", "d", "d", None],
                "arm": ["old", "new", "old", "new", "old", "old", None],
                "succeeded": [1, np.nan, 2, 0, 1, 0, 1],
            }
        )
        with pytest.raises(BadArgument) as caught:
            compare_rates(rows, control="old", unit="unit")
        message = str(caught.value)
        assert "1 row with no arm (6)" in message
        assert "1 row with no unit (6)" in message
        assert "2 rows with a unit that is in two arms (2, 3)" in message
        assert "2 rows with a unit that appears twice (4, 5)" in message
        assert "1 row with no succeeded (1)" in message
        assert "1 row with a succeeded that is neither 0 nor 1 (2)" in message
        assert "Next: decide what these rows are" in message

    def test_a_missing_column_is_named(self):
        with pytest.raises(TableError, match="(?s)outcomes has no column 'succeeded'.*Next: pass"):
            compare_rates(pd.DataFrame({"arm": ["a", "b"], "won": [0, 1]}), control="a")

    @pytest.mark.parametrize("kind", ["bool", "boolean", "Int64", "float64", "object"])
    def test_yes_and_no_may_be_of_any_kind(self, kind):
        rows = pd.DataFrame(
            {"arm": ["a", "a", "b", "b"], "succeeded": pd.Series([True, False, True, True]).astype(kind)}
        )
        assert [one.rate for one in compare_rates(rows, control="a").arms] == [0.5, 1.0]
