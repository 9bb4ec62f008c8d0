"""How much does a purchase of each customer bring on average?

Gamma-Gamma: each purchase of a customer is Gamma(p, v), and v is Gamma(q, gamma) among customers (Fader & Hardie 2013,
"The Gamma-Gamma model of monetary value"). It holds that how much a customer spends has nothing to do with how often;
whether that is so in these data is measured, and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.customers.purchases.groups import Floats
from saleslab.customers.worth.reasons import ValueReason
from saleslab.customers.worth.totals import BetaPrimeTotal
from saleslab.errors import NotEnoughData, TableError
from saleslab.stats.jets import open_jets
from saleslab.stats.newton import maximise
from saleslab.tables.presence import require_columns

DEPENDENT = 0.15
"""Rank correlation of how often and how much, from which the two count as dependent."""

_FEWEST = 10
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class SpendModel:
    """Mean amount of a purchase, by customer.

    Attributes
    ----------
    params
        ``p, q, gamma``.
    standard_errors
        Of each, from the exact Hessian.
    log_likelihood
        At the parameters.
    correlation
        Pearson's, between the number of repeat purchases and their mean amount, as the field reports it.
    rank_correlation
        Between the number of repeat purchases and where their mean amount lies among the means of so many purchases
        that the model expects. (Ranks of the means themselves rise with the number even where the two are independent,
        as a mean of few skewed amounts is mostly a low one.)
    is_independent
        Whether that correlation is small enough for the model; where it is not, values of frequent buyers are off.
    n_customers, n_left_out
        Customers it was fitted to, and customers with repeats whose mean amount is not above 0.
    reasons
        What must be known before it is used.
    """

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    correlation: float
    rank_correlation: float
    is_independent: bool
    n_customers: int
    n_left_out: int
    reasons: tuple[ValueReason, ...]

    @property
    def mean(self) -> float:
        """Mean amount of a purchase among all customers."""
        p, q, gamma = (self.params[name] for name in ("p", "q", "gamma"))
        return p * gamma / (q - 1)

    def predict(self, summary: pd.DataFrame) -> pd.Series:
        """Return the expected mean amount of a purchase of each customer: their own, drawn towards that of all.

        Customers without a repeat, or whose mean is not above 0, get the mean of all.
        """
        require_columns(summary, "n_repeats", "spend_mean", of="summary")
        x, m = (summary[name].to_numpy(dtype=np.float64) for name in ("n_repeats", "spend_mean"))
        p, q, gamma = (self.params[name] for name in ("p", "q", "gamma"))
        is_known = (x > 0) & (m > 0)
        own = p * (gamma + np.where(is_known, x * m, 0.0)) / (p * np.where(is_known, x, 0.0) + q - 1)
        return pd.Series(own, index=summary.index, name="spend")

    def scales(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return repeats that tell of each customer's amounts, and the amount by which `total_of` is scaled."""
        require_columns(summary, "n_repeats", "spend_mean", of="summary")
        x, m = (summary[name].to_numpy(dtype=np.float64) for name in ("n_repeats", "spend_mean"))
        known = np.where((x > 0) & (m > 0), x, 0.0)
        return known, self.params["gamma"] + known * m

    def total_of(self, n: Floats, known: Floats) -> BetaPrimeTotal:
        """Return the distribution of what n purchases bring, in multiples of `scales`."""
        return BetaPrimeTotal(self.params["p"] * n, self.params["q"] + self.params["p"] * known)

    def draw_total(self, n: Floats, known: Floats, rng: np.random.Generator) -> Floats:
        """Return one draw of the same."""
        p, q = self.params["p"], self.params["q"]
        return np.asarray(rng.gamma(p * n) / rng.gamma(q + p * known))


