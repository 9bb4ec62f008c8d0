"""From a history to the series that are watched: by week where there is enough in a week, else by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.kpi.changes.pooling import Nature, Watched, choose_kind, name_nature
from saleslab.kpi.metrics.shelf import library
from saleslab.periods import FiscalCalendar, Period

Grain = Literal["week", "month"]
Quiet = Literal["too_short", "too_few", "too_long", "carried_over", "not_positive", "stopped"]
"""Why a series raises no alerts: worded under ``kpi_changes.quiet``."""

FEWEST_WEEKS, FEWEST_MONTHS = 26, 6
"""History before alerts: below, only the pace is followed."""

FEWEST_A_WEEK, FEWEST_A_MONTH = 2.0, 1.0
"""Mean of a week (of the rarer outcome, for a share) below which months are watched, and of a month below which
nothing is. Both are those of the best stretch so far: what fell since was enough once, and is still watched.
"""

PER_YEAR: Mapping[Grain, float] = {"week": 365.25 / 7, "month": 12.0}


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One metric of one scope, week by week or month by month.

    Attributes
    ----------
    metric_id, scope_type, scope_id
        Whose course it is.
    nature, kind
        How values are pooled, and how they are watched.
    grain
        Of its periods.
    rows
        ``period_start, period_end, value, size``: successes and trials, counts and days worked, means and 1.
    quiet
        Why it raises no alerts; None where it is watched.
    """

    metric_id: str
    scope_type: str
    scope_id: str
    nature: Nature
    kind: Watched
    grain: Grain
    rows: pd.DataFrame
    quiet: Quiet | None


def lay_courses(known: pd.DataFrame, *, as_of: date, calendar: FiscalCalendar | None) -> list[Course]:
    """Return the course of every metric and scope of a history (`take_known`), up to a day."""
    seen = known[known["period_end"] <= pd.Timestamp(as_of)]
    parts = seen.groupby(["metric_id", "scope_type", "scope_id"], sort=True)
    return [_lay(rows, as_of, calendar) for _, rows in parts]


def _lay(rows: pd.DataFrame, as_of: date, calendar: FiscalCalendar | None) -> Course:
    days = float((rows["period_end"] - rows["period_start"]).dt.days.median() + 1)
    nature = name_nature(rows)
    kind = choose_kind(nature)
    metric_id, scope_type, scope_id = (str(rows[key].iloc[0]) for key in ("metric_id", "scope_type", "scope_id"))
    grain: Grain = "week" if days < 10 else "month"
    course = Course(metric_id, scope_type, scope_id, nature, kind, grain, _tell(rows, nature, kind, calendar), None)
    if days > 31:
        return replace(course, quiet="too_long")
    if nature == "stock" or _is_carried_over(course.metric_id):
        return replace(course, quiet="carried_over")
    if course.grain == "week" and _is_thin(course):
        course = replace(course, grain="month", rows=_gather(rows, nature, kind, calendar, as_of))
    return replace(course, quiet=_find_reason(course, as_of))


def _is_carried_over(metric_id: str) -> bool:
    """Say whether most of a value was there a period ago, so that its periods are no surprises of their own."""
    metric = library().get(metric_id)
    return metric is not None and (metric.kind == "stock" or any(one.is_stock for one in metric.counts))


def _tell(rows: pd.DataFrame, nature: Nature, kind: Watched, calendar: FiscalCalendar | None) -> pd.DataFrame:
    told = rows[["period_start", "period_end"]].reset_index(drop=True)
    if kind == "share":
        return told.assign(value=rows["numerator"].to_numpy(), size=rows["denominator"].to_numpy())
    value = rows["numerator"].fillna(rows["value"]) if kind == "count" else rows["value"]
    worked = _count_days(told, calendar) if nature in {"count", "sum"} else np.ones(len(told))
    if kind == "count":
        return told.assign(value=value.to_numpy(), size=worked)
    per_day = value.to_numpy() / np.where(worked > 0, worked, np.nan)
    return told.assign(value=per_day, size=np.where(worked > 0, 1.0, 0.0))


def _count_days(periods: pd.DataFrame, calendar: FiscalCalendar | None) -> npt.NDArray[np.float64]:
    """Return the days of each period on which people worked; all days where no calendar is given."""
    ends = zip(periods["period_start"].dt.date, periods["period_end"].dt.date, strict=True)
    if calendar is None:
        return np.array([(end - start).days + 1 for start, end in ends], dtype=np.float64)
    return np.array([calendar.business_days(Period(start, end)) for start, end in ends], dtype=np.float64)


def _is_thin(course: Course) -> bool:
    """Say whether a week holds too little to be watched by itself."""
    return course.kind != "mean" and _count_rarer(course, FEWEST_WEEKS) < FEWEST_A_WEEK


def _count_rarer(course: Course, n_periods: int) -> float:
    """Return the mean of the best stretch of so many periods: of a count, or of the rarer outcome of a share."""
    value, size = (course.rows[name].to_numpy(dtype=np.float64) for name in ("value", "size"))
    rarer = pd.Series(value if course.kind == "count" else np.minimum(value, size - value))
    return float(rarer.rolling(min(n_periods, len(rarer))).mean().max())


def _gather(
    rows: pd.DataFrame, nature: Nature, kind: Watched, calendar: FiscalCalendar | None, as_of: date
) -> pd.DataFrame:
    """Return months made of the weeks that start in them; a month counts once its last week is over."""
    weeks = rows.groupby(rows["period_start"].dt.to_period("M"))
    summed = weeks.agg({"period_start": "min", "period_end": "max"})
    for name in ("value", "n", "numerator", "denominator"):
        summed[name] = weeks[name].sum(min_count=1)
    over = pd.PeriodIndex(summed.index).end_time.date + timedelta(days=6) <= as_of
    first = rows["period_start"].iloc[0].day <= 7  # the month in which the history starts is whole
    whole = summed[over & (np.arange(len(summed)) >= (not first))]
    return _tell(whole, nature, kind, calendar)


def _find_reason(course: Course, as_of: date) -> Quiet | None:
    n, rows = len(course.rows), course.rows
    if n < (FEWEST_WEEKS if course.grain == "week" else FEWEST_MONTHS):
        return "too_short"
    longest = 60 if course.grain == "week" else 120
    if (pd.Timestamp(as_of) - rows["period_end"].iloc[-1]).days > longest:
        return "stopped"
    if course.kind == "mean" and not (rows["value"].dropna() > 0).all():
        return "not_positive"
    if course.kind != "mean" and _count_rarer(course, FEWEST_MONTHS * 2) < FEWEST_A_MONTH:
        return "too_few"
    return None


def bundle_courses(courses: list[Course]) -> Iterator[tuple[list[Course], pd.DatetimeIndex]]:
    """Give the watched courses that can be followed together: of one kind and grain, with all their periods."""
    kinds = sorted({(one.kind, one.grain) for one in courses if one.quiet is None})
    for kind, grain in kinds:
        own = [one for one in courses if one.quiet is None and (one.kind, one.grain) == (kind, grain)]
        starts = pd.DatetimeIndex(sorted({day for one in own for day in one.rows["period_start"]}))
        yield own, starts
