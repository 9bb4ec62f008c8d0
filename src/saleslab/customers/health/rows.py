"""What was known about each customer at a moment, and whether it stayed: counted groups to learn from, rows to rate.

Two kinds of customers are told apart. One has a *contract*: a product with a term that customers do renew; the moment
lies half a horizon before a term ends, and who has no running term after it is lost. The others *buy* by the order; the
moment is every quarter, those who ordered in the year before it are looked at, and who does not order in the year
after it is lost. Each is described by what happened before it, in levels from good to bad, so that a million customers
become a few thousand groups.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from saleslab.customers.inputs import find_purchase_source
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.as_of import attach, happened_before
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

CustomerKind = Literal["contract", "buyer"]

HORIZON = 180
BLOCK = 91
"""Days of a block of moments: what is learned in earlier blocks is tested in later ones."""

YEAR = 365
"""Days without an order after which who buys by the order counts as lost, and within which they count as active."""

GRACE = 45
"""Days after the end of a term within which a new one may begin."""

MOST_RATED = 10_000
"""Customers that are rated, the largest first."""

CUTS: dict[str, tuple[float, ...]] = {
    "recency": (7, 14, 30, 60, 120),
    "breadth": (1, 2, 3),
    "response": (0.3, 0.6),
    "satisfaction": (0.6, 0.75),
    "issues": (0, 1),
    "tenure": (1, 2, 4),
    "purchase_recency": (30, 90, 180, 270),
}
"""Where levels change: days since the last contact or order, people in touch, shares, overdue tasks, earlier orders."""

FACTORS = (*CUTS, "trend")
MAY_BE_UNKNOWN = ("recency", "breadth", "response", "satisfaction", "issues")
"""Factors that are not known before contacts were logged; an answer to surveys, also where there is none."""

_FEWEST_ENDED = 10
_BLOCKS = 20


@dataclass(frozen=True, slots=True)
class HealthWindow:
    """From which day to which, and how far ahead.

    Attributes
    ----------
    lab
        Where the tables lie.
    as_of
        The last day that is known.
    horizon
        Days ahead within which a customer stays or is lost.
    renewable
        Products whose terms customers renew.
    """

    lab: Warehouse
    as_of: date
    horizon: int
    renewable: tuple[str, ...]

    @property
    def first(self) -> date:
        """The first day from which moments are taken."""
        return self.as_of - timedelta(days=_BLOCKS * BLOCK)


def read_health_groups(lab: Warehouse, *, as_of: date, horizon: int = HORIZON) -> pd.DataFrame:
    """Return what became of customers, counted in groups of equal description.

    Columns: ``kind``, ``block`` (0 for the oldest moments), a level for each of `FACTORS` (0 is good; -1: not known),
    ``n`` customers and ``n_lost`` of them. Only moments whose outcome is known by ``as_of`` are in it.
    """
    window = _open(lab, as_of, horizon)
    found: list[pd.DataFrame] = []
    kinds: tuple[CustomerKind, ...] = ("contract", "buyer")
    for kind in kinds:
        moments = _past_moments(window, kind)
        if moments is not None:
            rows = _describe(window, moments)
            groups = rows.group_by(["block", *FACTORS]).aggregate(n=rows.count(), n_lost=rows.is_lost.sum())
            found.append(lab.read(groups.order_by(["block", *FACTORS])).assign(kind=kind))
    columns = ["kind", "block", *FACTORS, "n", "n_lost"]
    if not found:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in columns}).astype({"kind": "str"})
    return pd.concat(found, ignore_index=True)[columns]


def read_health_accounts(
    lab: Warehouse, *, as_of: date, horizon: int = HORIZON, most: int = MOST_RATED
) -> pd.DataFrame:
    """Return the customers to be rated: contracts that end within the horizon, and who ordered in the last year.

    Columns: ``kind``, ``account_id``, ``owner_id``, ``due_on`` (end of the contract; a year from now for others),
    ``amount`` (that ends, or was ordered in the last year), a level for each of `FACTORS` and ``last_contact_on``.
    At most ``most`` of each kind, the largest amounts first.
    """
    window = _open(lab, as_of, horizon)
    found: list[pd.DataFrame] = []
    kinds: tuple[CustomerKind, ...] = ("contract", "buyer")
    owners = lab.table("accounts").select("account_id", "owner_id")
    for kind in kinds:
        moments = _present_moments(window, kind)
        if moments is not None:
            rows = attach(_describe(window, moments), owners, key="account_id")
            rows = rows.order_by([rows.amount.desc(), "account_id", "due_on"]).limit(most)
            found.append(lab.read(rows).assign(kind=kind))
    columns = ["kind", "account_id", "owner_id", "due_on", "amount", *FACTORS, "last_contact_on"]
    full = [frame for frame in found if len(frame)]
    if not full:
        raise NotEnoughData(
            f"No contract ends within {horizon} days of {as_of}, and nobody ordered in the year before.",
            "import orders with their accounts, and order lines with term_end, or choose another day.",
        )
    return pd.concat(full, ignore_index=True)[columns]


def _open(lab: Warehouse, as_of: date, horizon: int) -> HealthWindow:
    if not 30 <= horizon <= 730:
        raise BadArgument(f"A horizon of {horizon} days tells nothing of customers.", "give 30 to 730 days.")
    find_purchase_source(lab)
    return HealthWindow(lab, as_of, horizon, read_renewable_products(lab, as_of=as_of)[0])


# -- the moments at which customers are looked at


def read_renewable_products(lab: Warehouse, *, as_of: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the products whose terms somebody has renewed, and those with a term that nobody ever did.

    A product of which too few terms have ended to judge counts as renewable.
    """
    lines = term_lines(lab, as_of)
    if lines is None:
        return (), ()
    again = lines.select("account_id", "product_id", next_start="term_start", next_end="term_end")
    pairs = lines.filter(lines.term_end < as_of).left_join(again, ["account_id", "product_id"])
    follows = (pairs.next_start.delta(pairs.term_end, unit="day") <= GRACE) & (pairs.next_end > pairs.term_end)
    counted = pairs.group_by("product_id").aggregate(
        n_ended=pairs.line_id.nunique(), n_renewed=follows.coalesce(False).sum()
    )
    frame = lab.read(counted.order_by("product_id"))
    once = frame.loc[(frame["n_ended"] >= _FEWEST_ENDED) & (frame["n_renewed"] == 0), "product_id"].dropna()
    all_of = lab.read(lines.select("product_id").distinct().order_by("product_id"))["product_id"].dropna()
    return tuple(one for one in all_of if one not in set(once)), tuple(once)


