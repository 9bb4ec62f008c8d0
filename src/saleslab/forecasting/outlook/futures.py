"""What several periods of a series will come to together, and how likely that reaches a target."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.engine import run_engine
from saleslab.forecasting.laying import Floats, Repeats
from saleslab.forecasting.panel import check_options, read_panel
from saleslab.forecasting.paths import draw_paths
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.series import check_horizon, check_levels, check_seed, write_forecasts


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFutures:
    """Forecasts of some series, with whole paths.

    Attributes
    ----------
    forecast
        As `forecast_series` gives it.
    series_ids
        In the sequence of ``paths``.
    paths
        Possible futures, shape (series, draws, horizon). Periods of one path go together; bounds of single periods
        must not be added, sums of paths may be.
    """

    forecast: pd.DataFrame
    series_ids: tuple[Hashable, ...]
    paths: Floats

    def sum_up(self, series_id: Hashable, *, n_periods: int | None = None) -> Floats:
        """Return what a series comes to over the first periods, one sum a path.

        Parameters
        ----------
        series_id
            Which series.
        n_periods
            How many; None takes all.
        """
        if series_id not in self.series_ids:
            raise BadArgument(
                f"There is no series {series_id!r} among {len(self.series_ids)}.", "give one of series_ids."
            )
        return np.asarray(self.paths[self.series_ids.index(series_id), :, :n_periods].sum(axis=1))


def draw_futures(
    panel: pd.DataFrame,
    *,
    horizon: int,
    season_length: int | None = None,
    levels: Sequence[float] = (0.8, 0.95),
    n_draws: int = 1_000,
    seed: int = 0,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> SeriesFutures:
    """Return forecasts of series with whole paths, to judge sums of several periods.

    Use it for a quarter out of months, or the chance that a year reaches its target; for single periods
    `forecast_series` is enough.

    Parameters
    ----------
    panel, horizon, season_length, levels, seed, gaps, repeats
        As in `forecast_series`.
    n_draws
        Paths of each series.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=36, freq="MS")
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": 100 + 10 * np.sin(np.arange(36.0))})
    >>> futures = draw_futures(panel, horizon=3, seed=0)
    >>> quarter = futures.sum_up("tokyo")
    >>> quarter.shape, bool(250 < np.median(quarter) < 350)
    ((1000,), True)
    """
    masses = check_levels(levels)
    check_horizon(horizon)
    check_seed(seed)
    check_options(season_length, gaps, repeats)
    laid, marks = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    run = run_engine(laid.history, horizon=int(horizon), season_length=laid.season_length, seed=int(seed))
    said = write_forecasts(laid, run, int(horizon), masses)
    said.attrs["remarks"] = tuple(mark.code for mark in marks)
    return SeriesFutures(said, tuple(laid.ids), draw_paths(run, n_paths=n_draws, seed=int(seed)))
