"""From the warehouse to the deals as they stood at the end of a day: whether open, for how much, due when.

The CRM keeps a deal as it is now. What it was is read from the changes on record (`field_events`), else from what its
stages noted (`stage_events`), else taken as it is now; `History` says which.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import ibis
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date

Told = Literal["field_events", "stage_events"]

_FIELDS = {"amount": "amount", "close_date": "expected_close_date"}
"""Watched fields, and the columns of deals and stage events that they are."""


@dataclass(frozen=True, slots=True)
class History:
    """Which table tells what deals were: their ``amount`` and their expected close (``due``); None where none does."""

    amount: Told | None
    due: Told | None


def find_history(lab: Warehouse) -> History:
    """Return which tables tell the past amounts and close dates of deals."""
    return History(_find_told(lab, "amount"), _find_told(lab, "close_date"))


def _find_told(lab: Warehouse, field: str) -> Told | None:
    if lab.has("field_events"):
        events = lab.table("field_events")
        is_one = (events.object_type == "opportunity") & (events.field == field)
        if _count(lab, events, is_one):
            return "field_events"
    if lab.has("stage_events"):
        events = lab.table("stage_events")
        if _count(lab, events, (events.object_type == "opportunity") & events[_FIELDS[field]].notnull()):
            return "stage_events"
    return None


def _count(lab: Warehouse, rows: Any, is_one: Any) -> int:
    return int(lab.read(rows.aggregate(n=is_one.sum().coalesce(0)))["n"].iloc[0])


def find_last_snapshot(lab: Warehouse, *, as_of: date) -> date | None:
    """Return the day of the newest snapshot of deals that is older than a day; None where there is none."""
    if not lab.has("snapshots"):
        return None
    rows, zone = lab.table("snapshots"), lab.settings.timezone
    past = rows.filter(
        (rows.object_type == "opportunity") & (rows.snapshot_at < ibis.timestamp(end_of_day(_before(as_of), zone)))
    )
    last = lab.read(past.aggregate(day=to_local_date(past.snapshot_at, zone).max()))["day"].iloc[0]
    return None if pd.isna(last) else pd.Timestamp(last).date()


def _before(day: date) -> date:
    return day - timedelta(days=1)


def read_pipeline_at(lab: Warehouse, *, as_of: date, since: date | None = None) -> pd.DataFrame:
    """Return the deals that are open at the end of a day, and those that closed since another.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The day; what happened later is not seen.
    since
        Deals that closed after this day are returned, too; None returns open ones alone.

    Returns
    -------
    frame
        ``opportunity_id, created_on, state, amount, due``: state is ``open``, ``won`` or ``lost``, amount is in the
        base currency and missing where unknown, due is the expected close.
    """
    if since is not None and since > as_of:
        raise BadArgument(f"since ({since}) lies after as_of ({as_of}).", "compare with an earlier day.")
    zone, over = lab.settings.timezone, end_of_day(as_of, lab.settings.timezone)
    deals = lab.need("opportunities")
    is_open = ~deals.is_closed | (deals.closed_at.notnull() & (deals.closed_at >= ibis.timestamp(over)))
    deals = deals.filter(deals.created_at.isnull() | (deals.created_at < ibis.timestamp(over)))
    deals = deals.mutate(is_open=is_open)
    kept = deals.is_open
    if since is not None:
        kept |= deals.closed_at.notnull() & (deals.closed_at >= ibis.timestamp(end_of_day(since, zone)))
    rows = deals.filter(kept).select(
        "opportunity_id", "amount", "is_open", "is_won", created_on=to_local_date(deals.created_at, zone),
        base=deals.amount_base, is_home=deals.currency.isnull() | (deals.currency == lab.settings.currency),
        due=deals.expected_close_date.cast("string"),
    )  # fmt: skip
    history = find_history(lab)
    if history.amount is None and not _count(lab, deals, ~deals.is_closed & deals.amount.notnull()):
        rows = rows.mutate(amount_then=ibis.null("string"), amount_is_told=rows.is_open)  # known only once it is won
    else:
        rows = _add_then(lab, rows, "amount", history.amount, over)
    rows = _add_then(lab, rows, "close_date", history.due, over)
    return _settle(lab.read(rows.order_by("opportunity_id")))


def _add_then(lab: Warehouse, rows: Any, field: str, told: Told | None, over: datetime) -> Any:
    """Add what a field was at an instant as text (``<field>_then``), and whether anything is on record of it."""
    nothing = {f"{field}_then": ibis.null("string"), f"{field}_is_told": ibis.literal(value=False)}
    if told is None:
        return rows.mutate(**nothing)
    events, moment = lab.table(told), ibis.timestamp(over)
    events = events.filter(events.object_type == "opportunity")
    if told == "field_events":
        events = events.filter(events.field == field)
        then = events.group_by("object_id").aggregate(
            last=events.new.argmax(events["at"], where=events["at"] < moment),
            first=events.old.argmin(events["at"], where=events["at"] >= moment),
            n_past=(events["at"] < moment).sum(),
        )
        said = ibis.ifelse(then.n_past > 0, then["last"], then["first"])
        then = then.select("object_id", **{f"{field}_then": said, f"{field}_is_told": ibis.literal(value=True)})
    else:
        noted = events[_FIELDS[field]].cast("string")
        events = events.filter((events["at"] < moment) & noted.notnull()).mutate(noted=noted)
        newest = ibis.window(group_by="object_id", order_by=[ibis.desc("at"), ibis.desc("event_id")])
        then = events.mutate(age_rank=ibis.row_number().over(newest))
        then = then.filter(then.age_rank == 0)
        then = then.select("object_id", **{f"{field}_then": then.noted, f"{field}_is_told": ibis.literal(value=True)})
    joined = rows.left_join(then, rows.opportunity_id == then.object_id).drop("object_id")
    return joined.mutate(**{f"{field}_is_told": joined[f"{field}_is_told"].coalesce(ibis.literal(value=False))})


def _settle(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the deals as they were: amounts and dates of then in place of those of now, in the base currency."""
    now, base = (pd.to_numeric(rows[name], errors="coerce").astype("float64") for name in ("amount", "base"))
    then = pd.to_numeric(rows["amount_then"], errors="coerce").astype("float64")
    amount = then.where(rows["amount_is_told"].astype(bool), now)
    rate = (base / now).where(now != 0).fillna(1.0).where(rows["is_home"].astype(bool) | base.notna())
    due = rows["close_date_then"].where(rows["close_date_is_told"].astype(bool), rows["due"])
    is_open, is_won = rows["is_open"].astype(bool), rows["is_won"].astype(bool)
    state = pd.Series("lost", index=rows.index, dtype=object).mask(is_won, "won").mask(is_open, "open")
    return pd.DataFrame(
        {
            "opportunity_id": rows["opportunity_id"].astype(object),
            "created_on": pd.to_datetime(rows["created_on"]),
            "state": state,
            "amount": amount * rate,
            "due": pd.to_datetime(due.astype("string").str.slice(0, 10), errors="coerce"),
        }
    )
