"""Names of companies, colleagues, stages and products, and which account to show where none was named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from saleslab.customers.health.rows import read_purchases
from saleslab.errors import NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.labels import name_ids

_PLAIN = (("stages", "stage_id", "label"), ("products", "product_id", "name"))
_PERSONAL = (("accounts", "account_id", "name"), ("users", "user_id", "name"))


def read_labels(lab: Warehouse, ids: Iterable[object], *, show_names: bool = True) -> Mapping[str, str]:
    """Return the names of some stages and products, and of accounts and users, which are personal.

    ``show_names=False`` leaves the latter out: for readers who do not look after these customers.
    """
    return name_ids(lab, ids, _PLAIN + (_PERSONAL if show_names else ()))


def choose_account(lab: Warehouse, *, as_of: date) -> str:
    """Return the account that ordered most in the two years before a day: what a page shows where none was named.

    Raises
    ------
    NotEnoughData
        When nobody ordered.
    """
    bought = read_purchases(lab, as_of)
    bought = bought.filter(bought.day >= as_of - timedelta(days=730))
    totals = bought.group_by("account_id").aggregate(amount=bought.amount.sum())
    first = lab.read(totals.order_by([totals.amount.desc(), "account_id"]).limit(1))
    if first.empty:
        raise NotEnoughData(f"Nobody ordered in the two years before {as_of}.", "name an account: account_id=...")
    return str(first["account_id"].iloc[0])
