"""What was known about each lead at its moment: itself, its company, who had been in touch, who owned it.

Every function takes the leads as an Ibis expression and adds columns, or yields such as are to be joined by
``lead_id``; columns that nobody wants are not worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from saleslab.warehouse.as_of import attach, happened_before, keep_first, running_total, share, value_then
from saleslab.warehouse.local_time import to_local
from saleslab.warehouse.merges import with_kept_ids

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

NEVER, NOTHING = ibis.null("timestamp"), ibis.null("string")
OF_FIRST_CONTACT = ("response_hours", "contact_channel", "contact_weekday", "contact_hour")
"""Features for which the log of contacts must be read."""

_OF_COMPANY = ("industry", "employees", "region", "annual_revenue")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where things are read, the instant after which nothing is known, the company's zone, and what is wanted."""

    lab: Warehouse
    over: datetime
    zone: str
    wanted: frozenset[str]

    def wants(self, *names: str) -> bool:
        """Say whether one of some features is wanted."""
        return not self.wanted.isdisjoint(names)

    def past(self, moment: Any) -> Any:
        """Return a time, or nothing where it lies in the future."""
        return ibis.ifelse(moment < ibis.timestamp(self.over), moment, NEVER)

    def of_leads(self, table: str) -> Any:
        """Return the rows of a table that belong to a lead; those of a merged lead belong to the one that was kept."""
        rows = self.lab.table(table)
        return with_kept_ids(self.lab, rows.filter(rows.lead_id.notnull()), table="leads", key="lead_id")


def describe_leads(scope: Scope, leads: Any) -> Any:
    """Return leads that have ``scored_at`` with what was known of them, of their campaign, company and person."""
    return share(
        _describe_customer(scope, _describe_occasion(scope, _describe_itself(scope, leads))), "described_leads"
    )


def _describe_itself(scope: Scope, leads: Any) -> Any:
    """Add the lead's own fields, its arrival and its first contact."""
    arrived = to_local(leads.created_at, scope.zone)
    itself = {
        "campaign": leads.campaign_id,
        "created_month": arrived.month(),
        "created_weekday": arrived.day_of_week.index(),
        "created_hour": arrived.hour(),
        "created_on": arrived.date(),
        "crm_score": leads.score,
    }
    if scope.wants(*OF_FIRST_CONTACT):
        contacted = to_local(leads.contacted_at, scope.zone)
        itself |= {
            "response_hours": (leads.contacted_at.epoch_seconds() - leads.created_at.epoch_seconds()) / 3600,
            "contact_weekday": contacted.day_of_week.index(),
            "contact_hour": contacted.hour(),
        }
    return leads.mutate(**itself)


def _describe_occasion(scope: Scope, leads: Any) -> Any:
    """Add the campaign that brought the lead, and the kind of day on which it came."""
    if scope.lab.has("campaigns") and scope.wants("campaign_type", "campaign_channel", "campaign_age_days"):
        known = scope.lab.table("campaigns").select(
            "campaign_id", "start", campaign_type="type", campaign_channel="channel"
        )
        leads = attach(leads, known, key="campaign_id")
        leads = leads.mutate(campaign_age_days=leads.created_on.delta(leads.start, unit="day"))
    if scope.lab.has("calendar") and scope.wants("created_on_business_day"):
        days = scope.lab.table("calendar").select(created_on="date", created_on_business_day="is_business_day")
        leads = attach(leads, days, key="created_on")
    return leads


def _describe_customer(scope: Scope, leads: Any) -> Any:
    """Add the company and the person, where they were on record before the moment.

    A lead is matched by its e-mail address and its company's name, which it had from the start. The account that it
    was converted into is no such match: only leads that were converted have one.
    """
    person = {name: f"contact_{name}" for name in ("contact_id", "account_id", "title", "seniority")}
    leads = _match(scope, leads, "contacts", spelling=("email", "email"), columns=person)
    leads = _match(scope, leads, "accounts", spelling=("name", "company"), columns={"account_id": "named_account_id"})
    leads = leads.mutate(matched_account_id=leads.contact_account_id.coalesce(leads.named_account_id))
    leads = _add_company(scope, leads)
    converted = leads.converted_at.notnull()
    leads = leads.mutate(
        account_id=leads.matched_account_id.coalesce(ibis.ifelse(converted, leads.converted_account_id, NOTHING)),
        contact_id=leads.contact_contact_id.coalesce(ibis.ifelse(converted, leads.converted_contact_id, NOTHING)),
    )
    if scope.lab.has("contacts"):
        leads = leads.mutate(is_known_person=leads.contact_contact_id.notnull())
    return leads.mutate(**{name: _own_or(leads, name, leads[f"contact_{name}"]) for name in ("title", "seniority")})


def _match(scope: Scope, leads: Any, table: str, *, spelling: tuple[str, str], columns: Mapping[str, str]) -> Any:
    """Add columns of the oldest row that is spelt like the lead and was on record before the moment."""
    if not scope.lab.has(table):
        return leads.mutate(**dict.fromkeys(columns.values(), NOTHING))
    (theirs, ours), rows = spelling, scope.lab.table(table)
    rows = rows.mutate(spelt=rows[theirs].strip().lower()).filter(rows.created_at.notnull())
    rows = keep_first(rows.filter(rows.spelt.length() > 0), "spelt", ["created_at", next(iter(columns))])
    rows = rows.select("spelt", known_since="created_at", **{new: old for old, new in columns.items()})
    in_time = (leads[ours].strip().lower() == rows.spelt) & (rows.known_since < leads.scored_at)
    return leads.left_join(rows, in_time).drop("spelt", "known_since")


