"""From the warehouse to one row a lead, described by what was known at its own moment.

A lead that was created in May is described as it was in May, whatever happened to it, to its company or to its owner
afterwards; so the same function prepares the leads to learn from and those to be scored. Rows are joined and counted
where they are stored: what reaches Python is one row a lead, however many contacts a lead has had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

import ibis

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.features import Feature, KnownAt, known_features
from saleslab.scoring.lead_table import LEAD_KEYS, LeadTable, arrange_leads
from saleslab.warehouse.as_of import attach, happened_before, keep_first, running_total, value_then
from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

Goal = Literal["won", "qualified"]


def build_leads(
    lab: Warehouse,
    *,
    as_of: date,
    known_at: KnownAt = "created",
    goal: Goal = "won",
    now: bool = False,
    created_since: date | None = None,
    columns: Iterable[str] | None = None,
) -> LeadTable:
    """Return the leads of a company, each described by what was known at its own moment.

    Deleted and merged leads are left out; what was logged under a merged lead counts for the one that was kept.
    Opt-outs change nothing here: they say whom to call (`intake.keep_reachable`), not who bought.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        Last day that is known. Leads created later do not exist yet, and what was decided later is open.
    known_at
        The moment at which leads are described: when each was ``created``; first ``contacted`` (those that nobody has
        contacted are left out); or ``closed``, which is of use only to see what a leak looks like.
    goal
        What success is, and so what ``won_at`` holds: the deal ``won``, or the lead ``qualified`` (an appointment).
    now
        Describe each lead as known at the end of ``as_of`` instead. Ask about such leads only a model that has learned
        from such leads: those that were open on earlier days (``read_open_leads(..., now=True)``).
    created_since
        Only leads created since that day.
    columns
        Exactly these features, filled or not: those that a model was trained on; all that hold something when None.

    Returns
    -------
    LeadTable
        A lead's own fields (source, industry, title) are as the CRM shows them now; `find_leaks` tells when such a
        field was filled in only for those that were won.

    Raises
    ------
    NotEnoughData
        When there is no lead, or none that had reached its moment by ``as_of``.
    BadArgument
        When the moment, the goal or a feature is unknown.

    Examples
    --------
    >>> from saleslab.simulation import Scenario, load_company, simulate
    >>> from saleslab.warehouse import connect
    >>> lab = connect("duckdb://")
    >>> _ = load_company(simulate(Scenario(seed=7, n_deals=40)), lab, loaded_at=datetime(2026, 10, 1))
    >>> leads = build_leads(lab, as_of=date(2026, 9, 30), known_at="contacted")
    >>> "response_hours" in leads.inputs, "crm_score" in leads.inputs
    (True, False)
    """
    query = express_leads(lab, as_of=as_of, known_at=known_at, goal=goal, now=now, created_since=created_since)
    frame = lab.read(query.order_by("created_at", "lead_id"))
    if frame.empty:
        raise NotEnoughData(
            f"No lead had been {known_at} by {as_of}" + (f" and since {created_since}." if created_since else "."),
            "give a later as_of, or import leads with the times of their contacts.",
        )
    return arrange_leads(frame, known_at=known_at, as_of=as_of, columns=columns)


def read_open_leads(
    lab: Warehouse,
    *,
    as_of: date,
    known_at: KnownAt = "created",
    now: bool = False,
    created_since: date | None = None,
    columns: Iterable[str] | None = None,
) -> LeadTable:
    """Return the leads that wait to be worked at the end of a day: neither converted nor given up; see `build_leads`.

    Raises
    ------
    NotEnoughData
        When no lead is open.
    """
    leads = express_leads(lab, as_of=as_of, known_at=known_at, now=now, created_since=created_since)
    frame = lab.read(leads.filter(leads.is_open).order_by("created_at", "lead_id"))
    if frame.empty:
        raise NotEnoughData(f"No lead was open on {as_of}.", "give another day, or import newer leads.")
    return arrange_leads(frame, known_at=known_at, as_of=as_of, columns=columns)


def express_leads(
    lab: Warehouse,
    *,
    as_of: date,
    known_at: KnownAt = "created",
    goal: Goal = "won",
    now: bool = False,
    created_since: date | None = None,
) -> Any:
    """Return `build_leads` as an Ibis expression, so that leads can be scored in batches or kept in the warehouse."""
    if goal not in get_args(Goal):
        raise BadArgument(f"'{goal}' is no goal of a lead.", f"give one of: {', '.join(get_args(Goal))}.")
    lab.need("leads")
    zone = lab.settings.timezone
    scope = _Scope(lab, end_of_day(as_of, zone), zone)
    moments = _moments(scope, known_at, now=now, created_since=created_since)
    everyone = _follow(scope, goal)
    leads = attach(_existing(scope), everyone.drop("owner_id", "created_at"), key="lead_id")
    leads = _add_first_contact(scope, leads).inner_join(moments.select("lead_id", "scored_at"), "lead_id")
    leads = _describe_customer(scope, _describe_occasion(scope, _describe_itself(scope, leads)))
    found = (*_history(scope, leads), *_contacts(scope, moments), *_owners(scope, moments, everyone))
    return _finish(attach(leads, *found, key="lead_id"), known_features(known_at))


def _finish(leads: Any, features: Iterable[Feature]) -> Any:
    """Return the keys and the wanted features; a count of nothing is none, not unknown."""
    names = [feature.name for feature in features if feature.name in leads.columns]
    zeros = {name: leads[name].coalesce(0) for name in names if name.startswith("n_") and name != "n_leads_of_owner"}
    return leads.mutate(**zeros).select(*LEAD_KEYS, *names)


# -- what became of each lead, and the moment at which it is described

_NEVER, _NOTHING = ibis.null("timestamp"), ibis.null("string")
_OF_COMPANY = ("industry", "employees", "region", "annual_revenue")


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where things are read, the instant after which nothing is known, and the company's zone."""

    lab: Warehouse
    over: datetime
    zone: str

    def past(self, moment: Any) -> Any:
        """Return a time, or nothing where it lies in the future."""
        return ibis.ifelse(moment < ibis.timestamp(self.over), moment, _NEVER)

    def of_leads(self, table: str) -> Any:
        """Return the rows of a table that belong to a lead; those of a merged lead belong to the one that was kept."""
        rows = self.lab.table(table)
        merged = self.lab.table("leads", all_rows=True)
        merged = merged.filter(merged.merged_into_id.notnull()).select("lead_id", kept_id="merged_into_id")
        rows = attach(rows.filter(rows.lead_id.notnull()), merged, key="lead_id")
        return rows.mutate(lead_id=rows.kept_id.coalesce(rows.lead_id)).drop("kept_id")


