"""Which product should each account be offered next, and which is it about to buy again?

A new product and one that is due again are different questions, answered apart and judged apart on purchases that came
later. A way of choosing new products that does not beat "what sells" on purchases it had not seen is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.customers.offers.chances import ChanceCurve, Scale, find_scale, look_back, measure_chances
from saleslab.customers.offers.checks import (
    OfferTest,
    Scorer,
    judge_ways,
    learn_way,
    learn_ways,
    own_way,
    simple_ways,
)
from saleslab.customers.offers.item_moments import ItemMoment, ItemTable, read_histories
from saleslab.customers.offers.lists import list_again, list_new
from saleslab.customers.offers.reorders import LEAST_GAPS, ReorderModel, fit_reorders
from saleslab.customers.offers.rows import check_horizon
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.tables.presence import require_columns

Verdict = Literal["beats_simple", "no_better", "too_little"]

LEAST_ACCOUNTS, LEAST_PRODUCTS, LEAST_PURCHASES = 30, 3, 20
"""Accounts with a purchase two horizons ago, products, and purchases of a kind since, below which nothing is told."""

_WORTH = 2.0

MASS = 0.9
"""Of every interval here."""


@dataclass(frozen=True, slots=True)
class OfferCheck:
    """Whether offers of one kind can be trusted.

    Attributes
    ----------
    verdict
        ``beats_simple``: on later purchases the way that is used did better than every simple one, beyond luck;
        ``no_better``: it did not, so new products go by a simple way, and products due again still by their pace, the
        only way that says when; ``too_little``: nothing is offered.
    way
        What is used: ``ease``, ``item_item``, ``pace``, or the simple ``popular``, ``recent``, ``own``.
    promised, came
        Mean chance that the offers made one horizon ago would have carried, and the share that was bought; missing
        where nothing is offered.
    n_purchases
        Purchases of the kind within the last horizon.
    """

    verdict: Verdict
    way: str
    promised: float | None
    came: float | None
    n_purchases: int


@dataclass(frozen=True, slots=True, eq=False)
class ProductOffers:
    """What to offer to whom next.

    Attributes
    ----------
    offers
        One row an account and product: ``account_id``, the product, ``kind`` (``new`` or ``again``), ``place`` (1 is
        the first to offer), ``chance`` that it is bought within the horizon with ``low`` and ``high``, ``because``
        (``goes_with``, ``popular``; ``overdue``, ``due``, ``soon`` within the horizon, ``early``) and what that rests
        on: ``anchor_id`` (a product that the account has), ``n_with_both`` of ``n_with_anchor`` accounts,
        ``days_usual`` between purchases and ``days_since`` the last; ``typical_amount`` of such a purchase, and
        ``worth``, the chance times that.
    item
        Column of the products: ``product_id`` or ``family``.
    checks
        By kind.
    tests
        Every way, learnt without the last horizon and judged on it.
    reorders
        How accounts come back for a product; missing where too few did.
    n_accounts, n_products
        That were seen.
    as_of, horizon
        Last day that is known, and days within which a purchase counts.
    """

    offers: pd.DataFrame
    item: str
    checks: Mapping[str, OfferCheck]
    tests: tuple[OfferTest, ...]
    reorders: ReorderModel | None
    n_accounts: int
    n_products: int
    as_of: date
    horizon: int


def recommend_products(
    histories: pd.DataFrame,
    *,
    as_of: date,
    horizon: int = 180,
    item: str = "product_id",
    top: int = 3,
    excluded: Iterable[str] = (),
) -> ProductOffers:
    """Return what to offer each account next: new products, and products that are due again.

    Use it to decide what a visit or call is about. Whether an offer changes what is bought only an experiment tells:
    some of these accounts would have bought anyway. For whole families that an account lacks use `find_whitespace`.

    Parameters
    ----------
    histories
        From `read_item_histories` with the same ``as_of``, ``horizon`` and item.
    as_of
        Last day that is known.
    horizon
        Days within which a purchase counts.
    item
        ``product_id`` or ``family``.
    top
        Offers of each kind for an account.
    excluded
        Products that are not offered; what they tell about accounts is still used. A product that nobody bought
        within the last horizon is not offered either: it is taken to be no longer sold.

    Raises
    ------
    NotEnoughData
        When too few accounts, products or later purchases are known to judge any offer.
    TableError
        When the histories lack a column or contradict themselves.
    """
    check_horizon(horizon)
    if not 1 <= top <= 50:
        raise BadArgument(f"{top} offers an account cannot be made.", "give 1 to 50.")
    table = read_histories(histories, as_of=as_of, horizon=horizon, item=item)
    _refuse_little(table, horizon)
    is_sold = table.at(0).sold() & ~np.isin(table.items, np.array(list(excluded), dtype=object))
    new = _offer_new(table, is_sold, top) if _count(table, "new") >= LEAST_PURCHASES else None
    again = _offer_again(table, is_sold, top, horizon) if _knows_paces(table) else None
    if new is None and again is None:
        raise NotEnoughData(
            f"Of either kind fewer than {LEAST_PURCHASES} purchases came in the last {horizon} days.",
            "give a longer horizon, or go by product family.",
        )
    typical = _TypicalAmounts.of(histories, table, item)
    made = {kind: part for kind, part in (("new", new), ("again", again)) if part is not None}
    tests = [test for part in made.values() for test in part.tests]
    if new and again:
        tests += _judge_any(table, new, again, top)
    little: dict[str, OfferCheck] = {
        kind: OfferCheck("too_little", "", None, None, _count(table, kind)) for kind in ("new", "again")
    }
    return ProductOffers(
        _arrange([part.offers for part in made.values()], table, item, typical),
        item,
        MappingProxyType(little | {kind: part.check for kind, part in made.items()}),
        tuple(tests),
        again.model if again else None,
        *table.shape,
        as_of,
        horizon,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Offers of one kind, and what stands behind them.

    Offers of a horizon ago come from the scores of ``then``, of which ``early`` tells the chance on the ``scale``.
    """

    offers: pd.DataFrame
    check: OfferCheck
    tests: tuple[OfferTest, ...]
    then: Scorer
    early: ChanceCurve
    scale: Scale
    model: ReorderModel | None = None


