"""The rule ships what is proven and affordable, stops what is futile, and says why in one sentence."""

from dataclasses import replace
from decimal import Decimal

import experiments_decisions
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import make_contrast, make_plan, make_seen

from saleslab.errors import BadArgument
from saleslab.experiments import Metric, Reason, Verdict, check_health, compare_rate_counts, decide
from saleslab.experiments.decision import HARMLESS, INVALIDATING
from saleslab.wording import say, section

PLAN = make_plan()
STRONG = make_contrast(lift=0.04, e_value=25.0)
FLAGS = [reason for reason in Reason if reason not in (*HARMLESS, *INVALIDATING, Reason.UNPLANNED)]


class TestShipping:
    def test_strong_evidence_ships_before_the_end(self):
        decision = decide(make_seen(STRONG), plan=PLAN, look=6)
        assert (decision.verdict, decision.arm, decision.is_early) == (Verdict.SHIP, "new", True)
        assert decision.sentence.en.startswith("Change to the new way now:")
        assert decision.sentence.ja.startswith("新案に今すぐ切り替えます。")

    def test_a_high_chance_alone_does_not_ship_before_the_end_and_does_at_the_end(self):
        likely = make_contrast(lift=0.04, e_value=19.0)
        assert likely.chance_better > 0.999
        assert decide(make_seen(likely), plan=PLAN, look=25).verdict is Verdict.CONTINUE
        decision = decide(make_seen(likely), plan=PLAN, look=26)
        assert (decision.verdict, decision.is_early) == (Verdict.SHIP, False)

    def test_a_small_loss_alone_never_ships(self):
        """Expected loss picks a winner among equal arms in 28 to 66 of 100 tests (research/experiments.md, table d)."""
        alike = make_contrast(lift=0.0001, sd=0.0003)
        rich = make_plan(tolerated_loss=Decimal(10**9), minimum_effect=0.0)
        for look in (1, 13, 25, 26):
            assert decide(make_seen(alike), plan=rich, look=look).verdict is not Verdict.SHIP

    def test_a_loss_above_what_is_tolerated_keeps_the_control(self):
        dear = make_plan(amount_per_unit=Decimal(10**9))
        decision = decide(make_seen(make_contrast(lift=0.025, e_value=25.0)), plan=dear, look=6)
        assert decision.verdict is Verdict.CONTINUE
        at_end = decide(make_seen(make_contrast(lift=0.025, e_value=25.0)), plan=dear, look=26)
        assert at_end.verdict is Verdict.KEEP
        assert "more than you tolerate" in at_end.sentence.en
        assert at_end.monthly_loss > dear.tolerated_loss

    @pytest.mark.parametrize("flag", FLAGS)
    def test_nothing_is_shipped_under_a_flag(self, flag):
        for look in (6, 26):
            decision = decide(make_seen(STRONG, reasons=(flag,)), plan=PLAN, look=look)
            assert decision.verdict is (Verdict.KEEP if look == 26 else Verdict.CONTINUE)
            assert decision.reasons == (flag,)

    @pytest.mark.parametrize("reason", HARMLESS)
    def test_what_the_range_holds_already_is_no_flag(self, reason):
        assert decide(make_seen(STRONG, reasons=(reason,)), plan=PLAN, look=6).verdict is Verdict.SHIP

    def test_two_treatments_need_twice_the_evidence_and_the_better_one_ships(self):
        plan = make_plan(shares={"old": 0.4, "new": 0.3, "bold": 0.3})
        weak = make_contrast("bold", lift=0.01)
        assert decide(make_seen(STRONG, weak), plan=plan, look=6).verdict is Verdict.CONTINUE
        shipped = decide(make_seen(replace(STRONG, e_value=41.0), weak), plan=plan, look=6)
        assert (shipped.verdict, shipped.arm) == (Verdict.SHIP, "new")

    def test_strong_evidence_that_the_treatment_is_worse_keeps_the_control_at_once(self):
        worse = make_contrast(lift=-0.04, e_value=25.0)
        decision = decide(make_seen(worse), plan=PLAN, look=3)
        assert (decision.verdict, decision.arm) == (Verdict.KEEP, "old")
        assert "strong enough to stop now" in decision.sentence.en

    def test_where_less_is_better_a_fall_is_shipped(self):
        plan = make_plan(metric=Metric("days_to_close", "duration", higher_is_better=False), minimum_effect=2.0)
        faster = make_contrast(lift=-6.0, sd=1.5, chance_better=0.99997, expected_loss=0.0, e_value=30.0)
        assert decide(make_seen(faster), plan=plan, look=6).verdict is Verdict.SHIP


