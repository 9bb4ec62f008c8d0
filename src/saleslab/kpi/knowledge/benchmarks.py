"""How do others do, and how do our own best? Values with a source and a date, or none at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi.changes.pooling import take_last
from saleslab.kpi.linting.findings import Finding, tabulate_findings
from saleslab.kpi.metrics.shelf import library
from saleslab.stats.estimate_draws import draw_true_values
from saleslab.stats.intervals import Interval, check_mass
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Standing = Literal["better", "alike", "worse", "unclear"]

OLDEST_DAYS = 3 * 365
"""Age at which a benchmark describes another time."""
LEAST_UNITS = 8
"""People or teams below which a best quarter is one or two of them."""

_N_DRAWS = 4_000
_QUARTER = 0.75


def lint_benchmarks(
    benchmarks: pd.DataFrame, *, as_of: date, metrics: Collection[str] | None = None, oldest_days: int = OLDEST_DAYS
) -> pd.DataFrame:
    """Return all that makes benchmarks unfit to be compared with; empty when all are fit.

    Parameters
    ----------
    benchmarks
        As the canonical table: ``metric_id, value`` and, where known, ``lo, hi, n, source, as_of``.
    as_of
        The day of the check.
    metrics
        The metrics that exist, where that is to be checked.
    oldest_days
        Age from which a benchmark is a warning.

    Returns
    -------
    pandas.DataFrame
        ``node`` (the metric), ``code, severity, message_en, message_ja, next_en, next_ja``, errors first.

    Examples
    --------
    >>> told = pd.DataFrame({"metric_id": ["win_rate"], "value": [0.25], "source": [" "], "as_of": [None]})
    >>> lint_benchmarks(told, as_of=date(2026, 9, 30))["code"].tolist()
    ['benchmark_no_source', 'benchmark_no_date']
    """
    require_columns(benchmarks, "metric_id", "value", of="benchmarks")
    nothing = pd.Series([None] * len(benchmarks), benchmarks.index, dtype=object)
    source, dated, low, high = (benchmarks.get(name, nothing) for name in ("source", "as_of", "lo", "hi"))
    value = pd.to_numeric(benchmarks["value"], errors="coerce")
    days = pd.to_datetime(dated, errors="coerce")
    known = benchmarks["metric_id"].isin(list(metrics)) if metrics is not None else nothing.isna()
    wrong: dict[str, pd.Series] = {
        "benchmark_unknown_metric": ~known,
        "benchmark_no_source": source.isna() | source.astype(str).str.strip().eq(""),
        "benchmark_no_date": days.isna(),
        "benchmark_later": days > pd.Timestamp(as_of),
        "benchmark_old": days < pd.Timestamp(as_of) - pd.Timedelta(days=oldest_days),
        "benchmark_no_value": value.isna() | value.abs().eq(np.inf),
        "benchmark_outside": (value < pd.to_numeric(low, errors="coerce"))
        | (value > pd.to_numeric(high, errors="coerce")),
    }
    return tabulate_findings(
        Finding(str(benchmarks["metric_id"].iloc[row]), code)
        for row in range(len(benchmarks))
        for code, is_wrong in wrong.items()
        if bool(is_wrong.iloc[row])
    )


def compare_benchmarks(
    levels: pd.DataFrame, benchmarks: pd.DataFrame, *, as_of: date, oldest_days: int = OLDEST_DAYS
) -> pd.DataFrame:
    """Return where our KPIs stand beside benchmarks that can be compared with.

    Parameters
    ----------
    levels
        Our own: ``metric_id, direction`` (``up`` or ``down``), ``value, low, high``.
    benchmarks
        As `lint_benchmarks` takes them; those with an error are left out.
    as_of, oldest_days
        As for `lint_benchmarks`.

    Returns
    -------
    pandas.DataFrame
        ``metric_id, value, low, high, benchmark, lo, hi, source, as_of, standing``: ``better`` or ``worse`` where our
        whole range lies beyond theirs, ``alike`` where it lies within, else ``unclear``. A benchmark without a range
        is a point.

    Raises
    ------
    BadArgument
        When a direction is neither ``up`` nor ``down``.
    """
    require_columns(levels, "metric_id", "direction", "value", "low", "high", of="levels")
    strange = levels.loc[~levels["direction"].isin(["up", "down"]), "metric_id"]
    if len(strange):
        raise BadArgument(
            f"Of {', '.join(sorted(map(str, set(strange))))} it is not said which direction is good.",
            "give 'up' or 'down' for each, or leave them out.",
        )
    sound = [
        not (lint_benchmarks(benchmarks.iloc[[row]], as_of=as_of, oldest_days=oldest_days)["severity"] == "error").any()
        for row in range(len(benchmarks))
    ]
    fit = benchmarks[sound].rename(columns={"value": "benchmark"})
    fit = fit.reindex(columns=["metric_id", "benchmark", "lo", "hi", "source", "as_of"])
    fit = fit.assign(lo=fit["lo"].fillna(fit["benchmark"]), hi=fit["hi"].fillna(fit["benchmark"]))
    told = levels.merge(fit, on="metric_id").sort_values(["metric_id", "source", "as_of"], ignore_index=True)
    is_up = told["direction"].eq("up")
    above, below = told["low"] > told["hi"], told["high"] < told["lo"]
    inside = (told["low"] >= told["lo"]) & (told["high"] <= told["hi"])
    standing = np.select(
        [(above & is_up) | (below & ~is_up), (below & is_up) | (above & ~is_up), inside],
        ["better", "worse", "alike"],
        "unclear",
    )
    shown = ["metric_id", "value", "low", "high", "benchmark", "lo", "hi", "source", "as_of"]
    return told[shown].assign(standing=standing)


@dataclass(frozen=True, slots=True, eq=False)
class BestQuarter:
    """What the best quarter of our own people, teams or segments truly reach.

    Attributes
    ----------
    metric_id
        Of which KPI.
    level
        That a quarter of them truly reach or pass; as a bound of a lever it is known to be feasible.
    raw_level
        The same of raw values, too good since the best ones were lucky, too.
    units
        ``scope_id, n, raw, value, low, high``, sorted by id.
    """

    metric_id: str
    level: Interval
    raw_level: float
    units: pd.DataFrame

    def to_row(self, *, as_of: date) -> pd.DataFrame:
        """Return the row for the table ``benchmarks``."""
        row = {"metric_id": self.metric_id, "value": self.level.estimate, "lo": self.level.low, "hi": self.level.high}
        return pd.DataFrame([row | {"n": len(self.units), "source": "internal: best quarter", "as_of": as_of}])


def find_best_quarter(
    history: pd.DataFrame,
    *,
    metric_id: str,
    scope_type: str = "user",
    direction: Literal["up", "down"] = "up",
    mass: float = 0.9,
    seed: int = 1,
) -> BestQuarter:
    """Return what a quarter of our own units truly reach, from the history of a KPI.

    Rates are pooled from their counts, other values from how much a unit's periods vary. Periods that are not over are
    left out, and a value that was measured again counts once.

    Parameters
    ----------
    history
        Rows of ``kpi_values``: ``metric_id, scope_type, scope_id, period_start, value`` and, for rates, ``numerator``
        and ``denominator``; ``measured_at`` and ``is_complete`` where known.
    metric_id, scope_type
        Which KPI, and of whom: ``user``, ``team`` or ``segment``.
    direction
        Whether high or low is good.
    mass, seed
        Of the ranges, and of the draws.

    Raises
    ------
    NotEnoughData
        With fewer than eight units.
    TableError
        When a numerator lies above its denominator.

    Examples
    --------
    >>> won = [8, 12, 10, 15, 9, 11, 13, 10]
    >>> rows = pd.DataFrame({"scope_id": [f"u:{at}" for at in range(8)], "numerator": won, "denominator": 40})
    >>> rows = rows.assign(metric_id="win_rate", scope_type="user", period_start="2026-04-01")
    >>> rows = rows.assign(value=rows["numerator"] / 40)
    >>> found = find_best_quarter(rows, metric_id="win_rate")
    >>> found.level.estimate < found.raw_level
    True
    """
    check_mass(mass)
    require_columns(history, "metric_id", "scope_type", "scope_id", "period_start", "value", of="history")
    rows = take_last(history[(history["metric_id"] == metric_id) & (history["scope_type"] == scope_type)])
    metric = library().get(metric_id)
    is_rate = "denominator" in rows and bool(rows["denominator"].notna().all())
    is_rate = is_rate and (metric is None or metric.unit == "rate")
    units = (_total_rates(rows) if is_rate else _average_values(rows)).reset_index(drop=True)
    if len(units) < LEAST_UNITS:
        raise NotEnoughData(
            f"{len(units)} units of '{scope_type}' have enough of '{metric_id}' to be compared.",
            f"give at least {LEAST_UNITS}, or a longer history.",
        )
    drawn = draw_true_values(units["place"].to_numpy(), units["error"].to_numpy(), n_draws=_N_DRAWS, seed=seed)
    drawn = 1 / (1 + np.exp(-drawn)) if is_rate else drawn
    share = _QUARTER if direction == "up" else 1 - _QUARTER
    tails = ((1 - mass) / 2, (1 + mass) / 2)
    levels = np.quantile(drawn, share, axis=1)
    low, high = np.quantile(drawn, tails, axis=0)
    told = units[["scope_id", "n", "raw"]].assign(value=drawn.mean(axis=0), low=low, high=high)
    ends = [float(end) for end in np.quantile(levels, tails)]
    middle = float(levels.mean())
    level = Interval(middle, min(ends[0], middle), max(ends[1], middle), mass)
    return BestQuarter(metric_id, level, float(np.quantile(units["raw"], share)), told)


def _total_rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rate of each unit as log odds with its error; in them, rates are nearly normal."""
    total = rows.groupby("scope_id", sort=True)[["numerator", "denominator"]].sum().astype("float64")
    n_wrong = int(((total["numerator"] > total["denominator"]) | (total["numerator"] < 0)).sum())
    if n_wrong:
        raise TableError(
            f"{n_wrong} units of history have a numerator beyond their denominator.",
            "correct them, or leave the denominators out where the value is no rate.",
        )
    total = total[total["denominator"] > 0].reset_index()
    yes, no = total["numerator"] + 0.5, total["denominator"] - total["numerator"] + 0.5
    return total.assign(
        n=total["denominator"].astype("int64"),
        raw=total["numerator"] / total["denominator"],
        place=np.log(yes / no),
        error=np.sqrt(1 / yes + 1 / no),
    )


def _average_values(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each unit with at least two periods; how much one period varies is common to all."""
    grouped = rows.assign(value=rows["value"].astype("float64")).groupby("scope_id", sort=True)["value"]
    units = grouped.agg(n="size", raw="mean", variance="var").reset_index()
    units = units[units["n"] >= 2]
    freedom = units["n"] - 1
    noise = float((units["variance"] * freedom).sum() / max(int(freedom.sum()), 1))
    scale = 1e-9 * max(float(units["raw"].abs().max()) if len(units) else 0.0, 1.0)
    return units.assign(place=units["raw"], error=np.maximum(np.sqrt(noise / units["n"]), scale))
