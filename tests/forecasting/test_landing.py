"""Open deals and those to come: their chances come true, their sums add up, and what is missing is said."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from landings import land_company, measure, measure_calibration

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import (
    draw_remainder,
    forecast_landing,
    forecast_pipeline,
    read_deal_history,
    read_open_deals,
    read_won_so_far,
)
from saleslab.periods import FiscalCalendar
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

CALENDAR = FiscalCalendar()
AS_OF = date(2026, 5, 20)
PERIOD = CALENDAR.quarter_of(AS_OF)


@pytest.fixture(scope="module")
def lab():
    with connect("duckdb://") as warehouse:
        load_company(simulate(Scenario(seed=23, n_deals=1_500)), warehouse, loaded_at=datetime(2026, 11, 24))
        yield warehouse


@pytest.fixture(scope="module")
def history(lab):
    return read_deal_history(lab, as_of=AS_OF, until=PERIOD.end)


@pytest.fixture(scope="module")
def open_deals(lab):
    return read_open_deals(lab, as_of=AS_OF)


@pytest.fixture(scope="module")
def pipeline(open_deals, history):
    return forecast_pipeline(open_deals, as_of=AS_OF, until=PERIOD.end, history=history, seed=1)


@pytest.fixture(scope="module")
def won(lab):
    return read_won_so_far(lab, start=PERIOD.start, as_of=AS_OF)


@pytest.fixture(scope="module")
def landing(pipeline, history, won):
    series = draw_remainder(history, seed=1)
    return forecast_landing(pipeline, won=won, series_draws=series, target=40_000_000.0, period=PERIOD)


def test_as_many_open_deals_are_won_as_their_chances_say(lab, pipeline):
    deals = lab.table("opportunities")
    closed = deals.filter(deals.is_won & (deals.closed_at < pd.Timestamp(PERIOD.end) + timedelta(days=1)))
    won = set(lab.read(closed.select("opportunity_id"))["opportunity_id"])
    came = pipeline.deals["opportunity_id"].isin(won).sum()
    chances = pipeline.deals["chance_won"].to_numpy(float)
    assert abs(came - chances.sum()) <= 3 * np.sqrt((chances * (1 - chances)).sum()) + 1


def test_what_can_become_of_a_deal_adds_up_to_one(pipeline):
    ways = pipeline.deals[["chance_won", "chance_lost", "chance_slips"]].sum(axis=1)
    np.testing.assert_allclose(ways, 1.0, atol=1e-12)


def test_parts_of_each_draw_add_up_to_the_landing(landing):
    parts = landing.draws[["won_amount", "open_amount", "new_amount"]].sum(axis=1)
    np.testing.assert_allclose(parts, landing.draws["total_amount"], rtol=1e-12)
    assert landing.won <= landing.p10 <= landing.p50 <= landing.p90


def test_the_chance_is_the_share_of_draws_that_reach_the_target(landing):
    assert landing.chance_hit == (landing.draws["total_amount"] >= landing.target).mean()
    assert landing.gap == landing.target - landing.p50


def test_a_higher_target_is_never_likelier(pipeline, won):
    chances = [
        forecast_landing(pipeline, won=won, target=target, period=PERIOD).chance_hit
        for target in np.geomspace(1e6, 1e9)
    ]
    assert chances == sorted(chances, reverse=True)


def test_deals_that_decide_come_first_and_none_does_harm_by_being_won(landing):
    effects = landing.deals["effect_on_chance"].to_numpy(float)
    assert (np.diff(effects) <= 0).all()
    assert effects.min() >= 0


def test_without_the_largest_deal_less_is_won(landing):
    assert (
        landing.without_largest.opportunity_id == landing.deals.loc[landing.deals["amount"].idxmax(), "opportunity_id"]
    )
    assert landing.without_largest.p50 <= landing.p50
    assert landing.without_largest.chance_hit <= landing.chance_hit


def test_teams_add_up_to_what_is_won_and_open(landing):
    for frame in landing.by.values():
        assert frame["won"].sum() == pytest.approx(landing.won)


def test_the_order_of_deals_changes_nothing(open_deals, history, pipeline):
    turned = open_deals.sample(frac=1, random_state=4)
    again = forecast_pipeline(turned, as_of=AS_OF, until=PERIOD.end, history=history, seed=1)
    pd.testing.assert_frame_equal(again.draws, pipeline.draws)
    pd.testing.assert_frame_equal(again.deals, pipeline.deals)


def test_what_is_not_on_record_is_said(open_deals, history):
    poor = replace(history, has_stages=False, has_dues=False)
    undated = open_deals.assign(expected_close_date=pd.NaT)
    said = forecast_pipeline(undated, as_of=AS_OF, until=PERIOD.end, history=poor, seed=1)
    assert {"no_stage_history", "no_expected_close"} <= set(said.doubts)
    assert said.deals["chance_won"].between(0, 1).all()


def test_no_open_deal_leaves_what_is_still_to_come(open_deals, history, won):
    nothing = forecast_pipeline(open_deals.iloc[:0], as_of=AS_OF, until=PERIOD.end, history=history, seed=1)
    said = forecast_landing(nothing, won=won, period=PERIOD)
    assert (said.draws["open_amount"] == 0).all()
    assert said.p50 > said.won
    assert said.without_largest is None


def test_a_forecast_of_the_past_is_refused(lab):
    with pytest.raises(BadArgument, match="does not lie after as_of.*\n?.*still to come"):
        read_deal_history(lab, as_of=AS_OF, until=AS_OF)


def test_a_period_that_ends_on_another_day_is_refused(pipeline):
    with pytest.raises(BadArgument, match="until its last day"):
        forecast_landing(pipeline, won=0.0, period=CALENDAR.previous(PERIOD))


def test_a_target_that_is_no_number_is_refused(pipeline):
    with pytest.raises(BadArgument, match="amount of money"):
        forecast_landing(pipeline, won=0.0, target=float("nan"), period=PERIOD)


def test_a_company_that_never_closed_a_deal_is_refused(tmp_path):
    with connect("duckdb://") as empty:
        load_company(simulate(Scenario(seed=3, n_deals=400)), empty, loaded_at=datetime(2026, 11, 24))
        first = lab_first_day(empty)
        with pytest.raises(NotEnoughData, match="closed deals with"):
            read_deal_history(empty, as_of=first - timedelta(days=1), until=first + timedelta(days=60))


def lab_first_day(lab):
    deals = lab.table("opportunities")
    return lab.read(deals.aggregate(first=deals.created_at.min()))["first"].iloc[0].date()


@pytest.mark.slow
@pytest.mark.requirement("M03")
def test_ranges_of_two_hundred_days_hold_and_chances_come_true():
    table = pd.concat([land_company(seed=seed, n_days=8) for seed in range(200, 225)], ignore_index=True)
    assert len(table) == 200
    assert 0.72 <= measure(table)["covered"] <= 0.88
    assert measure_calibration(table) < 0.06
