"""Fiscal periods tile the years, whatever month they start in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument
from saleslab.periods import YEAR_END_CLOSURE, FiscalCalendar, Period
from saleslab.wording import write
from saleslab.wording.periods import label_period

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
STARTS = st.integers(1, 12)
GRAINS = st.sampled_from(["month", "quarter", "half", "year"])
CALENDARS = st.builds(
    FiscalCalendar,
    start_month=STARTS,
    pattern=st.sampled_from(["month", "4-4-5", "4-5-4", "5-4-4"]),
    week_start=st.integers(0, 6),
    named_after=st.sampled_from(["start", "end"]),
)


@pytest.mark.requirement("B01")
def test_november_2026_lies_in_the_third_quarter_of_a_year_that_starts_in_april():
    quarter = FiscalCalendar(start_month=4).quarter_of(date(2026, 11, 23))
    assert (quarter.fiscal_year, quarter.number) == (2026, 3)
    assert (quarter.start, quarter.end) == (date(2026, 10, 1), date(2026, 12, 31))


@given(DAYS, CALENDARS, GRAINS)
def test_a_period_holds_the_day_it_was_asked_for(day, calendar, grain):
    assert day in calendar.period_of(day, grain)


@given(DAYS, CALENDARS, GRAINS)
def test_periods_follow_each_other_without_gap(day, calendar, grain):
    period = calendar.period_of(day, grain)
    before = calendar.previous(period)
    assert before.end == period.start - timedelta(days=1)
    assert before.grain == grain
    assert calendar.next(before) == period


@given(DAYS, CALENDARS)
def test_halves_quarters_and_months_make_a_year(day, calendar):
    year = calendar.year_of(day)
    for grain, n in {"month": 12, "quarter": 4, "half": 2}.items():
        parts = calendar.periods_of(year, grain)
        assert [part.number for part in parts] == list(range(1, n + 1))
        assert sum(part.n_days for part in parts) == year.n_days
        assert {part.fiscal_year for part in parts} == {year.fiscal_year}


@given(DAYS, CALENDARS, GRAINS)
def test_a_written_period_reads_back(day, calendar, grain):
    period = calendar.period_of(day, grain)
    if grain == "month":
        middle = period.start + timedelta(days=period.n_days // 2)
        assert calendar.parse(f"{middle.year:04}-{middle.month:02}") == period
    else:
        assert calendar.parse(write(period, "en")) == period
        assert calendar.parse(write(period, "ja")) == period
        assert calendar.parse(label_period(period, "ja")) == period


@given(DAYS, CALENDARS, GRAINS)
def test_a_year_before_a_period_lies_the_one_of_its_number(day, calendar, grain):
    period = calendar.period_of(day, grain)
    before = calendar.year_before(period)
    assert (before.fiscal_year, before.number) == (period.fiscal_year - 1, period.number)
    assert calendar.periods_of(Period(before.start, period.end), "year")[0] == calendar.year_of(before.start)


@given(DAYS, CALENDARS)
def test_a_year_of_weeks_has_52_or_53_and_starts_within_three_days_of_its_month(day, calendar):
    year = calendar.year_of(day)
    if calendar.pattern == "month":
        assert year.start.day == 1
        return
    assert year.n_days in {364, 371}
    assert year.start.weekday() == calendar.week_start
    nominal = year.fiscal_year - (calendar.named_after == "end" and calendar.start_month > 1)
    assert abs((year.start - date(nominal, calendar.start_month, 1)).days) <= 3
    weeks = [month.n_days // 7 for month in calendar.months_of(year)[:11]]
    assert weeks == ([int(n) for n in calendar.pattern.split("-")] * 4)[:11]


def test_retailers_years_begin_where_their_federation_says():
    # National Retail Federation, 4-5-4 calendar: 2023 has 53 weeks
    calendar = FiscalCalendar(start_month=2, country="US", pattern="4-5-4", week_start=6)
    starts = [calendar.parse(f"FY{year}").start for year in range(2023, 2027)]
    assert starts == [date(2023, 1, 29), date(2024, 2, 4), date(2025, 2, 2), date(2026, 2, 1)]
    assert calendar.parse("2023").n_days == 53 * 7


def test_a_year_is_named_after_the_year_it_ends_in_where_that_is_the_custom():
    japan, elsewhere = FiscalCalendar(4), FiscalCalendar(4, "GB", named_after="end")
    assert write(japan.quarter_of(date(2026, 11, 23)), "en") == "FY2026 Q3"
    assert write(elsewhere.quarter_of(date(2026, 11, 23)), "en") == "FY2027 Q3"
    assert elsewhere.parse("FY2027Q3") == elsewhere.quarter_of(date(2026, 11, 23))


def test_a_half_is_written_as_managers_write_it():
    half = FiscalCalendar(4).half_of(date(2026, 11, 23))
    assert (write(half, "en"), write(half, "ja")) == ("FY2026 H2", "2026年度下期")
    assert label_period(FiscalCalendar(4).parse("2026Q3"), "ja") == "2026年度3Q"


def test_a_month_of_weeks_bears_the_name_of_the_month_it_lies_in():
    calendar = FiscalCalendar(start_month=4, pattern="4-4-5")
    names = [write(month, "en") for month in calendar.months_of(calendar.parse("FY2026"))]
    assert names == [
        *("Apr 2026", "May 2026", "Jun 2026", "Jul 2026", "Aug 2026", "Sep 2026"),
        *("Oct 2026", "Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027"),
    ]


def test_the_same_quarter_a_year_before():
    calendar = FiscalCalendar(4)
    assert calendar.year_before(calendar.parse("2026Q3")) == calendar.parse("2025Q3")


def test_a_leap_day_has_a_day_one_year_before():
    assert FiscalCalendar().year_before(Period(date(2024, 2, 29), date(2024, 2, 29))).start == date(2023, 2, 28)


def test_japanese_holidays_are_no_business_days():
    calendar = FiscalCalendar()
    assert calendar.holiday_name(date(2026, 11, 23)) == "勤労感謝の日"
    assert calendar.business_days(calendar.month_of(date(2026, 11, 1))) == 19


@pytest.mark.parametrize(
    ("day", "name"),
    [
        *((date(2024, month, day), "振替休日") for month, day in ((2, 12), (5, 6), (8, 12), (9, 23), (11, 4))),
        *((date(2019, 4, day), None) for day in (27, 28)),
        (date(2019, 4, 30), "国民の休日"),
        (date(2019, 5, 1), "天皇の即位の日"),
        (date(2019, 5, 2), "国民の休日"),
        (date(2019, 5, 6), "振替休日"),
        (date(2020, 7, 23), "海の日"),
        (date(2020, 7, 24), "スポーツの日"),
        (date(2020, 8, 10), "山の日"),
        (date(2021, 7, 22), "海の日"),
        (date(2021, 7, 23), "スポーツの日"),
        (date(2021, 8, 9), "振替休日"),
    ],
)
def test_substitute_enthronement_and_olympic_holidays_are_known(day, name):
    # Cabinet Office, 国民の祝日について
    calendar = FiscalCalendar()
    assert not calendar.is_business_day(day)
    if name is not None:
        assert name in calendar.holiday_name(day)


@pytest.mark.parametrize(
    "day", [date(2020, 7, 20), date(2020, 8, 11), date(2020, 10, 12), date(2021, 7, 19), date(2021, 10, 11)]
)
def test_a_day_from_which_a_holiday_was_moved_away_is_worked(day):
    assert FiscalCalendar().is_business_day(day)


def test_ten_days_in_a_row_were_free_when_the_emperor_changed():
    calendar = FiscalCalendar()
    free = [date(2019, 4, 27) + timedelta(days=at) for at in range(10)]
    assert not any(map(calendar.is_business_day, free))
    assert calendar.after_business_days(date(2019, 4, 26), 1) == date(2019, 5, 7)


def test_a_company_may_close_on_days_of_its_own():
    calendar = FiscalCalendar(closed_days=(*YEAR_END_CLOSURE, "2026-08-14"))
    assert calendar.after_business_days(date(2026, 12, 28), 1) == date(2027, 1, 4)
    assert not calendar.is_business_day(date(2026, 8, 14))
    assert calendar.is_business_day(date(2025, 8, 14))


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), STARTS, st.sampled_from(["month", "quarter", "half"]))
def test_a_year_in_working_day_factors_is_as_long_as_its_parts_are_many(day, start, grain):
    calendar = FiscalCalendar(start)
    parts = calendar.periods_of(calendar.year_of(day), grain)
    assert sum(map(calendar.working_day_factor, parts)) == pytest.approx(len(parts))


def test_the_ends_of_quarters_and_halves_are_seen_in_months_weeks_and_days():
    calendar = FiscalCalendar(4)
    months = calendar.months_of(calendar.parse("FY2026"))
    assert [month.start.month for month in months if calendar.ends_quarter(month)] == [6, 9, 12, 3]
    assert [month.start.month for month in months if calendar.ends_half(month)] == [9, 3]
    week = Period(date(2026, 9, 28), date(2026, 10, 4))
    assert calendar.ends_half(week)
    assert not calendar.ends_half(calendar.next(week))
    assert calendar.ends_quarter(Period(date(2026, 12, 31), date(2026, 12, 31)))


def test_a_period_is_cut_at_a_day_within_it():
    quarter = FiscalCalendar().parse("2026Q3")
    assert quarter.until(date(2026, 10, 31)).n_days == 31
    with pytest.raises(BadArgument, match="lies outside 2026-10-01 to 2026-12-31"):
        quarter.until(date(2027, 1, 1))


@pytest.mark.parametrize("written", ["", "Q3", "2026Q5", "2026H3", "26", "2026-13", "soon", "2026年度5Q"])
def test_what_is_no_period_is_refused(written):
    with pytest.raises(BadArgument, match="Next:"):
        FiscalCalendar().parse(written)


def test_an_unknown_country_is_refused():
    with pytest.raises(BadArgument, match="No public holidays are known for country 'XX'"):
        FiscalCalendar(country="XX").is_business_day(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"start_month": 13}, r"month 13(.|\n)*Next: give a month from 1 to 12"),
        ({"pattern": "4-4-4"}, r"pattern is '4-4-4'(.|\n)*Next: use one of: month, 4-4-5"),
        ({"week_start": 7}, r"day 7(.|\n)*Next: give 0 \(Monday\) to 6"),
        ({"named_after": "middle"}, r"named_after is 'middle'(.|\n)*Next: use one of: start, end"),
        (
            {"closed_days": ("New Year",)},
            r"closed_days holds \['New Year'\](.|\n)*Next: write every year's day as 12-29",
        ),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(options, match):
    with pytest.raises(BadArgument, match=match):
        FiscalCalendar(**options)


def test_a_stretch_without_a_name_has_no_usual_number_of_days():
    with pytest.raises(BadArgument, match=r"no usual number of days(.|\n)*Next: give a month"):
        FiscalCalendar().working_day_factor(Period(date(2026, 1, 1), date(2026, 1, 7)))
