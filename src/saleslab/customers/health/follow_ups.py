"""Whom do we call after the sale, and when?

A won deal is followed after 7, 30 and 90 days: does it work, is it used, what else is needed. Tasks have an id made of
the deal and the day, so that planning again adds none, and what the CRM has planned already is left alone.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.tables.presence import require_columns
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local_date

DAYS = (7, 30, 90)
"""Days after a deal is won on which its customer is asked."""

_NEAR = 3


@dataclass(frozen=True, slots=True, eq=False)
class FollowUpPlan:
    """Tasks that are missing, and what was left alone.

    Attributes
    ----------
    tasks
        Rows of the table ``tasks`` without subject: ``task_id, due_on, status, assignee_id, account_id,
        opportunity_id, origin`` (``cadence``) and ``days_after``; the first due first.
    n_deals
        Won deals that were looked at.
    n_planned
        Follow-ups that are planned or done already.
    n_past
        Follow-ups whose day is over and that nobody planned: they are not made up for.
    """

    tasks: pd.DataFrame
    n_deals: int
    n_planned: int
    n_past: int


def plan_follow_ups(
    won: pd.DataFrame, planned: pd.DataFrame, *, as_of: date, days: Sequence[int] = DAYS
) -> FollowUpPlan:
    """Return the follow-up tasks of won deals that nobody has planned yet.

    Parameters
    ----------
    won
        ``opportunity_id, account_id, owner_id, won_on``, one row a deal (`read_won_deals`).
    planned
        Tasks on record: ``opportunity_id, due_on`` (`read_planned_follow_ups`). One within 3 days of the day counts as
        this follow-up.
    as_of
        Today; earlier days are counted, not planned.
    days
        After how many days.

    Examples
    --------
    >>> won = pd.DataFrame({"opportunity_id": ["o:1"], "account_id": ["a:1"], "owner_id": ["u:1"],
    ...     "won_on": [pd.Timestamp("2026-09-01")]})
    >>> none = pd.DataFrame({"opportunity_id": [], "due_on": pd.to_datetime([])})
    >>> plan = plan_follow_ups(won, none, as_of=date(2026, 9, 1))
    >>> [(row.days_after, row.due_on.date().isoformat()) for row in plan.tasks.itertuples()]
    [(7, '2026-09-08'), (30, '2026-10-01'), (90, '2026-11-30')]
    """
    require_columns(won, "opportunity_id", "account_id", "owner_id", "won_on", of="won (customers.read_won_deals)")
    require_columns(planned, "opportunity_id", "due_on", of="planned (customers.read_planned_follow_ups)")
    if not days or min(days) < 1 or len(set(days)) < len(days):
        raise BadArgument(f"Follow-ups after {list(days)} days cannot be planned.", "give different days, 1 or more.")
    known: dict[str, list[pd.Timestamp]] = {}
    for deal, due in zip(planned["opportunity_id"], planned["due_on"], strict=True):
        known.setdefault(deal, []).append(due)
    rows, n_planned, n_past = [], 0, 0
    for deal in won.drop_duplicates("opportunity_id").sort_values("opportunity_id").to_dict("records"):
        for after in days:
            due = deal["won_on"].normalize() + pd.Timedelta(days=after)
            if any(abs((due - one).days) <= _NEAR for one in known.get(deal["opportunity_id"], ())):
                n_planned += 1
            elif due.date() < as_of:
                n_past += 1
            else:
                rows.append(_task(deal, due, after))
    columns = list(_task({}, pd.NaT, 0))
    tasks = pd.DataFrame(rows, columns=columns)
    tasks = tasks.sort_values(["due_on", "task_id"], ignore_index=True)
    return FollowUpPlan(tasks, won["opportunity_id"].nunique(), n_planned, n_past)


def _task(deal: Mapping[Any, Any], due: Any, after: int) -> dict[str, object]:
    told = {"task_id": f"cadence:{deal.get('opportunity_id')}:{after}", "due_on": due, "days_after": after}
    told |= {"status": "open", "origin": "cadence", "assignee_id": deal.get("owner_id")}
    return told | {name: deal.get(name) for name in ("account_id", "opportunity_id")}


def read_won_deals(lab: Warehouse, *, as_of: date, within: int = max(DAYS)) -> pd.DataFrame:
    """Return the deals won in the last so many days: ``opportunity_id, account_id, owner_id, won_on``."""
    zone = lab.settings.timezone
    deals = lab.need("opportunities")
    since, over = start_of_day(as_of - timedelta(days=within), zone), end_of_day(as_of, zone)
    deals = deals.filter(deals.is_won & (deals.closed_at >= since) & (deals.closed_at < over))
    deals = deals.mutate(won_on=to_local_date(deals.closed_at, zone))
    return lab.read(deals.select("opportunity_id", "account_id", "owner_id", "won_on").order_by("opportunity_id"))


def read_planned_follow_ups(lab: Warehouse, *, as_of: date, within: int = max(DAYS)) -> pd.DataFrame:
    """Return the tasks, open or done, that belong to a deal won in the last so many days: its id and ``due_on``."""
    empty = pd.DataFrame({"opportunity_id": pd.Series(dtype="str"), "due_on": pd.to_datetime(pd.Series(dtype="str"))})
    if not lab.has("tasks"):
        return empty
    zone = lab.settings.timezone
    deals, tasks = lab.need("opportunities"), lab.table("tasks")
    since, over = start_of_day(as_of - timedelta(days=within), zone), end_of_day(as_of, zone)
    deals = deals.filter(deals.is_won & (deals.closed_at >= since) & (deals.closed_at < over))
    tasks = tasks.filter(tasks.due_at.notnull() & (tasks.origin == "cadence").coalesce(tasks.origin.isnull()))
    tasks = tasks.semi_join(deals, "opportunity_id")
    tasks = tasks.select("opportunity_id", due_on=to_local_date(tasks.due_at, zone))
    return lab.read(tasks.order_by("opportunity_id", "due_on"))