def _offer_new(table: ItemTable, is_sold: Any, top: int) -> _Made:
    before, then, now = table.at(2), table.at(1), table.at(0)
    tried = judge_ways(before, learn_ways(before), kind="new", top=top, mass=MASS)
    chosen = max((test for test in tried if test.gain is not None and _is_learnt(test.way)), key=_by_hits).way
    tests = judge_ways(then, {chosen: learn_way(then, chosen)} | simple_ways(then), kind="new", top=top, mass=MASS)
    used, verdict = _judge(tests)
    past = [(moment, learn_way(moment, used)) for moment in (before, then)]
    curve, scale = measure_chances(past, kind="new"), find_scale(*past[1], kind="new")
    early = curve.apart[0]
    promised, came = look_back(*past[1], early, scale, kind="new", top=top)
    offers = list_new(now, learn_way(now, used), curve, is_sold=is_sold, top=top)
    check = OfferCheck(verdict, used.partition(":")[0], promised, came, _count(table, "new"))
    return _Made(offers, check, tests, past[1][1], early, scale)


def _offer_again(table: ItemTable, is_sold: Any, top: int, horizon: int) -> _Made:
    before, then, now = table.at(2), table.at(1), table.at(0)
    learnt = fit_reorders(then.paces(), n_items=table.shape[1])
    past = [(moment, _read_pace(learnt, moment, horizon)) for moment in (before, then)]
    ways = {"pace": past[1][1]} | simple_ways(then) | {"own": own_way(then)}
    tests = judge_ways(then, ways, kind="again", top=top, mass=MASS)
    early, scale = measure_chances(past[:1], kind="again"), find_scale(*past[1], kind="again")
    promised, came = look_back(*past[1], early, scale, kind="again", top=top)
    model = fit_reorders(now.paces(), n_items=table.shape[1])
    # chances are those of the model that is used: one learnt from less was off by another factor
    curve = measure_chances([(moment, _read_pace(model, moment, horizon)) for moment in (before, then)], kind="again")
    offers = list_again(now, model, curve, horizon=horizon, is_sold=is_sold, top=top)
    check = OfferCheck(_judge(tests)[1], "pace", promised, came, _count(table, "again"))
    return _Made(offers, check, tests, past[1][1], early, scale, model)


def _judge_any(table: ItemTable, new: _Made, again: _Made, top: int) -> tuple[OfferTest, ...]:
    """Return how both kinds together did, ranked by chance, beside what the account buys anyway."""
    then = table.at(1)

    def score(owned: Any, places: Any) -> Any:
        chances = new.early.read(new.scale(new.then(owned, places)))
        return np.where(owned.toarray() > 0, again.then(owned, places), chances)

    ways: dict[str, Scorer] = {"offers": score, **simple_ways(then), "own": own_way(then)}
    return judge_ways(then, ways, kind="any", top=top, mass=MASS)


