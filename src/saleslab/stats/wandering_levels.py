"""What do columns say of series whose level wanders?

``value = level + columns x coefficients + noise``, where the level is a random walk of unknown pace: ordinary least
squares would take its wandering for an effect. Each series is filtered under a grid of paces (innovations of a local
level are ordinary regressions), and the paces count by their restricted likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PACES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 30.0)
"""Variance of the level's steps against that of the noise: from a level that stands still to one that is all noise."""

_FEWEST_FREE = 3.0
_SERIES_AT_ONCE = 500
_ROUNDS = 4
_DOUBT = 4.0  # as many series as speak for all paces alike


@dataclass(frozen=True, slots=True, eq=False)
class LevelRegression:
    """Coefficients of many series, one regression each.

    Attributes
    ----------
    coefficients
        Shape (series, columns).
    covariances
        Shape (series, columns, columns); the doubt about the pace of the level is part of it.
    surprises
        Innovations of variance 1, shape (series, periods); 0 before the second period of a series.
    influences
        How much of each surprise went into each coefficient, shape (series, periods, columns).
    freedom
        Degrees of freedom that are left, one a series; not positive where there were too few periods.
    """

    coefficients: Floats
    covariances: Floats
    surprises: Floats
    influences: Floats
    freedom: Floats


def regress_on_wandering_level(values: Floats, columns: Floats, *, penalties: Floats) -> LevelRegression:
    """Return what columns do to each series, beside a level that wanders at a pace of its own.

    Parameters
    ----------
    values
        Shape (series, periods), aligned at the right; NaN before their first periods.
    columns
        Shape (series, periods, columns), of usual size 1.
    penalties
        Shape (series, columns): the noise's variance against the one that a coefficient had beforehand. Near 0 leaves
        it free, a large number holds it at 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, level = rng.normal(size=(1, 200, 1)), np.cumsum(rng.normal(0, 0.3, (1, 200)), axis=1)
    >>> values = level + 2 * x[..., 0] + rng.normal(0, 0.5, (1, 200))
    >>> found = regress_on_wandering_level(values, x, penalties=np.full((1, 1), 1e-6))
    >>> bool(abs(found.coefficients[0, 0] - 2) < 0.15)
    True
    """
    parts = [
        _regress(values[first : first + _SERIES_AT_ONCE], columns[first : first + _SERIES_AT_ONCE], of_rows)
        for first in range(0, len(values), _SERIES_AT_ONCE)
        for of_rows in (penalties[first : first + _SERIES_AT_ONCE],)
    ]
    return LevelRegression(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _regress(values: Floats, columns: Floats, penalties: Floats) -> tuple[Floats, ...]:
    known = ~np.isnan(values)
    table = np.where(known[..., None], np.concatenate([values[..., None], columns], axis=-1), 0.0)
    ages = np.cumsum(known, axis=1) - 1
    n_free = known.sum(axis=1) - 1.0 - (penalties < 1).sum(axis=1)
    found = [_regress_at(pace, table, ages, penalties, np.maximum(n_free, _FEWEST_FREE)) for pace in PACES]
    share = _weigh_paces(np.stack([one[0] for one in found]))
    by_pace = np.stack([one[1] for one in found])
    mean = np.einsum("gn,gnp->np", share, by_pace)
    apart = by_pace - mean
    covariances = np.einsum("gn,gnpq->npq", share, np.stack([one[2] for one in found]))
    covariances += np.einsum("gn,gnp,gnq->npq", share, apart, apart)
    best, row = share.argmax(axis=0), np.arange(len(values))
    surprises = np.stack([one[3] for one in found])[best, row]
    influences = np.stack([one[4] for one in found])[best, row]
    return mean, covariances, surprises, influences, n_free


def _weigh_paces(likelihood: Floats) -> Floats:
    """Return the chance of each pace, shape (paces, series): what all series move at says what one may move at."""
    beforehand = np.zeros((len(likelihood), 1))
    for _ in range(_ROUNDS):
        weighed = likelihood + beforehand
        share = np.exp(weighed - weighed.max(axis=0))
        share /= share.sum(axis=0)
        beforehand = np.log(share.sum(axis=1, keepdims=True) + _DOUBT / len(share))
    return np.asarray(share)


def _regress_at(
    pace: float, table: Floats, ages: npt.NDArray[np.int64], penalties: Floats, n_free: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return likelihoods, coefficients, covariances, surprises and influences under one pace."""
    white, log_size = _whiten(pace, table, ages)
    y, x = white[..., 0], white[..., 1:]
    gram = x.swapaxes(1, 2) @ x
    size = np.maximum(np.einsum("npp->np", gram), 1.0)
    gram += (penalties + 1e-9 * size)[:, :, None] * np.eye(gram.shape[-1])
    cross = np.einsum("ntp,nt->np", x, y)
    inverse = np.linalg.inv(gram)
    coefficients = np.einsum("npq,nq->np", inverse, cross)
    left = np.maximum(
        (y**2).sum(axis=1) - (coefficients * cross).sum(axis=1), 1e-12 * np.maximum((y**2).sum(axis=1), 1e-12)
    )
    noise = left / n_free
    likelihood = -0.5 * (log_size + n_free * np.log(left) + np.linalg.slogdet(gram)[1])
    surprises = (y - np.einsum("ntp,np->nt", x, coefficients)) / np.sqrt(noise)[:, None]
    influences = np.einsum("ntq,npq->ntp", x, inverse) * np.sqrt(noise)[:, None, None]
    return likelihood, coefficients, inverse * noise[:, None, None], surprises, influences


def _whiten(pace: float, table: Floats, ages: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the innovations of a local level, of variance 1 in units of the noise, and the sum of their logarithms.

    The first period of a series tells its level and is no surprise.
    """
    gain, size = _lay_gains(pace, table.shape[1])
    white = np.zeros_like(table)
    level = np.zeros_like(table[:, 0])
    log_size = np.zeros(len(table))
    for at in range(table.shape[1]):
        age = ages[:, at]
        is_first, goes_on = age == 0, age > 0
        surprise = (table[:, at] - level) * goes_on[:, None]
        level = np.where(is_first[:, None], table[:, at], level + gain[age][:, None] * surprise)
        white[:, at] = surprise / np.sqrt(size[age])[:, None]
        log_size += np.where(goes_on, np.log(size[age]), 0.0)
    return white, log_size


def _lay_gains(pace: float, width: int) -> tuple[Floats, Floats]:
    """Return how much of a surprise moves the level, and its variance, by the age of a series."""
    gain, size = np.ones(width), np.ones(width)
    doubt = 1.0
    for age in range(1, width):
        size[age] = doubt + pace + 1.0
        gain[age] = (doubt + pace) / size[age]
        doubt = gain[age]
    return gain, size
