"""How many of a cohort of contracts will still run in later years?

Shifted beta-geometric: each customer ends the contract with a chance of their own at every renewal, and these chances
are Beta(alpha, beta) among customers (Fader & Hardie 2007, "How to project customer retention"). The share renewed
rises with age not because anyone becomes more loyal, but because those who would leave are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from saleslab.customers.purchases.groups import Floats
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.jets import log_beta, open_jets
from saleslab.stats.newton import maximise


@dataclass(frozen=True, slots=True)
class RenewalModel:
    """How contracts of a cohort go on.

    Attributes
    ----------
    params
        ``alpha, beta``.
    standard_errors
        Of each, from the exact Hessian.
    log_likelihood
        At the parameters.
    n_start, n_renewals
        Contracts at the start, and renewals seen.
    """

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    n_start: int
    n_renewals: int

    def project(self, n: int) -> Floats:
        """Return the expected share of contracts that still run after 0, 1, ... n renewals.

        Examples
        --------
        >>> fit_renewals([1000, 869, 743, 653, 593, 551, 517, 491]).project(12)[-1].round(3)
        np.float64(0.378)
        """
        return np.concatenate([[1.0], np.cumprod(self.renewal_rates(n))])

    def renewal_rates(self, n: int) -> Floats:
        """Return the expected share of running contracts that is renewed at the 1st, 2nd, ... n-th renewal."""
        alpha, beta = self.params["alpha"], self.params["beta"]
        at = np.arange(n)
        return np.asarray((beta + at) / (alpha + beta + at))


def fit_renewals(n_running: Sequence[int]) -> RenewalModel:
    """Return the model of a cohort of contracts.

    Parameters
    ----------
    n_running
        Contracts that ran at the start, after one renewal, after two, and so on.

    Raises
    ------
    BadArgument
        When a later number is larger than an earlier one, or negative.
    NotEnoughData
        With fewer than two renewals, when nobody or everybody left, or when customers do not differ visibly.

    Examples
    --------
    >>> model = fit_renewals([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> {name: round(value, 3) for name, value in model.params.items()}, round(model.log_likelihood, 1)
    ({'alpha': 0.704, 'beta': 1.182}, -1680.3)
    """
    running = np.asarray(n_running, dtype=np.float64)
    if running.ndim != 1 or not np.isfinite(running).all() or (running < 0).any() or (np.diff(running) > 0).any():
        raise BadArgument(
            "Running contracts of a cohort must be whole numbers that never rise.",
            "give how many of the first ones still run after each renewal.",
        )
    left = -np.diff(running)
    if len(left) < 2 or not left.sum() or not running[1]:
        raise NotEnoughData(
            f"{len(left)} renewals with {left.sum():.0f} ends do not tell how customers differ.",
            "wait for the second renewal of a cohort in which some left and some stayed.",
        )
    years = np.arange(len(left)) * 1.0

    def measure(logs: Floats) -> tuple[float, Floats, Floats]:
        alpha, beta = (jet.exp() for jet in open_jets(logs))
        start = log_beta(alpha, beta)
        ended = log_beta(alpha + 1.0, beta + years) - start
        value, slope, curve = ended.total(left)
        still = log_beta(alpha, beta + float(len(left))) - start
        more = still.total(running[-1:])
        return value + more[0], slope + more[1], curve + more[2]

    top = maximise(measure, np.zeros(2))
    if not top.is_converged or np.abs(top.at).max() > np.log(1e3) or top.flattest < 1e-6:
        raise NotEnoughData(
            "The share renewed does not rise from one renewal to the next, so how customers differ is not visible.",
            "use the plain renewal rate of the cohort, or wait for another renewal.",
        )
    values = np.exp(top.at)
    errors = np.sqrt(np.diag(top.covariance)) * values
    names = ("alpha", "beta")
    return RenewalModel(
        MappingProxyType(dict(zip(names, values.tolist(), strict=True))),
        MappingProxyType(dict(zip(names, errors.tolist(), strict=True))),
        top.value,
        int(running[0]),
        len(left),
    )
