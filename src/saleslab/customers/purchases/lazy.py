"""The count of purchases where the orders are: the same columns as `count_purchases`, as an Ibis expression.

Ten million orders stay in the warehouse; only one row of checks is read before the expression is returned.
"""

# ruff: noqa: PD003 - these are columns of Ibis, which has no isna

from __future__ import annotations

from math import log
from typing import Any

import pandas as pd

from saleslab.customers.purchases.faults import refuse_faults, refuse_nobody


def is_lazy(table: Any) -> bool:
    """Say whether something is an Ibis table."""
    return not isinstance(table, pd.DataFrame) and hasattr(table, "aggregate") and hasattr(table, "to_pyarrow")


def count_lazily(
    orders: Any, last: pd.Timestamp, names: tuple[str, str, str], days_in_unit: float, past: tuple[float, ...]
) -> Any:
    """Return the summary of `count_purchases` as an expression."""
    customer, when, amount = names
    rows = orders.select(
        **{customer: orders[customer]}, day=orders[when].cast("timestamp").date(), amount=_exact(orders[amount])
    )
    first_day = _check(orders, last, names)
    rows = rows.filter(rows.day <= last.date())
    days = rows.group_by([customer, "day"]).aggregate(amount=rows.amount.sum(), is_purchase=(rows.amount >= 0).any())
    known_for = (last.date() - first_day).days
    origins = [(last - pd.Timedelta(days=round(share * known_for))).date() for share in past]
    by_customer = _summarise(_with_gaps(days, customer), customer, origins)
    counted = by_customer.filter(by_customer.n > 0)
    return _in_units(counted, customer, last, origins, days_in_unit).order_by(customer)


def group_lazily(summary: Any) -> Any:
    """Return the groups of `group_purchases` as an expression."""
    groups = summary.group_by(["n_repeats", "recency", "age"])
    counted = groups.aggregate(n_customers=summary.count(), log_gaps=summary.log_gaps.sum())
    return counted.order_by(["n_repeats", "recency", "age"])


def _exact(amount: Any) -> Any:
    """Return amounts as decimals: their sum does not depend on the order in which an engine adds."""
    return amount if amount.type().is_decimal() or amount.type().is_integer() else amount.cast("decimal(18, 6)")


def _check(orders: Any, last: pd.Timestamp, names: tuple[str, str, str]) -> Any:
    """Refuse what cannot be counted; return the day of the first purchase."""
    customer, when, amount = names
    money = orders[amount]
    wrong = money.isnull()
    if money.type().is_floating():
        wrong |= money.isnan() | money.isinf()
    asked = {
        "customer": orders[customer].isnull().sum(),
        "when": orders[when].isnull().sum(),
        "amount": wrong.sum(),
        "first": orders[when].cast("timestamp").date().min(where=(money >= 0)),
    }
    if "currency" in orders.columns:
        asked["currencies"] = orders.currency.nunique()
    found = orders.aggregate(**asked).to_pyarrow().to_pylist()[0]
    counted = {
        f"{customer} is missing": found["customer"],
        f"{when} is missing": found["when"],
        f"{amount} is missing or infinite": found["amount"],
    }
    refuse_faults({what: int(n or 0) for what, n in counted.items()}, int(found.get("currencies", 1)))
    if found["first"] is None or found["first"] > last.date():
        refuse_nobody(last)
    return found["first"]


def _with_gaps(days: Any, customer: str) -> Any:
    """Return purchase and refund days with, on each purchase day, the days since the purchase before."""
    bought = days.filter(days.is_purchase)
    before = bought.day.lag().over(group_by=customer, order_by="day")
    bought = bought.mutate(gap=bought.day.delta(before, unit="day"))
    refunds = days.filter(~days.is_purchase)
    return bought.union(refunds.mutate(gap=refunds.day.delta(refunds.day, unit="day").nullif(0)), distinct=False)


def _summarise(days: Any, customer: str, origins: list[Any]) -> Any:
    bought = days.is_purchase
    past: dict[str, Any] = {}
    for at, origin in enumerate(origins, start=1):
        then = bought & (days.day <= origin)
        past |= {f"n_{at}": then.sum(), f"latest_{at}": days.day.max(where=then)}
    return days.group_by(customer).aggregate(
        n=bought.sum(),
        first=days.day.min(where=bought),
        latest=days.day.max(where=bought),
        total=days.amount.sum(),
        opening=days.amount.argmin(days.day, where=bought),
        gaps=days.gap.cast("float64").ln().sum(),
        **past,
    )


def _in_units(counted: Any, customer: str, last: pd.Timestamp, origins: list[Any], days_in_unit: float) -> Any:
    n_repeats = counted.n - 1
    opening, total = counted.opening.cast("float64"), counted.total.cast("float64")
    came_back = n_repeats > 0

    def since_first(day: Any) -> Any:
        return day.delta(counted["first"], unit="day") / days_in_unit

    columns = {
        "n_repeats": n_repeats,
        "recency": since_first(counted.latest),
        "age": since_first(_day(counted, last.date())),
        "spend_mean": came_back.ifelse((total - opening) / n_repeats.nullif(0), 0.0),
        "spend_first": came_back.ifelse(opening, total),
        "log_gaps": counted.gaps.coalesce(0.0) - n_repeats * log(days_in_unit),
    }
    for at, origin in enumerate(origins, start=1):
        was_there = counted["first"] <= origin
        columns |= {
            f"n_repeats_{at}": (counted[f"n_{at}"] - 1).clip(lower=0),
            f"recency_{at}": was_there.ifelse(since_first(counted[f"latest_{at}"]), 0.0),
            f"age_{at}": was_there.ifelse(since_first(_day(counted, origin)), 0.0),
        }
    return counted.select(customer, **columns)


def _day(counted: Any, day: Any) -> Any:
    """Return a day as a column: a method of Ibis wants one on both sides."""
    return (counted["first"] <= day).ifelse(day, day)
