"""Counts of units whose rates differ around a common mean: not at all, like a Gamma, or like a log-normal variable.

What a unit counted is Poisson given its own rate. ``extra`` is the variance of the units' rates over their squared
mean. A Gamma with many units near 0 and a log-normal with a few far above all others are the two ways in which people
and shops usually differ; a sample that misses the few of the second kind must not be believed to have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_CELLS, _MOST_UNITS = 60_000, 2_000
_N_NODES = 7
_Z = np.linspace(-7, 7, 281)


class Kind(StrEnum):
    """How the rates of units differ."""

    POISSON = "poisson"
    GAMMA = "gamma"
    LOG_NORMAL = "log_normal"


@dataclass(frozen=True, slots=True)
class Units:
    """Counts of one arm, equal units put together."""

    counts: Floats
    exposures: Floats
    repeats: Floats

    @property
    def n(self) -> float:
        """How many units there are."""
        return float(self.repeats.sum())

    @property
    def total(self) -> float:
        """What all of them counted."""
        return float(self.counts @ self.repeats)

    @property
    def exposure(self) -> float:
        """How much all of them could count."""
        return float(self.exposures @ self.repeats)


def group_units(counts: npt.ArrayLike, exposures: npt.ArrayLike) -> Units:
    """Return units with equal ones put together; of very many, those whose exposures differ by 2 % at most, too."""
    pairs = np.stack([np.asarray(part, dtype=np.float64) for part in np.broadcast_arrays(counts, exposures)])
    alike = pairs if pairs.shape[1] <= _MOST_UNITS else np.stack([pairs[0], np.round(np.log(pairs[1]) * 50)])
    unique, place, repeats = np.unique(alike, axis=1, return_inverse=True, return_counts=True)
    return Units(unique[0], np.bincount(place.ravel(), pairs[1]) / repeats, repeats.astype(np.float64))


def weigh_means(units: Units, log_means: Floats, kind: Kind, extra: float) -> Floats:
    """Return the log likelihood of means given by their logarithm, up to a constant that is the same for every kind.

    Examples
    --------
    >>> units = group_units([2, 5, 3], [1, 1, 1])
    >>> [weigh_means(units, np.log([3.0, 4.0]), kind, 1e-6).round(3).tolist() for kind in Kind]
    [[1.986, 1.863], [1.986, 1.863], [1.986, 1.863]]
    """
    if kind is Kind.POISSON:
        return units.total * log_means - units.exposure * np.exp(log_means)
    weigh = _weigh_gamma if kind is Kind.GAMMA else _weigh_log_normal
    rows = max(1, _CELLS // len(log_means))
    logs = np.zeros(len(log_means))
    for start in range(0, len(units.counts), rows):
        piece = slice(start, start + rows)
        logs += units.repeats[piece] @ weigh(units.counts[piece, None], units.exposures[piece, None], log_means, extra)
    return logs


def _weigh_gamma(counts: Floats, exposures: Floats, log_means: Floats, extra: float) -> Floats:
    from scipy.special import gammaln

    k = 1 / extra
    level = gammaln(counts + k) - gammaln(k) - counts * np.log(k)
    return np.asarray(level + counts * log_means - (counts + k) * np.log1p(extra * exposures * np.exp(log_means)))


def _weigh_log_normal(counts: Floats, exposures: Floats, log_means: Floats, extra: float) -> Floats:
    """Integrate over each unit's rate by Gauss-Hermite nodes about its mode (Liu & Pierce 1994), which is Wright's."""
    from scipy.special import wrightomega

    variance, exposed = np.log1p(extra), np.log(exposures)
    middle = log_means - variance / 2
    risen = middle + variance * counts
    mode = risen - wrightomega(np.log(variance) + exposed + risen)
    width = 1 / np.sqrt(1 / variance + np.exp(exposed + mode))
    nodes, weights = _nodes()
    log_rates = mode + width * nodes
    logs = counts * log_rates - np.exp(exposed + log_rates) - (log_rates - middle) ** 2 / (2 * variance) + nodes**2 / 2
    peak = logs[_N_NODES // 2]  # that of the node in the middle, which is the mode
    total = (weights * np.exp(logs - peak)).sum(axis=0)
    return np.asarray(peak + np.log(total * width / np.sqrt(2 * np.pi * variance)))


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Return nodes and weights, each with axes for units and points behind."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
    return nodes[:, None, None], weights[:, None, None]


def chance_up_to(counts: Floats, means: Floats, kind: Kind, extra: float) -> Floats:
    """Return the chance of a count of at most this many, for units with these means; 0 below 0.

    Examples
    --------
    >>> [round(float(chance_up_to(np.array([2.0]), np.array([2.0]), kind, 0.5)[0]), 3) for kind in Kind]
    [0.677, 0.688, 0.697]
    """
    from scipy.special import betainc, gammaincc

    shape = np.maximum(counts, 0) + 1
    if kind is Kind.POISSON:
        below = gammaincc(shape, means)
    elif kind is Kind.GAMMA:
        below = betainc(1 / extra, shape, 1 / (1 + extra * means))
    else:
        variance = np.log1p(extra)
        density = np.exp(-(_Z**2) / 2)
        rates = means[:, None] * np.exp(np.sqrt(variance) * _Z - variance / 2)
        below = gammaincc(shape[:, None], rates) @ (density / density.sum())
    return np.asarray(np.where(counts < 0, 0.0, below))