def _existing(scope: _Scope) -> Any:
    """Return the leads that exist by then, without what lies after it."""
    leads = scope.lab.table("leads")
    leads = leads.filter(leads.created_at < ibis.timestamp(scope.over))
    times = {name: scope.past(leads[name]) for name in ("qualified_at", "disqualified_at", "converted_at")}
    return leads.mutate(**times, contacted_at=scope.past(leads.first_touch_at))


def _follow(scope: _Scope, goal: Goal) -> Any:
    """Return what had become of each lead: ``won_at``, ``closed_at``, and when it ceased to be a lead."""
    decided = ("qualified_at", "disqualified_at", "converted_at")
    leads = _add_deals(scope, _existing(scope).select("lead_id", "owner_id", "created_at", *decided))
    won_at, lost_at = leads.deal_won_at, leads.deal_lost_at.coalesce(leads.disqualified_at)
    if goal == "qualified":
        won_at, lost_at = leads.qualified_at, leads.disqualified_at
    ended = ibis.least(leads.converted_at, leads.disqualified_at, leads.deal_won_at, leads.deal_lost_at)
    ended = ibis.ifelse(ended < leads.created_at, leads.created_at, ended)  # dates can be wrong
    leads = leads.select("lead_id", "owner_id", "created_at", won_at=won_at, lost_at=lost_at, ended_at=ended)
    closed_at = leads.won_at.coalesce(leads.lost_at)
    return leads.mutate(closed_at=closed_at, is_open=leads.ended_at.isnull()).drop("lost_at")


