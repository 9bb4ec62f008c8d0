"""What a purchase model is: a likelihood of counted groups, and what those who are alive will do.

Each model is a value without state, in a file of its own. The parameters of all are above 0, so that a search goes on
in their logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups


class Measured(NamedTuple):
    """A log-likelihood with its gradient and Hessian in the parameters themselves."""

    value: float
    slope: Floats
    curve: Floats

    def in_logs(self, values: Floats) -> Measured:
        """Return the same with derivatives in the logarithms of the parameters."""
        slope = self.slope * values
        return Measured(self.value, slope, self.curve * np.outer(values, values) + np.diag(slope))


class PurchaseModel(Protocol):
    """A model of repeat purchases."""

    @property
    def name(self) -> str:
        """The name that `CustomerValue` knows."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the field."""

    def start(self, groups: PurchaseGroups) -> Floats:
        """Return where to begin."""

    def scales(self, groups: PurchaseGroups) -> Floats:
        """Return the size of each parameter that is neither large nor small; the unit of time is in it."""

    def axes(self, groups: PurchaseGroups) -> tuple[Floats, Floats]:
        """Return matrix and offset that turn log-parameters into the unit-free quantities of a `PurchasePrior`."""

    def measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        """Return the log-likelihood with its exact gradient and Hessian in the parameters."""

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:
        """Return the chance that a customer of each group has not left for good."""

    def expect(self, groups: PurchaseGroups, values: Floats, horizon: float) -> Floats:
        """Return the expected purchases within a horizon of those who are alive."""

    def exceed(self, groups: PurchaseGroups, values: Floats, horizon: float, n: Floats) -> Floats:
        """Return the chance that those who are alive buy n times or more within a horizon, n from 1."""


def start_rate(groups: PurchaseGroups, shape: float = 0.5) -> tuple[float, float]:
    """Return shape and rate of a Gamma distribution around the rate of purchases that was seen."""
    return shape, shape / max(groups.mean_rate * 1.5, 1e-12)


def leaving_prior_axes(
    mean_age: float, *, rows: Sequence[Sequence[float]], has_rate: tuple[bool, bool]
) -> tuple[Floats, Floats]:
    """Return the axes of a prior: log mean rate per mean age, log shape, and two rows of the model about leaving.

    ``has_rate`` says which of the two is a rate in time, and so is taken per mean age too.
    """
    size = len(rows[0]) if rows else 2
    rate, shape = [1.0, -1.0, *[0.0] * (size - 2)], [1.0, 0.0, *[0.0] * (size - 2)]
    log_age = float(np.log(mean_age))
    offsets = [log_age, 0.0, *(log_age if timed else 0.0 for timed in has_rate[: len(rows)])]
    return np.array([rate, shape, *rows]), np.array(offsets)
