"""Values of a whole period from months or weeks, and whether the level behind them moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.metrics.knowing import keep_known
from saleslab.kpi.metrics.shelf import library
from saleslab.periods import Period
from saleslab.stats.level_moves import LevelMove, judge_move
from saleslab.tables.presence import require_columns

Watched = Literal["share", "count", "mean"]
Nature = Literal["share", "count", "sum", "mean", "stock"]
"""How values of several months become one: pooled, added, averaged by their pieces, or the last one."""

COLUMNS = (
    "metric_id", "scope_type", "scope_id", "period_start", "period_end", "value", "n", "numerator", "denominator",
)  # fmt: skip
"""What is read of `kpi_values`."""

_OF_KIND: Mapping[str, Nature] = {
    "count": "count", "sum": "sum", "mean": "mean", "duration": "mean", "rating": "mean", "stock": "stock",
    "index": "mean",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose values they are: the company's, or those of a team, person, segment or channel."""

    type: str = "company"
    id: str = "company"


COMPANY = Scope()


def take_known(values: pd.DataFrame, *, as_of: date | None = None, of: str = "values (kpi.measure)") -> pd.DataFrame:
    """Return the complete periods of a history, each as it was measured last, by the day ``as_of`` where it is given.

    Periods that are not over, and cohorts that are not mature (``is_complete`` is false), are left out.

    Raises
    ------
    TableError
        When a column is missing.
    """
    require_columns(values, *COLUMNS, of=of)
    known = take_last(values if as_of is None else keep_known(values, as_of=as_of))
    days = {name: pd.to_datetime(known[name]) for name in ("period_start", "period_end")}
    numbers = {
        name: pd.to_numeric(known[name]).astype("float64") for name in ("value", "n", "numerator", "denominator")
    }
    return known.assign(**days, **numbers).sort_values(list(COLUMNS[:4]), ignore_index=True)


def take_last(values: pd.DataFrame) -> pd.DataFrame:
    """Return complete values alone, each as it was measured last: the table of them is never overwritten."""
    known = values[values["value"].notna()]
    if "is_complete" in known.columns:
        known = known[known["is_complete"].astype(bool)]
    if "measured_at" in known.columns:
        known = known.sort_values("measured_at", kind="stable")
    return known.drop_duplicates(["metric_id", "scope_type", "scope_id", "period_start"], keep="last")


def name_nature(rows: pd.DataFrame) -> Nature:
    """Return how values of one metric become one: what the library says, else what its columns look like."""
    metric = library().get(str(rows["metric_id"].iloc[0]))
    top, whole = rows["numerator"], rows["denominator"]
    if whole.notna().all():
        is_counted = bool((top <= whole).all() and _are_whole(top) and _are_whole(whole))
        return "share" if is_counted and (metric is None or metric.unit == "rate") else "mean"
    if metric is not None and metric.kind != "ratio":
        return _OF_KIND[metric.kind]
    if not top.notna().all():
        return "mean"
    return "count" if _are_whole(top) and bool((top == rows["n"]).all()) else "sum"


def choose_kind(nature: Nature) -> Watched:
    """Return how chance is taken to make such values: money and stocks are as means are."""
    match nature:
        case "share" | "count":
            return nature
    return "mean"


def _are_whole(values: pd.Series) -> bool:
    return bool(np.isclose(values, values.round()).all() and (values >= 0).all())


