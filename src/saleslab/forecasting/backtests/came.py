"""What came, laid out as series by periods, and what of it was known at a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.forecasting.backtests.period_ends import find_ends
from saleslab.forecasting.grids import read_grid
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole, read_starts
from saleslab.stats.forecast_errors import measure_scale


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """What came of every series.

    Attributes
    ----------
    ids, periods, ends
        The series; first day (or stamp) of each period on the grid, and its last day.
    amounts, targets
        Shape (series, periods); NaN where there is none.
    season_length
        Periods in a season.
    """

    ids: pd.Index
    periods: pd.DatetimeIndex
    ends: pd.DatetimeIndex
    amounts: Floats
    targets: Floats
    season_length: int

    def count_over(self, as_of: date) -> int:
        """Return how many periods were over at the end of a day."""
        return int(np.searchsorted(self.ends.to_numpy(), np.datetime64(as_of), side="right"))

    def find_last_over(self, as_of: date) -> pd.Series:
        """Return the last period that was over at a day, by series; missing where none was."""
        n = self.count_over(as_of)
        return pd.Series(self.periods[n - 1] if n else pd.NaT, index=self.ids)

    def locate(self, cells: pd.DataFrame) -> tuple[Whole, Whole]:
        """Return row and column of some cells (``series_id, period``); -1 where there is none."""
        return self.ids.get_indexer(pd.Index(cells["series_id"])), self.periods.get_indexer(pd.Index(cells["period"]))

    def repeat_last(self, cells: pd.DataFrame, as_of: date) -> Floats:
        """Return the last value known at a day, for each cell; NaN where none was."""
        row, column = self.locate(cells)
        known = self.amounts[:, : self.count_over(as_of)]
        filled = pd.DataFrame(known).ffill(axis=1).to_numpy() if known.shape[1] else np.full((len(self.ids), 1), np.nan)
        return np.where((row < 0) | (column < 0), np.nan, filled[row, -1])

    def repeat_season(self, cells: pd.DataFrame, as_of: date) -> Floats:
        """Return the last value of the same season known at a day, for each cell; NaN where none was."""
        row, column = self.locate(cells)
        n, season = self.count_over(as_of), self.season_length
        back = column - season * np.maximum(-(-(column - n + 1) // season), 0)
        found = np.full(len(cells), np.nan)
        while (seek := np.isnan(found) & (row >= 0) & (column >= 0) & (back >= 0)).any():
            found[seek] = self.amounts[row[seek], back[seek]]
            back = back - season
        return found

    def measure_scales(self, as_of: date) -> tuple[Floats, Floats]:
        """Return the mean size, and mean square, of each series' seasonal differences up to a day; NaN for none.

        Zeros before the first sale do not count for the square, as in the M5 competition.
        """
        past = self.amounts[:, : self.count_over(as_of)]
        started = np.logical_or.accumulate(np.nan_to_num(past) != 0, axis=1) if past.shape[1] else past > 0
        sizes = measure_scale(past, season_length=self.season_length)
        squares = measure_scale(np.where(started, past, np.nan), season_length=self.season_length, power=2)
        return np.where(sizes > 0, sizes, np.nan), np.where(squares > 0, squares, np.nan)


def lay_out_came(actual: pd.DataFrame, *, season_length: int | None) -> Came:
    """Return what came as series by periods.

    Parameters
    ----------
    actual
        ``series_id, period, value``; as far as known ``target`` and ``period_end`` (where the grid does not tell it).
    season_length
        Periods in a season; None takes what the grain has as a rule.

    Raises
    ------
    TableError
        When a column or a number is missing, or a period of a series stands twice.
    NotEnoughData
        When there is no row.
    """
    missing = [name for name in ("series_id", "period", "value") if name not in actual.columns]
    if missing:
        raise TableError(
            f"actual has no column {', '.join(map(repr, missing))}; it has {', '.join(actual.columns)}.",
            "give series_id, period and value, and target where there is one.",
        )
    if actual.empty:
        raise NotEnoughData("actual has no row.", "give what came in at least one period.")
    rows = actual.reset_index(drop=True)
    n_blank = int((~np.isfinite(rows["value"].astype("float64"))).sum())
    n_twice = int(rows.duplicated(["series_id", "period"]).sum())
    if n_blank or n_twice:
        raise TableError(
            f"actual holds {n_blank} values that are missing or infinite, and {n_twice} periods that stand twice.",
            "leave out what has not come yet, and sum parts of the same period.",
        )
    number, periods, ends, season = _read_calendar(rows)
    ids = pd.Index(rows["series_id"].unique()).sort_values()
    row = ids.get_indexer(rows["series_id"])
    amounts, targets = (np.full((len(ids), len(periods)), np.nan) for _ in range(2))
    amounts[row, number] = rows["value"].astype("float64")
    if "target" in rows.columns:
        targets[row, number] = rows["target"].astype("float64")
    return Came(ids, periods, ends, amounts, targets, season if season_length is None else season_length)


def _read_calendar(rows: pd.DataFrame) -> tuple[Whole, pd.DatetimeIndex, pd.DatetimeIndex, int]:
    """Return the number of each row's period, all periods with their last days, and the season.

    Where the rows name the ends, as those of a 4-4-5 calendar must, periods follow one another as they stand;
    otherwise the grid of the stamps tells the ends, and holds a place for a period that no series has.
    """
    if "period_end" in rows.columns:
        known = rows[["period", "period_end"]].drop_duplicates("period").sort_values("period")
        starts, ends = (pd.DatetimeIndex(pd.to_datetime(known[name])) for name in known)
        number = starts.get_indexer(pd.DatetimeIndex(pd.to_datetime(rows["period"])))
        return number.astype(np.int64), starts, ends, 1
    grid, number = read_grid(rows["period"], pd.factorize(rows["series_id"])[0].astype(np.int64))
    every = np.arange(number.max() + 1)
    ends = find_ends(grid, every)
    return number, pd.DatetimeIndex(read_starts(pd.Series(grid.find_moments(every)))), ends, grid.season_length
