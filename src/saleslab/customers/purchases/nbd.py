"""NBD: customers buy at random and never leave; the model that the others must beat.

Purchases come as a Poisson process whose rate is Gamma(r, alpha) among customers (Ehrenberg 1959, "The pattern of
consumer purchases").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, leaving_prior_axes, start_rate
from saleslab.stats.jets import open_jets


@dataclass(frozen=True, slots=True)
class NBD:
    """The model; it has no state."""

    @property
    def name(self) -> str:
        """The name that `CustomerValue` knows."""
        return "nbd"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the field."""
        return ("r", "alpha")

    def start(self, groups: PurchaseGroups) -> Floats:
        """Return where to begin."""
        return np.array(start_rate(groups))

    def scales(self, groups: PurchaseGroups) -> Floats:
        """Return the size of each parameter that is neither large nor small."""
        return np.array([1.0, groups.mean_age])

    def axes(self, groups: PurchaseGroups) -> tuple[Floats, Floats]:
        """Return how log-parameters become the first two unit-free quantities of a `PurchasePrior`."""
        return leaving_prior_axes(groups.mean_age, rows=[], has_rate=(False, False))

    def measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        """Return the log-likelihood with its exact gradient and Hessian in the parameters."""
        r, alpha = open_jets(values)
        bought = r + groups.n_repeats
        value = bought.log_gamma() - r.log_gamma() + r * alpha.log() - bought * (alpha + groups.age).log()
        return Measured(*value.total(groups.n_customers))

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""
        from scipy.special import gammaln

        r, alpha = values
        x, n = groups.count_repeats()
        level = n @ gammaln(r + x) + n.sum() * (r * np.log(alpha) - gammaln(r))
        return float(level - groups.n_customers @ ((r + groups.n_repeats) * np.log(alpha + groups.age)))

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:  # noqa: ARG002 - as other models
        """Return 1: nobody leaves."""
        return np.ones(len(groups))

    def expect(self, groups: PurchaseGroups, values: Floats, horizon: float) -> Floats:
        """Return the expected purchases within a horizon."""
        r, alpha = values
        return np.asarray((r + groups.n_repeats) / (alpha + groups.age) * horizon)

    def exceed(self, groups: PurchaseGroups, values: Floats, horizon: float, n: Floats) -> Floats:
        """Return the chance to buy n times or more within a horizon, n from 1."""
        from scipy.special import betainc

        r, alpha = values
        return np.asarray(betainc(n, r + groups.n_repeats, horizon / (alpha + groups.age + horizon)))
