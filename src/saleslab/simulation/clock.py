"""When people work: time counted in business days, and the same time stretched by the season.

A *work time* ``w`` is a count of business days since the clock's first day; its fraction runs from 9:00 to 18:00.
Whatever is drawn in work time falls on business days within business hours and keeps its order. *Season time* counts
the same days weighted by how fast decisions fall on them, so that a constant rate in season time peaks in March.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.streams import Floats, Ints, Streams

DAY = 86_400
OPENS, HOURS = 9, 9
UTC_OFFSET = 9 * 3_600
"""Japan is nine hours ahead of UTC and knows no summer time."""

LOOK_AHEAD_YEARS = 2
_NEW_YEAR_CLOSURE = {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """What the months were like: one position per month since the clock began."""

    starts: Ints
    """Day number of the first day."""
    arrivals: Floats
    arrival_shocks: Floats
    closing: Floats
    closing_shocks: Floats
    win_shocks: Floats

    def position(self, days: Ints) -> Ints:
        """Return which month each day number belongs to."""
        return np.searchsorted(self.starts, days, side="right") - 1


@dataclass(frozen=True, slots=True, eq=False)
class WorkClock:
    """Converts between local time, work time and season time."""

    workdays: Ints
    """Day numbers of all business days."""
    season_at: Floats
    """Season time at the start of each business day, one longer than `workdays`."""
    months: Months
    start: float
    """Work time at which the CRM's records begin."""
    end: float
    """Work time at which they end."""

    def to_local(self, work: Floats) -> Ints:
        """Return local seconds since 1970 of work times."""
        whole = np.clip(work, 0, len(self.workdays) - 1e-6)
        position = whole.astype(np.int64)
        within = ((whole - position) * (HOURS * 3_600)).astype(np.int64)
        return self.workdays[position] * DAY + OPENS * 3_600 + within

    def from_local(self, seconds: Ints) -> Floats:
        """Return work times of local seconds; nights and free days move to the next opening."""
        days = seconds // DAY
        within = (seconds % DAY - OPENS * 3_600) / (HOURS * 3_600)
        position = np.searchsorted(self.workdays, days, side="left")
        open_day = self.workdays[np.minimum(position, len(self.workdays) - 1)] == days
        late = open_day & (within >= 1)
        return np.asarray(position + late + np.where(open_day & ~late, np.maximum(within, 0.0), 0.0), dtype=np.float64)

    def from_days(self, days: Ints, within: Floats) -> Floats:
        """Return the work time on each day (or the next business day) at a share of the business hours."""
        return np.asarray(np.searchsorted(self.workdays, days, side="left") + within, dtype=np.float64)

    def day_of(self, work: Floats) -> Ints:
        """Return day numbers of work times."""
        return self.workdays[np.clip(work, 0, len(self.workdays) - 1).astype(np.int64)]

    def to_season(self, work: Floats) -> Floats:
        """Return season times of work times."""
        return np.interp(work, np.arange(len(self.season_at), dtype=np.float64), self.season_at)

    def from_season(self, season: Floats) -> Floats:
        """Return work times of season times."""
        return np.interp(season, self.season_at, np.arange(len(self.season_at), dtype=np.float64))

    def month_of(self, work: Floats) -> Ints:
        """Return the position of the month in which each work time lies."""
        return self.months.position(self.day_of(work))


def make_clock(scenario: Scenario, streams: Streams) -> WorkClock:
    """Return the company's clock, from years before its CRM began to years after its records end."""
    calendar = FiscalCalendar(scenario.fiscal_start_month)
    first = date(scenario.start.year - scenario.loyalty.years_of_history - 2, 1, 1)
    last = date(scenario.end.year + LOOK_AHEAD_YEARS, 12, 31)
    all_days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    workdays = np.array(
        [day_number(d) for d in all_days if calendar.is_business_day(d) and (d.month, d.day) not in _NEW_YEAR_CLOSURE],
        dtype=np.int64,
    )
    months = _make_months(scenario, calendar.months_of(Period(first, last)), streams)
    start = int(np.searchsorted(workdays, day_number(scenario.start), side="left"))
    end = int(np.searchsorted(workdays, day_number(scenario.end), side="right"))
    return WorkClock(workdays, _season_times(scenario, workdays, months), months, float(start), float(end))


def _make_months(scenario: Scenario, periods: list[Period], streams: Streams) -> Months:
    numbers = np.array([p.start.month - 1 for p in periods])
    n, spread = len(periods), scenario.overdispersion
    return Months(
        starts=np.array([day_number(p.start) for p in periods], dtype=np.int64),
        arrivals=np.asarray(scenario.season.arrivals)[numbers],
        arrival_shocks=_shocks(streams("months.arrivals"), spread.arrivals, n),
        closing=np.asarray(scenario.season.closing)[numbers],
        closing_shocks=_shocks(streams("months.closing"), spread.closing, n),
        win_shocks=streams("months.wins").normal(0.0, spread.wins_sd, n),
    )


def _shocks(rng: np.random.Generator, variance: float, n: int) -> Floats:
    if variance == 0:
        return np.ones(n)
    return rng.gamma(1.0 / variance, variance, n)


def _season_times(scenario: Scenario, workdays: Ints, months: Months) -> Floats:
    month = months.position(workdays)
    days_in_month = np.bincount(month, minlength=len(months.starts))
    last_of_month = np.cumsum(days_in_month)[month] - 1
    rush = np.where(last_of_month - np.arange(len(workdays)) < 4, scenario.season.month_end_rush, 1.0)
    mean_rush = np.bincount(month, weights=rush, minlength=len(months.starts)) / np.maximum(days_in_month, 1)
    speed = rush / mean_rush[month] * (months.closing * months.closing_shocks)[month]
    return np.concatenate([[0.0], np.cumsum(speed)])
