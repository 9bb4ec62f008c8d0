"""Which level of a measure gives a wanted chance of the goal; and which small moves of several together do.

The goal is reached with chance p where its (1 - p) quantile meets the target, and that quantile moves smoothly when a
level does: so the level is a root, found by Brent's method in some ten evaluations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize

from saleslab.kpi.metrics.declaring import Direction
from saleslab.kpi.targets.model import Floats, TreeModel

_PRECISION = 1e-4
_NUDGE = 0.02
_NOTICEABLE = 0.002  # share of a reach below which a move is not worth telling


@dataclass(frozen=True, slots=True)
class Aim:
    """What the root of a model must reach.

    Attributes
    ----------
    level
        The target.
    direction
        ``up`` where at least that much counts, ``down`` where at most.
    """

    level: float
    direction: Direction = "up"

    def chance(self, totals: Floats) -> float:
        """Return how often draws reach it."""
        reached = totals >= self.level if self.direction == "up" else totals <= self.level
        return float(np.mean(reached))

    def surplus(self, totals: Floats, wanted: float) -> float:
        """Return by which share of the target the draws overshoot it at a wanted chance; 0 where they just reach it."""
        place = 1 - wanted if self.direction == "up" else wanted
        gap = float(np.quantile(totals, place)) - self.level
        return (gap if self.direction == "up" else -gap) / (abs(self.level) or 1.0)


@dataclass(frozen=True, slots=True)
class RequiredLevel:
    """The level of one leaf that gives the wanted chance.

    Attributes
    ----------
    name
        Of the leaf.
    now
        Its level.
    required
        The level to be reached, everything else as it is; None where no level within its bounds does.
    chance
        Of the goal at that level; where none suffices, the best chance that its bounds allow.
    bound
        The level at which that best chance is reached; None where the wanted chance can be reached.
    """

    name: str
    now: float
    required: float | None
    chance: float
    bound: float | None

    @property
    def is_feasible(self) -> bool:
        """Whether a level within the bounds suffices."""
        return self.required is not None


@dataclass(frozen=True, slots=True)
class Bundle:
    """Moves of several leaves that together give the wanted chance at the least cost or effort.

    Attributes
    ----------
    levels
        Of the leaves that move.
    chance
        Of the goal with them.
    cost
        Of all moves, where every one of them has a cost; else None.
    is_feasible
        Whether the wanted chance can be reached within all bounds.
    """

    levels: Mapping[str, float]
    chance: float
    cost: float | None
    is_feasible: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one leaf can be moved, and what a unit of it costs.

    Attributes
    ----------
    name, now
        Of the leaf, and its level.
    low, high
        Bounds of its level.
    cost
        Of one unit; None where nobody said.
    """

    name: str
    now: float
    low: float
    high: float
    cost: float | None = None


def find_level(model: TreeModel, aim: Aim, reach: Reach, *, wanted: float) -> RequiredLevel:
    """Return the level of one leaf that gives a wanted chance, everything else as it is.

    Parameters
    ----------
    model
        What the goal is made of.
    aim
        What it must reach.
    reach
        The leaf and its bounds.
    wanted
        Chance, between 0 and 1.
    """

    def look(level: float) -> float:
        return aim.surplus(model.draw_root({reach.name: level}), wanted)

    better = reach.high if _rises(look, reach) else reach.low
    worse = reach.low if better == reach.high else reach.high
    if look(better) < 0:
        best = aim.chance(model.draw_root({reach.name: better}))
        return RequiredLevel(reach.name, reach.now, None, best, better)
    if look(worse) >= 0:
        level = worse
    else:
        level = float(brentq(look, worse, better, xtol=_PRECISION * abs(better - worse), rtol=1e-6))
        level += np.sign(better - worse) * _PRECISION * abs(better - worse)  # on the side that reaches it
    chance = aim.chance(model.draw_root({reach.name: level}))
    return RequiredLevel(reach.name, reach.now, level, chance, None)


def find_bundle(model: TreeModel, aim: Aim, reaches: Sequence[Reach], *, wanted: float) -> Bundle:
    """Return the moves of several leaves that give a wanted chance at the least cost.

    Where a leaf has no cost, effort is what counts instead: the squared share of its reach that each leaf moves,
    summed, so that many small moves are preferred to one that nobody has ever managed.
    """
    useful = [(reach, _better_end(model, aim, reach, wanted)) for reach in reaches]
    priced = all(reach.cost is not None for reach, _ in useful)
    spans = np.array([end - reach.now for reach, end in useful])
    costs = np.array([abs(span) * (reach.cost or 0.0) for span, (reach, _) in zip(spans, useful, strict=True)])

    def levels_at(shares: Floats) -> dict[str, float]:
        moves = zip(useful, shares, spans, strict=True)
        return {reach.name: float(reach.now + share * span) for (reach, _), share, span in moves if share > 0}

    def look(shares: Floats) -> float:
        return aim.surplus(model.draw_root(levels_at(shares)), wanted)

    shares = _search(look, costs / costs.max() if priced and costs.any() else None, len(useful))
    moved = levels_at(np.ones(len(useful)) if shares is None else shares)
    chance = aim.chance(model.draw_root(moved))
    cost = None
    if priced:
        cost = float(sum(abs(moved[one.name] - one.now) * (one.cost or 0.0) for one in reaches if one.name in moved))
    return Bundle(moved, chance, cost, shares is not None)


def _rises(look: Callable[[float], float], reach: Reach) -> bool:
    """Whether the goal is helped by more of a leaf."""
    step = _NUDGE * (reach.high - reach.low)
    low, high = max(reach.low, reach.now - step), min(reach.high, reach.now + step)
    return look(high) >= look(low)


def _better_end(model: TreeModel, aim: Aim, reach: Reach, wanted: float) -> float:
    def look(level: float) -> float:
        return aim.surplus(model.draw_root({reach.name: level}), wanted)

    return reach.high if _rises(look, reach) else reach.low


def _search(look: Callable[[Floats], float], costs: Floats | None, n: int) -> Floats | None:
    """Shares of each reach to move by, or None where even all of them do not suffice."""
    if n == 0 or look(np.ones(n)) < 0:
        return None
    if look(np.zeros(n)) >= 0:
        return np.zeros(n)
    along = float(brentq(lambda share: look(np.full(n, share)), 0.0, 1.0, xtol=1e-3))
    found = minimize(
        (lambda x: float(costs @ x)) if costs is not None else (lambda x: float(x @ x)),
        np.full(n, along),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * n,
        constraints=[{"type": "ineq", "fun": look}],
        options={"maxiter": 15, "ftol": 1e-4, "eps": 3e-3},
    )
    shares = np.clip(found.x, 0.0, 1.0)
    if not np.isfinite(shares).all():
        return np.full(n, along)
    kept = np.where(shares > _NOTICEABLE, shares, 0.0)
    return _lift(look, kept)


def _lift(look: Callable[[Floats], float], shares: Floats) -> Floats:
    """Move a solution that falls just short the rest of the way: what moves already, else everything."""
    if look(shares) >= 0:
        return shares
    moving = np.where(shares > 0, 1.0, 0.0)
    ends = np.where(look(np.maximum(shares, moving)) >= 0, np.maximum(shares, moving), 1.0)
    rest = float(brentq(lambda share: look(shares + share * (ends - shares)), 0.0, 1.0, xtol=1e-4)) + 1e-3
    return np.asarray(shares + min(rest, 1.0) * (ends - shares))
