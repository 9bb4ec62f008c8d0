"""What will each of many series be, and within which bounds?"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.drivers.effects import refuse_unlearnt
from saleslab.forecasting.drivers.known_ahead import lay_drivers
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
    drivers: pd.DataFrame | None = None,
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
    drivers
        What moves the series and is known beforehand, such as a price, a campaign, the people employed or working days:
        ``period``, one column of numbers each, and ``series_id`` where series differ. A row is needed for every period
        of the past and of the horizon. What each was found to do is in ``.attrs["drivers"]`` (`DriverEffect`); one
        that noise explains as well changes no number. See `lay_calendar_drivers`.

    Returns
    -------
    frame
        ``series_id, period, mean, median, lower_80, upper_80, ...``, one row a series and period, sorted by both; each
        series goes on from its own last period. No bound falls below 0 where no value did.

    Raises
    ------
    TableError
        When the panel cannot be repaired without guessing, see `check_panel`; when a row of drivers is missing.
    NotEnoughData
        When there is no series of at least two periods; when a driver never moved, so that nothing can be learnt of it.
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
    masses = check_levels(levels)
    check_horizon(horizon)
    check_seed(seed)
    check_options(season_length, gaps, repeats)
    laid, marks = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    known = None if drivers is None else lay_drivers(drivers, laid, int(horizon))
    run = run_engine(
        laid.history, horizon=int(horizon), season_length=laid.season_length, seed=int(seed), drivers=known
    )
    said = write_forecasts(laid, run, int(horizon), masses)
    said.attrs["remarks"] = tuple(mark.code for mark in marks)
    if run.effects is not None:
        refuse_unlearnt(run.effects)
        said.attrs["drivers"] = run.effects.facts
    return said


def write_forecasts(laid: Laid, run: EngineRun, horizon: int, masses: tuple[float, ...]) -> pd.DataFrame:
    """Return the forecasts of a run, one row a series and period."""
    row = np.repeat(np.arange(len(laid.ids)), horizon)
    numbers = (laid.ends[:, None] + np.arange(1, horizon + 1)).ravel()
    columns: dict[str, Any] = {
        "series_id": laid.ids.take(row),
        "period": laid.grid.restore(numbers, row),
        "mean": run.find_mean().ravel(),
        "median": run.find_quantile(0.5).ravel(),
    }
    for mass in masses:
        name = f"{100 * mass:.10g}"
        columns[f"lower_{name}"] = run.find_quantile((1 - mass) / 2).ravel()
        columns[f"upper_{name}"] = run.find_quantile((1 + mass) / 2).ravel()
    return pd.DataFrame(columns)


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return the masses of intervals, or raise `BadArgument`."""
    try:
        masses = tuple(float(level) for level in levels)
    except (TypeError, ValueError):
        raise BadArgument(f"levels are {levels!r}.", "give masses between 0 and 1, such as (0.8, 0.95).") from None
    strange = [mass for mass in masses if not 0 < mass < 1]
    if strange or len(set(masses)) != len(masses):
        raise BadArgument(f"levels are {masses}.", "give different masses between 0 and 1, such as (0.8, 0.95).")
    return masses


def check_horizon(horizon: Any) -> None:
    """Raise `BadArgument` unless a horizon is a whole number of periods that can be foreseen."""
    if isinstance(horizon, bool) or not isinstance(horizon, Integral) or not 1 <= int(horizon) <= _LONGEST_HORIZON:
        raise BadArgument(f"horizon is {horizon!r}.", f"give a whole number of periods, 1 to {_LONGEST_HORIZON}.")


def check_seed(seed: Any) -> None:
    """Raise `BadArgument` unless a seed is a whole number."""
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise BadArgument(f"seed is {seed!r}.", "give a whole number: the same one gives the same forecast.")