def term_lines(lab: Warehouse, as_of: date) -> Any:
    """Return lines with a term that were ordered by the end of a day, each with its account; None without any."""
    if not (lab.has("orders") and lab.has("order_lines")):
        return None
    orders = lab.table("orders")
    base = lab.settings.currency
    orders = orders.filter(
        (orders.ordered_at < end_of_day(as_of, lab.settings.timezone))
        & orders.account_id.notnull()
        & (orders.currency.isnull() | (orders.currency == base))
    )
    lines = lab.table("order_lines")
    lines = lines.filter(lines.term_start.notnull() & (lines.term_end >= lines.term_start))
    lines = lines.select("line_id", "order_id", "product_id", "total", "term_start", "term_end")
    joined = lines.inner_join(with_kept_ids(lab, orders.select("order_id", "account_id")), "order_id")
    return joined.drop("order_id")


def _terms(window: HealthWindow) -> Any:
    """Return each account's ends of terms: ``due_on``, the amount that ends, and whether another term runs after it."""
    lines = term_lines(window.lab, window.as_of)
    if lines is None or not window.renewable:
        return None
    lines = lines.filter(lines.product_id.isin(window.renewable))
    ends = lines.group_by(["account_id", "term_end"]).aggregate(amount=lines.total.sum())
    ends = ends.rename(due_on="term_end")
    later = lines.select("account_id", next_start="term_start", next_end="term_end")
    pairs = ends.inner_join(later, "account_id")
    runs_on = (pairs.next_start.delta(pairs.due_on, unit="day") <= GRACE) & (pairs.next_end > pairs.due_on)
    return pairs.group_by(["account_id", "due_on", "amount"]).aggregate(is_renewed=runs_on.any())


