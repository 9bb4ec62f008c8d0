"""Values that carry their exact first and second derivatives, so that a likelihood is written once.

A `Jet` is a vector of values with the gradient and the Hessian of each in a few parameters. Written with jets, a
formula gives Newton's method all that it needs, without a derivative done by hand and without a finite difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """Values with their derivatives.

    Attributes
    ----------
    value
        Shape (m,), or (1,) where it is the same everywhere.
    slope
        Shape (p, m) or (p, 1): the gradient in p parameters.
    curve
        Shape (p, p, m) or (p, p, 1): the Hessian.

    Examples
    --------
    >>> (x,) = open_jets(np.array([3.0]))
    >>> y = x * x + 1.0
    >>> y.value, y.slope, y.curve
    (array([10.]), array([[6.]]), array([[[2.]]]))
    """

    value: Floats
    slope: Floats
    curve: Floats

    # numpy leaves `array * jet` to the jet
    __array_ufunc__ = None

    def __add__(self, other: Any) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.slope + other.slope, self.curve + other.curve)
        return Jet(self.value + other, self.slope, self.curve)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.slope, -self.curve)

    def __sub__(self, other: Any) -> Jet:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Jet:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.slope * other, self.curve * other)
        cross = self.slope[:, None] * other.slope[None]
        return Jet(
            self.value * other.value,
            self.slope * other.value + other.slope * self.value,
            self.curve * other.value + other.curve * self.value + cross + cross.swapaxes(0, 1),
        )

    __rmul__ = __mul__

    def log(self) -> Jet:
        """Return the logarithm."""
        return self._through(np.log(self.value), 1 / self.value, -1 / self.value**2)

    def exp(self) -> Jet:
        """Return the exponential."""
        grown = np.exp(self.value)
        return self._through(grown, grown, grown)

    def log_gamma(self) -> Jet:
        """Return the logarithm of the gamma function."""
        from scipy.special import gammaln, polygamma, psi

        return self._through(gammaln(self.value), psi(self.value), polygamma(1, self.value))

    def total(self, weights: Floats) -> tuple[float, Floats, Floats]:
        """Return the weighted sum of the values, of the gradients and of the Hessians."""
        value, slope, curve = (weights * part for part in (self.value, self.slope, self.curve))
        return float(value.sum()), slope.sum(axis=-1), curve.sum(axis=-1)

    def _through(self, value: Floats, first: Floats, second: Floats) -> Jet:
        outer = self.slope[:, None] * self.slope[None]
        return Jet(value, first * self.slope, first * self.curve + second * outer)


def open_jets(values: npt.ArrayLike) -> tuple[Jet, ...]:
    """Return one jet for each parameter; derivatives are taken in these."""
    at = np.asarray(values, dtype=np.float64)
    n = len(at)
    return tuple(Jet(at[i : i + 1], np.eye(n)[:, i : i + 1], np.zeros((n, n, 1))) for i in range(n))


def log_beta(a: Jet, b: Jet) -> Jet:
    """Return the logarithm of the beta function.

    Examples
    --------
    >>> a, b = open_jets([2.0, 3.0])
    >>> float(np.exp(log_beta(a, b).value[0]).round(6))
    0.083333
    """
    return a.log_gamma() + b.log_gamma() - (a + b).log_gamma()


def add_logs(terms: Sequence[Jet], present: Sequence[npt.NDArray[np.bool_]] | None = None) -> Jet:
    """Return the logarithm of the sum of the exponentials of some terms.

    Parameters
    ----------
    terms
        The logarithms of the parts.
    present
        For each term, where it counts; everywhere when not given.

    Examples
    --------
    >>> a, b = open_jets([0.0, 0.0])
    >>> both = add_logs([a, b])
    >>> both.value.round(3), both.slope.ravel()
    (array([0.693]), array([0.5, 0.5]))
    """
    values = [term.value for term in terms]
    if present is not None:
        values = [np.where(where, value, -np.inf) for where, value in zip(present, values, strict=True)]
    peak = values[0]
    for value in values[1:]:
        peak = np.maximum(peak, value)
    parts = [np.exp(value - peak) for value in values]
    whole = np.sum(np.broadcast_arrays(*parts), axis=0)
    slope, curve = np.zeros_like(terms[0].slope), np.zeros_like(terms[0].curve)
    for part, term in zip(parts, terms, strict=True):
        share = part / whole
        slope = slope + share * term.slope
        curve = curve + share * (term.curve + term.slope[:, None] * term.slope[None])
    return Jet(peak + np.log(whole), slope, curve - slope[:, None] * slope[None])
