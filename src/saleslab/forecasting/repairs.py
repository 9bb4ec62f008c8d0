"""What is wrong with a series, and how it is mended: every change leaves a mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import NotEnoughData
from saleslab.forecasting.laying import Floats, Laid
from saleslab.forecasting.stamps import Whole

Gaps = Literal["auto", "zero", "between"]
Marks = npt.NDArray[np.bool_]

_MOST_GAPS = 0.25
_FAR_FROM_ZERO = 0.25
_SPIKE_FACTOR = 100.0
_SPIKE_LOG = float(np.log(_SPIKE_FACTOR))
_SPIKE_SPREADS = 10.0
_SHORT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """How many periods of each series one thing touches.

    Attributes
    ----------
    code
        What it is; see `check_panel`.
    n_periods
        One count a series.
    is_repair
        Whether values were changed, filled or cut.
    """

    code: str
    n_periods: Whole
    is_repair: bool


def repair_series(laid: Laid, *, gaps: Gaps) -> tuple[Laid, tuple[Mark, ...]]:
    """Return the series without gaps and spikes, and the marks of what was done and noticed.

    Examples
    --------
    >>> from saleslab.forecasting.grids import Grid
    >>> from saleslab.forecasting.stamps import StampForm
    >>> grid = Grid("number", 1, 0, StampForm("number", np.dtype(int)), "other")
    >>> import pandas as pd
    >>> laid = Laid(pd.Index(["a"]), np.array([[7.0, np.nan, 9.0, 1e9, 8.0]]), np.array([4]), grid, 1)
    >>> mended, marks = repair_series(laid, gaps="auto")
    >>> mended.history.tolist(), [mark.code for mark in marks]
    ([[7.0, 8.0, 9.0, 8.5, 8.0]], ['gaps_between', 'spikes'])
    """
    values = laid.history.copy()
    inside = _from_first(~np.isnan(values))
    is_empty = np.isneginf(values)
    _refuse_empty(laid, is_empty | ~inside)
    is_gap = np.isnan(values) & inside
    means_zero = _reads_as_zero(values, inside, gaps)
    as_zero = is_gap & means_zero[:, None]
    values[is_empty] = np.nan
    values[as_zero] = 0.0
    is_spike = _find_spikes(values)
    values[is_spike] = np.nan
    values = fill_between(values, inside, laid.season_length)
    is_leading = inside & ~_from_first(inside & (values != 0)) & (inside & (values != 0)).any(axis=1)[:, None]
    values[is_leading] = np.nan
    mended, n_silent = _end_with_panel(replace(laid, history=values), means_zero)
    done = {
        "gaps_zero": as_zero.sum(axis=1),
        "gaps_between": (is_gap & ~as_zero).sum(axis=1),
        "unknown_between": is_empty.sum(axis=1),
        "spikes": is_spike.sum(axis=1),
        "leading_zeros": is_leading.sum(axis=1),
        "silent_end": n_silent,
    }
    repairs = (Mark(code, n.astype(np.int64), is_repair=True) for code, n in done.items() if n.any())
    return mended, (*repairs, *_notice(mended))


def _refuse_empty(laid: Laid, is_blank: Marks) -> None:
    n_blank = int(is_blank.all(axis=1).sum())
    if n_blank:
        raise NotEnoughData(
            f"{n_blank} of {len(laid.ids)} series of panel hold no value in any row.",
            "leave them out, or give them values: 0 where nothing was sold.",
        )


def _reads_as_zero(values: Floats, inside: Marks, gaps: Gaps) -> Marks:
    """Say for each series whether a missing row means that nothing was sold."""
    if gaps != "auto":
        return np.full(len(values), gaps == "zero")
    is_gap = np.isnan(values) & inside
    means_zero: Marks = is_gap.sum(axis=1) > _MOST_GAPS * inside.sum(axis=1)
    for row in np.flatnonzero(is_gap.any(axis=1) & ~means_zero):
        low, middle = np.quantile(values[row][np.isfinite(values[row])], (0.05, 0.5))
        means_zero[row] = low < _FAR_FROM_ZERO * middle
    return means_zero


def _end_with_panel(laid: Laid, means_zero: Marks) -> tuple[Laid, Whole]:
    """Return the series in which no row means nothing sold, continued with zeros up to the panel's last period."""
    n_silent = np.where(means_zero, laid.ends.max() - laid.ends, 0)
    if not n_silent.any():
        return laid, n_silent
    width = laid.history.shape[1]
    column = np.arange(-int(n_silent.max()), width)[None, :] + n_silent[:, None]
    moved = np.take_along_axis(laid.history, np.clip(column, 0, width - 1), axis=1)
    moved[column < 0] = np.nan
    moved[column >= width] = 0.0
    first = int((~np.isnan(moved).all(axis=0)).argmax())
    return replace(laid, history=moved[:, first:], ends=laid.ends + n_silent), n_silent


