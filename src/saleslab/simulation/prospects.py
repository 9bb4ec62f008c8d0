"""The tables of leads: how each stands at the end, the hand-overs, and the history of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from saleslab.simulation.accounts import Roster
from saleslab.simulation.clock import WorkClock
from saleslab.simulation.columns import PREFIX, make_ids, make_table, pick, stamps
from saleslab.simulation.deals import Deals
from saleslab.simulation.leads import Leads
from saleslab.simulation.people import ROLES
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw

STATUSES = ("new", "working", "qualified", "converted", "disqualified", "recycled")
_STAGE_IDS = tuple(f"{PREFIX}lead-{status}" for status in STATUSES)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """When each lead reached each status; work times, infinite where it did not before the end of the records."""

    arrived: Floats
    working: Floats
    qualified: Floats
    converted: Floats
    disqualified: Floats
    recycled: Floats
    deal: Ints
    """The deal it became, or -1."""

    @property
    def status(self) -> Ints:
        """Position of the status at the end."""
        reached = [
            np.isfinite(t) for t in (self.recycled, self.disqualified, self.converted, self.qualified, self.working)
        ]
        return np.select(reached, [5, 4, 3, 2, 1], default=0)


def follow_leads(setting: Setting, leads: Leads, *, deals: Deals) -> Course:
    """Return the course of each lead up to the end of the records."""
    rng, n, hand = setting.streams("prospects.course"), len(leads.created), leads.handoffs
    given_up = ~leads.will_qualify & np.isfinite(leads.touched)
    dropped = leads.last_call + rng.uniform(0.3, 5.0, n)
    unfit = rng.random(n) < 0.6
    qualified, converted, recycled = np.full(n, np.inf), np.full(n, np.inf), np.full(n, np.inf)
    qualified[hand.lead] = hand.requested
    converted[hand.lead[hand.accepted]] = hand.decided[hand.accepted]
    recycled[hand.lead[~hand.accepted]] = hand.decided[~hand.accepted]
    recycled = np.where(given_up & ~unfit, dropped, recycled)
    deal, from_lead = np.full(n, -1), np.flatnonzero(deals.lead >= 0)
    deal[deals.lead[from_lead]] = from_lead

    def seen(at: Floats) -> Floats:
        return np.where(at < setting.clock.end, at, np.inf)

    return Course(
        arrived=setting.clock.from_local(leads.created),
        working=seen(leads.touched),
        qualified=seen(qualified),
        converted=seen(converted),
        disqualified=seen(np.where(given_up & unfit, dropped, np.inf)),
        recycled=seen(recycled),
        deal=deal,
    )


def lead_table(
    setting: Setting,
    ids: pa.Array,
    *,
    deal_ids: pa.Array,
    deal_account: Ints,
    leads: Leads,
    course: Course,
    roster: Roster,
    campaign: pa.Array,
) -> pa.Table:
    """Return ``leads``."""
    rng, n = setting.streams("prospects.table"), len(ids)
    owner = setting.staff.in_charge(leads.owner, np.full(n, setting.clock.end))
    unfit = np.isfinite(course.disqualified)
    reason = np.where(unfit, draw(rng, (2, 4, 3, 2, 5), n), -1)
    rank = np.clip(np.round(50 + 12 * (leads.chance - leads.chance.mean()) / 0.08 + rng.normal(0.0, 18.0, n)), 1, 99)
    account = np.where(course.deal >= 0, deal_account[course.deal], -1)
    columns = {
        "lead_id": ids,
        "company": roster.companies.names.slice(0, n),
        "contact_name": roster.people.names.slice(0, n),
        "email": roster.people.emails.slice(0, n),
        "phone": roster.people.phones.slice(0, n),
        "title": pick(setting.words.several("titles"), leads.seniority),
        "seniority": pick(setting.words.several("seniorities"), leads.seniority),
        "industry": pick(setting.words.several("industries"), leads.industry),
        "employees": leads.employees,
        "region": pick(setting.words.several("regions"), leads.region),
        "status": pick(STATUSES, course.status),
        "source": pick(setting.words.several("sources"), leads.source),
        "campaign_id": campaign,
        "owner_id": pick(setting.staff.ids, owner),
        "created_at": stamps(leads.created),
        "first_touch_at": _stamp(setting.clock, course.working),
        "qualified_at": _stamp(setting.clock, course.qualified),
        "disqualified_at": _stamp(setting.clock, course.disqualified),
        "disqualify_reason": pick(setting.words.several("disqualify_reasons"), reason),
        "converted_at": _stamp(setting.clock, course.converted),
        "converted_account_id": pick(roster.ids, account),
        "converted_contact_id": pick(roster.contact_ids, roster.main_contact(account)),
        "converted_opportunity_id": pick(deal_ids, course.deal),
        "score": rank,
    }
    return make_table("leads", columns, n)


def _stamp(clock: WorkClock, at: Floats) -> pa.Array:
    known = np.isfinite(at)
    return stamps(clock.to_local(np.where(known, at, 0.0)), known)


def lead_moves(setting: Setting, ids: pa.Array, *, leads: Leads, course: Course) -> dict[str, object]:
    """Return the columns of the leads' part of ``stage_events``."""
    times = (course.arrived, course.working, course.qualified, course.converted, course.disqualified, course.recycled)
    at = np.column_stack(times)
    happened = np.isfinite(at)
    happened[:, 0] = True
    lead, status = np.nonzero(happened)
    when = setting.clock.to_local(at[lead, status])
    when = np.where(status == 0, leads.created[lead], when)  # leads arrive at night, too
    first = status == 0
    previous = np.where(first, -1, np.concatenate([[-1], status[:-1]]))
    return {
        "object_type": pa.repeat("lead", len(lead)),
        "object_id": pick(ids, lead),
        "from_stage_id": pick(_STAGE_IDS, previous),
        "to_stage_id": pick(_STAGE_IDS, status),
        "to_stage_label": pick(setting.words.several("lead_stages"), status),
        "at": stamps(when),
        "by_user_id": pick(setting.staff.ids, np.where(first, -1, leads.owner[lead])),
    }


