"""Series that are 0 more often than not: how often something is sold, and how much then.

Croston's method smooths the sizes and the gaps between sales, made unbiased after Syntetos and Boylan (2005); that of
Teunter, Syntetos and Babai (2011) lets the chance of a sale fade while nothing is sold, so that what is dead is
forecast to stay so.
"""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole

_PACES = (0.05, 0.1, 0.2)
_FAST = 0.4
_RECENT = 24


def forecast_intermittent(values: Floats, lengths: Whole, horizon: int) -> dict[str, Floats]:
    """Return the expected sale of a period by each method, the same for all steps ahead.

    Parameters
    ----------
    values
        Shape (series, periods), aligned at the right, NaN before their first periods.
    lengths
        Periods of each.
    horizon
        Steps ahead.

    Examples
    --------
    >>> often = forecast_intermittent(np.array([[0.0, 4.0] * 40]), np.array([80]), 1)
    >>> {name: round(float(said[0, 0]), 1) for name, said in often.items()}
    {'croston': 1.9, 'fading': 2.1, 'fading_fast': 2.5, 'mean': 2.0}
    """
    recent = np.nan_to_num(values[:, -_RECENT:])
    mean = recent.sum(axis=1) / np.clip(lengths, 1, recent.shape[1])
    found = {
        "croston": np.mean([_smooth_gaps(values, pace) for pace in _PACES], axis=0),
        "fading": np.mean([_smooth_chance(values, pace) for pace in _PACES], axis=0),
        "fading_fast": _smooth_chance(values, _FAST),
        "mean": mean,
    }
    return {name: np.repeat(said[:, None], horizon, axis=1) for name, said in found.items()}


def _begin(values: Floats) -> tuple[Floats, Floats]:
    """Return the chance of a sale and its mean size over all periods."""
    sold = np.nan_to_num(values) != 0
    n = np.maximum((~np.isnan(values)).sum(axis=1), 1)
    return sold.sum(axis=1) / n, np.nan_to_num(values).sum(axis=1) / np.maximum(sold.sum(axis=1), 1)


def _smooth_gaps(values: Floats, pace: float) -> Floats:
    chance, size = _begin(values)
    gap = 1 / np.maximum(chance, 1e-9)
    since = np.ones(len(values))
    for came in values.T:
        sold = np.nan_to_num(came) != 0
        size = np.where(sold, size + pace * (came - size), size)
        gap = np.where(sold, gap + pace * (since - gap), gap)
        since = np.where(sold, 1.0, since + ~np.isnan(came))
    return np.where(chance > 0, (1 - pace / 2) * size / np.maximum(gap, 1.0), 0.0)


def _smooth_chance(values: Floats, pace: float) -> Floats:
    chance, size = _begin(values)
    for came in values.T:
        sold = np.nan_to_num(came) != 0
        size = np.where(sold, size + pace * (came - size), size)
        chance = np.where(np.isnan(came), chance, chance + pace * (sold - chance))
    return np.asarray(chance * size)