def fit_spend(summary: pd.DataFrame) -> SpendModel:
    """Return the Gamma-Gamma model of how much a purchase brings.

    Parameters
    ----------
    summary
        From `count_purchases`: ``n_repeats`` and ``spend_mean``.

    Raises
    ------
    NotEnoughData
        When fewer than ten customers have repeat purchases of an amount above 0, or all spend alike, or so unequally
        that the mean of all is infinite (q up to 1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> n = rng.integers(1, 9, 3000)
    >>> mean = rng.gamma(6.0 * n) / rng.gamma(4.0, size=3000) * 15 / n
    >>> spend = fit_spend(pd.DataFrame({"n_repeats": n, "spend_mean": mean}))
    >>> spend.is_independent, abs(spend.mean - 6 * 15 / 3) < 2
    (True, True)
    """
    require_columns(summary, "n_repeats", "spend_mean", of="summary")
    x, m = (
        pd.to_numeric(summary[name]).to_numpy(dtype=np.float64, na_value=np.nan) for name in ("n_repeats", "spend_mean")
    )
    n_unknown = int((~(np.isfinite(x) & np.isfinite(m))).sum())
    if n_unknown:
        raise TableError(
            f"n_repeats or spend_mean is missing or infinite in {n_unknown} rows.",
            "make the summary with count_purchases.",
        )
    is_used = (x > 0) & (m > 0)
    n_used, n_left_out = int(is_used.sum()), int(((x > 0) & (m <= 0)).sum())
    if n_used < _FEWEST:
        raise NotEnoughData(
            f"{n_used} customers have repeat purchases of an amount above 0; how they differ cannot be learned.",
            f"count the purchases of a longer time, until there are {_FEWEST}.",
        )
    rows, n = np.unique(np.stack([x[is_used], m[is_used]]), axis=1, return_counts=True)
    scale = float(np.exp(n @ np.log(rows[1]) / n.sum()))
    logs, likelihood, errors = _fit(rows[0], rows[1] / scale, n.astype(np.float64))
    values, errors = np.exp(logs) * [1, 1, scale], errors * [1, 1, scale]
    place = _place(x[is_used], m[is_used], values)
    ranked = _correlation(_rank(x[is_used]), _rank(place))
    names = ("p", "q", "gamma")
    return SpendModel(
        MappingProxyType(dict(zip(names, values.tolist(), strict=True))),
        MappingProxyType(dict(zip(names, errors.tolist(), strict=True))),
        likelihood - n_used * float(np.log(scale)),
        _correlation(x[is_used], m[is_used]),
        ranked,
        abs(ranked) < DEPENDENT,
        n_used,
        n_left_out,
        _find_reasons(ranked, n_left_out),
    )


def _fit(x: Floats, m: Floats, n: Floats) -> tuple[Floats, float, Floats]:
    """Return log-parameters, log-likelihood and standard errors of the parameters, for amounts around 1."""

    def measure(logs: Floats) -> tuple[float, Floats, Floats]:
        parts = [
            _measure(logs, *(part[start : start + _BLOCK] for part in (x, m, n))) for start in range(0, len(x), _BLOCK)
        ]
        value, slope, curve = (sum(part) for part in zip(*parts, strict=True))
        return value, slope, curve

    top = maximise(measure, np.log([4.0, 4.0, 1.0]))
    if not top.is_converged or np.abs(top.at).max() > np.log(1e3) or top.flattest < 1e-6:
        raise NotEnoughData(
            "All customers spend so alike, or so unequally, that amounts have no Gamma-Gamma distribution.",
            "use the mean amount of all customers, or leave out the few purchases that differ by orders of magnitude.",
        )
    q = float(np.exp(top.at)[1])
    if q <= 1:
        raise NotEnoughData(
            f"Amounts are so unequal that their mean is infinite under the model (q = {q:.2f}, up to 1).",
            "look at the largest amounts first; fit them apart, or use the median amount.",
        )
    return top.at, top.value, np.sqrt(np.diag(top.covariance)) * np.exp(top.at)


def _measure(logs: Floats, x: Floats, m: Floats, n: Floats) -> tuple[float, Floats, Floats]:
    p, q, gamma = (jet.exp() for jet in open_jets(logs))
    size = p * x
    value = (size + q).log_gamma() - size.log_gamma() - q.log_gamma() + q * gamma.log()
    value = value + (size - 1.0) * np.log(m) + size * np.log(x) - (size + q) * (gamma + m * x).log()
    return value.total(n)


def _place(x: Floats, m: Floats, values: Floats) -> Floats:
    """Return the chance under the model of a lower mean amount of as many purchases."""
    from scipy.special import betainc

    p, q, gamma = values
    return np.asarray(betainc(p * x, q, x * m / (gamma + x * m)))


def _rank(part: Floats) -> Floats:
    return np.asarray(pd.Series(part).rank(), dtype=np.float64)


def _correlation(x: Floats, m: Floats) -> float:
    """Return Pearson's correlation; 0 where all customers are alike in one of the two."""
    return float(np.corrcoef(x, m)[0, 1]) if min(x.std(), m.std()) > 0 else 0.0


def _find_reasons(correlation: float, n_left_out: int) -> tuple[ValueReason, ...]:
    reasons = []
    if abs(correlation) >= DEPENDENT:
        reasons.append(ValueReason("spend_depends", {"correlation": correlation}))
    if n_left_out:
        reasons.append(ValueReason("spend_left_out", {"n": n_left_out}))
    return tuple(reasons)