def _add_deals(scope: _Scope, leads: Any) -> Any:
    """Add when the lead's first deal was won, and when its last one was lost where none is won or open."""
    if not scope.lab.has("opportunities"):
        return leads.mutate(deal_won_at=_NEVER, deal_lost_at=_NEVER)
    deals = scope.lab.table("opportunities")
    decided_at = ibis.ifelse(deals.is_closed, scope.past(deals.closed_at), _NEVER)
    deals = deals.select("opportunity_id", "is_won", decided_at=decided_at)
    named = scope.lab.table("leads").select("lead_id", opportunity_id="converted_opportunity_id")
    links = named.filter(named.opportunity_id.notnull())
    links = links.union(scope.of_leads("opportunities").select("lead_id", "opportunity_id"), distinct=True)
    deals = links.inner_join(deals, "opportunity_id")
    found = deals.group_by("lead_id").aggregate(
        deal_won_at=deals.decided_at.min(where=deals.is_won),
        last_decided_at=deals.decided_at.max(),
        n_undecided=deals.decided_at.isnull().sum(),
    )
    leads = attach(leads, found, key="lead_id")
    is_lost = leads.deal_won_at.isnull() & (leads.n_undecided == 0)
    return leads.mutate(deal_lost_at=ibis.ifelse(is_lost, leads.last_decided_at, _NEVER))


def _add_first_contact(scope: _Scope, leads: Any) -> Any:
    """Add the first contact that we made, from the log where the lead does not say; and its channel."""
    if not scope.lab.has("activities"):
        return leads.mutate(contact_channel=_NOTHING)
    logged = scope.of_leads("activities")
    logged = logged.filter((logged["at"] < ibis.timestamp(scope.over)) & (logged.direction.coalesce("") != "inbound"))
    first = keep_first(logged, "lead_id", ["at", "activity_id"])
    leads = attach(leads, first.select("lead_id", logged_at="at", logged_channel="channel"), key="lead_id")
    leads = leads.mutate(contacted_at=leads.contacted_at.coalesce(leads.logged_at))
    in_time = leads.logged_at <= leads.contacted_at
    return leads.mutate(contact_channel=ibis.ifelse(in_time, leads.logged_channel, _NOTHING))


def _moments(scope: _Scope, known_at: KnownAt, *, now: bool, created_since: date | None) -> Any:
    """Return ``lead_id, owner_id, created_at`` and ``scored_at`` of those that have reached their moment."""
    over = ibis.literal(scope.over, type="timestamp")
    leads = _existing(scope)
    if created_since is not None:
        leads = leads.filter(leads.created_at >= ibis.timestamp(start_of_day(created_since, scope.zone)))
    if known_at == "contacted" and not now:
        leads = _add_first_contact(scope, leads)
        moment = leads.contacted_at
    elif known_at == "closed" and not now:
        leads = leads.inner_join(_follow(scope, "won").select("lead_id", "closed_at"), "lead_id")
        moment = leads.closed_at.coalesce(over)
    else:
        moment = over if now else leads.created_at
    leads = leads.select("lead_id", "owner_id", "created_at", scored_at=moment.cast("timestamp"))
    return leads.filter(leads.scored_at.notnull())


# -- what was known about it


def _describe_itself(scope: _Scope, leads: Any) -> Any:
    """Add the lead's own fields, its arrival and its first contact."""
    arrived, contacted = to_local(leads.created_at, scope.zone), to_local(leads.contacted_at, scope.zone)
    waited = (leads.contacted_at.epoch_seconds() - leads.created_at.epoch_seconds()) / 3600
    return leads.mutate(
        campaign=leads.campaign_id,
        created_month=arrived.month(),
        created_weekday=arrived.day_of_week.index(),
        created_hour=arrived.hour(),
        created_on=arrived.date(),
        response_hours=waited,
        contact_weekday=contacted.day_of_week.index(),
        contact_hour=contacted.hour(),
        crm_score=leads.score,
    )


def _describe_occasion(scope: _Scope, leads: Any) -> Any:
    """Add the campaign that brought the lead, and the kind of day on which it came."""
    if scope.lab.has("campaigns"):
        known = scope.lab.table("campaigns").select(
            "campaign_id", "start", campaign_type="type", campaign_channel="channel"
        )
        leads = attach(leads, known, key="campaign_id")
        leads = leads.mutate(campaign_age_days=leads.created_on.delta(leads.start, unit="day"))
    if scope.lab.has("calendar"):
        days = scope.lab.table("calendar").select(created_on="date", created_on_business_day="is_business_day")
        leads = attach(leads, days, key="created_on")
    return leads


def _describe_customer(scope: _Scope, leads: Any) -> Any:
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
        account_id=leads.matched_account_id.coalesce(ibis.ifelse(converted, leads.converted_account_id, _NOTHING)),
        contact_id=leads.contact_contact_id.coalesce(ibis.ifelse(converted, leads.converted_contact_id, _NOTHING)),
    )
    if scope.lab.has("contacts"):
        leads = leads.mutate(is_known_person=leads.contact_contact_id.notnull())
    return leads.mutate(**{name: _own_or(leads, name, leads[f"contact_{name}"]) for name in ("title", "seniority")})


