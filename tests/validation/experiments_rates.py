"""How often do the intervals of rates hold the truth? Counted over all outcomes, not simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from saleslab.stats import beta_difference_below, beta_ratio_below

CELLS = (
    (0.05, 0.05, 40, 40), (0.05, 0.05, 100, 100), (0.05, 0.05, 200, 200), (0.10, 0.10, 40, 40),
    (0.10, 0.10, 100, 100), (0.10, 0.15, 40, 40), (0.10, 0.15, 100, 100), (0.10, 0.15, 200, 200),
    (0.02, 0.03, 200, 200), (0.20, 0.20, 40, 40), (0.20, 0.30, 40, 40), (0.20, 0.26, 200, 200),
    (0.10, 0.13, 60, 140), (0.10, 0.13, 140, 60), (0.50, 0.50, 40, 40),
)  # fmt: skip
"""Rate of the control, rate of the treatment, units of each."""


def measure_rate_coverage(cells=CELLS, *, prior: float = 0.5, mass: float = 0.95) -> pd.DataFrame:
    """Return for each cell the exact chance that the intervals of the lift and of the relative lift hold it.

    An equal-tailed interval holds the truth when the posterior puts between 2.5 and 97.5 % below it.
    """
    tail = (1 - mass) / 2
    rows = []
    for old, new, n_old, n_new in cells:
        x, y = _likely(n_old, old), _likely(n_new, new)
        chance = np.outer(binom.pmf(x, n_old, old), binom.pmf(y, n_new, new))
        first = (y[None, :] + prior, n_new - y[None, :] + prior)
        second = (x[:, None] + prior, n_old - x[:, None] + prior)
        sides = beta_difference_below(first, second, new - old), beta_ratio_below(first, second, new / old)
        held = [float((chance * ((side > tail) & (side < 1 - tail))).sum() / chance.sum()) for side in sides]
        rows.append((old, new, n_old, n_new, *held))
    return pd.DataFrame(rows, columns=["control", "treatment", "n_control", "n_treatment", "lift", "relative_lift"])


def _likely(n: int, rate: float) -> np.ndarray:
    """Return the outcomes that hold all but a millionth of the chance."""
    outcomes = np.arange(n + 1)
    return outcomes[(binom.cdf(outcomes, n, rate) > 5e-7) & (binom.sf(outcomes - 1, n, rate) > 5e-7)]
