"""How much does a purchase bring where frequent buyers spend more, or less, than the others?

The logarithm of a customer's mean amount is a line in the logarithm of how often they came back, plus what is their
own: log M = a + b log x + u, u normal with standard deviation tau. A purchase is Gamma around M with the coefficient of
variation c, so that a mean of few purchases is drawn towards the line, and a mean of many is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.customers.purchases.groups import Floats
from saleslab.customers.worth.totals import LogGammaTotal
from saleslab.errors import NotEnoughData
from saleslab.tables.presence import require_columns

_FEWEST = 10
_NAMES = ("level", "slope", "own", "luck")
_SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class LogSpend:
    """Mean amount of a purchase, by customer, where it depends on how often they buy.

    Attributes
    ----------
    params
        ``level`` (a) and ``slope`` (b) of the line, ``own`` (tau) and ``luck`` (c), both as standard deviations.
    slope_error
        Standard error of the slope.
    n_customers
        Customers it was fitted to.
    """

    params: Mapping[str, float]
    slope_error: float
    n_customers: int

    def predict(self, summary: pd.DataFrame) -> pd.Series:
        """Return the expected mean amount of a purchase of each customer: their own, drawn towards the line.

        Customers without a repeat, or whose mean is not above 0, are taken for customers who came back once.
        """
        known, place = self._place(summary)
        spread = self.spread(known)
        return pd.Series(np.exp(place + spread / 2), index=summary.index, name="spend")

    def scales(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return repeats that tell of each customer's amounts, and the amount by which `total_of` is scaled."""
        known, place = self._place(summary)
        return known, np.exp(place)

    def total_of(self, n: Floats, known: Floats) -> LogGammaTotal:
        """Return the distribution of what n purchases bring, in multiples of `scales`."""
        return LogGammaTotal.match(n / self.params["luck"] ** 2, self.spread(known), np.log(n))

    def draw_total(self, n: Floats, known: Floats, rng: np.random.Generator) -> Floats:
        """Return one draw of the same, exactly: a sum of Gamma amounts with one mean is Gamma."""
        luck = self.params["luck"] ** 2
        own = np.exp(rng.standard_normal(len(n)) * np.sqrt(self.spread(known)))
        return np.asarray(own * rng.gamma(n / luck) * luck)

    def spread(self, known: Floats) -> Floats:
        """Return the variance of log M that is left once the customer's purchases are known."""
        own, (_, luck) = self.params["own"] ** 2, _look(np.maximum(known, 1.0), self.params["luck"] ** 2)
        return np.where(known > 0, own * luck / (own + luck), own)

    def _place(self, summary: pd.DataFrame) -> tuple[Floats, Floats]:
        require_columns(summary, "n_repeats", "spend_mean", of="summary")
        x, m = (summary[name].to_numpy(dtype=np.float64) for name in ("n_repeats", "spend_mean"))
        level, slope, own, luck = (self.params[name] for name in _NAMES)
        known = np.where((x > 0) & (m > 0), x, 0.0)
        line = level + slope * np.log(np.maximum(x, 1.0))
        shift, error = _look(np.maximum(known, 1.0), luck**2)
        weight = np.where(known > 0, own**2 / (own**2 + error), 0.0)
        seen = np.log(np.where(known > 0, m, 1.0)) + shift
        return known, line + weight * (seen - line)


def fit_log_spend(summary: pd.DataFrame) -> LogSpend:
    """Return the model of how much a purchase brings that allows for how often customers buy.

    Use it where `fit_spend` says that the two depend on each other; where they do not, Gamma-Gamma knows more.

    Parameters
    ----------
    summary
        From `count_purchases`: ``n_repeats`` and ``spend_mean``.

    Raises
    ------
    NotEnoughData
        When fewer than ten customers have repeat purchases of an amount above 0, or all came back equally often.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> n = rng.geometric(0.3, 3000)
    >>> own = np.exp(3 + 0.5 * np.log(n) + 0.4 * rng.standard_normal(3000))
    >>> spend = fit_log_spend(pd.DataFrame({"n_repeats": n, "spend_mean": own * rng.gamma(4 * n) / (4 * n)}))
    >>> abs(spend.params["slope"] - 0.5) < 3 * spend.slope_error
    True
    """
    require_columns(summary, "n_repeats", "spend_mean", of="summary")
    x, m = (summary[name].to_numpy(dtype=np.float64) for name in ("n_repeats", "spend_mean"))
    is_used = (x > 0) & (m > 0)
    if int(is_used.sum()) < _FEWEST or len(np.unique(x[is_used])) < 2:
        raise NotEnoughData(
            f"{int(is_used.sum())} customers have repeat purchases of an amount above 0, and come back "
            f"{len(np.unique(x[is_used]))} different numbers of times; how amounts depend on it cannot be learned.",
            f"count the purchases of a longer time, until there are {_FEWEST} who differ.",
        )
    order = np.lexsort([m[is_used], x[is_used]])
    x, y = x[is_used][order], np.log(m[is_used][order])
    own, luck = _fit_spreads(x, y)
    line, error = _fit_line(x, y, own, luck)
    values = (float(line[0]), float(line[1]), float(np.sqrt(own)), float(np.sqrt(luck)))
    return LogSpend(MappingProxyType(dict(zip(_NAMES, values, strict=True))), error, len(x))


def _look(x: Floats, luck: float) -> tuple[Floats, Floats]:
    """Return by how much the logarithm of a mean of x purchases is low on average, and its variance: they are Gamma."""
    from scipy.special import polygamma, psi

    shape = x / luck
    return np.asarray(np.log(shape) - psi(shape)), np.asarray(polygamma(1, shape))


def _fit_line(x: Floats, y: Floats, own: float, luck: float) -> tuple[Floats, float]:
    shift, error = _look(x, luck)
    weight = 1 / (own + error)
    design = np.stack([np.ones(len(x)), np.log(x)], axis=1)
    inner = np.linalg.inv((design * weight[:, None]).T @ design)
    return inner @ (design.T @ (weight * (y + shift))), float(np.sqrt(inner[1, 1]))


def _fit_spreads(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the variances of highest likelihood: of what is each customer's own, and of one purchase."""
    from scipy.optimize import minimize

    def miss(logs: Floats) -> float:
        own, luck = np.exp(logs)
        line, _ = _fit_line(x, y, own, luck)
        shift, error = _look(x, luck)
        spread = own + error
        rest = y + shift - line[0] - line[1] * np.log(x)
        return float(np.log(spread).sum() + (rest**2 / spread).sum())

    start = np.log(max(float(y.var()) / 2, 10 * _SMALLEST))
    bounds = [(np.log(_SMALLEST), np.log(25.0))] * 2
    found = minimize(miss, [start, start], method="L-BFGS-B", bounds=bounds)
    own, luck = np.exp(found.x)
    return float(own), float(luck)
