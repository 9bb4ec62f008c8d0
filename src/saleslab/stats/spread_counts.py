"""Rates of counts that spread more than chance alone would make them: a negative binomial by quadrature.

Each unit has a rate of its own around that of its arm (``Gamma`` with variance ``extra``, shared by the arms), and its
count is Poisson given that rate and its exposure. ``extra`` is summed over a grid with its posterior weights, so an
interval is as wide as the data's spread asks for, no less when there are few units to see that spread in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import find_support, lay_line, mix_scales

Floats = npt.NDArray[np.float64]

_N_EXTRA = 20
_CHUNK = 4_000
_EDGES = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 1.0])


@dataclass(frozen=True, slots=True)
class SpreadCounts:
    """Posterior of the arms' rates and of how much the counts spread.

    Attributes
    ----------
    rates
        Posterior of the rate of each arm.
    dispersion
        Shape (q,), rising: variance of a unit's count over its mean, at the mean count; 1 for Poisson counts.
    weights
        Shape (q,), posterior of the dispersion.
    fit_p
        p-value of the fit: how evenly the counts fill the negative binomial's distribution function.
    """

    rates: MixedArms
    dispersion: Floats
    weights: Floats
    fit_p: float

    def dispersion_quantile(self, level: float) -> float:
        """Return a posterior quantile of the dispersion."""
        place = int(np.searchsorted(np.cumsum(self.weights), level))
        return float(self.dispersion[min(place, len(self.weights) - 1)])


@dataclass(frozen=True, slots=True)
class _Arm:
    """Counts of one arm, equal units put together."""

    counts: Floats
    exposures: Floats
    repeats: Floats

    @property
    def total(self) -> float:
        return float(self.counts @ self.repeats)

    @property
    def exposure(self) -> float:
        return float(self.exposures @ self.repeats)


def weigh_counts(
    arms: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]], *, prior: tuple[float, float] = (0.5, 0.0)
) -> SpreadCounts:
    """Return the posterior of the rates of several arms whose units share an unknown spread.

    Prior of ``extra``: density ``1 / (1 + extra)**2`` up to a third of the smaller arm's units. Beyond that, mean and
    variance of a rate would have no posterior mean.

    Parameters
    ----------
    arms
        For each arm, the counts and the exposures of its units, at least 3.
    prior
        Shape and rate of the Gamma prior of each rate; Jeffreys' for Poisson counts by default.

    Examples
    --------
    >>> weeks = np.ones(6)
    >>> answer = weigh_counts([([3, 9, 1, 12, 0, 5], weeks), ([8, 2, 15, 4, 11, 14], weeks)])
    >>> [round(answer.rates.mean(arm), 1) for arm in (0, 1)], round(answer.dispersion_quantile(0.5), 1)
    ([6.3, 11.2], 5.0)
    """
    groups = [_group(*arm) for arm in arms]
    mean_count = sum(arm.total for arm in groups) / sum(float(arm.repeats.sum()) for arm in groups)
    size = max(mean_count, 1e-3)
    ends = find_support(
        lambda values: _log_weights(groups, values, prior), np.log(1e-4 / size), np.log(_largest_extra(groups))
    )
    assert ends is not None
    fine = np.linspace(*ends, _N_EXTRA)
    # all that lies below the smallest value is put on it: there the counts are Poisson for any purpose
    log_prior = fine - 2 * np.log1p(np.exp(fine)) + np.log(fine[1] - fine[0])
    log_prior[[0, -1]] -= np.log(2)
    log_prior[0] = np.logaddexp(log_prior[0], fine[0])

    def log_density(points: Floats) -> Floats:
        return np.stack([[_log_density(arm, points, np.exp(one), prior) for arm in groups] for one in fine])

    rates = mix_scales(_lay_edges(groups, fine[-1], prior), log_density, log_prior, np.zeros(_N_EXTRA))
    return SpreadCounts(rates, 1 + np.exp(fine) * size, rates.weights, _judge_fit(groups, rates, np.exp(fine)))


def _largest_extra(groups: Sequence[_Arm]) -> float:
    return min(float(arm.repeats.sum()) for arm in groups) / 3


def _group(counts: npt.ArrayLike, exposures: npt.ArrayLike) -> _Arm:
    pairs = np.stack([np.asarray(part, dtype=np.float64) for part in np.broadcast_arrays(counts, exposures)])
    unique, repeats = np.unique(pairs, axis=1, return_counts=True)
    return _Arm(unique[0], unique[1], repeats.astype(np.float64))


def _lay_edges(groups: Sequence[_Arm], log_extra: float, prior: tuple[float, float]) -> Floats:
    """Return panels that hold every arm's density for a spread of at most this much."""
    from scipy.special import polygamma, psi

    lows, highs, sharpest = [], [], np.inf
    for arm in groups:
        shape = arm.total + prior[0]
        centre, own = psi(shape) - np.log(arm.exposure + prior[1]), np.sqrt(polygamma(1, shape))
        uneven = float(arm.exposures**2 @ arm.repeats) / arm.exposure**2
        wide = np.sqrt(own**2 + np.exp(log_extra) * uneven)
        lows.append(centre - 10 * wide - 30 / shape)
        highs.append(centre + 10 * wide)
        sharpest = min(sharpest, float(own))
    return lay_line(min(lows), max(highs), sharpest=sharpest)


