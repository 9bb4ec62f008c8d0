"""Forecasts of many series at once: all methods and the trees, weighed by their past, with calibrated futures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from saleslab.forecasting.combining import Record, combine_members
from saleslab.forecasting.intervals import CalibratedIntervals, calibrate_intervals
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.origins import History, choose_origins, sort_history
from saleslab.forecasting.sparse_futures import SparseFutures
from saleslab.forecasting.stamps import Whole
from saleslab.forecasting.trees import FOR_FORECASTS, FOR_ORIGINS, forecast_trees
from saleslab.stats.forecast_errors import measure_scale

_TREES_POWER = 4.0
_EVEN = 0.5
_QUIET_SEASONS = 6
_MOST_ROOM = 4.0
_MOST_TIMES = 4.0
_FEWEST_FOR_ROOM = 12


@dataclass(frozen=True, slots=True, eq=False)
class EngineRun:
    """Forecasts of all series, and how they were made.

    Attributes
    ----------
    history
        The series in the engine's own sequence.
    order
        From which row of what was given each came.
    record
        Forecasts from now and from past origins, and what came.
    trees_share
        Weight of the trees against all other methods.
    intervals
        Futures of regular series, in the sequence of ``regular``; None without any.
    regular, sparse
        Rows of the history that are regular and intermittent.
    sparse_futures
        Futures of intermittent series, in the sequence of ``sparse``.
    """

    history: History
    order: Whole
    record: Record
    trees_share: float
    intervals: CalibratedIntervals | None
    regular: Whole
    sparse: Whole
    sparse_futures: SparseFutures

    def find_quantile(self, chance: float) -> Floats:
        """Return a quantile of every series in the sequence that was given, shape (series, horizon)."""
        return self._join(
            None if self.intervals is None else self.intervals.find_quantile(chance),
            self.sparse_futures.find_quantile(chance),
        )

    def find_mean(self) -> Floats:
        """Return the mean of every series in the sequence that was given, shape (series, horizon)."""
        return self._join(None if self.intervals is None else self.intervals.find_mean(), self.sparse_futures.mean)

    def _join(self, regular: Floats | None, sparse: Floats) -> Floats:
        found = np.empty(self.record.forecast.shape[1:])
        if regular is not None:
            found[self.order[self.regular]] = regular
        found[self.order[self.sparse]] = sparse
        return found


def run_engine(values: Floats, *, horizon: int, season_length: int, seed: int) -> EngineRun:
    """Return the forecasts of series without gaps.

    Parameters
    ----------
    values
        Shape (series, periods), aligned at the right; NaN before their first periods. The sequence of the rows does
        not matter.
    horizon, season_length
        Steps ahead, and periods in a season.
    seed
        Of the trees.

    Examples
    --------
    >>> wave = 100 + 10 * np.sin(np.arange(48) * np.pi / 6)
    >>> run = run_engine(wave[None, :], horizon=3, season_length=12, seed=0)
    >>> run.find_quantile(0.5).round().tolist()
    [[100.0, 105.0, 109.0]]
    """
    history, order = sort_history(values, season_length)
    origins = choose_origins(history, horizon)
    record = combine_members(history, horizon, origins)
    record, share = _add_trees(history, record, horizon, seed)
    regular, sparse = np.flatnonzero(history.is_regular), np.flatnonzero(history.is_intermittent)
    intervals = _calibrate(history, record, regular) if len(regular) else None
    futures = SparseFutures.of(history.values[sparse], record.forecast[0, sparse])
    return EngineRun(history, order, record, share, intervals, regular, sparse, futures)


def _add_trees(history: History, record: Record, horizon: int, seed: int) -> tuple[Record, float]:
    """Return the record with the trees blended in, weighed by how far they were off from the same origins."""
    if not record.origins:
        return record, 0.0
    earliest = record.origins[-1]
    past = forecast_trees(history, horizon, backs=record.origins, known_until=earliest, growing=FOR_ORIGINS, seed=seed)
    if past is None:
        return record, 0.0
    now = forecast_trees(history, horizon, backs=(0,), known_until=0, growing=FOR_FORECASTS, seed=seed)
    if now is None:
        return record, 0.0
    scale = measure_scale(history.values, season_length=history.season_length)
    divisor = np.where(scale > 0, scale, np.nan)[:, None]
    of_trees = np.abs(past - record.actual) / divisor
    of_others = np.abs(record.forecast[1:] - record.actual) / divisor
    known = ~(np.isnan(of_trees) | np.isnan(of_others))
    if not known.any():
        return record, 0.0
    trees, others = float(of_trees[known].mean()), float(of_others[known].mean())
    earned = others**_TREES_POWER / max(others**_TREES_POWER + trees**_TREES_POWER, 1e-300)
    share = _EVEN * (_EVEN + earned) if trees > 0 else _EVEN
    said = np.concatenate([now, past])
    has_trees = ~np.isnan(said)
    blended = np.where(
        has_trees, share * np.where(has_trees, said, 0.0) + (1 - share) * record.forecast, record.forecast
    )
    return replace(record, forecast=_keep_above_zero(blended, history)), share


def _keep_above_zero(said: Floats, history: History) -> Floats:
    return np.where(history.can_fall_below_zero[None, :, None], said, np.maximum(said, 0.0))


def _calibrate(history: History, record: Record, regular: Whole) -> CalibratedIntervals:
    values, relative = history.values[regular], history.is_positive[regular]
    return calibrate_intervals(
        record.forecast[0, regular],
        record.forecast[1:, regular],
        record.actual[:, regular],
        unrest=_measure_unrest(values, relative, history.season_length),
        is_relative=relative,
        room=_leave_room(values, record.forecast[0, regular], history, regular),
    )


def _measure_unrest(values: Floats, relative: np.ndarray, season_length: int) -> Floats:
    """Return the mean seasonal difference of the last seasons, of logarithms where errors are relative.

    A series too short for it is given the middle of its kind.
    """
    logs = np.where(relative[:, None], np.log(np.where(values > 0, values, np.nan)), values)
    recent = logs[:, -(_QUIET_SEASONS + 1) * season_length :]
    unrest = measure_scale(recent, season_length=season_length)
    has_season = (~np.isnan(values)).sum(axis=1) > season_length
    unrest = np.where(has_season, unrest, measure_scale(logs))
    for kind in (relative, ~relative):
        known = kind & (unrest > 0)
        blank = kind & ((~np.isnan(values)).sum(axis=1) < 2)
        if blank.any() and known.any():
            unrest[blank] = np.median(unrest[known])
    return unrest


def _leave_room(values: Floats, forecast: Floats, history: History, regular: Whole) -> Floats:
    """Return the lowest and highest value that a quantile may take, so that none explodes."""
    recent = values[:, -max(3 * history.season_length, _FEWEST_FOR_ROOM) :]
    known = ~np.isnan(recent)
    low, high = np.where(known, recent, np.inf).min(axis=1), np.where(known, recent, -np.inf).max(axis=1)
    room = _MOST_ROOM * (high - low)
    below = history.can_fall_below_zero[regular]
    ceiling = np.maximum(high + room, np.where(below, -np.inf, _MOST_TIMES * forecast.max(axis=1)))
    return np.stack([np.where(below, low - room, 0.0), ceiling], axis=1)
