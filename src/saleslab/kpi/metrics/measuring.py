"""What were the numbers? Metrics counted for scopes and periods, in the shape of ``kpi_values``.

Ratios are made of numerators and denominators that were counted for the same scope and period, so that the ratio of a
team is that of its people's counts, never the mean of their ratios. What has no data has no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.inputs import read_counts
from saleslab.kpi.metrics.cohorts import follow_cohorts
from saleslab.kpi.metrics.declaring import Count, Metric
from saleslab.kpi.metrics.extents import fill_zeros, tell_extents
from saleslab.kpi.metrics.gaps import look_at, name_gaps
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known
from saleslab.kpi.metrics.intervals import bound_values
from saleslab.kpi.metrics.provenance import hash_tables
from saleslab.periods import Period
from saleslab.warehouse.local_time import end_of_day

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

KEYS = ("metric_id", "scope_type", "scope_id", "period_start")
COLUMNS = (
    *KEYS, "period_end", "measured_at", "value", "n", "numerator", "denominator", "lo", "hi", "tree_version",
    "data_hash", "is_complete", "maturity", "estimate",
)  # fmt: skip
_AT = ["scope_type", "scope_id", "period"]


def measure(
    lab: Warehouse,
    metrics: Metric | Iterable[Metric],
    *,
    as_of: date,
    periods: Sequence[Period] | None = None,
    months: int = 36,
    scopes: Sequence[str] = ("company",),
    segment_by: str = "industry",
    factors: Mapping[str, float] | None = None,
    tree_version: str | None = None,
) -> pd.DataFrame:
    """Return the values of metrics, one row a metric, scope and period.

    Use it for the history of a tree. A metric whose tables or columns are empty has no row: `find_gaps` says why.

    Parameters
    ----------
    lab
        The warehouse.
    metrics
        What to measure, such as ``kpi.library().values()``.
    as_of
        The last day that is known: what happened later is not counted.
    periods
        For which periods; the last ``months`` months by default, the one that holds ``as_of`` included.
    months
        How many months, where no periods are given.
    scopes
        Of ``company, team, user, segment, channel``.
    segment_by
        Column of accounts and leads whose values are the segments.
    factors
        Numbers that the company gives, for metrics that need one, such as ``{"co2_kg_per_km": 0.12}``.
    tree_version
        Version of the tree that the definitions come from, to be kept with the values.

    Returns
    -------
    frame
        The columns of ``kpi_values``, ``scope_id`` of the company being ``company``, sorted. ``measured_at`` is the
        end of ``as_of``. ``lo`` and ``hi`` bound shares and ratings (mass 0.9). Beside them: ``is_complete`` (the
        period is over, and its cohort is mature), ``maturity`` (share of its final successes that a cohort has shown)
        and ``estimate`` (what an immature share will come to; the value itself elsewhere).

    Raises
    ------
    NotEnoughData
        When none of the metrics can be measured.
    BadArgument
        When two different metrics have one id.
    """
    wanted = _once((metrics,) if isinstance(metrics, Metric) else metrics)
    given, known = dict(factors or {}), Known(lab, as_of)
    grid = Grid(tuple(periods) if periods is not None else last_months(lab, as_of, months), tuple(scopes), segment_by)
    grid = _until(grid, as_of)
    sights = look_at(lab, wanted)
    gaps = name_gaps(lab, wanted, sights, factors=given)
    closed = {gap.metric_id for gap in gaps}
    open_metrics = [metric for metric in wanted if metric.metric_id not in closed]
    if not open_metrics:
        raise NotEnoughData(
            f"None of {len(wanted)} metrics can be measured: {'; '.join(gap.what for gap in gaps[:3])}",
            "import the tables that are named, or ask `kpi.find_gaps` for all reasons.",
        )
    counts = list(dict.fromkeys(count for metric in open_metrics for count in metric.counts))
    counted = {
        int(str(place)): rows.set_index(_AT) for place, rows in read_counts(known, counts, grid).groupby("count")
    }
    told = tell_extents(known, counts, sights)
    found = {count: fill_zeros(counted.get(place), count, told[place], grid) for place, count in enumerate(counts)}
    frames = [_value(metric, found, given) for metric in open_metrics]
    values = follow_cohorts(known, open_metrics, bound_values(pd.concat(frames, ignore_index=True), open_metrics), grid)
    return _finish(values, grid, known, hashes=hash_tables(lab, open_metrics), tree_version=tree_version)


def last_months(lab: Warehouse, as_of: date, n: int) -> tuple[Period, ...]:
    """Return the last months of the company's calendar, that of a day included, in order.

    Raises
    ------
    BadArgument
        When there is to be none.
    """
    if n < 1:
        raise BadArgument(f"months is {n}.", "give 1 or more.")
    calendar = lab.settings.fiscal_calendar
    found = [calendar.month_of(as_of)]
    while len(found) < n:
        found.append(calendar.previous(found[-1]))
    return tuple(reversed(found))


def _once(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return each metric once; two of one id that are counted differently cannot be told apart."""
    wanted = tuple(dict.fromkeys(metrics))
    ids = [metric.metric_id for metric in wanted]
    doubled = sorted({name for name in ids if ids.count(name) > 1})
    if doubled:
        raise BadArgument(
            f"{', '.join(doubled)} stands for two different metrics.",
            "give one of them another id; `kpi.find_double_definitions` says in what they differ.",
        )
    return wanted


