"""Fiscal periods tile the years, whatever month they start in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar, Period

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
STARTS = st.integers(1, 12)
GRAINS = st.sampled_from(["month", "quarter", "year"])


@pytest.mark.requirement("B01")
def test_november_2026_lies_in_the_third_quarter_of_a_year_that_starts_in_april():
    quarter = FiscalCalendar(start_month=4).quarter_of(date(2026, 11, 23))
    assert (quarter.fiscal_year, quarter.number) == (2026, 3)
    assert (quarter.start, quarter.end) == (date(2026, 10, 1), date(2026, 12, 31))


@given(DAYS, STARTS, GRAINS)
def test_a_period_holds_the_day_it_was_asked_for(day, start, grain):
    assert day in FiscalCalendar(start).period_of(day, grain)


@given(DAYS, STARTS, GRAINS)
def test_periods_follow_each_other_without_gap(day, start, grain):
    calendar = FiscalCalendar(start)
    period = calendar.period_of(day, grain)
    assert calendar.previous(period).end == period.start - timedelta(days=1)
    assert calendar.previous(period).grain == grain


@given(DAYS, STARTS)
def test_four_quarters_and_twelve_months_make_a_year(day, start):
    calendar = FiscalCalendar(start)
    year = calendar.year_of(day)
    months = calendar.months_of(year)
    assert [month.number for month in months] == list(range(1, 13))
    assert sum(month.n_days for month in months) == year.n_days
    assert {calendar.quarter_of(month.start).number for month in months} == {1, 2, 3, 4}


@given(DAYS, STARTS)
def test_a_written_quarter_reads_back(day, start):
    calendar = FiscalCalendar(start)
    quarter = calendar.quarter_of(day)
    assert calendar.parse(f"FY{quarter.fiscal_year:04}Q{quarter.number}") == quarter


def test_the_same_quarter_a_year_before():
    calendar = FiscalCalendar(4)
    assert calendar.year_before(calendar.parse("2026Q3")) == calendar.parse("2025Q3")


def test_a_leap_day_has_a_day_one_year_before():
    assert FiscalCalendar().year_before(Period(date(2024, 2, 29), date(2024, 2, 29))).start == date(2023, 2, 28)


def test_japanese_holidays_are_no_business_days():
    calendar = FiscalCalendar()
    assert calendar.holiday_name(date(2026, 11, 23)) == "勤労感謝の日"
    assert calendar.business_days(calendar.month_of(date(2026, 11, 1))) == 19


def test_a_period_is_cut_at_a_day_within_it():
    quarter = FiscalCalendar().parse("2026Q3")
    assert quarter.until(date(2026, 10, 31)).n_days == 31
    with pytest.raises(BadArgument, match="lies outside 2026-10-01 to 2026-12-31"):
        quarter.until(date(2027, 1, 1))


@pytest.mark.parametrize("written", ["", "Q3", "2026Q5", "26", "2026-13", "soon"])
def test_what_is_no_period_is_refused(written):
    with pytest.raises(BadArgument, match="Next:"):
        FiscalCalendar().parse(written)


def test_an_unknown_country_is_refused():
    with pytest.raises(BadArgument, match="No public holidays are known for country 'XX'"):
        FiscalCalendar(country="XX").is_business_day(date(2026, 1, 1))
