"""Pareto/NBD: customers buy at random while they live, and leave at random, whether they buy or not.

Purchases come as a Poisson process whose rate is Gamma(r, alpha) among customers; the time until a customer leaves is
exponential with a rate that is Gamma(s, beta) (Schmittlein, Morrison & Colombo 1987, "Counting your customers"). The
likelihood is written as one integral of positive terms over the time of leaving instead of a difference of
hypergeometric functions, so that nothing cancels, however often a customer bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, leaving_prior_axes, start_rate

_BLOCK = 1_024
_POWER = 3.0
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_POINTS, _WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True, slots=True)
class ParetoNBD:
    """The model; it has no state."""

    @property
    def name(self) -> str:
        """The name that `CustomerValue` knows."""
        return "pareto_nbd"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the field."""
        return ("r", "alpha", "s", "beta")

    def start(self, groups: PurchaseGroups) -> Floats:
        """Return where to begin."""
        return np.array([*start_rate(groups), 0.7, 0.7 * groups.mean_age])

    def scales(self, groups: PurchaseGroups) -> Floats:
        """Return the size of each parameter that is neither large nor small."""
        return np.array([1.0, groups.mean_age, 1.0, groups.mean_age])

    def axes(self, groups: PurchaseGroups) -> tuple[Floats, Floats]:
        """Return how log-parameters become the four unit-free quantities of a `PurchasePrior`."""
        return leaving_prior_axes(groups.mean_age, rows=[[0, 0, 1, -1], [0, 0, 1, 0]], has_rate=(True, False))

    def measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        """Return the log-likelihood with its exact gradient and Hessian in the parameters."""
        at, slope, curve = _measure_counts(groups, values)
        for block in groups.blocks(_BLOCK):
            part = groups.take(block)
            logs, terms = _lay_terms(part, values)
            slopes, ends = _slope_terms(terms, values)
            n = part.n_customers
            peak = logs.max(axis=1)
            shares = np.exp(logs - peak[:, None])
            whole = shares.sum(axis=1)
            shares /= whole[:, None]
            at += n @ (peak + np.log(whole))
            means = np.einsum("kgi,gi->kg", slopes, shares)
            slope += means @ n
            weighted = (shares * n[:, None]).ravel()
            flat = slopes.reshape(4, -1)
            curve += (flat * weighted) @ flat.T - (means * n) @ means.T
            curve += _bend(part, ends, weighted.reshape(shares.shape), values)
        return Measured(float(at), slope, curve)

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""
        from scipy.special import gammaln

        r, alpha, s, beta = values
        counts, n = groups.count_repeats()
        level = n @ gammaln(r + counts) + n.sum() * (r * np.log(alpha) - gammaln(r) + s * np.log(beta))
        for block in groups.blocks(_BLOCK):
            part = groups.take(block)
            logs, _ = _lay_terms(part, values)
            peak = logs.max(axis=1)
            level += part.n_customers @ (peak + np.log(np.exp(logs - peak[:, None]).sum(axis=1)))
        return float(level)

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:
        """Return the chance that a customer of each group has not left for good."""
        answer = np.empty(len(groups))
        for block in groups.blocks(_BLOCK):
            logs, _ = _lay_terms(groups.take(block), values)
            shares = np.exp(logs - logs.max(axis=1, keepdims=True))
            answer[block] = shares[:, -1] / shares.sum(axis=1)
        return answer

    def expect(self, groups: PurchaseGroups, values: Floats, horizon: float) -> Floats:
        """Return the expected purchases within a horizon of those who are alive."""
        r, alpha, s, beta = values
        known, lived = alpha + groups.age, beta + groups.age
        apart = np.log1p(horizon / lived)
        stretch = -(s - 1) * apart
        time = lived * np.where(np.abs(stretch) < 1e-12, apart, -np.expm1(stretch) / _away_from_zero(s - 1))
        return np.asarray((r + groups.n_repeats) / known * time)

    def exceed(self, groups: PurchaseGroups, values: Floats, horizon: float, n: Floats) -> Floats:
        """Return the chance that those who are alive buy n times or more within a horizon, n from 1."""
        from scipy.special import betainc

        r, alpha, s, beta = values
        known, lived, size = alpha + groups.age, beta + groups.age, r + groups.n_repeats
        stays = np.exp(-s * np.log1p(horizon / lived))
        answer = stays * betainc(n, size, horizon / (known + horizon))
        for point, weight in zip(_POINTS, _WEIGHTS, strict=True):
            # leaving times are taken at even steps of the chance to have left by then
            left_at = lived * np.expm1(-np.log(stays + (1 - stays) * point) / s)
            answer += weight * (1 - stays) * betainc(n, size, left_at / (known + left_at))
        return np.asarray(answer)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300


