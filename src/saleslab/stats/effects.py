"""Effects of groups on a measured value, partially pooled: do the groups differ at all, and by how much?

A linear model with one group of exchangeable effects. The ratio of the effects' variance to the noise's is integrated
out on a grid, so few observations give effects near zero with wide intervals instead of a pattern read out of noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

_N_POINTS = 81


@dataclass(frozen=True, slots=True)
class PooledEffects:
    """Partially pooled effects of several groups.

    Attributes
    ----------
    groups
        One interval for each group: how far it lies above the mean of all groups, in the unit of the values; the
        estimates add up to 0.
    chance_any
        Chance that the groups differ at all; 1/2 before the data are seen.
    """

    groups: tuple[Interval, ...]
    chance_any: float


def pool_effects(values: Floats, groups: npt.NDArray[np.int64], *, others: Floats, mass: float = 0.9) -> PooledEffects:
    """Return how much each group's values lie above or below the rest, and whether they do at all.

    Model: ``value = others @ b + effect[group] + noise`` with flat ``b``, ``effect ~ Normal(0, r s²)``, noise
    ``Normal(0, s²)``, ``p(s²) ~ 1/s²`` and the intraclass share ``r / (1 + r)`` uniform on (0, 1). Given ``r`` all is
    closed (Gelman et al., "Bayesian Data Analysis", 3rd ed., sections 14.2 and 15.1); ``r`` is integrated on a grid.
    ``chance_any`` weighs this model against the one with ``r = 0``.

    Parameters
    ----------
    values
        Shape (n,).
    groups
        Shape (n,), each from 0 to the number of groups minus one.
    others
        Shape (n, p), full column rank: a column of ones, a trend, ...
    mass
        Chance that an interval holds its group's effect.

    Raises
    ------
    NotEnoughData
        When there are no more values than columns of ``others`` plus groups.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> month = np.arange(48) % 12
    >>> answer = pool_effects(rng.normal(0, 1, 48) + 3 * (month == 11), month, others=np.ones((48, 1)))
    >>> answer.chance_any > 0.9, answer.groups[11].low > 0
    (True, True)
    """
    check_mass(mass)
    n, p = others.shape
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    if values.shape != (n,) or groups.shape != (n,):
        raise BadArgument(f"{len(values)} values do not fit {n} rows of other columns.", "give one row for each value.")
    if n <= p + n_groups:
        raise NotEnoughData(
            f"{n} values cannot tell {n_groups} effects from noise.", f"give more than {p + n_groups} values."
        )
    member = np.eye(n_groups)[groups]
    shares = (np.arange(_N_POINTS) + 0.5) / _N_POINTS
    fits = [_fit(values, member, others, share / (1 - share)) for share in shares]
    log_density = np.array([fit[0] for fit in fits])
    peak = log_density.max()
    weight = np.exp(log_density - peak)
    without = np.exp(_fit(values, member, others, 0.0)[0] - peak)
    chance_any = float(weight.mean() / (weight.mean() + without))
    weight = weight / weight.sum()
    means, sds = (np.stack([fit[i] for fit in fits]) for i in (1, 2))
    intervals = tuple(_mix(means[:, g], sds[:, g], weight, n - p, mass) for g in range(n_groups))
    return PooledEffects(intervals, chance_any)


def _fit(values: Floats, member: Floats, others: Floats, ratio: float) -> tuple[float, Floats, Floats]:
    """Return log marginal likelihood, effects and their scale for one variance ratio."""
    n, p = others.shape
    covariance = np.eye(n) + ratio * member @ member.T
    root = np.linalg.cholesky(covariance)
    x, y, z = (np.linalg.solve(root, part) for part in (others, values[:, None], ratio * member))
    precision = x.T @ x
    slope = np.linalg.solve(precision, x.T @ y)
    rest = y - x @ slope
    squares = float((rest**2).sum())
    log_density = -np.log(np.diag(root)).sum() - 0.5 * np.linalg.slogdet(precision)[1] - (n - p) / 2 * np.log(squares)
    shift = z.T @ x
    spread = ratio * np.eye(member.shape[1]) - z.T @ z + shift @ np.linalg.solve(precision, shift.T)
    centring = np.eye(len(spread)) - 1 / len(spread)
    effects = centring @ (z.T @ rest).ravel()
    variance = np.einsum("gi,ij,gj->g", centring, spread, centring)
    scale = np.sqrt(np.maximum(variance, 0) * squares / (n - p))
    return float(log_density), effects, scale


def _mix(means: Floats, scales: Floats, weight: Floats, freedom: int, mass: float) -> Interval:
    """Return mean and quantiles of a mixture of Student distributions."""
    from scipy.optimize import brentq
    from scipy.stats import t

    mean = float((weight * means).sum())
    reach = float(np.max(np.abs(means) + 60 * scales)) + 1e-9
    scale = np.maximum(scales, 1e-12)

    def distance(point: float, chance: float) -> Any:
        return (weight * t.cdf((point - means) / scale, freedom)).sum() - chance

    low, high = (
        float(brentq(distance, -reach, reach, args=(chance,), xtol=1e-9)) for chance in ((1 - mass) / 2, (1 + mass) / 2)
    )
    return Interval(mean, min(low, mean), max(high, mean), mass)
