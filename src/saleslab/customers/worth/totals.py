"""How much do n purchases bring? Distributions of a sum, ready to be asked for many amounts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from saleslab.customers.purchases.groups import Floats


@dataclass(frozen=True, slots=True, eq=False)
class BetaPrimeTotal:
    """Sum of n Gamma amounts whose rate is Gamma itself, as Gamma-Gamma has it; scaled by that rate's rate."""

    shape: Floats
    rate_shape: Floats

    def place(self, total: Floats) -> Floats:
        """Return the chance that the purchases bring no more than a total."""
        from scipy.special import betainc

        return np.asarray(betainc(self.shape, self.rate_shape, total / (1 + total)))


@dataclass(frozen=True, slots=True, eq=False)
class LogGammaTotal:
    """A customer's log-normal mean times Gamma luck, taken for a power of one Gamma quantity.

    The logarithm of such a total is the sum of a normal and a log-Gamma one. Mean, variance and skewness are kept
    exactly; beyond the ends of a 90 % interval then lie 5 % each, give or take .3 % where purchases vary by their own
    size, and .6 % at the worst.
    """

    shape: Floats
    level: Floats
    width: Floats

    @classmethod
    def match(cls, shape: Floats, spread: Floats, level: Floats) -> LogGammaTotal:
        """Return it for Gamma luck of a shape and mean 1, times a mean whose logarithm has a spread around a level."""
        from scipy.special import polygamma, psi

        variance = spread + polygamma(1, shape)
        matched = _find_shape(polygamma(2, shape) ** 2 / variance**3)
        width = np.sqrt(variance / polygamma(1, matched))
        return cls(matched, level + psi(shape) - np.log(shape) - width * psi(matched), width)

    def place(self, total: Floats) -> Floats:
        """Return the chance that the purchases bring no more than a total."""
        from scipy.special import gammainc

        apart = (np.log(np.maximum(total, 1e-300)) - self.level) / self.width
        return np.asarray(gammainc(self.shape, np.exp(np.minimum(apart, 700.0))))


def _find_shape(squared_skewness: Floats) -> Floats:
    """Return the shape of the Gamma quantity whose logarithm is that skew."""
    logs, skews = _list_shapes()
    return np.exp(np.interp(np.log(squared_skewness), skews, logs))


@cache
def _list_shapes() -> tuple[Floats, Floats]:
    from scipy.special import polygamma

    shapes = np.logspace(8, -3, 2_000)
    return np.log(shapes), np.log(polygamma(2, shapes) ** 2 / polygamma(1, shapes) ** 3)
