"""What do we know about one account, all of it in one place?

The 360 of an account: who is there, what was bought and runs, every contact on one timeline, what is open, what they
said, and how stages and owners moved. Records that were merged into it are part of it, each row once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd

from saleslab.customers.accounts.masking import mask_parts
from saleslab.customers.accounts.parts import AccountReading
from saleslab.customers.accounts.rows import open_scope
from saleslab.warehouse import Warehouse

SHOWN = 200
"""Newest rows of each kind that are read unless told otherwise; all are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class AccountView:
    """All that is known about one account. Frames hold the newest rows, ``counts`` tells how many there are.

    In what somebody wrote freely (subjects, notes, answers, next steps) people are blacked out.

    Attributes
    ----------
    account_id, merged_ids
        The record that is kept, and the records that were merged into it.
    as_of
        Nothing after this day is in it.
    currency
        Of ``ordered_amount``.
    profile
        What the account says of itself (`rows.PROFILE`).
    contacts
        People: titles and opt-outs; names, addresses and numbers only with ``show_people``.
    timeline
        Every contact, answer and order, newest first: ``at`` (the company's own time), ``kind`` (call, email, visit,
        meeting, note..., ``campaign``, ``feedback`` or ``order``), ``row_id`` and what is known of it.
    purchases, contracts
        Orders, and lines with a term: ``product_name, amount, term_start, term_end, is_running``.
    deals, tasks
        What is open.
    feedback
        ``at, kind, score``; the text only with ``show_people``.
    changes
        How stages and owners of its deals and leads moved: ``at, object_type, object_id, field, old, new``. Events are
        only ever added, so the history is as complete as the CRM's own.
    counts
        How many rows of each there are, whatever is shown.
    by_kind
        How many entries the timeline has of each kind.
    ordered_amount
        Sum of its orders in the base currency.
    """

    account_id: str
    merged_ids: tuple[str, ...]
    as_of: date
    currency: str
    profile: Mapping[str, Any]
    contacts: pd.DataFrame
    timeline: pd.DataFrame
    purchases: pd.DataFrame
    contracts: pd.DataFrame
    deals: pd.DataFrame
    tasks: pd.DataFrame
    feedback: pd.DataFrame
    changes: pd.DataFrame
    counts: Mapping[str, int]
    by_kind: Mapping[str, int]
    ordered_amount: Decimal

    @property
    def mentioned_ids(self) -> tuple[str, ...]:
        """Ids of the account and of every colleague in it, sorted: whom `read_labels` is asked to name."""
        columns: dict[str, tuple[str, ...]] = {
            "timeline": ("user_id",),
            "deals": ("owner_id",),
            "tasks": ("assignee_id",),
        }
        columns |= {"changes": ("by_user_id", "old", "new")}
        found = {self.account_id, self.profile["owner_id"]}
        found |= {value for part, names in columns.items() for name in names for value in getattr(self, part)[name]}
        return tuple(sorted(value for value in found if isinstance(value, str)))


def view_account(
    lab: Warehouse, account_id: str, *, as_of: date, show_people: bool = False, shown: int = SHOWN
) -> AccountView:
    """Return the 360 of one account.

    Parameters
    ----------
    lab
        The company's tables; those that are missing leave their part empty.
    account_id
        The account; a record that was merged into another leads to that one.
    as_of
        The day to look from; later rows are left out.
    show_people
        Read what is personal, for who looks after this account: names, addresses and numbers of its people in
        ``contacts``, and subjects, notes and texts, in which people are blacked out. Left alone, none of it leaves the
        warehouse but the account's own name.
    shown
        Newest rows of each kind that are read; ``counts`` tell all.

    Raises
    ------
    BadArgument
        When there is no such account, or it was deleted.

    Examples
    --------
    >>> from datetime import datetime
    >>> from saleslab.simulation import Scenario, load_company, simulate
    >>> from saleslab.warehouse import connect
    >>> lab = connect("duckdb://")
    >>> _ = load_company(simulate(Scenario(seed=7, n_deals=60)), lab, loaded_at=datetime(2026, 10, 1))
    >>> view = view_account(lab, "sim:account-00000040", as_of=date(2026, 9, 30))
    >>> view.counts["timeline"] == sum(view.by_kind.values())
    True
    """
    scope = open_scope(lab, account_id, as_of=as_of)
    read = AccountReading(scope, as_of, show_people=show_people, shown=shown)
    purchases, n_orders, amount = read.purchases()
    parts = {
        "contacts": read.contacts(), "contracts": read.contracts(), "deals": read.deals(), "tasks": read.tasks(),
        "feedback": read.feedback(), "changes": read.changes(),
    }  # fmt: skip
    counts = {name: n for name, (_, n) in parts.items()} | {"purchases": n_orders}
    timeline, by_kind = read.timeline(parts["feedback"][0], purchases)
    frames = {name: frame for name, (frame, _) in parts.items()} | {"timeline": timeline}
    frames = mask_parts(lab, frames, accounts=scope.ids)
    by_kind |= {"feedback": counts["feedback"], "order": n_orders}
    kinds = {kind: n for kind, n in sorted(by_kind.items()) if n}
    return AccountView(
        account_id=scope.account_id,
        merged_ids=scope.ids[1:],
        as_of=as_of,
        currency=lab.settings.currency,
        profile=scope.profile,
        purchases=purchases,
        counts=MappingProxyType(counts | {"timeline": sum(kinds.values())}),
        by_kind=MappingProxyType(kinds),
        ordered_amount=amount,
        **frames,
    )
