"""Which drivers are known for every period, past and future?

A driver is a column that is decided or known before its period comes: a price, a campaign, the people employed, working
days. A row that is missing, in the past or the future, is an error: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.forecasting.laying import Floats, Laid
from saleslab.forecasting.stamps import Whole, read_stamps
from saleslab.tables.presence import require_columns

_KEYS = ("series_id", "period")


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """What is known beforehand of each series, over its past and the periods ahead.

    Attributes
    ----------
    names
        One a driver, sorted.
    numbers
        Shape (series, periods + horizon, drivers); NaN before a series' first period.
    is_shared
        Whether all series were given the same rows.
    """

    names: tuple[str, ...]
    numbers: Floats
    is_shared: bool

    def take(self, rows: Whole, n_periods: int) -> Drivers:
        """Return those of some series, over so many of the last periods."""
        return Drivers(self.names, self.numbers[rows, -n_periods:], self.is_shared)

    def sort(self) -> Whole:
        """Return a sequence of the series that depends on what is known of them alone."""
        flat = np.nan_to_num(self.numbers.reshape(len(self.numbers), -1), nan=-np.finfo(np.float64).max)
        return np.lexsort(flat.T)


def lay_drivers(table: pd.DataFrame, laid: Laid, horizon: int) -> Drivers:
    """Return a table of drivers beside the series that it belongs to.

    Parameters
    ----------
    table
        ``period`` as in the panel, numbers of each driver, and ``series_id`` where they differ between series. Periods
        and series that the panel has not are passed over.
    laid
        The series.
    horizon
        Periods ahead that must be known.

    Raises
    ------
    TableError
        When a row that is needed is missing or stands twice, or a value is none; all findings at once.
    """
    require_columns(table, "period", of="drivers")
    names = tuple(sorted(str(name) for name in table.columns if name not in _KEYS))
    if not names:
        raise NotEnoughData("drivers has no column beside its keys.", "give at least one driver, such as 'price'.")
    numbers = _read_numbers(table, names, of="drivers")
    first = int((laid.ends - laid.lengths).min()) + 1
    stamps = laid.grid.restore(np.arange(first, int(laid.ends.max()) + horizon + 1))
    column = read_key(stamps).get_indexer(read_key(table["period"]))
    is_shared = "series_id" not in table.columns
    row = np.zeros(len(table), dtype=np.int64) if is_shared else laid.ids.get_indexer(pd.Index(table["series_id"]))
    used = (column >= 0) & (row >= 0)
    _refuse_repeats(row[used], column[used], of="drivers")
    by_row = np.full((1 if is_shared else len(laid.ids), len(stamps), len(names)), np.nan)
    by_row[row[used], column[used]] = numbers[used]
    width = laid.history.shape[1] + horizon
    at = laid.ends[:, None] + horizon - first + np.arange(1 - width, 1)[None, :]
    values = by_row[
        np.zeros((len(laid.ids), 1), dtype=np.int64) if is_shared else np.arange(len(laid.ids))[:, None], at
    ]
    is_before = np.arange(width)[None, :] < (laid.history.shape[1] - laid.lengths)[:, None]
    values[is_before] = np.nan
    _refuse_missing(values, is_before, laid, horizon)
    return Drivers(names, values, is_shared)


def change_ahead(planned: Drivers, change: pd.DataFrame, laid: Laid, horizon: int, *, of: str) -> Drivers:
    """Return drivers with other values in some periods ahead.

    Parameters
    ----------
    planned
        The drivers as they stand.
    change
        ``period``, ``series_id`` where series differ, and the drivers that are otherwise.
    laid, horizon
        The series, and the periods ahead.
    of
        What the change is called in a message.

    Raises
    ------
    TableError
        When a row lies in no period ahead, repeats another or holds no number.
    """
    require_columns(change, "period", of=of)
    names = tuple(str(name) for name in change.columns if name not in _KEYS)
    numbers = _read_numbers(change, names, of=of)
    ahead = np.arange(int(laid.ends.min()) + 1, int(laid.ends.max()) + horizon + 1)
    at = read_key(laid.grid.restore(ahead)).get_indexer(read_key(change["period"], of=f"{of}.period"))
    number = np.where(at >= 0, ahead[np.maximum(at, 0)], np.iinfo(np.int64).min)
    rows = np.arange(len(laid.ids))
    touches = np.ones((len(change), len(rows)), dtype=bool)
    if "series_id" in change.columns:
        touches = laid.ids.get_indexer(pd.Index(change["series_id"]))[:, None] == rows
    step = np.where(number[:, None] > laid.ends, number[:, None] - laid.ends - 1, horizon)
    touches = touches & (step < horizon)
    n_astray = int((~touches.any(axis=1)).sum())
    if n_astray:
        raise TableError(
            f"{n_astray} of {len(change)} rows of {of} lie in no period ahead of a series.",
            "give only periods that lie ahead, and series of the panel: the past is what it was.",
        )
    source, row = np.nonzero(touches)
    column = step[source, row] - horizon
    _refuse_repeats(row, column, of=of)
    values = planned.numbers.copy()
    for place, name in enumerate(names):
        values[row, column, planned.names.index(name)] = numbers[source, place]
    return Drivers(planned.names, values, is_shared=False)


def _read_numbers(table: pd.DataFrame, names: tuple[str, ...], *, of: str) -> Floats:
    by_name = {str(name): name for name in table.columns}
    columns, faults = [], []
    for name in names:
        raw = table[by_name[name]]
        values = pd.to_numeric(raw, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        n_odd = int((~np.isfinite(values)).sum())
        if n_odd:
            faults.append(f"'{name}' is no number in {n_odd} rows")
        columns.append(values)
    if faults:
        raise TableError(
            f"Of {len(table)} rows of {of}, {'; '.join(faults)}.",
            "give every driver a finite number in every row: 0 where there was none of it.",
        )
    return np.stack(columns, axis=1)


def read_key(stamps: Any, *, of: str = "drivers.period") -> pd.Index:
    """Return stamps as plain moments or numbers, so that both sides of a match are of one kind."""
    form, named = read_stamps(pd.Series(stamps).reset_index(drop=True), of=of)
    if form.kind == "number":
        numbers: pd.Index = pd.Index(named)
        return numbers
    starts: pd.DatetimeIndex = form.to_index(named).to_timestamp() if form.kind == "period" else pd.DatetimeIndex(named)
    return starts.as_unit("us")


def _refuse_repeats(row: Whole, column: Whole, *, of: str) -> None:
    n_repeats = len(row) - len(np.unique(np.stack([row, column]), axis=1).T)
    if n_repeats:
        raise TableError(
            f"{n_repeats} rows of {of} repeat a period of their series.",
            "keep one row a period, or one a series and period.",
        )


def _refuse_missing(values: Floats, is_before: Any, laid: Laid, horizon: int) -> None:
    is_missing = np.isnan(values).any(axis=2) & ~is_before
    if not is_missing.any():
        return
    width = values.shape[1] - horizon
    n_past, n_ahead = int(is_missing[:, :width].sum()), int(is_missing[:, width:].sum())
    series = np.flatnonzero(is_missing.any(axis=1))
    worst = is_missing[series[0]].argmax() - (width - 1)
    stamp = laid.grid.restore(np.array([laid.ends[series[0]] + worst]))[0]
    raise TableError(
        f"drivers lacks {n_past} rows of the past and {n_ahead} of the {horizon} periods ahead, in {len(series)} of "
        f"{len(laid.ids)} series; the first one missing is {stamp}.",
        "give a row for every period of the panel and every period ahead, planned values for those to come.",
    )
