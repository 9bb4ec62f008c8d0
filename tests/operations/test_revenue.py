"""Won money is compared like for like, and the parts of a change add up to it."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.operations import PeriodSales, explain_change, match_stretch, measure_revenue, sum_period
from saleslab.periods import FiscalCalendar, Period

CALENDAR = FiscalCalendar()
Q3, Q2 = CALENDAR.parse("FY2026Q3"), CALENDAR.parse("FY2026Q2")


def every_day(first: date, last: date, amount: int = 10) -> pd.DataFrame:
    days = pd.date_range(first, last, freq="D").astype("datetime64[us]")
    return pd.DataFrame(
        {
            "closed_on": days,
            "n_won": 1,
            "n_lost": 2,
            "won_amount": [Decimal(amount)] * len(days),
            "won_squares": float(amount**2),
            "n_won_without_amount": 0,
        }
    )


class TestComparison:
    def test_an_unfinished_quarter_meets_the_first_part_of_the_others(self):
        days = every_day(date(2025, 4, 1), date(2026, 11, 24))
        answer = measure_revenue(days, period=Q3, as_of=date(2026, 11, 24), calendar=CALENDAR)
        passed = CALENDAR.business_days(answer.current.period)
        assert not answer.is_over
        for other in (answer.previous, answer.year_before):
            assert CALENDAR.business_days(other.period) == passed
        assert answer.previous.period.start == Q2.start
        assert answer.year_before.period.start == date(2025, 10, 1)

    def test_a_finished_quarter_meets_whole_ones(self):
        days = every_day(date(2025, 4, 1), date(2026, 9, 30))
        answer = measure_revenue(days, period=Q2, as_of=date(2026, 9, 30), calendar=CALENDAR)
        assert answer.is_over
        assert answer.current.won_amount == 10 * 92
        assert answer.previous.period == CALENDAR.parse("FY2026Q1")
        assert answer.year_before.period == CALENDAR.parse("FY2025Q2")

    def test_a_period_before_the_data_is_no_comparison_instead_of_zero(self):
        days = every_day(date(2026, 6, 1), date(2026, 9, 30))
        answer = measure_revenue(days, period=Q2, as_of=date(2026, 9, 30), calendar=CALENDAR)
        assert (answer.previous, answer.year_before) == (None, None)

    def test_days_after_as_of_are_not_counted(self):
        days = every_day(date(2025, 4, 1), date(2026, 12, 31))
        answer = measure_revenue(days, period=Q3, as_of=date(2026, 10, 10), calendar=CALENDAR)
        assert answer.current.won_amount == 100

    @given(st.dates(date(2026, 10, 1), date(2026, 12, 31)))
    def test_a_matched_stretch_has_as_many_business_days(self, day):
        stretch = match_stretch(Q3, Q2, as_of=day, calendar=CALENDAR)
        if stretch is not None and stretch.end < Q2.end:
            assert CALENDAR.business_days(stretch) == CALENDAR.business_days(Q3.until(day))

    def test_a_later_day_never_shortens_the_stretch(self):
        ends = []
        for offset in range(Q3.n_days):
            stretch = match_stretch(Q3, Q2, as_of=Q3.start + timedelta(days=offset), calendar=CALENDAR)
            ends.append(Q2.start if stretch is None else stretch.end)
        assert ends == sorted(ends)
        assert ends[-1] == Q2.end

    @pytest.mark.requirement("B07")
    def test_months_add_up_to_the_quarter(self):
        rng = np.random.default_rng(7)
        days = every_day(date(2025, 4, 1), date(2026, 9, 30))
        days["won_amount"] = [Decimal(int(cents)) / 100 for cents in rng.integers(0, 10**9, len(days))]
        answer = measure_revenue(days, period=Q2, as_of=date(2026, 9, 30), calendar=CALENDAR)
        inside = [month.won_amount for month in answer.months if month.month.start >= Q2.start]
        assert sum(inside) == answer.current.won_amount
        assert answer.months[-1].year_before == sum_period(days, CALENDAR.parse("2025-09")).won_amount


class TestRefusals:
    def test_a_period_that_has_not_begun(self):
        days = every_day(date(2026, 4, 1), date(2026, 9, 30))
        with pytest.raises(BadArgument, match="(?s)starts on 2026-10-01.*Next: choose an earlier period"):
            measure_revenue(days, period=Q3, as_of=date(2026, 9, 30), calendar=CALENDAR)

    def test_no_decided_deal(self):
        empty = every_day(date(2026, 9, 2), date(2026, 9, 3)).iloc[:0]
        with pytest.raises(NotEnoughData, match="(?s)No deal was decided.*Next: import closed deals"):
            measure_revenue(empty, period=Q2, as_of=date(2026, 9, 30), calendar=CALENDAR)

    def test_a_missing_column_is_named(self):
        with pytest.raises(TableError, match="days has no column 'won_squares'"):
            measure_revenue(
                every_day(date(2026, 9, 2), date(2026, 9, 3)).drop(columns="won_squares"),
                period=Q2, as_of=date(2026, 9, 30), calendar=CALENDAR,
            )  # fmt: skip


def sales(n_won: int, n_lost: int, amount: str, squares: float | None = None) -> PeriodSales:
    won = Decimal(amount)
    parts = float(won) ** 2 / n_won if n_won else 0.0
    return PeriodSales(Period(date(2026, 1, 1), date(2026, 3, 31)), n_won, n_lost, won, squares or parts, 0)


anything = st.builds(
    lambda n_won, n_lost, cents: sales(n_won, n_lost, str(Decimal(cents if n_won else 0) / 100)),
    st.integers(0, 300), st.integers(0, 300), st.integers(0, 10**12),
)  # fmt: skip


class TestChange:
    @pytest.mark.requirement("B07")
    @given(anything, anything)
    def test_the_parts_add_up_to_the_change_exactly(self, new, old):
        if new.n_closed or old.n_closed:
            answer = explain_change(new, old)
            assert sum(answer.parts.values()) == new.won_amount - old.won_amount

    @given(anything, anything)
    def test_going_back_takes_the_parts_back(self, new, old):
        if new.n_closed and old.n_closed:
            there, back = explain_change(new, old), explain_change(old, new)
            for name, part in there.parts.items():
                assert abs(part + back.parts[name]) <= Decimal("0.02")

    def test_a_pure_change_of_one_factor_is_that_factors_alone(self):
        old = sales(20, 60, "2000")
        assert explain_change(sales(40, 120, "4000"), old).parts["n_closed"] == 2000
        assert explain_change(sales(40, 40, "4000"), old).parts["win_rate"] == 2000
        assert explain_change(sales(20, 60, "3000"), old).parts["average"] == 1000
        assert explain_change(sales(20, 60, "3000"), old).largest == "average"

    def test_a_period_without_wins_is_explained_by_the_win_rate(self):
        assert explain_change(sales(0, 40, "0"), sales(10, 30, "1000")).parts == {
            "n_closed": Decimal("0.00"),
            "win_rate": Decimal("-1000.00"),
            "average": Decimal("0.00"),
        }

    def test_ordinary_luck_is_not_called_a_change_and_a_doubling_is(self):
        old = sales(40, 60, "4000")
        assert not explain_change(sales(44, 60, "4400"), old).is_clear
        assert explain_change(sales(80, 60, "8000"), old).is_clear

    def test_two_empty_periods_are_refused(self):
        with pytest.raises(NotEnoughData, match="No deal was decided in either period"):
            explain_change(sales(0, 0, "0"), sales(0, 0, "0"))
