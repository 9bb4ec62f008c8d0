"""What do many series together say of a driver, and what is each believed to be?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole
from saleslab.stats.wandering_levels import LevelRegression

_LEAST_CHANCE = 0.5
_CHANCE_OF_SPREAD = 0.99
_FEWEST_FOR_SPREAD = 5


@dataclass(frozen=True, slots=True, eq=False)
class PooledDrivers:
    """What is believed of each driver, in usual steps of it.

    Attributes
    ----------
    mean, covariance
        Of the effects that all series share.
    freedom
        Degrees of freedom behind the covariance.
    chance
        That a driver does anything.
    kept
        The means, 0 where noise explains them as well.
    by_series
        What each series' forecast follows, shape (series, drivers).
    own_variance
        How far each series' own effect may lie from it, beside the doubt about the mean.
    """

    mean: Floats
    covariance: Floats
    freedom: float
    chance: Floats
    kept: Floats
    by_series: Floats
    own_variance: Floats

    @classmethod
    def nothing(cls, n_series: int, n_drivers: int) -> PooledDrivers:
        """Return what is believed where nothing can be learnt."""
        none, blank = np.zeros(n_drivers), np.zeros((n_series, n_drivers))
        return cls(none, np.zeros((n_drivers, n_drivers)), 1.0, none, none, blank, blank)

    @property
    def reach(self) -> float:
        """How many standard errors a bound of 95 % lies from the mean."""
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, 0.975))


def pool_drivers(found: LevelRegression, n_drivers: int, rows: Whole, teaching: np.ndarray) -> PooledDrivers:
    """Return the effects that series share, and each series' own as far as it differs from them beyond chance.

    Parameters
    ----------
    found
        One regression a teaching series; the drivers are its first columns.
    n_drivers
        How many they are.
    rows
        Which of all series were regressed.
    teaching
        Of all series, which say anything of which driver.
    """
    says = teaching[rows]
    own, variance = found.coefficients[:, :n_drivers], np.diagonal(found.covariances, axis1=1, axis2=2)[:, :n_drivers]
    variance = np.where(says, variance, np.inf)
    freedom = float(np.median(found.freedom))
    spread = _find_spread(own, variance, says, freedom)
    weight = 1 / (variance + spread)
    total = np.maximum(weight.sum(axis=0), 1e-300)
    share = weight / total
    mean = (share * np.where(says, own, 0.0)).sum(axis=0)
    size, n_alone = _widen_for_likeness(found, share)
    covariance = _join(found, share, np.sqrt(np.where(says.any(axis=0), size / total, 0.0)))
    all_free = freedom * max(1.0, float(n_alone.min()))
    chance = np.where(says.any(axis=0), _weigh_chance(mean, np.diagonal(covariance), freedom, all_free), 0.0)
    chance = np.where(spread > 0, np.maximum(chance, _CHANCE_OF_SPREAD), chance)
    kept = np.where(chance >= _LEAST_CHANCE, chance * mean, 0.0)
    pull = np.where(says, spread / (spread + variance), 0.0)
    by_series, own_variance = np.tile(kept, (len(teaching), 1)), np.tile(spread, (len(teaching), 1))
    by_series[rows] += pull * (own - mean)
    own_variance[rows] = np.where(says, pull * np.where(says, variance, 0.0), spread)
    return PooledDrivers(mean, covariance, freedom, chance, kept, by_series, own_variance)


def _find_spread(own: Floats, variance: Floats, says: np.ndarray, freedom: float) -> Floats:
    """Return how far the true effects lie apart (DerSimonian and Laird), 0 where chance explains it."""
    from scipy.special import chdtri

    weight = 1 / variance
    total = np.maximum(weight.sum(axis=0), 1e-300)
    mean = (weight * np.where(says, own, 0.0)).sum(axis=0) / total
    n = says.sum(axis=0)
    heavy = freedom / max(freedom - 2, 1.0)
    apart = (weight * np.where(says, own - mean, 0.0) ** 2).sum(axis=0) / heavy
    expected = np.maximum(n - 1, 0)
    beyond = chdtri(np.maximum(expected, 1), 1 - _CHANCE_OF_SPREAD)
    divisor = np.maximum(total - (weight**2).sum(axis=0) / total, 1e-300)
    is_apart = (n >= _FEWEST_FOR_SPREAD) & (apart > beyond)
    return np.where(is_apart, heavy * (apart - expected) / divisor, 0.0)


def _widen_for_likeness(found: LevelRegression, share: Floats) -> tuple[Floats, Floats]:
    """Return by what the variance of each mean grows as series share their luck, and as how many alone they count.

    Series of one company err together. How much their surprises are alike is measured; what it costs depends on
    whether a driver moved in all of them at once.
    """
    surprises = found.surprises
    n = (surprises != 0).sum(axis=0)
    pairs = float((n * (n - 1.0)).sum())
    alike = float((surprises.sum(axis=0) ** 2 - (surprises**2).sum(axis=0)).sum())
    likeness = min(max(alike / pairs, 0.0), 1.0) if pairs > 0 else 0.0
    parts = np.einsum("np,ntp->ntp", share, found.influences[:, :, : share.shape[1]])
    together, apart = (parts.sum(axis=0) ** 2).sum(axis=0), (parts**2).sum(axis=(0, 1))
    aligned = together / np.maximum(apart, 1e-300)
    size = np.maximum(1 - likeness + likeness * aligned, 1e-6)
    return size, np.maximum((share > 0).sum(axis=0) / np.maximum(size, 1.0), 1.0)


def _join(found: LevelRegression, share: Floats, deviation: Floats) -> Floats:
    """Return the covariance of the means: their own deviations, correlated as they are within the series."""
    p = share.shape[1]
    inner = found.covariances[:, :p, :p]
    size = np.sqrt(np.maximum(np.diagonal(inner, axis1=1, axis2=2), 1e-300))
    weight = share.mean(axis=1)
    correlation = np.einsum(
        "n,npq->pq", weight / max(float(weight.sum()), 1e-300), inner / (size[:, :, None] * size[:, None])
    )
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * np.outer(deviation, deviation))


def _weigh_chance(mean: Floats, variance: Floats, freedom: float, n_free: float) -> Floats:
    """Return the chance that an effect is one: a half beforehand, against the information of one observation."""
    squared = mean**2 / np.maximum(variance, 1e-300)
    odds = 0.5 * (freedom + 1) * np.log1p(squared / freedom) - 0.5 * np.log(n_free + 1)
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))