def _log_density(arm: _Arm, points: Floats, extra: float, prior: tuple[float, float]) -> Floats:
    """Return log likelihood plus log prior of the logarithm of an arm's rate, given the spread."""
    from scipy.special import gammaln

    k = 1 / extra
    rate = np.exp(points)
    logs = prior[0] * points - prior[1] * rate + arm.total * points
    for start in range(0, len(arm.counts), _CHUNK):
        piece = slice(start, start + _CHUNK)
        y, e, n = arm.counts[piece], arm.exposures[piece], arm.repeats[piece]
        level = n @ (gammaln(y + k) - gammaln(k) - y * np.log(k))
        logs = logs + level - (n * (y + k)) @ np.log1p(extra * e[:, None] * rate)
    return np.asarray(logs)


def _log_weights(groups: Sequence[_Arm], log_extra: Floats, prior: tuple[float, float]) -> Floats:
    """Return the log posterior density of the logarithm of the spread, up to a constant."""
    answers = []
    edges = _lay_edges(groups, log_extra[-1], prior)
    points = (edges[1:] + edges[:-1]) / 2
    for one in log_extra:
        logs = np.stack([_log_density(arm, points, np.exp(one), prior) for arm in groups])
        peak = logs.max(axis=1)
        answers.append((peak + np.log(np.exp(logs - peak[:, None]).sum(axis=1))).sum())
    return np.asarray(np.array(answers) + log_extra - 2 * np.log1p(np.exp(log_extra)))


def _judge_fit(groups: Sequence[_Arm], rates: MixedArms, extra: Floats) -> float:
    """Return the p-value of the histogram of chances (Czado, Gneiting & Held 2009), a chi-square on seven bins."""
    from scipy.special import betainc, gammaincc

    best = int(rates.weights.argmax())
    k, filled, n_units = 1 / extra[best], np.zeros(len(_EDGES)), 0.0
    for arm, density in zip(groups, rates.densities, strict=True):
        level = rates.panels.integrate(density * rates.values)[best] * arm.exposures
        top = betainc(k, arm.counts + 1, k / (k + level))
        bottom = np.where(arm.counts > 0, betainc(k, np.maximum(arm.counts, 1), k / (k + level)), 0.0)
        share = (_EDGES[:, None] - bottom) / np.maximum(top - bottom, 1e-300)
        filled += np.clip(share, 0, 1) @ arm.repeats
        n_units += arm.repeats.sum()
    seen, expected = np.diff(filled), n_units * np.diff(_EDGES)
    freedom = len(expected) - 2 - len(groups)
    return float(gammaincc(max(freedom, 1) / 2, ((seen - expected) ** 2 / expected).sum() / 2))
