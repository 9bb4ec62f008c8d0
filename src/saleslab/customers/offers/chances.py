"""From a score to a chance: how often was a product bought within the horizon at such a score in the past?

Isotonic regression of what happened on the score, over both past horizons; each level carries the range of its own
counts, in both together and in each alone, since chances also differ from one half-year to the next. A score of new
products grows with all that accounts have bought so far, so that its place among the scores of its moment stands for
it; what says when a product is due again is a chance by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.customers.offers.checks import Kind, Scorer, blocks_of, pick_top, tested_accounts
from saleslab.customers.offers.item_moments import ItemMoment

Floats = npt.NDArray[np.float64]
Scale = Callable[[Floats], Floats]
"""From scores of a moment to what can be compared with other moments."""

_MOST_LEVELS = 200
_DIGITS = 9


@dataclass(frozen=True, slots=True, eq=False)
class ChanceCurve:
    """Chances by level of a score.

    Attributes
    ----------
    upper
        Score up to which each level reaches; the last one reaches further.
    n_bought, n
        Cells of accounts and products at each level, and those that were bought.
    apart
        The same of each moment alone; empty where there is only one.
    """

    upper: Floats
    n_bought: Floats
    n: Floats
    apart: tuple[ChanceCurve, ...] = ()

    def read(self, scores: Floats) -> Floats:
        """Return the chance at each score; never 0, since a rare purchase is not an impossible one."""
        return np.asarray(((self.n_bought + 0.5) / (self.n + 1))[self._level(scores)])

    def bounds(self, scores: Floats, mass: float) -> tuple[Floats, Floats]:
        """Return the ends of the range of each chance: Jeffreys, of all moments together and of each alone."""
        from scipy.special import betaincinv

        a, b, tail = self.n_bought + 0.5, self.n - self.n_bought + 0.5, (1 - mass) / 2
        level = self._level(scores)
        low, high = betaincinv(a, b, tail)[level], betaincinv(a, b, 1 - tail)[level]
        for alone in self.apart:
            least, most = alone.bounds(scores, mass)
            low, high = np.minimum(low, least), np.maximum(high, most)
        return np.asarray(low), np.asarray(high)

    def _level(self, scores: Floats) -> npt.NDArray[np.intp]:
        return np.minimum(np.searchsorted(self.upper, np.round(scores, _DIGITS)), len(self.upper) - 1)


def measure_chances(learnt: Sequence[tuple[ItemMoment, Scorer]], *, kind: Kind) -> ChanceCurve:
    """Return how often products were bought by score, over moments of the past with their ways of choosing."""
    counted = []
    for moment, score in learnt:
        scores, bought = _gather(moment, score, kind)
        counted.append(_count(_scale_by(scores, kind)(scores), bought, np.ones(len(bought))))
    apart = tuple(_draw(*parts) for parts in counted)
    if len(apart) == 1:
        return apart[0]
    pooled = _count(*(np.concatenate(parts) for parts in zip(*counted, strict=True)))
    return replace(_draw(*pooled), apart=apart)


def find_scale(moment: ItemMoment, score: Scorer, *, kind: Kind) -> Scale:
    """Return what scores of a moment are turned into before a curve is read."""
    if kind == "again":
        return _leave
    return _scale_by(_gather(moment, score, kind, with_future=False)[0], kind)


def _scale_by(scores: Floats, kind: Kind) -> Scale:
    if kind == "again":
        return _leave
    ranked = np.sort(np.round(scores, _DIGITS))

    def place(asked: Floats) -> Floats:
        """Return which share of the scores lies below each, ties counted half."""
        told = np.round(asked, _DIGITS)
        below, upto = (np.searchsorted(ranked, told, side) for side in ("left", "right"))
        return np.asarray((below + upto) / (2 * len(ranked)))

    return place


def _leave(scores: Floats) -> Floats:
    return scores


def _count(scores: Floats, n_bought: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the scores that occur, each once and in their order, with the sums of what was counted at them."""
    values, place = np.unique(np.round(scores, _DIGITS), return_inverse=True)
    sums = [np.bincount(place, weights=told, minlength=len(values)).astype(np.float64) for told in (n_bought, n)]
    return values, sums[0], sums[1]


def _draw(values: Floats, n_bought: Floats, n: Floats) -> ChanceCurve:
    """Return the curve through counts by score, on `_MOST_LEVELS` levels at the most."""
    if len(values) > _MOST_LEVELS:
        group = np.minimum(np.cumsum(n) * _MOST_LEVELS // n.sum(), _MOST_LEVELS - 1)
        starts = np.flatnonzero(np.r_[True, np.diff(group) > 0])
        values = values[np.r_[starts[1:] - 1, len(values) - 1]]
        n_bought, n = np.add.reduceat(n_bought, starts), np.add.reduceat(n, starts)
    return _rise(values, n_bought, n)


def _gather(moment: ItemMoment, score: Scorer, kind: Kind, *, with_future: bool = True) -> tuple[Floats, Floats]:
    """Return the scores of all cells that could be offered, and whether each was bought within the horizon after."""
    owned, sold = moment.owned(), moment.sold()
    later = np.flatnonzero(moment.bought_after() > 0) if with_future else np.zeros(0, dtype=np.int64)
    came = moment.fill(np.ones(len(later)), later)
    scores, bought = [], []
    for block in blocks_of(tested_accounts(moment), moment.table.shape[1]):
        has = owned[block].toarray() > 0
        asked = (has if kind == "again" else ~has) & sold
        scores.append(score(owned[block], block)[asked])
        bought.append(came[block].toarray()[asked])
    return np.concatenate(scores), np.concatenate(bought)


def _rise(values: Any, n_bought: Any, n: Any) -> ChanceCurve:
    from scipy.optimize import isotonic_regression

    starts = isotonic_regression(n_bought / n, weights=n).blocks
    edges = starts[:-1]
    upper = values[starts[1:] - 1]
    return ChanceCurve(upper, np.add.reduceat(n_bought, edges), np.add.reduceat(n, edges))


def look_back(
    moment: ItemMoment, score: Scorer, curve: ChanceCurve, scale: Scale, *, kind: Kind, top: int
) -> tuple[float, float]:
    """Return the mean chance that offers of a horizon ago would have carried, and the share that was bought.

    ``curve`` is that of the moment before, and ``scale`` that of the moment itself.
    """
    owned, later = moment.owned(), np.flatnonzero(moment.bought_after() > 0)
    came, sold = moment.fill(np.ones(len(later)), later), moment.sold()
    stated, happened = [], []
    for block in blocks_of(tested_accounts(moment), moment.table.shape[1]):
        has, scores = owned[block].toarray() > 0, score(owned[block], block)
        best, is_real = pick_top(scores, (has if kind == "again" else ~has) & sold, top)
        stated.append(curve.read(scale(np.take_along_axis(scores, best, axis=1)))[is_real])
        happened.append(np.take_along_axis(came[block].toarray(), best, axis=1)[is_real])
    return float(np.concatenate(stated).mean()), float(np.concatenate(happened).mean())