def pool_period(values: pd.DataFrame, period: Period, *, scope: Scope = COMPANY) -> dict[str, float]:
    """Return the value of each metric over all complete months or weeks of a period.

    Shares and means are pooled from numerators and denominators, counts and money are added up, durations are averaged
    by their pieces (the median of a quarter is not known from three medians), and of a stock the last value counts.

    Parameters
    ----------
    values
        In the shape of ``kpi_values``, from ``kpi.measure``.
    period
        Months or weeks that lie in it are pooled.
    scope
        Whose values.

    Raises
    ------
    NotEnoughData
        When no metric has a complete month or week in the period.

    Examples
    --------
    >>> from datetime import date
    >>> months = pd.DataFrame({
    ...     "metric_id": "win_rate", "scope_type": "company", "scope_id": "company",
    ...     "value": [0.5, 0.25], "n": [10, 40],
    ...     "period_start": ["2026-04-01", "2026-05-01"], "period_end": ["2026-04-30", "2026-05-31"],
    ...     "numerator": [5, 10], "denominator": [10, 40]})
    >>> pool_period(months, Period(date(2026, 4, 1), date(2026, 6, 30)))
    {'win_rate': 0.3}
    """
    rows = _take(take_known(values), period, scope)
    if rows.empty:
        raise NotEnoughData(
            f"No value of {scope.type} {scope.id} lies in {period.start} to {period.end}.",
            "choose a period that is over, or measure it.",
        )
    return {str(name): _pool(part) for name, part in rows.groupby("metric_id")}


def _take(known: pd.DataFrame, period: Period, scope: Scope) -> pd.DataFrame:
    is_own = (known["scope_type"] == scope.type) & (known["scope_id"] == scope.id)
    is_in = (known["period_start"] >= pd.Timestamp(period.start)) & (known["period_end"] <= pd.Timestamp(period.end))
    return known[is_own & is_in]


def _pool(rows: pd.DataFrame) -> float:
    match name_nature(rows):
        case "count" | "sum":
            return float(rows["numerator"].fillna(rows["value"]).sum())
        case "stock":
            return float(rows["value"].iloc[-1])
    if rows["denominator"].gt(0).any() and rows["numerator"].notna().all():
        return float(rows["numerator"].sum() / rows["denominator"].sum())
    if rows["numerator"].notna().all() and rows["n"].sum() > 0:
        return float(rows["numerator"].sum() / rows["n"].sum())
    weights = rows["n"].fillna(0.0).clip(lower=0.0)
    return float(np.average(rows["value"], weights=weights if weights.sum() > 0 else None))


def judge_moves(
    values: pd.DataFrame,
    *,
    before: Period,
    after: Period,
    scope: Scope = COMPANY,
    memory: int = 24,
    mass: float = 0.9,
) -> dict[str, LevelMove]:
    """Return, for each metric, the chance that its level really moved from one period to another.

    How much months differ when nothing happens is learned from both periods and from those before them. Compare like
    with like: against the quarter before, a yearly course counts as a move.

    Parameters
    ----------
    values
        In the shape of ``kpi_values``, one row a month or week.
    before, after
        The two periods.
    scope
        Whose values.
    memory
        How many earlier months or weeks say how much they differ.
    mass
        Of the intervals.

    Returns
    -------
    dict
        By metric. A metric without values in either period, or with values that are not positive where only a mean is
        known, is left out.
    """
    known = take_known(values)
    ends = [_take(known, period, scope) for period in (before, after)]
    is_own = (known["scope_type"] == scope.type) & (known["scope_id"] == scope.id)
    past = known[is_own & (known["period_end"] < pd.Timestamp(before.start))]
    found: dict[str, LevelMove] = {}
    for name in ends[0]["metric_id"].unique():
        first, second, earlier = (part[part["metric_id"] == name] for part in (*ends, past))
        if second.empty:
            continue
        nature = name_nature(pd.concat([first, second]))
        stretches = [_stretch(part, nature) for part in (first, second, earlier.tail(memory))]
        if all(np.isfinite(amounts).all() for amounts, _ in stretches[:2]):
            found[str(name)] = judge_move(
                choose_kind(nature), stretches[0], stretches[1], earlier=stretches[2], mass=mass
            )
    return found


def _stretch(rows: pd.DataFrame, nature: Nature) -> tuple[np.ndarray, np.ndarray]:
    if nature == "share":
        return rows["numerator"].to_numpy(), rows["denominator"].to_numpy()
    days = (rows["period_end"] - rows["period_start"]).dt.days.to_numpy(dtype=float) + 1
    if nature == "count":
        return rows["numerator"].fillna(rows["value"]).to_numpy(), days
    values = rows["value"].to_numpy()
    return np.where(values > 0, values / days if nature == "sum" else values, np.nan), np.ones(len(rows))
