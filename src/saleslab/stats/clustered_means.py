"""A mean of rows that come in clusters, such as periods in which all rows share their luck."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass


def average_clusters(values: Any, clusters: Any, *, mass: float = 0.9) -> Interval:
    """Return the mean of one value a row, with an interval from how the clusters differ.

    Use it where rows of a cluster are alike; for rows that are apart `average_rows` is narrower. Few clusters make wide
    intervals: that is what they say.

    Parameters
    ----------
    values
        One number a row.
    clusters
        The cluster of each row.
    mass
        Chance that the interval holds the expected mean.

    Returns
    -------
    Interval
        Student's t with as many degrees of freedom as there are clusters less one, on the linearised variance of a
        ratio of cluster sums (Cochran 1977, "Sampling Techniques", section 6.4; CR1 of Cameron and Miller 2015, "A
        practitioner's guide to cluster-robust inference", Journal of Human Resources 50).

    Raises
    ------
    NotEnoughData
        When there are fewer than two clusters.
    BadArgument
        When values and clusters differ in number, or a value is not finite.

    Examples
    --------
    >>> found = average_clusters([0.0, 2.0, 1.0, 3.0], ["a", "a", "b", "b"])
    >>> found.estimate, round(found.low, 2), round(found.high, 2)
    (1.5, -1.66, 4.66)
    """
    from scipy.special import stdtrit

    check_mass(mass)
    rows, names = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    if rows.shape != names.shape or rows.ndim != 1 or not np.isfinite(rows).all():
        n_strange = int((~np.isfinite(rows)).sum())
        raise BadArgument(
            f"There are {rows.size} values, {n_strange} of them not finite, and {names.size} clusters.",
            "give one finite value and one cluster a row.",
        )
    _, which, sizes = np.unique(names, return_inverse=True, return_counts=True)
    k = len(sizes)
    if k < 2:
        raise NotEnoughData(f"{k} clusters do not say how much a mean varies.", "give at least two clusters.")
    mean = float(rows.mean())
    apart = np.bincount(which, rows - mean)
    error = float(np.sqrt(k / (k - 1) * (apart**2).sum())) / len(rows)
    reach = float(stdtrit(k - 1, (1 + mass) / 2)) * error
    return Interval(mean, mean - reach, mean + reach, mass)
