"""Money and hours: which split of a budget over levers brings the most, and is there time for what it asks?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.targets.model import Floats
from saleslab.kpi.targets.required import Reach
from saleslab.kpi.targets.study import TargetStudy

_ROUGH_STEPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class BudgetSplit:
    """A budget spread over the measures that have a price.

    Attributes
    ----------
    spends
        One row a measure: ``node, spend, now, level``.
    chance_before, chance
        Of the goal without and with it.
    gain
        What the goal's expectation rises by.
    unspent
        What no measure can use within its bounds.
    """

    spends: pd.DataFrame
    chance_before: float
    chance: float
    gain: float
    unspent: float


@dataclass(frozen=True, slots=True)
class Workload:
    """Hours that levels ask for against hours that are there.

    Attributes
    ----------
    needed, available
        Hours of the period.
    shortfall
        What is missing; 0 where it is enough.
    """

    needed: float
    available: float
    shortfall: float


def split_budget(study: TargetStudy, *, budget: float) -> BudgetSplit:
    """Return how to spread a budget over levers so that the goal's expectation rises most.

    The expectation is raised, not the chance: it is smooth, it does not hang on where the target happens to lie, and
    what it brings is money. The chance that comes with it is told beside.

    Parameters
    ----------
    study
        From `study_target`; its tree gives the cost of a unit of each measure (``lever.cost_per_point``).
    budget
        Money.

    Raises
    ------
    NotEnoughData
        If no measure of the goal has a cost.
    BadArgument
        If the budget is negative or no number.
    """
    if not (np.isfinite(budget) and budget >= 0):
        raise BadArgument(f"budget is {budget}.", "give an amount of 0 or more.")
    priced = [reach for reach in study.reaches if reach.cost]
    if not priced:
        raise NotEnoughData(
            f"No measure that {study.goal} is made of has a cost.",
            "say in the tree what a point costs: 'lever: {cost_per_point: ...}'.",
        )
    ends = [_better_end(study, reach) for reach in priced]
    most = np.array([abs(end - one.now) * (one.cost or 0.0) for one, end in zip(priced, ends, strict=True)])
    spends = _search(study, priced, ends, most, min(budget, float(most.sum())))
    levels = _levels(priced, ends, most, spends)
    before, after = study.draw_goal(), study.draw_goal(levels)
    rows = [
        (one.name, float(spend), one.now, levels.get(one.name, one.now))
        for one, spend in zip(priced, spends, strict=True)
    ]
    return BudgetSplit(
        spends=pd.DataFrame(rows, columns=["node", "spend", "now", "level"]),
        chance_before=study.chance,
        chance=study.aim.chance(after),
        gain=float(after.mean() - before.mean()),
        unspent=max(0.0, budget - float(spends.sum())),
    )


def check_workload(levels: Mapping[str, float], hours: Mapping[str, float], *, available: float) -> Workload:
    """Return whether there are hours enough for what measures are to reach.

    Parameters
    ----------
    levels
        What each measure is to reach in the period: calls, visits, meetings.
    hours
        That one unit of each takes; measures without take none.
    available
        Hours that people have in the period.

    Examples
    --------
    >>> check_workload({"n_calls": 6000, "n_visits": 200}, {"n_calls": 0.1, "n_visits": 3.0}, available=1000)
    Workload(needed=1200.0, available=1000.0, shortfall=200.0)
    """
    needed = float(sum(level * hours.get(name, 0.0) for name, level in levels.items()))
    return Workload(needed, float(available), max(0.0, needed - available))


def _better_end(study: TargetStudy, reach: Reach) -> float:
    means = {end: study.draw_goal({reach.name: end}).mean() for end in (reach.low, reach.high)}
    wanted = max if study.aim.direction == "up" else min
    return wanted(means, key=lambda end: means[end])


def _levels(reaches: list[Reach], ends: list[float], most: Floats, spends: Floats) -> dict[str, float]:
    parts = zip(reaches, ends, most, spends, strict=True)
    return {
        one.name: float(one.now + (end - one.now) * spend / whole)
        for one, end, whole, spend in parts
        if whole > 0 and spend > 0
    }


def _search(study: TargetStudy, reaches: list[Reach], ends: list[float], most: Floats, budget: float) -> Floats:
    """The best spends: from the best corner or even split, improved by a gradient search on the budget's plane."""
    if budget <= 0:
        return np.zeros(len(reaches))
    sign = 1.0 if study.aim.direction == "up" else -1.0
    base = float(study.draw_goal({one.name: one.now for one in reaches}).mean())

    def worth(shares: Floats) -> float:
        levels = {one.name: one.now for one in reaches} | _levels(reaches, ends, most, shares * budget)
        return sign * (float(study.draw_goal(levels).mean()) / (abs(base) or 1.0) - sign)

    starts = [_fill(np.eye(len(reaches))[at], most / budget) for at in range(len(reaches))]
    starts.append(_fill(most / most.sum(), most / budget))
    start = max(starts, key=worth)
    found = minimize(
        lambda shares: -worth(shares),
        start,
        method="SLSQP",
        bounds=[(0.0, min(1.0, float(cap))) for cap in most / budget],
        constraints=[{"type": "eq", "fun": lambda shares: float(shares.sum()) - 1.0}],
        options={"maxiter": 30, "ftol": 1e-7, "eps": 1e-3},
    )
    shares = _fill(np.clip(found.x, 0.0, None), most / budget)
    best = max((start, shares), key=worth)
    return np.asarray(best * budget)


def _fill(wish: Floats, caps: Floats) -> Floats:
    """Shares that add up to 1 as wished; what is above a cap goes to those that have room."""
    shares = np.minimum(wish / wish.sum(), caps)
    for _ in range(_ROUGH_STEPS):
        rest = 1.0 - shares.sum()
        room = caps - shares
        if rest <= 1e-12 or room.sum() <= 0:
            break
        shares = shares + rest * room / max(room.sum(), rest)
    return np.asarray(shares)
