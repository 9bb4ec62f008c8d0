"""What does each driver do to the series, and can it be told from noise?

Each series is regressed on its drivers beside a season, a slope and a level that wanders; what all series say together
is believed of each, as far as they agree. An effect that noise explains as well is set to nothing, so that a driver
without signal changes no forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from saleslab.errors import NotEnoughData
from saleslab.forecasting.drivers.known_ahead import Drivers
from saleslab.forecasting.drivers.pooling import PooledDrivers, pool_drivers
from saleslab.forecasting.drivers.yardsticks import Yardstick
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.origins import History
from saleslab.stats.wandering_levels import regress_on_wandering_level

Verdict = Literal["found", "undecided", "none"]

_MOST_WAVES = 6
_PERIODS_A_WAVE = 6
_FREE, _HELD = 1e-6, 1e6
_FEWEST_SPARE = 6
_FOUND, _NONE = 0.9, 0.5
_MOST_EFFECT = 3.0


@dataclass(frozen=True, slots=True)
class DriverEffect:
    """What one driver does.

    Attributes
    ----------
    name
        Of its column.
    effect
        What a unit more adds to a value, as a share of it (0.02: 2 %); 0 where noise explains it as well.
    lower, upper
        Bounds within which it lies with a chance of 95 %, before anything is set to nothing.
    chance_matters
        Chance that it does anything at all, beforehand taken for one half.
    usual_step
        Standard deviation of the driver in the past: what a unit should be measured by.
    n_series
        In how many series it moved, so that something could be learnt.
    """

    name: str
    effect: float
    lower: float
    upper: float
    chance_matters: float
    usual_step: float
    n_series: int

    @property
    def verdict(self) -> Verdict:
        """``found`` from a chance of 0.9, ``none`` below 0.5, ``undecided`` between."""
        if self.chance_matters >= _FOUND:
            return "found"
        return "undecided" if self.chance_matters >= _NONE else "none"


@dataclass(frozen=True, slots=True, eq=False)
class DriverEffects:
    """What the drivers do to each series.

    Attributes
    ----------
    pooled
        What is believed of all and of each, in steps of the drivers.
    yardstick
        What the drivers are measured by.
    apart
        The drivers in usual steps from their means; shape (series, periods + horizon, drivers).
    lifts
        What the drivers add to each value: to logarithms of series above 0, in units to the others; shape (series,
        periods + horizon).
    unit
        What a lift of 1 is in a series that is not always above 0.
    facts
        One a driver.
    """

    pooled: PooledDrivers
    yardstick: Yardstick
    apart: Floats
    lifts: Floats
    unit: Floats
    facts: tuple[DriverEffect, ...]

    @property
    def does_nothing(self) -> bool:
        """Whether no driver changes any value."""
        return not self.lifts.any()

    def take_out(self, history: History) -> History:
        """Return the series as they would have been with every driver at its mean."""
        return replace(
            history, values=_shift(history.values, -self.lifts[:, : history.values.shape[1]], history, self.unit)
        )

    def put_back(self, said: Floats, history: History, backs: Sequence[int]) -> Floats:
        """Return forecasts from some origins, shape (origins, series, horizon), with what the drivers do after them."""
        width, horizon = history.values.shape[1], said.shape[2]
        moved = [
            _shift(of_origin, self.lifts[:, width - back : width - back + horizon], history, self.unit)
            for of_origin, back in zip(said, backs, strict=True)
        ]
        floor = np.where(history.can_fall_below_zero, -np.inf, 0.0)[:, None]
        return np.maximum(np.stack(moved), floor)


def _shift(values: Floats, lifts: Floats, history: History, unit: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(history.is_positive[:, None], values * np.exp(lifts), values + lifts * unit[:, None])


def measure_driver_effects(history: History, drivers: Drivers, *, known_until: int) -> DriverEffects:
    """Return what the drivers do, learnt from what was known some periods before the end.

    Parameters
    ----------
    history
        The series. Intermittent ones are left alone: too little of them moves.
    drivers
        In the same sequence and over the same periods, and those ahead.
    known_until
        How many periods before the end the knowledge stops.
    """
    width = history.values.shape[1]
    past = history.values[:, : width - known_until]
    positive = history.is_positive[:, None]
    size = np.nanmean(np.abs(np.where(np.isnan(history.values), np.nan, history.values)), axis=1)
    unit = np.where(size > 0, size, 1.0)
    level = np.where(positive, np.log(np.where(past > 0, past, 1.0)), past / unit[:, None])
    level = np.where(np.isnan(past), np.nan, level)
    yardstick = Yardstick.of(drivers, ~np.isnan(past))
    apart = yardstick.measure(drivers)
    teaching = _choose_teachers(history, apart[:, : past.shape[1]], past)
    pooled = _learn(level, apart[:, : past.shape[1]], history.season_length, teaching)
    lifts = np.clip(np.einsum("ntp,np->nt", apart, pooled.by_series), -_MOST_EFFECT, _MOST_EFFECT)
    lifts[history.is_intermittent] = 0.0
    return DriverEffects(pooled, yardstick, apart, lifts, unit, _tell(drivers, pooled, yardstick.steps, teaching))


def _choose_teachers(history: History, apart: Floats, past: Floats) -> np.ndarray:
    """Say of each series and driver whether something can be learnt: the driver moved, and periods are left over."""
    moved = np.abs(apart).max(axis=1) > 0
    lengths = (~np.isnan(past)).sum(axis=1)
    still = np.nanmax(np.where(np.isnan(past), -np.inf, past), axis=1) == np.nanmin(
        np.where(np.isnan(past), np.inf, past), axis=1
    )
    waves = 2 * np.minimum(_count_waves(history.season_length), lengths // _PERIODS_A_WAVE)
    spare = lengths - 2 - waves - apart.shape[2]
    return np.asarray(moved & ((spare >= _FEWEST_SPARE) & ~history.is_intermittent & ~still)[:, None])


def _count_waves(season_length: int) -> int:
    return min(season_length // 2, _MOST_WAVES)


def _learn(level: Floats, apart: Floats, season_length: int, teaching: np.ndarray) -> PooledDrivers:
    rows = np.flatnonzero(teaching.any(axis=1))
    n_drivers = apart.shape[2]
    if not len(rows):
        return PooledDrivers.nothing(len(level), n_drivers)
    level = level[rows]
    beside, penalties = _lay_beside(level, season_length)
    columns = np.concatenate([apart[rows], np.broadcast_to(beside, (len(rows), *beside.shape))], axis=2)
    held = np.where(teaching[rows], _FREE, _HELD)
    found = regress_on_wandering_level(level, columns, penalties=np.concatenate([held, penalties], axis=1))
    return pool_drivers(found, n_drivers, rows, teaching)


def _lay_beside(level: Floats, season_length: int) -> tuple[Floats, Floats]:
    """Return a slope and the waves of a season, and how freely each series may use them."""
    n, width = level.shape
    at = np.arange(-width, 0)
    lengths = (~np.isnan(level)).sum(axis=1)
    columns, penalties = [at / width], [np.full(n, _FREE)]
    for wave in range(1, _count_waves(season_length) + 1):
        angle = 2 * np.pi * wave * at / season_length
        free = np.where(lengths >= _PERIODS_A_WAVE * wave, _FREE, _HELD)
        for column in (np.cos(angle),) if 2 * wave == season_length else (np.cos(angle), np.sin(angle)):
            columns.append(column)
            penalties.append(free)
    return np.stack(columns, axis=1), np.stack(penalties, axis=1)


def _tell(drivers: Drivers, pooled: PooledDrivers, steps: Floats, teaching: np.ndarray) -> tuple[DriverEffect, ...]:
    half = pooled.reach * np.sqrt(np.diagonal(pooled.covariance))
    return tuple(
        DriverEffect(
            name,
            float(pooled.kept[at] / steps[at]),
            float((pooled.mean[at] - half[at]) / steps[at]),
            float((pooled.mean[at] + half[at]) / steps[at]),
            float(pooled.chance[at]),
            float(steps[at]),
            int(teaching[:, at].sum()),
        )
        for at, name in enumerate(drivers.names)
    )


def refuse_unlearnt(effects: DriverEffects) -> None:
    """Raise `NotEnoughData` where a driver moved in no series that is long enough: nothing says what it does."""
    names = [fact.name for fact in effects.facts if not fact.n_series]
    if names:
        raise NotEnoughData(
            f"Nothing can be learnt of {', '.join(map(repr, names))}: it never moved in the past of a series that is "
            "long enough, and not mostly 0.",
            "leave it out, or give a longer past in which it moved.",
        )
