"""`suggest_levels`: the numbers that the next period reaches with a chance of 80, 50 and 20 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.kpi.beliefs.belief import Ahead, Belief, Direction
from saleslab.kpi.beliefs.models import ShareModel
from saleslab.kpi.beliefs.statuses import Difficulty, judge_difficulty
from saleslab.wording import Text, say

CHANCES = (0.8, 0.5, 0.2)
"""Of the lowest result that is acceptable, of the target and of the stretch."""

_N_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class SuggestedLevel:
    """A target with the chance to reach it.

    Attributes
    ----------
    value
        The target, in the unit of the measure; whole successes and whole things where it counts.
    wanted, chance
        The chance that was asked for, and what it is: with few trials no target has exactly the chance that is wanted.
    difficulty
        How hard that is.
    """

    value: float
    wanted: float
    chance: float
    difficulty: Difficulty

    @property
    def words(self) -> Text:
        """How hard it is, in words."""
        return say(f"kpi_beliefs.difficulty.{self.difficulty}")


def suggest_levels(
    belief: Belief,
    *,
    seed: int,
    direction: Direction = "up",
    months: Ahead = 1,
    n: npt.ArrayLike | None = None,
    chances: Sequence[float] = CHANCES,
) -> tuple[SuggestedLevel, ...]:
    """Return targets that are reached with given chances, luck of finite numbers included.

    Parameters
    ----------
    belief
        Of the measure.
    seed
        Of the draws.
    direction
        ``up`` where more is better.
    months
        The period, as `Belief.draw` takes it.
    n
        Trials or pieces of each month; None takes those of the past.
    chances
        That are wanted, such as of threshold, target and stretch.

    Raises
    ------
    BadArgument
        When a chance does not lie strictly between 0 and 1.
    """
    wrong = [chance for chance in chances if not 0 < chance < 1]
    if wrong:
        raise BadArgument(f"Chances of {wrong} cannot be aimed at.", "give chances between 0 and 1, such as 0.8.")
    come = np.sort(belief.foresee(months=months, seed=seed, n=n, n_draws=_N_DRAWS))
    return tuple(_suggest(belief, come, wanted, direction) for wanted in chances)


def _suggest(belief: Belief, come: npt.NDArray[np.float64], wanted: float, direction: Direction) -> SuggestedLevel:
    """Return the value whose chance is nearest to the one that is wanted, among those that may come."""
    values, first, counts = np.unique(come, return_index=True, return_counts=True)
    reached = 1 - first / len(come) if direction == "up" else (first + counts) / len(come)
    at = int(np.abs(reached - wanted).argmin())
    value, chance = float(values[at]), float(reached[at])
    if not isinstance(belief.model, ShareModel) and belief.family != "count":
        value = float(f"{value:.4g}")
    return SuggestedLevel(value, wanted, chance, judge_difficulty(chance))
