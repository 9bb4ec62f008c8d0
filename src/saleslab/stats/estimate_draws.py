"""Draws of all true values behind several estimates at once, where a function of all of them is wanted.

The model is that of `pool_estimates`. Intervals of single members leave out that all share one centre and one spread; a
quantile over members needs them together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.stats.estimates import weigh_spreads

Floats = npt.NDArray[np.float64]


def draw_true_values(estimates: Floats, errors: Floats, *, n_draws: int, seed: int) -> Floats:
    """Return ``n_draws`` x members: true values that estimates with these standard errors may have.

    Raises
    ------
    NotEnoughData
        With fewer than three estimates.
    BadArgument
        When the two differ in length, a value is not finite, or an error is not above 0.

    Examples
    --------
    >>> drawn = draw_true_values(np.array([0.0, 1.0, 5.0]), np.full(3, 2.0), n_draws=2_000, seed=1)
    >>> drawn.shape, bool(drawn[:, 2].mean() < 5)
    ((2000, 3), True)
    """
    found = weigh_spreads(estimates, errors)
    rng = np.random.default_rng(seed)
    at = rng.choice(len(found.spread), size=n_draws, p=found.weight)
    middle = rng.normal(found.centre[at], np.sqrt(1 / found.total[at]))
    kept = found.errors**2 * found.precision[at]
    mean = found.estimates + kept * (middle[:, None] - found.estimates)
    return np.asarray(rng.normal(mean, found.spread[at][:, None] * np.sqrt(kept)))