class TestStopping:
    def test_a_lift_that_hardly_has_a_chance_stops_from_half_of_the_looks_on(self):
        nothing = make_contrast(lift=0.0, sd=0.003)
        cheap = make_plan(tolerated_loss=Decimal(100_000))
        assert decide(make_seen(nothing), plan=cheap, look=12).verdict is Verdict.CONTINUE
        decision = decide(make_seen(nothing), plan=cheap, look=13)
        assert (decision.verdict, decision.arm) == (Verdict.STOP_FOR_FUTILITY, "old")
        assert "Keep the old way and test something else" in decision.sentence.en

    def test_the_end_without_a_winner_keeps_the_control(self):
        decision = decide(make_seen(make_contrast(lift=0.01)), plan=PLAN, look=26)
        assert (decision.verdict, decision.weeks_left) == (Verdict.KEEP, None)

    def test_the_end_may_be_told(self):
        assert decide(make_seen(make_contrast(lift=0.01)), plan=PLAN, look=20, at_end=True).verdict is Verdict.KEEP

    @settings(max_examples=60, deadline=None)
    @given(st.floats(-0.05, 0.05), st.floats(0.002, 0.05), st.integers(1, 25), st.floats(0.01, 19))
    def test_weeks_left_never_reach_beyond_the_end(self, lift, sd, look, e_value):
        decision = decide(make_seen(make_contrast(lift=lift, sd=sd, e_value=e_value)), plan=PLAN, look=look)
        if decision.verdict is Verdict.CONTINUE:
            assert 1 <= decision.weeks_left <= 26 - look

    def test_the_larger_the_lift_the_sooner_the_decision(self):
        weeks = [
            decide(make_seen(make_contrast(lift=lift, sd=0.02, e_value=2.0)), plan=PLAN, look=4).weeks_left
            for lift in (0.02, 0.03, 0.045)
        ]
        assert weeks == sorted(weeks, reverse=True)
        assert weeks[0] > weeks[-1]


class TestDoubts:
    @pytest.mark.parametrize("reason", INVALIDATING)
    def test_a_broken_experiment_is_invalid_whatever_came_out(self, reason):
        decision = decide(make_seen(STRONG), plan=PLAN, look=26, doubts=[reason])
        assert decision.verdict is Verdict.INVALID
        assert decision.sentence.en.endswith(say(f"experiments.reason.{reason}.what").en)
        assert decision.arm == "old"

    def test_a_health_check_that_finds_a_mismatch_makes_the_result_invalid(self):
        import pandas as pd

        health = check_health(pd.DataFrame({"arm": ["old"] * 500 + ["new"] * 380}), expected=PLAN.share_of)
        decision = decide(make_seen(STRONG), plan=PLAN, health=health, look=6)
        assert decision.verdict is Verdict.INVALID
        assert decision.reasons == (Reason.SAMPLE_RATIO_MISMATCH,)

    def test_without_a_registered_plan_the_answer_is_exploratory_and_never_ships(self):
        for plan, doubts in ((None, ()), (PLAN, (Reason.UNPLANNED,))):
            decision = decide(make_seen(STRONG), plan=plan, look=26, doubts=doubts)
            assert decision.is_exploratory
            assert decision.verdict is Verdict.CONTINUE
            assert Reason.UNPLANNED in decision.reasons
            assert "Register a plan" in decision.sentence.en

    def test_an_edited_plan_is_invalid(self):
        assert decide(make_seen(STRONG), plan=PLAN, doubts=[Reason.PLAN_CHANGED]).verdict is Verdict.INVALID

    def test_every_reason_and_verdict_has_words_in_both_languages(self):
        for reason in Reason:
            for part in ("what", "next"):
                assert say(f"experiments.reason.{reason}.{part}").ja
        assert set(section("experiments.verdict")) == {str(verdict) for verdict in Verdict}

    def test_arms_that_are_not_those_of_the_plan_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)has arms old, other with control 'old'.*Next: compare the arms"):
            decide(make_seen(make_contrast("other")), plan=PLAN)

    def test_looks_are_counted_from_one(self):
        with pytest.raises(BadArgument, match="no look 0"):
            decide(make_seen(STRONG), plan=PLAN, look=0)


class TestInPractice:
    def test_a_comparison_of_rates_with_its_looks_is_decided(self):
        looks = [({"old": 8, "new": 15}, {"old": 100, "new": 100})] * 6
        seen = compare_rate_counts(
            {"old": 48, "new": 90}, {"old": 600, "new": 600}, control="old", looks=looks, stakes=PLAN.stakes
        )
        decision = decide(seen, plan=PLAN, look=6)
        assert (decision.verdict, decision.is_early) == (Verdict.SHIP, True)

    def test_a_treatment_that_does_nothing_is_hardly_ever_shipped(self):
        """150 experiments a cell; the whole table is in the slow suite."""
        for rate, per_look, n_looks in ((0.1, 20, 26), (0.5, 10, 26)):
            ends = experiments_decisions.measure_shipping(rate, per_look, n_looks, n_runs=150)
            assert ends["ship"] <= 0.055

    def test_a_treatment_that_helps_is_shipped_as_often_as_promised(self):
        assert experiments_decisions.measure_shipping(0.1, 50, 26, lift=0.3, n_runs=150)["ship"] >= 0.5

    @pytest.mark.slow
    def test_false_ships_stay_below_five_in_a_hundred_in_every_cell(self):
        table = experiments_decisions.tabulate_false_ships(n_runs=1_500)
        assert (table["ship"] <= 0.05).all(), table.to_string()
        assert table[["ship", "keep", "stop_for_futility"]].sum(axis=1).tolist() == pytest.approx([1.0] * len(table))

    @pytest.mark.slow
    def test_power_is_more_than_that_of_the_best_valid_rival(self):
        """GrowthBook's sequential engine ships .11 at p = .1, lift .3, 50 leads an arm and week (research, table d)."""
        table = experiments_decisions.tabulate_power(n_runs=1_000).set_index(
            ["rate", "per_look", "n_looks", "relative_lift"]
        )
        assert table.loc[(0.1, 50, 26, 0.3), "ship"] >= 0.37
        assert table.loc[(0.1, 50, 26, 0.5), "early_ship"] >= 0.8
