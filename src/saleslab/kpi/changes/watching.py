"""Which levels changed, up or down? Every metric and scope is watched, with a promise about false alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.changes.alerts import NO_DUTIES, Alert, Direction, Duties, name_alert, settle_states
from saleslab.kpi.changes.chances import expect_real, update_chance, weigh_later
from saleslab.kpi.changes.courses import PER_YEAR, Course, Grain, Quiet, bundle_courses, lay_courses
from saleslab.kpi.changes.pooling import take_known
from saleslab.kpi.metrics.shelf import library
from saleslab.periods import FiscalCalendar
from saleslab.stats.level_watch import LevelWatch, find_fall, lay_waves, watch_levels
from saleslab.stats.next_values import Counts, Family, Means, Shares

BUDGET = 0.5
"""False alerts that one metric of one scope may give in a year."""

KEPT_DAYS = 91
"""Days for which an alert stays open when nobody acknowledges it."""

_FAMILIES: Mapping[str, Family] = {"count": Counts(), "share": Shares(), "mean": Means()}
_FOUND_WITHIN: Mapping[Grain, int] = {"week": 13, "month": 3}
_N_WAVES: Mapping[Grain, int] = {"week": 2, "month": 2}


@dataclass(frozen=True, slots=True)
class WatchedSeries:
    """One metric of one scope, and how well it is watched.

    Attributes
    ----------
    metric_id, scope_type, scope_id
        Whose series it is.
    grain
        Whether it is watched by ``week`` or by ``month``.
    n_periods
        How many of them are known.
    quiet
        Why it raises no alerts; None where it is watched.
    smallest_fall
        The smallest relative fall that is found within 13 weeks (3 months) about nine times in ten; None where the
        series is quiet, not even a fall to 0 is found, or a year is not over: till then a fall may be the season.
    value, expected
        Of the last period: what came, and what was to be expected.
    rise, fall
        Evidence of either move, as a share of what raises an alert: at 1. It is multiplied from week to week, so that
        half of it may be a week away.
    """

    metric_id: str
    scope_type: str
    scope_id: str
    grain: Grain
    n_periods: int
    quiet: Quiet | None
    smallest_fall: float | None
    value: float
    expected: float | None
    rise: float
    fall: float

    @property
    def is_in_first_year(self) -> bool:
        """Whether the year of the series is not over, so that a fall may be the season."""
        return self.n_periods < PER_YEAR[self.grain] - 1


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What is watched, and what was found.

    Attributes
    ----------
    as_of, budget
        The day, and the false alerts allowed for a series and year.
    series
        Every metric and scope.
    alerts
        The newest first.
    path
        ``metric_id, scope_type, scope_id, period_start, period_end, value, expected, rise, fall``: the course of what
        is watched; counts are those of the period.
    """

    as_of: date
    budget: float
    series: tuple[WatchedSeries, ...]
    alerts: tuple[Alert, ...]
    path: pd.DataFrame

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """Alerts that nobody has acknowledged."""
        return tuple(one for one in self.alerts if one.state == "open")

    @property
    def n_watched(self) -> int:
        """How many series can raise alerts."""
        return sum(one.quiet is None for one in self.series)


