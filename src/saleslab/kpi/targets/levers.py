"""Which measure is worth moving? Four lenses, because each alone misleads.

In a product a tenth more of anything is worth the same, so elasticity ranks nothing. What differs is how far a measure
can be moved at all (headroom), what that costs, and how much of the doubt about the goal hangs on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.beliefs.belief import Belief
from saleslab.kpi.targets.cases import Case
from saleslab.kpi.targets.model import Drawn, TreeModel
from saleslab.kpi.targets.required import Aim, Reach
from saleslab.kpi.trees.nodes import Node

Lens = Literal["headroom", "cost", "uncertainty", "elasticity"]

LENSES: Mapping[Lens, str] = {
    "headroom": "gain_headroom",
    "cost": "gain_per_cost",
    "uncertainty": "share_of_doubt",
    "elasticity": "gain_elasticity",
}
"""The column that each lens sorts by."""

TENTH = 0.1
_HIGHEST_RATE, _FURTHEST = 0.999, 3.0
_BEST_QUARTER = 0.75
_COLUMNS = (
    "node", "now", "headroom", "chance_headroom", "gain_headroom", "gain_elasticity", "cost", "gain_per_cost",
    "share_of_doubt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lever:
    """One measure that the goal is made of.

    Attributes
    ----------
    name, now
        The measure and its level.
    headroom
        The level to which it can be moved: what the tree says, or the better quartile of its own quarters.
    chance_headroom, gain_headroom
        Chance of the goal there, and how much that is more.
    gain_elasticity
        How much a tenth more (less, where less helps) adds to the chance.
    cost
        Of moving it to its headroom; None where nobody said.
    gain_per_cost
        Chance gained for one unit of money; None without cost.
    share_of_doubt
        Part of the landing's variance that goes with what this measure's months will be, 0 to 1.
    """

    name: str
    now: float
    headroom: float
    chance_headroom: float
    gain_headroom: float
    gain_elasticity: float
    cost: float | None
    gain_per_cost: float | None
    share_of_doubt: float


def lay_reaches(case: Case, model: TreeModel) -> tuple[Reach, ...]:
    """Return how far each measure can be moved: between its bounds, or up to three times where the tree has none."""
    reaches = []
    for name, outlook in model.outlooks.items():
        node, now = case.tree.nodes[name], outlook.level
        low, high = node.bounds or _wide(case, name, now)
        cost = node.lever.cost if node.lever else None
        unit = 0.01 if case.facts[name].unit == "rate" else 1.0
        reaches.append(Reach(name, now, min(low, now), max(high, now), None if cost is None else cost / unit))
    return tuple(reaches)


def find_levers(case: Case, model: TreeModel, aim: Aim, drawn: Drawn, reaches: Sequence[Reach]) -> tuple[Lever, ...]:
    """Return what moving each measure is worth."""
    totals = drawn.totals[model.root]
    base = aim.chance(totals)

    def chance_at(name: str, level: float) -> float:
        return aim.chance(model.draw_root({name: level}))

    levers = []
    for reach in reaches:
        still = chance_at(reach.name, reach.now)
        tenth = max(
            (min(max(reach.now * factor, reach.low), reach.high) for factor in (1 - TENTH, 1 + TENTH)),
            key=lambda level: chance_at(reach.name, level),
        )
        headroom = _find_headroom(case, reach, helps_up=tenth >= reach.now)
        gain = chance_at(reach.name, headroom) - still
        cost = None if reach.cost is None else abs(headroom - reach.now) * reach.cost
        levers.append(
            Lever(
                name=reach.name,
                now=reach.now,
                headroom=headroom,
                chance_headroom=min(1.0, max(0.0, base + gain)),
                gain_headroom=gain,
                gain_elasticity=chance_at(reach.name, tenth) - still,
                cost=cost,
                gain_per_cost=gain / cost if cost else None,
                share_of_doubt=_share_of_doubt(model, drawn, reach.name),
            )
        )
    return tuple(levers)


def tabulate_levers(levers: Sequence[Lever]) -> pd.DataFrame:
    """Return one row a measure, the largest gain at its headroom first."""
    rows = [
        (
            one.name, one.now, one.headroom, one.chance_headroom, one.gain_headroom, one.gain_elasticity, one.cost,
            one.gain_per_cost, one.share_of_doubt,
        )
        for one in levers
    ]  # fmt: skip
    return rank_levers(pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object))


def rank_levers(levers: pd.DataFrame, *, by: Lens = "headroom") -> pd.DataFrame:
    """Return levers sorted through one lens, the best first; those that the lens cannot judge come last.

    Parameters
    ----------
    levers
        ``TargetStudy.levers``.
    by
        ``headroom``: chance gained by moving it as far as it can be moved. ``cost``: chance gained for the money that
        takes. ``uncertainty``: part of the doubt about the goal that hangs on it: what to find out first.
        ``elasticity``: chance gained by a tenth more of it.
    """
    if by not in LENSES:
        raise BadArgument(f"by is {by!r}.", f"use one of: {', '.join(LENSES)}.")
    keys = pd.to_numeric(levers[LENSES[by]], errors="coerce")
    order = keys.sort_values(ascending=False, kind="stable", na_position="last").index
    return levers.loc[order].reset_index(drop=True)


def _wide(case: Case, name: str, now: float) -> tuple[float, float]:
    return (0.0, _HIGHEST_RATE) if case.facts[name].family == "rate" else (0.0, _FURTHEST * now)


def _find_headroom(case: Case, reach: Reach, *, helps_up: bool) -> float:
    node: Node = case.tree.nodes[reach.name]
    if node.lever is not None and not isinstance(node.lever.headroom, str):
        level = float(node.lever.headroom)
    else:
        level = best_quarter(case.beliefs.known[reach.name], up=helps_up, seed=case.seed)
    return min(max(level, reach.low), reach.high)


def best_quarter(belief: Belief, *, up: bool, seed: int) -> float:
    """Return the level of the better quartile of a measure's own quarters, luck and season taken out.

    Quarters are those that its months, spread as they are around a known level, would make: the shrunken form of "as
    good as our best quarter of the year".
    """
    now = belief.level
    quarters = belief.draw(months=3, seed=seed, level=now).mean(axis=1)
    share = float(np.quantile(quarters, _BEST_QUARTER if up else 1 - _BEST_QUARTER) / np.median(quarters))
    return now * (max(share, 1.0) if up else min(share, 1.0))


def _share_of_doubt(model: TreeModel, drawn: Drawn, name: str) -> float:
    months = model.pick(drawn.months.expected[name].mean(axis=1))
    totals = drawn.totals[model.root]
    if months.std() == 0 or totals.std() == 0:
        return 0.0
    return float(np.corrcoef(months, totals)[0, 1] ** 2)
