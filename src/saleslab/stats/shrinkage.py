"""Many rates at once: what each group's own count says, tempered by what all groups together say.

A group of 3 trials that succeeded 3 times is not the best of all; it is one about which little is known. The
beta-binomial model pulls every rate towards the mean of the groups, the more the fewer its trials, and the strength of
the pull is learned from the groups. Its uncertainty is integrated out on a grid, not plugged in, so that the intervals
do not pretend to know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

_FINE = 45
_COARSE = 15
_NEGLIGIBLE = 12.0
"""Log density below the peak (factor 6e-6) at which the grid may be cut off."""


@dataclass(frozen=True, slots=True)
class PooledRates:
    """Partially pooled rates of several groups.

    Attributes
    ----------
    groups
        One interval for each group, in the sequence given; the estimate is the posterior mean.
    centre
        The mean rate among all groups that could have been.
    spread
        Standard deviation of the true rates between groups, in units of the rate; near 0 when the groups differ only by
        luck.
    """

    groups: tuple[Interval, ...]
    centre: Interval
    spread: Interval


@dataclass(frozen=True, slots=True)
class _Grid:
    """Points of (logit of the centre, intraclass standard deviation) with the weight of each; weights add up to 1."""

    centre: Floats
    spread: Floats
    weight: Floats


def pool_rates(successes: Sequence[int], trials: Sequence[int], *, mass: float = 0.9) -> PooledRates:
    """Return the rates of several groups, partially pooled, with equal-tailed posterior intervals.

    Model: ``successes[i] ~ Binomial(trials[i], rate[i])``, ``rate[i] ~ Beta(c k, (1 - c) k)``, the centre ``c`` and the
    intraclass standard deviation ``(1 + k) ** -0.5`` uniform on (0, 1): the proper form of the prior that Gelman et al.
    propose ("Bayesian Data Analysis", 3rd ed., section 5.3). Both are integrated out by quadrature.

    Use it whenever several groups are shown side by side. For one group alone use `estimate_rate`.

    Parameters
    ----------
    successes, trials
        One count for each group; a group without trials gets what the other groups say about a new one.
    mass
        Chance that an interval holds its group's true rate.

    Raises
    ------
    NotEnoughData
        When no group has any trial.
    BadArgument
        When the two differ in length, or a group has more successes than trials.

    Examples
    --------
    >>> pooled = pool_rates([3, 90, 60, 75], [3, 300, 300, 300])
    >>> few, many = pooled.groups[:2]
    >>> few.estimate < 0.6, few.width > 3 * many.width
    (True, True)
    """
    check_mass(mass)
    k, n = np.asarray(successes, dtype=np.int64), np.asarray(trials, dtype=np.int64)
    if k.shape != n.shape or np.any((k < 0) | (k > n)):
        raise BadArgument(
            f"{len(k)} counts of successes do not fit {len(n)} counts of trials.",
            "give one of each for every group, with 0 <= successes <= trials.",
        )
    if not n.sum():
        raise NotEnoughData("No group has any trial.", "widen the period, or choose larger groups.")
    grid = _find_posterior(k, n)
    coarse = _thin(grid)
    pairs, group_of = np.unique(np.stack([k, n], axis=1), axis=0, return_inverse=True)
    intervals = [_group_interval(int(pair[0]), int(pair[1]), coarse, mass) for pair in pairs]
    centre = 1 / (1 + np.exp(-grid.centre))
    return PooledRates(
        tuple(intervals[int(index)] for index in group_of.ravel()),
        _weighted_interval(centre, grid.weight, mass),
        _weighted_interval(np.sqrt(centre * (1 - centre)) * grid.spread, grid.weight, mass),
    )


def _find_posterior(k: npt.NDArray[np.int64], n: npt.NDArray[np.int64]) -> _Grid:
    """Lay a grid over where the posterior lives: start wide, then narrow it three times to what matters."""
    pairs, repeats = np.unique(np.stack([k, n], axis=1), axis=0, return_counts=True)
    box = (-12.0, 12.0, 1e-4, 1 - 1e-4)
    for _ in range(4):
        centre, spread = np.meshgrid(np.linspace(*box[:2], _FINE), np.linspace(*box[2:], _FINE), indexing="ij")
        log_density = _log_posterior(centre, spread, pairs, repeats)
        kept = log_density > log_density.max() - _NEGLIGIBLE
        step_c, step_s = (box[1] - box[0]) / (_FINE - 1), (box[3] - box[2]) / (_FINE - 1)
        narrowed = (
            max(box[0], float(centre[kept].min()) - step_c),
            min(box[1], float(centre[kept].max()) + step_c),
            max(box[2], float(spread[kept].min()) - step_s),
            min(box[3], float(spread[kept].max()) + step_s),
        )
        last, box = (centre, spread, log_density), narrowed
    flat_centre, flat_spread, flat_density = (part.ravel() for part in last)
    weight = np.exp(flat_density - flat_density.max())
    return _Grid(flat_centre, flat_spread, weight / weight.sum())


def _log_posterior(centre: Floats, spread: Floats, pairs: npt.NDArray[np.int64], repeats: Any) -> Floats:
    """Return the log density at each point, up to a constant: beta-binomial likelihood and the prior's Jacobian."""
    from scipy.special import betaln, log_expit

    _, a, b = _shape(centre, spread)
    log_density = log_expit(centre) + log_expit(-centre)
    none = betaln(a, b)
    for (successes, trials), times in zip(pairs, repeats, strict=True):
        log_density = log_density + times * (betaln(a + successes, b + trials - successes) - none)
    return np.asarray(log_density, dtype=np.float64)


