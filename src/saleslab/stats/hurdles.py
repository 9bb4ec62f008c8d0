"""Means of amounts that are mostly zero: a chance of being above zero, and a log-normal size when they are.

``mean = chance * exp(centre + spread² / 2)``. The spread of the logarithms is shared by all arms, because a few amounts
say little about it and the mean depends on its square; it is bounded from above, because without a bound the posterior
mean is infinite however many amounts there are. Nothing is drawn: given the spread, the logarithm of a mean is a sum of
two independent parts, whose density is a short sum, and the spread itself is integrated out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import NotEnoughData
from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import lay_line
from saleslab.stats.panels import Panels, lay_panels

Floats = npt.NDArray[np.float64]

LEAST_SPREAD = 0.05
"""Smaller spreads are not told apart: they would change the width of any interval by less than 0.2 %."""
GREATEST_SPREAD = 2.5
"""Widest spread of logarithms that is believed: the greatest 1 % of the amounts then hold 57 % of their total."""

_N_SPREADS = 20
_NEGLIGIBLE = 30.0
"""Log density below its peak (factor 1e-13) at which the line of spreads is cut off."""
_CORE = np.array([-9.5, -6.5, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5, 6.5, 8.5])


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """What is needed of the amounts of several arms.

    Attributes
    ----------
    n_units
        How many units each arm has.
    n_sizes
        How many of them have an amount above 0.
    centres
        Mean logarithm of those amounts.
    squares
        Sum of the squared distances of the logarithms from their mean.
    """

    n_units: Floats
    n_sizes: Floats
    centres: Floats
    squares: Floats


def condense_sizes(amounts: list[Floats]) -> Sizes:
    """Return what is needed of amounts of 0 or more, one array for each arm.

    Raises
    ------
    NotEnoughData
        When an arm has no amount above 0, or all arms together no two more than there are arms.

    Examples
    --------
    >>> condense_sizes([np.array([0.0, 1.0]), np.array([1.0, np.e**2, 1.0, np.e**2])]).centres.tolist()
    [0.0, 1.0]
    """
    logs = [np.log(one[one > 0]) for one in amounts]
    if min(map(len, logs)) < 1 or sum(map(len, logs)) < len(logs) + 2:
        raise NotEnoughData(
            f"{' and '.join(str(len(one)) for one in logs)} amounts above 0 cannot show how much amounts differ.",
            "wait for more of them, or compare how often they occur.",
        )
    rows = [
        (len(one), len(log), log.mean(), ((log - log.mean()) ** 2).sum())
        for one, log in zip(amounts, logs, strict=True)
    ]
    return Sizes(*np.array(rows, dtype=np.float64).T)


def believe_means(
    sizes: Sizes, *, prior: tuple[float, float] = (0.5, 0.5), greatest_spread: float = GREATEST_SPREAD
) -> MixedArms:
    """Return what is believed of the mean amount a unit of each arm.

    Priors: the chance is ``Beta(*prior)``, the centre flat, the logarithm of the spread flat between `LEAST_SPREAD` and
    ``greatest_spread``. So the answer scales with the unit of the amounts.

    Examples
    --------
    >>> two = condense_sizes([np.r_[np.zeros(80), np.full(20, 3.0)], np.r_[np.zeros(70), np.full(30, 3.0)]])
    >>> believe_means(two).contest().chance_best.round(2).tolist()
    [0.05, 0.95]
    """
    spread, weights = believe_spread(sizes, greatest_spread=greatest_spread)
    spreads = np.broadcast_to(spread[:, None], (len(spread), len(sizes.n_units)))
    middles, sds = _locate(sizes, spreads, prior)
    panels = lay_panels((middles[..., None] + sds[..., None] * _CORE).reshape(len(weights), -1))
    densities = [_density(sizes, spreads, arm, panels.nodes, prior) for arm in range(len(sizes.n_units))]
    return _gather(panels, densities, weights)


def believe_apart(
    sizes: Sizes, *, prior: tuple[float, float] = (0.5, 0.5), greatest_spread: float = GREATEST_SPREAD
) -> MixedArms:
    """Return the same when each arm has a spread of its own; it needs two amounts above 0 in each."""
    parts = [
        _believe_spread(float(squares), float(n - 1), greatest_spread)
        for squares, n in zip(sizes.squares, sizes.n_sizes, strict=True)
    ]
    spreads = np.stack([spread for spread, _ in parts], axis=1)
    middles, sds = _locate(sizes, spreads, prior)
    ends = (middles[..., None] + sds[..., None] * _CORE[[0, -1]]).reshape(-1, 2)
    edges = lay_line(float(ends.min()), float(ends.max()), sharpest=float(sds.min()) * 2)
    panels = lay_panels(edges[None, :])
    rows = np.broadcast_to(panels.nodes, (len(spreads), *panels.nodes.shape[1:]))
    densities = [
        np.tensordot(weights, _density(sizes, spreads, arm, rows, prior), axes=1)[None]
        for arm, (_, weights) in enumerate(parts)
    ]
    return _gather(panels, densities, np.ones(1))


def believe_spread(sizes: Sizes, *, greatest_spread: float = GREATEST_SPREAD) -> tuple[Floats, Floats]:
    """Return values of the spread that all arms share, rising, and the posterior chance of each."""
    return _believe_spread(float(sizes.squares.sum()), float((sizes.n_sizes - 1).sum()), greatest_spread)


def _believe_spread(squares: float, freedom: float, greatest: float) -> tuple[Floats, Floats]:
    """Return nodes of the spread and the posterior weight of each."""

    def log_density(line: Floats) -> Floats:
        return np.asarray(-freedom * line - squares / 2 * np.exp(-2 * line))

    line = np.linspace(np.log(LEAST_SPREAD), np.log(greatest), 2001)
    density = log_density(line)
    kept = line[density > density.max() - _NEGLIGIBLE]
    low, high = max(line[0], kept[0] - (line[1] - line[0])), min(line[-1], kept[-1] + (line[1] - line[0]))
    nodes, node_weights = np.polynomial.legendre.leggauss(_N_SPREADS)
    points = (low + high) / 2 + (high - low) / 2 * nodes
    log_weights = log_density(points) + np.log(node_weights)
    weights = np.exp(log_weights - log_weights.max())
    return np.exp(points), weights / weights.sum()


def _locate(sizes: Sizes, spreads: Floats, prior: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the logarithm of each arm's mean, shape (spreads, arms)."""
    from scipy.special import polygamma, psi

    a, b = sizes.n_sizes + prior[0], sizes.n_units - sizes.n_sizes + prior[1]
    middles = psi(a) - psi(a + b) + sizes.centres + spreads**2 / 2
    return middles, np.sqrt(polygamma(1, a) - polygamma(1, a + b) + spreads**2 / sizes.n_sizes)


