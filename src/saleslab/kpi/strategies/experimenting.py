"""What is a test worth before it is run? The loop from a measure over an experiment back to the measure.

A change may help or harm. Without a test one adopts it where its expected effect is worth its cost. A test of some
size would change that decision now and then, and each time it does something is gained: that expectation is the
expected value of sample information (Raiffa & Schlaifer 1961, chapter 4). It is zero where nothing could change the
decision, and never more than certainty would be worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.targets.study import TargetStudy

_STEP = 0.05
_SIZES = 40
_SMALLEST = 10
_COLUMNS = (
    "candidate", "node", "n_per_arm", "value_of_test", "cost_of_test", "net_value", "value_of_certainty", "adopt_now",
    "chance_helps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExperimentCandidate:
    """A change that could be tested.

    Attributes
    ----------
    name, node
        Of the change, and the measure that it is to move.
    lift, lift_sd
        What is believed of its relative effect before the test: expectation and standard deviation.
    adoption_cost
        Of the change over the horizon, in the unit of the goal.
    unit_cost, fixed_cost
        Of each unit in the test (both arms), and of the test as such.
    most_units
        Units an arm that can be had in time.
    spread
        Of a single unit: coefficient of variation of a mean; shares know their own.
    """

    name: str
    node: str
    lift: float
    lift_sd: float
    most_units: int
    adoption_cost: float = 0.0
    unit_cost: float = 0.0
    fixed_cost: float = 0.0
    spread: float = 1.0


def next_experiment(
    study: TargetStudy, candidates: Sequence[ExperimentCandidate], *, horizon: float = 1.0
) -> pd.DataFrame:
    """Return which test, at which size, would raise the expected result most, in the unit of the goal.

    Parameters
    ----------
    study
        From `study_target`: it knows what a lift of each measure is worth.
    candidates
        Changes that could be tested.
    horizon
        Over how many periods like the one ahead the change would work.

    Returns
    -------
    pandas.DataFrame
        One row a candidate, the most valuable test first: ``candidate, node, n_per_arm`` (its best size; 0 where no
        size is worth its cost), ``value_of_test`` (expected gain from deciding with it), ``cost_of_test``,
        ``net_value``, ``value_of_certainty`` (the most that any test could be worth), ``adopt_now`` (what one would
        do without), ``chance_helps`` (that the change is worth its cost).

    Raises
    ------
    NotEnoughData
        If there is no candidate.
    BadArgument
        If a candidate moves a measure that the goal is not made of, has no doubt, or no units.
    """
    if not candidates:
        raise NotEnoughData("There is no candidate for a test.", "name at least one change and what it is to move.")
    rows = [_judge(study, one, horizon) for one in candidates]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    order = frame["net_value"].astype(float).sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def value_of_sample(mean: float, sd: float, noise: float) -> float:
    """Return the expected value of a noisy look at a normal quantity, for a decision between it and nothing.

    Parameters
    ----------
    mean, sd
        What is believed of the quantity: the worth of adopting.
    noise
        Standard deviation of the estimate that the look will give; 0 for certainty.

    Notes
    -----
    The posterior mean will be normal around ``mean`` with standard deviation ``s = sd^2 / sqrt(sd^2 + noise^2)``, and
    ``E max(0, m) - max(0, mean) = s phi(z) - |mean| Phi(-z)`` with ``z = |mean| / s``.

    Examples
    --------
    >>> round(value_of_sample(0.0, 1.0, 0.0), 4), round(value_of_sample(5.0, 1.0, 0.5), 4)
    (0.3989, 0.0)
    """
    if sd <= 0:
        return 0.0
    will = sd**2 / np.hypot(sd, noise)
    z = abs(mean) / will
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return float(max(0.0, will * density - abs(mean) * ndtr(-z)))


def _judge(study: TargetStudy, one: ExperimentCandidate, horizon: float) -> dict[str, object]:
    _check(study, one)
    slope = _worth_of_lift(study, one.node) * horizon
    mean, sd = slope * one.lift - one.adoption_cost, abs(slope) * one.lift_sd
    sizes = np.unique(np.geomspace(_SMALLEST, max(one.most_units, _SMALLEST), _SIZES).astype(int))
    sizes = sizes[sizes <= one.most_units]
    values = [value_of_sample(mean, sd, abs(slope) * _noise(study, one, int(n))) for n in sizes]
    costs = [one.fixed_cost + 2 * int(n) * one.unit_cost for n in sizes]
    nets = np.array(values) - np.array(costs)
    best = int(nets.argmax())
    is_worth = bool(nets[best] > 0)
    return {
        "candidate": one.name,
        "node": one.node,
        "n_per_arm": int(sizes[best]) if is_worth else 0,
        "value_of_test": values[best] if is_worth else 0.0,
        "cost_of_test": costs[best] if is_worth else 0.0,
        "net_value": float(nets[best]) if is_worth else 0.0,
        "value_of_certainty": value_of_sample(mean, sd, 0.0),
        "adopt_now": mean > 0,
        "chance_helps": float(ndtr(mean / sd)),
    }


def _check(study: TargetStudy, one: ExperimentCandidate) -> None:
    known: dict[str, Literal[True]] = {reach.name: True for reach in study.reaches}
    if one.node not in known:
        raise BadArgument(
            f"The candidate {one.name} moves {one.node}, which the goal is not made of.",
            f"test something that moves {', '.join(sorted(known))}.",
        )
    if not one.lift_sd > 0 or one.most_units < _SMALLEST:
        raise BadArgument(
            f"The candidate {one.name} has a lift_sd of {one.lift_sd} and {one.most_units} units.",
            f"give a doubt above 0, and at least {_SMALLEST} units an arm.",
        )


def _worth_of_lift(study: TargetStudy, node: str) -> float:
    """What the goal gains in expectation for a lift of 1, read off a small one both ways."""
    n = study.model.n_draws
    up, down = (study.draw_goal(factors={node: np.full(n, 1 + step)}).mean() for step in (_STEP, -_STEP))
    sign = 1.0 if study.aim.direction == "up" else -1.0
    return sign * float(up - down) / (2 * _STEP)


def _noise(study: TargetStudy, one: ExperimentCandidate, n: int) -> float:
    """Standard error of a relative lift between two arms of n units."""
    if study.facts[one.node].family == "rate":
        rate = next(reach.now for reach in study.reaches if reach.name == one.node)
        return float(np.sqrt(2 * (1 - rate) / (rate * n)))
    return float(np.sqrt(2 / n) * one.spread)
