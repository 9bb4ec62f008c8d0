"""Pareto/NBD: customers buy at random while they live, and leave at random, whether they buy or not.

Purchases come as a Poisson process whose rate is Gamma(r, alpha) among customers; the time until a customer leaves is
exponential with a rate that is Gamma(s, beta) (Schmittlein, Morrison & Colombo 1987, "Counting your customers"). The
likelihood is written as integrals of positive terms over the time of leaving (`pareto_endings`) instead of a difference
of hypergeometric functions, so that nothing cancels, however often a customer bought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, leaving_prior_axes, start_rate
from saleslab.customers.purchases.pareto_endings import measure_endings, weigh_endings

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
        latest = float(groups.age.max())
        for part in groups.endings:
            gained = measure_endings(part, groups.n_customers[part.groups], values, latest)
            at, slope, curve = at + gained.value, slope + gained.slope, curve + gained.curve
        return Measured(float(at), slope, curve)

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""
        from scipy.special import gammaln

        r, alpha, s, beta = values
        counts, n = groups.count_repeats()
        level = n @ gammaln(r + counts) + n.sum() * (r * np.log(alpha) - gammaln(r) + s * np.log(beta))
        latest = float(groups.age.max())
        for part in groups.endings:
            level += groups.n_customers[part.groups] @ weigh_endings(part, values, latest)[0]
        return float(level)

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:
        """Return the chance that a customer of each group has not left for good."""
        answer = np.empty(len(groups))
        latest = float(groups.age.max())
        for part in groups.endings:
            whole, alive = weigh_endings(part, values, latest)
            answer[part.groups] = np.exp(alive - whole)
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
