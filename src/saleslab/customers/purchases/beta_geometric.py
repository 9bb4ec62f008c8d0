"""BG/NBD and MBG/NBD: customers buy at random, and may leave for good after any purchase.

Purchases come as a Poisson process whose rate is Gamma(r, alpha) among customers; after each, the customer leaves with
a chance that is Beta(a, b) among customers. BG/NBD lets nobody leave before the first repeat (Fader, Hardie & Lee 2005,
"Counting your customers the easy way"), so that one-time buyers all count as alive; MBG/NBD lets them leave after the
first purchase too (Batislam, Denizel & Filiztekin 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, leaving_prior_axes, start_rate

_BLOCK = 8_192
_N_POINTS = 24


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """The two models; ``may_leave_at_once`` makes it MBG/NBD."""

    may_leave_at_once: bool

    @property
    def name(self) -> str:
        """The name that `CustomerValue` knows."""
        return "mbgnbd" if self.may_leave_at_once else "bgnbd"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the field."""
        return ("r", "alpha", "a", "b")

    def start(self, groups: PurchaseGroups) -> Floats:
        """Return where to begin."""
        return np.array([*start_rate(groups), 0.7, 2.0])

    def scales(self, groups: PurchaseGroups) -> Floats:
        """Return the size of each parameter that is neither large nor small."""
        return np.array([1.0, groups.mean_age, 1.0, 1.0])

    def axes(self, groups: PurchaseGroups) -> tuple[Floats, Floats]:
        """Return how log-parameters become the four unit-free quantities of a `PurchasePrior`."""
        return leaving_prior_axes(groups.mean_age, rows=[[0, 0, 1, -1], [0, 0, 0.5, 0.5]], has_rate=(False, False))

    def measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        """Return the log-likelihood with its exact gradient and Hessian in the parameters."""
        r, alpha, a, b = values
        at, slope, curve = _measure_counts(groups, values, int(self.may_leave_at_once))
        first = 0 if self.may_leave_at_once else int(np.searchsorted(groups.n_repeats, 0.5))
        for block in groups.blocks(_BLOCK):
            x, n = groups.n_repeats[block], groups.n_customers[block]
            known = alpha + groups.age[block]
            log_known, inverse = np.log(known), 1 / known
            size = n * (r + x)
            at -= size @ log_known
            slope[0] -= n @ log_known
            slope[1] -= size @ inverse
            cross = n @ inverse
            curve[0, 1] -= cross
            curve[1, 1] += size @ (inverse * inverse)
            skip = min(max(first - block.start, 0), len(x))
            if skip < len(x):
                left = 1 / (alpha + groups.recency[block][skip:])
                after = 1 / (b + x[skip:] + (int(self.may_leave_at_once) - 1))
                known_times = (log_known[skip:], inverse[skip:])
                gained = _measure_leaving(n[skip:], r + x[skip:], (*known_times, left), after, a)
                at += gained[0]
                slope += gained[1]
                curve += gained[2]
        curve[1, 0] = curve[0, 1]
        return Measured(float(at), slope, curve)

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""
        from scipy.special import gammaln

        r, alpha, a, b = values
        shift = int(self.may_leave_at_once)
        x, n = groups.count_repeats()
        level = n @ (gammaln(r + x) + gammaln(b + x + shift) - gammaln(a + b + x + shift))
        level += n.sum() * (r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b))
        level -= groups.n_customers @ ((r + groups.n_repeats) * np.log(alpha + groups.age))
        return float(level - groups.n_customers @ np.log(self.chance_alive(groups, values)))

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:
        """Return the chance that a customer of each group has not left for good."""
        r, alpha, a, b = values
        shift = int(self.may_leave_at_once)
        after = b + groups.n_repeats + shift - 1
        may_leave = groups.n_repeats + shift > 0
        apart = (r + groups.n_repeats) * np.log((alpha + groups.age) / (alpha + groups.recency))
        odds = np.where(may_leave, a / np.where(may_leave, after, 1.0) * np.exp(np.minimum(apart, 700.0)), 0.0)
        return np.asarray(1 / (1 + odds))

    def expect(self, groups: PurchaseGroups, values: Floats, horizon: float) -> Floats:
        """Return the expected purchases within a horizon of those who are alive.

        Given the chance p to leave, it is ``(1 - (1 + p h / (alpha + T)) ** -(r + x)) / p``; p is integrated over its
        Beta distribution by Gauss-Jacobi quadrature.
        """
        r, alpha, a, b = values
        answer = np.empty(len(groups))
        reach = horizon / (alpha + groups.age)
        counts, starts = np.unique(groups.n_repeats, return_index=True)
        is_sorted = bool((np.diff(groups.n_repeats) >= 0).all())
        for at, x in enumerate(counts):
            stop = starts[at + 1] if at + 1 < len(counts) else len(groups)
            mine = slice(starts[at], stop) if is_sorted else groups.n_repeats == x
            chances, weights = _beta_nodes(a, b + x + int(self.may_leave_at_once))
            answer[mine] = -np.expm1(-(r + x) * np.log1p(np.outer(reach[mine], chances))) @ (weights / chances)
        return answer

    def exceed(self, groups: PurchaseGroups, values: Floats, horizon: float, n: Floats) -> Floats:
        """Return the chance that those who are alive buy n times or more within a horizon, n from 1."""
        from scipy.special import betainc, betaln

        r, alpha, a, b = values
        stayed = b + groups.n_repeats + int(self.may_leave_at_once)
        stays = np.exp(betaln(a, stayed + n - 1) - betaln(a, stayed))
        share = horizon / (alpha + groups.age + horizon)
        return np.asarray(stays * betainc(n, r + groups.n_repeats, share))


