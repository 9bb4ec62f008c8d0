"""`check_belief`: did past chances and ranges of this measure come true?

Every month after the sixth is foreseen from those before it, as it would have been at the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.beliefs.belief import Belief, Direction, Family
from saleslab.kpi.beliefs.believing import believe_months
from saleslab.kpi.beliefs.chances import FEWEST_MONTHS
from saleslab.kpi.beliefs.histories import Months
from saleslab.stats.intervals import check_mass
from saleslab.wording import Number, Share, Text, say

Floats = npt.NDArray[np.float64]

AROUND = (0.9, 1.0, 1.1)
"""Targets that are tried: so many times what the months before averaged."""

_FEWEST_CHECKED = 3
_N_DRAWS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class BeliefCheck:
    """What came of what was believed.

    Attributes
    ----------
    months
        ``at`` (first day of the month), ``n_known``, ``low, middle, high`` (what was foreseen), ``came``, ``is_inside``
        and ``place`` (share of what was foreseen that lies below what came; spread evenly where beliefs are right).
    chances
        ``at, target, chance, plain, is_reached``; ``plain`` is 1 where the months before averaged the target.
    mass
        Chance that a range should hold what comes.
    coverage
        Share of months in which it did.
    brier, plain_brier
        Mean squared distance of chances from what happened; that of the plain average beside it. Less is better.
    """

    months: pd.DataFrame
    chances: pd.DataFrame
    mass: float
    coverage: float
    brier: float
    plain_brier: float

    @property
    def words(self) -> tuple[Text, Text]:
        """How often ranges held, and how chances compare with the plain average."""
        held = say(
            "kpi_beliefs.check.held", share=Share(self.coverage, 0), n=len(self.months), mass=Share(self.mass, 0)
        )
        key = "better" if self.brier < self.plain_brier else "worse"
        scores = {"own": Number(self.brier, 3), "plain": Number(self.plain_brier, 3)}
        return held, say(f"kpi_beliefs.check.{key}", **scores)


def check_belief(
    months: Months,
    *,
    metric_id: str,
    family: Family,
    seed: int,
    direction: Direction = "up",
    mass: float = 0.8,
    most: int = 24,
) -> BeliefCheck:
    """Return whether what would have been believed of past months came true.

    Parameters
    ----------
    months
        From `read_months`.
    metric_id, family
        As `believe` takes them.
    seed
        Of the draws.
    direction
        ``up`` where more is better.
    mass
        Chance that a range should hold what comes.
    most
        The last so many months are foreseen, as far as there are six before them.

    Raises
    ------
    NotEnoughData
        When fewer than 9 months are known.
    """
    check_mass(mass)
    first = max(FEWEST_MONTHS, len(months) - most)
    if len(months) - first < _FEWEST_CHECKED:
        raise NotEnoughData(
            f"'{metric_id}' has {len(months)} complete months; {FEWEST_MONTHS + _FEWEST_CHECKED} are needed to check.",
            "wait for more months.",
        )
    rows, chances = [], []
    for place in range(first, len(months)):
        belief = believe_months(months.take(slice(place)), metric_id=metric_id, family=family)
        row, foreseen = _foresee(belief, months, place, mass, seed)
        rows.append(row)
        chances += _try_targets(foreseen, row, months.take(slice(place)), family, direction)
    told, tried = pd.DataFrame(rows), pd.DataFrame(chances)
    errors = {name: float(((tried[name] - tried["is_reached"]) ** 2).mean()) for name in ("chance", "plain")}
    return BeliefCheck(told, tried, mass, float(told["is_inside"].mean()), errors["chance"], errors["plain"])


def _foresee(belief: Belief, months: Months, place: int, mass: float, seed: int) -> tuple[dict[str, object], Floats]:
    """Return what was foreseen of a month, and what came; with as many pieces as it had."""
    at, came = int(months.number[place]), float(months.value[place])
    n = months.denominator[place] if belief.family == "rate" else months.n[place]
    ahead = at - int(belief.past.number[-1])
    expected = belief.draw(_N_DRAWS, months=ahead, seed=seed)[:, -1:]
    sizes = max(float(n), 1.0) if np.isfinite(n) else belief.pieces
    foreseen = np.sort(belief.realise(expected, seed=seed, n=sizes)[:, 0])
    low, middle, high = (float(end) for end in np.quantile(foreseen, [(1 - mass) / 2, 0.5, (1 + mass) / 2]))
    below, at_most = (np.searchsorted(foreseen, came, side=side) / len(foreseen) for side in ("left", "right"))
    day = pd.Timestamp(year=at // 12, month=at % 12 + 1, day=1)
    row = {"at": day, "n_known": place, "low": low, "middle": middle, "high": high, "came": came}
    return row | {"is_inside": low <= came <= high, "place": float(below + at_most) / 2}, foreseen


def _try_targets(
    foreseen: Floats, row: dict[str, object], past: Months, family: Family, direction: Direction
) -> list[dict[str, object]]:
    """Return chances of targets around the plain average of the months before."""
    average = float(past.numerator.sum() / past.denominator.sum()) if family == "rate" else float(past.value.mean())
    tried = []
    for times in AROUND:
        target = average * times
        is_up = direction == "up"
        chance = float((foreseen >= target).mean() if is_up else (foreseen <= target).mean())
        plain = float(average >= target if is_up else average <= target)
        came = row["came"]
        assert isinstance(came, float)
        is_reached = came >= target if is_up else came <= target
        tried.append({"at": row["at"], "target": target, "chance": chance, "plain": plain, "is_reached": is_reached})
    return tried
