"""The board adds up, weighs no more than it holds, and says None where the CRM says nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import AS_OF, deal, lab_of, pushes, stages

from saleslab import operations
from saleslab.errors import NotEnoughData

TODAY = AS_OF


def board_of(rows, *, old_after=None, with_stages=True, **tables):
    lab = lab_of(rows, **tables, **({"stages": stages()} if with_stages else {}))
    deals = operations.read_open_deals(lab, as_of=TODAY)
    kept = operations.read_kept(lab)
    return operations.measure_pipeline(
        deals, operations.read_stages(lab), as_of=TODAY, kept=kept, old_after_days=old_after
    )


EVERYTHING = operations.Kept(
    close_date_history="field_events",
    next_step=True,
    expected_close=True,
    created=True,
    probability=True,
    n_unconverted=0,
)


def frame_of(deals):
    """Open deals as `read_open_deals` returns them, from ``(stage, amount, probability)``."""
    return pd.DataFrame(
        {
            "opportunity_id": [f"o:{i}" for i in range(len(deals))],
            "pipeline_id": "p:1",
            "stage_id": [stage for stage, _, _ in deals],
            "amount": pd.Series([None if amount is None else Decimal(amount) for _, amount, _ in deals], dtype=object),
            "probability": pd.Series([chance for _, _, chance in deals], dtype="float64"),
            "created_on": pd.Timestamp("2026-10-01"),
            "expected_close_date": pd.NaT,
            "has_next_step": False,
        }
    )


def open_deal(key, **others):
    return deal(key, created=date(2026, 11, 1), **others)


class TestBoard:
    def test_counts_amounts_and_weights_by_stage(self):
        board = board_of(
            [
                open_deal("o:1", stage_id="s:hearing", amount=1000),
                open_deal("o:2", stage_id="s:proposal", amount=300),
                open_deal("o:3", stage_id="s:proposal", amount=None),
                open_deal("o:4", stage_id="s:proposal", amount=100, probability=0.9),
                deal("o:5", created=date(2026, 1, 1), closed=TODAY, won=True, amount=9999),
            ]
        )
        hearing, proposal = board.stages
        assert (hearing.label, hearing.n_deals, hearing.amount, hearing.weighted_amount) == ("ヒアリング", 1, 1000, 200)
        assert (proposal.n_deals, proposal.n_without_amount, proposal.amount) == (3, 1, 400)
        assert proposal.weighted_amount == Decimal("240.00")
        assert (board.total.n_deals, board.total.amount) == (4, 1400)

    @pytest.mark.requirement("B07")
    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["s:hearing", "s:proposal", "s:unheard-of"]),
                st.none() | st.integers(0, 10**9),
                st.none() | st.floats(0, 1),
            ),
            min_size=1,
            max_size=25,
        )
    )
    def test_stages_add_up_and_the_weighted_amount_never_exceeds_the_amount(self, given_deals):
        board = operations.measure_pipeline(
            frame_of(given_deals), stages(), as_of=TODAY, kept=EVERYTHING, old_after_days=30
        )
        for name in ("n_deals", "amount", "n_without_amount", "weighted_amount", "n_without_next_step", "n_old"):
            assert sum(getattr(stage, name) for stage in board.stages) == getattr(board.total, name)
        for row in (*board.stages, board.total):
            assert row.weighted_amount <= row.amount + Decimal("0.01") * row.n_deals

    def test_a_deal_is_old_when_nine_in_ten_wins_were_faster(self):
        board = board_of(
            [
                deal("o:young", created=TODAY - timedelta(days=100)),
                deal("o:old", created=TODAY - timedelta(days=101), amount=70),
                deal("o:ageless", created=None),
            ],
            old_after=100,
        )
        assert (board.total.n_old, board.total.old_amount) == (1, 70)
        assert board.total.median_age_days == 100.5

    @pytest.mark.requirement("H06")
    def test_deals_past_their_close_date_and_without_next_step_are_counted(self):
        board = board_of(
            [
                open_deal("o:late", expected_close_date=TODAY - timedelta(days=1), amount=5, next_step="見積提出"),
                open_deal("o:today", expected_close_date=TODAY, next_step=""),
                open_deal("o:undated"),
            ]
        )
        assert (board.total.n_past_close, board.total.past_close_amount) == (1, 5)
        assert board.total.n_without_next_step == 2

    def test_what_the_crm_does_not_keep_is_none_and_not_zero(self):
        board = board_of([open_deal("o:1")], with_stages=False)
        row = board.total
        assert (row.n_past_close, row.n_without_next_step, row.weighted_amount, row.n_old) == (None,) * 4
        assert board.stages[0].label is None

    def test_no_open_deal_is_refused(self):
        with pytest.raises(NotEnoughData, match="No deal was open on 2026-11-24"):
            board_of([deal("o:1", created=date(2026, 1, 1), closed=date(2026, 2, 1))])


def slips_of(rows, **tables):
    lab = lab_of(rows, **tables)
    deals, kept = operations.read_open_deals(lab, as_of=TODAY), operations.read_kept(lab)
    return operations.find_slips(deals, as_of=TODAY, kept=kept)


@pytest.mark.requirement("H06")
class TestSlips:
    def test_three_pushes_are_a_slip_count_of_three(self):
        history = pushes("o:1", ["2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"])
        row = open_deal("o:1", expected_close_date=date(2026, 12, 31))
        slips = slips_of([row, open_deal("o:2", expected_close_date=date(2026, 12, 1))], field_events=history)
        (slipped,) = slips.deals
        assert (slipped.opportunity_id, slipped.slip_count, slipped.days_pushed, slipped.days_late) == ("o:1", 3, 92, 0)
        assert (slips.n_pushed_often, slips.n_past_close, slips.history) == (1, 0, "field_events")

    def test_past_the_close_date_and_still_open_is_flagged(self):
        slips = slips_of(
            [
                open_deal("o:late", expected_close_date=date(2026, 11, 20), amount=50),
                open_deal("o:later", expected_close_date=date(2026, 10, 25), amount=900),
                open_deal("o:due", expected_close_date=TODAY),
                deal("o:won", created=date(2026, 1, 1), closed=date(2026, 11, 2), won=True,
                     expected_close_date=date(2026, 10, 1)),
            ]
        )  # fmt: skip
        assert [(found.opportunity_id, found.days_late) for found in slips.deals] == [("o:later", 30), ("o:late", 4)]
        assert (slips.n_past_close, slips.past_close_amount, slips.slipped_amount) == (2, 950, 950)

    def test_without_history_the_pushes_are_unknown_and_not_zero(self):
        slips = slips_of([open_deal("o:1", expected_close_date=date(2026, 11, 20))])
        assert (slips.history, slips.n_pushed_often, slips.deals[0].slip_count) == (None, None, None)

    def test_a_deal_that_slips_both_ways_is_counted_once(self):
        history = pushes("o:1", ["2026-08-31", "2026-09-30", "2026-10-31", "2026-11-15"])
        row = open_deal("o:1", expected_close_date=date(2026, 11, 15), amount=10)
        slips = slips_of([row], field_events=history)
        assert (slips.n_past_close, slips.n_pushed_often, slips.slipped_amount, len(slips.deals)) == (1, 1, 10, 1)

    def test_without_close_dates_the_question_is_refused(self):
        with pytest.raises(
            NotEnoughData, match="(?s)need opportunities.expected_close_date.*Next: map .*saleslab snapshot"
        ):
            slips_of([open_deal("o:1")])