def _density(sizes: Sizes, spreads: Floats, arm: int, at: Floats, prior: tuple[float, float]) -> Floats:
    """Return the density of the logarithm of one arm's mean, a row for each spread."""
    spread, n = spreads[:, arm], float(sizes.n_sizes[arm])
    moved = at - (sizes.centres[arm] + spread**2 / 2)[:, None, None]
    return _density_of_sum(moved, spread / np.sqrt(n), n + prior[0], float(sizes.n_units[arm]) - n + prior[1])


def _gather(panels: Panels, densities: list[Floats], weights: Floats) -> MixedArms:
    whole = [density / panels.integrate(density)[:, None, None] for density in densities]
    values = np.exp(panels.nodes)
    return MixedArms(panels, tuple(whole), values, values, weights)


def _density_of_sum(at: Floats, errors: Floats, a: float, b: float) -> Floats:
    """Return the density of log Beta(a, b) plus a normal error: the trapezoid rule on the logit, exact to 1e-8."""
    from scipy.special import log_expit, polygamma, psi

    middle, sd = float(psi(a) - psi(b)), float(np.sqrt(polygamma(1, a) + polygamma(1, b)))
    n = int(np.ceil(17 * sd / min(sd / 2, float(errors.min())))) + 1
    logit = middle + np.linspace(-8.5 * sd, 8.5 * sd, n)
    log_chance = log_expit(logit)
    log_mass = a * log_chance + b * log_expit(-logit)
    mass = np.exp(log_mass - log_mass.max())
    density: Floats = np.zeros_like(at)
    kept = mass > 1e-14
    for chance, share in zip(log_chance[kept], mass[kept] / mass.sum(), strict=True):
        density += share * np.exp(-0.5 * ((at - chance) / errors[:, None, None]) ** 2)
    return np.asarray(density / (errors[:, None, None] * np.sqrt(2 * np.pi)))
