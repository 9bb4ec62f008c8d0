"""What customers will buy: chances of counts, not only their mean, for each history and for all together.

An interval of the expected number says how well the mean is known, and holds the number that comes for one customer in
a hundred. These intervals are of the number itself. Uncertainty of the parameters is taken in by evaluating at a few
points around the estimate that have its mean and covariance, so that nothing is drawn by lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import PurchaseModel

_STEPS = 48
_MOST = 2.0**40
_MOST_COUNTED, _TINY = 400, 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class GroupForecast:
    """Forecast of each group.

    Attributes
    ----------
    mean
        Expected purchases of a customer.
    lower, upper
        Ends of the predictive interval.
    chance_alive
        That a customer has not left for good.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    chance_alive: Floats


def place_points(logs: Floats, covariance: Floats) -> list[Floats]:
    """Return parameter values, equally weighted, whose logarithms have a mean and a covariance.

    The spherical-radial rule of degree 3: two points along each axis, sqrt(p) standard deviations away.
    """
    sizes, axes = np.linalg.eigh(covariance)
    reach = np.sqrt(len(logs) * np.maximum(sizes, 0.0))
    return [np.exp(logs + sign * reach[at] * axes[:, at]) for at in range(len(logs)) for sign in (1.0, -1.0)]


def forecast_groups(
    model: PurchaseModel,
    groups: PurchaseGroups,
    points: list[Floats],
    horizon: float,
    *,
    mass: float,
    centre: Floats | None = None,
) -> GroupForecast:
    """Return what a customer of each group will buy within a horizon.

    Parameters
    ----------
    model, groups
        Which model, for whom.
    points
        Parameters, equally weighted, over which chances are averaged.
    horizon
        In the unit of the groups.
    mass
        Chance that an interval holds the number that comes, at least.
    centre
        Parameters of ``mean`` and ``chance_alive``; the average over the points when None.
    """
    at = points if centre is None else [centre]
    alive = [model.chance_alive(groups, values) for values in at]
    mean = sum(a * model.expect(groups, values, horizon) for a, values in zip(alive, at, strict=True)) / len(at)
    around = alive if centre is None else [model.chance_alive(groups, values) for values in points]
    lower, upper = (
        _find_quantile(model, groups, list(zip(points, around, strict=True)), horizon, level)
        for level in ((1 - mass) / 2, (1 + mass) / 2)
    )
    return GroupForecast(np.asarray(mean), lower, upper, np.asarray(sum(alive) / len(at)))


def weigh_counts(model: PurchaseModel, groups: PurchaseGroups, points: list[Floats], horizon: float) -> Floats:
    """Return the chance of each number of purchases, one row a group; the last column holds all that lies beyond.

    Counts go on until no group passes them with a chance of a hundred-thousandth, or up to a few hundred.
    """
    alive = [model.chance_alive(groups, values) for values in points]
    passed, still, n = [np.ones(len(groups))], np.arange(len(groups)), 1
    while len(still) and n <= _MOST_COUNTED:
        part, at = groups.take(still), np.full(len(still), float(n))
        chance = np.zeros(len(groups))
        for values, there in zip(points, alive, strict=True):
            chance[still] += there[still] * model.exceed(part, values, horizon, at) / len(points)
        passed.append(chance)
        still, n = still[chance[still] > _TINY], n + 1
    reached = np.stack(passed, axis=1)
    return np.maximum(reached - np.pad(reached[:, 1:], ((0, 0), (0, 1))), 0.0)


def measure_spread(
    model: PurchaseModel, groups: PurchaseGroups, values: Floats, horizon: float
) -> tuple[Floats, Floats]:
    """Return mean and variance of the number that a customer of each group will buy, at given parameters.

    The variance is a sum over counts; what lies beyond a few hundred is left to a geometric tail.
    """
    alive = model.chance_alive(groups, values)
    mean = alive * model.expect(groups, values, horizon)
    second, still, n = np.zeros(len(groups)), np.arange(len(groups)), 1
    before = np.ones(len(groups))
    while len(still) and n <= 400:
        chance = model.exceed(groups.take(still), values, horizon, np.full(len(still), float(n)))
        second[still] += (2 * n - 1) * chance
        is_over = chance < 1e-7
        before[still] = chance
        still, n = still[~is_over], n + 1
    if len(still):
        last = model.exceed(groups.take(still), values, horizon, np.full(len(still), float(n)))
        ratio = np.clip(last / before[still], 0, 0.9999)
        # sum over j >= n of (2 j - 1) last ratio ** (j - n)
        second[still] += last * ((2 * n - 1) / (1 - ratio) + 2 * ratio / (1 - ratio) ** 2)
    return mean, np.maximum(alive * second - mean**2, 0.0)


def score_crps(
    model: PurchaseModel,
    values: Floats,
    indexed: tuple[PurchaseGroups, npt.NDArray[np.intp]],
    *,
    horizon: float,
    actual: Floats,
) -> float:
    """Return the mean continuous ranked probability score of forecasts of counts; smaller is better.

    For a number that is certain it is the absolute error (Gneiting & Raftery 2007, "Strictly proper scoring rules,
    prediction, and estimation").
    """
    groups, of_row = indexed
    pairs, times = np.unique(np.stack([of_row.astype(np.float64), actual]), axis=1, return_counts=True)
    at, seen = pairs[0].astype(np.intp), pairs[1]
    alive = model.chance_alive(groups, values)[at]
    total, still, n = 0.0, np.arange(len(at)), 1
    while len(still) and n <= 10_000:
        chance = alive[still] * model.exceed(groups.take(at[still]), values, horizon, np.full(len(still), float(n)))
        total += float(times[still] @ ((seen[still] >= n) - chance) ** 2)
        still, n = still[(chance > 1e-4) | (seen[still] > n)], n + 1
    return total / float(times.sum())


def _find_quantile(
    model: PurchaseModel, groups: PurchaseGroups, points: Sequence[tuple[Floats, Floats]], horizon: float, level: float
) -> Floats:
    """Return the smallest count that is reached or undercut with at least a chance.

    Small counts one by one; then by doubling and halving, which costs forty steps for any count.
    """
    answer = np.zeros(len(groups))

    def exceed(places: npt.NDArray[np.intp], n: Floats) -> Floats:
        part = groups.take(places)
        chances = (alive[places] * model.exceed(part, values, horizon, n) for values, alive in points)
        return np.asarray(sum(chances) / len(points))

    # where even being alive is no likelier than the level allows, the count is 0
    still = np.flatnonzero(np.mean([alive for _, alive in points], axis=0) > 1 - level)
    for n in range(1, _STEPS + 1):
        if not len(still):
            return answer
        still = still[exceed(still, np.full(len(still), float(n))) > 1 - level]
        answer[still] = n
    low, step = np.full(len(still), float(_STEPS)), np.full(len(still), float(_STEPS))
    rising = np.arange(len(still))
    while len(rising) and step.max() < _MOST:
        above = exceed(still[rising], low[rising] + step[rising]) > 1 - level
        low[rising[above]] += step[rising[above]]
        rising = rising[above]
        step[rising] *= 2
    while len(still) and step.max() > 1:
        step = np.ceil(step / 2)
        above = exceed(still, low + step) > 1 - level
        low = np.where(above, low + step, low)
    answer[still] = low
    return answer
