"""Recurring money then and now, summed where the lines are, and the contracts that end next."""

# ruff: noqa: PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.customers.health.rows import GRACE, read_renewable_products, term_lines
from saleslab.errors import NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.as_of import attach
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

SILENT = 60
"""Days without a contact after which a customer whose contract ends counts as silent."""


def read_retention(lab: Warehouse, *, since: date, as_of: date) -> pd.DataFrame:
    """Return one row of sums over customers for `measure_retention`.

    A line counts, a year, its total times 12 over its whole months. Products whose terms nobody ever renewed are left
    out. Lines count by their terms, as they were ordered by ``as_of``.

    Raises
    ------
    NotEnoughData
        When no line has a term.
    """
    lines = _recurring(lab, as_of)
    months = (lines.term_end.delta(lines.term_start, unit="day") + 1) * 12 / 365.25
    months = (months.round() > 1).ifelse(months.round(), 1).cast("decimal(9, 0)")
    yearly = (lines.total.cast("decimal(19, 4)") * 12 / months).cast("decimal(19, 4)").round(2)
    lines = lines.mutate(yearly=yearly)
    then, now = (
        (lines.term_start <= day) & (lines.term_end >= day) for day in (since, as_of)
    )  # fmt: skip
    by_account = lines.group_by("account_id").aggregate(
        start=lines.yearly.sum(where=then).coalesce(0).cast("decimal(19, 2)"),
        end=lines.yearly.sum(where=now).coalesce(0).cast("decimal(19, 2)"),
    )
    by_account = by_account.mutate(kept=(by_account.start < by_account.end).ifelse(by_account.start, by_account.end))
    old = by_account.start > 0
    sums: dict[str, Any] = {"n": old.sum(), "n_lost": (old & (by_account.end <= 0)).sum()}
    sums |= {name: by_account[name].sum(where=old) for name in ("start", "kept", "end")}
    sums |= {"lost": by_account.start.sum(where=old & (by_account.end <= 0))}
    sums |= {"new": by_account.end.sum(where=~old)}
    for one, other in (("start", "start"), ("kept", "kept"), ("kept", "start"), ("end", "end"), ("end", "start")):
        product = by_account[one].cast("float64") * by_account[other].cast("float64")
        sums[f"{one}_{other}"] = product.sum(where=old)
    return lab.read(by_account.aggregate(**sums))


def read_renewals_due(lab: Warehouse, *, as_of: date, within: int = 60, most: int = 500) -> pd.DataFrame:
    """Return the contracts that end within so many days and have no successor, the next to end first.

    Columns: ``account_id, owner_id, due_on, amount, last_contact_on`` (missing without any), ``n_contacts`` of the last
    60 days, ``n_open_deals`` and ``is_silent``: no contact in these days. What ended in the last 45
    days and was not renewed is in it too.

    Raises
    ------
    NotEnoughData
        When no line has a term.
    """
    lines = _recurring(lab, as_of)
    ends = lines.group_by(["account_id", "term_end"]).aggregate(amount=lines.total.sum()).rename(due_on="term_end")
    first, last = as_of - timedelta(days=GRACE), as_of + timedelta(days=within)
    ends = ends.filter((ends.due_on >= first) & (ends.due_on <= last))
    pairs = ends.inner_join(lines.select("account_id", "term_start", "term_end"), "account_id")
    runs_on = (pairs.term_start.delta(pairs.due_on, unit="day") <= GRACE) & (pairs.term_end > pairs.due_on)
    due = pairs.group_by(["account_id", "due_on", "amount"]).aggregate(is_renewed=runs_on.any())
    due = due.filter(~due.is_renewed).drop("is_renewed")
    found = [lab.table("accounts").select("account_id", "owner_id")]
    if lab.has("activities"):
        found.append(_last_contacts(lab, as_of))
    if lab.has("opportunities"):
        deals = lab.table("opportunities")
        deals = deals.filter(deals.account_id.notnull() & ~deals.is_closed)
        deals = with_kept_ids(lab, deals.select("account_id"))
        found.append(deals.group_by("account_id").aggregate(n_open_deals=deals.count()))
    rows = attach(due, *found, key="account_id")
    nothing = rows.account_id.nullif(rows.account_id)
    for name, kind in (("last_contact_on", "date"), ("n_contacts", "int64"), ("n_open_deals", "int64")):
        rows = rows if name in rows.columns else rows.mutate(**{name: nothing.cast(kind)})
    rows = rows.mutate(n_contacts=rows.n_contacts.coalesce(0), n_open_deals=rows.n_open_deals.coalesce(0))
    rows = rows.mutate(is_silent=rows.n_contacts == 0)
    columns = ["account_id", "owner_id", "due_on", "amount", "last_contact_on", "n_contacts", "n_open_deals"]
    ordered = rows.order_by([rows.due_on, rows.amount.desc(), "account_id"]).select(*columns, "is_silent")
    return lab.read(ordered.limit(most))


def _recurring(lab: Warehouse, as_of: date) -> Any:
    renewable, _ = read_renewable_products(lab, as_of=as_of)
    lines = term_lines(lab, as_of)
    if lines is None or not renewable:
        raise NotEnoughData(
            "No order line has a term, so there are no contracts to renew.",
            "map term_start and term_end of order_lines, and import again.",
        )
    return lines.filter(lines.product_id.isin(renewable))


def _last_contacts(lab: Warehouse, as_of: date) -> Any:
    zone = lab.settings.timezone
    rows = lab.table("activities")
    rows = rows.filter(rows.account_id.notnull() & (rows["at"] < end_of_day(as_of, zone)))
    rows = with_kept_ids(lab, rows.select("account_id", day=to_local_date(rows["at"], zone)))
    recent = rows.day > as_of - timedelta(days=SILENT)
    return rows.group_by("account_id").aggregate(last_contact_on=rows.day.max(), n_contacts=recent.sum())
