"""What sets a segment apart, less what luck gives small segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.segmentation.points import is_number, read_words

NOTABLE = 0.2
"""Standardised difference from which a trait is worth a word: Cohen's small effect."""


@dataclass(frozen=True, slots=True)
class SegmentTrait:
    """One trait.

    Attributes
    ----------
    column
        Of the customers.
    level
        The category that is more frequent (``strength`` above 0) or rarer; None for a number.
    inside, outside
        Mean of the number, or share of the category, in the segment and among all others.
    strength
        Standardised difference, shrunk towards 0; of categories the log odds ratio on the same scale.
    """

    column: str
    level: str | None
    inside: float
    outside: float
    strength: float


def find_traits(frame: pd.DataFrame, is_member: pd.Series, columns: Sequence[str]) -> tuple[SegmentTrait, ...]:
    """Return the notable traits of a segment, the strongest first.

    Differences are shrunk by the positive-part rule of James & Stein (1961): by the share of their square that luck
    explains. Without any difference a trait of ten customers is as rarely notable as one of a thousand.

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [1.0, 2.0, 1.0, 2.0, 90.0, 95.0, 91.0, 94.0]})
    >>> [(trait.column, trait.strength > 1) for trait in find_traits(frame, frame["size"] > 50, ["size"])]
    [('size', True)]
    """
    traits: list[SegmentTrait] = []
    inside = is_member.to_numpy(dtype=bool)
    if inside.all() or not inside.any():
        return ()
    for name in columns:
        if is_number(frame[name]):
            traits.append(_compare_numbers(frame[name], inside, name))
        else:
            traits += _compare_words(frame[name], inside, name)
    notable = [trait for trait in traits if abs(trait.strength) >= NOTABLE]
    return tuple(sorted(notable, key=lambda trait: (-abs(trait.strength), trait.column, trait.level or "")))


def _compare_numbers(column: pd.Series, inside: np.ndarray, name: str) -> SegmentTrait:
    values = column.to_numpy(np.float64)
    here, there = values[inside], values[~inside]
    spare = max(len(values) - 2, 1)
    spread = float(np.sqrt((here.var() * len(here) + there.var() * len(there)) / spare))
    spread = max(spread, 1e-9 * float(np.abs(values).max()), 1e-300)
    difference = float(here.mean() - there.mean()) / spread
    strength = _shrink(difference, 1 / len(here) + 1 / len(there))
    return SegmentTrait(name, None, float(here.mean()), float(there.mean()), strength)


def _compare_words(column: pd.Series, inside: np.ndarray, name: str) -> list[SegmentTrait]:
    words, traits = read_words(column).to_numpy(dtype=str), []
    n_here, n_there = int(inside.sum()), int((~inside).sum())
    for level in np.unique(words):
        has = words == level
        here, there = int(has[inside].sum()), int(has[~inside].sum())
        cells = np.array([here, n_here - here, there, n_there - there]) + 0.5
        log_odds = float(np.log(cells[0] * cells[3] / (cells[1] * cells[2])))
        scale = np.sqrt(3) / np.pi
        strength = float(_shrink(log_odds * scale, float((1 / cells).sum()) * scale**2))
        traits.append(SegmentTrait(name, str(level), here / n_here, there / n_there, strength))
    return traits


def _shrink(difference: float, variance: float) -> float:
    return difference * max(0.0, 1 - variance / difference**2) if difference else 0.0
