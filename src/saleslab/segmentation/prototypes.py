"""k-means and k-prototypes on weighted points: one product of matrices an iteration.

The cost is that of Huang (1998, "Extensions to the k-means algorithm for clustering large data sets with categorical
values"): squared distances of numbers plus a price for each category that differs from the segment's most frequent one.
Without categories it is k-means.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PRICE = 0.5
"""Of a category that differs, where numbers have the standard deviation 1: Huang's advice."""

_MOST_ITERATIONS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Points laid out for the search.

    Attributes
    ----------
    matrix
        Shape (points, columns): numbers, then one column of 0 and 1 a level.
    n_numbers
        How many columns are numbers.
    starts
        First column of each categorical variable.
    """

    matrix: Floats
    n_numbers: int
    starts: tuple[int, ...] = ()

    @property
    def own_cost(self) -> Floats:
        """The part of each point's cost that no centre changes."""
        squares = np.einsum("ij,ij->i", self.matrix[:, : self.n_numbers], self.matrix[:, : self.n_numbers])
        return np.asarray(squares + PRICE * len(self.starts))


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """Where a search ended: centres (shape (k, columns)), the centre of each point, and the cost."""

    centres: Floats
    labels: Ints
    cost: float


def search_prototypes(
    layout: Layout,
    k: int,
    weights: Floats,
    *,
    rng: np.random.Generator,
    n_starts: int = 10,
    warm: Floats | None = None,
) -> Prototypes:
    """Return the cheapest of several searches from starting centres drawn far apart (k-means++).

    Parameters
    ----------
    layout, weights
        The points and how much each counts; a point may count nothing.
    k
        How many segments.
    rng
        Source of the starting centres.
    n_starts
        How many are drawn.
    warm
        Centres to start one more search from.

    Examples
    --------
    >>> layout = Layout(np.array([[0.0], [1.0], [10.0], [11.0]]), 1)
    >>> search_prototypes(layout, 2, np.ones(4), rng=np.random.default_rng(1)).cost
    1.0
    """
    own = layout.own_cost
    begun = [] if warm is None else [warm]
    begun += [_draw_far_apart(layout, own, k, weights, rng) for _ in range(n_starts)]
    return min((_descend(layout, own, weights, start) for start in begun), key=lambda found: found.cost)


def assign_points(layout: Layout, centres: Floats) -> tuple[Ints, Floats]:
    """Return the cheapest centre of each point, and its cost less what no centre changes."""
    numbers = centres[:, : layout.n_numbers]
    factors = np.hstack([-2 * numbers, -PRICE * centres[:, layout.n_numbers :]])
    costs = factors @ layout.matrix.T + np.einsum("ij,ij->i", numbers, numbers)[:, None]
    labels, least = np.zeros(costs.shape[1], dtype=np.int64), costs[0].copy()
    for at in range(1, len(costs)):
        cheaper = costs[at] < least
        labels[cheaper] = at
        np.minimum(least, costs[at], out=least)
    return labels, least


def _descend(layout: Layout, own: Floats, weights: Floats, centres: Floats) -> Prototypes:
    labels, least = assign_points(layout, centres)
    everyone = np.arange(len(weights))
    members = np.zeros((len(centres), len(weights)))
    for _ in range(_MOST_ITERATIONS):
        members[:] = 0
        members[labels, everyone] = weights
        centres = _centre(layout, members, (least + own) * (weights > 0))
        moved, least = assign_points(layout, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return Prototypes(centres, labels, float(weights @ (least + own)))


def _centre(layout: Layout, members: Floats, costs: Floats) -> Floats:
    """Return means of numbers and most frequent categories; an empty centre moves to the point that costs most."""
    totals, size = members @ layout.matrix, members.sum(axis=1)
    empty = size <= 0
    centres = totals / np.where(empty, 1, size)[:, None]
    for start, end in pairwise((*layout.starts, layout.matrix.shape[1])):
        centres[:, start:end] = np.arange(end - start) == totals[:, start:end].argmax(axis=1)[:, None]
    for at, point in zip(np.nonzero(empty)[0], np.argsort(-costs, kind="stable"), strict=False):
        centres[at] = layout.matrix[point]
    return np.asarray(centres)


def _draw_far_apart(layout: Layout, own: Floats, k: int, weights: Floats, rng: np.random.Generator) -> Floats:
    drawn = [_draw(weights, rng)]
    nearest = np.full(len(weights), np.inf)
    for _ in range(1, k):
        _, least = assign_points(layout, layout.matrix[drawn[-1:]])
        nearest = np.minimum(nearest, np.maximum(least + own, 0))
        chances = weights * nearest
        drawn.append(_draw(chances if chances.sum() > 0 else weights, rng))
    return layout.matrix[drawn]


def _draw(chances: Floats, rng: np.random.Generator) -> int:
    cumulated = np.cumsum(chances)
    return int(min(np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right"), len(chances) - 1))
