"""How far may the future lie from a forecast, by how far past forecasts were off?

Conformal and horizon-wise: errors from past origins are put on the scale of their own series, pooled over series that
are alike, and their quantiles are what the future is given. Nothing is assumed of their shape as long as series are
many; where they are few, a heavy-tailed law lends what a handful of errors cannot say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.alikeness import count_apart
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.members import Flags
from saleslab.forecasting.spreads import MANY, find_spreads
from saleslab.forecasting.stamps import Whole

_LENT = 20.0
_FOR_FEW = 0.4  # the one spread of a lone series is itself a guess: simulated walks and noise ask for this much
_TAIL_FREEDOM = 5.0
_N_CHANCES = 199
_NEIGHBOURS = 2


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedIntervals:
    """What the future of many series may be.

    Attributes
    ----------
    forecast
        Middle, shape (series, horizon).
    spread
        Size of a usual error of each series: relative for those that grow in proportion, absolute for the others.
    is_relative
        Which are of the first kind.
    group
        Of like series (those with relative errors, and the others), one number a series.
    chances
        For which quantiles are kept.
    errors
        Quantiles of the errors in spreads, shape (groups, chances, horizon).
    floor, ceiling
        Within which every quantile stays, one a series.
    n_errors
        How many past errors each group's quantiles rest on.
    """

    forecast: Floats
    spread: Floats
    is_relative: Flags
    group: Whole
    chances: Floats
    errors: Floats
    floor: Floats
    ceiling: Floats
    n_errors: Whole

    def find_quantile(self, chance: float) -> Floats:
        """Return the value that the future stays below with some chance, shape (series, horizon).

        Raises
        ------
        BadArgument
            When the chance is not strictly between 0 and 1.
        """
        if not 0 < chance < 1:
            raise BadArgument(f"A chance of {chance!r} has no quantile.", "give a number between 0 and 1.")
        position = np.interp(chance, self.chances, np.arange(len(self.chances)))
        below = int(np.floor(position))
        above, share = min(below + 1, len(self.chances) - 1), position - below
        return self.place((1 - share) * self.errors[:, below] + share * self.errors[:, above])

    def find_mean(self) -> Floats:
        """Return the mean of the future, shape (series, horizon)."""
        edges = np.r_[0.0, (self.chances[1:] + self.chances[:-1]) / 2, 1.0]
        total = np.zeros_like(self.forecast)
        for at, weight in enumerate(np.diff(edges)):
            total += weight * self.place(self.errors[:, at])
        return total

    def place_at(self, positions: Floats) -> Floats:
        """Return the values at some places (series, horizon) among ``chances``, between two where they are no whole."""
        below = np.floor(positions).astype(np.int64)
        above = np.minimum(below + 1, len(self.chances) - 1)
        step, share = np.arange(self.forecast.shape[1])[None, :], positions - below
        row = self.group[:, None]
        return self._move((1 - share) * self.errors[row, below, step] + share * self.errors[row, above, step])

    def place(self, errors: Floats) -> Floats:
        """Return the values that lie some errors (groups, horizon) from the forecasts."""
        return self._move(errors[self.group])

    def _move(self, errors: Floats) -> Floats:
        apart = self.spread[:, None] * errors
        grown = self.forecast * np.maximum(1 + apart / 2, 0.0) ** 2
        moved = np.where(self.is_relative[:, None], grown, self.forecast + apart)
        return np.asarray(np.clip(moved, self.floor[:, None], self.ceiling[:, None]))


def calibrate_intervals(
    forecast: Any,
    past_forecast: Any,
    past_actual: Any,
    *,
    unrest: Any,
    unrest_before: Any = None,
    is_relative: Any = None,
    alikeness: float = 0.0,
    room: Any = None,
) -> CalibratedIntervals:
    """Return intervals that past errors of like series justify, for each step ahead.

    Parameters
    ----------
    forecast
        From now, shape (series, horizon).
    past_forecast, past_actual
        From past origins and what came, shape (origins, series, horizon); NaN where either is missing.
    unrest
        How much each series usually moves, such as its mean seasonal difference: relative (of logarithms) for
        relative series. A series with few past errors is given the spread that its unrest has elsewhere.
    unrest_before
        The same as it was known at the earliest past origin, NaN where it was not: it says how far unrest foretells the
        errors of this panel's relative series. What other panels taught says it where this is not given.
    is_relative
        Which series' errors grow in proportion to their level; none unless told. All their values must be above 0.
    alikeness
        How far the series move together, 0 to 1; see `measure_alikeness`. The more they do, the less is learnt from
        there being many: what all suffered at one origin is then no stray event, but what the future is made of.
    room
        Lowest and highest value that a quantile may take, shape (series, 2); unlimited unless told.

    Returns
    -------
    CalibratedIntervals
        The middle is the forecast itself: errors of one panel share its luck, and their mean is no promise.

    Raises
    ------
    NotEnoughData
        When no past error is known.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> said, came = np.full((4, 200, 3), 100.0), 100 + rng.normal(0, 5, (4, 200, 3))
    >>> bands = calibrate_intervals(said[0], said, came, unrest=np.full(200, 5.0))
    >>> bool(abs(bands.find_quantile(0.9).mean() - 106.4) < 0.5)
    True
    """
    now, said, came = (np.asarray(array, dtype=np.float64) for array in (forecast, past_forecast, past_actual))
    _check_shapes(now, said, came)
    n = len(now)
    relative = np.zeros(n, dtype=bool) if is_relative is None else np.asarray(is_relative, dtype=bool)
    errors = _measure_errors(said, came, relative)
    if np.isnan(errors).all():
        raise NotEnoughData(
            "No past forecast can be compared with what came.", "give longer series, or forecast fewer periods ahead."
        )
    before = np.full(n, np.nan) if unrest_before is None else np.asarray(unrest_before, dtype=np.float64)
    spread, without = find_spreads(errors, np.asarray(unrest, dtype=np.float64), before, relative)
    group = np.unique(relative, return_inverse=True)[1].astype(np.int64)
    chances = (np.arange(_N_CHANCES) + 0.5) / _N_CHANCES
    ratio = errors / np.where(without > 0, without, np.nan)[..., None]
    tables, counts = zip(
        *(_read_quantiles(ratio[:, group == at], chances, alikeness) for at in range(group.max() + 1)), strict=True
    )
    limits = np.tile([-np.inf, np.inf], (n, 1)) if room is None else np.asarray(room, dtype=np.float64)
    return CalibratedIntervals(
        now, spread, relative, group, chances, np.stack(tables), limits[:, 0], limits[:, 1], np.array(counts)
    )


def _check_shapes(now: Floats, said: Floats, came: Floats) -> None:
    if now.ndim != 2 or said.ndim != 3 or said.shape != came.shape or said.shape[1:] != now.shape:
        raise BadArgument(
            f"The arrays have the shapes {now.shape}, {said.shape} and {came.shape}.",
            "give (series, horizon) once, and (origins, series, horizon) twice.",
        )


def _measure_errors(said: Floats, came: Floats, relative: Flags) -> Floats:
    """Return errors; relative ones by square roots, half-way between ratios and their logarithms."""
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = 2 * (np.sqrt(np.maximum(came, 0) / said) - 1)
    errors = np.where(relative[:, None], np.where(said > 0, grown, np.nan), came - said)
    return np.where(np.isfinite(errors), errors, np.nan)


def _read_quantiles(ratio: Floats, chances: Floats, alikeness: float) -> tuple[Floats, int]:
    """Return quantiles of errors in spreads, shape (chances, horizon), and how many errors they rest on.

    They are read at each origin, their middle put to 0, and the middle one over the origins is taken: what all series
    suffered at one origin, such as a crisis, widens no interval elsewhere. Series that move together all the time count
    as the few that they are worth.
    """
    profile = _lay_profile(ratio)
    tables = np.stack([_read_origin(of_origin, profile, chances, alikeness) for of_origin in ratio])
    has_errors = np.asarray((~np.isnan(ratio)).any(axis=1))
    horizon = ratio.shape[2]
    table = np.empty((len(chances), horizon))
    for step in range(horizon):
        seen = has_errors[:, step]
        table[:, step] = np.median(tables[seen, :, step] if seen.any() else tables[:, :, step], axis=0)
    n_series = max(int((~np.isnan(ratio)).any(axis=(0, 2)).sum()), 1)
    return table * (1 + _FOR_FEW / count_apart(n_series, alikeness)), int((~np.isnan(ratio)).sum())


def _read_origin(ratio: Floats, profile: Floats, chances: Floats, alikeness: float) -> Floats:
    """Return the quantiles at one origin; where series are few, neighbouring steps help, and a heavy-tailed law too."""
    n = int((~np.isnan(ratio)).any(axis=1).sum())
    reach = 0 if n >= MANY else _NEIGHBOURS
    n_apart = count_apart(n, alikeness) if n else 0.0
    trust = n_apart / (n_apart + _LENT)
    lent = _heavy_quantiles(chances)
    even = ratio / profile
    table = np.empty((len(chances), len(profile)))
    for step in range(len(profile)):
        near = even[:, max(0, step - reach) : step + reach + 1]
        known = near[~np.isnan(near)]
        own = lent
        if len(known):
            own = np.quantile(known, _stretch(chances, len(known)))
            own = own - np.interp(0.5, chances, own)
        table[:, step] = profile[step] * (trust * own + (1 - trust) * lent)
    return table


def _stretch(chances: Floats, n: int) -> Floats:
    """Return the ranks that keep the promise of a quantile when it is read from ``n`` values and kept by one more."""
    return np.clip(0.5 + (chances - 0.5) * (n + 1) / max(n, 1), 1e-4, 1 - 1e-4)


def _heavy_quantiles(chances: Floats) -> Floats:
    """Return quantiles of Student's t, on the scale on which its mean size is 1."""
    from scipy.special import gamma, stdtrit

    nu = _TAIL_FREEDOM
    mean_size = 2 * np.sqrt(nu / np.pi) * gamma((nu + 1) / 2) / (gamma(nu / 2) * (nu - 1))
    return np.asarray(stdtrit(nu, chances) / mean_size)


def _lay_profile(ratio: Floats) -> Floats:
    """Return the mean size of errors by step ahead: a power of the step, its root where no error is known."""
    steps = np.log(np.arange(1, ratio.shape[2] + 1))
    n = (~np.isnan(ratio)).sum(axis=(0, 1))
    size = np.nansum(np.abs(ratio), axis=(0, 1)) / np.maximum(n, 1)
    known = (n > 0) & (size > 0)
    if not known.any():
        return np.asarray(np.exp(steps / 2))
    weight = n[known] / n[known].sum()
    x, y = steps[known], np.log(size[known])
    apart = x - weight @ x
    spread = float(weight @ apart**2)
    power = float(np.clip(weight @ (apart * y) / spread, 0.0, 1.0)) if spread > 0 else 0.5
    return np.asarray(np.exp(weight @ y + power * (steps - weight @ x)))