def _shape(centre: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the centre as a rate and the two parameters of the beta distribution between groups."""
    share = 1 / (1 + np.exp(-centre))
    size = 1 / spread**2 - 1
    return share, share * size, (1 - share) * size


def _thin(grid: _Grid) -> _Grid:
    """Return a coarser grid with the same total weight, each point the weighted mean of a block of points."""
    edges = np.linspace(0, _FINE, _COARSE + 1).astype(np.int64)[:-1]

    def block(values: Floats) -> Floats:
        square = values.reshape(_FINE, _FINE)
        return np.asarray(np.add.reduceat(np.add.reduceat(square, edges, axis=0), edges, axis=1).ravel())

    weight = block(grid.weight)
    kept = weight > 1e-7
    centre, spread = (block(grid.weight * part)[kept] / weight[kept] for part in (grid.centre, grid.spread))
    return _Grid(centre, spread, weight[kept] / weight[kept].sum())


def _group_interval(successes: int, trials: int, grid: _Grid, mass: float) -> Interval:
    """Return mean and quantiles of one group's rate: a mixture of beta distributions over the grid."""
    from scipy.special import betainc

    _, a, b = _shape(grid.centre, grid.spread)
    a, b = a + successes, b + trials - successes
    mean = float(np.sum(grid.weight * a / (a + b)))

    def quantile(chance: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            if float(np.sum(grid.weight * betainc(a, b, middle))) < chance:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    low, high = quantile((1 - mass) / 2), quantile((1 + mass) / 2)
    return Interval(mean, min(low, mean), max(high, mean), mass)


def _weighted_interval(values: Floats, weight: Floats, mass: float) -> Interval:
    """Return mean and quantiles of a quantity known at weighted points."""
    sequence = np.argsort(values, kind="stable")
    ranked, cumulated = values[sequence], np.cumsum(weight[sequence])
    middle = cumulated - weight[sequence] / 2
    low, high = (float(np.interp(chance, middle, ranked)) for chance in ((1 - mass) / 2, (1 + mass) / 2))
    mean = float(np.sum(values * weight))
    return Interval(mean, min(low, mean), max(high, mean), mass)
