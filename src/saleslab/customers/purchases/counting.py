"""How often did each customer buy, when last, and how long have we known them?

The summary that value models, RFM scores and segments start from. Purchases of one day are one purchase; what came back
lowers what was spent and is no purchase. It is counted where the orders are: a pandas frame gives a pandas frame, an
Ibis table gives an Ibis table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.purchases.faults import refuse_faults, refuse_nobody
from saleslab.customers.purchases.lazy import count_lazily, group_lazily, is_lazy
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.tables.presence import require_columns

DAYS_IN = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
"""Days in each unit of time."""

PAST_ORIGINS = (0.25, 0.375, 0.5)
"""Shares of the time that the orders cover by which the past origins lie back, on which forecasts are tried."""


def count_purchases(
    orders: Any,
    *,
    as_of: date | str,
    customer: str = "customer_id",
    when: str = "ordered_at",
    amount: str = "amount",
    unit: str = "W",
) -> Any:
    """Return one row a customer: how often they came back, when last, since when they are known, and what they spent.

    Use it before `CustomerValue` and before scores of recency and frequency. For cohorts use `measure_cohorts`.

    Parameters
    ----------
    orders
        One row an order, pandas or Ibis. A negative amount is a refund. A column ``currency``, where there is one, must
        hold one currency only.
    as_of
        The last day that counts; later orders are left out.
    customer, when, amount
        Names of the columns. Times are taken by their calendar day as they stand.
    unit
        Of time in the answer: ``D``, ``W`` (7 days), ``M`` (365.25 / 12) or ``Y``.

    Returns
    -------
    frame
        Sorted by customer. ``n_repeats`` purchase days after the first; ``recency`` from the first to the last;
        ``age`` from the first to ``as_of``; ``spend_mean`` mean amount of a repeat purchase, less refunds (0 without
        one, as in the field); ``spend_first`` amount of the first purchase; ``log_gaps`` sum of the logarithms of the
        times between purchases. ``n_repeats_1, recency_1, age_1``, ``..._2`` and ``..._3`` are the same at three past
        days (`PAST_ORIGINS`), age 0 where the customer came later: models are compared on what they would have said.

    Raises
    ------
    TableError
        When rows lack a customer, a time or an amount, amounts are infinite, or currencies are mixed; all at once.
    NotEnoughData
        When nobody had bought by ``as_of``.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [10.0, 30.0, 5.0],
    ...     "ordered_at": pd.to_datetime(["2026-01-01", "2026-01-15", "2026-01-08"])})
    >>> counted = count_purchases(orders, as_of="2026-01-29")
    >>> counted[["customer_id", "n_repeats", "recency", "age", "spend_mean"]].to_dict("split")["data"]
    [['a', 1, 2.0, 4.0, 30.0], ['b', 0, 0.0, 3.0, 0.0]]
    """
    if unit not in DAYS_IN:
        raise BadArgument(f"unit is {unit!r}.", f"give one of {', '.join(DAYS_IN)}.")
    require_columns(orders, customer, when, amount, of="orders")
    last = pd.to_datetime(as_of, errors="coerce")
    if pd.isna(last):
        raise BadArgument(f"as_of is {as_of!r}, which is no day.", "give the last day that counts, such as 2026-10-31.")
    last = last.tz_localize(None).normalize()
    if is_lazy(orders):
        return count_lazily(orders, last, (customer, when, amount), DAYS_IN[unit], PAST_ORIGINS)
    days = _read_days(orders, last, (customer, when, amount))
    return _summarise(days, customer, DAYS_IN[unit])


def group_purchases(summary: Any) -> Any:
    """Return one row a history: ``n_repeats, recency, age, n_customers`` and the sum of ``log_gaps``.

    It holds all that a purchase model sees; a million customers are some three hundred thousand histories.

    Examples
    --------
    >>> summary = pd.DataFrame({"n_repeats": [0, 0], "recency": [0.0, 0.0], "age": [3.0, 3.0], "log_gaps": [0.0, 0.0]})
    >>> group_purchases(summary).to_dict("records")
    [{'n_repeats': 0, 'recency': 0.0, 'age': 3.0, 'n_customers': 2, 'log_gaps': 0.0}]
    """
    require_columns(summary, "n_repeats", "recency", "age", "log_gaps", of="summary (count_purchases)")
    if is_lazy(summary):
        return group_lazily(summary)
    by_history = summary.groupby(["n_repeats", "recency", "age"], sort=True)["log_gaps"]
    return by_history.agg(n_customers="size", log_gaps="sum").reset_index()


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """Purchase days, sorted by customer and day; refund days are no purchase days but lower what was spent."""

    customers: Any
    code: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]
    is_purchase: npt.NDArray[np.bool_]
    last: int


def _read_days(orders: pd.DataFrame, last: pd.Timestamp, names: tuple[str, str, str]) -> _Days:
    customer, when, amount = names
    moments = pd.to_datetime(orders[when], errors="coerce", format="ISO8601")
    if moments.dt.tz is not None:
        moments = moments.dt.tz_localize(None)
    money = pd.to_numeric(orders[amount], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    faults = {
        f"{customer} is missing": orders[customer].isna().to_numpy(),
        f"{when} is missing": orders[when].isna().to_numpy(),
        f"{when} is no date": (moments.isna() & orders[when].notna()).to_numpy(),
        f"{amount} is missing or infinite": orders[amount].isna().to_numpy() | np.isinf(money),
        f"{amount} is no number": np.isnan(money) & orders[amount].notna().to_numpy(),
    }
    n_currencies = orders["currency"].nunique() if "currency" in orders.columns else 1
    refuse_faults({what: int(where.sum()) for what, where in faults.items()}, n_currencies)
    day = moments.to_numpy().astype("datetime64[D]").astype(np.int64)
    until = int(last.to_datetime64().astype("datetime64[D]").astype(np.int64))
    counts = day <= until
    if not counts.any():
        refuse_nobody(last)
    code, customers = pd.factorize(orders[customer].to_numpy(dtype=object)[counts], sort=True)
    day, money = day[counts], money[counts]
    # amounts are sorted within a day: a sum must not depend on the order of the rows
    order = np.lexsort([money, day, code])
    code, day, money = code[order].astype(np.int64), day[order], money[order]
    firsts = np.flatnonzero(np.r_[True, (np.diff(code) != 0) | (np.diff(day) != 0)])
    return _Days(
        customers,
        code[firsts],
        day[firsts],
        np.add.reduceat(money, firsts),
        np.maximum.reduceat(money, firsts) >= 0,
        until,
    )


def _summarise(days: _Days, customer: str, days_in_unit: float) -> pd.DataFrame:
    bought = days.is_purchase
    if not bought.any():
        raise NotEnoughData("All orders are refunds.", "import the purchases too.")
    code, day = days.code[bought], days.day[bought]
    buyers, starts, n = np.unique(code, return_index=True, return_counts=True)
    first, latest = day[starts], day[starts + n - 1]
    is_buyer = np.isin(days.code, buyers)
    total = np.bincount(days.code[is_buyer], days.amount[is_buyer], len(days.customers))[buyers]
    opening = days.amount[bought][starts]
    gaps = np.log(np.maximum(np.diff(day, prepend=day[0]), 1) / days_in_unit)
    gaps[starts] = 0.0
    columns = {
        customer: days.customers[buyers],
        "n_repeats": n - 1,
        "recency": (latest - first) / days_in_unit,
        "age": (days.last - first) / days_in_unit,
        "spend_mean": np.where(n > 1, (total - opening) / np.maximum(n - 1, 1), 0.0),
        "spend_first": np.where(n > 1, opening, total),
        "log_gaps": np.add.reduceat(gaps, starts),
    }
    span = days.last - int(day.min())
    for at, share in enumerate(PAST_ORIGINS, start=1):
        origin = days.last - round(share * span)
        known = day <= origin
        n_then = np.add.reduceat(known.astype(np.int64), starts)
        latest_then = np.maximum.reduceat(np.where(known, day, first.min()), starts)
        was_there = n_then > 0
        columns |= {
            f"n_repeats_{at}": np.maximum(n_then - 1, 0),
            f"recency_{at}": np.where(was_there, latest_then - first, 0) / days_in_unit,
            f"age_{at}": np.where(was_there, origin - first, 0) / days_in_unit,
        }
    return pd.DataFrame(columns)
