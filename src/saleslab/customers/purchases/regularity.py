"""MBG/CNBD-k: customers who buy more regularly than at random, as companies that re-order do.

As MBG/NBD, but the time between purchases is the sum of k random steps (Erlang-k); r and alpha belong to the rate of
steps (Platzer & Reutterer 2016, "Ticking away the moments"). With k = 1 it is MBG/NBD. Someone who always came after
thirty days and has been away for ninety is doubted much sooner than by a model without regularity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.customers.purchases.groups import Floats, PurchaseGroups
from saleslab.customers.purchases.models import Measured, leaving_prior_axes, start_rate
from saleslab.errors import BadArgument
from saleslab.stats.jets import add_logs, log_beta, open_jets

_BLOCK = 4_096

MOST_STEPS = 12
"""Steps a purchase beyond which nothing more is gained; the times between purchases vary by 29 % there."""


@dataclass(frozen=True, slots=True)
class Regular:
    """The model for a given number of steps ``k``."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadArgument(f"A purchase cannot take {self.k} steps.", "give a whole number from 1.")

    @property
    def name(self) -> str:
        """The name that `CustomerValue` knows."""
        return "mbgcnbd_k"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the field."""
        return ("r", "alpha", "a", "b")

    def start(self, groups: PurchaseGroups) -> Floats:
        """Return where to begin."""
        r, alpha = start_rate(groups)
        return np.array([r, alpha / self.k, 0.7, 2.0])

    def scales(self, groups: PurchaseGroups) -> Floats:
        """Return the size of each parameter that is neither large nor small."""
        return np.array([1.0, groups.mean_age / self.k, 1.0, 1.0])

    def axes(self, groups: PurchaseGroups) -> tuple[Floats, Floats]:
        """Return how log-parameters become the four unit-free quantities of a `PurchasePrior`."""
        age = groups.mean_age / self.k
        return leaving_prior_axes(age, rows=[[0, 0, 1, -1], [0, 0, 0.5, 0.5]], has_rate=(False, False))

    def measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        """Return the log-likelihood with its exact gradient and Hessian in the parameters."""
        parts = [self._measure(groups.take(block), values) for block in groups.blocks(_BLOCK)]
        value, slope, curve = (sum(part) for part in zip(*parts, strict=True))
        return Measured(value + self._weigh_gaps(groups), slope, curve)

    def log_likelihood(self, groups: PurchaseGroups, values: Floats) -> float:
        """Return the log-likelihood alone, for draws from a posterior."""
        from scipy.special import betaln, gammaln

        r, alpha, a, b = values
        alive, left, peak = self._weigh(groups, values)
        level = r * np.log(alpha) - gammaln(r) - betaln(a, b)
        return float(groups.n_customers @ (peak + np.log(alive.sum(axis=0) + left) + level)) + self._weigh_gaps(groups)

    def _weigh_gaps(self, groups: PurchaseGroups) -> float:
        """Return what the times between purchases add, whatever the parameters."""
        from scipy.special import gammaln

        bought = float(groups.n_customers @ groups.n_repeats)
        return float((self.k - 1) * (groups.log_gaps or 0.0) - bought * gammaln(self.k))

    def _measure(self, groups: PurchaseGroups, values: Floats) -> Measured:
        from scipy.special import gammaln

        r, alpha, a, b = open_jets(values)
        x, steps = groups.n_repeats, self.k * groups.n_repeats
        bought = r + steps
        stayed = log_beta(a, b + x + 1.0)
        log_known = (alpha + groups.age).log()
        # having left at the last purchase, or being alive with m of the k steps to the next one taken
        terms = [log_beta(a + 1.0, b + x) + bought.log_gamma() - bought * (alpha + groups.recency).log()]
        present = [np.ones(len(groups), dtype=bool)]
        waited, log_waited = _waited(groups)
        for m in range(self.k):
            step = stayed + (bought + m).log_gamma() - (bought + m) * log_known
            terms.append(step + (m * log_waited - float(gammaln(m + 1))))
            present.append(waited | (m == 0))
        value = add_logs(terms, present) + (r * alpha.log() - r.log_gamma() - log_beta(a, b))
        return Measured(*value.total(groups.n_customers))

    def chance_alive(self, groups: PurchaseGroups, values: Floats) -> Floats:
        """Return the chance that a customer of each group has not left for good."""
        alive, left, _ = self._weigh(groups, values)
        return np.asarray(alive.sum(axis=0) / (alive.sum(axis=0) + left))

    def expect(self, groups: PurchaseGroups, values: Floats, horizon: float) -> Floats:
        """Return the expected purchases within a horizon of those who are alive.

        Given rate and chance to leave it has no closed form; the chances of `exceed` are added up.
        """
        answer, n = np.zeros(len(groups)), 1
        still = np.arange(len(groups))
        while len(still) and n <= 2_000:
            chance = self.exceed(groups.take(still), values, horizon, np.array(float(n)))
            answer[still] += chance
            still, n = still[chance > 1e-10], n + 1
        return answer

    def exceed(self, groups: PurchaseGroups, values: Floats, horizon: float, n: Floats) -> Floats:
        """Return the chance that those who are alive buy n times or more within a horizon, n from 1."""
        from scipy.special import betainc, betaln

        r, alpha, a, b = values
        alive, _, _ = self._weigh(groups, values)
        alive /= alive.sum(axis=0)
        share, bought = horizon / (alpha + groups.age + horizon), r + self.k * groups.n_repeats
        chance = sum(alive[m] * betainc(n * self.k - m, bought + m, share) for m in range(self.k))
        stayed = b + groups.n_repeats + 1
        return np.asarray(np.exp(betaln(a, stayed + n - 1) - betaln(a, stayed)) * chance)

    def _weigh(self, groups: PurchaseGroups, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the weights of being alive with m steps taken, shape (k, groups), and of having left; log scale."""
        from scipy.special import betaln, gammaln

        r, alpha, a, b = values
        x, bought = groups.n_repeats, r + self.k * groups.n_repeats
        waited, log_waited = _waited(groups)
        left = betaln(a + 1, b + x) + gammaln(bought) - bought * np.log(alpha + groups.recency)
        m = np.arange(self.k)[:, None]
        logs = betaln(a, b + x + 1) + gammaln(bought + m) - (bought + m) * np.log(alpha + groups.age)
        logs = np.where(waited | (m == 0), logs + m * log_waited - gammaln(m + 1), -np.inf)
        peak = np.maximum(logs.max(axis=0), left)
        return np.exp(logs - peak), np.exp(left - peak), peak


def _waited(groups: PurchaseGroups) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Floats]:
    """Return who has been away at all, and the logarithm of how long (0 where not at all)."""
    away = groups.age - groups.recency
    waited = away > 1e-9 * groups.age
    return waited, np.log(np.where(waited, away, 1.0))
