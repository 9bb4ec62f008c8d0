"""How many of the deals that were decided did we win, and may recent months be trusted?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.operations.revenue import PeriodSales, match_stretch, sum_period
from saleslab.periods import FiscalCalendar, Period
from saleslab.stats import Interval, compare_rates, estimate_rate
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class PeriodRate:
    """Win rate among the deals decided in one period; ``rate`` is None where none was."""

    period: Period
    rate: Interval | None
    n_won: int
    n_closed: int


@dataclass(frozen=True, slots=True)
class WinRate:
    """Win rate among decided deals.

    Attributes
    ----------
    current
        The period asked for, until ``as_of``.
    previous
        The same stretch of the period before (`match_stretch`); its rate is None where nothing was decided in it.
    change
        Difference of the two rates with the range that luck leaves open, or None.
    by_period
        The last periods of the same grain, oldest first, the current one last.
    """

    current: PeriodRate
    previous: PeriodRate
    change: Interval | None
    by_period: tuple[PeriodRate, ...]

    @property
    def is_clear_change(self) -> bool:
        """Say whether luck alone is an unlikely explanation of the difference."""
        return self.change is not None and 0 not in self.change


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became, so far, of the deals opened in one month."""

    month: Period
    n_opened: int
    n_won: int
    n_lost: int
    n_open: int

    @property
    def open_share(self) -> float:
        """Share that is still undecided."""
        return self.n_open / self.n_opened


def measure_win_rate(
    days: pd.DataFrame, *, period: Period, as_of: date, calendar: FiscalCalendar, n_periods: int = 8, mass: float = 0.9
) -> WinRate:
    """Return won over decided, by the period in which deals were decided.

    Use it to judge closing. It says little about deals opened lately, since losses often come later than wins: see
    `measure_cycle` and `find_immature_cohorts`.

    Parameters
    ----------
    days
        From `read_closed_days`.
    period
        Month, quarter or year that starts on or before ``as_of``.
    n_periods
        How many periods to return.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When nothing was decided in the period, or no lost deal is on record at all (then every rate would be 100 %).

    Examples
    --------
    >>> from decimal import Decimal
    >>> days = pd.DataFrame({"closed_on": pd.to_datetime(["2026-05-11", "2026-08-06"]), "n_won": [3, 6],
    ...     "n_lost": [9, 4], "won_amount": [Decimal(3), Decimal(6)], "won_squares": [3.0, 6.0],
    ...     "n_won_without_amount": 0})
    >>> calendar = FiscalCalendar()
    >>> answer = measure_win_rate(days, period=calendar.parse("FY2026Q2"), as_of=date(2026, 9, 30), calendar=calendar)
    >>> answer.current.rate.estimate, answer.previous.rate.estimate, answer.is_clear_change
    (0.6, 0.25, True)
    """
    require_columns(days, "closed_on", "n_won", "n_lost", of="days")
    if period.start > as_of:
        raise BadArgument(f"The period starts on {period.start}, after {as_of}.", "choose an earlier period.")
    known = days[days["closed_on"] <= pd.Timestamp(as_of)]
    if not known["n_lost"].sum():
        raise NotEnoughData(
            "No lost deal is on record, so a win rate would be 100 % by definition.",
            "import lost deals too; check how the map fills opportunities.is_closed.",
        )
    periods = [period]
    while len(periods) < max(n_periods, 2):
        periods.append(calendar.previous(periods[-1]))
    rates = [_rate(sum_period(known, each), each, mass) for each in periods]
    current, before = rates[0], match_stretch(period, periods[1], as_of=as_of, calendar=calendar)
    previous = PeriodRate(periods[1], None, 0, 0) if before is None else _rate(sum_period(known, before), before, mass)
    if current.rate is None:
        raise NotEnoughData(f"No deal was decided from {period.start} to {period.end}.", "choose an earlier period.")
    change = None
    if previous.rate is not None:
        change = compare_rates((current.n_won, current.n_closed), (previous.n_won, previous.n_closed), mass=mass)
    first = known["closed_on"].min().date()
    shown = [each for each in rates[:n_periods] if each.period.end >= first]
    return WinRate(current, previous, change, tuple(shown[::-1]))


def find_immature_cohorts(
    opened: pd.DataFrame, *, as_of: date, calendar: FiscalCalendar, n_months: int = 12, limit: float = 0.1
) -> tuple[Cohort, ...]:
    """Return the recent months whose deals cannot be judged yet, because too many are still open.

    Parameters
    ----------
    opened
        From `read_opened_months`: ``opened_in, n_opened, n_won, n_lost, n_open``.
    n_months
        How far back to look, the month of ``as_of`` included.
    limit
        Share of open deals above which a month is immature.

    Returns
    -------
    tuple of Cohort
        Oldest first; empty when every month may be judged.
    """
    require_columns(opened, "opened_in", "n_opened", "n_won", "n_lost", "n_open", of="opened")
    month, cohorts = calendar.month_of(as_of), []
    by_month = {row["opened_in"].date(): row for row in opened.to_dict("records")}
    for _ in range(n_months):
        row = by_month.get(month.start)
        if row is not None and row["n_opened"]:
            cohort = Cohort(month, *(int(row[name]) for name in ("n_opened", "n_won", "n_lost", "n_open")))
            cohorts += [cohort] if cohort.open_share > limit else []
        month = calendar.previous(month)
    return tuple(cohorts[::-1])


def _rate(sales: PeriodSales, period: Period, mass: float) -> PeriodRate:
    rate = estimate_rate(sales.n_won, sales.n_closed, mass=mass) if sales.n_closed else None
    return PeriodRate(period, rate, sales.n_won, sales.n_closed)
