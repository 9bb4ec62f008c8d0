"""Do two monthly series move together, now or some months later?

Trend and a yearly wave are taken out of both, so that growth and season do not pass for a link; the correlation of what
is left is read at each lag with an interval that widens for series which remember their past.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

FEWEST = 12
"""Months that both series must share at the longest lag."""

_NEARLY_ONE = 1 - 1e-12
_FEWEST_EFFECTIVE = 4.5


@dataclass(frozen=True, slots=True)
class LaggedLink:
    """The strongest of the correlations at several lags.

    Attributes
    ----------
    lag
        Periods by which the second series follows the first.
    correlation
        Of what trend and season leave, -1 to 1.
    low, high
        Interval that holds jointly for all lags that were looked at.
    n
        Pairs that it rests on.
    """

    lag: int
    correlation: float
    low: float
    high: float
    n: int

    @property
    def is_seen(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def measure_lagged_link(
    first: npt.ArrayLike, second: npt.ArrayLike, *, max_lag: int = 3, mass: float = 0.95, season: int = 12
) -> LaggedLink:
    """Return how closely one series follows another.

    Parameters
    ----------
    first, second
        Values of the same periods, shape (n,), in time order; NaN where there is none.
    max_lag
        Longest lag that is looked at; 0 is always one of them.
    mass
        Of the interval; shared among the lags after Bonferroni.
    season
        Periods of a year; no wave is taken out of fewer than two years.

    Raises
    ------
    NotEnoughData
        If fewer than 12 pairs are left at the longest lag, or a series does not move.

    Notes
    -----
    Fisher's z with the effective number of pairs of Bartlett (1946): ``n (1 - a b) / (1 + a b)`` for series whose
    neighbours correlate by ``a`` and ``b``.

    Examples
    --------
    >>> rain = np.random.default_rng(7).normal(100, 10, 36)
    >>> level = np.roll(rain, 1) / 10 + np.random.default_rng(8).normal(0, 0.3, 36)
    >>> link = measure_lagged_link(rain, level)
    >>> link.lag, link.is_seen
    (1, True)
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.ndim != 1 or one.shape != other.shape:
        raise BadArgument(f"Series of shapes {one.shape} and {other.shape}.", "give two series of the same periods.")
    share = (1 - mass) / (max_lag + 1)
    shared = _lay_shared(len(one), season)
    links = [_link_at(one[: len(one) - lag], other[lag:], lag, share, shared) for lag in range(max_lag + 1)]
    return max(links, key=lambda link: max(link.low, -link.high))


def _link_at(one: Floats, other: Floats, lag: int, share: float, shared: Floats) -> LaggedLink:
    together = np.isfinite(one) & np.isfinite(other)
    n = int(together.sum())
    if n < FEWEST:
        raise NotEnoughData(f"Two series share {n} periods at lag {lag}.", f"give at least {FEWEST} to compare.")
    design = shared[: len(one)][together]
    left, right = (_clean(series[together], design) for series in (one, other))
    correlation = float(np.clip(left @ right, -_NEARLY_ONE, _NEARLY_ONE))
    memory = _memory(left) * _memory(right)
    free = n + 1 - design.shape[1]
    effective = max(free * (1 - memory) / (1 + memory), _FEWEST_EFFECTIVE)
    width = float(-ndtri(share / 2)) / np.sqrt(effective - 3)
    middle = np.arctanh(correlation)
    return LaggedLink(lag, correlation, float(np.tanh(middle - width)), float(np.tanh(middle + width)), n)


def _lay_shared(n: int, season: int) -> Floats:
    """What every series may share without a link: a line and, from two years on, a yearly wave."""
    time = np.arange(n)
    turn = 2 * np.pi * time / season
    wave = [np.sin(turn), np.cos(turn)] if n >= 2 * season else []
    return np.column_stack([np.ones(n), time - time.mean(), *wave])


def _clean(series: Floats, design: Floats) -> Floats:
    """What the design leaves of a series, at length one."""
    rest = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
    length = float(np.linalg.norm(rest))
    if length <= 1e-9 * max(float(np.linalg.norm(series)), 1e-300):
        raise NotEnoughData("A series does not move beside its trend and season.", "give one that varies.")
    return np.asarray(rest / length)


def _memory(rest: Floats) -> float:
    return float(np.clip(rest[1:] @ rest[:-1], -0.9, 0.9))
