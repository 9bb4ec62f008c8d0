"""A purchase model fitted to counted groups: the top of its likelihood or posterior, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, PurchaseModel
from saleslab.customers.worth.reasons import ValueReason
from saleslab.stats.newton import Maximum, maximise

_FAR = 1e3
"""How many times larger or smaller than its natural size a parameter may be before the top counts as no top."""
_FLAT = 1e-6
_BLUR_FROM, _BLUR_TO = 20_000, 48


@dataclass(frozen=True, slots=True)
class PurchasePrior:
    """What is believed of customers before their purchases are seen, in quantities that have no unit.

    Each is a mean and a standard deviation on the scale of logarithms. As no quantity knows weeks from days, the same
    data in another unit give the same forecast.

    Attributes
    ----------
    rate
        Repeat purchases of the average customer in the mean time that customers are known.
    rate_shape
        Shape of the rates among customers: 1 / (their coefficient of variation squared).
    leaving
        Odds to leave after a purchase (BG/NBD and its kin), or rate of leaving per mean time known (Pareto/NBD).
    leaving_shape
        How alike customers are in that: square root of a times b, or the shape s.

    Examples
    --------
    >>> PurchasePrior(rate=(0.0, 0.5)).leaving
    (-0.5, 1.5)
    """

    rate: tuple[float, float] = (0.0, 2.0)
    rate_shape: tuple[float, float] = (-0.5, 1.5)
    leaving: tuple[float, float] = (-0.5, 1.5)
    leaving_shape: tuple[float, float] = (0.0, 0.7)

    def table(self) -> tuple[Floats, Floats]:
        """Return means and standard deviations of the four quantities."""
        both = np.array([self.rate, self.rate_shape, self.leaving, self.leaving_shape])
        return both[:, 0], both[:, 1]


@dataclass(frozen=True)
class PurchaseFit:
    """A model with the parameters that fit best.

    Attributes
    ----------
    model
        Which model.
    logs
        Logarithms of the parameters at the top.
    log_likelihood
        There, without the prior.
    covariance
        Of the logarithms: the inverse of the negative Hessian; None where there is no top.
    fault
        Why the fit must not be used; None when it may.
    n_steps
        Evaluations that the search took.
    """

    model: PurchaseModel
    logs: Floats
    log_likelihood: float
    covariance: Floats | None
    fault: ValueReason | None
    n_steps: int

    @cached_property
    def estimates(self) -> Floats:
        """The parameters, in the sequence of ``model.parameters``."""
        return np.exp(self.logs)

    @property
    def params(self) -> Mapping[str, float]:
        """The parameters by the names of the field."""
        return MappingProxyType({name: float(v) for name, v in zip(self.model.parameters, self.estimates, strict=True)})


def fit_purchases(model: PurchaseModel, groups: PurchaseGroups, prior: PurchasePrior | None = None) -> PurchaseFit:
    """Return the fit of a model: the maximum likelihood, or with a prior the top of the posterior.

    Many groups are first fitted with their times rounded, which is a good place to start from.
    """
    start = np.log(model.start(groups))
    n_steps = 0
    if len(groups) > _BLUR_FROM:
        blurred = groups.blur(_BLUR_TO)
        rough = maximise(lambda logs: measure_logs(model, blurred, logs, prior), start, tolerance=0.1)
        start, n_steps = (rough.at if rough.is_converged else start), rough.n_steps
    top = maximise(lambda logs: measure_logs(model, groups, logs, prior), start)
    fault = find_fault(model, groups, top)
    likelihood = top.value - (weigh_prior(model, groups, prior, top.at)[0] if prior else 0.0)
    covariance = top.covariance if top.is_converged else None
    return PurchaseFit(model, top.at, likelihood, covariance, fault, n_steps + top.n_steps)


def measure_logs(
    model: PurchaseModel, groups: PurchaseGroups, logs: Floats, prior: PurchasePrior | None
) -> tuple[float, Floats, Floats]:
    """Return log-likelihood plus log prior, with derivatives in the logarithms of the parameters."""
    values = np.exp(logs)
    found = model.measure(groups, values).in_logs(values)
    if prior is None:
        return tuple(found)  # type: ignore[return-value]
    added = weigh_prior(model, groups, prior, logs)
    return found.value + added.value, found.slope + added.slope, found.curve + added.curve


def weigh_logs(model: PurchaseModel, groups: PurchaseGroups, logs: Floats, prior: PurchasePrior) -> float:
    """Return log-likelihood plus log prior alone."""
    return model.log_likelihood(groups, np.exp(logs)) + weigh_prior(model, groups, prior, logs).value


def weigh_prior(model: PurchaseModel, groups: PurchaseGroups, prior: PurchasePrior, logs: Floats) -> Measured:
    """Return the log density of the prior at some log-parameters, up to a constant: normal on its four quantities."""
    axes, offset = model.axes(groups)
    centre, spread = (part[: len(axes)] for part in prior.table())
    apart = (axes @ logs + offset - centre) / spread
    scaled = axes / spread[:, None]
    return Measured(float(-(apart @ apart) / 2), -scaled.T @ apart, -scaled.T @ scaled)


def find_fault(model: PurchaseModel, groups: PurchaseGroups, top: Maximum) -> ValueReason | None:
    """Return why a top is none: a parameter runs away, the top is flat, or the search did not end."""
    sizes = np.abs(top.at - np.log(model.scales(groups)))
    worst = int(sizes.argmax())
    if sizes[worst] > np.log(_FAR):
        is_large = bool(top.at[worst] > np.log(model.scales(groups))[worst])
        code = "grows_without_end" if is_large else "shrinks_to_nothing"
        return ValueReason(code, {"model": model.name, "parameter": model.parameters[worst]})
    if not top.is_converged or top.flattest < _FLAT:
        return ValueReason("no_top", {"model": model.name})
    return None