def _measure_counts(groups: PurchaseGroups, values: Floats) -> tuple[float, Floats, Floats]:
    """Return the part of the log-likelihood that depends on how often, but not on when."""
    from scipy.special import gammaln, polygamma, psi

    r, alpha, s, beta = values
    x, n = groups.count_repeats()
    whole = n.sum()
    value = n @ gammaln(r + x) + whole * (r * np.log(alpha) - gammaln(r) + s * np.log(beta))
    slope = np.array(
        [n @ psi(r + x) + whole * (np.log(alpha) - psi(r)), whole * r / alpha, whole * np.log(beta), whole * s / beta]
    )
    curve = np.zeros((4, 4))
    curve[0, 0] = n @ polygamma(1, r + x) - whole * polygamma(1, r)
    curve[0, 1] = curve[1, 0] = whole / alpha
    curve[1, 1] = -whole * r / alpha**2
    curve[2, 3] = curve[3, 2] = whole / beta
    curve[3, 3] = -whole * s / beta**2
    return float(value), slope, curve


class _Terms(NamedTuple):
    """What the terms of a likelihood are made of: r + x, and alpha + u and beta + u with their logarithms."""

    size: Floats
    known: Floats
    log_known: Floats
    lived: Floats
    log_lived: Floats


def _lay_terms(groups: PurchaseGroups, values: Floats) -> tuple[Floats, _Terms]:
    """Return the logarithms of the terms of each group's likelihood, one a column.

    The last term is being alive; the others are points of the integral over the time u of leaving, of
    ``s (alpha + u) ** -(r + x) (beta + u) ** -(s + 1)``. They are Gauss-Legendre points in a power of (alpha + u), of
    which the integrand is nearly a polynomial: 12 give ten digits.
    """
    r, alpha, s, beta = values
    size = (r + groups.n_repeats)[:, None]
    first, last = (alpha + groups.recency)[:, None], (alpha + groups.age)[:, None]
    span = np.log(last / first)
    decay = np.maximum(size - 1 + (s + 1) * first / (first - alpha + beta), 0.05) / _POWER
    lowest = np.exp(-decay * span)
    points = lowest + (1 - lowest) * _POINTS
    log_points = np.log(points)
    known = np.empty((len(groups), len(_POINTS) + 1))
    np.multiply(first, np.exp(log_points / -decay), out=known[:, :-1])
    known[:, -1] = last[:, 0]
    log_known = np.empty_like(known)
    log_known[:, :-1] = np.log(first) - log_points / decay
    log_known[:, -1] = np.log(last[:, 0])
    lived = known + (beta - alpha)
    log_lived = np.log(lived)
    logs = -size * log_known - s * log_lived
    # du = (alpha + u) / (decay q) dq
    tiny = np.finfo(np.float64).tiny
    steps = np.log(_WEIGHTS * s / np.maximum(decay, tiny)) + np.log(np.maximum(1 - lowest, tiny))
    logs[:, :-1] += steps + log_known[:, :-1] - log_points - log_lived[:, :-1]
    return logs, _Terms(size, known, log_known, lived, log_lived)


def _slope_terms(terms: _Terms, values: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return the gradients of the terms, and the inverses of alpha + u and beta + u."""
    s = values[2]
    known, lived = 1 / terms.known, 1 / terms.lived
    leaving = np.full(known.shape[1], s + 1)
    leaving[-1] = s
    slopes = np.empty((4, *known.shape))
    np.negative(terms.log_known, out=slopes[0])
    np.multiply(known, -terms.size, out=slopes[1])
    np.negative(terms.log_lived, out=slopes[2])
    slopes[2, :, :-1] += 1 / s
    np.multiply(lived, -leaving, out=slopes[3])
    return slopes, (known, lived)


def _bend(groups: PurchaseGroups, ends: tuple[Floats, Floats], weighted: Floats, values: Floats) -> Floats:
    """Return the weighted sum of the Hessians of the terms."""
    r, _, s, _ = values
    known, lived = ends
    size = r + groups.n_repeats
    curve = np.zeros((4, 4))
    by_known, by_lived = weighted * known, weighted * lived
    leaving = by_lived * lived
    curve[0, 1] = curve[1, 0] = -by_known.sum()
    curve[1, 1] = size @ (by_known * known).sum(axis=1)
    curve[2, 2] = -weighted[:, :-1].sum() / s**2
    curve[2, 3] = curve[3, 2] = -by_lived.sum()
    curve[3, 3] = (s + 1) * leaving.sum() - leaving[:, -1].sum()
    return curve
