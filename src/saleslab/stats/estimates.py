"""Estimates of like things, each with its error, partially pooled: how far do the true values lie apart?

An estimate that was picked because it was large is too large on average. What the true values of all estimates look
like says by how much; the spread between them is integrated out, not plugged in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

_N_POINTS = 200
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class PooledEstimates:
    """Partially pooled estimates.

    Attributes
    ----------
    members
        One interval for each estimate: what its true value is, seen among the others.
    centre
        Mean of all true values that could have been.
    spread
        Standard deviation between true values.
    next_mean, next_sd
        Mean and standard deviation of the true value behind an estimate that is still to come.
    """

    members: tuple[Interval, ...]
    centre: Interval
    spread: Interval
    next_mean: float
    next_sd: float


def pool_estimates(estimates: Floats, errors: Floats, *, mass: float = 0.95) -> PooledEstimates:
    """Return what several estimates say about each other.

    Model: ``estimate[i] ~ Normal(true[i], errors[i])``, ``true[i] ~ Normal(m, t)``, ``m`` flat. The spread ``t`` has
    the uniform-shrinkage prior of DuMouchel (1994, "Hierarchical Bayes linear models for meta-analysis", technical
    report 27, National Institute of Statistical Sciences): ``t / (s + t)`` is uniform, with ``s`` squared the harmonic
    mean of the squared errors. Given ``t`` all is normal; ``t`` is integrated by the midpoint rule.

    Parameters
    ----------
    estimates, errors
        One value and one standard error for each.
    mass
        Chance that an interval holds its true value.

    Raises
    ------
    NotEnoughData
        With fewer than three estimates.
    BadArgument
        When the two differ in length, a value is not finite, or an error is not above 0.

    Examples
    --------
    >>> pooled = pool_estimates(np.array([0.09, 0.00, 0.01, -0.02, 0.02]), np.full(5, 0.04))
    >>> 0 < pooled.members[0].estimate < 0.06
    True
    """
    check_mass(mass)
    found = weigh_spreads(estimates, errors)
    y, s, spread, precision = found.estimates, found.errors, found.spread, found.precision
    total, centre, weight = found.total, found.centre, found.weight
    kept = s**2 * precision
    means = y + kept * (centre[:, None] - y)
    variances = spread[:, None] ** 2 * kept + kept**2 / total[:, None]
    next_mean = float((weight * centre).sum())
    next_variance = float((weight * (spread**2 + 1 / total + centre**2)).sum()) - next_mean**2
    members = _mix(means, np.sqrt(variances), weight, mass)
    (middle,) = _mix(centre[:, None], np.sqrt(1 / total)[:, None], weight, mass)
    return PooledEstimates(
        members, middle, _spread_interval(spread, weight, mass), next_mean, float(np.sqrt(next_variance))
    )


@dataclass(frozen=True, slots=True, eq=False)
class SpreadPosterior:
    """What estimates say of how far true values lie apart, on a grid of spreads.

    Attributes
    ----------
    estimates, errors
        As they were given.
    spread
        The grid: standard deviations of true values.
    precision
        Grid x members: what an estimate weighs if true values lie so far apart.
    total, centre
        Sum of the weights, and the middle of all, for each spread.
    weight
        Posterior chance of each spread, with the middle integrated out; adds up to 1.
    """

    estimates: Floats
    errors: Floats
    spread: Floats
    precision: Floats
    total: Floats
    centre: Floats
    weight: Floats


def weigh_spreads(estimates: Floats, errors: Floats) -> SpreadPosterior:
    """Return the posterior of the spread of true values; errors are those that `pool_estimates` names."""
    y, s = np.asarray(estimates, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if y.shape != s.shape or not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all()):
        raise BadArgument(
            f"{len(y)} estimates and {len(s)} errors do not make pairs of finite values with errors above 0.",
            "give one standard error above 0 for each estimate.",
        )
    if len(y) < _FEWEST:
        raise NotEnoughData(
            f"{len(y)} estimates cannot say how far true values lie apart.", f"wait for at least {_FEWEST}."
        )
    share = (np.arange(_N_POINTS) + 0.5) / _N_POINTS
    typical = np.sqrt(len(s) / (1 / s**2).sum())
    spread = typical * share / (1 - share)
    precision = 1 / (spread[:, None] ** 2 + s**2)
    total = precision.sum(axis=1)
    centre = (precision * y).sum(axis=1) / total
    log_density = 0.5 * (
        np.log(precision).sum(axis=1) - np.log(total) - (precision * (y - centre[:, None]) ** 2).sum(axis=1)
    )
    weight = np.exp(log_density - log_density.max())
    return SpreadPosterior(y, s, spread, precision, total, centre, np.asarray(weight / weight.sum()))


def _mix(means: Floats, sds: Floats, weight: Floats, mass: float) -> tuple[Interval, ...]:
    """Return mean and quantiles of mixtures of normal distributions, one a column, by bisection."""
    from scipy.special import ndtr

    centres, ends = weight @ means, []
    for chance in ((1 - mass) / 2, (1 + mass) / 2):
        low, high = (means - 9 * sds).min(axis=0), (means + 9 * sds).max(axis=0)
        for _ in range(50):
            middle = (low + high) / 2
            below = weight @ ndtr((middle - means) / sds) < chance
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends.append((low + high) / 2)
    return tuple(
        Interval(float(mean), float(min(low, mean)), float(max(high, mean)), mass)
        for mean, low, high in zip(centres, *ends, strict=True)
    )


def _spread_interval(spread: Floats, weight: Floats, mass: float) -> Interval:
    """Return median and quantiles of the spread; its mean may be infinite."""
    middle = np.cumsum(weight) - weight / 2
    low, median, high = (float(np.interp(q, middle, spread)) for q in ((1 - mass) / 2, 0.5, (1 + mass) / 2))
    return Interval(median, low, high, mass)