def _past_moments(window: HealthWindow, kind: CustomerKind) -> Any:
    if kind == "contract":
        terms = _terms(window)
        if terms is None:
            return None
        known = terms.filter(terms.due_on <= window.as_of - timedelta(days=GRACE))
        moments = known.mutate(moment=known.due_on - timedelta(days=window.horizon // 2), is_lost=~known.is_renewed)
    else:
        moments = _buyers_at(window, [
            window.as_of - timedelta(days=YEAR + BLOCK * back) for back in range(_BLOCKS)
        ])  # fmt: skip
    earliest = _known_from(window) if kind == "contract" else _first_order(window) + timedelta(days=YEAR)
    start = window.first if earliest > window.as_of else max(window.first, earliest)
    moments = moments.filter(moments.moment >= start)
    block = moments.moment.delta(start, unit="day") // BLOCK
    return moments.mutate(block=block.cast("int64"), is_lost=moments.is_lost.ifelse(1, 0).cast("int64"))


def _present_moments(window: HealthWindow, kind: CustomerKind) -> Any:
    if kind == "contract":
        terms = _terms(window)
        if terms is None:
            return None
        until = window.as_of + timedelta(days=window.horizon)
        due = terms.filter((terms.due_on > window.as_of) & (terms.due_on <= until) & ~terms.is_renewed)
        return due.mutate(moment=window.as_of, is_lost=0, block=0)
    buyers = _buyers_at(window, [window.as_of])
    return buyers.mutate(is_lost=0, block=0)


def _buyers_at(window: HealthWindow, moments: list[date]) -> Any:
    """Return who had ordered in the year before each moment and has no contract, and whether an order came after it."""
    bought = read_purchases(window.lab, window.as_of)
    lines = term_lines(window.lab, window.as_of)
    if lines is not None and window.renewable:
        bought = bought.anti_join(lines.filter(lines.product_id.isin(window.renewable)), "account_id")
    parts = []
    for moment in moments:
        ahead = bought.day.delta(moment, unit="day")
        near = bought.filter((ahead >= -YEAR) & (ahead < YEAR))
        parts.append(near.select("account_id", "amount", moment=moment, ahead=near.day.delta(moment, unit="day")))
    pairs = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]
    rows = pairs.group_by(["account_id", "moment"]).aggregate(
        is_lost=~(pairs.ahead >= 0).any(),
        is_active=(pairs.ahead < 0).any(),
        amount=pairs.amount.sum(where=pairs.ahead < 0).coalesce(0),
    )
    rows = rows.filter(rows.is_active).drop("is_active")
    return rows.mutate(due_on=rows.moment + timedelta(days=YEAR))


def read_purchases(lab: Warehouse, as_of: date) -> Any:
    """Return one row a purchase: ``account_id``, ``day``, ``amount``; merged accounts are one."""
    from saleslab.customers.inputs import _purchases

    return _purchases(lab, as_of).select("account_id", "day", "amount")


def _first_order(window: HealthWindow) -> date:
    bought = read_purchases(window.lab, window.as_of)
    first = window.lab.read(bought.aggregate(first=bought.day.min()))["first"].iloc[0]
    return window.as_of if pd.isna(first) else first.date()


def _known_from(window: HealthWindow) -> date:
    """Return the day from which silence says something: a quarter after the log of contacts begins."""
    if not window.lab.has("activities"):
        return window.as_of + timedelta(days=1)
    acts = window.lab.table("activities")
    first = window.lab.read(acts.aggregate(first=acts["at"].min()))["first"].iloc[0]
    return window.as_of + timedelta(days=1) if pd.isna(first) else first.date() + timedelta(days=BLOCK)


# -- what was known at each moment


def _describe(window: HealthWindow, moments: Any) -> Any:
    """Return moments with a level for each factor."""
    lab, zone = window.lab, window.lab.settings.timezone
    moments = moments.mutate(unit_id=moments.account_id.concat("@", moments.moment.cast("string")))
    keys = moments.select("unit_id", "account_id", "moment").distinct()
    found = [_count_orders(window, keys)]
    if lab.has("activities"):
        found.append(_count_contacts(window, keys))
    if lab.has("feedback"):
        rows = lab.table("feedback")
        rows = rows.filter(rows.score.notnull() & rows.account_id.notnull())
        scale = (rows.kind == "nps").ifelse(rows.score / 10, (rows.score - 1) / (rows.kind == "ces").ifelse(6, 4))
        rows = with_kept_ids(lab, rows.select("account_id", day=to_local_date(rows["at"], zone), scaled=scale))
        before = happened_before(keys, rows, "account_id", at="day")
        recent = before.filter(before.moment.delta(before.day, unit="day") <= 540)
        found.append(recent.group_by("unit_id").aggregate(satisfied=recent.scaled.mean()))
    if lab.has("tasks"):
        rows = lab.table("tasks")
        rows = rows.filter(rows.account_id.notnull() & rows.due_at.notnull())
        closed, due = to_local_date(rows.closed_at, zone), to_local_date(rows.due_at, zone)
        rows = with_kept_ids(lab, rows.select("account_id", day=due, closed_on=closed, status=rows.status.lower()))
        before = happened_before(keys, rows, "account_id", at="day")
        is_open = (before.closed_on >= before.moment).coalesce(~before.status.isin(("done", "completed")))
        found.append(before.group_by("unit_id").aggregate(n_overdue=is_open.sum()))
    return _level(attach(moments, *found, key="unit_id"), _known_from(window))


def _count_orders(window: HealthWindow, keys: Any) -> Any:
    before = happened_before(keys, read_purchases(window.lab, window.as_of), "account_id", at="day")
    age = before.moment.delta(before.day, unit="day")
    return before.group_by("unit_id").aggregate(
        n_orders=before.day.nunique(),
        days_since_order=age.min(),
        bought_lately=before.amount.sum(where=age <= 365).coalesce(0),
        bought_before=before.amount.sum(where=(age > 365) & (age <= 730)).coalesce(0),
    )


def _count_contacts(window: HealthWindow, keys: Any) -> Any:
    rows = window.lab.table("activities")
    rows = rows.filter(rows.account_id.notnull())
    answered = rows.connected.coalesce(False) | (rows.direction == "inbound").coalesce(False)
    rows = rows.select(
        "account_id", "contact_id", day=to_local_date(rows["at"], window.lab.settings.timezone), answered=answered
    )
    before = happened_before(keys, with_kept_ids(window.lab, rows), "account_id", at="day")
    age = before.moment.delta(before.day, unit="day")
    return before.group_by("unit_id").aggregate(
        days_since_contact=age.min(),
        last_contact_on=before.day.max(),
        n_people=before.contact_id.nunique(where=age <= 180).coalesce(0),
        n_contacts=(age <= 180).sum(),
        n_answered=(before.answered & (age <= 180)).sum(),
    )


_ABSENT: dict[str, str] = {
    "days_since_contact": "int64", "last_contact_on": "date", "n_people": "int64", "n_contacts": "int64",
    "n_answered": "int64", "satisfied": "float64", "n_overdue": "int64", "n_orders": "int64",
    "days_since_order": "int64", "bought_lately": "float64", "bought_before": "float64",
}  # fmt: skip


def _level(rows: Any, known_from: date) -> Any:
    """Return the levels; what a log that had not begun would tell is not known."""
    nothing = rows.unit_id.nullif(rows.unit_id)
    rows = rows.mutate(**{name: nothing.cast(kind) for name, kind in _ABSENT.items() if name not in rows.columns})
    share = rows.n_answered / rows.n_contacts.nullif(0)
    levels = {
        "recency": _above(rows.days_since_contact.coalesce(10_000), CUTS["recency"]),
        "breadth": _below(rows.n_people.coalesce(0), CUTS["breadth"]),
        "response": share.notnull().ifelse(_below(share.coalesce(0.0), CUTS["response"]), -1),
        "satisfaction": rows.satisfied.notnull().ifelse(_below(rows.satisfied.coalesce(0), CUTS["satisfaction"]), -1),
        "issues": _above(rows.n_overdue.coalesce(0), CUTS["issues"]),
        "tenure": _below(rows.n_orders.coalesce(0) - 1, CUTS["tenure"]),
        "purchase_recency": _above(rows.days_since_order.coalesce(10_000), CUTS["purchase_recency"]),
        "trend": (rows.bought_lately < rows.bought_before * 0.8).ifelse(1, 0),
    }
    is_known = rows.moment >= known_from
    levels |= {name: is_known.ifelse(levels[name], -1) for name in MAY_BE_UNKNOWN}
    return rows.mutate(**{name: level.cast("int64") for name, level in levels.items()})


def _above(values: Any, cuts: tuple[float, ...]) -> Any:
    return sum((values > cut).ifelse(1, 0) for cut in cuts)


def _below(values: Any, cuts: tuple[float, ...]) -> Any:
    return sum((values < cut).ifelse(1, 0) for cut in cuts)
