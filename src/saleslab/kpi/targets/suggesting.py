"""Targets that are as hard as they are meant to be: reached four times of five, every second time, once in five."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.beliefs.statuses import Difficulty, judge_difficulty
from saleslab.kpi.metrics.declaring import Direction
from saleslab.kpi.targets.model import Floats
from saleslab.wording import Count, Share, Text, say

CHANCES: Mapping[str, float] = MappingProxyType({"threshold": 0.8, "target": 0.5, "stretch": 0.2})
"""How likely each level is to be reached."""


@dataclass(frozen=True, slots=True)
class SuggestedTarget:
    """A target with the chance to reach it.

    Attributes
    ----------
    name
        ``threshold``, ``target`` or ``stretch``.
    value
        The target, in the unit of the measure, among the values that may come: whole successes and whole things.
    wanted, chance
        The chance that was asked for, and what it is: with few trials no target has exactly the chance that is wanted.
    difficulty
        How hard that is.
    n_draws
        Possible periods that stand behind it.
    """

    name: str
    value: float
    wanted: float
    chance: float
    difficulty: Difficulty
    n_draws: int

    @property
    def words(self) -> Text:
        """How hard it is, in words."""
        return say(f"kpi_beliefs.difficulty.{self.difficulty}")

    @property
    def evidence(self) -> Text:
        """What speaks for it: how many of how many possible periods reach it."""
        return say("kpi_targets.suggested_evidence", chance=Share(self.chance, 0), n=Count(self.n_draws))


def suggest_targets(
    draws: Floats, *, direction: Direction = "up", chances: Mapping[str, float] = CHANCES
) -> tuple[SuggestedTarget, ...]:
    """Return targets of what a period may come to that are reached with given chances.

    Parameters
    ----------
    draws
        What the period may come to, luck of finite numbers included, shape (draws,): from `Belief.foresee` or
        `TargetStudy.draw_goal`.
    direction
        ``up`` where more is better.
    chances
        That are wanted, by name.

    Raises
    ------
    BadArgument
        When a chance does not lie strictly between 0 and 1.
    NotEnoughData
        When there is no draw.

    Examples
    --------
    >>> [(one.name, round(one.value), one.difficulty) for one in suggest_targets(np.arange(1.0, 1000.0))]
    [('threshold', 201, 'likely'), ('target', 500, 'even'), ('stretch', 800, 'stretch')]
    >>> suggest_targets(np.array([3.0, 4.0, 4.0, 5.0, 6.0]))[0].evidence.en
    '80 % of 5 possible periods reach it.'
    """
    wrong = [chance for chance in chances.values() if not 0 < chance < 1]
    if wrong:
        raise BadArgument(f"Chances of {wrong} cannot be aimed at.", "give chances between 0 and 1, such as 0.8.")
    come = np.sort(np.asarray(draws, dtype=np.float64))
    if not len(come):
        raise NotEnoughData("There is no draw of what the period may come to.", "draw some thousands.")
    values, first, counts = np.unique(come, return_index=True, return_counts=True)
    reached = 1 - first / len(come) if direction == "up" else (first + counts) / len(come)
    found = []
    for name, wanted in chances.items():
        at = int(np.abs(reached - wanted).argmin())
        chance = float(reached[at])
        found.append(
            SuggestedTarget(name, float(values[at]), wanted, chance, judge_difficulty(chance), n_draws=len(come))
        )
    return tuple(found)


def tabulate_suggestions(draws: Mapping[str, Floats], directions: Mapping[str, Direction]) -> pd.DataFrame:
    """Return one row a node: ``node, threshold, target, stretch``."""
    rows = [
        {"node": name, **{one.name: one.value for one in suggest_targets(drawn, direction=directions[name])}}
        for name, drawn in draws.items()
    ]
    return pd.DataFrame(rows, columns=["node", *CHANCES])