def _measure_counts(groups: PurchaseGroups, values: Floats, shift: int) -> tuple[float, Floats, Floats]:
    """Return the part of the log-likelihood that depends on how often, but not on when: one term a distinct count."""
    from scipy.special import gammaln, polygamma, psi

    r, alpha, a, b = values
    x, n = groups.count_repeats()
    whole = n.sum()
    stayed, all_times = b + x + shift, a + b + x + shift
    value = n @ (gammaln(r + x) + gammaln(stayed) - gammaln(all_times)) + whole * (
        r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b)
    )
    last = n @ psi(all_times) - whole * psi(a + b)
    slope = np.array(
        [
            n @ psi(r + x) + whole * (np.log(alpha) - psi(r)),
            whole * r / alpha,
            -last,
            n @ psi(stayed) - whole * psi(b) - last,
        ]
    )
    curve = np.zeros((4, 4))
    bend = n @ polygamma(1, all_times) - whole * polygamma(1, a + b)
    curve[0, 0] = n @ polygamma(1, r + x) - whole * polygamma(1, r)
    curve[0, 1] = curve[1, 0] = whole / alpha
    curve[1, 1] = -whole * r / alpha**2
    curve[2:, 2:] = -bend
    curve[3, 3] += n @ polygamma(1, stayed) - whole * polygamma(1, b)
    return float(value), slope, curve


def _measure_leaving(
    n: Floats, size: Floats, times: tuple[Floats, Floats, Floats], after: Floats, a: float
) -> tuple[float, Floats, Floats]:
    """Return what it adds that a customer may have left at the last purchase: ``log(1 + odds)`` of having left.

    ``times`` are log(alpha + age), its inverse without the log, and 1 / (alpha + recency); ``after`` is 1 / (b +
    repeats - 1) or, where one may leave at once, 1 / (b + repeats).
    """
    log_known, inverse, left = times
    slopes = np.empty((4, len(n)))
    slopes[0] = log_known + np.log(left)
    apart = inverse - left
    np.multiply(size, apart, out=slopes[1])
    slopes[2] = 1 / a
    np.negative(after, out=slopes[3])
    log_odds = size * slopes[0] + np.log(a * after)
    # large odds: exp would overflow, and log1p(exp(-z)) + z is the same
    small = np.exp(-np.abs(log_odds))
    value = n @ (np.maximum(log_odds, 0) + np.log1p(small))
    share = np.where(log_odds > 0, 1.0, small) / (1 + small)
    weight = n * share
    curve = (slopes * (weight * (1 - share))) @ slopes.T
    cross = weight @ apart
    curve[0, 1] += cross
    curve[1, 1] -= weight @ (slopes[1] * (inverse + left))
    curve[2, 2] -= weight.sum() / a**2
    curve[3, 3] += weight @ (after * after)
    return float(value), slopes @ weight, curve


@lru_cache(maxsize=4_096)
def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Return points and weights that integrate over Beta(a, b): the Jacobi matrix of Golub & Welsch, for any b."""
    from scipy.linalg import eigh_tridiagonal

    k, whole = np.arange(1, _N_POINTS), a + b - 2
    step = 2 * k + whole
    diagonal = (a - b) * whole / (step * (step + 2))
    first = (k[1:] + b - 1) * (k[1:] + a - 1) * (k[1:] + whole) / ((step[1:] + 1) * (step[1:] - 1))
    beside = np.r_[a * b / (a + b + 1), first * k[1:]] * 4 / step**2
    points, vectors = eigh_tridiagonal(np.r_[(a - b) / (a + b), diagonal], np.sqrt(beside))
    return (1 + points) / 2, vectors[0] ** 2
