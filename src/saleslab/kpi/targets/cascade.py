"""From the company's target to each department, team and person: who carries how much, and will it do?

A sum of quotas above the target (over-assignment) is folk wisdom: 120 % is asked so that 100 % comes. Here the chance
of the company's target is what comes of everybody's own draws, and the quotas say only how it is shared out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.tables.presence import require_columns

_COLUMNS = ["scope_id", "parent_id", "depth", "target", "coverage", "chance"]


@dataclass(frozen=True, slots=True, eq=False)
class TargetCascade:
    """Targets of every scope below one.

    Attributes
    ----------
    targets
        One row a scope, parents before children: ``scope_id, parent_id, depth, target, coverage, chance``. ``coverage``
        is the sum of the children's targets over the scope's own, None for those without children; ``chance`` is of its
        own target, None without draws.
    chance
        That the root reaches its target, from the draws of those who sell; None without draws.
    chance_all
        That every one of those who sell reaches the own target; None without draws.
    share_reaching
        Share of those who sell that is expected to reach the own target; None without draws.
    over_assignment
        What those who sell carry together, over the root's target.
    """

    targets: pd.DataFrame
    chance: float | None
    chance_all: float | None
    share_reaching: float | None
    over_assignment: float


def cascade_targets(
    members: pd.DataFrame,
    *,
    target: float,
    over_assignment: float = 1.0,
    draws: pd.DataFrame | None = None,
    rounding: float = 1.0,
) -> TargetCascade:
    """Return what each scope below one must bring, in proportion to what it carries.

    Parameters
    ----------
    members
        One row a scope: ``scope_id, parent_id, weight``. One scope has no parent. The weight of those at the bottom
        says how they share: last year's own sales (shrunk), capacity, market potential; those above need none.
    target
        Of the scope at the top, for an additive measure.
    over_assignment
        What those at the bottom carry together, over the target: 1.1 asks for a tenth more. Scopes between carry what
        their people do.
    draws
        What each of those at the bottom may bring: one column a ``scope_id``, one row a draw (forecasts, or beliefs of
        each). With them the chances are told.
    rounding
        Targets are whole multiples of it; what rounding leaves goes to the largest.

    Raises
    ------
    TableError
        If a parent is missing, scopes go in a circle, or there is not exactly one top.
    BadArgument
        If a weight is negative or all are 0, or ``draws`` lacks somebody.

    Examples
    --------
    >>> members = pd.DataFrame({"scope_id": ["all", "a", "b"], "parent_id": [None, "all", "all"], "weight": [0, 3, 1]})
    >>> cascade_targets(members, target=400).targets[["scope_id", "target", "coverage"]].values.tolist()
    [['all', 400.0, 1.0], ['a', 300.0, None], ['b', 100.0, None]]
    """
    require_columns(members, "scope_id", "parent_id", "weight", of="members")
    order = _order(members)
    children = {name: [one for one in order if order[one] == name] for name in order}
    bottom = [name for name in order if not children[name]]
    weights = _read_weights(members, bottom)
    shares = _round_shares(weights, target * over_assignment, rounding)
    targets = _sum_up(order, children, shares, target)
    chances, reached = _judge(draws, bottom, children, targets)
    frame = pd.DataFrame(
        [
            {
                "scope_id": name,
                "parent_id": order[name],
                "depth": _depth(name, order),
                "target": targets[name],
                "coverage": sum(targets[one] for one in children[name]) / targets[name] if children[name] else None,
                "chance": chances.get(name),
            }
            for name in order
        ],
        columns=_COLUMNS,
        dtype=object,
    ).astype({"depth": int, "target": float})
    top = next(iter(order))
    return TargetCascade(
        targets=frame,
        chance=chances.get(top),
        chance_all=None if reached is None else float(reached.all(axis=1).mean()),
        share_reaching=None if reached is None else float(reached.mean()),
        over_assignment=sum(shares.values()) / target,
    )


def check_cascade(targets: pd.DataFrame) -> pd.DataFrame:
    """Return how much of each scope's target its children carry.

    Parameters
    ----------
    targets
        Recorded targets of one additive measure and period: ``scope_id, parent_id, target``.

    Returns
    -------
    pandas.DataFrame
        One row a scope that has children with targets: ``scope_id, target, n_children, children_target, coverage``; a
        coverage of 1.2 says that 20 % more was handed out than is to be reached.
    """
    require_columns(targets, "scope_id", "parent_id", "target", of="targets")
    below = targets.dropna(subset=["parent_id"]).groupby("parent_id")["target"].agg(["size", "sum"])
    own = targets.set_index("scope_id")["target"].astype(float)
    known = below.index.intersection(own.index)
    return pd.DataFrame(
        {
            "scope_id": known,
            "target": own.loc[known].to_numpy(),
            "n_children": below.loc[known, "size"].to_numpy(),
            "children_target": below.loc[known, "sum"].astype(float).to_numpy(),
            "coverage": below.loc[known, "sum"].astype(float).to_numpy() / own.loc[known].to_numpy(),
        }
    )


def _order(members: pd.DataFrame) -> dict[str, str | None]:
    """Parent of every scope, each scope after its parent."""
    parents = {
        str(name): None if pd.isna(parent) else str(parent)
        for name, parent in zip(members["scope_id"], members["parent_id"], strict=True)
    }
    if len(parents) < len(members):
        raise TableError("members names a scope twice in 'scope_id'.", "give one row a scope.")
    tops = [name for name, parent in parents.items() if parent is None]
    lost = sorted(name for name, parent in parents.items() if parent is not None and parent not in parents)
    if len(tops) != 1 or lost:
        raise TableError(
            f"members has {len(tops)} scopes without a parent, and {len(lost)} whose 'parent_id' is not there.",
            "give one scope at the top, and a row for every parent.",
        )
    ordered: dict[str, str | None] = {tops[0]: None}
    waiting = [tops[0]]
    while waiting:
        above = waiting.pop(0)
        below = [name for name, parent in parents.items() if parent == above]
        ordered |= dict.fromkeys(below, above)
        waiting += below
    if len(ordered) < len(parents):
        raise TableError(f"{len(parents) - len(ordered)} scopes of members go in a circle.", "correct 'parent_id'.")
    return ordered


def _read_weights(members: pd.DataFrame, bottom: list[str]) -> dict[str, float]:
    given = dict(zip(members["scope_id"].astype(str), members["weight"].astype(float), strict=True))
    weights = {name: given[name] for name in bottom}
    strange = sum(not weight >= 0 for weight in weights.values())
    whole = sum(weights.values())
    if strange or not whole > 0:
        raise BadArgument(
            f"members.weight: {strange} of {len(weights)} are negative or missing; their sum is {whole:g}.",
            "give those at the bottom weights of 0 or more, one of them above 0.",
        )
    return weights


def _round_shares(weights: Mapping[str, float], total: float, rounding: float) -> dict[str, float]:
    whole = sum(weights.values())
    unit = Decimal(str(rounding))
    steps = {
        name: int((Decimal(str(total * weight / whole)) / unit).to_integral_value(ROUND_HALF_UP))
        for name, weight in weights.items()
    }
    left = int((Decimal(str(total)) / unit).to_integral_value(ROUND_HALF_UP)) - sum(steps.values())
    largest = max(weights, key=lambda name: weights[name])
    steps[largest] += left
    return {name: float(unit * n) for name, n in steps.items()}


def _sum_up(
    order: Mapping[str, str | None], children: Mapping[str, list[str]], shares: Mapping[str, float], target: float
) -> dict[str, float]:
    targets = dict(shares)
    for name in reversed(list(order)):
        if children[name]:
            targets[name] = sum(targets[one] for one in children[name])
    top = next(iter(order))
    targets[top] = float(target)
    return targets


def _judge(
    draws: pd.DataFrame | None,
    bottom: list[str],
    children: Mapping[str, list[str]],
    targets: Mapping[str, float],
) -> tuple[dict[str, float], np.ndarray | None]:
    if draws is None:
        return {}, None
    if missing := [name for name in bottom if name not in draws]:
        raise BadArgument(
            f"draws has no column for {len(missing)} of {len(bottom)} scopes.", "draw for everybody at the bottom."
        )
    sums = {name: draws[name].to_numpy(dtype=float) for name in bottom}

    def total(name: str) -> np.ndarray:
        if name not in sums:
            sums[name] = np.sum([total(one) for one in children[name]], axis=0)
        return sums[name]

    chances = {name: float((total(name) >= targets[name]).mean()) for name in targets}
    return chances, np.column_stack([sums[name] >= targets[name] for name in bottom])


def _depth(name: str, order: Mapping[str, str | None]) -> int:
    above = order[name]
    return 0 if above is None else 1 + _depth(above, order)
