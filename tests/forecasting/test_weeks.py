"""The landing of a period asked on several days: each as it was then, none beside the period."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.forecasting import follow_landing, land_period, read_sold_days
from saleslab.kpi import track_pace
from saleslab.periods import Period
from saleslab.warehouse import connect

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30), "quarter", 2026, 2)


def lay(**tables):
    lab = connect("duckdb://")
    for name, rows in tables.items():
        lab.write(name, pd.DataFrame(rows), source_system="crm", loaded_at=datetime(2026, 10, 1))
    return lab


@pytest.fixture(scope="module")
def lab():
    """Orders of three years, two a business day."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2023-10-02", "2026-09-30").repeat(2) + pd.Timedelta(hours=3)
    orders = {"order_id": [f"o:{at}" for at in range(len(days))], "ordered_at": days, "currency": "JPY"}
    return lay(orders=orders | {"total": rng.integers(50, 150, len(days)) * 1_000})


@pytest.mark.requirement("E06")
def test_each_day_is_asked_as_it_was_then_and_feeds_the_pace(lab):
    day, before = date(2026, 8, 12), date(2026, 8, 5)
    weeks = follow_landing(lab, as_of=day, period=QUARTER, n_weeks=3, n_draws=200, seed=4)
    assert sorted(weeks.draws["as_of"].unique()) == [pd.Timestamp(day - timedelta(weeks=n)) for n in (2, 1, 0)]
    sold = read_sold_days(lab, until=before, measure="ordered_amount")
    told = {"period": QUARTER, "measure": "ordered_amount", "target": None, "n_draws": 200, "seed": 4}
    alone = land_period(lab, sold, as_of=before, **told).landing.draws
    then = weeks.draws[weeks.draws["as_of"] == pd.Timestamp(before)]
    parts = ["won_amount", "open_amount", "new_amount"]
    assert then[parts].to_numpy().tolist() == alone[parts].to_numpy().tolist()
    track = track_pace(weeks.draws, target=float(then[parts].sum(axis=1).median()), period=QUARTER)
    assert track.weeks["as_of"].tolist() == [day - timedelta(weeks=n) for n in (2, 1, 0)]
    assert 0 < track.chance < 1
    assert weeks.measure == "ordered_amount"


def test_nothing_is_asked_before_the_eve_of_the_period_nor_on_its_last_day(lab):
    first = follow_landing(lab, as_of=date(2026, 7, 7), period=QUARTER, n_draws=50)
    assert [f"{one:%m-%d}" for one in first.draws["as_of"].unique()] == ["07-07", "06-30"]
    last = follow_landing(lab, as_of=QUARTER.end, period=QUARTER, n_weeks=1, n_draws=50)
    assert last.draws["as_of"].unique().tolist() == [pd.Timestamp(2026, 9, 29)]
    assert follow_landing(lab, as_of=date(2026, 9, 30), n_draws=50).period.start == date(2026, 10, 1)


def test_without_a_sale_there_is_a_reason_and_no_draw():
    weeks = follow_landing(lay(users={"user_id": ["u:1"], "is_active": [True]}), as_of=date(2026, 8, 12))
    assert weeks.draws.empty
    assert weeks.deals.empty
    assert weeks.measure is None
    assert "neither a won deal nor an order" in weeks.gap.en
