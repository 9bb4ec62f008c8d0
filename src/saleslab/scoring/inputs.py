"""From the warehouse to one row a lead, described by what was known at its own moment.

A lead that was created in May is described as it was in May, whatever happened to it, to its company or to its owner
afterwards; so the same function prepares the leads to learn from and those to be scored. Rows are joined and counted
where they are stored: what reaches Python is one row a lead, however many contacts a lead has had.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

import ibis

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.leads.features import Feature, KnownAt, wanted_features
from saleslab.scoring.leads.inputs import (
    NEVER,
    NOTHING,
    OF_FIRST_CONTACT,
    Scope,
    count_contacts,
    count_history,
    describe_leads,
    find_owners,
)
from saleslab.scoring.leads.table import LEAD_KEYS, LeadTable, arrange_leads
from saleslab.warehouse.as_of import attach, keep_first, share
from saleslab.warehouse.local_time import end_of_day, start_of_day

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
    >>> from datetime import datetime
    >>> from saleslab.simulation import Scenario, load_company, simulate
    >>> from saleslab.warehouse import connect
    >>> lab = connect("duckdb://")
    >>> _ = load_company(simulate(Scenario(seed=7, n_deals=40)), lab, loaded_at=datetime(2026, 10, 1))
    >>> leads = build_leads(lab, as_of=date(2026, 9, 30), known_at="contacted")
    >>> "response_hours" in leads.inputs, "crm_score" in leads.inputs
    (True, False)
    """
    wanted = None if columns is None else tuple(columns)
    query = express_leads(
        lab, as_of=as_of, known_at=known_at, goal=goal, now=now, created_since=created_since, columns=wanted
    )
    frame = lab.read(query.order_by("created_at", "lead_id"))
    if frame.empty:
        raise NotEnoughData(
            f"No lead had been {known_at} by {as_of}" + (f" and since {created_since}." if created_since else "."),
            "give a later as_of, or import leads with the times of their contacts.",
        )
    return arrange_leads(frame, known_at=known_at, as_of=as_of, columns=wanted)


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
    wanted = None if columns is None else tuple(columns)
    leads = express_leads(lab, as_of=as_of, known_at=known_at, now=now, created_since=created_since, columns=wanted)
    frame = lab.read(leads.filter(leads.is_open).order_by("created_at", "lead_id"))
    if frame.empty:
        raise NotEnoughData(f"No lead was open on {as_of}.", "give another day, or import newer leads.")
    return arrange_leads(frame, known_at=known_at, as_of=as_of, columns=wanted)


def express_leads(
    lab: Warehouse,
    *,
    as_of: date,
    known_at: KnownAt = "created",
    goal: Goal = "won",
    now: bool = False,
    created_since: date | None = None,
    columns: Iterable[str] | None = None,
) -> Any:
    """Return `build_leads` as an Ibis expression, so that leads can be scored in batches or kept in the warehouse."""
    if goal not in get_args(Goal):
        raise BadArgument(f"'{goal}' is no goal of a lead.", f"give one of: {', '.join(get_args(Goal))}.")
    features = wanted_features(known_at, columns)
    lab.need("leads")
    zone = lab.settings.timezone
    scope = Scope(lab, end_of_day(as_of, zone), zone, frozenset(feature.name for feature in features))
    existing = share(_existing(scope), "existing_leads")
    everyone = share(_follow(scope, existing, goal), "followed_leads")
    contacted = existing
    if scope.wants(*OF_FIRST_CONTACT) or known_at == "contacted":
        contacted = share(_add_first_contact(scope, existing), "contacted_leads")
    moments = _moments(scope, contacted, known_at, now=now, created_since=created_since)
    leads = contacted.inner_join(moments.select("lead_id", "scored_at"), "lead_id")
    leads = describe_leads(scope, attach(leads, everyone.drop("owner_id", "created_at"), key="lead_id"))
    found = (*count_history(scope, leads), *count_contacts(scope, moments), *find_owners(scope, moments, everyone))
    return _finish(attach(leads, *found, key="lead_id"), features)


def _finish(leads: Any, features: Iterable[Feature]) -> Any:
    """Return the keys and the wanted features; a count of nothing is none, not unknown."""
    names = [feature.name for feature in features if feature.name in leads.columns]
    zeros = {name: leads[name].coalesce(0) for name in names if name.startswith("n_") and name != "n_leads_of_owner"}
    return leads.mutate(**zeros).select(*LEAD_KEYS, *names)


