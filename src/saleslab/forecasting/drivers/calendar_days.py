"""Which of a period's sales does the calendar explain: working days, and the ends of quarters and halves?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import TableError
from saleslab.forecasting.backtests.period_ends import find_ends
from saleslab.forecasting.grids import Grid
from saleslab.forecasting.laying import Repeats
from saleslab.forecasting.panel import read_panel
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.stamps import Whole
from saleslab.periods import FiscalCalendar, Period

_RUSH_DAYS = 5


def lay_calendar_drivers(
    panel: pd.DataFrame,
    *,
    horizon: int,
    calendar: FiscalCalendar,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> pd.DataFrame:
    """Return what the calendar says of every period of a panel and of those ahead, as drivers.

    Use it for `forecast_series`; join prices and campaigns to it by ``period``.

    Parameters
    ----------
    panel
        As `forecast_series` takes it, its periods being dates.
    horizon
        Periods ahead.
    calendar
        The company's year and holidays.
    gaps, repeats
        As for `forecast_series`.

    Returns
    -------
    frame
        ``period``, and what moves of: ``log_working_days`` (months, quarters, weeks: an effect of 1 means sales in
        proportion to days), ``is_quarter_end`` and ``is_half_end`` (weeks and days; of days the last five working
        days), ``is_free_day`` (days: a holiday or closed, on what is no weekend).

    Examples
    --------
    >>> months = pd.date_range("2025-04-01", periods=24, freq="MS")
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": 100.0})
    >>> laid = lay_calendar_drivers(panel, horizon=2, calendar=FiscalCalendar())
    >>> len(laid), [round(float(np.exp(days))) for days in laid["log_working_days"].tail(2)]
    (26, [21, 18])
    """
    laid, _ = read_panel(panel, season_length=None, gaps=gaps, repeats=repeats)
    numbers = np.arange(int((laid.ends - laid.lengths).min()) + 1, int(laid.ends.max()) + horizon + 1)
    spans = _find_spans(laid.grid, numbers)
    is_day = laid.grid.grain in {"day", "business_day"}
    columns = _tell_days(spans, calendar) if is_day else _tell_spans(spans, calendar, laid.grid.grain)
    table = pd.DataFrame({"period": laid.grid.restore(numbers)} | columns)
    past = table.iloc[: len(table) - horizon]
    moving = [name for name in columns if float(np.ptp(past[name])) > 0]
    return table[["period", *moving]]


def _find_spans(grid: Grid, numbers: Whole) -> list[Period]:
    """Return the days that periods cover."""
    if grid.scale == "number":
        raise TableError(
            "The periods of panel are whole numbers; no calendar knows them.", "give dates, such as 2026-04-01."
        )
    stamps: Any = grid.find_moments(numbers)
    match grid.scale:
        case "period":
            return [Period(one.start_time.date(), one.end_time.date()) for one in stamps]
        case "business_day":
            return [Period(day.date(), day.date()) for day in stamps]
        case "month_end" | "last_workday":
            ends = [day.date() for day in find_ends(grid, np.r_[numbers[0] - 1, numbers])]
            return [Period(last + timedelta(days=1), day) for last, day in pairwise(ends)]
    following: Any = grid.find_moments(numbers + 1)
    is_month = grid.scale in {"month", "first_workday"}
    first: Callable[[Any], date] = (lambda day: day.date().replace(day=1)) if is_month else (lambda day: day.date())
    starts, stops = [first(day) for day in stamps], [first(day) for day in following]
    return [Period(start, max(start, stop - timedelta(days=1))) for start, stop in zip(starts, stops, strict=True)]


def _tell_spans(spans: list[Period], calendar: FiscalCalendar, grain: str) -> dict[str, Any]:
    days = np.array([calendar.business_days(span) for span in spans], dtype=np.float64)
    columns: dict[str, Any] = {"log_working_days": np.log(np.maximum(days, 0.5))}
    if grain == "week":
        columns["is_quarter_end"] = [float(calendar.ends_quarter(span)) for span in spans]
        columns["is_half_end"] = [float(calendar.ends_half(span)) for span in spans]
    return columns


def _tell_days(spans: list[Period], calendar: FiscalCalendar) -> dict[str, Any]:
    days = [span.start for span in spans]
    rushes = [calendar.after_business_days(day, _RUSH_DAYS) for day in days]  # beyond the end: within its last days
    works = [calendar.is_business_day(day) for day in days]
    return {
        "is_free_day": [float(not work and day.weekday() < 5) for day, work in zip(days, works, strict=True)],
        "is_quarter_end": [
            float(work and rush > calendar.quarter_of(day).end)
            for day, rush, work in zip(days, rushes, works, strict=True)
        ],
        "is_half_end": [
            float(work and rush > calendar.half_of(day).end)
            for day, rush, work in zip(days, rushes, works, strict=True)
        ],
    }
