"""Plans side by side: how likely each makes the goal, what it costs, how many hours it takes, how badly it can end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.strategies.lifts import draw_lift
from saleslab.kpi.targets.model import Floats
from saleslab.kpi.targets.study import TargetStudy
from saleslab.wording import Text

_COLUMNS = (
    "strategy", "chance", "chance_low", "chance_high", "mean", "bad_case", "cost", "hours", "dominated_by",
    "is_exploratory",
)  # fmt: skip
_BAD = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Strategy:
    """One plan.

    Attributes
    ----------
    name
        Its id.
    label
        What people call it.
    levels
        Measures that it is said to bring to a level.
    lifts
        By measure: what an experiment found, ``experiment_id, contrast, quantile, lift``.
    cost, hours
        Of the plan, over the period.
    is_registered
        Whether every experiment that it rests on was registered before its data; a plan that rests on others is
        exploratory, and says so.
    """

    name: str
    label: Text
    levels: Mapping[str, float] = field(default_factory=dict)
    lifts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    cost: float = 0.0
    hours: float = 0.0
    is_registered: bool = True


def compare_strategies(study: TargetStudy, strategies: Sequence[Strategy]) -> pd.DataFrame:
    """Return plans side by side, all with the same luck.

    Parameters
    ----------
    study
        From `study_target`.
    strategies
        The plans; one that changes nothing (no levels, no lifts) is a fair yardstick.

    Returns
    -------
    pandas.DataFrame
        One row a plan, the likeliest first: ``strategy, chance`` of the goal, ``chance_low, chance_high`` (what the
        draws leave open, 90 %), ``mean`` of what the period comes to, ``bad_case`` (what it stays on the wrong side
        of once in ten times), ``cost``, ``hours``, ``dominated_by`` (a plan that is nowhere worse and somewhere
        better; else None) and ``is_exploratory``.

    Raises
    ------
    BadArgument
        If two plans have one name, or a plan moves a measure that the goal is not made of.
    """
    names = [one.name for one in strategies]
    if len(set(names)) < len(names):
        raise BadArgument("Two strategies have one name.", "name each plan.")
    rows = [_judge(study, one) for one in strategies]
    better = [{"dominated_by": _find_better(study, row, rows)} for row in rows]
    told = [row | found for row, found in zip(rows, better, strict=True)]
    frame = pd.DataFrame(told, columns=list(_COLUMNS), dtype=object)
    order = frame["chance"].astype(float).sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def draw_strategy(study: TargetStudy, strategy: Strategy) -> Floats:
    """Return what the goal may come to under a plan, shape (draws,)."""
    known = {reach.name for reach in study.reaches}
    strange = sorted({*strategy.levels, *strategy.lifts} - known)
    if strange:
        raise BadArgument(
            f"The strategy {strategy.name} moves {', '.join(strange)}, which the goal is not made of.",
            f"move one of {', '.join(sorted(known))}.",
        )
    n = study.model.n_draws
    factors = {
        name: 1.0 + draw_lift(lift, n_draws=n, seed=study.seed + 1 + at)
        for at, (name, lift) in enumerate(sorted(strategy.lifts.items()))
    }
    return study.draw_goal(strategy.levels, factors=factors)


def _judge(study: TargetStudy, strategy: Strategy) -> dict[str, object]:
    draws = draw_strategy(study, strategy)
    chance = study.aim.chance(draws)
    wobble = 1.645 * float(np.sqrt(max(chance * (1 - chance), 1e-9) / len(draws)))
    place = _BAD if study.aim.direction == "up" else 1 - _BAD
    return {
        "strategy": strategy.name,
        "chance": chance,
        "chance_low": max(0.0, chance - wobble),
        "chance_high": min(1.0, chance + wobble),
        "mean": float(draws.mean()),
        "bad_case": float(np.quantile(draws, place)),
        "cost": float(strategy.cost),
        "hours": float(strategy.hours),
        "dominated_by": None,
        "is_exploratory": not strategy.is_registered,
    }


def _find_better(study: TargetStudy, row: dict[str, object], rows: list[dict[str, object]]) -> str | None:
    sign = 1.0 if study.aim.direction == "up" else -1.0

    def worth(one: dict[str, object]) -> np.ndarray:
        marks = (one["chance"], sign * _number(one["bad_case"]), -_number(one["cost"]), -_number(one["hours"]))
        return np.array([_number(mark) for mark in marks])

    own = worth(row)
    for other in rows:
        theirs = worth(other)
        if other is not row and (theirs >= own).all() and (theirs > own).any():
            return str(other["strategy"])
    return None


def _number(value: object) -> float:
    return float(str(value))
