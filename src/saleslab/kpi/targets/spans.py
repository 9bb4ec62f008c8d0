"""A period seen from a day within it: which months are known, which lie ahead, and what has come so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from saleslab.periods import FiscalCalendar, Period


@dataclass(frozen=True, slots=True)
class Span:
    """Months of a period, from a day.

    Attributes
    ----------
    period
        The period.
    known
        First days of the months of which values are there: those that are over, and the one that runs.
    ahead, shares
        First days of the months that can still bring something, and which part of each lies ahead.
    """

    period: Period
    known: tuple[date, ...]
    ahead: tuple[date, ...]
    shares: tuple[float, ...]


def look_at(period: Period, history: pd.DataFrame, calendar: FiscalCalendar, *, as_of: date) -> Span:
    """Return the months of a period as they stand on a day.

    A month that is over and of which nothing was measured lies ahead like one to come. Of the month that runs, the
    share of its business days that is left lies ahead if something of it was measured, and all of it otherwise.
    """
    measured = set(pd.to_datetime(history["period_start"]).dt.date)
    known, ahead, shares = [], [], []
    for month in calendar.months_of(period):
        if month.start in measured:
            known.append(month.start)
        left = 1.0 if month.start not in measured else _share_left(month, calendar, as_of)
        if left > 0:
            ahead.append(month.start)
            shares.append(left)
    return Span(period, tuple(known), tuple(ahead), tuple(shares))


def sum_months(history: pd.DataFrame, metric_id: str, months: tuple[date, ...]) -> dict[str, float]:
    """Return ``value, numerator, denominator, n`` of a metric, summed over months; 0 where nothing was measured."""
    starts = pd.to_datetime(history["period_start"]).dt.date
    rows = history.loc[(history["metric_id"] == metric_id) & starts.isin(months)]
    return {
        name: float(np.nansum(pd.to_numeric(rows[name], errors="coerce"))) if name in rows else 0.0
        for name in ("value", "numerator", "denominator", "n")
    }


def _share_left(month: Period, calendar: FiscalCalendar, as_of: date) -> float:
    if as_of >= month.end:
        return 0.0
    if as_of < month.start:
        return 1.0
    whole = calendar.business_days(month)
    rest = calendar.business_days(Period(as_of + timedelta(days=1), month.end))
    return rest / whole if whole else 0.0
