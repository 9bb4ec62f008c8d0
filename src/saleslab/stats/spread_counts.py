"""Rates of counts that spread more than chance alone would make them, by quadrature.

Each unit has a rate of its own around that of its arm, and its count is Poisson given that rate and its exposure. How
the rates differ (`Kind`) and by how much (``extra``, shared by the arms) is summed over a grid with its posterior
weights, so an interval is as wide as the data's spread asks for, no less when there are few units to see that spread
in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from saleslab.stats.count_kinds import Kind, Units, chance_up_to, group_units, weigh_means
from saleslab.stats.mixed_contests import MixedArms
from saleslab.stats.mixed_scales import lay_line, mix_scales

Floats = npt.NDArray[np.float64]
Prior = tuple[float, float]

KIND_PRIOR = {Kind.POISSON: 0.5, Kind.GAMMA: 0.25, Kind.LOG_NORMAL: 0.25}
"""Chance of each kind before the data."""

LARGEST_EXTRA = 10.0
"""Largest ``extra`` of a log-normal kind: there one unit in fifty has half of the total."""

_N_SEARCHED, _N_EXTRA, _N_SUMMED, _N_POINTS = 16, 14, 16, 48
_NEGLIGIBLE, _NOTHING = 18.0, -1e6
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
        p-value of the fit: how evenly the counts fill the distribution function of the likeliest kind.
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
class _Shared:
    """How the units of all arms differ, with the log of its prior chance."""

    kind: Kind
    extra: float
    log_prior: float

    @property
    def reach(self) -> float:
        """Variance of the logarithm of a rate among units, about."""
        return float(np.log1p(self.extra)) if self.kind is Kind.LOG_NORMAL else self.extra


def weigh_counts(arms: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]], *, prior: Prior = (0.5, 0.0)) -> SpreadCounts:
    """Return the posterior of the rates of several arms whose units share an unknown spread.

    Before the data half the chance lies on Poisson counts, a quarter on rates like a Gamma and a quarter on rates like
    a log-normal variable (`KIND_PRIOR`). Prior of ``extra``: density ``1 / (1 + extra)**2``, up to a third of the
    smaller arm's units for the Gamma (beyond that, mean and variance of a rate would have no posterior mean) and to
    `LARGEST_EXTRA` for the log-normal.

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
    ([6.6, 12.9], 6.3)
    """
    groups = [group_units(*arm) for arm in arms]
    size = max(sum(arm.total for arm in groups) / sum(arm.n for arm in groups), 1e-3)
    shared = _find_shared(groups, size, prior)

    def log_density(points: Floats) -> Floats:
        return np.stack([[_log_density(arm, points, one, prior) for arm in groups] for one in shared])

    log_prior = np.array([one.log_prior for one in shared])
    rates = mix_scales(_lay_edges(groups, shared, prior), log_density, log_prior, np.zeros(len(shared)))
    dispersion = np.array([1 + one.extra * size for one in shared])
    rising = np.argsort(dispersion)
    fit_p = _judge_fit(groups, rates, shared[int(rates.weights.argmax())])
    return SpreadCounts(rates, dispersion[rising], rates.weights[rising], fit_p)


def largest_extra(kind: Kind, n_units: float) -> float:
    """Return the end of the prior of ``extra``, given the units of the smaller arm."""
    return LARGEST_EXTRA if kind is Kind.LOG_NORMAL else n_units / 3


def _find_shared(groups: Sequence[Units], size: float, prior: Prior) -> list[_Shared]:
    """Return the kinds and the values of ``extra`` that matter."""
    poisson = _Shared(Kind.POISSON, 0.0, float(np.log(KIND_PRIOR[Kind.POISSON])))
    start, n_units = np.log(1e-3 / max(size, 1)), min(arm.n for arm in groups)
    ends = {kind: np.log(largest_extra(kind, n_units)) for kind in (Kind.GAMMA, Kind.LOG_NORMAL)}
    found = {kind: _search(partial(_log_weights, groups, kind, end, prior), start, end) for kind, end in ends.items()}
    alone = _log_evidence(groups, poisson, prior) + poisson.log_prior
    least = max(alone, *(peak for peak, _, _ in found.values())) - _NEGLIGIBLE
    shared = [poisson] if alone > least else []
    for kind, (peak, low, high) in found.items():
        shared += _lay_extras(kind, ends[kind], low, high) if peak > least else []
    return shared


def _search(log_weight: Callable[[Floats], Floats], low: float, high: float) -> tuple[float, float, float]:
    """Return the peak of a log density, and between which values it lives: narrowed until some of them matter."""
    while True:
        values = np.linspace(low, high, _N_SEARCHED)
        logs = log_weight(values)
        near = np.nonzero(logs > logs.max() - _NEGLIGIBLE)[0]
        low, high = float(values[max(near[0] - 1, 0)]), float(values[min(near[-1] + 1, _N_SEARCHED - 1)])
        if 4 * len(near) >= _N_SEARCHED:
            return float(logs.max()), low, high


def _lay_extras(kind: Kind, end: float, low: float, high: float) -> list[_Shared]:
    """Return values of ``extra`` between two logarithms, with the prior chance of each."""
    fine, step = np.linspace(low, high, _N_EXTRA, retstep=True)
    masses = _log_prior(fine, end) + np.log(step * KIND_PRIOR[kind])
    masses[[0, -1]] -= np.log(2)
    return [_Shared(kind, float(np.exp(one)), float(mass)) for one, mass in zip(fine, masses, strict=True)]


def _log_prior(log_extra: Floats, end: float) -> Floats:
    """Return the log prior density of the logarithm of ``extra``, which integrates to 1 up to its end."""
    return np.asarray(log_extra - 2 * np.log1p(np.exp(log_extra)) + np.log1p(np.exp(-end)))


def _log_weights(groups: Sequence[Units], kind: Kind, end: float, prior: Prior, log_extra: Floats) -> Floats:
    """Return the log posterior density of the logarithm of ``extra`` for one kind, up to a constant."""
    logs = [_log_evidence(groups, _Shared(kind, float(np.exp(one)), 0.0), prior) for one in log_extra]
    return np.array(logs) + _log_prior(log_extra, end)


def _log_evidence(groups: Sequence[Units], one: _Shared, prior: Prior) -> float:
    """Return the log likelihood of one way to differ, summed over the arms' rates."""
    total = 0.0
    for arm in groups:
        points, step = np.linspace(*_ends(arm, one, prior), _N_SUMMED, retstep=True)
        logs = _weigh_exactly(arm, points, one, prior)
        peak = logs.max()
        total += peak + np.log(np.exp(logs - peak).sum() * step)
    return float(total)


