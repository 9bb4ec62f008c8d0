"""When is a period over? Its stamp says when it begins; the grid of the panel says the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.grids import Grid, read_grid
from saleslab.forecasting.stamps import Whole


def find_period_ends(period: pd.Series, series_id: pd.Series) -> pd.Series:
    """Return the last day of each period of a panel.

    Parameters
    ----------
    period, series_id
        Columns of a panel. Stamps are the first days of periods, their last days (ends of months), or pandas Periods.

    Raises
    ------
    BadArgument
        When periods are whole numbers: then no day tells which of them are over.

    Examples
    --------
    >>> quarters = pd.Series(pd.to_datetime(["2026-01-01", "2026-04-01", "2026-07-01"]))
    >>> [str(end.date()) for end in find_period_ends(quarters, pd.Series(["a"] * 3))]
    ['2026-03-31', '2026-06-30', '2026-09-30']
    """
    code = pd.factorize(series_id)[0].astype(np.int64)
    grid, number = read_grid(period, code)
    return pd.Series(find_ends(grid, number, code), index=period.index)


def find_ends(grid: Grid, number: Whole, row: Whole | None = None) -> pd.DatetimeIndex:
    """Return the last day of some periods of a grid, of the series in ``row`` where their days differ."""
    if grid.scale == "number":
        raise BadArgument(
            "The periods are whole numbers: no day tells which of them are over.",
            "give dates, or pandas Periods, as periods.",
        )
    if grid.scale == "period":
        return pd.PeriodIndex(grid.find_moments(number)).end_time.normalize()
    if grid.scale in {"month_end", "last_workday"}:
        return _find_day(grid, number, row) + pd.offsets.MonthEnd(0)
    following = _find_day(grid, number + 1, row)
    if grid.scale == "first_workday":
        following = following.to_period("M").to_timestamp()
    return following - pd.Timedelta(days=1)


def _find_day(grid: Grid, number: Whole, row: Whole | None) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(grid.find_moments(number, row)).tz_localize(None).normalize()
