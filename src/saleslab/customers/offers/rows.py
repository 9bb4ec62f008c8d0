"""Who bought which product, and when again: one row an account and product, counted where the order lines are.

Lines of orders tell it; where there are none, the lines of won deals do. An account that was merged counts as the one
that was kept. Expressions only: what reaches Python is a row an account and product, never a line.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from saleslab.customers.offers.pairs import BasketCounts
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

By = Literal["product_id", "family"]

N_MOMENTS = 4
"""The day asked for, and three horizons before it."""


def read_item_histories(lab: Warehouse, *, as_of: date, horizon: int = 180, by: By = "product_id") -> pd.DataFrame:
    """Return what each account bought of each product, as known on a day and three times a horizon earlier.

    Parameters
    ----------
    lab
        Holds ``orders`` and ``order_lines``, or ``opportunities`` and ``opportunity_lines``.
    as_of
        Last day that counts.
    horizon
        Days from one moment to the next.
    by
        ``product_id``, or ``family`` of ``products``.

    Returns
    -------
    frame
        ``account_id``, the product or family, ``amount`` of the last 365 days and ``amount_ever``, both in the base
        currency, and, for moment 0
        (``as_of``), 1, 2 and 3: ``n_0`` days with a purchase until then, ``first_on``, ``last_0`` and ``log_gaps_0``,
        the sum of the logarithms of the days between.

    Raises
    ------
    NotEnoughData
        When no line names an account and a product.
    """
    check_horizon(horizon)
    lines = need_lines(lab, as_of, by)
    edges = [as_of - timedelta(days=horizon * step) for step in range(N_MOMENTS)]
    year_ago = as_of - timedelta(days=365)
    days = lines.group_by("account_id", by, "day").aggregate(amount=lines.amount.sum())
    before = days.day.lag().over(group_by=["account_id", by], order_by="day")
    days = days.mutate(log_gap=days.day.delta(before, unit="day").cast("float64").ln())
    asked = {"first_on": days.day.min(), "amount_ever": days.amount.sum()}
    asked["amount"] = days.amount.sum(where=days.day > year_ago).coalesce(0)
    for step, edge in enumerate(edges):
        known = days.day <= edge
        asked[f"n_{step}"] = known.sum().coalesce(0)
        asked[f"last_{step}"] = days.day.max(where=known)
        asked[f"log_gaps_{step}"] = days.log_gap.sum(where=known).coalesce(0.0)
    counted = days.group_by("account_id", by).aggregate(**asked)
    return lab.read(counted.order_by("account_id", by))


def check_horizon(horizon: int) -> None:
    """Refuse a horizon that is no number of days."""
    if not 1 <= horizon <= 1_000:
        raise BadArgument(f"A horizon of {horizon} days cannot be looked back over.", "give 1 to 1000 days.")


def need_lines(lab: Warehouse, as_of: date, by: str) -> Any:
    """Return the lines until a day as an expression: ``account_id``, item, ``basket``, ``day`` and ``amount``.

    Raises
    ------
    BadArgument
        When items are neither products nor families.
    NotEnoughData
        When there is no such line.
    """
    if by not in ("product_id", "family"):
        raise BadArgument(f"Products cannot be told apart by '{by}'.", "give by='product_id' or by='family'.")
    is_known = by == "product_id" or lab.has("products")
    for head, lines in (("orders", "order_lines"), ("opportunities", "opportunity_lines")):
        if is_known and lab.has(head) and lab.has(lines):
            rows = _join(lab, head, lines, as_of, by)
            if int(lab.read(rows.aggregate(n=rows.count()))["n"].iloc[0]):
                return rows
    wanted = "products.family" if by == "family" else "order_lines.product_id"
    raise NotEnoughData(
        f"No line of an order or a won deal until {as_of} names an account and a product ({wanted} is empty).",
        "import order_lines or opportunity_lines, and products with their families, or choose a later day.",
    )


def _join(lab: Warehouse, head: str, lines: str, as_of: date, by: str) -> Any:
    zone, base = lab.settings.timezone, lab.settings.currency
    heads, rows = lab.table(head), lab.table(lines)
    over = end_of_day(as_of, zone)
    if head == "orders":
        key, moment = "order_id", heads.ordered_at
    else:
        heads = heads.filter(heads.is_won)
        key, moment = "opportunity_id", heads.closed_at
    heads = heads.filter(heads.account_id.notnull() & moment.notnull() & (moment < over))
    is_home = heads.currency.isnull() | (heads.currency == base)
    heads = heads.select("account_id", basket=heads[key], day=to_local_date(moment, zone), is_home=is_home)
    heads = with_kept_ids(lab, heads)
    rows = rows.select("product_id", line_basket=rows[key], total=rows.total)
    joined = rows.join(heads, rows.line_basket == heads.basket)
    amount = joined.is_home.ifelse(joined.total, joined.total.nullif(joined.total)).coalesce(0)
    joined = joined.select("account_id", "product_id", "basket", "day", amount=amount)
    if by == "family":
        products = lab.table("products").select("product_id", "family")
        joined = joined.join(products, "product_id").select("account_id", "family", "basket", "day", "amount")
    return joined.filter(joined[by].notnull())


def read_basket_counts(
    lab: Warehouse, *, as_of: date, since: date, by: By = "product_id", basket: Literal["order", "account"] = "order"
) -> BasketCounts:
    """Return how often products are bought together, counted where the lines are; see `count_pairs`.

    Parameters
    ----------
    lab, as_of, by
        As in `read_item_histories`.
    since
        Day from which baskets count as later: whether a pair lasts is judged on them.
    basket
        ``order`` (a deal where there are no orders), or ``account``: everything it ever bought, a basket before and one
        after the day.
    """
    lines = need_lines(lab, as_of, by)
    key = "basket" if basket == "order" else "account_id"
    lines = lines.select(item=lines[by], basket=lines[key], is_later=lines.day >= since).distinct()
    sizes = lines.group_by("basket", "is_later").aggregate(size=lines.count())
    lines = lines.join(sizes, ["basket", "is_later"])
    later = lines.is_later
    items = lines.group_by("item").aggregate(n_baskets=(~later).sum(), n_later=later.sum())
    facts = lab.read(sizes.aggregate(n=sizes.count(), mixed=(sizes["size"] > 1).sum().coalesce(0)))
    one, other = lines.view(), lines.view()
    both = one.join(
        other, [one.basket == other.basket, one.is_later == other.is_later, one.item < other.item], rname="{name}_two"
    )
    worth = 1.0 / (both["size"] - 1)
    counted = both.group_by(first=both.item, second=both.item_two).aggregate(
        n_baskets=(~both.is_later).sum(),
        weight=worth.sum(where=~both.is_later).coalesce(0.0),
        squares=(worth * worth).sum(where=~both.is_later).coalesce(0.0),
        n_later=both.is_later.sum(),
        weight_later=worth.sum(where=both.is_later).coalesce(0.0),
        squares_later=(worth * worth).sum(where=both.is_later).coalesce(0.0),
    )
    return BasketCounts(
        lab.read(items.order_by("item")),
        lab.read(counted.order_by("first", "second")),
        int(facts["n"].iloc[0]),
        int(facts["mixed"].iloc[0]),
    )


def read_family_matrix(lab: Warehouse, *, as_of: date, horizon: int = 180, by: By = "family") -> pd.DataFrame:
    """Return the histories of `read_item_histories` with ``industry`` and ``region`` of the account, where known."""
    histories = read_item_histories(lab, as_of=as_of, horizon=horizon, by=by)
    if not lab.has("accounts"):
        return histories.assign(industry=None, region=None)
    traits = lab.read(lab.table("accounts").select("account_id", "industry", "region").order_by("account_id"))
    return histories.merge(traits, on="account_id", how="left")


def read_offer_contacts(lab: Warehouse) -> pd.DataFrame | None:
    """Return contacts with their addresses and opt-outs, deleted and merged ones too; None where there are none.

    What `address_offers` takes: an opt-out outlives its record.
    """
    if not lab.has("contacts"):
        return None
    contacts = lab.table("contacts", all_rows=True)
    wanted = ("contact_id", "account_id", "email", "phone", "opt_out_email", "opt_out_phone", "is_deleted")
    return lab.read(contacts.select(*wanted, "merged_into_id").order_by("contact_id"))


def read_offer_names(lab: Warehouse, *, accounts: Iterable[str], items: Iterable[str]) -> dict[str, str]:
    """Return the names of some accounts and products by id; whoever has none keeps the id."""
    names: dict[str, str] = {}
    for table, key, ids in (("accounts", "account_id", list(accounts)), ("products", "product_id", list(items))):
        if lab.has(table) and ids:
            rows = lab.table(table)
            found = lab.read(rows.filter(rows[key].isin(ids) & rows.name.notnull()).select(key, "name"))
            names |= dict(zip(found[key], found["name"], strict=True))
    return names


def read_inactive(lab: Warehouse) -> tuple[str, ...]:
    """Return the products that are marked as no longer sold."""
    if not lab.has("products"):
        return ()
    rows = lab.table("products")
    gone = lab.read(rows.filter(~rows.is_active.coalesce(True)).select("product_id").order_by("product_id"))
    return tuple(gone["product_id"])


def read_account_owners(lab: Warehouse) -> pd.DataFrame:
    """Return who is in charge of each account: ``account_id, owner_id``."""
    if not lab.has("accounts"):
        return pd.DataFrame({"account_id": [], "owner_id": []}, dtype=object)
    return lab.read(lab.table("accounts").select("account_id", "owner_id").order_by("account_id"))
