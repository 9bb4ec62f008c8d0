"""A planted season is found, and no season is a result too."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData
from saleslab.operations import find_seasonality
from saleslab.periods import FiscalCalendar

CALENDAR = FiscalCalendar()
AS_OF = date(2026, 9, 30)


def days_of(rng, index, *, months=37, a_month=60.0, growth=0.01):
    """One day a month with a Poisson count, the last month being that of AS_OF."""
    starts = pd.date_range(end="2026-09-15", periods=months, freq="MS") + pd.Timedelta(days=14)
    expected = a_month * np.array([index[start.month - 1] for start in starts]) * np.exp(growth * np.arange(months))
    return pd.DataFrame({"closed_on": starts.astype("datetime64[us]"), "n_won": rng.poisson(expected)})


def test_a_planted_strong_march_is_found():
    index = np.ones(12)
    index[2] = 1.6
    index *= 12 / index.sum()
    answer = find_seasonality(days_of(np.random.default_rng(1), index), as_of=AS_OF, calendar=CALENDAR)
    assert answer.verdict == "found"
    assert answer.strongest == 3
    assert answer.index[2].low > 1.1
    centred = index / np.exp(np.log(index).mean())
    held = [truth in each for truth, each in zip(centred, answer.index, strict=True)]
    assert sum(held) >= 10


def test_without_a_season_none_is_found():
    rng = np.random.default_rng(2)
    said = sum(
        find_seasonality(days_of(rng, np.ones(12)), as_of=AS_OF, calendar=CALENDAR).verdict == "found"
        for _ in range(40)
    )
    assert said <= 2


def test_the_unfinished_month_and_the_first_one_are_left_out():
    days = days_of(np.random.default_rng(3), np.ones(12))
    whole = find_seasonality(days, as_of=AS_OF, calendar=CALENDAR)
    part = find_seasonality(days, as_of=date(2026, 9, 29), calendar=CALENDAR)
    assert (whole.n_months, part.n_months) == (36, 35)


def test_a_month_without_any_deal_counts_as_zero():
    days = days_of(np.random.default_rng(3), np.ones(12))
    gap = days[days["closed_on"].dt.strftime("%Y-%m") != "2025-08"]
    answer = find_seasonality(gap, as_of=AS_OF, calendar=CALENDAR)
    assert answer.n_months == 36


def test_less_than_two_years_are_refused():
    days = days_of(np.random.default_rng(3), np.ones(12), months=20)
    with pytest.raises(NotEnoughData, match="(?s)needs 24 complete months; there are 19.*Next: wait"):
        find_seasonality(days, as_of=AS_OF, calendar=CALENDAR)


def test_a_handful_of_deals_is_refused():
    days = days_of(np.random.default_rng(3), np.ones(12), a_month=1.0)
    with pytest.raises(NotEnoughData, match="needs 5 deals a month"):
        find_seasonality(days, as_of=AS_OF, calendar=CALENDAR)


def test_no_day_at_all_is_refused():
    days = days_of(np.random.default_rng(3), np.ones(12)).iloc[:0]
    with pytest.raises(NotEnoughData, match="there are 0"):
        find_seasonality(days, as_of=AS_OF, calendar=CALENDAR)
