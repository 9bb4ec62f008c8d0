"""From a long frame to one array with a row a series, aligned at the right, where the future begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.forecasting.grids import Grid, read_grid
from saleslab.forecasting.stamps import Whole
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Repeats = Literal["refuse", "sum"]

_COLUMNS = ("series_id", "period", "value")
_MOST_CELLS = 400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Series as an array.

    Attributes
    ----------
    ids
        Labels of the rows, sorted.
    history
        Shape (series, periods); each row ends in the last column, and holds NaN before its first period.
    ends
        Number of each row's last period on the grid.
    grid
        What the numbers of periods stand for.
    season_length
        Periods in a season.
    """

    ids: pd.Index
    history: Floats
    ends: Whole
    grid: Grid
    season_length: int

    @property
    def lengths(self) -> Whole:
        """Periods of each series, from its first value on."""
        known = ~np.isnan(self.history)
        return np.where(known.any(axis=1), self.history.shape[1] - known.argmax(axis=1), 0).astype(np.int64)


def lay_out(panel: pd.DataFrame, *, season_length: int | None, repeats: Repeats) -> tuple[Laid, Whole]:
    """Return the array of a panel, missing periods as NaN, and how many rows of each series were summed into others.

    An empty value stays as negative infinity, which no panel may hold, until it is repaired: a row without a value is
    something else than no row.
    """
    require_columns(panel, *_COLUMNS, of="panel")
    twice = [name for name in _COLUMNS if panel.columns.tolist().count(name) > 1]
    if twice:
        raise TableError(f"panel has the column {twice[0]!r} more than once.", "keep the one that is meant.")
    values = _read_values(panel)
    code, ids = pd.factorize(panel["series_id"], sort=False)
    order = _sort_labels(ids)
    place = np.empty(len(ids), dtype=np.int64)
    place[order] = np.arange(len(ids))
    code, ids = place[code], pd.Index(ids).take(order)
    grid, number = read_grid(panel["period"], code)
    number, code, values, n_summed = _join_repeats(number, code, values, len(ids), repeats)
    first, last = _find_ends(number, code, len(ids))
    width = int((last - first).max()) + 1
    if width * len(ids) > _MOST_CELLS:
        raise BadArgument(
            f"panel spans {width:,} periods of {len(ids):,} series; its stamps lie far apart.",
            "check the earliest and latest periods, or split the panel.",
        )
    laid = np.full((len(ids), width), np.nan)
    laid[code, width - 1 - (last[code] - number)] = values
    return Laid(ids, laid, last, grid, int(season_length or grid.season_length)), n_summed


def _read_values(panel: pd.DataFrame) -> Floats:
    """Return the values, empty ones as negative infinity; refuse every fault at once."""
    if pd.api.types.is_complex_dtype(panel["value"]):
        raise TableError("panel.value holds complex numbers.", "give amounts or counts.")
    values = pd.to_numeric(panel["value"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    is_empty = panel["value"].isna().to_numpy()
    faults = {
        "series_id is missing": panel["series_id"].isna().to_numpy(),
        "period is missing": panel["period"].isna().to_numpy(),
        "value is no number": np.isnan(values) & ~is_empty,
        "value is infinite": np.isinf(values),
    }
    found = [f"{what} in {int(where.sum())}" for what, where in faults.items() if where.any()]
    if found:
        raise TableError(
            f"Of {len(panel)} rows of panel, {'; '.join(found)}.",
            "correct these rows, or leave out the ones whose value is not known: gaps are filled and named.",
        )
    return np.where(is_empty, -np.inf, values)


def _sort_labels(ids: pd.Index) -> Whole:
    """Return the sorted sequence of labels, which may be of kinds that cannot be compared."""
    keys = [(type(label).__name__, label) for label in ids]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _join_repeats(
    number: Whole, code: Whole, values: Floats, n: int, repeats: Repeats
) -> tuple[Whole, Whole, Floats, Whole]:
    """Return rows sorted by series and period, one each; values are sorted first, so that sums depend on no order."""
    order = np.lexsort([values, number, code])
    number, code, values = number[order], code[order], values[order]
    is_first = np.r_[True, (np.diff(number) != 0) | (np.diff(code) != 0)]
    n_repeats = np.bincount(code[~is_first], minlength=n)
    if is_first.all():
        return number, code, values, n_repeats
    if repeats == "refuse":
        raise TableError(
            f"{int(n_repeats.sum())} rows of panel repeat a period of their series, in "
            f"{int((n_repeats > 0).sum())} of {n} series.",
            "give repeats='sum' if the rows are parts of their period, or take out what was imported twice.",
        )
    starts = np.flatnonzero(is_first)
    known = np.add.reduceat(np.where(np.isinf(values), 0.0, values), starts)
    is_empty = np.logical_and.reduceat(np.isinf(values), starts)
    return number[starts], code[starts], np.where(is_empty, -np.inf, known), n_repeats


def _find_ends(number: Whole, code: Whole, n: int) -> tuple[Whole, Whole]:
    starts = np.searchsorted(code, np.arange(n))
    stops = np.searchsorted(code, np.arange(n), side="right")
    return number[starts], number[stops - 1]
