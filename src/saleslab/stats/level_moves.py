"""Did a level really move between two stretches, or could that be noise?

Periods of one stretch have levels of their own around that of the stretch, so that two stretches differ even where
nothing happened. How far periods wander is not known: it is summed over a grid (half-normal before the data), as is the
level. Two stories are weighed: one level throughout, or a second one that lies off by a normal step. Both have half of
the chance before the data are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, gammaln, xlogy

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval

Floats = npt.NDArray[np.float64]
Kind = Literal["share", "count", "mean"]
Stretch = tuple[npt.ArrayLike, npt.ArrayLike]

USUAL_STEP = 0.3
"""Standard deviation of a real step, on the scale of logits or logarithms: one in three is larger than 35 %."""

_WANDERING = {"share": 0.25, "count": 0.25, "mean": 0.5}
"""Standard deviation of the half-normal prior of how far periods wander."""

_N_WIDE, _N_FINE, _N_SPREADS = 161, 201, 12
_NEGLIGIBLE = 16.0


@dataclass(frozen=True, slots=True)
class LevelMove:
    """Two levels, and whether they are two.

    Attributes
    ----------
    chance_moved
        That the underlying level is another one.
    chance_up
        That it is higher, given that it moved.
    before, after
        The level of either stretch, if it moved.
    change
        Difference of shares, or ratio of counts and means, if it moved.
    wandering
        Standard deviation of single periods around their level, on the scale of logits or logarithms.
    """

    chance_moved: float
    chance_up: float
    before: Interval
    after: Interval
    change: Interval
    wandering: float


def judge_move(
    kind: Kind,
    before: Stretch,
    after: Stretch,
    *,
    earlier: Stretch | None = None,
    mass: float = 0.9,
    usual_step: float = USUAL_STEP,
) -> LevelMove:
    """Return the chance that a level moved, and by how much.

    Parameters
    ----------
    kind
        ``share``: successes of trials; ``count``: counts for exposures; ``mean``: positive means, one a period.
    before, after
        ``(values, sizes)`` of the periods of either stretch: successes and trials, counts and exposures, means and
        anything.
    earlier
        Periods before both, whose own level does not matter: they say how far periods wander, if two are known.
    mass
        Of the intervals.
    usual_step
        Standard deviation of a real step before the data are seen.

    Raises
    ------
    NotEnoughData
        When a stretch has no observation.

    Examples
    --------
    >>> steady = ([24, 26, 25, 23, 27, 25], [100] * 6)
    >>> moved = judge_move("share", steady, ([12, 14, 11], [100] * 3))
    >>> round(moved.chance_moved, 2), round(moved.change.estimate, 2), round(moved.chance_up, 2)
    (0.98, -0.09, 0.0)
    >>> round(judge_move("share", steady, ([22], [100])).chance_moved, 2)
    0.43
    """
    stretches = [_tidy(kind, stretch, name) for stretch, name in ((before, "first"), (after, "second"))]
    for (values, _), name in zip(stretches, ("first", "second"), strict=True):
        if not len(values):
            raise NotEnoughData(f"The {name} stretch has no observation.", "choose periods in which it was measured.")
    spreads = np.geomspace(0.02, 4 * _WANDERING[kind], _N_SPREADS)
    prior = np.log(np.gradient(spreads)) - 0.5 * (spreads / _WANDERING[kind]) ** 2
    if earlier is not None and len((known := _tidy(kind, earlier, "earlier"))[0]) > 1:
        prior = prior + _hear(kind, known, spreads, prior)
    points = _lay_points(kind, stretches, spreads, prior)
    first, second = (_log_likelihood(kind, one, points, spreads) for one in stretches)
    peaks = first.max(axis=0), second.max(axis=0)
    top = prior + peaks[0] + peaks[1]
    scale = np.exp(top - top.max())
    first, second = np.exp(first - peaks[0]), np.exp(second - peaks[1])
    step = points[1] - points[0]
    apart = (points[None, :] - points[:, None]) / usual_step
    steps = np.exp(-0.5 * apart**2) / (usual_step * np.sqrt(2 * np.pi)) * step
    still = scale * (first * second).sum(axis=0)
    moved = scale * (first * (steps @ second)).sum(axis=0)
    joint = (first * scale) @ second.T * steps  # rows: before, columns: after
    chance = float(moved.sum() / (moved.sum() + still.sum()))
    weights = (still + moved) / (still + moved).sum()
    higher = (np.triu(joint, 1).sum() + np.trace(joint) / 2) / joint.sum()
    return LevelMove(
        chance, float(higher), *_measure(kind, points, joint, mass), float(weights @ spreads)
    )  # fmt: skip


def _hear(kind: Kind, stretch: tuple[Floats, Floats], spreads: Floats, prior: Floats) -> Floats:
    """Return the log likelihood of each spread, whatever the level of the stretch."""
    points = _lay_points(kind, [stretch], spreads, prior)
    logs = _log_likelihood(kind, stretch, points, spreads)
    return np.asarray(np.log(np.exp(logs - logs.max(axis=0)).sum(axis=0)) + logs.max(axis=0) - logs.max())


def _tidy(kind: Kind, stretch: Stretch, name: str) -> tuple[Floats, Floats]:
    values, sizes = (np.asarray(one, dtype=np.float64) for one in stretch)
    known = np.isfinite(values) & np.isfinite(sizes) & (sizes > 0)
    values, sizes = values[known], sizes[known]
    if (values < 0).any() or (kind == "share" and (values > sizes).any()) or (kind == "mean" and (values <= 0).any()):
        raise BadArgument(
            f"The {name} stretch holds values that no {kind} can have.",
            "give successes of trials, counts that are not negative, or positive means.",
        )
    return values, sizes


def _lay_points(kind: Kind, stretches: list[tuple[Floats, Floats]], spreads: Floats, prior: Floats) -> Floats:
    """Return levels between which both stretches may lie: a wide grid first, then a fine one where it matters."""
    centres, doubts = zip(*(_guess(kind, *one) for one in stretches), strict=True)
    reach = [6 * doubt + 6 * spreads[-1] / np.sqrt(len(one[0])) for doubt, one in zip(doubts, stretches, strict=True)]
    low = min(centre - far for centre, far in zip(centres, reach, strict=True))
    high = max(centre + far for centre, far in zip(centres, reach, strict=True))
    wide = np.linspace(low, high, _N_WIDE)
    matters = np.zeros(_N_WIDE, dtype=bool)
    for one in stretches:
        logs = _log_likelihood(kind, one, wide, spreads) + prior
        matters |= (logs > logs.max() - _NEGLIGIBLE).any(axis=1)
    inside, step = wide[matters], wide[1] - wide[0]
    return np.linspace(inside[0] - step, inside[-1] + step, _N_FINE)


def _guess(kind: Kind, values: Floats, sizes: Floats) -> tuple[float, float]:
    """Return about where a level lies, and how well it is known."""
    if kind == "share":
        yes, no = values.sum() + 0.5, (sizes - values).sum() + 0.5
        return float(np.log(yes / no)), float(np.sqrt(1 / yes + 1 / no))
    if kind == "count":
        total = values.sum() + 0.5
        return float(np.log(total / sizes.sum())), float(1 / np.sqrt(total))
    return float(np.log(values).mean()), float(np.log(values).std() / np.sqrt(len(values)))


def _log_likelihood(kind: Kind, stretch: tuple[Floats, Floats], points: Floats, spreads: Floats) -> Floats:
    """Return the log likelihood of a stretch, shape (levels, spreads)."""
    value, size = (one[:, None, None] for one in stretch)
    at, spread = points[None, :, None], spreads[None, None, :]
    if kind == "mean":
        return np.asarray((-0.5 * ((np.log(value) - at) / spread) ** 2 - np.log(spread)).sum(axis=0))
    if kind == "count":
        shape, mean = 1 / np.expm1(spread**2), size * np.exp(at)
        logs = gammaln(value + shape) - gammaln(shape) + xlogy(shape, shape / (shape + mean))
        return np.asarray((logs + xlogy(value, mean / (shape + mean))).sum(axis=0))
    p = expit(at)
    likeness = np.clip(p * (1 - p) * spread**2, 1e-9, 0.5)
    a, b = p * (1 / likeness - 1), (1 - p) * (1 / likeness - 1)
    return np.asarray((betaln(value + a, size - value + b) - betaln(a, b)).sum(axis=0))


def _measure(kind: Kind, points: Floats, joint: Floats, mass: float) -> tuple[Interval, Interval, Interval]:
    back = expit if kind == "share" else np.exp
    levels = back(points)
    apart = levels[None, :] - levels[:, None] if kind == "share" else np.exp(points[None, :] - points[:, None])
    return (
        _cut(levels, joint.sum(axis=1), mass),
        _cut(levels, joint.sum(axis=0), mass),
        _cut(apart.ravel(), joint.ravel(), mass),
    )


def _cut(values: Floats, weights: Floats, mass: float) -> Interval:
    order = np.argsort(values, kind="stable")
    summed = np.cumsum(weights[order])
    ranks = np.array([(1 - mass) / 2, 0.5, (1 + mass) / 2]) * summed[-1]
    low, middle, high = np.interp(ranks, summed, values[order])
    return Interval(float(middle), float(low), float(high), mass)
