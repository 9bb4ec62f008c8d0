"""A level, and how far single periods lie from it: both unknown, on a grid that finds where their posterior lives.

A rate of 30 % over a year does not make every month a month of 30 %. How much months differ beyond luck decides what
the next one may bring, and a dozen months say little about it; so it is summed over, never plugged in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LogLikelihood = Callable[[Floats, Floats], Floats]

_N_ROUGH, _N_ROUGH_SPREADS = 24, 14
_N_LEVELS, _N_SPREADS = 41, 19
_NEGLIGIBLE, _NEGLIGIBLE_SPREAD = 15.0, 11.0
"""Log density below the peak (factors 3e-7 and 2e-5) beyond which the grid is cut off."""


@dataclass(frozen=True, slots=True)
class LevelGrid:
    """Joint posterior of a level and of the spread of periods around it.

    Attributes
    ----------
    spreads
        Shape (s,), rising.
    levels
        Shape (s, m), rising along m: the levels that matter at each spread.
    weights
        Shape (s, m); they add up to 1.
    """

    spreads: Floats
    levels: Floats
    weights: Floats

    def average(self, values: Floats) -> float:
        """Return the posterior mean of a quantity given at every point, shape (s, m)."""
        return float((self.weights * values).sum())

    def deviate(self, values: Floats) -> float:
        """Return the posterior standard deviation of a quantity given at every point."""
        return float(np.sqrt(max(self.average(values**2) - self.average(values) ** 2, 0.0)))

    def quantiles(self, values: Floats, chances: npt.ArrayLike) -> Floats:
        """Return posterior quantiles of a quantity given at every point."""
        sequence = np.argsort(values, axis=None, kind="stable")
        weight = self.weights.ravel()[sequence]
        middles = np.cumsum(weight) - weight / 2
        return np.asarray(np.interp(np.asarray(chances), middles, values.ravel()[sequence]), dtype=np.float64)

    def draw(self, by_spread: Floats, by_level: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
        """Return draws for uniform numbers: the index of each spread, and a level that rises with ``by_level``."""
        each = self.weights.sum(axis=1)
        at = np.minimum(np.searchsorted(np.cumsum(each), by_spread), len(each) - 1)
        inner = (self.weights[:, 1:] + self.weights[:, :-1]).cumsum(axis=1)
        below = np.pad(inner / inner[:, -1:], ((0, 0), (1, 0)))
        ladder = (below + np.arange(len(each))[:, None]).ravel()
        return at, np.interp(by_level + at, ladder, self.levels.ravel())


def lay_levels(
    log_likelihood: LogLikelihood,
    span: tuple[float, float],
    *,
    log_prior: Callable[[Floats], Floats],
    spread_prior: float,
    widest: float,
    rough: LogLikelihood | None = None,
) -> LevelGrid:
    """Return the joint posterior of a level and of the spread of periods around it.

    Parameters
    ----------
    log_likelihood
        Takes levels, shape (s, m), and spreads, shape (s, 1), and returns the log likelihood of all periods.
    span
        A range that surely holds the level.
    log_prior
        Log prior density of a level.
    spread_prior
        Scale of the half-normal prior of the spread.
    widest
        The largest spread that is looked at.
    rough
        A cheaper log likelihood that finds where to look; None takes the first.

    Examples
    --------
    >>> periods = np.array([-0.1, 0.1, 0.0])[:, None, None]
    >>> seen = lambda level, spread: -(((periods - level) / spread) ** 2 / 2 + np.log(spread)).sum(axis=0)
    >>> grid = lay_levels(seen, (-9, 9), log_prior=np.zeros_like, spread_prior=0.25, widest=2.0)
    >>> abs(round(grid.average(grid.levels), 6))
    0.0
    """
    lows, highs, spreads = _find_support(rough or log_likelihood, span, log_prior, spread_prior, widest)
    nodes, shares = np.polynomial.legendre.leggauss(_N_SPREADS)
    low, high = np.sqrt(spreads[[0, -1]])  # roots, as the tail is long at the right
    roots = (low + high) / 2 + (high - low) / 2 * nodes
    fine, shares = roots**2, shares * roots
    starts, ends = np.interp(fine, spreads, lows), np.interp(fine, spreads, highs)
    levels = starts[:, None] + (ends - starts)[:, None] * np.linspace(0, 1, _N_LEVELS)
    logs = log_likelihood(levels, fine[:, None]) + log_prior(levels) - (fine[:, None] / spread_prior) ** 2 / 2
    weights = np.exp(logs - logs.max()) * (shares * (ends - starts))[:, None]
    return LevelGrid(fine, levels, weights / weights.sum())


def _find_support(
    log_likelihood: LogLikelihood,
    span: tuple[float, float],
    log_prior: Callable[[Floats], Floats],
    spread_prior: float,
    widest: float,
) -> tuple[Floats, Floats, Floats]:
    """Return for the spreads that matter between which levels the posterior lives: start wide, narrow until seen."""
    spreads = widest * np.linspace(0, 1, _N_ROUGH_SPREADS) ** 2  # dense near none, where most of the prior is
    spreads[0] = widest * 1e-4
    lows, highs = (np.full(_N_ROUGH_SPREADS, end) for end in span)
    while True:
        lows, highs, peaks = _narrow_levels(log_likelihood, lows, highs, spreads, log_prior)
        marginal = peaks + np.log(np.maximum(highs - lows, 1e-300)) - (spreads / spread_prior) ** 2 / 2
        near = np.nonzero(marginal > marginal.max() - _NEGLIGIBLE_SPREAD)[0]
        part = slice(max(near[0] - 1, 0), near[-1] + 2)
        if 2 * len(near) >= _N_ROUGH_SPREADS:
            return lows[part], highs[part], spreads[part]
        finer = np.linspace(spreads[part][0], spreads[part][-1], _N_ROUGH_SPREADS)
        lows, highs = np.interp(finer, spreads, lows), np.interp(finer, spreads, highs)
        spreads = finer


def _narrow_levels(
    log_likelihood: LogLikelihood, lows: Floats, highs: Floats, spreads: Floats, log_prior: Callable[[Floats], Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return between which levels the posterior lives at each spread, and the log density of its peak."""
    row = np.arange(len(spreads))
    while True:
        levels = lows[:, None] + (highs - lows)[:, None] * np.linspace(0, 1, _N_ROUGH)
        logs = log_likelihood(levels, spreads[:, None]) + log_prior(levels)
        near = logs > logs.max(axis=1, keepdims=True) - _NEGLIGIBLE
        first, last = near.argmax(axis=1), _N_ROUGH - 1 - near[:, ::-1].argmax(axis=1)
        lows, highs = levels[row, np.maximum(first - 1, 0)], levels[row, np.minimum(last + 1, _N_ROUGH - 1)]
        if (near.sum(axis=1) * 3 >= _N_ROUGH).all():
            return lows, highs, logs.max(axis=1)