def _add_company(scope: Scope, leads: Any) -> Any:
    """Add what the lead says of its company, else what the account on record says."""
    if not scope.lab.has("accounts"):
        return leads
    accounts = scope.lab.table("accounts")
    own = {f"account_{name}": accounts[name] for name in _OF_COMPANY}
    known = accounts.select(matched_account_id="account_id", account_since="created_at", **own)
    leads = attach(leads, known, key="matched_account_id")
    in_time = (leads.account_since < leads.scored_at).coalesce(False)
    leads = leads.mutate(
        is_known_company=in_time,
        matched_account_id=ibis.ifelse(in_time, leads.matched_account_id, NOTHING),
        **{name: ibis.ifelse(in_time, leads[name], ibis.null(leads[name].type())) for name in own},
    )
    return leads.mutate(**{name: _own_or(leads, name, leads[f"account_{name}"]) for name in _OF_COMPANY})


def _own_or(leads: Any, name: str, value: Any) -> Any:
    return leads[name].coalesce(value) if name in leads.columns else value


def count_history(scope: Scope, leads: Any) -> Iterator[Any]:
    """Yield what was decided and bought with the company before the moment."""
    known = leads.filter(leads.matched_account_id.notnull())
    known = known.select("lead_id", "scored_at", account_id="matched_account_id")
    if scope.lab.has("opportunities") and scope.wants("n_deals_won_before", "n_deals_lost_before"):
        deals = scope.lab.table("opportunities")
        deals = deals.filter(deals.is_closed).select("account_id", "is_won", at="closed_at")
        before = happened_before(known, deals, "account_id", moment="scored_at")
        yield before.group_by("lead_id").aggregate(
            n_deals_won_before=before.is_won.sum(), n_deals_lost_before=(~before.is_won).sum()
        )
    if scope.lab.has("orders") and scope.wants("is_customer"):
        orders = scope.lab.table("orders").select("account_id", at="ordered_at")
        before = happened_before(known, orders, "account_id", moment="scored_at")
        yield before.select("lead_id", is_customer=True).distinct()


def count_contacts(scope: Scope, moments: Any) -> Iterator[Any]:
    """Yield how often the lead had been in touch before the moment."""
    for table, name in (("touches", "n_marketing_touches"), ("activities", "n_activities")):
        if scope.lab.has(table) and scope.wants(name):
            rows = scope.of_leads(table).select("lead_id", "at")
            before = happened_before(moments, rows, "lead_id", moment="scored_at")
            yield before.group_by("lead_id").aggregate(before.count().name(name))


def find_owners(scope: Scope, moments: Any, everyone: Any) -> Iterator[Any]:
    """Yield who owned the lead at the moment, and how many open leads that person had."""
    if not scope.wants("owner", "n_leads_of_owner"):
        return
    owners = share(_owner_then(scope, moments, "scored_at"), "owners_then")
    yield owners.select("lead_id", owner="then")
    if not scope.wants("n_leads_of_owner"):
        return
    loads = _count_loads(scope, owners, everyone)
    yield loads.select(lead_id="probe_id", n_leads_of_owner="total")


def _count_loads(scope: Scope, owners: Any, everyone: Any) -> Any:
    """Return how many open leads the owner of each lead had at its moment."""
    ended = everyone.filter(everyone.ended_at.notnull())
    steps = [
        _step(_owner_then(scope, rows, at), "then", at, change)
        for rows, at, change in ((everyone, "created_at", +1), (ended, "ended_at", -1))
    ]
    if scope.lab.has("field_events"):
        moved = attach(_owner_changes(scope), everyone.select("lead_id", "ended_at"), key="lead_id")
        moved = moved.filter(moved.ended_at.isnull() | (moved["at"] < moved.ended_at))
        steps += [_step(moved, "old", "at", -1), _step(moved, "new", "at", +1)]
    changes = ibis.union(*steps)
    asked = owners.select(owner="then", at=owners.scored_at.cast("timestamp"), probe_id="lead_id")
    return running_total(changes.filter(changes.owner.notnull()), asked.filter(asked.owner.notnull()), "owner")


def _step(rows: Any, owner: str, at: str, change: int) -> Any:
    """Return from when on an owner had one lead more or less; engines keep times with different precision."""
    return rows.select(owner=owner, at=rows[at].cast("timestamp"), change=ibis.literal(change, "int64"))


def _owner_then(scope: Scope, leads: Any, moment: str) -> Any:
    """Return ``lead_id``, the moment, and ``then``: who owned it at that moment."""
    if not scope.lab.has("field_events"):
        return leads.select("lead_id", moment, then="owner_id")
    return value_then(leads, _owner_changes(scope), "lead_id", moment=moment, current="owner_id")


def _owner_changes(scope: Scope) -> Any:
    events = scope.lab.table("field_events")
    events = events.filter((events.object_type == "lead") & (events.field == "owner"))
    return events.select("at", "old", "new", lead_id="object_id")
