"""A positive mean (or median) that differs from period to period, each of so many pieces: what the next may be.

The logarithm of each period's own mean is normal around the level; what was seen of it rests on so many pieces, which
differ among themselves. Both spreads are unknown where only periods are given, and are summed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.stats.level_grids import LevelGrid, lay_levels

Floats = npt.NDArray[np.float64]

SPREAD = 0.25
"""Scale of the half-normal prior of the standard deviation of a period's logarithm."""

WITHIN = (0.9, 0.5)
"""Median, and sd of the logarithm, of the prior of how much pieces differ, as a share of their mean."""

_N_WITHIN = 9


@dataclass(frozen=True, slots=True)
class VaryingMeans:
    """Posterior of a positive mean's level and of the spread of periods around it.

    Attributes
    ----------
    grid
        Logarithms of the level, and standard deviations of periods' logarithms around it.
    within
        How much the pieces of one period differ, as a share of their mean (root of the posterior mean square).
    """

    grid: LevelGrid
    within: float

    @property
    def means(self) -> Floats:
        """To what many periods would average, at each point of the grid."""
        return np.exp(self.grid.levels + self.grid.spreads[:, None] ** 2 / 2)

    @property
    def mean(self) -> float:
        """Posterior mean of that."""
        return self.grid.average(self.means)

    def draw_means(self, by_spread: Floats, by_level: Floats, apart: Floats, *, level: float | None = None) -> Floats:
        """Return the mean of each period, shape of ``apart``, for uniform and standard normal numbers.

        Parameters
        ----------
        by_spread, by_level
            Shape (draws,), uniform.
        apart
            Shape (draws, periods), standard normal.
        level
            To what many periods average, where it is to be taken as known.
        """
        at, drawn = self.grid.draw(by_spread, by_level)
        spread = self.grid.spreads[at]
        if level is not None:
            drawn = np.log(level) - spread**2 / 2
        return np.asarray(np.exp(drawn[:, None] + spread[:, None] * apart))


def weigh_varying_means(
    values: npt.ArrayLike,
    pieces: npt.ArrayLike,
    *,
    within: float | None = None,
    prior_within: tuple[float, float] = WITHIN,
    spread: float = SPREAD,
) -> VaryingMeans:
    """Return the posterior of a positive mean that differs from period to period.

    Model: ``log(values[i]) ~ N(own[i], within**2 / pieces[i])``, ``own[i] ~ N(level, sd)``, flat prior of the level,
    half-normal of the sd, log-normal of ``within``.

    Parameters
    ----------
    values
        Mean of each period, above 0.
    pieces
        On how many pieces each rests, at least 1. Parts of a piece are allowed: the median of n pieces is known as well
        as the mean of some 0.6 n.
    within
        How much pieces differ, as a share of their mean, where that is known.
    prior_within
        Median, and sd of the logarithm, of its prior where it is not.
    spread
        Scale of the prior of the sd.

    Raises
    ------
    BadArgument
        When a value is not above 0, or a period has no pieces.

    Examples
    --------
    >>> few, many = weigh_varying_means([90, 120, 100, 95], [5] * 4), weigh_varying_means([90, 120, 100, 95], [500] * 4)
    >>> few.grid.average(few.grid.spreads[:, None] + 0 * few.means) < many.grid.average(
    ...     many.grid.spreads[:, None] + 0 * many.means
    ... )
    True
    """
    x, n = np.asarray(values, dtype=np.float64), np.asarray(pieces, dtype=np.float64)
    strange = int((~((x > 0) & np.isfinite(x)) | ~(n > 0)).sum()) if x.shape == n.shape else x.size
    if strange or x.ndim != 1 or not x.size:
        raise BadArgument(
            f"{strange} of {x.size} periods have no value above 0, or no pieces.",
            "leave periods without pieces out; values that may be 0 or less have no logarithm.",
        )
    nodes, shares = np.polynomial.hermite_e.hermegauss(_N_WITHIN)
    wide = np.array([within]) if within is not None else prior_within[0] * np.exp(prior_within[1] * nodes)
    log_shares = np.zeros(1) if within is not None else np.log(shares / shares.sum())
    logs = np.log(x)
    middle = float(np.average(logs, weights=n / (n + n.mean())))
    apart = float(logs.std())
    reach = 6 * np.sqrt((apart**2 + wide.max() ** 2 / n.min()) / len(x)) + 3 * apart + 1
    doubt = np.log1p((wide**2)[:, None] / n)  # variance of the logarithm of a mean of log-normal pieces
    given = partial(_log_likelihoods, logs, doubt, log_shares)
    grid = lay_levels(
        lambda levels, spreads: _add(given(levels, spreads)),
        (middle - reach, middle + reach),
        log_prior=np.zeros_like,
        spread_prior=spread,
        widest=float(np.clip(3 * apart, 6.4 * spread, 6.0)),
    )
    each = given(grid.levels, grid.spreads[:, None])
    chance = np.exp(each - _add(each))
    squared = float((grid.weights * (chance * (wide**2)[:, None, None]).sum(axis=0)).sum())
    return VaryingMeans(grid, float(np.sqrt(squared)))


def _log_likelihoods(logs: Floats, doubt: Floats, shares: Floats, levels: Floats, spreads: Floats) -> Floats:
    """Return the log likelihood of all periods for each way in which pieces may differ, with its prior chance."""
    variance = spreads[..., None, None] ** 2 + doubt
    apart = logs - levels[..., None, None] + doubt / 2
    each = -(apart**2 / variance + np.log(variance)) / 2
    return np.moveaxis(each.sum(axis=-1) + shares, -1, 0)


def _add(each: Floats) -> Floats:
    peak = each.max(axis=0)
    return np.asarray(peak + np.log(np.exp(each - peak).sum(axis=0)))
