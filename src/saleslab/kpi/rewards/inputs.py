"""Whose territory holds how much? From the warehouse, told by the companies in it and not by who looks after them."""

# ruff: noqa: PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day

_YEAR = 365
_LARGE, _MIDDLE = 300, 50


def read_territories(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return what each person's accounts would yield in a year if each bought as companies like it do.

    Companies are alike when their industry and size class (50 and 300 employees part them) are the same; what they
    yield is the mean over all of them, whoever sells to them. Accounts are counted with whom they belong to today.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known; orders of the year up to it count.

    Returns
    -------
    pandas.DataFrame
        ``user_id, team_id, n_accounts, potential``, sorted by id; people without accounts are left out.

    Raises
    ------
    NotEnoughData
        When no account has an owner, or nothing was ordered in the year.
    """
    accounts = lab.need("accounts", "owner_id")
    accounts = accounts.filter(accounts.owner_id.notnull())
    size = ibis.cases((accounts.employees >= _LARGE, "large"), (accounts.employees >= _MIDDLE, "middle"), else_="small")
    alike = accounts.select(
        "account_id", user_id=accounts.owner_id, industry=accounts.industry.fill_null(""), size=size
    )
    orders = lab.need("orders", "account_id", "ordered_at", "total")
    zone = lab.settings.timezone
    start, end = end_of_day(as_of - timedelta(days=_YEAR), zone), end_of_day(as_of, zone)
    bought = orders.filter((orders.ordered_at >= start) & (orders.ordered_at < end))
    bought = bought.group_by("account_id").aggregate(total=bought.total.cast("float64").sum())
    joined = alike.left_join(bought, "account_id").select(*alike.columns, "total")
    cells = lab.read(
        joined.group_by(["user_id", "industry", "size"]).aggregate(
            n=joined.count(), total=joined.total.fill_null(0.0).sum()
        )
    )
    if cells.empty or not cells["total"].sum() > 0:
        raise NotEnoughData(
            f"Up to {as_of} there is no order of a year for accounts that have an owner.",
            "import accounts with their owners, and orders.",
        )
    like = cells.groupby(["industry", "size"])[["total", "n"]].transform("sum")
    cells["potential"] = cells["n"] * like["total"] / like["n"]
    territories = cells.groupby("user_id", as_index=False).agg(n_accounts=("n", "sum"), potential=("potential", "sum"))
    users = lab.table("users")
    teams = lab.read(users.select("user_id", "team_id"))
    told = territories.merge(teams, on="user_id", how="left").sort_values("user_id", ignore_index=True)
    return told[["user_id", "team_id", "n_accounts", "potential"]]
