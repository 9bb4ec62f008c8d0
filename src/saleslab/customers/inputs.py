"""From the warehouse to the small frames that the studies of this room take.

A purchase is an order where orders are on record, otherwise a won deal. Customers are counted and ranked where the rows
are; what reaches Python is bounded by the number of months, not by the number of customers.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import ibis
import pandas as pd

from saleslab.customers.purchases.counting import count_purchases
from saleslab.errors import NotEnoughData
from saleslab.periods import Period
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

Source = Literal["orders", "opportunities"]

_SINGLE_RANKS, _RANK_GROUPS = 100, 100


def find_purchase_source(lab: Warehouse) -> Source:
    """Return the table that tells who bought when: orders, or else won deals.

    Raises
    ------
    NotEnoughData
        When neither names a customer with a time.
    """
    for table, moment in (("orders", "ordered_at"), ("opportunities", "closed_at")):
        if lab.has(table):
            rows = lab.table(table)
            named = rows.account_id.notnull() & rows[moment].notnull()
            if table == "opportunities":
                named &= rows.is_won
            if int(lab.read(rows.aggregate(n=named.sum().coalesce(0)))["n"].iloc[0]):
                return "orders" if table == "orders" else "opportunities"
    raise NotEnoughData(
        "Repeat purchase needs orders.account_id, or opportunities.account_id of won deals; both are empty.",
        "map the account of orders or deals, and import again.",
    )


def read_returns(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return when customers bought first and when for the second time, counted by month.

    Columns: ``first_month``, ``second_month`` (missing for customers who have not come back by ``as_of``) and
    ``n_customers``. Several purchases on one day are one.
    """
    days = _purchases(lab, as_of).select("account_id", "day").distinct()
    in_turn = ibis.window(group_by="account_id", order_by="day")
    days = days.mutate(turn=ibis.row_number().over(in_turn))
    by_customer = days.group_by("account_id").aggregate(first=days.day.min(), second=days.day.min(where=days.turn == 1))
    by_customer = by_customer.mutate(
        first_month=by_customer["first"].truncate("M"), second_month=by_customer["second"].truncate("M")
    )
    counted = by_customer.group_by("first_month", "second_month").aggregate(n_customers=by_customer.count())
    return lab.read(counted.order_by("first_month", "second_month"))


def read_ranked_customers(lab: Warehouse, *, period: Period, as_of: date) -> pd.DataFrame:
    """Return what customers brought within a period, from the largest down.

    The largest 100 have a row each; the others are put into at most 100 groups of neighbours. Columns: ``rank_group``,
    ``n_customers``, ``amount`` and ``squares`` (of the customers' amounts; exact). Customers who brought nothing are in
    none.
    """
    bought = _purchases(lab, as_of)
    bought = bought.filter((bought.day >= ibis.literal(period.start)) & (bought.day <= ibis.literal(period.end)))
    totals = bought.group_by("account_id").aggregate(amount=bought.amount.sum().cast("decimal(19, 2)"))
    totals = totals.filter(totals.amount > 0)
    rank = ibis.row_number().over(ibis.window(order_by=[ibis.desc("amount"), "account_id"]))
    ranked = totals.mutate(rank=rank, n_all=totals.count().over(ibis.window()))
    rest = (ranked["rank"] - _SINGLE_RANKS) * _RANK_GROUPS
    grouped = (rest / (ranked.n_all - _SINGLE_RANKS).nullif(0)).floor().cast("int64") + _SINGLE_RANKS
    ranked = ranked.mutate(rank_group=ibis.ifelse(ranked["rank"] < _SINGLE_RANKS, ranked["rank"], grouped))
    groups = ranked.group_by("rank_group").aggregate(
        n_customers=ranked.count(),
        amount=ranked.amount.sum(),
        squares=(ranked.amount * ranked.amount).sum().cast("decimal(38, 4)"),
    )
    return lab.read(groups.order_by("rank_group"))


def read_purchase_counts(lab: Warehouse, *, as_of: date, unit: str = "W") -> pd.DataFrame:
    """Return one row a customer, counted where the purchases are: what `CustomerValue` takes (see `count_purchases`).

    Days are those of the company. A purchase without an amount in its currency counts as a purchase of 0.
    """
    bought = _purchases(lab, as_of)
    bought = bought.select("account_id", "day", amount=bought.amount.coalesce(0))
    return lab.read(count_purchases(bought, as_of=as_of, customer="account_id", when="day", unit=unit))


def _purchases(lab: Warehouse, as_of: date) -> Any:
    """Return one row a purchase until the end of a day: ``account_id``, ``day``, ``amount`` in the base currency.

    Merged accounts are one.
    """
    source, zone, base = find_purchase_source(lab), lab.settings.timezone, lab.settings.currency
    rows = lab.table(source)
    home = rows.currency.isnull() | (rows.currency == base)
    if source == "orders":
        moment, amount = rows.ordered_at, ibis.ifelse(home, rows.total, ibis.null(rows.total.type()))
    else:
        rows = rows.filter(rows.is_won)
        moment = rows.closed_at
        amount = rows.amount_base.coalesce(ibis.ifelse(home, rows.amount, ibis.null(rows.amount.type())))
    bought = rows.select("account_id", day=to_local_date(moment, zone), at=moment, amount=amount)
    over = ibis.timestamp(end_of_day(as_of, zone))
    bought = bought.filter(bought.account_id.notnull() & bought["at"].notnull() & (bought["at"] < over))
    return with_kept_ids(lab, bought)


def read_purchases_since(lab: Warehouse, *, since: date, as_of: date) -> pd.DataFrame:
    """Return what customers bought after a day, until another: ``account_id, n_purchases, amount``, one row a customer.

    Several purchases on one day are one.
    """
    bought = _purchases(lab, as_of)
    after = bought.filter(bought.day > ibis.literal(since))
    counted = after.group_by("account_id").aggregate(
        n_purchases=after.day.nunique(), amount=after.amount.sum().coalesce(0).cast("float64")
    )
    return lab.read(counted.order_by("account_id"))


def read_purchases_by_month(lab: Warehouse, *, known_by: date, as_of: date) -> pd.DataFrame:
    """Return how often those who were customers on a day have bought since: ``month`` (first day), ``n_purchases``.

    The month of that day counts from the day after.
    """
    bought = _purchases(lab, as_of).select("account_id", "day").distinct()
    first = bought.group_by("account_id").aggregate(first=bought.day.min())
    known = first.filter(first["first"] <= ibis.literal(known_by)).select("account_id")
    after = bought.filter(bought.day > ibis.literal(known_by)).semi_join(known, "account_id")
    counted = after.group_by(month=after.day.truncate("M")).aggregate(n_purchases=after.count())
    return lab.read(counted.order_by("month"))


def read_account_names(lab: Warehouse) -> pd.DataFrame:
    """Return the name of each account, for a file that was asked to hold it: ``account_id, name``."""
    return lab.read(lab.table("accounts").select("account_id", "name").order_by("account_id"))
