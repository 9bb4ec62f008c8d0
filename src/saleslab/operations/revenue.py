"""How much did we win, against the period before and the same period a year ago?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.periods import FiscalCalendar, Period
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class PeriodSales:
    """What was decided within a stretch of days.

    Attributes
    ----------
    period
        The stretch, both ends included.
    n_won, n_lost
        Deals decided in it.
    won_amount
        Their won money, exact, in the base currency.
    won_squares
        Sum of the squared amounts; tells how much of the total hangs on few large deals.
    n_without_amount
        Won deals whose amount is not known, and which are not in ``won_amount``.
    """

    period: Period
    n_won: int
    n_lost: int
    won_amount: Decimal
    won_squares: float
    n_without_amount: int

    @property
    def n_closed(self) -> int:
        """Deals decided either way."""
        return self.n_won + self.n_lost

    @property
    def n_valued(self) -> int:
        """Won deals whose amount is known."""
        return self.n_won - self.n_without_amount

    @property
    def average(self) -> Decimal | None:
        """Won money for each won deal with a known amount, rounded to the cent; None without any."""
        return (self.won_amount / self.n_valued).quantize(Decimal("0.01")) if self.n_valued else None


@dataclass(frozen=True, slots=True)
class MonthSales:
    """Won money of one month beside that of the same month a year earlier (None before the data start)."""

    month: Period
    won_amount: Decimal
    n_won: int
    year_before: Decimal | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Revenue:
    """Won money of a period, its two comparisons and its months.

    Attributes
    ----------
    period
        The whole period that was asked for.
    current
        What was won in it until ``as_of``.
    previous, year_before
        The same stretch of the period before and of the same period a year earlier; None where the data start later.
    is_over
        Whether the period has ended; if not, the comparisons stop after as many business days as have passed.
    months
        Month by month, oldest first, the last one perhaps unfinished.
    """

    period: Period
    current: PeriodSales
    previous: PeriodSales | None
    year_before: PeriodSales | None
    is_over: bool
    months: tuple[MonthSales, ...]


def measure_revenue(
    days: pd.DataFrame, *, period: Period, as_of: date, calendar: FiscalCalendar, n_months: int = 13
) -> Revenue:
    """Return won money of a period with like-for-like comparisons.

    Use it for what has happened; for what will happen use `forecasting`. An unfinished period is compared with the
    first part of the others, up to the day on which as many business days had passed.

    Parameters
    ----------
    days
        From `read_closed_days`: ``closed_on, n_won, n_lost, won_amount, won_squares, n_won_without_amount``.
    period
        Month, quarter or year that holds ``as_of`` or lies before it.
    as_of
        Last day that is known.
    calendar
        The company's fiscal year and public holidays.
    n_months
        How many months to return, the last one being that of ``as_of`` or of the period's end.

    Raises
    ------
    NotEnoughData
        When no deal was decided until ``as_of``.
    BadArgument
        When the period starts after ``as_of``.

    Examples
    --------
    >>> days = pd.DataFrame({
    ...     "closed_on": pd.to_datetime(["2026-05-11", "2026-07-06", "2026-08-20"]), "n_won": [1, 2, 1], "n_lost": 0,
    ...     "won_amount": [Decimal(100), Decimal(300), Decimal(50)], "won_squares": [1e4, 5e4, 2.5e3],
    ...     "n_won_without_amount": 0})
    >>> calendar = FiscalCalendar()
    >>> answer = measure_revenue(days, period=calendar.parse("FY2026Q2"), as_of=date(2026, 9, 30), calendar=calendar)
    >>> answer.current.won_amount, answer.current.average, answer.previous, answer.is_over
    (Decimal('350'), Decimal('116.67'), None, True)
    """
    require_columns(
        days, "closed_on", "n_won", "n_lost", "won_amount", "won_squares", "n_won_without_amount", of="days"
    )
    if period.start > as_of:
        raise BadArgument(f"The period starts on {period.start}, after {as_of}.", "choose an earlier period.")
    known = days[days["closed_on"] <= pd.Timestamp(as_of)]
    if known.empty:
        raise NotEnoughData(f"No deal was decided until {as_of}.", "import closed deals, or choose a later day.")
    first = known["closed_on"].min().date()
    is_over = as_of >= period.end
    stretch = period if is_over else period.until(as_of)
    previous, year_before = (
        None
        if first > other.start + timedelta(days=other.n_days // 10)  # the data start within it
        else _sum_or_none(known, match_stretch(period, other, as_of=as_of, calendar=calendar))
        for other in (calendar.previous(period), calendar.year_before(period))
    )
    last = min(as_of, period.end)
    return Revenue(
        period,
        sum_period(known, stretch),
        previous,
        year_before,
        is_over,
        tuple(_month(known, month, as_of, calendar, first) for month in _last_months(last, n_months, calendar, first)),
    )


def sum_period(days: pd.DataFrame, period: Period) -> PeriodSales:
    """Return what was decided within a stretch of days; zeros where nothing was."""
    inside = days[days["closed_on"].between(pd.Timestamp(period.start), pd.Timestamp(period.end))]
    return PeriodSales(
        period,
        int(inside["n_won"].sum()),
        int(inside["n_lost"].sum()),
        sum(inside["won_amount"], Decimal(0)),
        float(inside["won_squares"].sum()),
        int(inside["n_won_without_amount"].sum()),
    )


def match_stretch(period: Period, other: Period, *, as_of: date, calendar: FiscalCalendar) -> Period | None:
    """Return the part of another period that is as far along as this one is at ``as_of``.

    Progress is counted in business days; a weekend after the last of them belongs to the stretch where ``as_of`` lies
    on one. None when no business day has passed in a period whose counterpart starts with one.

    Examples
    --------
    >>> calendar = FiscalCalendar()
    >>> now, before = calendar.parse("2026-11"), calendar.parse("2026-10")
    >>> match_stretch(now, before, as_of=date(2026, 11, 24), calendar=calendar).end  # 15 business days
    datetime.date(2026, 10, 22)
    """
    if as_of >= period.end:
        return other
    passed = calendar.business_days(period.until(as_of))
    into_rest = not calendar.is_business_day(as_of)
    seen, end = 0, None
    for offset in range(other.n_days):
        day = other.start + timedelta(days=offset)
        seen += calendar.is_business_day(day)
        if seen > passed or (seen == passed and passed and not into_rest and not calendar.is_business_day(day)):
            break
        end = day
    return None if end is None else other if end == other.end else other.until(end)


def _sum_or_none(days: pd.DataFrame, stretch: Period | None) -> PeriodSales | None:
    return None if stretch is None else sum_period(days, stretch)


def _last_months(last: date, n_months: int, calendar: FiscalCalendar, first: date) -> list[Period]:
    months: list[Period] = []
    month = calendar.month_of(last)
    while len(months) < n_months and month.end >= first:
        months.append(month)
        month = calendar.previous(month)
    return months[::-1]


def _month(days: pd.DataFrame, month: Period, as_of: date, calendar: FiscalCalendar, first: date) -> MonthSales:
    sales = sum_period(days, month)
    earlier = calendar.year_before(month)
    before = sum_period(days, earlier).won_amount if earlier.end >= first else None
    return MonthSales(month, sales.won_amount, sales.n_won, before, as_of >= month.end)
