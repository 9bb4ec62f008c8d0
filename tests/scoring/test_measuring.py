"""Given scores are judged: ranking, honesty of the chances and money are separate questions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import measure_scores
from saleslab.scoring.judging.measuring import read_outcomes, read_touches


def draw_leads(n, *, seed, n_lists=20):
    """Leads whose true chance is known, on lists that differ in how good they are."""
    rng = np.random.default_rng(seed)
    lists = rng.integers(0, n_lists, n)
    season = rng.standard_normal(n_lists)[lists]
    chance = 1 / (1 + np.exp(2 - 0.8 * rng.standard_normal(n) - season))
    return rng.random(n) < chance, chance, lists, rng


@pytest.mark.requirement("J01")
def test_true_chances_are_calibrated_and_rank_worse_within_a_list():
    won, chance, lists, _ = draw_leads(20_000, seed=1)
    measured = measure_scores(won, chance, lists=lists)
    assert measured.calibration.n_outside == 0
    assert measured.calibration.error < 2 * measured.calibration.error_by_luck
    assert abs(measured.brier.reliability) < 2e-4
    assert measured.per_list.high < measured.auc.low
    assert measured.n_lists == 20
    assert measured.lift.low > 2.5


def test_the_numbers_are_those_of_scikit_learn():
    won, chance, _, _ = draw_leads(500, seed=2)
    measured = measure_scores(won, chance)
    assert measured.auc.estimate == pytest.approx(roc_auc_score(won, chance))
    assert measured.log_loss.estimate == pytest.approx(log_loss(won, chance))
    assert measured.brier.score.estimate == pytest.approx(brier_score_loss(won, chance))
    best = np.argsort(-chance)[:50]
    assert measured.captured_in_top.estimate == pytest.approx(won[best].sum() / won.sum())
    assert measured.lift.estimate == pytest.approx(won[best].mean() / won.mean())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_a_chance_that_is_stretched_ranks_alike_and_is_less_honest(seed, power):
    won, chance, _, _ = draw_leads(400, seed=seed)
    honest, stretched = measure_scores(won, chance), measure_scores(won, chance ** (1 + power))
    assert stretched.auc == honest.auc
    assert stretched.captured == honest.captured
    assert stretched.calibration.mean_chance < honest.calibration.mean_chance


class TestMoney:
    def test_ranking_by_worth_brings_more_than_by_chance_where_small_leads_are_easier(self):
        won, chance, _, rng = draw_leads(20_000, seed=3)
        value = np.exp(10 + rng.standard_normal(20_000) - 2 * chance)
        money = measure_scores(won, chance, value=value, cost=500, capacity=0.1).money
        assert money.capacity == 2_000
        assert money.at_capacity.low > money.by_chance.at(0.1).high > money.by_lot

    def test_it_is_the_value_of_the_won_less_the_cost_of_all_contacted(self):
        money = measure_scores([1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1], value=[10, 10, 50, 10], cost=1, capacity=2).money
        # worth: 8, 7, 14, 0, so the third lead and the first are contacted
        assert money.at_capacity.estimate == 50 + 10 - 2
        assert money.by_chance.at(0.5).estimate == 10 - 2
        assert money.total == 60 - 4
        assert money.by_lot == 28

    def test_contacting_everyone_brings_the_same_in_any_sequence(self):
        won, chance, _, rng = draw_leads(300, seed=4)
        touched = rng.integers(0, 9, 300)
        money = measure_scores(won, chance, value=7, cost=1, last_touch=touched).money
        ends = [curve.parts[-1].estimate for curve in (money.by_worth, money.by_chance, money.by_touch)]
        assert ends == pytest.approx([money.total] * 3)

    @pytest.mark.parametrize("capacity", [0, -3, 5, 0.0, 4.5])
    def test_a_capacity_beyond_the_leads_is_refused(self, capacity):
        with pytest.raises(BadArgument, match="(?s)of 4 leads cannot be contacted.*Next: give 1 to 4, or a share"):
            measure_scores([1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1], value=1, capacity=capacity)

    def test_a_lead_without_a_value_is_refused(self):
        with pytest.raises(BadArgument, match="(?s)1 of them missing.*Next: give one number for all"):
            measure_scores([1, 0], [0.9, 0.8], value=[1.0, None])


class TestOutcomes:
    @pytest.mark.parametrize(
        "given_outcomes",
        [
            [0, 1, 0],
            [False, True, False],
            ["no", "yes", "no"],
            pd.Series([False, True, False], dtype="boolean", index=[9, 8, 7]),
            pd.Series(["lost", "won", "lost"], dtype="category"),
        ],
    )
    def test_they_are_read_in_any_form(self, given_outcomes):
        assert read_outcomes(given_outcomes).tolist() == [0.0, 1.0, 0.0]

    def test_those_not_known_yet_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)1 of 3 outcomes are not known yet.*Next: leave these leads out"):
            measure_scores(pd.Series([True, pd.NA, False], dtype="boolean"), [0.1, 0.2, 0.3])

    def test_more_than_two_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)has 3 values.*Next: make it True for won"):
            measure_scores(["open", "won", "lost"], [0.1, 0.2, 0.3])

    def test_one_alone_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)All 2 leads ended in the same way.*Next: take a longer period"):
            measure_scores([1, 1], [0.1, 0.2])


class TestTouches:
    def test_never_touched_is_longest_ago(self):
        days = pd.Series(pd.to_datetime(["2026-03-01", None, "2026-02-01"]))
        assert np.argsort(read_touches(days, 3)).tolist() == [1, 2, 0]

    def test_touches_that_are_no_times_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)No last touch is a date or a number.*Next: give dates"):
            read_touches(["soon", "later"], 2)

    def test_touches_that_do_not_fit_are_refused(self):
        with pytest.raises(BadArgument, match="(?s)1 last touches do not fit 2 leads.*Next: give one a lead"):
            measure_scores([0, 1], [0.1, 0.2], last_touch=[1])


def test_lists_of_one_outcome_only_leave_the_question_open():
    measured = measure_scores([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], lists=["a", "a", "b", "b"])
    assert (measured.per_list, measured.n_lists) == (None, 0)


def test_lists_that_do_not_fit_are_refused():
    with pytest.raises(BadArgument, match="(?s)1 lists do not fit 2 leads.*Next: give one list a lead"):
        measure_scores([0, 1], [0.1, 0.2], lists=["a"])


def test_chances_beyond_1_are_refused():
    with pytest.raises(BadArgument, match="(?s)lie outside 0 to 1.*Next: give chances, not scores"):
        measure_scores([0, 1], [0.1, 20.0])