def monitor(
    values: pd.DataFrame,
    *,
    as_of: date,
    budget: float = BUDGET,
    calendar: FiscalCalendar | None = None,
    acknowledged: pd.DataFrame | None = None,
    duties: Duties = NO_DUTIES,
    directions: Mapping[str, str] | None = None,
) -> Watch:
    """Return the levels that changed, with the promise of at most ``budget`` false alerts a series and year.

    Counts, shares and means are foreseen from their own past: level, yearly course, working days, and how far they
    spread beyond chance. Evidence of a move is added up in both directions (Shiryaev-Roberts,
    `stats.level_watch`), so that several weeks that are each a little low raise an alert as one very low week does not.
    What is said of a week rests on earlier weeks alone: the alerts of last week are there again next week, with the
    same ids.

    Weeks with less than two counted are gathered into months. Below 26 weeks or 6 months nothing is raised: until
    then the pace of the period is all that can be known. What can be found depends on how much is counted in a week:
    ``smallest_fall`` says it for each series.

    Parameters
    ----------
    values
        Weeks or months in the shape of ``kpi_values``, any number of metrics and scopes.
    as_of
        Periods that end later are not seen.
    budget
        False alerts allowed for a series and year, both directions together.
    calendar
        Of the company: counts and money are then expected by working days. Leave it out where people work every day.
    acknowledged
        ``metric_id, scope_type, scope_id, direction, acknowledged_on``: an alert that began by that day is silent.
    duties
        Owners, levers and plays, such as from `read_duties`.
    directions
        ``up`` or ``down`` by metric, where the library does not know which one is good.

    Raises
    ------
    NotEnoughData
        When no complete period lies before ``as_of``.
    BadArgument
        When the budget is not between 0.01 and 12.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> weeks = pd.date_range("2025-01-06", periods=78, freq="7D")
    >>> n = np.r_[rng.poisson(40, 70), rng.poisson(24, 8)]
    >>> calls = pd.DataFrame({
    ...     "metric_id": "calls", "scope_type": "company", "scope_id": "company", "period_start": weeks,
    ...     "period_end": weeks + pd.Timedelta(days=6), "value": n, "n": n, "numerator": n, "denominator": np.nan})
    >>> watch = monitor(calls, as_of=date(2026, 7, 6))
    >>> [(one.direction, one.onset_on.isoformat(), one.state) for one in watch.alerts]
    [('down', '2026-05-11', 'open')]
    >>> round(watch.series[0].smallest_fall, 2)
    0.37
    """
    if not 0.01 <= budget <= 12:
        raise BadArgument(f"budget is {budget}.", "allow between 0.01 and 12 false alerts a year; 0.5 is usual.")
    courses = lay_courses(take_known(values, as_of=as_of), as_of=as_of, calendar=calendar)
    if not courses:
        raise NotEnoughData(f"No period is over by {as_of}.", "measure earlier weeks or months first.")
    told = [_tell_quiet(one) for one in courses if one.quiet is not None]
    paths, alerts, ratios = [], [], []
    for bundle, starts in bundle_courses(courses):
        watch, table = _watch(bundle, starts, budget)
        for at, course in enumerate(bundle):
            path = _lay_path(course, watch, at, table)
            told.append(_tell_series(course, watch, at, path))
            paths.append(path)
            own = watch.alarms[watch.alarms[:, 0] == at]
            alerts += [_tell_alarm(course, watch, alarm, table, directions or {}) for alarm in own]
            ratios += [_weigh_alarm(course, watch, own, which, table) for which in range(len(own))]
    n_years = sum(len(path) / PER_YEAR[one.grain] for one, path in zip(_list_watched(told), paths, strict=True))
    usual = expect_real(len(alerts), n_years=n_years, budget=budget)
    weighed = [replace(one, chance=update_chance(usual, ratio)) for one, ratio in zip(alerts, ratios, strict=True)]
    settled = settle_states(
        weighed, as_of=as_of, acknowledged=acknowledged, since=as_of - timedelta(days=KEPT_DAYS)
    )  # fmt: skip
    return Watch(
        as_of, budget, tuple(sorted(told, key=lambda one: (one.metric_id, one.scope_type, one.scope_id))),
        tuple(duties.assign(one) for one in settled), pd.concat(paths, ignore_index=True) if paths else _NO_PATH.copy(),
    )  # fmt: skip


def _list_watched(told: list[WatchedSeries]) -> list[WatchedSeries]:
    return [one for one in told if one.quiet is None]


