"""Draws of all true values behind several estimates at once, where a function of all of them is wanted.

The model is that of `pool_estimates`. Intervals of single members leave out that all share one centre and one spread; a
quantile over members needs them together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

_FEWEST, _N_POINTS = 3, 400


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
    y, s = np.asarray(estimates, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if y.shape != s.shape or not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all()):
        raise BadArgument(
            f"{len(y)} estimates and {len(s)} errors do not make pairs of finite values with errors above 0.",
            "give one standard error above 0 for each estimate.",
        )
    if len(y) < _FEWEST:
        raise NotEnoughData(
            f"{len(y)} estimates cannot say how far true values lie apart.", f"wait for at least {_FEWEST}."
        )
    rng = np.random.default_rng(seed)
    share = (np.arange(_N_POINTS) + 0.5) / _N_POINTS
    spread = np.sqrt(len(s) / (1 / s**2).sum()) * share / (1 - share)
    precision = 1 / (spread[:, None] ** 2 + s**2)
    total = precision.sum(axis=1)
    centre = (precision * y).sum(axis=1) / total
    height = 0.5 * (
        np.log(precision).sum(axis=1) - np.log(total) - (precision * (y - centre[:, None]) ** 2).sum(axis=1)
    )
    weight = np.exp(height - height.max())
    at = rng.choice(_N_POINTS, size=n_draws, p=weight / weight.sum())
    middle = rng.normal(centre[at], np.sqrt(1 / total[at]))
    kept = s**2 * precision[at]
    mean = y + kept * (middle[:, None] - y)
    return np.asarray(rng.normal(mean, spread[at][:, None] * np.sqrt(kept)))
