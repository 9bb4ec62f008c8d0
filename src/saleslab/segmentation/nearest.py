"""Segments by the lowest cost: a rule that is a list of numbers, so that anything can replay it.

A customer's cost of a segment is a constant, plus a factor times the squared distance from a centre for each number,
plus a price for each category. k-means, k-prototypes and latent classes all have this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distance:
    """Cost of a number: ``factor * (value - centre) ** 2``."""

    centre: float
    factor: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Cost of a category: its own price, or ``other`` for one that has none."""

    levels: Mapping[str, float]
    other: float


@dataclass(frozen=True, slots=True)
class SegmentCost:
    """What it costs to belong to one segment."""

    constant: float
    distances: Mapping[str, Distance]
    prices: Mapping[str, Prices]


@dataclass(frozen=True, slots=True)
class CostRule:
    """Everybody belongs where it costs least, to the first of equals; segment 1 is the first.

    Examples
    --------
    >>> near, far = (SegmentCost(0.0, {"size": Distance(at, 1.0)}, {}) for at in (1.0, 9.0))
    >>> CostRule((near, far)).columns
    ('size',)
    """

    segments: tuple[SegmentCost, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the rule looks at, numbers first."""
        return (*self.segments[0].distances, *self.segments[0].prices)

    @property
    def words(self) -> tuple[str, ...]:
        """Columns that hold categories."""
        return tuple(self.segments[0].prices)
