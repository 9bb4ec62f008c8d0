"""Segments of customers, each with a rule that says who belongs to it, today and later, here and in the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.segmentation.latent_class import Classes, fit_classes
from saleslab.segmentation.nearest import CostRule, Distance, Prices, SegmentCost
from saleslab.segmentation.points import Points, gather_points
from saleslab.segmentation.prototypes import PRICE, Prototypes, search_prototypes
from saleslab.segmentation.replaying import Rule, assign_segments
from saleslab.segmentation.rules import RuleBook

Floats = npt.NDArray[np.float64]
Method = Literal["rules", "kmeans", "prototypes", "latent_class"]

METHODS: tuple[Method, ...] = ("rules", "kmeans", "prototypes", "latent_class")
"""By rules; by numbers; by numbers and categories; by what goes together."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Segments, counted from 1, the largest first unless rules give the order.

    Attributes
    ----------
    method
        How they were made.
    rule
        Who belongs where: for `assign_segments`, and in the warehouse for `assign_lazily`.
    sizes
        Customers in each segment.
    n_left
        Customers whom the rule cannot place because a value is missing.
    cost
        What the method made small: k-means and k-prototypes their cost, latent classes minus twice the log likelihood,
        rules nothing.
    """

    method: Method
    rule: Rule
    sizes: tuple[int, ...]
    n_left: int
    cost: float | None


def segment_customers(
    frame: pd.DataFrame,
    *,
    method: Method = "prototypes",
    by: Sequence[str] | None = None,
    k: int | None = None,
    rules: RuleBook | None = None,
    seed: int | None = None,
    n_starts: int = 10,
    customer: str = "customer_id",
) -> Segmentation:
    """Return segments of customers, as a rule that gives every customer exactly one.

    Use `choose_segments` first: any method cuts any crowd. Numbers are standardised; take logarithms or scores of
    money.

    Parameters
    ----------
    frame
        One row a customer.
    method
        ``rules`` (give ``rules``), ``kmeans`` (numbers only), ``prototypes`` (numbers and categories) or
        ``latent_class``.
    by
        The columns that describe customers; all but the customer when None. Not for rules.
    k
        How many segments. Not for rules.
    rules
        For the method ``rules``.
    seed
        Of the starting points. Not for rules.
    n_starts
        From how many starting points the cheapest segments are searched.
    customer
        Name of the column with the customer's id, which is not looked at.

    Raises
    ------
    BadArgument
        When the method lacks what it needs, or k-means is given categories.
    NotEnoughData
        When customers do not have ``k`` different combinations of values, or a segment would be empty.
    TableError
        When values are missing or infinite, or a column has too many categories.

    Examples
    --------
    >>> frame = pd.DataFrame({"n_orders": [1, 2, 1, 30, 31], "channel": ["web", "web", "web", "rep", "rep"]})
    >>> segmentation = segment_customers(frame, k=2, seed=1)
    >>> segmentation.sizes
    (3, 2)
    >>> assign_segments(pd.DataFrame({"n_orders": [25], "channel": ["fair"]}), segmentation.rule).tolist()
    [2]
    """
    if method not in METHODS:
        raise BadArgument(f"method is {method!r}.", f"give one of {', '.join(METHODS)}.")
    if method == "rules":
        if rules is None:
            raise BadArgument("The method 'rules' was given no rules.", "give them as a RuleBook in 'rules'.")
        return _count(frame, method, rules, None)
    if k is None or k < 2 or seed is None:
        raise BadArgument(
            f"The method '{method}' was given k={k} and seed={seed}.",
            "give k of at least 2 (choose_segments) and a seed.",
        )
    points = gather_points(frame, [name for name in frame.columns if name != customer] if by is None else by)
    if method == "kmeans" and points.words:
        raise BadArgument(
            f"k-means cannot measure distances of {', '.join(points.words)}.", "use the method 'prototypes'."
        )
    if len(points) < k:
        raise NotEnoughData(
            f"{k} segments need as many different customers; there are {len(points)} combinations of values.",
            "ask for fewer segments, or name more columns.",
        )
    rng, layout = np.random.default_rng(seed), points.lay_out()
    if method == "latent_class":
        classes = fit_classes(layout, k, points.weights, rng=rng)
        return _sort(frame, method, _price_classes(points, classes), -2 * classes.log_likelihood)
    found = search_prototypes(layout, k, points.weights, rng=rng, n_starts=n_starts)
    return _sort(frame, method, _price_prototypes(points, found), found.cost)


def _price_prototypes(points: Points, found: Prototypes) -> list[SegmentCost]:
    costs, ends = [], (*points.starts[1:], found.centres.shape[1])
    for centre in found.centres:
        raw = points.centre + points.scale * centre[: len(points.numbers)]
        distances = {
            name: Distance(float(at), float(1 / scale**2))
            for name, at, scale in zip(points.numbers, raw, points.scale, strict=True)
        }
        prices = {}
        for name, levels, start, end in zip(points.words, points.levels, points.starts, ends, strict=False):
            prices[name] = Prices({levels[int(centre[start:end].argmax())]: 0.0}, PRICE)
        costs.append(SegmentCost(0.0, distances, prices))
    return costs


def _price_classes(points: Points, classes: Classes) -> list[SegmentCost]:
    """Return minus the log of each class's density; a category never seen speaks for no class."""
    costs = []
    for at, share in enumerate(classes.shares):
        spread, prices, start = classes.variances[at], {}, 0
        distances = {
            name: Distance(float(centre + scale * mean), float(0.5 / (variance * scale**2)))
            for name, centre, scale, mean, variance in zip(
                points.numbers, points.centre, points.scale, classes.means[at], spread, strict=True
            )
        }
        for name, levels in zip(points.words, points.levels, strict=True):
            chances = classes.chances[at, start : start + len(levels)]
            prices[name] = Prices(dict(zip(levels, (-np.log(chances)).tolist(), strict=True)), 0.0)
            start += len(levels)
        costs.append(SegmentCost(float(-np.log(share) + 0.5 * np.log(spread).sum()), distances, prices))
    return costs


def _sort(frame: pd.DataFrame, method: Method, costs: Sequence[SegmentCost], cost: float) -> Segmentation:
    """Return the segments the largest first, equal ones by their rule."""
    sizes = _count(frame, method, CostRule(tuple(costs)), cost).sizes
    places = sorted(range(len(costs)), key=lambda at: (-sizes[at], repr(costs[at])))
    if min(sizes) == 0:
        raise NotEnoughData(
            f"{sizes.count(0)} of {len(sizes)} segments hold no customer.",
            "ask for fewer segments, or name more columns.",
        )
    return _count(frame, method, CostRule(tuple(costs[at] for at in places)), cost)


def _count(frame: pd.DataFrame, method: Method, rule: Rule, cost: float | None) -> Segmentation:
    if frame.empty:
        raise NotEnoughData("There is no customer to put into segments.", "import customers, or widen the period.")
    assigned = assign_segments(frame, rule)
    n_segments = len(rule.names) if isinstance(rule, RuleBook) else len(rule.segments)
    sizes = np.bincount(assigned.dropna().astype(int), minlength=n_segments + 1)[1:]
    return Segmentation(method, rule, tuple(int(size) for size in sizes), int(assigned.isna().sum()), cost)