def _ends(arm: Units, one: _Shared, prior: Prior) -> tuple[float, float]:
    """Return between which values the logarithm of an arm's rate lies."""
    from scipy.special import psi

    shape, sd = arm.total + prior[0], _sd(arm, one, prior)
    centre = float(psi(shape)) - np.log(arm.exposure + prior[1])
    return centre - 10 * sd - 30 / shape, centre + 10 * sd


def _sd(arm: Units, one: _Shared, prior: Prior) -> float:
    """Return about how well the logarithm of an arm's rate is known."""
    from scipy.special import polygamma

    uneven = float(arm.exposures**2 @ arm.repeats) / arm.exposure**2
    return float(np.sqrt(polygamma(1, arm.total + prior[0]) + one.reach * uneven))


def _lay_edges(groups: Sequence[Units], shared: Sequence[_Shared], prior: Prior) -> Floats:
    """Return panels that hold every arm's density for each of these."""
    widest, sharpest = (choose(shared, key=lambda one: one.reach) for choose in (max, min))
    ends = np.array([_ends(arm, widest, prior) for arm in groups])
    return lay_line(ends[:, 0].min(), ends[:, 1].max(), sharpest=min(_sd(arm, sharpest, prior) for arm in groups))


def _log_density(arm: Units, points: Floats, one: _Shared, prior: Prior) -> Floats:
    """Return log likelihood plus log prior of the logarithm of an arm's rate, given how its units differ.

    What takes an integral for each unit is known at some points and smooth between them.
    """
    if one.kind is not Kind.LOG_NORMAL:
        return _weigh_exactly(arm, points, one, prior)
    from scipy.interpolate import CubicSpline

    low, high = _ends(arm, one, prior)
    known = np.linspace(low, high, _N_POINTS)
    curve = CubicSpline(known, _weigh_exactly(arm, known, one, prior))
    return np.where((points < low) | (points > high), _NOTHING, curve(np.clip(points, low, high)))


def _weigh_exactly(arm: Units, points: Floats, one: _Shared, prior: Prior) -> Floats:
    return weigh_means(arm, points, one.kind, one.extra) + prior[0] * points - prior[1] * np.exp(points)


def _judge_fit(groups: Sequence[Units], rates: MixedArms, likeliest: _Shared) -> float:
    """Return the p-value of the histogram of chances (Czado, Gneiting & Held 2009), a chi-square on seven bins."""
    from scipy.special import gammaincc

    best, filled = int(rates.weights.argmax()), np.zeros(len(_EDGES))
    for arm, density in zip(groups, rates.densities, strict=True):
        level = rates.panels.integrate(density * rates.values)[best] * arm.exposures
        top, bottom = (chance_up_to(arm.counts - less, level, likeliest.kind, likeliest.extra) for less in (0, 1))
        share = (_EDGES[:, None] - bottom) / np.maximum(top - bottom, 1e-300)
        filled += np.clip(share, 0, 1) @ arm.repeats
    seen, expected = np.diff(filled), sum(arm.n for arm in groups) * np.diff(_EDGES)
    freedom = len(expected) - 2 - len(groups)
    return float(gammaincc(max(freedom, 1) / 2, ((seen - expected) ** 2 / expected).sum() / 2))
