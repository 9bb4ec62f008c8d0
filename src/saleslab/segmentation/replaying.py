"""Which segment does each row belong to? Numbers are added in the same order here and in the warehouse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.segmentation.nearest import CostRule, SegmentCost
from saleslab.segmentation.points import read_words
from saleslab.segmentation.rules import Condition, RuleBook
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Rule = RuleBook | CostRule


def assign_segments(frame: pd.DataFrame, rule: Rule) -> pd.Series:
    """Return the segment of each row, counted from 1; missing where a column of the rule is missing or infinite.

    `assign_lazily` does the same in the warehouse, to the last bit. Use it for customers who were not there when
    segments were made.

    Examples
    --------
    >>> from saleslab.segmentation.nearest import Distance
    >>> near, far = (SegmentCost(0.0, {"size": Distance(at, 1.0)}, {}) for at in (1.0, 9.0))
    >>> assign_segments(pd.DataFrame({"size": [2.0, 5.0, 8.0]}), CostRule((near, far))).tolist()
    [1, 1, 2]
    """
    require_columns(frame, *rule.columns, of="customers")
    read = {
        name: read_words(frame[name]) if name in rule.words else frame[name].astype("float64") for name in rule.columns
    }
    known = np.ones(len(frame), dtype=bool)
    for name, column in read.items():
        known &= column.notna().to_numpy() if name in rule.words else np.isfinite(column.to_numpy())
    found = _follow(read, rule, len(frame)) if isinstance(rule, RuleBook) else _compare(read, rule, len(frame))
    return pd.Series(found, index=frame.index, name="segment").astype("Int64").where(known)


def _follow(read: dict[str, pd.Series], book: RuleBook, n: int) -> npt.NDArray[np.int64]:
    found = np.full(n, len(book.rules) + 1)
    for at in range(len(book.rules), 0, -1):
        met = np.ones(n, dtype=bool)
        for one in book.rules[at - 1].conditions:
            met &= _meet(read[one.column], one)
        found[met] = at
    return found


def _meet(column: pd.Series, one: Condition) -> npt.NDArray[np.bool_]:
    if one.levels is not None:
        return column.isin(one.levels).to_numpy(dtype=bool)
    values, met = column.to_numpy(), np.ones(len(column), dtype=bool)
    if one.low is not None:
        met &= values >= one.low
    if one.high is not None:
        met &= values < one.high
    return met


def _compare(read: dict[str, pd.Series], rule: CostRule, n: int) -> npt.NDArray[np.int64]:
    costs = np.stack([_cost(read, segment, n) for segment in rule.segments])
    return np.asarray(np.nan_to_num(costs, nan=np.inf).argmin(axis=0) + 1)


def _cost(read: dict[str, pd.Series], segment: SegmentCost, n: int) -> Floats:
    total = np.full(n, segment.constant)
    for name, distance in segment.distances.items():
        apart = read[name].to_numpy(dtype=np.float64) - distance.centre
        total = total + distance.factor * (apart * apart)
    for name, prices in segment.prices.items():
        codes, levels = pd.factorize(read[name])
        of_level = np.array([prices.levels.get(level, prices.other) for level in levels] + [prices.other])
        total = total + of_level[codes]
    return np.asarray(total)
