"""How do the parts of a series hang together over time, seen from its last period?

Time 0 is the last known period: what a level, a season and the coefficients are there is what series have in common
beliefs about; away from it, in both directions, they wander.
"""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats


def lay_walk(n_past: int, n_ahead: int = 0) -> Floats:
    """Return the covariance of a random walk that is 0 at time 0, with steps of variance 1.

    Examples
    --------
    >>> lay_walk(3, 1)
    array([[2., 1., 0., 0.],
           [1., 1., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    time = np.arange(1 - n_past, n_ahead + 1)
    same = np.sign(time)[:, None] * np.sign(time)[None, :] > 0
    return np.where(same, np.minimum(np.abs(time)[:, None], np.abs(time)[None, :]), 0).astype(np.float64)


def lay_steps(spreads: Floats) -> Floats:
    """Return the covariance of random walks that are 0 at the last period, with steps of the given variances.

    Parameters
    ----------
    spreads
        Of the step from each period to the next, shape (series, periods - 1).

    Examples
    --------
    >>> lay_steps(np.array([[1.0, 9.0]]))
    array([[[10.,  9.,  0.],
            [ 9.,  9.,  0.],
            [ 0.,  0.,  0.]]])
    """
    far = np.zeros((len(spreads), spreads.shape[1] + 1))
    far[:, :-1] = np.cumsum(spreads[:, ::-1], axis=1)[:, ::-1]
    at = np.arange(far.shape[1])
    return np.asarray(far[:, np.maximum(at[:, None], at[None, :])])


def lay_slope(persistence: float, n_past: int, n_ahead: int = 0) -> Floats:
    """Return the covariance of a level, 0 at time 0, whose slopes have variance 1 and fade with a persistence."""
    n = n_past + n_ahead - 1
    return _sum_from_now(_spread(np.float_power(persistence, np.arange(n))), n_past)


def steepen_slope(persistence: float, n_past: int) -> Floats:
    """Return how `lay_slope` changes with the persistence."""
    distance = np.arange(n_past - 1)
    return _sum_from_now(_spread(distance * persistence ** np.maximum(distance - 1, 0)), n_past)


def _spread(by_distance: Floats) -> Floats:
    at = np.arange(len(by_distance))
    return np.asarray(by_distance[np.abs(at[:, None] - at[None, :])])


def _sum_from_now(slopes: Floats, n_past: int) -> Floats:
    """Return the covariance of sums of slopes from time 0 to each time; slope j leads from time j - 1 to j."""
    half = _sum_rows(slopes, n_past)
    return _sum_rows(half.T, n_past)


def _sum_rows(slopes: Floats, n_past: int) -> Floats:
    before, after = slopes[: n_past - 1], slopes[n_past - 1 :]
    back = -np.cumsum(before[::-1], axis=0)[::-1]
    return np.concatenate([back, np.zeros((1, slopes.shape[1])), np.cumsum(after, axis=0)])
