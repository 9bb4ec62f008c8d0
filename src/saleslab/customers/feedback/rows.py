"""From the warehouse to the counts that the questions about feedback take.

Answers are counted by month, segment and score where they lie. Who gave them comes row by row, as a number and with the
comment: words are counted in Python, and people who answered several times cannot be told from counts. Days are those
of the company, and nothing after ``as_of`` is looked at.
"""

# ruff: noqa: PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.customers.health.rows import read_purchases
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import end_of_day, to_local_date
from saleslab.warehouse.merges import with_kept_ids

YEAR = 365
ANSWERED_WITHIN = 336
"""Hours after which a request counts as not answered."""

_WRITTEN = ("email", "chat", "other")
"""Channels on which somebody waits for an answer; a call is answered or it is not."""

_ENGAGED_WITHIN = 180
_SEGMENTS = ("industry", "region", "country", "account_type", "source")


def read_answers(lab: Warehouse, *, as_of: date, by: str = "industry") -> pd.DataFrame:
    """Return how often each score was given: ``kind, month, segment, score, n_answers``.

    Raises
    ------
    NotEnoughData
        When no feedback is on record.
    BadArgument
        When ``by`` is no column of accounts that makes segments.
    """
    rows = _in_segments(lab, _feedback(lab, as_of), by)
    counted = rows.group_by(["kind", "month", "segment", "score"]).aggregate(n_answers=rows.count())
    found = lab.read(counted.order_by("kind", "month", "segment", "score"))
    if found.empty:
        raise NotEnoughData(f"No feedback is on record until {as_of}.", "import answers into feedback, or name a file.")
    return found


def read_active_customers(lab: Warehouse, *, as_of: date, by: str = "industry") -> pd.DataFrame:
    """Return who bought within a year: ``segment, n_customers``."""
    active = _active(lab, as_of)
    accounts = lab.table("accounts")
    joined = active.inner_join(accounts.select("account_id", segment=accounts[by]), "account_id")
    return lab.read(joined.group_by("segment").aggregate(n_customers=joined.count()).order_by("segment"))


def read_people(lab: Warehouse, *, as_of: date, by: str = "industry") -> pd.DataFrame:
    """Return who gave which answer: ``person, account_id, kind, month, segment, score, text``; never to be shown.

    ``person`` is a number. A contact that was merged counts as the one that was kept. An answer that names nobody
    counts by its account: then all answers of that account are taken to be one person's, since any of them may be;
    without an account it counts as somebody's of their own. So there are never fewer people than are told.
    """
    rows = with_kept_ids(lab, _feedback(lab, as_of), table="contacts", key="contact_id")
    told = lab.read(_in_segments(lab, rows, by).order_by("month", "account_id", "kind", "text", "feedback_id"))
    is_vague = told["account_id"].isin(told.loc[told["contact_id"].isna(), "account_id"].dropna())
    known = told["contact_id"].mask(is_vague, None)
    whole = told["account_id"].where(is_vague | known.isna())
    person = ("contact " + known).fillna("account " + whole).fillna("answer " + told["feedback_id"])
    told.insert(0, "person", pd.factorize(person)[0])
    return told.drop(columns=["contact_id", "feedback_id"])


def read_people_names(lab: Warehouse, *, accounts: Collection[str] | None = None) -> frozenset[str]:
    """Return the names of people on record: all users, and contacts and leads of some accounts (None: of all).

    For masking only. Those who left the records stay in comments, so deleted and merged ones count too.
    """
    found: set[str] = set()
    for table, name, owner in (
        ("users", "name", None), ("contacts", "name", "account_id"), ("leads", "contact_name", "converted_account_id")
    ):  # fmt: skip
        if not lab.has(table):
            continue
        rows = lab.table(table, all_rows=True)
        rows = rows.filter(rows[name].notnull())
        if owner and accounts is not None:
            rows = rows.select(name, account_id=rows[owner])
            rows = with_kept_ids(lab, rows).filter(lambda kept: kept.account_id.isin(sorted(set(accounts) - {None})))
        found.update(lab.read(rows.select(name).distinct())[name])
    return frozenset(found)


def read_outcomes(lab: Warehouse, *, asked_until: date, as_of: date) -> pd.DataFrame:
    """Return what became of customers who had commented by a day: ``account_id, is_lost, n_closed, n_won``.

    Only those who had bought within the year before that day; lost is who did not buy again by ``as_of``. Deals are
    those that were closed in between.
    """
    bought = read_purchases(lab, as_of)
    since = asked_until - timedelta(days=YEAR)
    seen = bought.filter(bought.day > since)
    flags = seen.group_by("account_id").aggregate(
        before=(seen.day <= asked_until).any(), later=(seen.day > asked_until).any()
    )
    rows = _feedback(lab, asked_until)
    spoke = rows.filter(rows.text.notnull()).select("account_id").distinct()
    kept = flags.filter(flags.before).semi_join(spoke, "account_id")
    told = kept.select("account_id", is_lost=~kept.later)
    if lab.has("opportunities"):
        deals = lab.table("opportunities")
        zone = lab.settings.timezone
        over, start = end_of_day(as_of, zone), end_of_day(asked_until, zone)
        closed = deals.filter(deals.is_closed & (deals.closed_at >= start) & (deals.closed_at < over))
        closed = with_kept_ids(lab, closed)
        counted = closed.group_by("account_id").aggregate(n_closed=closed.count(), n_won=closed.is_won.sum())
        told = told.left_join(counted, "account_id").select("account_id", "is_lost", "n_closed", "n_won")
        told = told.mutate(n_closed=told.n_closed.coalesce(0), n_won=told.n_won.coalesce(0))
    else:
        told = told.mutate(n_closed=0, n_won=0)
    return lab.read(told.order_by("account_id"))


