"""One metric's value for one scope and period as a single query, which anybody can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from saleslab.kpi.inputs import express, fall_in_cells, match_periods, meet_moments, name_scopes, scope_paths
from saleslab.kpi.metrics.declaring import Count, Metric
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known, build
from saleslab.kpi.metrics.sources import Source, find_source
from saleslab.kpi.metrics.teams import list_teams_above
from saleslab.periods import Period


def select_value(
    known: Known,
    metric: Metric,
    period: Period,
    *,
    scope_type: str = "company",
    scope_id: str = "company",
    segment_by: str = "industry",
    parents: Mapping[str, str | None] | None = None,
    factor: float = 1.0,
) -> Any:
    """Return an Ibis expression of one row: ``value, numerator, denominator``.

    Parameters
    ----------
    known
        The warehouse at the end of a day.
    metric
        What to count.
    period
        For which period.
    scope_type, scope_id, segment_by
        For whom.
    parents
        The team above each team, for a team that has others below.
    factor
        What the numerator is multiplied by.
    """
    grid = Grid((period,), (scope_type,), segment_by)
    top = _total(known, metric.numerator, grid, scope_id, parents or {})
    numerator = top.total.cast("float64") * factor if factor != 1.0 else top.total.cast("float64")
    if metric.denominator is not None:
        whole = _total(known, metric.denominator, grid, scope_id, parents or {})
        both = top.cross_join(whole.select(whole="total"))
        numerator = both.total.cast("float64") * factor if factor != 1.0 else both.total.cast("float64")
        denominator = both.whole.cast("float64")
        return both.select(value=numerator / denominator.nullif(0.0), numerator=numerator, denominator=denominator)
    if metric.numerator.agg == "mean":
        pieces = top.n.cast("float64")
        return top.select(value=numerator / pieces.nullif(0.0), numerator=numerator, denominator=pieces)
    return top.select(value=numerator, numerator=numerator, denominator=ibis.null("float64"))


def _total(known: Known, count: Count, grid: Grid, scope_id: str, parents: Mapping[str, str | None]) -> Any:
    """Return one row: ``total``, and ``n`` pieces where it is a mean."""
    source = find_source(count.table)
    paths = {path for part in count.expressions.values() for path in part.paths} | scope_paths(source, grid)
    rows = name_scopes(known.rows(source, sorted(paths)), source, grid)
    if source.is_scoped:
        rows = match_periods(rows, grid)
    elif count.is_stock:
        rows = meet_moments(known, rows, source, count, grid)
    else:
        rows = fall_in_cells(known, rows, source, count, grid)
    rows = _keep_scope(known, rows, source, scope_type=grid.scopes[0], scope_id=scope_id, parents=parents)
    one = express(rows, source, count)
    if one.value is None:
        return rows.aggregate(total=rows.count(where=one.where))
    if count.of is not None:
        return _take_of_groups(rows, source, count)
    totals = {
        "sum": lambda: one.value.sum(where=one.where).coalesce(0),
        "mean": lambda: one.value.sum(where=one.where),
        "square": lambda: one.value.sum(where=one.where).cast("float64").pow(2),
        "n_distinct": lambda: one.value.nunique(where=one.where),
        "median": lambda: one.value.cast("float64").median(where=one.where),
        "p90": lambda: one.value.cast("float64").quantile(0.9, where=one.where),
    }
    more = {"n": one.value.count(where=one.where)} if count.agg == "mean" else {}
    return rows.aggregate(total=totals[count.agg](), **more)


def _take_of_groups(rows: Any, source: Source, count: Count) -> Any:
    """Return the largest sum of a group, or the sum of their squares."""
    one = express(rows, source, count)
    rows = rows.mutate(v=one.value, group_of=build(count.expressions["of"], rows, source))
    rows = rows if one.where is None else rows.filter(express(rows, source, count).where)
    rows = rows.filter(rows.group_of.notnull())
    sums = rows.group_by("group_of").aggregate(v=rows.v.sum().cast("float64"))
    return sums.aggregate(total=sums.v.max() if count.agg == "largest" else (sums.v * sums.v).sum())


def _keep_scope(
    known: Known, rows: Any, source: Source, *, scope_type: str, scope_id: str, parents: Mapping[str, str | None]
) -> Any:
    """Return the rows of one scope."""
    if source.is_scoped:
        rows = rows.filter(rows.scope_type == scope_type)
        return rows if scope_type == "company" else rows.filter(rows.scope_id == scope_id)
    if scope_type == "company":
        return rows
    column = "user_of" if scope_type == "team" else f"{scope_type}_of"
    if column not in rows.columns:
        return rows.filter(ibis.literal(value=False))
    if scope_type != "team":
        return rows.filter(rows[column] == scope_id)
    below = [team for team, above in list_teams_above(parents).items() if scope_id in above] or [scope_id]
    users = known.lab.table("users", all_rows=True)
    return rows.semi_join(users.filter(users.team_id.isin(below)).select(user_of="user_id"), "user_of")
