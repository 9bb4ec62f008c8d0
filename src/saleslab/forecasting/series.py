"""What will each of many series be, and within which bounds?"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.engine import EngineRun, run_engine
from saleslab.forecasting.laying import Laid, Repeats
from saleslab.forecasting.panel import check_options, read_panel
from saleslab.forecasting.repairs import Gaps

_LONGEST_HORIZON = 1_000


def forecast_series(
    panel: pd.DataFrame,
    *,
    horizon: int,
    season_length: int | None = None,
    levels: Sequence[float] = (0.8, 0.95),
    seed: int = 0,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> pd.DataFrame:
    """Return forecasts of many series, with intervals that held in their own past.

    Use it for thousands of short series: some fifteen methods and one LightGBM for all series are weighed by how far
    they were off from past origins, and the errors of like series give the intervals. For sums that must add up over a
    hierarchy use `reconcile`.

    Parameters
    ----------
    panel
        Columns ``series_id, period, value``. It is repaired as `check_panel` says; the remarks are in
        ``.attrs["remarks"]`` of the answer.
    horizon
        Periods ahead.
    season_length
        Periods in a season; None takes what the grain has as a rule.
    levels
        Masses of the intervals.
    seed
        Of the LightGBM. The same panel and seed give the same numbers, whatever the order of rows and the labels.
    gaps, repeats
        What missing rows and repeated periods mean; see `check_panel`.

    Returns
    -------
    frame
        ``series_id, period, mean, median, lower_80, upper_80, ...``, one row a series and period, sorted by both; each
        series goes on from its own last period. No bound falls below 0 where no value did.

    Raises
    ------
    TableError
        When the panel cannot be repaired without guessing; see `check_panel`.
    NotEnoughData
        When there is no series of at least two periods.
    BadArgument
        When the horizon or a level makes no sense.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=36, freq="MS")
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": np.arange(100.0, 136.0)})
    >>> said = forecast_series(panel, horizon=2, season_length=12, seed=0)
    >>> said.columns.tolist()[:6]
    ['series_id', 'period', 'mean', 'median', 'lower_80', 'upper_80']
    >>> bool(said["median"].between(130, 140).all())
    True
    """
    masses = _check_levels(levels)
    _check_horizon(horizon)
    check_options(season_length, gaps, repeats)
    laid, marks = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    run = run_engine(laid.history, horizon=int(horizon), season_length=laid.season_length, seed=int(seed))
    said = _write_frame(laid, run, int(horizon), masses)
    said.attrs["remarks"] = tuple(mark.code for mark in marks)
    return said


def _write_frame(laid: Laid, run: EngineRun, horizon: int, masses: tuple[float, ...]) -> pd.DataFrame:
    row = np.repeat(np.arange(len(laid.ids)), horizon)
    numbers = (laid.ends[:, None] + np.arange(1, horizon + 1)).ravel()
    columns: dict[str, Any] = {
        "series_id": laid.ids.take(row),
        "period": laid.grid.restore(numbers),
        "mean": run.find_mean().ravel(),
        "median": run.find_quantile(0.5).ravel(),
    }
    for mass in masses:
        name = f"{100 * mass:.10g}"
        columns[f"lower_{name}"] = run.find_quantile((1 - mass) / 2).ravel()
        columns[f"upper_{name}"] = run.find_quantile((1 + mass) / 2).ravel()
    return pd.DataFrame(columns)


def _check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    masses = tuple(float(level) for level in levels)
    strange = [mass for mass in masses if not 0 < mass < 1]
    if strange or len(set(masses)) != len(masses):
        raise BadArgument(f"levels are {masses}.", "give different masses between 0 and 1, such as (0.8, 0.95).")
    return masses


def _check_horizon(horizon: Any) -> None:
    if not isinstance(horizon, Integral) or not 1 <= int(horizon) <= _LONGEST_HORIZON:
        raise BadArgument(f"horizon is {horizon!r}.", f"give a whole number of periods, 1 to {_LONGEST_HORIZON}.")