def _from_first(where: Marks) -> Marks:
    """Return the places from the first True of each row on."""
    return np.asarray(np.logical_or.accumulate(where, axis=1))


def _find_spikes(values: Floats) -> Marks:
    """Return the values that lie beyond all measure: a hundred times their series' middle, and ten spreads."""
    is_spike = np.zeros(values.shape, dtype=bool)
    sizes = np.abs(np.nan_to_num(values))
    least = np.where(sizes > 0, sizes, np.inf).min(axis=1)
    for row in np.flatnonzero(sizes.max(axis=1) > _SPIKE_FACTOR * least):
        logs = np.log(sizes[row][sizes[row] > 0])
        low, middle, high = np.quantile(logs, (0.25, 0.5, 0.75), method="lower")
        limit = middle + max(_SPIKE_LOG, _SPIKE_SPREADS * (high - low))
        is_spike[row] = sizes[row] > np.exp(min(limit, 700.0))
    return is_spike


def fill_between(values: Floats, inside: Marks, season_length: int) -> Floats:
    """Return the series with unknown values filled: neighbours of the same season where both are known, else any."""
    filled = values.copy()
    for row in np.flatnonzero((np.isnan(values) & inside).any(axis=1)):
        at = np.flatnonzero(inside[row])
        for distance in (season_length, 1) if season_length > 1 else (1,):
            for phase in range(distance):
                _fill_line(filled[row], at[phase::distance], is_season=distance > 1)
    return filled


def _fill_line(row: Floats, at: Whole, *, is_season: bool) -> None:
    """Fill the unknown values at some places by straight lines; a season's line must know both sides."""
    unknown = np.isnan(row[at])
    if not unknown.any() or unknown.all():
        return
    known = np.flatnonzero(~unknown)
    wanted = np.flatnonzero(unknown)
    if is_season:
        wanted = wanted[(wanted > known[0]) & (wanted < known[-1])]
    row[at[wanted]] = np.interp(wanted, known, row[at[known]])


def _notice(laid: Laid) -> tuple[Mark, ...]:
    """Return what is odd about the mended series, and left as it is."""
    values, lengths = laid.history, laid.lengths
    inside = ~np.isnan(values)
    starts = laid.ends - lengths + 1
    all_zero = ((values == 0) | ~inside).all(axis=1)
    lowest, highest = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    quiet = _count_last_zeros(values)
    season = max(laid.season_length, _SHORT)
    staggered = np.isin(np.arange(len(values)), laid.grid.staggered)
    noticed = {
        "staggered": np.where(staggered, lengths, 0),
        "negative": ((values < 0) & inside).sum(axis=1),
        "starts_late": starts - starts.min(),
        "ends_early": laid.ends.max() - laid.ends,
        "dead": np.where((quiet >= season) & ~all_zero, quiet, 0),
        "all_zero": np.where(all_zero, lengths, 0),
        "constant": np.where((lowest == highest) & ~all_zero & (lengths > 1), lengths, 0),
        "short": np.where(lengths < max(2 * laid.season_length, _SHORT), lengths, 0),
    }
    return tuple(Mark(code, n.astype(np.int64), is_repair=False) for code, n in noticed.items() if n.any())


def _count_last_zeros(values: Floats) -> Whole:
    is_zero = values[:, ::-1] == 0
    n = np.where(is_zero.all(axis=1), values.shape[1], (~is_zero).argmax(axis=1))
    return np.asarray(n, dtype=np.int64)