def handoff_table(
    setting: Setting, lead_ids: pa.Array, *, deal_ids: pa.Array, leads: Leads, course: Course,
) -> pa.Table:  # fmt: skip
    """Return ``handoffs``: every appointment that an appointer passed on before the end of the records."""
    rng, hand = setting.streams("prospects.handoffs"), leads.handoffs
    shown = np.flatnonzero(~hand.own & (hand.requested < setting.clock.end))
    lead = hand.lead[shown]
    decided = hand.decided[shown] < setting.clock.end
    accepted, rejected = decided & hand.accepted[shown], decided & ~hand.accepted[shown]
    reasons = setting.words.several("reject_reasons")
    columns = {
        "handoff_id": make_ids("handoff", len(shown)),
        "lead_id": pick(lead_ids, lead),
        "opportunity_id": pick(deal_ids, np.where(accepted, course.deal[lead], -1)),
        "from_user_id": pick(setting.staff.ids, hand.giver[shown]),
        "to_user_id": pick(setting.staff.ids, hand.taker[shown]),
        "from_role": pick(ROLES, setting.staff.role[hand.giver[shown]]),
        "to_role": pick(ROLES, setting.staff.role[hand.taker[shown]]),
        "requested_at": _before(setting.clock, hand.requested[shown], np.ones(len(shown), dtype=bool)),
        "routed_at": _before(setting.clock, hand.routed[shown], hand.routed[shown] < setting.clock.end),
        "accepted_at": _before(setting.clock, hand.decided[shown], accepted),
        "rejected_at": _before(setting.clock, hand.decided[shown], rejected),
        "reject_reason": pick(reasons, np.where(rejected, rng.integers(0, len(reasons), len(shown)), -1)),
        "first_contact_at": _before(
            setting.clock, hand.contacted[shown], accepted & (hand.contacted[shown] < setting.clock.end)
        ),
        "required_ok": hand.complete[shown],
    }
    return make_table("handoffs", columns, len(shown))


def _before(clock: WorkClock, at: Floats, known: Bools) -> pa.Array:
    return stamps(clock.to_local(np.where(known, at, 0.0)), known)