def _until(grid: Grid, as_of: date) -> Grid:
    """Leave out periods that have not begun."""
    begun = tuple(sorted({period for period in grid.periods if period.start <= as_of}))
    if not begun:
        raise NotEnoughData(f"No period has begun by {as_of}.", "ask for earlier periods, or for a later day.")
    return Grid(begun, grid.scopes, grid.segment_by)


def _value(metric: Metric, found: Mapping[Count, pd.DataFrame], factors: Mapping[str, float]) -> pd.DataFrame:
    """Return one metric's values where it has data."""
    top = found[metric.numerator]
    factor = factors[metric.factor] if metric.factor is not None else 1.0
    numerator, n, denominator = top["total"] * factor, top["n"], pd.Series(np.nan, top.index)
    if metric.denominator is not None:
        whole = found[metric.denominator]
        both = whole.index if metric.is_share else whole.index.intersection(top.index)
        numerator = numerator.reindex(both).fillna(0.0)
        denominator, n = whole["total"].reindex(both), (top if metric.kind == "index" else whole)["n"].reindex(both)
    elif metric.numerator.agg == "mean":
        denominator = top["n"]
    value = numerator / denominator.where(denominator != 0) if denominator.notna().any() else numerator
    frame = pd.DataFrame({"value": value, "n": n, "numerator": numerator, "denominator": denominator})
    if metric.numerator.agg == "mean":
        frame["squares"] = top["squares"]
    return frame.dropna(subset=["value"]).reset_index().assign(metric_id=metric.metric_id)


def _finish(
    values: pd.DataFrame, grid: Grid, known: Known, *, hashes: Mapping[str, str], tree_version: str | None
) -> pd.DataFrame:
    """Return values with their periods as days, and where they come from."""
    starts = np.array([period.start for period in grid.periods], dtype="datetime64[us]")
    ends = np.array([period.end for period in grid.periods], dtype="datetime64[us]")
    place = values["period"].to_numpy(dtype=np.int64)
    is_over = ends[place] <= np.datetime64(known.as_of)
    values = values.assign(
        period_start=starts[place],
        period_end=ends[place],
        measured_at=pd.Timestamp(end_of_day(known.as_of, known.zone)).as_unit("us"),
        n=values["n"].round().astype("int64"),
        is_complete=is_over & values["is_ripe"].to_numpy(dtype=bool),
        tree_version=pd.Series(tree_version, values.index, dtype="str"),
        data_hash=values["metric_id"].map(hashes).astype("str"),
    )
    return values.sort_values(list(KEYS), ignore_index=True)[list(COLUMNS)]
