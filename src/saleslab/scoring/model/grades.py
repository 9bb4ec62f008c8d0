"""Which grade does a chance get? Cut points fixed with the model, so that a grade means the same next month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

GRADES = ("A", "B", "C", "D")
"""From the best to the rest."""

TIMES_BASE = (2.0, 1.0, 0.5)
"""What A, B and C promise at least, in multiples of the average chance."""

TIMES_CAPACITY = (1.0, 3.0, float("inf"))
"""How many times the capacity may hold an A or better, a B or better, a C or better."""


@dataclass(frozen=True, slots=True)
class Grades:
    """Cut points of the grades, each set by rate **and** by capacity.

    A grade by rate alone says "twice the average" of half the list when a campaign goes well, and nobody can call them
    all; a grade by capacity alone hands out as many A in a dry month as in a good one, and a lead's grade moves when
    others do. Here both have to hold, on the leads the model was fitted on; then the points are fixed.

    Attributes
    ----------
    by_rate
        Lowest chance of A, B and C that keeps the promise of the grade.
    by_capacity
        Lowest chance of A, B and C that so few leads reached that they could be worked; 0 without a limit.
    base_rate
        Average chance when the points were set.

    Examples
    --------
    >>> Grades(by_rate=(0.2, 0.1, 0.05), by_capacity=(0.3, 0.08, 0.0), base_rate=0.1).grade([0.25, 0.3, 0.06, 0.01])
    ['B', 'A', 'C', 'D']
    """

    by_rate: tuple[float, float, float]
    by_capacity: tuple[float, float, float]
    base_rate: float

    def __post_init__(self) -> None:
        for points in (self.by_rate, self.by_capacity):
            if len(points) != len(GRADES) - 1 or any(not point >= 0 for point in points):
                raise BadArgument(f"{points} are not the cut points of A, B and C.", "give three numbers from 0 up.")
            if list(points) != sorted(points, reverse=True):
                raise BadArgument(f"The cut points {points} do not fall from A to C.", "give the highest first.")

    @property
    def cuts(self) -> tuple[float, float, float]:
        """Lowest chance of A, B and C: the stricter of the two rules."""
        a, b, c = (max(pair) for pair in zip(self.by_rate, self.by_capacity, strict=True))
        return a, b, c

    def grade(self, chances: Any) -> list[str]:
        """Return the grade of each chance.

        Raises
        ------
        BadArgument
            When a chance is missing or outside 0 to 1.
        """
        values = check_chances(chances)
        rising = np.array(self.cuts[::-1])
        return [GRADES[len(rising) - k] for k in np.searchsorted(rising, values, side="right")]

    def get_state(self) -> dict[str, Any]:
        """Return what a model's bundle keeps, as JSON can hold it."""
        return {"by_rate": list(self.by_rate), "by_capacity": list(self.by_capacity), "base_rate": self.base_rate}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Grades:
        """Return the grades that `get_state` described."""
        rate, capacity = (tuple(float(point) for point in state[name]) for name in ("by_rate", "by_capacity"))
        return cls(rate, capacity, float(state["base_rate"]))  # type: ignore[arg-type]


def set_grades(
    chances: Any,
    *,
    capacity: float,
    times_base: tuple[float, float, float] = TIMES_BASE,
    times_capacity: tuple[float, float, float] = TIMES_CAPACITY,
) -> Grades:
    """Return the cut points of the grades for a model and a team.

    Parameters
    ----------
    chances
        What the model says about the leads it is fixed with.
    capacity
        Share of them that the team can work, between 0 and 1.
    times_base
        What A, B and C promise at least, in multiples of the average chance.
    times_capacity
        How many times the capacity may hold an A or better, a B or better, a C or better.

    Returns
    -------
    Grades
        Where all chances are alike, nobody gets an A: leads that the model cannot tell apart are not graded apart.

    Raises
    ------
    NotEnoughData
        Without a chance.
    BadArgument
        When the capacity is not a share.

    Examples
    --------
    >>> grades = set_grades([0.01] * 60 + [0.1] * 30 + [0.3] * 9 + [0.9], capacity=0.05)
    >>> grades.grade([0.01, 0.1, 0.3, 0.9])
    ['D', 'C', 'B', 'A']
    """
    values = check_chances(chances)
    if not len(values):
        raise NotEnoughData("No lead has a chance, so no grade can be set.", "score some leads first.")
    if not 0 < capacity <= 1:
        raise BadArgument(f"A capacity of {capacity} is not a share of the leads.", "give a number above 0, at most 1.")
    base = float(values.mean())
    by_rate = tuple(min(times * base, 1.0) for times in times_base)
    by_capacity = tuple(_lowest_of_few(values, min(times * capacity, 1.0)) for times in times_capacity)
    return Grades(by_rate, by_capacity, base)  # type: ignore[arg-type]


def _lowest_of_few(values: Floats, share: float) -> float:
    """Return the lowest point that at most a share of the values reach; values that are equal stay together."""
    n_allowed = int(np.floor(share * len(values) + 1e-9))
    if n_allowed >= len(values):
        return 0.0
    falling = np.sort(values)[::-1]
    first_left_out = falling[n_allowed]
    reached = falling[falling > first_left_out]
    return float(reached[-1]) if len(reached) else float(np.nextafter(first_left_out, 2.0))


def check_chances(chances: Any) -> Floats:
    """Return chances as an array.

    Raises
    ------
    BadArgument
        When one is missing or outside 0 to 1.
    """
    values = np.asarray(chances, dtype=np.float64)
    n_wrong = int((~((values >= 0) & (values <= 1))).sum())
    if values.ndim != 1 or n_wrong:
        raise BadArgument(
            f"{n_wrong} of {values.size} chances are missing or outside 0 to 1.",
            "pass the chances as the model returns them, one a lead; fill or drop the missing ones.",
        )
    return values
