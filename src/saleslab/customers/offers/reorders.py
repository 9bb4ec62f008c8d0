"""When will an account buy a product again that it has bought before?

After each purchase of a product the account comes back for it with a chance that all share; the time until then is the
sum of k random steps (Erlang-k, more regular than chance), at a pace of its own that is drawn from a gamma distribution
around the usual time of the product. So a pace seen twice is pulled towards that of others, one seen twenty times is
not, and whoever is long overdue is believed to have stopped. The products bought again most often have a model of
their own, since a yearly contract is not bought as labels are; the others share one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = (1, 2, 4, 8, 12)
LEAST_GAPS = 30
"""Times between two purchases of the same product below which no pace is learnt."""

LEAST_GAPS_OWN, MOST_OWN = 100, 8
"""Times between purchases from which a product has a model of its own, and the most products that have one."""

_MOST_ROWS = 4_000
_WORTH, _N_ROUNDS = 10.0, 30
_BOUNDS = ((-0.5, 5.0), (-5.0, 7.0), (-2.0, 2.0))


@dataclass(frozen=True, slots=True, eq=False)
class ItemPaces:
    """Rows of accounts and products: how often and how long apart, and how long ago.

    Attributes
    ----------
    item
        Number of the product.
    n_gaps, days, log_gaps
        Times between purchases: how many, their sum, the sum of their logarithms.
    away
        Days since the last purchase.
    """

    item: Ints
    n_gaps: Floats
    days: Floats
    log_gaps: Floats
    away: Floats

    def take(self, rows: npt.NDArray[np.int64]) -> ItemPaces:
        """Return some of the rows."""
        return ItemPaces(self.item[rows], self.n_gaps[rows], self.days[rows], self.log_gaps[rows], self.away[rows])


@dataclass(frozen=True, slots=True, eq=False)
class ReorderModel:
    """How accounts come back for a product.

    Attributes
    ----------
    k
        Steps to the next purchase of each product; 1 is pure chance.
    evenness
        Shape of the gamma distribution of paces: the higher, the more alike accounts are.
    chance_again
        That there is another purchase after each.
    usual_days
        Between two purchases.
    n_gaps
        Times between purchases that it was learnt from.
    """

    k: Floats
    evenness: Floats
    chance_again: Floats
    usual_days: Floats
    n_gaps: int

    def foresee(self, rows: ItemPaces, horizon: float) -> Floats:
        """Return the chance of a purchase within the days to come."""
        again = self.chance_again[rows.item]
        waited, waited_then = self.come_by(rows, rows.away), self.come_by(rows, rows.away + horizon)
        return np.asarray(np.clip(again * (waited_then - waited) / (1 - again * waited), 0.0, 1.0))

    def expect_days(self, rows: ItemPaces) -> Floats:
        """Return the days between purchases that an account is believed to have for a product."""
        k, evenness, start = self._read(rows)
        return np.asarray(k * (start + rows.days) / np.maximum(evenness + k * rows.n_gaps - 1, 0.5))

    def _read(self, rows: ItemPaces) -> tuple[Floats, Floats, Floats]:
        k, evenness = self.k[rows.item], self.evenness[rows.item]
        return k, evenness, self.usual_days[rows.item] * np.maximum(evenness - 1, 0.5) / k

    def come_by(self, rows: ItemPaces, days: Floats) -> Floats:
        """Return the chance that who comes back does so within some days of the last purchase."""
        from scipy.special import betainc

        k, evenness, start = self._read(rows)
        return np.asarray(betainc(k, evenness + k * rows.n_gaps, days / (days + start + rows.days)))

    def log_likelihood(self, rows: ItemPaces) -> float:
        """Return the log-likelihood of the times between purchases and of having been away."""
        from scipy.special import gammaln

        k, evenness, start = self._read(rows)
        bought, again = k * rows.n_gaps, self.chance_again[rows.item]
        gaps = (k - 1) * rows.log_gaps - rows.n_gaps * gammaln(k)
        paces = evenness * np.log(start) + gammaln(evenness + bought) - gammaln(evenness)
        paces -= (evenness + bought) * np.log(start + rows.days)
        away = np.log1p(-again * self.come_by(rows, rows.away))
        return float((gaps + paces + rows.n_gaps * np.log(again) + away).sum())


def fit_reorders(rows: ItemPaces, *, n_items: int) -> ReorderModel:
    """Return the model under which what was seen is most likely; of each fit at most 4,000 rows are read.

    Raises
    ------
    NotEnoughData
        When fewer than 30 times between two purchases of one product are known.
    """
    n_gaps = int(rows.n_gaps.sum())
    if n_gaps < LEAST_GAPS:
        raise NotEnoughData(
            f"Only {n_gaps} times an account bought a product again; {LEAST_GAPS} are needed to learn a pace.",
            "go by product family, or import older orders.",
        )
    usual = _usual_days(rows, n_items)
    k, evenness, again, scale = _fit(rows, usual)
    found = {name: np.full(n_items, value) for name, value in (("k", k), ("evenness", evenness), ("again", again))}
    days = usual * scale
    found["again"] = _settle_again(rows, ReorderModel(found["k"], found["evenness"], found["again"], days, n_gaps))
    by_item = np.bincount(rows.item, weights=rows.n_gaps, minlength=n_items)
    for item in np.argsort(-by_item, kind="stable")[:MOST_OWN]:
        if by_item[item] >= LEAST_GAPS_OWN:
            own = _fit(rows.take(np.flatnonzero(rows.item == item)), usual)
            found["k"][item], found["evenness"][item], found["again"][item] = own[:3]
            days[item] = usual[item] * own[3]
    return ReorderModel(found["k"], found["evenness"], found["again"], days, n_gaps)


def _fit(rows: ItemPaces, usual: Floats) -> tuple[float, float, float, float]:
    """Return steps, evenness, chance of another purchase, and the factor on the usual days."""
    from scipy.optimize import minimize

    if len(rows.item) > _MOST_ROWS:
        rows = rows.take(np.linspace(0, len(rows.item) - 1, _MOST_ROWS).astype(np.int64))
    item, alone = np.unique(rows.item, return_inverse=True)
    rows = ItemPaces(alone.astype(np.int64), rows.n_gaps, rows.days, rows.log_gaps, rows.away)

    def lose(values: Floats, k: int) -> float:
        evenness, odds, scale = np.exp(values)
        ones = np.ones(len(item))
        tried = ReorderModel(k * ones, evenness * ones, odds / (1 + odds) * ones, usual[item] * scale, 0)
        return -tried.log_likelihood(rows)

    best, start = (np.inf, 1, np.zeros(3)), np.array([0.7, 0.7, 0.0])
    for k in STEPS:
        found = minimize(lose, start, args=(k,), method="L-BFGS-B", bounds=_BOUNDS)
        if found.fun >= best[0]:
            break
        best, start = (float(found.fun), k, found.x), found.x
    evenness, odds, scale = np.exp(best[2])
    return float(best[1]), float(evenness), float(odds / (1 + odds)), float(scale)


def _settle_again(rows: ItemPaces, pooled: ReorderModel) -> Floats:
    """Return the chance of another purchase of each product, pulled to that of all: expectation-maximisation."""
    n_items = len(pooled.usual_days)
    come = pooled.come_by(rows, rows.away)
    gaps = np.bincount(rows.item, weights=rows.n_gaps, minlength=n_items)
    again = pooled.chance_again
    for _ in range(_N_ROUNDS):
        own = again[rows.item]
        stopped = np.bincount(rows.item, weights=(1 - own) / (1 - own * come), minlength=n_items)
        again = (gaps + _WORTH * pooled.chance_again) / (gaps + stopped + _WORTH)
    return np.asarray(again)


def _usual_days(rows: ItemPaces, n_items: int) -> Floats:
    """Return the mean days between purchases of each product, pulled to that of all where few are known."""
    days = np.bincount(rows.item, weights=rows.days, minlength=n_items)
    gaps = np.bincount(rows.item, weights=rows.n_gaps, minlength=n_items)
    overall = rows.days.sum() / rows.n_gaps.sum()
    return np.asarray((days + _WORTH * overall) / (gaps + _WORTH))
