"""Do the series of a panel rise and fall together, so that many of them are hardly more than one?"""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats

_CHANCE = 0.1
_ROUNDING = 1e-9
"""Of the mean move: what differs from it by less is the last digits of a steady growth, and no move."""


def measure_alikeness(moves: Floats) -> float:
    """Return how far series move together: the mean correlation of their moves, 0 where it is no more than chance.

    What all series suffer together, such as a crisis, is one event and not as many as there are series.

    Parameters
    ----------
    moves
        Such as seasonal differences, shape (series, periods), the same periods one above the other; NaN where a series
        has none.

    Returns
    -------
    float
        0 to 1. Series that have nothing to do with one another correlate by up to a tenth, as their seasons overlap;
        that much is taken for none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> own, shared = rng.normal(size=(12, 60)), rng.normal(size=60)
    >>> measure_alikeness(own), round(measure_alikeness(own + shared), 1)
    (0.0, 0.5)
    """
    known = ~np.isnan(moves)
    n_known = np.maximum(known.sum(axis=1), 1)
    middle = np.where(known, moves, 0.0).sum(axis=1) / n_known
    apart = np.where(known, moves - middle[:, None], 0.0)
    size = np.sqrt((apart**2).sum(axis=1) / n_known)
    is_moving = size > _ROUNDING * np.abs(middle)
    moving = known & is_moving[:, None]
    even = np.where(is_moving[:, None], apart, 0.0) / np.where(is_moving, size, 1.0)[:, None]
    n = moving.sum(axis=0)
    n_pairs = float((n * (n - 1)).sum())
    if not n_pairs:
        return 0.0
    found = float((even.sum(axis=0) ** 2 - (even**2).sum(axis=0)).sum()) / n_pairs
    return float(np.clip((found - _CHANCE) / (1 - _CHANCE), 0.0, 1.0))


def count_apart(n_series: int, alikeness: float) -> float:
    """Return how many series apart are worth as much as some that move together.

    Examples
    --------
    >>> count_apart(20, 0.0), count_apart(20, 1.0), round(count_apart(20, 0.5), 1)
    (20.0, 1.0, 1.9)
    """
    return n_series / (1 + (n_series - 1) * alikeness)
