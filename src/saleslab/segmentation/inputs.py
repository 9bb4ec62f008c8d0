"""Segments where the customers are: who they are on a day, the rule as an Ibis expression, and what reaches Python.

Orders stay where they are; one row a customer is read, scored there already, and of the market one row a kind of
company beside the decided deals.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import and_
from typing import Any

import ibis
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.segmentation.lazy_rfm import score_rfm_lazily
from saleslab.segmentation.nearest import SegmentCost
from saleslab.segmentation.replaying import Rule
from saleslab.segmentation.rules import Condition, RuleBook
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

UNKNOWN = "unknown"
"""Industry or size of a company on which neither is on record."""

SIZES = (("small", 100), ("mid", 1000), ("large", None))
"""Sizes of companies, and the employees from which the next one begins."""


def assign_lazily(table: Any, rule: Rule) -> Any:
    """Return an Ibis table with the column ``segment``: the same as `assign_segments`, where the rows are.

    A segment is missing where a column of the rule is missing or infinite.

    Raises
    ------
    BadArgument
        When the table has a column called ``segment``: it would be lost.
    """
    if "segment" in table.columns:
        raise BadArgument("The customers already have a column called 'segment'.", "rename it, or drop it.")
    known = reduce(
        and_, [_is_known(table[name], name in rule.words) for name in rule.columns], ibis.literal(value=True)
    )
    if isinstance(rule, RuleBook):
        cases = [(_follow(table, one.conditions), at + 1) for at, one in enumerate(rule.rules)]
        return table.mutate(segment=ibis.ifelse(known, ibis.cases(*cases, else_=len(cases) + 1), None).cast("int64"))
    names = [f"cost_of_segment_{at + 1}" for at in range(len(rule.segments))]
    costed = table.mutate(**{name: _cost(table, one) for name, one in zip(names, rule.segments, strict=True)})
    least = ibis.least(*[costed[name] for name in names])
    cases = [(costed[name] == least, at + 1) for at, name in enumerate(names)]
    found = ibis.ifelse(known, ibis.cases(*cases, else_=None), None).cast("int64")
    return costed.mutate(segment=found).drop(*names)


def count_segments(table: Any, rule: Rule) -> Any:
    """Return an Ibis table with one row a segment: ``segment`` and ``n_customers``."""
    assigned = assign_lazily(table, rule)
    return assigned.group_by("segment").aggregate(n_customers=assigned.count()).order_by("segment")


def _exact(value: float) -> Any:
    """Return a number that every engine reads to the last bit: written in full, and read as binary."""
    return ibis.literal(repr(float(value))).cast("float64")


def _is_known(column: Any, is_word: bool) -> Any:
    if is_word:
        return column.notnull()
    value = column.cast("float64")
    return value.notnull() & ~value.isnan() & ~value.isinf()


def _text(column: Any) -> Any:
    return column.cast("string")


def _follow(table: Any, conditions: tuple[Condition, ...]) -> Any:
    return reduce(and_, [_meet(table[one.column], one) for one in conditions], ibis.literal(value=True))


def _meet(column: Any, one: Condition) -> Any:
    if one.levels is not None:
        return _text(column).isin(one.levels)
    value, met = column.cast("float64"), ibis.literal(value=True)
    if one.low is not None:
        met &= value >= _exact(one.low)
    if one.high is not None:
        met &= value < _exact(one.high)
    return met


def _cost(table: Any, segment: SegmentCost) -> Any:
    total = _exact(segment.constant)
    for name, distance in segment.distances.items():
        apart = table[name].cast("float64") - _exact(distance.centre)
        total = total + _exact(distance.factor) * (apart * apart)
    for name, prices in segment.prices.items():
        text = _text(table[name])
        cases = [(text == level, _exact(price)) for level, price in prices.levels.items()]
        total = total + (ibis.cases(*cases, else_=_exact(prices.other)) if cases else _exact(prices.other))
    return total


def find_purchases(lab: Warehouse) -> Any:
    """Return one row a purchase that names a customer: ``account_id``, ``day``, ``at`` and ``amount``.

    An order where orders are on record, otherwise a won deal; in the base currency, 0 where the amount is in another.
    Merged accounts are one.

    Raises
    ------
    NotEnoughData
        When neither names a customer with a time.
    """
    zone, base = lab.settings.timezone, lab.settings.currency
    for name, moment in (("orders", "ordered_at"), ("opportunities", "closed_at")):
        if not lab.has(name):
            continue
        rows = lab.table(name)
        home = rows.currency.isnull() | (rows.currency == base)
        total = rows.total if name == "orders" else rows.amount
        amount = home.ifelse(total, total.nullif(total))
        if name == "opportunities":
            amount, rows = rows.amount_base.coalesce(amount), rows.filter(rows.is_won)
        found = rows.select(
            "account_id",
            day=to_local_date(rows[moment], zone),
            at=rows[moment],
            amount=amount.cast("decimal(18, 2)").coalesce(0),
        )
        found = found.filter(found.account_id.notnull() & found["at"].notnull())
        if int(lab.read(found.limit(1).aggregate(n=found.limit(1).count()))["n"].iloc[0]):
            return with_kept_ids(lab, found)
    raise NotEnoughData(
        "Segments need orders.account_id, or opportunities.account_id of won deals; both are empty.",
        "map the account of orders or deals, and import again.",
    )


def has_customers(lab: Warehouse, *, as_of: date) -> bool:
    """Say whether anybody had bought by a day."""
    try:
        bought = find_purchases(lab)
    except NotEnoughData:
        return False
    past = bought.filter(bought["at"] < ibis.timestamp(end_of_day(as_of, lab.settings.timezone)))
    return bool(lab.read(past.limit(1).aggregate(n=past.limit(1).count()))["n"].iloc[0])


def read_first_day(lab: Warehouse) -> date:
    """Return the day of the first purchase on record."""
    bought = find_purchases(lab)
    return pd.Timestamp(lab.read(bought.aggregate(day=bought.day.min()))["day"].iloc[0]).date()


def find_customers(lab: Warehouse, *, as_of: date, horizon: int = 365) -> Any:
    """Return an Ibis table of who had bought by a day: the columns of `read_customers` but for the scores."""
    bought, zone = find_purchases(lab), lab.settings.timezone
    year, later = timedelta(days=horizon), as_of + timedelta(days=horizon)
    bought = bought.filter(bought["at"] < ibis.timestamp(end_of_day(later, zone)))
    past = bought["at"] < ibis.timestamp(end_of_day(as_of, zone))
    purchase = past & (bought.amount >= 0)
    counted = bought.group_by("account_id").aggregate(
        latest=bought.day.max(where=purchase),
        n_orders=bought.day.nunique(where=purchase),
        spend=bought.amount.sum(where=past).coalesce(0),
        value=bought.amount.sum(where=past & (bought.day > ibis.literal(as_of - year))).coalesce(0),
        value_next=bought.amount.sum(where=~past).coalesce(0),
        n_next=bought.day.nunique(where=~past & (bought.amount >= 0)),
    )
    counted = counted.filter(counted.n_orders > 0)
    kinds = _find_kinds(lab)
    joined = counted if kinds is None else counted.left_join(kinds, "account_id")
    return joined.select(
        "account_id",
        days_since=ibis.literal(as_of).delta(joined.latest, unit="day").cast("int64"),
        n_orders=joined.n_orders.cast("int64"),
        industry=ibis.literal(UNKNOWN) if kinds is None else joined.industry.coalesce(UNKNOWN),
        size=ibis.literal(UNKNOWN) if kinds is None else joined["size"].coalesce(UNKNOWN),
        owner_id=ibis.null("string") if kinds is None else joined.owner_id,
        n_next=joined.n_next.cast("int64"),
        **{name: joined[name].cast("float64") for name in ("spend", "value", "value_next")},
    ).order_by("account_id")


def read_customers(
    lab: Warehouse,
    *,
    as_of: date,
    horizon: int = 365,
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    """Return one row a customer on a day, counted and scored where the orders are.

    Columns: ``account_id``, ``days_since`` the last purchase, ``n_orders`` (days with a purchase), ``spend`` in all,
    ``value`` (spend of the last ``horizon`` days), ``industry``, ``size`` (`SIZES`, by employees), ``owner_id``, the
    scores of `score_rfm`, and what came afterwards: ``n_next`` and ``value_next``, purchases and spend of the
    ``horizon`` days after ``as_of``, as far as the records go. A refund lowers what was spent and is no purchase.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The day; days are those of the company.
    horizon
        Days of ``value`` and ``value_next``.
    cuts
        Cut points of another day (`find_cuts`), so that equal customers of both days have equal scores.

    Raises
    ------
    NotEnoughData
        When nobody had bought by that day.
    """
    scored = score_rfm_lazily(find_customers(lab, as_of=as_of, horizon=horizon), cuts=cuts)
    frame = lab.read(scored.order_by("account_id"))
    if frame.empty:
        raise NotEnoughData(f"Nobody had bought by {as_of}.", "choose a later day, or import older orders.")
    return frame


def write_rule_sql(
    lab: Warehouse,
    rule: Rule,
    *,
    as_of: date,
    cuts: Mapping[str, Sequence[float]],
    numbers: Mapping[int, int] | None = None,
) -> str:
    """Return a query in the language of the warehouse that puts its customers of a day into segments.

    Parameters
    ----------
    lab
        The warehouse.
    rule, cuts
        Of the segments, and of the scores that the rule looks at.
    as_of
        The day.
    numbers
        The number that each segment of the rule bears in reports; its own when None.
    """
    scored = score_rfm_lazily(find_customers(lab, as_of=as_of), cuts=cuts)
    placed = assign_lazily(scored, rule).select("account_id", "segment")
    if numbers:
        cases = [(placed.segment == own, told) for own, told in sorted(numbers.items())]
        placed = placed.mutate(segment=ibis.cases(*cases, else_=None).cast("int64"))
    return str(ibis.to_sql(placed.order_by("account_id")))


def read_market(lab: Warehouse, *, as_of: date, by: str = "industry") -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return decided deals of new business, the companies there are by kind, and how many deals tell no kind.

    Deals: ``segment, is_won, amount``. Market: ``segment, n_companies`` that have bought nothing yet, and
    ``n_targeted`` of them on which somebody works a deal.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        Deals decided by this day.
    by
        ``industry`` or ``size``.
    """
    kinds, over = _find_kinds(lab), ibis.timestamp(end_of_day(as_of, lab.settings.timezone))
    if by not in {"industry", "size"}:
        raise BadArgument(f"by is '{by}'.", "give industry or size.")
    if kinds is None or not lab.has("opportunities"):
        raise NotEnoughData("The target market needs accounts and opportunities.", "import both.")
    rows = lab.table("opportunities")
    rows = rows.filter((rows.type.isnull() | (rows.type == "new")) & rows.account_id.notnull())
    rows = with_kept_ids(lab, rows).left_join(kinds, "account_id")
    base = rows.amount_base.coalesce(rows.amount)
    deals = rows.select(
        "account_id", segment=rows[by], is_won=rows.is_won, amount=base.cast("float64"),
        is_decided=rows.is_closed & (rows.closed_at < over), is_open=~rows.is_closed,
    )  # fmt: skip
    usable = deals.is_decided & (~deals.is_won | (deals.amount > 0))
    decided = deals.filter(usable & deals.segment.notnull()).select("segment", "is_won", "amount")
    n_left = lab.read(deals.aggregate(n=(usable & deals.segment.isnull()).sum().coalesce(0)))["n"].iloc[0]
    served = find_purchases(lab).select("account_id").distinct()
    worked = deals.filter(deals.is_open).select("account_id").distinct().mutate(is_targeted=True)
    there = kinds.anti_join(served, "account_id").left_join(worked, "account_id")
    there = there.filter(there[by].notnull())
    market = there.group_by(segment=there[by]).aggregate(
        n_companies=there.count().cast("int64"),
        n_targeted=there.is_targeted.coalesce(ibis.literal(value=False)).sum().cast("int64"),
    )
    known = lab.read(market.order_by("segment"))
    found = lab.read(decided.order_by(["segment", "is_won", "amount"]))
    is_here = found["segment"].isin(known["segment"])
    return found[is_here].reset_index(drop=True), known, int(n_left) + int((~is_here).sum())


def read_margin_rate(lab: Warehouse, *, as_of: date) -> float | None:
    """Return the share of what was ordered that was margin; None where orders do not tell it."""
    if not lab.has("orders"):
        return None
    rows = lab.table("orders")
    told = rows.margin.notnull() & (rows.total > 0) & (rows.ordered_at < end_of_day(as_of, lab.settings.timezone))
    found = lab.read(rows.aggregate(margin=rows.margin.sum(where=told), total=rows.total.sum(where=told))).iloc[0]
    if pd.isna(found["total"]) or not 0 < float(found["margin"]) <= float(found["total"]):
        return None
    return float(found["margin"]) / float(found["total"])


def _find_kinds(lab: Warehouse) -> Any:
    """Return ``account_id``, ``industry``, ``size`` and ``owner_id`` of every company; None without accounts."""
    if not lab.has("accounts"):
        return None
    rows = lab.table("accounts")
    steps = [(rows.employees < most, name) for name, most in SIZES if most is not None]
    size = ibis.cases((rows.employees.isnull(), ibis.null("string")), *steps, else_=SIZES[-1][0])
    return rows.select("account_id", industry=rows.industry.nullif(""), size=size, owner_id=rows.owner_id)
