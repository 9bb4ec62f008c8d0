"""Forecasts of many series at once: all methods and the trees, weighed by their past, with calibrated futures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from saleslab.forecasting.alikeness import measure_alikeness
from saleslab.forecasting.combining import Record, combine_members
from saleslab.forecasting.drivers.effects import DriverEffects, measure_driver_effects
from saleslab.forecasting.drivers.known_ahead import Drivers
from saleslab.forecasting.intervals import CalibratedIntervals, calibrate_intervals
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.origins import History, choose_origins, sort_history
from saleslab.forecasting.sparse_futures import SparseFutures
from saleslab.forecasting.stamps import Whole
from saleslab.forecasting.trees import FOR_FORECASTS, FOR_ORIGINS, forecast_trees
from saleslab.stats.forecast_errors import measure_scale

_TREES_POWER = 4.0
_EVEN = 0.5
_DRIVERS_POWER, _DRIVERS_DOUBT = 8.0, 4.0
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
    effects
        What drivers do, in the sequence of the history; None without drivers.
    drivers_share
        Weight of the forecasts that follow the drivers against those that know of none.
    """

    history: History
    order: Whole
    record: Record
    trees_share: float
    intervals: CalibratedIntervals | None
    regular: Whole
    sparse: Whole
    sparse_futures: SparseFutures
    effects: DriverEffects | None = None
    drivers_share: float = 0.0

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


def run_engine(
    values: Floats, *, horizon: int, season_length: int, seed: int, drivers: Drivers | None = None
) -> EngineRun:
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
    drivers
        What is known beforehand of each row.

    Examples
    --------
    >>> wave = 100 + 10 * np.sin(np.arange(48) * np.pi / 6)
    >>> run = run_engine(wave[None, :], horizon=3, season_length=12, seed=0)
    >>> run.find_quantile(0.5).round().tolist()
    [[100.0, 105.0, 109.0]]
    """
    first = np.arange(len(values)) if drivers is None else drivers.sort()
    history, order = sort_history(values[first], season_length)
    order = first[order]
    origins = choose_origins(history, horizon)
    record, trees_share = _forecast(history, horizon, origins, seed)
    calm, effects, share = history.values, None, 0.0
    if drivers is not None:
        known = drivers.take(order, history.values.shape[1] + horizon)
        effects = measure_driver_effects(history, known, known_until=0)
        if not effects.does_nothing:
            record, share = _follow_drivers(history, record, known, effects, seed)
            calm = effects.take_out(history).values
    regular, sparse = np.flatnonzero(history.is_regular), np.flatnonzero(history.is_intermittent)
    intervals = _calibrate(history, record, regular, calm) if len(regular) else None
    futures = SparseFutures.of(history.values[sparse], record.forecast[0, sparse])
    return EngineRun(history, order, record, trees_share, intervals, regular, sparse, futures, effects, share)


def _forecast(
    history: History, horizon: int, origins: tuple[int, ...], seed: int, known_ahead: Floats | None = None
) -> tuple[Record, float]:
    """Return the forecasts of all methods and the trees, from now and from past origins, and the trees' weight."""
    record = combine_members(history, horizon, origins)
    return _add_trees(history, record, horizon, seed, known_ahead)


def _follow_drivers(
    history: History, plain: Record, drivers: Drivers, now: DriverEffects, seed: int
) -> tuple[Record, float]:
    """Return the record of forecasts that follow the drivers, blended with the plain one where its past was worse.

    What drivers do is taken out of the series, what is left is forecast, and what they will do is put back. From past
    origins only what was known there says what they do. A plan that moved nothing of late is no reason to doubt it.
    """
    horizon, origins = plain.forecast.shape[2], plain.origins
    said, _ = _forecast(now.take_out(history), horizon, origins, seed, now.apart)
    ahead = now.put_back(said.forecast[:1], history, (0,))
    if not origins:
        return replace(plain, forecast=ahead), 1.0
    past = measure_driver_effects(history, drivers, known_until=origins[-1])
    said_before, _ = _forecast(past.take_out(history), horizon, origins, seed, past.apart)
    before = past.put_back(said_before.forecast[1:], history, origins)
    driven = np.concatenate([ahead, before])
    errors = _compare(history, plain.actual, plain.forecast[1:], before)
    n = int(history.is_regular.sum())
    power = _DRIVERS_POWER * n / (n + _DRIVERS_DOUBT)  # the past of a few series is a weak witness
    share = 1.0 if errors is None or errors[0] >= errors[1] else (errors[0] / errors[1]) ** power
    blended = driven if share == 1.0 else share * driven + (1 - share) * plain.forecast
    return replace(said, forecast=blended, actual=plain.actual), share