_NO_PATH = pd.DataFrame(
    columns=["metric_id", "scope_type", "scope_id", "period_start", "period_end", "value", "expected", "rise", "fall"]
)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The courses of a bundle side by side."""

    starts: pd.DatetimeIndex
    ends: npt.NDArray[Any]
    told: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.float64]


def _watch(bundle: list[Course], starts: pd.DatetimeIndex, budget: float) -> tuple[LevelWatch, _Table]:
    rows = [one.rows.set_index("period_start").reindex(starts) for one in bundle]
    values, sizes = (np.array([row[name] for row in rows], dtype=np.float64) for name in ("value", "size"))
    ends = pd.DataFrame([row["period_end"] for row in rows]).max().to_numpy()
    middle = starts + (pd.DatetimeIndex(ends) - starts) / 2
    grain = bundle[0].grain
    columns, doubt = lay_waves((middle.day_of_year.to_numpy() - 0.5) / 365.25, _N_WAVES[grain])
    run_length = PER_YEAR[grain] / budget
    warm_up = 26 if grain == "week" else 6
    watch = watch_levels(
        _FAMILIES[bundle[0].kind], values, np.nan_to_num(sizes), columns, doubt, run_length=max(run_length, 2.0),
        warm_up=warm_up,
    )  # fmt: skip
    return watch, _Table(starts, ends, values, np.nan_to_num(sizes))


def _lay_path(course: Course, watch: LevelWatch, at: int, table: _Table) -> pd.DataFrame:
    known = ~np.isnan(watch.scores[at])
    whole = table.sizes[at] if course.kind == "share" else np.ones(len(table.starts))
    with np.errstate(divide="ignore", invalid="ignore"):
        path = pd.DataFrame({
            "metric_id": course.metric_id, "scope_type": course.scope_type, "scope_id": course.scope_id,
            "period_start": table.starts, "period_end": table.ends, "value": table.told[at] / whole,
            "expected": watch.expected[at] / whole, "rise": watch.sums[0, at], "fall": watch.sums[1, at],
        })  # fmt: skip
    return pd.DataFrame(path[known])


def _tell_quiet(course: Course) -> WatchedSeries:
    last = course.rows.iloc[-1]
    value = float(last["value"] / last["size"]) if course.kind == "share" else float(last["value"])
    return WatchedSeries(
        course.metric_id, course.scope_type, course.scope_id, course.grain, len(course.rows), course.quiet, None, value,
        None, 0.0, 0.0,
    )  # fmt: skip


def _tell_series(course: Course, watch: LevelWatch, at: int, path: pd.DataFrame) -> WatchedSeries:
    fall, last = find_fall(watch, at, _FOUND_WITHIN[course.grain]), path.iloc[-1]
    series = WatchedSeries(
        course.metric_id, course.scope_type, course.scope_id, course.grain, len(path), None,
        fall if fall < 1 else None, float(last["value"]), float(last["expected"]), float(last["rise"]),
        float(last["fall"]),
    )  # fmt: skip
    return replace(series, smallest_fall=None) if series.is_in_first_year else series


def _tell_alarm(
    course: Course, watch: LevelWatch, alarm: npt.NDArray[np.int64], table: _Table, directions: Mapping[str, str]
) -> Alert:
    at, raised, sign, onset, confirmed = (int(one) for one in alarm)
    direction: Direction = "up" if sign > 0 else "down"
    observed, expected = _sum_up(course, watch, table, at, slice(onset, max(raised, confirmed) + 1))
    metric = library().get(course.metric_id)
    good = directions.get(course.metric_id, metric.direction if metric else None)
    onset_on = table.starts[onset].date()
    return Alert(
        name_alert(course.metric_id, course.scope_type, course.scope_id, direction, onset_on), "change",
        course.metric_id, course.scope_type, course.scope_id, direction, None if good is None else direction != good,
        onset_on, pd.Timestamp(table.ends[raised]).date(),
        pd.Timestamp(table.ends[confirmed]).date() if confirmed >= 0 else None, observed, expected,
    )  # fmt: skip


def _weigh_alarm(course: Course, watch: LevelWatch, own: npt.NDArray[np.int64], which: int, table: _Table) -> float:
    """Return how strongly the periods after an alarm, up to the next one, speak for it; the yearly course apart."""
    at, raised, sign, onset, _ = (int(one) for one in own[which])
    later = own[own[:, 1] > raised, 3]
    until = int(later.min()) if len(later) else len(table.starts)
    values, sizes = table.told[at], table.sizes[at]
    if course.kind == "count":
        sizes = sizes * np.exp(watch.courses[at])
    if course.kind == "mean":
        values = values / np.exp(watch.courses[at])
    return weigh_later(course.kind, values, sizes, onset=onset, raised=raised, until=until, is_rise=sign > 0)


def _sum_up(course: Course, watch: LevelWatch, table: _Table, at: int, run: slice) -> tuple[float, float]:
    """Return what came from onset to the last alarm, and what the level of before would have brought."""
    known = ~np.isnan(watch.scores[at, run])
    values, sizes = table.told[at, run][known], table.sizes[at, run][known]
    expected = _FAMILIES[course.kind].expect(watch.levels[at, run.start] + watch.courses[at, run][known], sizes)
    if course.kind == "count":
        return float(values.sum()), float(expected.sum())
    whole = sizes.sum() if course.kind == "share" else len(values)
    return float(values.sum() / whole), float(expected.sum() / whole)
