"""How do segments split as their number grows? A segment that comes whole out of one older segment is one to keep.

Segment level stability across solutions (Dolnicar & Leisch 2017, "Using segment level stability to select target
segments in data-driven market segmentation studies"): one minus the entropy of where a segment's customers come from,
over the largest it could be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.segmentation.agreement import cross_count
from saleslab.segmentation.clusters import Method, segment_customers
from saleslab.segmentation.replaying import assign_segments


@dataclass(frozen=True, slots=True)
class SegmentOrigin:
    """Where one segment of one cut comes from.

    Attributes
    ----------
    k
        Into how many segments customers are cut.
    segment, n_customers
        Its number in this cut, and its size.
    origin, share
        The segment of the cut into one fewer from which most of its customers come, and how many of them do.
    stability
        1 when all come from one segment; 0 when they come from all in equal parts.
    """

    k: int
    segment: int
    n_customers: int
    origin: int
    share: float
    stability: float


def trace_segments(
    frame: pd.DataFrame,
    *,
    by: Sequence[str],
    seed: int,
    k_most: int = 8,
    method: Method = "kmeans",
    customer: str = "customer_id",
) -> tuple[SegmentOrigin, ...]:
    """Return for each cut into 3, 4 ... segments where its segments come from.

    Parameters
    ----------
    frame, by, seed, method, customer
        As in `segment_customers`.
    k_most
        The largest number of segments.

    Raises
    ------
    BadArgument
        When ``k_most`` is below 3: there is nothing to split.
    NotEnoughData
        When customers do not have so many different combinations of values.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1, 50, 51, 50, 90, 91]})
    >>> traced = trace_segments(frame, by=["a"], seed=1, k_most=3)
    >>> [(one.n_customers, one.share, one.stability) for one in traced]
    [(4, 1.0, 1.0), (3, 1.0, 1.0), (2, 1.0, 1.0)]
    """
    if k_most < 3:
        raise BadArgument(f"k_most is {k_most}.", "give at least 3: two segments come from no smaller cut.")
    labels = []
    for k in range(2, k_most + 1):
        cut = segment_customers(frame, method=method, by=by, k=k, seed=seed, customer=customer)
        labels.append(assign_segments(frame, cut.rule).to_numpy(np.int64) - 1)
    weights, traced = np.ones(len(frame)), []
    for k, (coarse, fine) in enumerate(pairwise(labels), start=3):
        for at, counts in enumerate(cross_count(fine, coarse, weights)):
            shares = counts / counts.sum()
            told = shares[shares > 0]
            entropy = -float(told @ np.log(told)) / float(np.log(k - 1))
            origin = int(shares.argmax())
            traced.append(
                SegmentOrigin(k, at + 1, int(counts.sum()), origin + 1, float(shares[origin]), max(1 - entropy, 0.0))
            )
    return tuple(traced)
