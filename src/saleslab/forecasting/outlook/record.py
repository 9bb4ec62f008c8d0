"""What this page said when it was published before, and what came: promises, not forecasts made again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.forecasting.outlook.pictures import word_outlook, write_sum
from saleslab.forecasting.records.nodes import COMPANY
from saleslab.periods import FiscalCalendar, Grain, Period
from saleslab.wording import Count, NoteWords, Share

if TYPE_CHECKING:
    from saleslab.forecasting.outlook.review import SalesOutlook
    from saleslab.forecasting.records.log import ForecastLog

LANDING_MODEL = "landing"
"""Under which name ``saleslab forecast run --log`` writes landings down."""

_MOST_ROWS = 8
_PERIOD = ["period", "period_end"]
_GRAINS: tuple[Grain, ...] = ("quarter", "month", "half", "year")


def write_record(outlook: SalesOutlook | None, log: ForecastLog | None) -> list[NoteWords]:
    """Return in one line how good the landings were that were written down in time; nothing without an outlook."""
    if outlook is None:
        return []
    kept = _find_kept(outlook, log)
    if kept.empty:
        n_waiting = 0 if log is None else _count_waiting(outlook, log)
        key = "record_waits" if n_waiting else "record_none"
        return [{"name": "record", "text": word_outlook(f"note.{key}", n=Count(n_waiting)), "tone": "neutral"}]
    inside = (kept["lower_80"] <= kept["actual"]) & (kept["actual"] <= kept["upper_80"])
    off, came = (kept["median"] - kept["actual"]).abs(), float(kept["actual"].abs().sum())
    values: dict[str, Any] = {
        "n": Count(len(kept)),
        "periods": Count(len(kept.drop_duplicates(_PERIOD))),
        "inside": Count(int(inside.sum())),
        "error": Share(float(off.sum()) / came, 0) if came else write_sum(outlook, float(off.mean())),
    }
    return [{"name": "record", "text": word_outlook("note.record", **values), "tone": "neutral"}]


def tabulate_record(outlook: SalesOutlook, log: ForecastLog | None) -> pd.DataFrame:
    """Return the last landings on record whose period is over: ``period, as_of, middle, low, high, came, error``."""
    kept: list[dict[str, Any]] = _find_kept(outlook, log).tail(_MOST_ROWS).to_dict("records")  # type: ignore[assignment]
    rows = [
        {
            "period": _name_period(outlook.calendar, one["period"].date(), one["period_end"].date()),
            "as_of": one["as_of"].date(),
            "middle": write_sum(outlook, one["median"]),
            "low": write_sum(outlook, one["lower_80"]),
            "high": write_sum(outlook, one["upper_80"]),
            "came": write_sum(outlook, one["actual"]),
            "error": Share(abs(one["median"] - one["actual"]) / abs(one["actual"]), 0) if one["actual"] else None,
        }
        for one in kept
    ]
    return pd.DataFrame(rows, columns=["period", "as_of", "middle", "low", "high", "came", "error"])


def _find_kept(outlook: SalesOutlook, log: ForecastLog | None) -> pd.DataFrame:
    """Return the landings of the company that were written in time, about periods over by the day of the page."""
    scored = pd.DataFrame() if log is None else log.scores()
    if scored.empty or "lower_80" not in scored.columns:
        return pd.DataFrame()
    is_mine = (scored["method"] == LANDING_MODEL) & (scored["series_id"] == COMPANY)
    is_over = scored["period_end"] <= pd.Timestamp(outlook.as_of)
    kept = scored[is_mine & is_over].dropna(subset=["median", "lower_80", "upper_80"])
    return kept.sort_values(["period_end", "as_of"])


def _count_waiting(outlook: SalesOutlook, log: ForecastLog) -> int:
    """Return how many landings were written in time that nothing can be said of yet."""
    said = log.forecasts()
    mine = said[(said["model"] == LANDING_MODEL) & (said["node"] == COMPANY) & said["is_live"]]
    known = mine[mine["as_of"] <= pd.Timestamp(outlook.as_of)]
    return len(known.drop_duplicates(["as_of", *_PERIOD]))


def _name_period(calendar: FiscalCalendar, start: date, end: date) -> Period:
    """Return the fiscal period of some days, or just the days where there is none."""
    for grain in _GRAINS:
        period = calendar.period_of(start, grain)
        if (period.start, period.end) == (start, end):
            return period
    return Period(start, end)
