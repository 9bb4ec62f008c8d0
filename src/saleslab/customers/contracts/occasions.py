"""Who will take part at the next occasions, where everybody has the same ones: yearly orders, campaigns, events?

BG/BB: a customer takes part in an occasion with a chance that is Beta(alpha, beta) among customers, and leaves for good
before one with a chance that is Beta(gamma, delta) (Fader, Hardie & Shang 2010, "Customer-base analysis in a
discrete-time noncontractual setting").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.customers.purchases.groups import Floats
from saleslab.errors import NotEnoughData, TableError
from saleslab.stats.jets import Jet, add_logs, log_beta, open_jets
from saleslab.stats.newton import maximise
from saleslab.tables.presence import require_columns

_NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True)
class OccasionModel:
    """How customers take part in occasions.

    Attributes
    ----------
    params
        ``alpha, beta, gamma, delta``.
    standard_errors
        Of each, from the exact Hessian.
    log_likelihood
        At the parameters.
    n_customers
        Customers it was fitted to.
    """

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    n_customers: int

    def predict(self, history: pd.DataFrame, *, horizon: int) -> pd.DataFrame:
        """Return, for each row, the expected occasions taken part in of the next ones, and the chance to be alive then.

        Parameters
        ----------
        history
            As in `fit_occasions`.
        horizon
            How many occasions ahead.

        Returns
        -------
        frame
            ``mean`` and ``chance_alive`` (that the customer will be there at the next occasion).
        """
        from scipy.special import betaln

        x, last, n, _ = _read(history)
        alpha, beta, gamma, delta = (self.params[name] for name in _NAMES)
        values = np.log([alpha, beta, gamma, delta])
        whole = _likelihood(values, x, last, n).value
        taken = betaln(alpha + x, beta + n - x) - betaln(alpha, beta)
        alive = np.exp(taken + betaln(gamma, delta + n + 1) - betaln(gamma, delta) - whole)
        ahead = np.arange(1, horizon + 1)[:, None]
        there = np.exp(taken + betaln(gamma, delta + n + ahead) - betaln(gamma, delta) - whole).sum(axis=0)
        mean = there * (alpha + x) / (alpha + beta + n)
        return pd.DataFrame({"mean": mean, "chance_alive": alive}, index=history.index)


def fit_occasions(history: pd.DataFrame) -> OccasionModel:
    """Return the model of how customers take part in occasions.

    Parameters
    ----------
    history
        ``n_taken`` of ``n_occasions`` after the first, ``last_taken`` (the number of the last one taken; 0 for none)
        and, where rows are groups, ``n_customers``.

    Raises
    ------
    TableError
        When a history is impossible.
    NotEnoughData
        When the likelihood has no top.
    """
    x, last, n, counts = _read(history)
    order = np.lexsort([last, x, n])
    x, last, n, counts = x[order], last[order], n[order], counts[order]
    firsts = np.flatnonzero(np.r_[True, (np.diff(np.stack([n, x, last])) != 0).any(axis=0)])
    x, last, n, counts = x[firsts], last[firsts], n[firsts], np.add.reduceat(counts, firsts)
    top = maximise(lambda logs: _likelihood(logs, x, last, n).total(counts), np.zeros(4))
    if not top.is_converged or np.abs(top.at).max() > np.log(1e3) or top.flattest < 1e-6:
        raise NotEnoughData(
            f"{counts.sum():.0f} customers do not tell how customers differ in taking part and leaving.",
            "give more customers or more occasions.",
        )
    values = np.exp(top.at)
    errors = np.sqrt(np.diag(top.covariance)) * values
    return OccasionModel(
        MappingProxyType(dict(zip(_NAMES, values.tolist(), strict=True))),
        MappingProxyType(dict(zip(_NAMES, errors.tolist(), strict=True))),
        top.value,
        int(counts.sum()),
    )


def _read(history: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    require_columns(history, "n_taken", "last_taken", "n_occasions", of="history")
    if not len(history):
        raise NotEnoughData("The history has no customer.", "give at least one row.")
    x, last, n = (history[name].to_numpy(dtype=np.float64) for name in ("n_taken", "last_taken", "n_occasions"))
    counts = history["n_customers"].to_numpy(dtype=np.float64) if "n_customers" in history else np.ones(len(x))
    is_whole = (x == np.floor(x)) & (last == np.floor(last)) & (n == np.floor(n)) & (counts > 0)
    wrong = ~is_whole | (x < 0) | (x > last) | (last > n) | (n < 1) | ((x > 0) != (last > 0))
    if wrong.any():
        raise TableError(
            f"{int(wrong.sum())} rows of history are impossible: n_taken <= last_taken <= n_occasions must hold.",
            "correct these rows.",
        )
    return x, last, n, counts


def _likelihood(logs: Floats, x: Floats, last: Floats, n: Floats) -> Jet:
    alpha, beta, gamma, delta = (jet.exp() for jet in open_jets(logs))
    # alive to the end, or left before any of the occasions after the last one taken
    terms = [log_beta(alpha + x, beta + (n - x)) + log_beta(gamma, delta + n)]
    present = [np.ones(len(x), dtype=bool)]
    for missed in range(int((n - last).max())):
        seen = np.minimum(last + missed, n)
        terms.append(log_beta(alpha + x, beta + (seen - x)) + log_beta(gamma + 1.0, delta + seen))
        present.append(last + missed < n)
    return add_logs(terms, present) - log_beta(alpha, beta) - log_beta(gamma, delta)
