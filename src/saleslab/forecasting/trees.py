"""One LightGBM for all series: how far will a period lie from the same period of its last season?

It learns from every series at many past origins what the shape of the last three seasons says about the next; levels
are taken out (as logarithms where a series is always above 0), so that large and small series teach each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.origins import History
from saleslab.forecasting.stamps import Whole

_OPTIONS = {
    "objective": "regression_l1",
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "max_bin": 63,
    "lambda_l2": 5.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
_STEPS_AN_ORIGIN = 6
_FEWEST_ROWS = 1_500
_FEWEST_SERIES = 10
_FAR = 0.002
_ROWS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Growing:
    """How much is learnt: rows, trees, and how fast."""

    n_rows: int
    n_trees: int
    pace: float


FOR_FORECASTS = Growing(n_rows=60_000, n_trees=100, pace=0.07)
FOR_ORIGINS = Growing(n_rows=20_000, n_trees=70, pace=0.084)
"""A smaller model is enough to see how far the trees were off; it knows nothing of what came after the origins."""


def forecast_trees(
    history: History,
    horizon: int,
    *,
    backs: Sequence[int],
    known_until: int,
    growing: Growing,
    seed: int,
    known_ahead: Floats | None = None,
) -> Floats | None:
    """Return forecasts from some origins, by trees that know the series up to the earliest of them.

    Parameters
    ----------
    history
        The series; intermittent ones are left out.
    horizon
        Steps ahead.
    backs
        How many periods before the end the origins lie.
    known_until
        How many periods before the end the trees' knowledge stops.
    growing
        How much is learnt.
    seed
        Of the rows and columns that each tree sees.
    known_ahead
        Drivers of each series, shape (series, periods + horizon, drivers); none unless told.

    Returns
    -------
    array or None
        Shape (origins, series, horizon), NaN for series too short; None where there is too little to learn from.
    """
    shapes = _Shapes.of(history, known_until, known_ahead)
    if int(shapes.can_learn(known_until).sum()) < _FEWEST_SERIES:
        return None
    design, target = _gather(shapes, horizon, known_until, growing.n_rows)
    if len(target) < _FEWEST_ROWS:
        return None
    booster = _grow(design, target, growing, seed)
    return np.stack([_apply(booster, shapes, back, horizon) for back in backs])


def _grow(design: Floats, target: Floats, growing: Growing, seed: int) -> Any:
    import lightgbm

    options = _OPTIONS | {"learning_rate": growing.pace, "seed": seed % (2**31)}
    low, high = np.quantile(target, (_FAR, 1 - _FAR))
    rows = lightgbm.Dataset(
        design, np.clip(target, low, high), params={"verbosity": -1, "max_bin": _OPTIONS["max_bin"]}
    )
    return lightgbm.train(options, rows, num_boost_round=growing.n_trees)


@dataclass(frozen=True, slots=True, eq=False)
class _Shapes:
    """Series without their levels, and running sums from which any window's mean is two look-ups."""

    values: Floats
    lengths: Whole
    size: Floats
    history: History
    total: Floats
    count: Floats
    jumps: Floats
    squares: Floats
    ahead: Floats | None

    @classmethod
    def of(cls, history: History, known_until: int, known_ahead: Floats | None) -> _Shapes:
        width = history.values.shape[1]
        m = history.season_length
        past = np.nan_to_num(history.values[:, : max(width - known_until, 1)])[:, -2 * m - 2 :]
        n = np.maximum((~np.isnan(history.values[:, : max(width - known_until, 1)])[:, -2 * m - 2 :]).sum(axis=1), 1)
        size = np.abs(past).sum(axis=1) / n
        size = np.where(size > 0, size, 1.0)
        positive = history.is_positive[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(history.values)
        values = np.where(positive, np.where(np.isfinite(logs), logs, np.nan), history.values / size[:, None])
        pad = np.full((len(values), 3 * m + 3), np.nan)
        values = np.hstack([pad, values])
        jumps = np.zeros_like(values)
        jumps[:, m:] = values[:, m:] - values[:, :-m]
        return cls(
            values,
            np.where(history.is_regular, history.lengths, 0),
            size,
            history,
            _run(values),
            _run(~np.isnan(values)),
            _run(jumps),
            _run(jumps**2),
            None if known_ahead is None else np.pad(known_ahead, ((0, 0), (pad.shape[1], 0), (0, 0))),
        )

    @property
    def fewest(self) -> int:
        """Periods that a series must have before an origin."""
        return 2 * self.history.season_length + 1 if self.history.season_length > 1 else 4

    def can_learn(self, back: int) -> Any:
        """Say which series have enough periods before an origin."""
        return self.lengths - back >= self.fewest

    def mean(self, rows: Any, stop: int, n: int) -> Floats:
        """Return the mean of ``n`` periods before a column; NaN where none is known."""
        count = self.count[rows, stop] - self.count[rows, stop - n]
        total = self.total[rows, stop] - self.total[rows, stop - n]
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def unrest(self, rows: Any, stop: int, n: int) -> Floats:
        """Return the standard deviation of seasonal differences over ``n`` periods before a column."""
        mean = (self.jumps[rows, stop] - self.jumps[rows, stop - n]) / n
        square = (self.squares[rows, stop] - self.squares[rows, stop - n]) / n
        return np.asarray(np.sqrt(np.maximum(square - mean**2, 0.0)))


def _run(values: Any) -> Floats:
    total = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(np.nan_to_num(values), axis=1, out=total[:, 1:])
    return total


def _describe(shapes: _Shapes, rows: Whole, back: int, steps: Whole) -> tuple[Floats, Floats]:
    """Return what is known of each series and step at an origin, and what the same period of the last season was."""
    m, stop = shapes.history.season_length, shapes.values.shape[1] - back
    span, half = (m, max(m // 2, 1)) if m > 1 else (3, 1)
    year = m if m > 1 else 1
    past = shapes.values[rows]
    levels = [shapes.mean(rows, stop - lag * (m if m > 1 else 3), span) for lag in range(3 if m > 1 else 2)]
    levels = levels if m > 1 else [*levels, levels[-1]]
    recent, three, last = shapes.mean(rows, stop, half), shapes.mean(rows, stop, 3), past[:, stop - 1]
    whole = [
        levels[0] - levels[1],
        levels[1] - levels[2],
        recent - levels[0],
        three - levels[0],
        last - levels[0],
        recent - shapes.mean(rows, stop - year, half),
        three - shapes.mean(rows, stop - year, 3),
        last - past[:, stop - 1 - year],
        shapes.unrest(rows, stop, m if m > 1 else 6),
        np.log(shapes.lengths[rows] - back),
    ]
    phase = (steps - 1) % m
    same = [past[:, stop - lag * m + phase] for lag in (1, 2, 3)]
    after, before = past[:, stop - m + (phase + 1) % m], past[:, stop - m + (phase - 1) % m]
    apart = [one - level[:, None] for one, level in zip(same, levels, strict=True)]
    of_step = [
        np.broadcast_to(steps, same[0].shape),
        *apart,
        same[0] - same[1],
        same[1] - same[2],
        (apart[1] + apart[2] - 2 * apart[0]) / 3,
        after - same[0],
        before - same[0],
    ]
    wide = [np.broadcast_to(one[:, None], same[0].shape) for one in whole]
    if shapes.ahead is not None:
        then, before = shapes.ahead[rows][:, stop + steps - 1], shapes.ahead[rows][:, stop - m + phase]
        of_step += [*np.moveaxis(then, -1, 0), *np.moveaxis(then - before, -1, 0)]
    return np.stack([*wide, *of_step], axis=-1).astype(np.float32), same[0]


def _gather(shapes: _Shapes, horizon: int, known_until: int, n_rows: int) -> tuple[Floats, Floats]:
    """Return rows to learn from: origins at even distances, a few steps of each, series thinned where they are many."""
    width = shapes.history.values.shape[1]
    backs = np.arange(known_until + 1, width - shapes.fewest + 1)
    n_each = np.array([int(shapes.can_learn(back).sum()) for back in backs])
    n_steps = np.minimum(np.minimum(backs - known_until, horizon), _STEPS_AN_ORIGIN)
    total = int((n_each * n_steps).sum())
    thin = max(1, -(-int((n_each * n_steps).max(initial=0)) * 8 // n_rows))
    every = max(1, -(-total // (n_rows * thin)))
    designs, targets = [], []
    for turn, back in enumerate(backs[::every]):
        rows = np.flatnonzero(shapes.can_learn(back))[turn % thin :: thin]
        ahead = min(int(back) - known_until, horizon)
        steps = _spread_steps(ahead, turn)
        design, base = _describe(shapes, rows, int(back), steps)
        came = shapes.values[rows][:, shapes.values.shape[1] - int(back) + steps - 1]
        designs.append(design.reshape(-1, design.shape[-1]))
        targets.append((came - base).ravel())
    if not designs:
        return np.zeros((0, 0)), np.zeros(0)
    design, target = np.concatenate(designs), np.concatenate(targets)
    known = ~np.isnan(target)  # a series that is above 0 only of late has no logarithms before
    return design[known], target[known]


def _spread_steps(ahead: int, turn: int) -> Whole:
    """Return up to six steps spread over those ahead, other ones at every turn."""
    if ahead <= _STEPS_AN_ORIGIN:
        return np.arange(1, ahead + 1)
    first = np.arange(_STEPS_AN_ORIGIN) * ahead // _STEPS_AN_ORIGIN
    return np.unique((first + 7 * turn % max(1, ahead // _STEPS_AN_ORIGIN)) % ahead + 1)


def _apply(booster: Any, shapes: _Shapes, back: int, horizon: int) -> Floats:
    said = np.full((len(shapes.values), horizon), np.nan)
    able = np.flatnonzero(shapes.can_learn(back))
    steps = np.arange(1, horizon + 1)
    at_once = max(1, _ROWS_AT_ONCE // horizon)
    for first in range(0, len(able), at_once):
        rows = able[first : first + at_once]
        design, base = _describe(shapes, rows, back, steps)
        growth = booster.predict(design.reshape(-1, design.shape[-1]), num_threads=1).reshape(base.shape)
        said[rows] = base + growth
    positive = shapes.history.is_positive[:, None]
    return np.where(positive, np.exp(np.clip(said, -50, 50)), said * shapes.size[:, None])
