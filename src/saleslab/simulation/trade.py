"""What was quoted and ordered: one basket of lines behind deal, quote and order, so that they agree to the yen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from saleslab.simulation.accounts import Roster
from saleslab.simulation.columns import dates, make_ids, make_table, pick, stamps, yen
from saleslab.simulation.deals import NEW, RENEWAL, Deals
from saleslab.simulation.loyalty import YEAR, Repeats
from saleslab.simulation.people import MANAGER
from saleslab.simulation.products import YEARLY, Basket, PriceList, Sales
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints

_TERM = 365


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """What deals are worth; whole yen over all deals."""

    basket: Basket
    priced: Bools
    """Whether the deal has lines before the end of the records; without lines the amount is an estimate."""
    amount: Ints
    estimate: Ints
    cost: Ints
    contract: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """All orders in the order of their time."""

    ids: pa.Array
    account: Ints
    deal: Ints
    """The won deal, or -1."""
    owner: Ints
    at: Floats
    total: Ints


def price_deals(setting: Setting, deals: Deals, *, roster: Roster, prices: PriceList) -> Amounts:
    """Return the lines and amounts of all deals."""
    contract = roster.contract[deals.account]
    day = setting.clock.day_of(np.where(np.isfinite(deals.priced), deals.priced, deals.created))
    sales = Sales(deals.size, day, contract, deals.kind == NEW, deals.kind == RENEWAL)
    basket = Basket(setting.streams("trade.deal_lines"), prices, sales)
    amount = basket.sums(basket.line_totals(deals.discount))
    estimate = np.maximum(np.round(deals.size, -5), 100_000).astype(np.int64)
    priced = deals.priced < setting.clock.end
    return Amounts(basket, priced, np.where(priced, amount, estimate), estimate, basket.sums(basket.cost), contract)


def deal_lines(deal_ids: pa.Array, product_ids: pa.Array, deals: Deals, amounts: Amounts) -> pa.Table:
    """Return ``opportunity_lines`` of the deals that were priced before the end."""
    basket = amounts.basket
    shown = np.flatnonzero(amounts.priced[basket.sale])
    deal = basket.sale[shown]
    columns = {
        "line_id": make_ids("deal_line", len(shown)),
        "opportunity_id": pick(deal_ids, deal),
        "product_id": pick(product_ids, basket.product[shown]),
        "quantity": basket.quantity[shown].astype(np.float64),
        "unit_price": yen(basket.unit_price[shown]),
        "discount_rate": deals.discount[deal] / 100.0,
        "total": yen(basket.line_totals(deals.discount)[shown]),
    }
    return make_table("opportunity_lines", columns, len(shown))


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """The two tables and, per deal, the position of its last quote (-1 without one)."""

    tables: dict[str, pa.Table]
    last: Ints
    ids: pa.Array


def quote_deals(
    setting: Setting,
    deal_ids: pa.Array,
    *,
    product_ids: pa.Array,
    deals: Deals,
    amounts: Amounts,
    one_offer: Ints,
) -> Quotes:
    """Return ``quotes`` and ``quote_lines``: one or two versions per quoted deal.

    ``one_offer`` names the deals of the price trial, which get exactly one offer.
    """
    rng = setting.streams("trade.quotes")
    quoted = np.flatnonzero(deals.quoted < setting.clock.end)
    haggles = (deals.discount[quoted] >= 5) & (rng.random(len(quoted)) < 0.5)
    n_versions = np.where(np.isin(quoted, one_offer), 1, 1 + haggles)
    deal = np.repeat(quoted, n_versions)
    last_of = np.cumsum(n_versions) - 1
    is_last = np.zeros(len(deal), dtype=bool)
    is_last[last_of] = True
    discount = np.where(is_last, deals.discount[deal], deals.discount[deal] - 5)
    place = np.full(len(deals), -1)
    place[quoted] = last_of
    ids, basket = make_ids("quote", len(deal)), amounts.basket
    lines_of = np.searchsorted(basket.sale, deal), np.searchsorted(basket.sale, deal, side="right")
    n_lines = lines_of[1] - lines_of[0]
    quote = np.repeat(np.arange(len(deal)), n_lines)
    line = np.arange(len(quote)) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines) + lines_of[0][quote]
    totals = basket.quantity[line] * basket.unit_price[line] * (100 - discount[quote]) // 100
    subtotal = np.zeros(len(deal), dtype=np.int64)
    np.add.at(subtotal, quote, totals)
    lines = {
        "line_id": make_ids("quote_line", len(quote)),
        "quote_id": pick(ids, quote),
        "product_id": pick(product_ids, basket.product[line]),
        "quantity": basket.quantity[line].astype(np.float64),
        "unit_price": yen(basket.unit_price[line]),
        "discount_rate": discount[quote] / 100.0,
        "total": yen(totals),
    }
    head = _quote_heads(
        setting, ids, deal_ids=deal_ids, deals=deals, deal=deal, is_last=is_last, discount=discount, subtotal=subtotal
    )
    tables = {"quotes": head, "quote_lines": make_table("quote_lines", lines, len(quote))}
    return Quotes(tables, place, ids)


def _quote_heads(
    setting: Setting,
    ids: pa.Array,
    *,
    deal_ids: pa.Array,
    deals: Deals,
    deal: Ints,
    is_last: Bools,
    discount: Ints,
    subtotal: Ints,
) -> pa.Table:
    valid_until = setting.clock.day_of(deals.quoted[deal]) + 30
    last_day = setting.clock.workdays[int(setting.clock.end) - 1]
    closed = deals.closed[deal] < setting.clock.end
    status = np.select([~is_last, closed & deals.won[deal], closed, valid_until < last_day], [0, 1, 2, 3], default=4)
    head = int(np.flatnonzero(setting.staff.role == MANAGER)[0])
    boss = setting.staff.manager[deals.owner[deal]]
    tax = subtotal // 10
    previous = np.concatenate([[-1], deal[:-1]])
    columns = {
        "quote_id": ids,
        "opportunity_id": pick(deal_ids, deal),
        "version": np.where(deal == previous, 2, 1),
        "status": pick(["superseded", "accepted", "rejected", "expired", "sent"], status),
        "valid_until": dates(valid_until),
        "subtotal": yen(subtotal),
        "tax": yen(tax),
        "total": yen(subtotal + tax),
        "discount_rate": discount / 100.0,
        "approved_by": pick(setting.staff.ids, np.where(discount > 15, np.where(boss >= 0, boss, head), -1)),
    }
    return make_table("quotes", columns, len(deal))


def take_orders(
    setting: Setting,
    deals: Deals,
    *,
    owner: Ints,
    amounts: Amounts,
    quotes: Quotes,
    repeats: Repeats,
    roster: Roster,
    product_ids: pa.Array,
    deal_ids: pa.Array,
    prices: PriceList,
) -> tuple[Orders, dict[str, pa.Table]]:
    """Return all orders: of won deals, of older customers and repeat orders without a deal."""
    rng = setting.streams("trade.orders")
    won = np.flatnonzero(deals.won & (deals.closed < setting.clock.end))
    old = np.flatnonzero(roster.first_order >= 0)
    old_at = setting.clock.from_days(roster.first_order[old], rng.uniform(0.05, 0.95, len(old)))
    again = repeats.customers.account[repeats.order_customer]
    account = np.concatenate([old, again])
    size = np.concatenate([roster.order_size[old], repeats.order_size])
    first = np.arange(len(account)) < len(old)
    renews = np.concatenate([np.zeros(len(old), dtype=bool), repeats.order_renews])
    direct_at = np.concatenate([old_at, repeats.order_at])
    sales = Sales(size, setting.clock.day_of(direct_at), roster.contract[account], first, renews)
    basket = Basket(setting.streams("trade.order_lines"), prices, sales)
    no_discount = np.zeros(len(account), dtype=np.int64)
    at = np.concatenate([deals.closed[won], direct_at])
    order = np.argsort(at, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    total = np.concatenate([amounts.amount[won], basket.sums(basket.line_totals(no_discount))])
    cost = np.concatenate([amounts.cost[won], basket.sums(basket.cost)])
    who = np.concatenate([deals.account[won], account])
    deal = np.concatenate([won, np.full(len(account), -1)])
    seller = np.concatenate([owner[won], setting.staff.in_charge(roster.owner[account], direct_at)])
    orders = Orders(make_ids("order", len(at)), who[order], deal[order], seller[order], at[order], total[order])
    is_renewal = np.concatenate([deals.kind[won] == RENEWAL, renews])[order]
    lines = _order_lines(
        setting,
        orders,
        rank=rank,
        won=won,
        deals=deals,
        amounts=amounts,
        direct=basket,
        is_renewal=is_renewal,
        repeats=repeats,
        product_ids=product_ids,
    )
    heads = _order_heads(setting, orders, margin=(total - cost)[order], roster=roster, quotes=quotes, deal_ids=deal_ids)
    return orders, {"orders": heads, "order_lines": lines}


def _order_heads(
    setting: Setting, orders: Orders, *, margin: Ints, roster: Roster, quotes: Quotes, deal_ids: pa.Array
) -> pa.Table:
    has_deal = orders.deal >= 0
    columns = {
        "order_id": orders.ids,
        "account_id": pick(roster.ids, orders.account),
        "opportunity_id": pick(deal_ids, orders.deal),
        "quote_id": pick(quotes.ids, np.where(has_deal, quotes.last[orders.deal], -1)),
        "owner_id": pick(setting.staff.ids, orders.owner),
        "ordered_at": stamps(setting.clock.to_local(orders.at)),
        "status": pick(["delivered", "confirmed"], (orders.at > setting.clock.end - 20).astype(np.int64)),
        "total": yen(orders.total),
        "margin": yen(margin),
        "currency": "JPY",
    }
    return make_table("orders", columns, len(orders.total))


def _order_lines(
    setting: Setting,
    orders: Orders,
    *,
    rank: Ints,
    won: Ints,
    deals: Deals,
    amounts: Amounts,
    direct: Basket,
    is_renewal: Bools,
    repeats: Repeats,
    product_ids: pa.Array,
) -> pa.Table:
    place = np.full(len(deals), -1)
    place[won] = np.arange(len(won))
    of_deals = np.flatnonzero(place[amounts.basket.sale] >= 0)
    line = amounts.basket
    order = np.concatenate([rank[place[line.sale[of_deals]]], rank[len(won) + direct.sale]])
    sorting = np.argsort(order, kind="stable")
    order = order[sorting]
    product = np.concatenate([line.product[of_deals], direct.product])[sorting]
    day = setting.clock.day_of(orders.at)
    start = np.where(is_renewal, _due(orders, repeats, day), day + 1)[order]
    runs = YEARLY[product]
    unit = np.concatenate([line.unit_price[of_deals], direct.unit_price])[sorting]
    totals = np.concatenate([line.line_totals(deals.discount)[of_deals], direct.unit_price * direct.quantity])[sorting]
    columns = {
        "line_id": make_ids("order_line", len(order)),
        "order_id": pick(orders.ids, order),
        "product_id": pick(product_ids, product),
        "quantity": np.concatenate([line.quantity[of_deals], direct.quantity])[sorting].astype(np.float64),
        "unit_price": yen(unit),
        "total": yen(totals),
        "term_start": dates(start, runs),
        "term_end": dates(start + _TERM - 1, runs),
    }
    return make_table("order_lines", columns, len(order))


def _due(orders: Orders, repeats: Repeats, day: Ints) -> Ints:
    """Return the day after the term that a renewal continues; terms are years from the customer's first order."""
    first = np.zeros(int(orders.account.max()) + 1, dtype=np.int64)
    first[repeats.customers.account] = repeats.customers.first
    since = first[orders.account]
    years = np.maximum(np.round((day - since) / YEAR), 1.0)
    return since + 1 + np.floor(years * YEAR).astype(np.int64)
