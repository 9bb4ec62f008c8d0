"""How far apart are payouts?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """How payouts of a person and period differ.

    Attributes
    ----------
    n
        Payouts.
    mean, low, median, high
        Mean, and what a tenth, half and nine tenths of payouts do not exceed.
    gini
        0 when all are the same, near 1 when one person gets everything.
    share_nothing
        Part of payouts that are 0.
    top_share
        Part of all money that goes to the highest tenth of payouts.
    """

    n: int
    mean: float
    low: float
    median: float
    high: float
    gini: float
    share_nothing: float
    top_share: float


def measure_spread(amounts: Floats) -> Spread:
    """Return how amounts differ.

    Examples
    --------
    >>> measure_spread(np.array([0.0, 0.0, 0.0, 100.0])).gini
    0.75
    """
    ranked, n, total = np.sort(amounts), len(amounts), float(amounts.sum())
    low, median, high = (float(end) for end in np.quantile(ranked, (0.1, 0.5, 0.9)))
    weights = 2 * np.arange(1, n + 1) - n - 1
    top = float(ranked[-max(1, round(n / 10)) :].sum())
    return Spread(
        n=n,
        mean=total / n,
        low=low,
        median=median,
        high=high,
        gini=float((weights * ranked).sum() / (n * total)) if total > 0 else 0.0,
        share_nothing=float((amounts == 0).mean()),
        top_share=top / total if total > 0 else 0.0,
    )
