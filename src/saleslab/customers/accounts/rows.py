"""Which rows of each table belong to one account, those of records merged into it included?

A row belongs to the account that it names. Where it names none, it belongs to that of its deal, else of its contact,
else of the lead that became the account; so no row belongs to two accounts. Expressions only: nothing is read here but
the few ids that a join would cost a scan for.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from types import MappingProxyType
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day

PROFILE = (
    "name", "industry", "employees", "annual_revenue", "country", "region", "owner_id", "account_type", "source",
    "parent_account_id", "created_at",
)  # fmt: skip
"""What an account says of itself."""

_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class AccountScope:
    """One account in a warehouse, up to the end of a day.

    Attributes
    ----------
    lab
        Where the tables lie.
    account_id
        The record that is kept.
    ids
        Its id and those of the records that were merged into it, the kept one first.
    contacts, deals, leads
        Ids of its contacts, deals and the leads that became it; merged and deleted ones included, since their history
        is.
    over
        The instant at which the day is over, UTC.
    profile
        What the kept record says of itself (`PROFILE`).
    """

    lab: Warehouse
    account_id: str
    ids: tuple[str, ...]
    contacts: tuple[str, ...]
    deals: tuple[str, ...]
    leads: tuple[str, ...]
    over: datetime
    profile: Mapping[str, Any]

    def rows(self, table: str) -> Any:
        """Return the rows of a table that belong to the account; none where the warehouse does not hold the table."""
        rows = self.lab.table(table)
        ways = [("account_id", self.ids), ("opportunity_id", self.deals)]
        ways += [("contact_id", self.contacts), ("lead_id", self.leads)]
        known = [(rows[column], ids) for column, ids in ways if column in rows.columns]
        return rows.filter(_belongs(known))

    def by_account(self, table: str) -> Any:
        """Return the rows of a table that name the account itself."""
        rows = self.lab.table(table)
        return rows.filter(rows.account_id.isin(self.ids))


def open_scope(lab: Warehouse, account_id: str, *, as_of: date) -> AccountScope:
    """Return the scope of an account; asked for a merged record, that of the record that was kept.

    Raises
    ------
    BadArgument
        When there is no such account, or it was deleted.
    """
    ids, profile = _follow_merges(lab, account_id)
    over = end_of_day(as_of, lab.settings.timezone)
    contacts, deals = (
        _ids_of(lab, table, key, {"account_id": ids})
        for table, key in (("contacts", "contact_id"), ("opportunities", "opportunity_id"))
    )
    leads = _ids_of(lab, "leads", "lead_id", {"converted_account_id": ids, "converted_opportunity_id": deals})
    return AccountScope(lab, ids[0], ids, contacts, deals, leads, over, profile)


def _follow_merges(lab: Warehouse, account_id: str) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Return the kept record and all that were merged into it, step by step, and what the kept one says of itself."""
    every = lab.table("accounts", all_rows=True)
    kept, seen = account_id, {account_id}
    for _ in range(_LONGEST_CHAIN):
        found = lab.read(every.filter(every.account_id == kept).select("merged_into_id", "is_deleted", *PROFILE))
        if found.empty:
            raise BadArgument(
                f"There is no account '{kept}'.", "give an id of accounts.account_id, with the prefix of its source."
            )
        into = found["merged_into_id"].iloc[0]
        if not isinstance(into, str) or into in seen:
            break
        kept = into
        seen.add(into)
    if bool(found["is_deleted"].iloc[0]) and not isinstance(into, str):
        raise BadArgument(f"The account '{kept}' was deleted.", "restore it in the CRM, or give another account.")
    members, front = [kept], (kept,)
    while front:
        next_ones = lab.read(every.filter(every.merged_into_id.isin(front)).select("account_id").order_by("account_id"))
        front = tuple(one for one in next_ones["account_id"] if one not in members)
        members += front
    told = {name: found[name].iloc[0] for name in PROFILE}
    return tuple(members), MappingProxyType({name: None if pd.isna(value) else value for name, value in told.items()})


def _ids_of(lab: Warehouse, table: str, key: str, named: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if not lab.has(table):
        return ()
    rows = lab.table(table, all_rows=True)
    fits = [rows[column].isin(ids) for column, ids in named.items() if ids]
    found = lab.read(rows.filter(reduce(lambda one, other: one | other, fits)).select(key).order_by(key))
    return tuple(found[key])


def _belongs(ways: Iterable[tuple[Any, tuple[str, ...]]]) -> Any:
    """Return whether the first column that is filled names one of its ids."""
    ways = list(ways)
    column, ids = ways[0]
    mine = column.isin(ids) if ids else column.isnull() & column.notnull()
    if len(ways) == 1:
        return mine.coalesce(False)
    return mine.coalesce(False) | (column.isnull() & _belongs(ways[1:]))
