"""Sales are summed where they are, by the company's own days, and nothing of an open period is known."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting import read_won_series
from saleslab.warehouse import connect


def lab_of(*deals):
    """Deals of ``(owner, closed at in UTC, amount, won)``."""
    frame = pd.DataFrame(deals, columns=["owner_id", "closed_at", "amount", "is_won"])
    frame["closed_at"] = [datetime.fromisoformat(moment) if moment else None for moment in frame["closed_at"]]
    frame["amount"] = [Decimal(str(amount)) for amount in frame["amount"]]
    frame = frame.assign(
        opportunity_id=[f"d:{number}" for number in range(len(frame))],
        stage_id="s:1",
        is_closed=True,
    )
    lab = connect("duckdb://")
    lab.write("opportunities", frame, source_system="test", loaded_at=datetime(2026, 11, 24))
    return lab


@pytest.mark.requirement("M03")
def test_won_money_is_summed_by_month_of_the_company_and_owner():
    lab = lab_of(
        ("a", "2026-03-31T23:00:00", 5, True),  # the first of April in Tokyo
        ("a", "2026-04-20T03:00:00", 7, True),
        ("b", "2026-04-20T03:00:00", 11, True),
        ("b", "2026-05-20T03:00:00", 13, True),
        ("b", "2026-05-21T03:00:00", 100, False),
    )
    panel = read_won_series(lab, as_of=date(2026, 5, 31), by="owner_id")
    assert [(row.series_id, f"{row.period:%Y-%m-%d}", row.value) for row in panel.itertuples()] == [
        ("a", "2026-04-01", 12.0),
        ("b", "2026-04-01", 11.0),
        ("b", "2026-05-01", 13.0),
    ]


@pytest.mark.parametrize(
    ("grain", "as_of", "last"),
    [
        ("month", date(2026, 5, 30), "2026-04-01"),
        ("month", date(2026, 5, 31), "2026-05-01"),
        ("quarter", date(2026, 5, 31), "2026-01-01"),
        ("week", date(2026, 5, 23), "2026-05-11"),
        ("week", date(2026, 5, 24), "2026-05-18"),
    ],
)
def test_a_period_that_is_not_over_is_left_out(grain, as_of, last):
    lab = lab_of(*(("a", f"2026-{month:02d}-{day:02d}T03:00:00", 1, True) for month in (2, 4, 5) for day in (12, 20)))
    panel = read_won_series(lab, as_of=as_of, grain=grain)
    assert f"{panel['period'].max():%Y-%m-%d}" == last
    assert set(panel["series_id"]) == {"all"}


def test_what_cannot_be_read_is_refused():
    lab = lab_of(("a", "2026-05-20T03:00:00", 1, True))
    with pytest.raises(NotEnoughData, match=r"No deal was won in a month that is over(.|\n)*Next: import won deals"):
        read_won_series(lab, as_of=date(2026, 5, 30))
    with pytest.raises(BadArgument, match=r"no column 'branch'(.|\n)*Next: give one of its columns"):
        read_won_series(lab, as_of=date(2026, 5, 30), by="branch")
    with pytest.raises(BadArgument, match=r"grain is 'day'(.|\n)*Next: give one of week, month, quarter"):
        read_won_series(lab, as_of=date(2026, 5, 30), grain="day")
