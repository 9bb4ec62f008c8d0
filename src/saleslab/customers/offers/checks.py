"""Would offers made in the past have been bought? Each way of choosing, judged on what was bought afterwards.

New products, products bought before, and all together are judged apart: a list that only repeats what an account buys
anyway looks splendid where the three are mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from saleslab.customers.offers.item_models import MOST_FOR_EASE, RIDGES, Ease, ItemItem
from saleslab.customers.offers.item_moments import ItemMoment
from saleslab.stats import Interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Kind = Literal["new", "again", "any"]
Scorer = Callable[[Any, Ints], Floats]
"""From accounts x products owned, and the places of these accounts, to a score of each product."""

MOST_TESTED = 20_000
"""Accounts, evenly taken, on which offers are judged."""

_MOST_CELLS, _MOST_TESTED_CELLS = 4_000_000, 20_000_000
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class OfferTest:
    """How well one way of choosing did on later purchases.

    Attributes
    ----------
    kind
        ``new``: products that the account did not have; ``again``: those that it had; ``any``: both.
    way
        ``ease``, ``item_item``, ``pace`` (when it is due), ``offers`` (both together), or a simple way: ``popular``,
        ``recent`` (what accounts bought lately), ``own`` (what the account bought most often).
    n_offers, n_bought
        Offers that it would have made, and those that were bought within the horizon.
    hit_rate
        Share bought; an account, not an offer, is the unit of its interval.
    found
        Share of all purchases of the kind that were among its offers.
    gain
        Difference in hit rate to the best simple way, account by account; missing for that way itself.
    """

    kind: Kind
    way: str
    n_offers: int
    n_bought: int
    hit_rate: Interval
    found: float
    gain: Interval | None = None


def learn_ways(moment: ItemMoment, *, ridges: tuple[float, ...] = RIDGES) -> dict[str, Scorer]:
    """Return every way of choosing new products, learnt from what was known at a moment, by name."""
    owned = moment.owned()
    ways: dict[str, Scorer] = {}
    if min(owned.shape) <= MOST_FOR_EASE:
        for ridge in ridges:
            ways[f"ease:{ridge:g}"] = _ignore_places(Ease(owned, ridge).score)
    else:
        ways["item_item"] = _ignore_places(ItemItem(owned).score)
    return ways | simple_ways(moment)


def learn_way(moment: ItemMoment, way: str) -> Scorer:
    """Return one way by its name, learnt from what was known at a moment."""
    if way.startswith("ease:"):
        return _ignore_places(Ease(moment.owned(), float(way.removeprefix("ease:"))).score)
    if way == "item_item":
        return _ignore_places(ItemItem(moment.owned()).score)
    return simple_ways(moment)[way]


def simple_ways(moment: ItemMoment) -> dict[str, Scorer]:
    """Return the ways that any list must beat: what sells, what sells lately."""
    n_items, rows = moment.table.shape[1], moment.rows
    n_accounts = max(len(np.unique(moment.table.account[rows])), 1)
    popular = np.bincount(moment.table.item[rows], minlength=n_items) / n_accounts
    lately = np.flatnonzero(moment.bought_before() > 0)
    recent = np.bincount(moment.table.item[lately], minlength=n_items) / n_accounts
    return {"popular": _same_for_all(popular), "recent": _same_for_all(recent)}


def own_way(moment: ItemMoment) -> Scorer:
    """Return what the account itself bought most often, by days with a purchase."""
    rows = moment.rows
    days = moment.fill(moment.table.days[rows, moment.moment], rows)
    return lambda _owned, places: np.asarray(days[places].toarray())


def _same_for_all(scores: Floats) -> Scorer:
    return lambda _owned, places: np.broadcast_to(scores, (len(places), len(scores)))


def _ignore_places(score: Callable[[Any], Floats]) -> Scorer:
    return lambda owned, _places: score(owned)


def blocks_of(places: Ints, n_items: int) -> Iterator[Ints]:
    """Give accounts in blocks that fit into memory with all products."""
    step = max(1, _MOST_CELLS // max(n_items, 1))
    for start in range(0, len(places), step):
        yield places[start : start + step]


def tested_accounts(moment: ItemMoment) -> Ints:
    """Return accounts with a purchase until the moment; evenly taken where there are very many."""
    places = np.unique(moment.table.account[moment.rows])
    most = max(1, min(MOST_TESTED, _MOST_TESTED_CELLS // moment.table.shape[1]))
    if len(places) > most:
        places = places[np.linspace(0, len(places) - 1, most).astype(np.int64)]
    return places


def pick_top(scores: Floats, allowed: npt.NDArray[np.bool_], top: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the best products of each account, ties by id, and which of them are allowed at all."""
    ranked = np.where(allowed, np.round(scores, _DIGITS), -np.inf)
    best = np.argsort(-ranked, axis=1, kind="stable")[:, :top]
    return best, np.isfinite(np.take_along_axis(ranked, best, axis=1))


def judge_ways(
    moment: ItemMoment, ways: Mapping[str, Scorer], *, kind: Kind, top: int, mass: float
) -> tuple[OfferTest, ...]:
    """Return how each way did on what was bought within the horizon after a moment."""
    places = tested_accounts(moment)
    owned, later = moment.owned(), np.flatnonzero(moment.bought_after() > 0)
    came = moment.fill(np.ones(len(later)), later)
    hits = {way: np.zeros(len(places)) for way in ways}
    offers = {way: np.zeros(len(places)) for way in ways}
    wanted, at, sold = 0, 0, moment.sold()
    for block in blocks_of(places, moment.table.shape[1]):
        rows = owned[block]
        has, bought = rows.toarray() > 0, came[block].toarray() > 0
        is_kind = ~has if kind == "new" else has if kind == "again" else np.ones_like(has)
        wanted += int((bought & is_kind).sum())
        allowed = is_kind & sold
        for way, score in ways.items():
            best, is_real = pick_top(score(rows, block), allowed, top)
            won = np.take_along_axis(bought, best, axis=1) & is_real
            hits[way][at : at + len(block)] = won.sum(axis=1)
            offers[way][at : at + len(block)] = is_real.sum(axis=1)
        at += len(block)
    return _compare(kind, hits, offers, wanted, mass)


def _compare(
    kind: Kind, hits: Mapping[str, Floats], offers: Mapping[str, Floats], wanted: int, mass: float
) -> tuple[OfferTest, ...]:
    simple = [way for way in hits if way in {"popular", "recent", "own"}]
    rival = max(simple, key=lambda way: (hits[way].sum() / max(offers[way].sum(), 1), way)) if simple else None
    return tuple(
        OfferTest(
            kind,
            way,
            int(offers[way].sum()),
            int(won.sum()),
            _ratio(won, offers[way], mass),
            float(won.sum() / wanted) if wanted else 0.0,
            None if rival in (None, way) else _ratio(won - hits[str(rival)], offers[way], mass, low=-1.0),
        )
        for way, won in hits.items()
    )


def _ratio(won: Floats, n: Floats, mass: float, *, low: float = 0.0) -> Interval:
    """Return a ratio of sums over accounts, with the error that accounts, not offers, make."""
    from scipy.special import ndtri

    total = n.sum()
    if not total:
        return Interval(0.0, low, 1.0, mass)
    rate = float(won.sum() / total)
    error = float(np.sqrt(((won - rate * n) ** 2).sum()) / total)
    reach = float(ndtri((1 + mass) / 2)) * error
    return Interval(rate, max(low, rate - reach), min(1.0, rate + reach), mass)
