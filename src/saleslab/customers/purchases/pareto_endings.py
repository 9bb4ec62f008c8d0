"""The likelihood of Pareto/NBD, put together from endings.

A customer with x repeats who bought last at t and was looked at at T left either between t and the latest day on which
anybody is looked at, L, or not between T and L. The first is the integral from t to L of ``s (alpha + u) ** -(r + x)
(beta + u) ** -(s + 1)``, a function of (x, t); the second ``(alpha + T) ** -(r + x) (beta + T) ** -s`` less the same
integral from T, a function of (x, T). Each is worked out once for each ending; the integral from T is the smaller part
of its difference, so that no digits are lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.customers.purchases.endings import Endings, Floats
from saleslab.customers.purchases.models import Measured

_POWER = 5.0
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_POINTS, _WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2
_TINY = float(np.finfo(np.float64).tiny)


def weigh_endings(part: Endings, values: Floats, latest: float) -> tuple[Floats, Floats]:
    """Return for each group the logarithms of its likelihood, but for what depends on x alone, and of being alive."""
    terms = _Terms.lay(part, values, latest)
    return np.logaddexp(terms.leaving[part.at_last], terms.staying[part.at_age]), terms.alive[part.at_age]


def measure_endings(part: Endings, n: Floats, values: Floats, latest: float) -> Measured:
    """Return the sum of the logarithms of the likelihoods of groups of n customers, with gradient and Hessian."""
    terms = _Terms.lay(part, values, latest)
    slopes, of_leaving, of_staying = terms.slope(values)
    leaving, staying = terms.leaving[part.at_last], terms.staying[part.at_age]
    apart = np.exp(-np.abs(leaving - staying))
    value = n @ (np.maximum(leaving, staying) + np.log1p(apart))
    has_left = np.where(leaving > staying, 1.0, apart) / (1 + apart)
    gone, here = n * has_left, n * (1 - has_left)
    size = len(part.time)
    n_gone: Floats = np.bincount(part.at_last, gone, size).astype(np.float64)
    n_here: Floats = np.bincount(part.at_age, here, size).astype(np.float64)
    slope = n_gone @ of_leaving + n_here @ of_staying
    # the Hessian of a mixture: those of its parts, and how far their gradients are apart
    between = of_leaving[part.at_last] - of_staying[part.at_age]
    curve = (between * (gone * (1 - has_left))[:, None]).T @ between
    curve -= (of_leaving * n_gone[:, None]).T @ of_leaving + (of_staying * n_here[:, None]).T @ of_staying
    weights = terms.share(n_gone, n_here)
    flat = slopes.reshape(4, -1)
    curve += (flat * weights.ravel()) @ flat.T + terms.bend(weights, values)
    return Measured(float(value), slope, curve)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """The terms of each ending, one a column: leaving at 12 times after it, and last not having left before it.

    Attributes
    ----------
    size
        r + x.
    known, log_known, lived, log_lived
        alpha + u and beta + u at the times u of the terms, and their logarithms.
    shares
        Of the first 12 terms, in the integral.
    leaving, alive, staying
        Logarithms of the integral, of the last term, and of the last less the integral.
    """

    size: Floats
    known: Floats
    log_known: Floats
    lived: Floats
    log_lived: Floats
    shares: Floats
    leaving: Floats
    alive: Floats
    staying: Floats

    @classmethod
    def lay(cls, part: Endings, values: Floats, latest: float) -> _Terms:
        """Return the terms.

        The times are Gauss-Legendre points in a power of (base + u), of which the integrand is nearly a polynomial: 12
        give ten digits.
        """
        r, alpha, s, beta = values
        size, base = r + part.n_repeats, min(alpha, beta)
        first, span = base + part.time, latest - part.time
        pace = size * first / (alpha + part.time) + (s + 1) * first / (beta + part.time)
        decay = np.maximum(pace - 1, 0.05) / _POWER
        lowest = np.exp(-decay * np.log1p(span / first))
        log_points = np.log(lowest[:, None] + (1 - lowest)[:, None] * _POINTS)
        # the sum that changes faster, and its logarithm: base + u
        near, log_near = np.empty((2, len(size), len(_POINTS) + 1))
        near[:, -1], log_near[:, -1] = first, np.log(first)
        stretch = log_points / -decay[:, None]
        np.add(log_near[:, -1:], stretch, out=log_near[:, :-1])
        np.multiply(first[:, None], np.exp(stretch, out=stretch), out=near[:, :-1])
        far = near + abs(beta - alpha)
        log_far = np.log(far)
        known, log_known, lived, log_lived = (
            (near, log_near, far, log_far) if alpha <= beta else (far, log_far, near, log_near)
        )
        # du = (base + u) / (decay q) dq
        logs = log_near[:, :-1] - log_points
        logs -= log_known[:, :-1] * size[:, None]
        logs -= log_lived[:, :-1] * (s + 1)
        logs += np.log(_WEIGHTS * s)
        peak = logs.max(axis=1)
        shares = np.exp(logs - peak[:, None])
        whole = shares.sum(axis=1)
        shares /= whole[:, None]
        leaving = peak + np.log(whole) + np.log(np.maximum(1 - lowest, _TINY) / decay)
        alive = -size * log_known[:, -1] - s * log_lived[:, -1]
        staying = alive + np.log1p(-np.minimum(np.exp(leaving - alive), 1 - 1e-15))
        return cls(size, known, log_known, lived, log_lived, shares, leaving, alive, staying)

    def slope(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the gradients of the logarithms of the terms, and, one row an ending, of both parts."""
        s = values[2]
        slopes = np.empty((4, *self.known.shape))
        np.negative(self.log_known, out=slopes[0])
        np.divide(-self.size[:, None], self.known, out=slopes[1])
        np.negative(self.log_lived, out=slopes[2])
        slopes[2, :, :-1] += 1 / s
        np.divide(-(s + 1), self.lived, out=slopes[3])
        slopes[3, :, -1] *= s / (s + 1)
        of_leaving = np.einsum("kgi,gi->gk", slopes[:, :, :-1], self.shares)
        not_yet, left = np.exp(self.alive - self.staying), np.exp(self.leaving - self.staying)
        of_staying = slopes[:, :, -1].T * not_yet[:, None] - of_leaving * left[:, None]
        return slopes, of_leaving, of_staying

    def share(self, n_gone: Floats, n_here: Floats) -> Floats:
        """Return how many customers each term stands for; the integral is taken off those who are here."""
        weights = np.empty(self.known.shape)
        gone = n_gone - n_here * np.exp(self.leaving - self.staying)
        np.multiply(self.shares, gone[:, None], out=weights[:, :-1])
        weights[:, -1] = n_here * np.exp(self.alive - self.staying)
        return weights

    def bend(self, weights: Floats, values: Floats) -> Floats:
        """Return the weighted sum of the Hessians of the logarithms of the terms."""
        s = values[2]
        curve = np.zeros((4, 4))
        by_known, by_lived = weights / self.known, weights / self.lived
        leaving = by_lived / self.lived
        curve[0, 1] = curve[1, 0] = -by_known.sum()
        curve[1, 1] = self.size @ (by_known / self.known).sum(axis=1)
        curve[2, 2] = -weights[:, :-1].sum() / s**2
        curve[2, 3] = curve[3, 2] = -by_lived.sum()
        curve[3, 3] = (s + 1) * leaving.sum() - leaving[:, -1].sum()
        return curve
