"""How far were forecasts off: one number a measure, and only those that the forecasts allow.

Definitions are those of `saleslab.stats.forecast_errors`. A measure that a method does not allow, such as the coverage
of a method without intervals, has no row: it is neither 0 nor missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.backtests.answers import list_masses, name_bounds
from saleslab.stats.calibration import measure_calibration
from saleslab.stats.forecast_errors import measure_coverage, measure_smape, measure_wql

NAIVE = ("seasonal_naive", "last_period")
"""The methods that cost nothing, and against which the others are measured."""

_CELL = ["as_of", "series_id", "period"]
_FEWEST_CHANCES = 20


def measure_forecasts(forecasts: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return how far forecasts were off, one row a method and measure.

    Parameters
    ----------
    forecasts
        ``as_of, series_id, period, method, mean, median, actual`` and as far as known ``lower_80, upper_80`` (any
        mass), ``chance_hit, target, scale, scale_squared``; see `Backtest.forecasts`. Where ``period_end`` is known,
        periods that begin together but end on different days are different periods.
    by
        Columns that tell groups apart, such as ``days_left`` or ``series_id``.

    Returns
    -------
    frame
        ``*by, method, measure, value, n, n_periods``, where ``n`` counts forecasts and ``n_periods`` the different
        periods that they speak of: forecasts of one period from several days are not so many independent trials.
        Measures: ``bias`` (of means) and ``wape`` (of medians) as shares of what came; ``mase``, ``rmsse``;
        ``smape`` in %, as in M4; ``wql`` over the quantiles that are told; ``coverage_80``, ``msis_80``; ``brier``,
        ``brier_skill`` and ``calibration_error`` of the chance to reach the target; ``gain_seasonal_naive`` and
        ``gain_last_period``: the share by which absolute errors are smaller than theirs on the same cells.

    Examples
    --------
    >>> told = pd.DataFrame({"as_of": "2026-03-31", "series_id": "a", "period": ["2026-04", "2026-05"], "method": "m"})
    >>> told = told.assign(mean=[9.0, 12.0], median=[9.0, 12.0], actual=[10.0, 10.0])
    >>> measure_forecasts(told).set_index("measure")["value"].round(3).to_dict()
    {'bias': 0.05, 'wape': 0.15, 'smape': 14.354}
    """
    if forecasts.empty:
        raise NotEnoughData("No forecast can be compared with what came.", "wait until a period is over.")
    rows: list[dict[str, Any]] = []
    cell = [*_CELL, *_list_ends(forecasts)]
    rivals = {name: forecasts[forecasts["method"].eq(name)].set_index(cell)["median"] for name in NAIVE}
    for keys, group in forecasts.groupby([*by, "method"], sort=False):
        shared: dict[str, Any] = dict(zip([*by, "method"], keys, strict=True))
        for measure, value, rows_used in _measure(group, rivals):
            rows.append(
                shared
                | {"measure": measure, "value": value, "n": len(rows_used), "n_periods": _count_periods(rows_used)}
            )
    return pd.DataFrame(rows, columns=[*by, "method", "measure", "value", "n", "n_periods"])


def _list_ends(forecasts: pd.DataFrame) -> list[str]:
    """Return the column that tells periods apart that begin on the same day, where there is one."""
    return ["period_end"] if "period_end" in forecasts.columns else []


def _count_periods(rows: pd.DataFrame) -> int:
    return len(rows.drop_duplicates(["period", *_list_ends(rows)]))


def _measure(rows: pd.DataFrame, rivals: dict[str, pd.Series]) -> Iterator[tuple[str, float, pd.DataFrame]]:
    came, size = rows["actual"], float(rows["actual"].abs().sum())
    apart = (rows["median"] - came).abs()
    if size > 0:
        yield "bias", float((rows["mean"] - came).sum()) / size, rows
        yield "wape", float(apart.sum()) / size, rows
    yield from _measure_scaled(rows)
    yield "smape", measure_smape(_column(came), _column(rows["median"])).mean, rows
    yield from _measure_intervals(rows)
    yield from _measure_chances(rows)
    for name, rival in rivals.items():
        if rows["method"].iloc[0] == name or rival.empty:
            continue
        cells = pd.MultiIndex.from_frame(rows[list(rival.index.names)])
        other = (rival.reindex(cells).to_numpy() - came).abs()
        shared = other.notna()
        if shared.any() and float(other[shared].sum()) > 0:
            yield f"gain_{name}", 1 - float(apart[shared].sum() / other[shared].sum()), rows[shared]


def _measure_scaled(rows: pd.DataFrame) -> Iterator[tuple[str, float, pd.DataFrame]]:
    for name, column, power in (("mase", "scale", 1), ("rmsse", "scale_squared", 2)):
        if column not in rows.columns or not rows[column].notna().any():
            continue
        scaled = rows[rows[column].notna()]
        error = (scaled["median" if power == 1 else "mean"] - scaled["actual"]).abs() ** power / scaled[column]
        of_series = error.groupby([scaled["as_of"], scaled["series_id"]]).mean() ** (1 / power)
        yield name, float(of_series.mean()), scaled


def _measure_intervals(rows: pd.DataFrame) -> Iterator[tuple[str, float, pd.DataFrame]]:
    masses = [mass for mass in list_masses(rows.columns) if rows[name_bounds(mass)[0]].notna().any()]
    if not masses:
        return
    names = [name for mass in masses for name in name_bounds(mass)]
    told = rows[rows[names].notna().all(axis=1)]
    came = _column(told["actual"])
    chances = [0.5] + [edge for mass in masses for edge in ((1 - mass) / 2, (1 + mass) / 2)]
    if np.abs(came).sum() > 0:
        quantiles = told[["median", *names]].to_numpy(dtype=np.float64)[:, None, :]
        yield "wql", measure_wql(came, quantiles, chances), told
    for mass in masses:
        low, high = (_column(told[name]) for name in name_bounds(mass))
        yield f"coverage_{100 * mass:.10g}", measure_coverage(came, low, high), told
        if "scale" in told.columns and told["scale"].notna().any():
            fine = 2 / (1 - mass) * (np.maximum(low - came, 0) + np.maximum(came - high, 0))
            score = pd.Series(((high - low) + fine)[:, 0], index=told.index) / told["scale"]
            scaled = told[told["scale"].notna()]
            of_series = score.loc[scaled.index].groupby([scaled["as_of"], scaled["series_id"]]).mean()
            yield f"msis_{100 * mass:.10g}", float(of_series.mean()), scaled


def _measure_chances(rows: pd.DataFrame) -> Iterator[tuple[str, float, pd.DataFrame]]:
    if not {"chance_hit", "target"} <= set(rows.columns):
        return
    told = rows[rows["chance_hit"].notna() & rows["target"].notna()]
    if told.empty:
        return
    hit = (told["actual"] >= told["target"]).to_numpy(dtype=np.float64)
    chance = told["chance_hit"].to_numpy(dtype=np.float64)
    brier = float(((chance - hit) ** 2).mean())
    yield "brier", brier, told
    spread = float(hit.mean() * (1 - hit.mean()))
    if spread > 0:
        yield "brier_skill", 1 - brier / spread, told
    if len(told) >= _FEWEST_CHANCES:
        yield "calibration_error", measure_calibration(hit, chance).error, told


def _column(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=np.float64)[:, None]
