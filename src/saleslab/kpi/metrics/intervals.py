"""How far may luck have moved a share or a rating?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.kpi.metrics.declaring import Metric

Floats = npt.NDArray[np.float64]

MASS = 0.9


def bound_values(values: pd.DataFrame, metrics: Iterable[Metric]) -> pd.DataFrame:
    """Return values with ``lo`` and ``hi``: of shares (Jeffreys) and of ratings, which generalise them.

    A rating's mean is read like a share on its scale, half an answer added at each end; the beta distribution with the
    moments of that posterior bounds it. Answers that are all alike so have an interval, too.
    """
    by_id = {metric.metric_id: metric for metric in metrics}
    lows, highs = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for metric_id, places in values.groupby("metric_id").indices.items():
        metric, rows = by_id[str(metric_id)], values.iloc[places]
        n = rows["n"].to_numpy(dtype=np.float64)
        if metric.is_share:
            lows[places], highs[places] = bound_shares(rows["numerator"].to_numpy(dtype=np.float64), n)
        elif metric.scale is not None:
            low, high = metric.scale
            total = (rows["numerator"].to_numpy(dtype=np.float64) - low * n) / (high - low)
            squares = rows["squares"].to_numpy(dtype=np.float64) - 2 * low * rows["numerator"] + n * low**2
            ends = bound_means(total, np.asarray(squares) / (high - low) ** 2, n)
            lows[places], highs[places] = (low + end * (high - low) for end in ends)
    return values.assign(lo=lows, hi=highs)


def bound_shares(successes: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the Jeffreys interval of each share; ``successes`` may be expected ones, no whole numbers.

    Examples
    --------
    >>> low, high = bound_shares(np.array([3.0]), np.array([10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.117], [0.558])
    """
    low, high = _bound_beta(successes + 0.5, n - successes + 0.5)
    return np.where(successes <= 0, 0.0, low), np.where(successes >= n, 1.0, high)


def bound_means(total: Floats, squares: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the interval of means of values between 0 and 1, from their sums and sums of squares.

    Examples
    --------
    >>> low, high = bound_means(np.array([2.25]), np.array([1.8125]), np.array([3.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.43], [0.9])
    """
    mean = (total + 0.5) / (n + 1)
    spread = (squares + 0.5) / (n + 1) - mean**2
    size = np.maximum(mean * (1 - mean) * (n + 2) / np.maximum(spread, 1e-12) - 1, 1.0)
    low, high = _bound_beta(mean * size, (1 - mean) * size)
    seen = total / n
    return np.minimum(low, seen), np.maximum(high, seen)


def _bound_beta(a: Any, b: Any) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    tail = (1 - MASS) / 2
    return betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
