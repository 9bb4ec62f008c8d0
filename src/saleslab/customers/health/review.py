"""Everything that the page of customer health is made of, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import pandas as pd

from saleslab.customers.accounts.names import read_labels
from saleslab.customers.contracts.retention import Retention, measure_retention
from saleslab.customers.contracts.retention_rows import read_renewals_due, read_retention
from saleslab.customers.health.follow_ups import FollowUpPlan, plan_follow_ups, read_planned_follow_ups, read_won_deals
from saleslab.customers.health.rating import CustomerHealth, rate_health
from saleslab.customers.health.rows import (
    HORIZON,
    read_health_accounts,
    read_health_groups,
    read_renewable_products,
)
from saleslab.errors import NotEnoughData
from saleslab.warehouse import Warehouse

NAMED = 60
"""Customers at stake whose names are read."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, eq=False)
class HealthReview:
    """The answers of one day; None where the data do not hold one.

    Attributes
    ----------
    as_of, horizon, currency
        The day, the days ahead, and the base currency.
    health, retention, follow_ups
        The answers of `rate_health`, `measure_retention` and `plan_follow_ups`.
    due
        The rows of `read_renewals_due`; empty without contracts.
    names
        Names of the accounts, colleagues and products that are mentioned; empty where they are not to be shown.
    left_out
        Products with a term that nobody ever renewed.
    """

    as_of: date
    horizon: int
    currency: str
    health: CustomerHealth | None
    retention: Retention | None
    follow_ups: FollowUpPlan | None
    due: pd.DataFrame
    names: Mapping[str, str]
    left_out: tuple[str, ...]


def review_health(
    lab: Warehouse, *, as_of: date, horizon: int = HORIZON, owner: str = "", show_names: bool = True
) -> HealthReview:
    """Return who may leave, what was kept, which contracts are due and which follow-ups are missing.

    Parameters
    ----------
    lab
        The company's tables.
    as_of, horizon
        The day, and the days ahead.
    owner
        Only customers of this colleague (user_id) are listed; what is learned, and what was kept, is of all.
    show_names
        Read the names of companies and colleagues.
    """
    health = _try(lambda: _rate(lab, as_of, horizon, owner))
    since = as_of - timedelta(days=365)
    retention = _try(lambda: measure_retention(read_retention(lab, since=since, as_of=as_of), since=since, as_of=as_of))
    due = _try(lambda: read_renewals_due(lab, as_of=as_of))
    due = pd.DataFrame(columns=["account_id", "owner_id", "due_on", "amount", "is_silent"]) if due is None else due
    due = due[due["owner_id"] == owner].reset_index(drop=True) if owner else due
    follow_ups = _try(lambda: _plan(lab, as_of, owner))
    _, left_out = read_renewable_products(lab, as_of=as_of)
    mentioned = [*due["account_id"], *due["owner_id"], *left_out]
    if health is not None:
        mentioned += [*health.frame["account_id"].head(NAMED), *health.frame["owner_id"].head(NAMED)]
    names = read_labels(lab, mentioned, show_names=show_names)
    return HealthReview(
        as_of, horizon, lab.settings.currency, health, retention, follow_ups, due, names, left_out
    )  # fmt: skip


def _try(ask: Callable[[], _Answer]) -> _Answer | None:
    try:
        return ask()
    except NotEnoughData:
        return None


def _rate(lab: Warehouse, as_of: date, horizon: int, owner: str) -> CustomerHealth:
    accounts = read_health_accounts(lab, as_of=as_of, horizon=horizon)
    accounts = accounts[accounts["owner_id"] == owner] if owner else accounts
    groups = read_health_groups(lab, as_of=as_of, horizon=horizon)
    return rate_health(groups, accounts, as_of=as_of, horizon=horizon)


def _plan(lab: Warehouse, as_of: date, owner: str) -> FollowUpPlan:
    won = read_won_deals(lab, as_of=as_of)
    won = won[won["owner_id"] == owner] if owner else won
    return plan_follow_ups(won, read_planned_follow_ups(lab, as_of=as_of), as_of=as_of)