def _read_pace(model: ReorderModel, moment: ItemMoment, horizon: int) -> Scorer:
    matrix = moment.fill(model.foresee(moment.paces(), horizon), moment.rows)
    return lambda _owned, places: np.asarray(matrix[places].toarray())


def _is_learnt(way: str) -> bool:
    return way == "item_item" or way.startswith("ease:")


def _by_hits(test: OfferTest) -> tuple[float, str]:
    return test.hit_rate.estimate, test.way


def _judge(tests: tuple[OfferTest, ...]) -> tuple[str, Verdict]:
    """Return the way that is used, and whether it beats every simple one."""
    learnt = tests[0]
    if learnt.gain is not None and learnt.gain.low > 0:
        return learnt.way, "beats_simple"
    return max(tests[1:], key=_by_hits).way, "no_better"


def _count(table: ItemTable, kind: str) -> int:
    """Return how many accounts bought a product of a kind within the last horizon, product by product."""
    came, had = table.at(1).bought_after() > 0, table.days[:, 1] > 0
    return int((came & (had if kind == "again" else ~had & _was_there(table))).sum())


def _was_there(table: ItemTable) -> Any:
    there = np.zeros(table.shape[0], dtype=bool)
    there[table.account[table.at(1).rows]] = True
    return there[table.account]


def _knows_paces(table: ItemTable) -> bool:
    n_gaps = int(table.at(2).paces().n_gaps.sum())
    return n_gaps >= LEAST_GAPS and _count(table, "again") >= LEAST_PURCHASES


def _refuse_little(table: ItemTable, horizon: int) -> None:
    n_then = len(np.unique(table.account[table.at(2).rows]))
    if n_then < LEAST_ACCOUNTS or table.shape[1] < LEAST_PRODUCTS:
        raise NotEnoughData(
            f"{n_then} accounts had bought anything {2 * horizon} days ago, and there are {table.shape[1]} products; "
            f"{LEAST_ACCOUNTS} accounts and {LEAST_PRODUCTS} products are needed to judge offers on what came later.",
            "import older orders, or give a shorter horizon.",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _TypicalAmounts:
    """What a purchase of a product brings; an account's own purchases count where there are some."""

    by_item: Any
    own: Any

    @classmethod
    def of(cls, histories: pd.DataFrame, table: ItemTable, item: str) -> _TypicalAmounts:
        require_columns(histories, "amount_ever", of="histories")
        amounts = histories.sort_values(["account_id", item], kind="stable")["amount_ever"].to_numpy(dtype=np.float64)
        n = table.days[:, 0]
        total = np.bincount(table.item, weights=amounts, minlength=table.shape[1])
        by_item = total / np.maximum(np.bincount(table.item, weights=n, minlength=table.shape[1]), 1)
        keys = table.account * table.shape[1] + table.item
        own = pd.Series((amounts + _WORTH * by_item[table.item]) / (n + _WORTH), index=keys)
        return cls(by_item, own)

    def read(self, rows: pd.DataFrame, n_items: int) -> Any:
        keys = rows["account"].to_numpy() * n_items + rows["item"].to_numpy()
        return self.own.reindex(keys).fillna(pd.Series(self.by_item[rows["item"]], index=keys)).to_numpy()


def _arrange(parts: list[pd.DataFrame], table: ItemTable, item: str, typical: _TypicalAmounts) -> pd.DataFrame:
    rows = pd.concat(parts, ignore_index=True)
    anchor = rows["anchor"].to_numpy(dtype=np.int64)
    named = pd.DataFrame({"account_id": table.accounts[rows["account"]], item: table.items[rows["item"]]})
    columns = ["kind", "place", "chance", "low", "high", "because"]
    named[columns] = rows[columns]
    named["anchor_id"] = pd.Series(table.items[anchor.clip(min=0)], dtype=object).where(anchor >= 0, None)
    for name in ("n_with_both", "n_with_anchor", "days_usual", "days_since"):
        named[name] = (rows[name] if name in rows else pd.Series(pd.NA, rows.index)).astype("Int64")
    named["typical_amount"] = np.round(typical.read(rows, table.shape[1]), 2)
    named["worth"] = np.round(named["chance"] * named["typical_amount"], 2)
    return named.sort_values(["account_id", "kind", "place"], ascending=[True, False, True], ignore_index=True)
