"""The same segment keeps its number when segments are made anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData

_SAME = 0.5
"""Overlap from which a segment is still the one it was."""


@dataclass(frozen=True, slots=True)
class SegmentMatch:
    """Which new segment is which old one.

    Attributes
    ----------
    ids
        For each new segment the number it should bear: that of its old one, or one never used.
    overlaps
        For each new segment the Jaccard index with the old one it was matched with, on customers of both days; 0
        without one.
    """

    ids: dict[int, int]
    overlaps: dict[int, float]


def match_segments(before: pd.Series, after: pd.Series) -> SegmentMatch:
    """Return numbers for new segments, so that reports of two months speak of the same segments.

    Segments are matched one to one so that their overlaps sum to the most (Kuhn 1955, the Hungarian method). A segment
    that shares less than half of its customers with the old one gets a new number.

    Parameters
    ----------
    before, after
        Segments of customers, indexed by customer.

    Raises
    ------
    NotEnoughData
        When no customer is in both.

    Examples
    --------
    >>> match_segments(pd.Series([1, 1, 2, 2]), pd.Series([2, 2, 1, 1])).ids
    {1: 2, 2: 1}
    """
    from scipy.optimize import linear_sum_assignment

    joined = pd.concat([before.rename("before"), after.rename("after")], axis=1, join="inner").dropna().astype(int)
    if joined.empty:
        raise NotEnoughData("No customer has a segment on both days.", "index both by the same customer ids.")
    counts = pd.crosstab(joined["after"], joined["before"])
    both = counts.to_numpy(np.float64)
    overlap = both / (both.sum(axis=1)[:, None] + both.sum(axis=0) - both)
    rows, columns = linear_sum_assignment(-overlap)
    matched = {
        int(counts.index[r]): (int(counts.columns[c]), float(overlap[r, c])) for r, c in zip(rows, columns, strict=True)
    }
    unused = int(before.max()) + 1
    ids, overlaps = {}, {}
    for segment in sorted(int(name) for name in after.dropna().unique()):
        old, shared = matched.get(segment, (0, 0.0))
        overlaps[segment] = shared
        ids[segment] = old if shared >= _SAME else unused
        unused += shared < _SAME
    return SegmentMatch(ids, overlaps)
