"""Successes that follow their rates smoothly: the binomial quantile of uniform numbers that are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.stats.count_steps import settle_counts

Floats = npt.NDArray[np.float64]


def take_successes(trials: npt.ArrayLike, rates: npt.ArrayLike, uniforms: npt.ArrayLike) -> Floats:
    """Return the binomial quantile of each uniform number: the smallest count whose chance of "at most" reaches it.

    Parameters
    ----------
    trials
        Whole numbers, 0 or more.
    rates, uniforms
        Between 0 and 1, of shapes that fit.

    Returns
    -------
    numpy.ndarray
        Whole numbers as floats, rising in rates and in uniforms: a Cornish-Fisher guess, corrected against the
        distribution function.

    Examples
    --------
    >>> take_successes(10, [0.2, 0.2, 0.9], [0.1, 0.9, 0.9]).tolist()
    [0.0, 4.0, 10.0]
    """
    from scipy.special import ndtri

    n, rate, share = (np.ravel(part).astype(np.float64) for part in np.broadcast_arrays(trials, rates, uniforms))
    strange = int((~((n >= 0) & (n == np.rint(n))) | ~((rate >= 0) & (rate <= 1)) | ~((share > 0) & (share < 1))).sum())
    if strange:
        raise BadArgument(
            f"{strange} of {n.size} entries have no whole trials, a rate outside 0 to 1, or a uniform outside (0, 1).",
            "give whole trials, rates of 0 to 1 and uniforms between 0 and 1.",
        )
    score = ndtri(share)
    count = n * rate + np.sqrt(n * rate * (1 - rate)) * score + (1 - 2 * rate) * (score**2 - 1) / 6
    count = np.clip(np.rint(count), 0, n)
    settle_counts(
        count, share, lambda few, at: _chance_to(few, n[at], rate[at]), places=np.arange(n.size, dtype=np.intp)
    )
    return np.asarray(count.reshape(np.broadcast_shapes(*(np.shape(part) for part in (trials, rates, uniforms)))))


def _chance_to(count: Floats, n: Floats, rate: Floats) -> Floats:
    """Return the chance of at most so many successes."""
    from scipy.special import betainc

    rest = np.maximum(n - count, 1e-300)
    return np.asarray(np.where(count >= n, 1.0, betainc(rest, count + 1, 1 - rate)))