# -- what became of each lead, and the moment at which it is described


_DECIDED = ("qualified_at", "disqualified_at", "converted_at")
_OF_LEADS = (
    "lead_id", "owner_id", "created_at", "email", "company", "converted_account_id", "converted_contact_id",
    "source", "campaign_id", "industry", "employees", "region", "title", "seniority", "score", "disqualify_reason",
)  # fmt: skip


def _existing(scope: Scope) -> Any:
    """Return the leads that exist by then, without what lies after it."""
    leads = scope.lab.table("leads")
    leads = leads.filter(leads.created_at < ibis.timestamp(scope.over))
    times = {name: scope.past(leads[name]) for name in _DECIDED}
    return leads.select(*_OF_LEADS, **times, contacted_at=scope.past(leads.first_touch_at))


def _follow(scope: Scope, existing: Any, goal: Goal) -> Any:
    """Return what had become of each lead: ``won_at``, ``closed_at``, and when it ceased to be a lead."""
    leads = _add_deals(scope, existing.select("lead_id", "owner_id", "created_at", *_DECIDED))
    won_at, lost_at = leads.deal_won_at, leads.deal_lost_at.coalesce(leads.disqualified_at)
    if goal == "qualified":
        won_at, lost_at = leads.qualified_at, leads.disqualified_at
    ended = ibis.least(leads.converted_at, leads.disqualified_at, leads.deal_won_at, leads.deal_lost_at)
    ended = ibis.ifelse(ended < leads.created_at, leads.created_at, ended)  # dates can be wrong
    leads = leads.select("lead_id", "owner_id", "created_at", won_at=won_at, lost_at=lost_at, ended_at=ended)
    closed_at = leads.won_at.coalesce(leads.lost_at)
    return leads.mutate(closed_at=closed_at, is_open=leads.ended_at.isnull()).drop("lost_at")


def _add_deals(scope: Scope, leads: Any) -> Any:
    """Add when the lead's first deal was won, and when its last one was lost where none is won or open."""
    if not scope.lab.has("opportunities"):
        return leads.mutate(deal_won_at=NEVER, deal_lost_at=NEVER)
    deals = scope.lab.table("opportunities")
    decided_at = ibis.ifelse(deals.is_closed, scope.past(deals.closed_at), NEVER)
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
    return leads.mutate(deal_lost_at=ibis.ifelse(is_lost, leads.last_decided_at, NEVER))


def _add_first_contact(scope: Scope, leads: Any) -> Any:
    """Add the first contact that we made, from the log where the lead does not say; and its channel."""
    if not scope.lab.has("activities"):
        return leads.mutate(contact_channel=NOTHING)
    logged = scope.of_leads("activities")
    logged = logged.filter((logged["at"] < ibis.timestamp(scope.over)) & (logged.direction.coalesce("") != "inbound"))
    first = keep_first(logged, "lead_id", ["at", "activity_id"])
    leads = attach(leads, first.select("lead_id", logged_at="at", logged_channel="channel"), key="lead_id")
    leads = leads.mutate(contacted_at=leads.contacted_at.coalesce(leads.logged_at))
    in_time = leads.logged_at <= leads.contacted_at
    return leads.mutate(contact_channel=ibis.ifelse(in_time, leads.logged_channel, NOTHING))


def _moments(scope: Scope, leads: Any, known_at: KnownAt, *, now: bool, created_since: date | None) -> Any:
    """Return ``lead_id, owner_id, created_at`` and ``scored_at`` of those that have reached their moment."""
    over = ibis.literal(scope.over, type="timestamp")
    if created_since is not None:
        leads = leads.filter(leads.created_at >= ibis.timestamp(start_of_day(created_since, scope.zone)))
    if known_at == "contacted" and not now:
        moment = leads.contacted_at
    elif known_at == "closed" and not now:
        decided = share(_follow(scope, leads, "won").select("lead_id", "closed_at"), "decided_leads")
        leads = leads.inner_join(decided, "lead_id")
        moment = leads.closed_at.coalesce(over)
    else:
        moment = over if now else leads.created_at
    leads = leads.select("lead_id", "owner_id", "created_at", scored_at=moment.cast("timestamp"))
    return share(leads.filter(leads.scored_at.notnull()), "scored_leads")