def _compare(history: History, actual: Floats, one: Floats, other: Floats) -> tuple[float, float] | None:
    """Return the mean scaled errors of two forecasts where both have one; None where there is nothing to judge."""
    scale = measure_scale(history.values, season_length=history.season_length)
    divisor = np.where(scale > 0, scale, np.nan)[:, None]
    of_one, of_other = np.abs(one - actual) / divisor, np.abs(other - actual) / divisor
    known = ~(np.isnan(of_one) | np.isnan(of_other))
    if not known.any():
        return None
    return float(of_one[known].mean()), float(of_other[known].mean())


def _add_trees(
    history: History, record: Record, horizon: int, seed: int, known_ahead: Floats | None
) -> tuple[Record, float]:
    """Return the record with the trees blended in, weighed by how far they were off from the same origins."""
    if not record.origins:
        return record, 0.0
    earliest, ahead = record.origins[-1], known_ahead
    past = forecast_trees(
        history,
        horizon,
        backs=record.origins,
        known_until=earliest,
        growing=FOR_ORIGINS,
        seed=seed,
        known_ahead=ahead,
    )
    if past is None:
        return record, 0.0
    now = forecast_trees(
        history, horizon, backs=(0,), known_until=0, growing=FOR_FORECASTS, seed=seed, known_ahead=ahead
    )
    if now is None:
        return record, 0.0
    errors = _compare(history, record.actual, past, record.forecast[1:])
    if errors is None:
        return record, 0.0
    trees, others = errors
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


def _calibrate(history: History, record: Record, regular: Whole, calm: Floats) -> CalibratedIntervals:
    values, relative = history.values[regular], history.is_positive[regular]
    return calibrate_intervals(
        record.forecast[0, regular],
        record.forecast[1:, regular],
        record.actual[:, regular],
        unrest=_measure_unrest(calm[regular], relative, history.season_length),
        unrest_before=_measure_unrest_before(calm[regular], relative, history.season_length, record.origins),
        is_relative=relative,
        alikeness=measure_alikeness(_find_moves(calm[regular], relative, history.season_length)),
        room=_leave_room(values, record.forecast[0, regular], history, regular),
    )


def _measure_unrest(values: Floats, relative: np.ndarray, season_length: int) -> Floats:
    """Return the mean seasonal difference of the last seasons, of logarithms where errors are relative.

    A series too short for it is given the middle of its kind.
    """
    logs = _take_logs(values, relative)
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


def _measure_unrest_before(
    values: Floats, relative: np.ndarray, season_length: int, origins: tuple[int, ...]
) -> Floats:
    """Return the unrest as it was known at the earliest origin; NaN where a series had fewer than two periods then."""
    past = values[:, : values.shape[1] - (origins[-1] if origins else 0)]
    has_two = (~np.isnan(past)).sum(axis=1) > 1
    return np.where(has_two, _measure_unrest(past, relative, season_length), np.nan)


def _find_moves(values: Floats, relative: np.ndarray, season_length: int) -> Floats:
    """Return the seasonal differences of the last seasons, of logarithms where errors are relative."""
    recent = _take_logs(values, relative)[:, -(_QUIET_SEASONS + 1) * season_length :]
    return recent[:, season_length:] - recent[:, :-season_length]


def _take_logs(values: Floats, relative: np.ndarray) -> Floats:
    return np.where(relative[:, None], np.log(np.where(values > 0, values, np.nan)), values)


def _leave_room(values: Floats, forecast: Floats, history: History, regular: Whole) -> Floats:
    """Return the lowest and highest value that a quantile may take, so that none explodes."""
    recent = values[:, -max(3 * history.season_length, _FEWEST_FOR_ROOM) :]
    known = ~np.isnan(recent)
    low, high = np.where(known, recent, np.inf).min(axis=1), np.where(known, recent, -np.inf).max(axis=1)
    room = _MOST_ROOM * (high - low)
    below = history.can_fall_below_zero[regular]
    ceiling = np.maximum(high + room, np.where(below, -np.inf, _MOST_TIMES * forecast.max(axis=1)))
    return np.stack([np.where(below, low - room, 0.0), ceiling], axis=1)