def _match(scope: _Scope, leads: Any, table: str, *, spelling: tuple[str, str], columns: Mapping[str, str]) -> Any:
    """Add columns of the oldest row that is spelt like the lead and was on record before the moment."""
    if not scope.lab.has(table):
        return leads.mutate(**dict.fromkeys(columns.values(), _NOTHING))
    (theirs, ours), rows = spelling, scope.lab.table(table)
    rows = rows.mutate(spelt=rows[theirs].strip().lower()).filter(rows.created_at.notnull())
    rows = keep_first(rows.filter(rows.spelt.length() > 0), "spelt", ["created_at", next(iter(columns))])
    rows = rows.select("spelt", known_since="created_at", **{new: old for old, new in columns.items()})
    in_time = (leads[ours].strip().lower() == rows.spelt) & (rows.known_since < leads.scored_at)
    return leads.left_join(rows, in_time).drop("spelt", "known_since")


def _add_company(scope: _Scope, leads: Any) -> Any:
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
        matched_account_id=ibis.ifelse(in_time, leads.matched_account_id, _NOTHING),
        **{name: ibis.ifelse(in_time, leads[name], ibis.null(leads[name].type())) for name in own},
    )
    return leads.mutate(**{name: _own_or(leads, name, leads[f"account_{name}"]) for name in _OF_COMPANY})


def _own_or(leads: Any, name: str, value: Any) -> Any:
    return leads[name].coalesce(value) if name in leads.columns else value


def _history(scope: _Scope, leads: Any) -> Iterator[Any]:
    """Yield what was decided and bought with the company before the moment."""
    known = leads.filter(leads.matched_account_id.notnull())
    known = known.select("lead_id", "scored_at", account_id="matched_account_id")
    if scope.lab.has("opportunities"):
        deals = scope.lab.table("opportunities")
        deals = deals.filter(deals.is_closed).select("account_id", "is_won", at="closed_at")
        before = happened_before(known, deals, "account_id", moment="scored_at")
        yield before.group_by("lead_id").aggregate(
            n_deals_won_before=before.is_won.sum(), n_deals_lost_before=(~before.is_won).sum()
        )
    if scope.lab.has("orders"):
        orders = scope.lab.table("orders").select("account_id", at="ordered_at")
        before = happened_before(known, orders, "account_id", moment="scored_at")
        yield before.select("lead_id", is_customer=True).distinct()


def _contacts(scope: _Scope, moments: Any) -> Iterator[Any]:
    """Yield how often the lead had been in touch before the moment."""
    for table, name in (("touches", "n_marketing_touches"), ("activities", "n_activities")):
        if scope.lab.has(table):
            rows = scope.of_leads(table).select("lead_id", "at")
            before = happened_before(moments, rows, "lead_id", moment="scored_at")
            yield before.group_by("lead_id").aggregate(before.count().name(name))


def _owners(scope: _Scope, moments: Any, everyone: Any) -> Iterator[Any]:
    """Yield who owned the lead at the moment, and how many open leads that person had."""
    owners = _owner_then(scope, moments, "scored_at")
    yield owners.select("lead_id", owner="then")
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
    loads = running_total(changes.filter(changes.owner.notnull()), asked.filter(asked.owner.notnull()), "owner")
    yield loads.select(lead_id="probe_id", n_leads_of_owner="total")


def _step(rows: Any, owner: str, at: str, change: int) -> Any:
    """Return from when on an owner had one lead more or less; engines keep times with different precision."""
    return rows.select(owner=owner, at=rows[at].cast("timestamp"), change=ibis.literal(change, "int64"))


def _owner_then(scope: _Scope, leads: Any, moment: str) -> Any:
    """Return ``lead_id``, the moment, and ``then``: who owned it at that moment."""
    if not scope.lab.has("field_events"):
        return leads.select("lead_id", moment, then="owner_id")
    return value_then(leads, _owner_changes(scope), "lead_id", moment=moment, current="owner_id")


def _owner_changes(scope: _Scope) -> Any:
    events = scope.lab.table("field_events")
    events = events.filter((events.object_type == "lead") & (events.field == "owner"))
    return events.select("at", "old", "new", lead_id="object_id")