def read_response_hours(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return after how many hours written requests of a year were answered: ``hours, n_requests``.

    The answer is the next outbound contact with the account; what took longer than `ANSWERED_WITHIN` hours, or never
    came, stands there. Empty where activities name no direction.
    """
    empty = pd.DataFrame({"hours": pd.Series(dtype="int64"), "n_requests": pd.Series(dtype="int64")})
    if not lab.has("activities"):
        return empty
    acts, zone = lab.table("activities"), lab.settings.timezone
    start, over = end_of_day(as_of - timedelta(days=YEAR), zone), end_of_day(as_of, zone)
    acts = acts.filter(acts.account_id.notnull() & (acts["at"] >= start) & (acts["at"] < over))
    out = acts["at"].nullif((acts.direction != "outbound").ifelse(acts["at"], None))
    rows = acts.select("account_id", "at", "activity_id", "channel", "direction", out=out)
    rows = rows.mutate(
        answered=rows.out.min().over(group_by="account_id", order_by=["at", "activity_id"], rows=(1, None))
    )
    requests = rows.filter((rows.direction == "inbound") & rows.channel.isin(_WRITTEN))
    ripe = requests.filter(requests["at"] < over - timedelta(hours=ANSWERED_WITHIN))
    waited = ripe.answered.delta(ripe["at"], unit="minute") // 60
    capped = (waited < ANSWERED_WITHIN).ifelse(waited, ANSWERED_WITHIN).coalesce(ANSWERED_WITHIN)
    counted = ripe.mutate(hours=capped.cast("int64")).group_by("hours").aggregate(n_requests=lambda t: t.count())
    return lab.read(counted.order_by("hours"))


def read_repeat_counts(lab: Warehouse, *, as_of: date) -> tuple[int, int]:
    """Return how many customers bought on two days at least, and how many bought at all."""
    bought = read_purchases(lab, as_of)
    days = bought.group_by("account_id").aggregate(n_days=bought.day.nunique())
    counted = lab.read(days.aggregate(n=days.count(), n_repeat=(days.n_days >= 2).sum().coalesce(0)))
    return int(counted["n_repeat"].iloc[0]), int(counted["n"].iloc[0])


def read_engaged_contacts(lab: Warehouse, *, as_of: date) -> pd.DataFrame:
    """Return with how many people of a customer there was a talk in half a year: ``n_contacts, n_accounts``.

    A talk is a connected or inbound contact, or an answer to a survey. Customers are those who bought within a year.
    """
    zone = lab.settings.timezone
    start, over = end_of_day(as_of - timedelta(days=_ENGAGED_WITHIN), zone), end_of_day(as_of, zone)
    parts = []
    for table in ("activities", "feedback"):
        if lab.has(table):
            rows = lab.table(table)
            rows = rows.filter((rows["at"] >= start) & (rows["at"] < over))
            if table == "activities":
                rows = rows.filter(rows.connected.coalesce(False) | (rows.direction == "inbound").coalesce(False))
            parts.append(rows.filter(rows.contact_id.notnull()).select("account_id", "contact_id"))
    if not parts:
        return pd.DataFrame({"n_contacts": pd.Series(dtype="int64"), "n_accounts": pd.Series(dtype="int64")})
    pairs = with_kept_ids(lab, parts[0] if len(parts) == 1 else parts[0].union(parts[1]))
    each = pairs.group_by("account_id").aggregate(n_contacts=pairs.contact_id.nunique())
    joined = _active(lab, as_of).left_join(each, "account_id")
    known = joined.mutate(n_contacts=joined.n_contacts.coalesce(0))
    return lab.read(known.group_by("n_contacts").aggregate(n_accounts=known.count()).order_by("n_contacts"))


def _feedback(lab: Warehouse, as_of: date) -> Any:
    """Return answers until the end of a day: ``feedback_id, account_id, contact_id, kind, month, score, text``."""
    if not lab.has("feedback"):
        raise NotEnoughData("No feedback is on record.", "import answers into feedback, or name a file of answers.")
    rows, zone = lab.table("feedback"), lab.settings.timezone
    rows = rows.filter(rows["at"] < end_of_day(as_of, zone))
    rows = with_kept_ids(lab, rows)
    month = to_local_date(rows["at"], zone).truncate("M")
    return rows.select("feedback_id", "account_id", "contact_id", "kind", "score", "text", month=month)


def _in_segments(lab: Warehouse, rows: Any, by: str) -> Any:
    """Return answers with the ``segment`` of their account; missing where accounts are not on record."""
    if by not in _SEGMENTS:
        raise BadArgument(f"'{by}' makes no segments of accounts.", f"give one of: {', '.join(_SEGMENTS)}.")
    if not lab.has("accounts"):
        return rows.mutate(segment=rows.kind.nullif(rows.kind))
    accounts = lab.table("accounts")
    named = accounts.select("account_id", segment=accounts[by])
    return rows.left_join(named, "account_id").select(*rows.columns, "segment")


def _active(lab: Warehouse, as_of: date) -> Any:
    bought = read_purchases(lab, as_of)
    return bought.filter(bought.day > as_of - timedelta(days=YEAR)).select("account_id").distinct()
