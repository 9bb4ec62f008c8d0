"""What sales people do all day: calls, e-mails, meetings and visits, from the same events that move leads and deals."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from saleslab.simulation.accounts import Roster
from saleslab.simulation.clock import HOURS
from saleslab.simulation.columns import make_ids, make_table, pick, stamps, yen
from saleslab.simulation.deals import N_STAGES, Deals
from saleslab.simulation.leads import BROCHURE, CALL_LIST, ENQUIRY, Leads
from saleslab.simulation.loyalty import Customers
from saleslab.simulation.people import INSIDE, SUCCESS
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw

Small = npt.NDArray[np.int8]
Index = npt.NDArray[np.int32]

CALL, EMAIL, MEETING, VISIT = range(4)
TYPES, CHANNELS = ("call", "email", "meeting", "visit"), ("phone", "email", "video", "visit")
OUTCOMES = (
    "no_answer",
    "blocked",
    "callback",
    "refused",
    "appointment",
    "connected",
    "sent",
    "replied",
    "held",
    "no_show",
)
(NO_ANSWER, BLOCKED, CALLBACK, REFUSED, APPOINTMENT, CONNECTED, SENT, REPLIED, HELD, NO_SHOW) = range(10)
(S_CALL, S_EMAIL, S_FIRST_VISIT, S_ONLINE, S_VISIT, S_QUOTE, S_REGULAR, S_ENQUIRY) = range(8)


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """A batch of activities; positions are -1 where they do not apply."""

    at: Ints
    """Local seconds."""
    kind: Small
    outcome: Small
    subject: Small
    inbound: Bools
    user: Index
    lead: Index
    deal: Index
    account: Index
    contact: Index


def _batch(
    at: Ints, kind: Ints | int, outcome: Ints, subject: Ints | int, user: Ints, **links: Ints | Bools
) -> Contacts:
    n = len(at)
    return Contacts(
        at=at,
        kind=np.broadcast_to(np.asarray(kind, dtype=np.int8), n),
        outcome=outcome.astype(np.int8),
        subject=np.broadcast_to(np.asarray(subject, dtype=np.int8), n),
        inbound=np.asarray(links.get("inbound", np.zeros(n, dtype=bool)), dtype=bool),
        user=user.astype(np.int32),
        **{name: links.get(name, np.full(n, -1)).astype(np.int32) for name in ("lead", "deal", "account", "contact")},
    )


def contact_everybody(
    setting: Setting,
    leads: Leads,
    *,
    deals: Deals,
    customers: Customers,
    roster: Roster,
) -> Contacts:
    """Return everything that was done before the end of the records, in order of time."""
    parts = [
        _lead_calls(setting, leads),
        _lead_emails(setting, leads),
        _first_contacts(setting, deals, roster=roster),
        _stage_meetings(setting, deals, roster=roster),
        _deal_touches(setting, deals, roster=roster),
        _quote_calls(setting, deals, roster=roster),
        _customer_care(setting, customers, roster=roster),
    ]
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Contacts)}
    order = np.argsort(joined["at"], kind="stable")
    return Contacts(**{name: values[order] for name, values in joined.items()})


def _lead_calls(setting: Setting, leads: Leads) -> Contacts:
    rng, calls = setting.streams("activities.lead_calls"), leads.calls
    seen = calls.at < setting.clock.end
    lead, at, connected, won = calls.lead[seen], calls.at[seen], calls.connected[seen], calls.won_over[seen]
    u = rng.random(len(lead))
    missed = np.where(u < 0.75, NO_ANSWER, BLOCKED)
    talked = np.where(u < 0.6, CALLBACK, REFUSED)
    outcome = np.where(won, APPOINTMENT, np.where(connected, talked, missed))
    user = setting.staff.in_charge(leads.owner[lead], at)
    return _batch(setting.clock.to_local(at), CALL, outcome, S_CALL, user, lead=lead)


def _lead_emails(setting: Setting, leads: Leads) -> Contacts:
    """Enquiries come in by e-mail at any hour; some leads get information by e-mail."""
    rng = setting.streams("activities.lead_emails")
    asked = np.flatnonzero(np.isin(leads.source, (ENQUIRY, BROCHURE)))
    touched = np.where(leads.touched < setting.clock.end, leads.touched, setting.clock.end)
    n_sent = np.where(
        touched < setting.clock.end, rng.poisson(np.where(leads.source == CALL_LIST, 0.5, 1.3), len(touched)), 0
    )
    lead = np.repeat(np.arange(len(touched)), n_sent)
    at = touched[lead] + rng.gamma(1.2, 8.0, len(lead)) + 0.02
    sent = (at < setting.clock.end) & ~(leads.will_qualify[lead] & (at > leads.last_call[lead]))
    lead, at = lead[sent], at[sent]
    user = setting.staff.in_charge(leads.owner[lead], at)
    both = np.concatenate([asked, lead])
    inbound = np.arange(len(both)) < len(asked)
    return _batch(
        np.concatenate([leads.created[asked], setting.clock.to_local(at)]),
        EMAIL,
        np.where(inbound, REPLIED, np.where(rng.random(len(both)) < 0.08, REPLIED, SENT)),
        np.where(inbound, S_ENQUIRY, S_EMAIL),
        np.concatenate([leads.owner[asked], user]),
        lead=both,
        inbound=inbound,
    )


def _worked_from(deals: Deals) -> Floats:
    """Deals x 5: when work in each stage began; the first stage begins with the first contact."""
    begin = deals.entries.copy()
    begin[:, 0] = deals.contacted + 0.02
    return begin


def _exits(deals: Deals) -> Floats:
    """Deals x 5: when each stage was left for good."""
    following = np.concatenate([deals.entries[:, 1:], np.full((len(deals), 1), np.inf)], axis=1)
    return np.where(np.isfinite(following), following, deals.closed[:, None])


def _first_contacts(setting: Setting, deals: Deals, *, roster: Roster) -> Contacts:
    """The call with which the owner of a new deal introduces herself."""
    rng = setting.streams("activities.first_contacts")
    deal = np.flatnonzero(deals.contacted < setting.clock.end)
    at = deals.contacted[deal]
    user = setting.staff.in_charge(deals.owner[deal], at)
    outcome = np.where(rng.random(len(deal)) < 0.8, CONNECTED, NO_ANSWER)
    return _batch(setting.clock.to_local(at), CALL, outcome, S_CALL, user, **_links(rng, deals, roster, deal))


def _stage_meetings(setting: Setting, deals: Deals, *, roster: Roster) -> Contacts:
    """One meeting in each stage, on a quarter of an hour; some first meetings are missed and made good later."""
    rng = setting.streams("activities.meetings")
    wanted = (deals.entries < setting.clock.end) & (
        rng.random((len(deals), N_STAGES)) < np.array([0.97, 0.95, 0.95, 0.6, 0.8])
    )
    deal, stage = np.nonzero(wanted)
    entry, leave = _worked_from(deals)[deal, stage], _exits(deals)[deal, stage]
    at = entry + np.minimum(rng.uniform(0.2, 0.8, len(deal)) * (leave - entry), rng.uniform(1.0, 7.0, len(deal)))
    quarter = np.ceil(at * HOURS * 4) / (HOURS * 4)
    at = np.where(quarter < leave, quarter + 1e-6, at)
    held = at < setting.clock.end
    deal, stage, at = deal[held], stage[held], at[held]
    user = setting.staff.in_charge(deals.owner[deal], at)
    online = rng.random(len(deal)) < np.where(setting.staff.role[user] == INSIDE, 0.95, 0.40)
    missed = (stage == 0) & (rng.random(len(deal)) < 0.08)
    first_word = np.where(online, S_ONLINE, np.where(stage == 0, S_FIRST_VISIT, S_VISIT))
    return _batch(
        setting.clock.to_local(at),
        np.where(online, MEETING, VISIT),
        np.where(missed, NO_SHOW, HELD),
        first_word,
        user,
        **_links(rng, deals, roster, deal),
    )


def _links(rng: np.random.Generator, deals: Deals, roster: Roster, deal: Ints) -> dict[str, Ints | Bools]:
    account = deals.account[deal]
    return {"deal": deal, "account": account, "contact": roster.any_contact(rng, account)}


def _deal_touches(setting: Setting, deals: Deals, *, roster: Roster) -> Contacts:
    """Calls, e-mails and further meetings while a deal is worked on: more for large deals, none for neglected ones."""
    rng = setting.streams("activities.touches")
    leave = np.minimum(np.minimum(_exits(deals), deals.entries + 25.0), setting.clock.end)
    begin = _worked_from(deals)
    worked = begin < setting.clock.end
    span = np.maximum(np.where(worked, leave, 0.0) - np.where(worked, begin, 0.0), 0.0)
    effort = 0.60 * np.clip((deals.size / 2e6) ** 0.35, 0.4, 1.8)
    counts = rng.poisson(effort[:, None] * span).ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    deal = cell // N_STAGES
    at = begin.ravel()[cell] + rng.random(len(cell)) * span.ravel()[cell]
    kind = draw(rng, (0.44, 0.43, 0.06, 0.07), len(cell))
    return _mixed(
        setting,
        rng,
        kind=kind,
        at=at,
        user=setting.staff.in_charge(deals.owner[deal], at),
        links=_links(rng, deals, roster, deal),
        connects=0.62,
    )


def _mixed(
    setting: Setting,
    rng: np.random.Generator,
    *,
    kind: Ints,
    at: Floats,
    user: Ints,
    links: dict[str, Ints | Bools],
    connects: float,
) -> Contacts:
    u, n = rng.random(len(kind)), len(kind)
    inbound = np.isin(kind, (CALL, EMAIL)) & (rng.random(n) < 0.22)
    called = np.where((u < connects) | inbound, CONNECTED, NO_ANSWER)
    outcome = np.select([kind == CALL, (kind == EMAIL) & inbound, kind == EMAIL], [called, REPLIED, SENT], default=HELD)
    subject = np.select([kind == CALL, kind == EMAIL, kind == MEETING], [S_CALL, S_EMAIL, S_ONLINE], default=S_VISIT)
    return _batch(setting.clock.to_local(at), kind, outcome, subject, user, inbound=inbound, **links)


def _quote_calls(setting: Setting, deals: Deals, *, roster: Roster) -> Contacts:
    """The follow-up call after the quote, whose timing matters."""
    rng = setting.streams("activities.quote_calls")
    quoted, quotes = np.flatnonzero(np.isfinite(deals.quoted)), deals.quoted
    at = np.floor(quotes[quoted]) + deals.follow_up[quoted] + rng.uniform(0.05, 0.95, len(quoted))
    at = np.where(deals.follow_up[quoted] == 0, quotes[quoted] + 0.01, at)
    made = (at < setting.clock.end) & (at < deals.closed[quoted])
    deal, at = quoted[made], at[made]
    outcome = np.where(rng.random(len(deal)) < 0.7, CONNECTED, NO_ANSWER)
    user = setting.staff.in_charge(deals.owner[deal], at)
    return _batch(setting.clock.to_local(at), CALL, outcome, S_QUOTE, user, **_links(rng, deals, roster, deal))


def _customer_care(setting: Setting, customers: Customers, *, roster: Roster) -> Contacts:
    """Regular contacts with customers while they buy; most of those on contract by customer success."""
    rng = setting.streams("activities.care")
    first = setting.clock.from_days(customers.first, np.zeros(len(customers.first)))
    begin = np.maximum(first, setting.clock.start)
    last_day = float(setting.clock.workdays[int(setting.clock.end) - 1])
    silent = np.minimum(customers.left, last_day).astype(np.int64)
    stop = np.minimum(setting.clock.from_days(silent, np.zeros(len(silent))), setting.clock.end)
    n_contacts = rng.poisson(np.maximum(stop - begin, 0.0) / 240.0 * np.where(customers.contract, 26.0, 12.0))
    who = np.repeat(np.arange(len(n_contacts)), n_contacts)
    day = np.floor(begin[who] + rng.random(len(who)) * (stop - begin)[who])
    at = day + (draw(rng, setting.scenario.calling.hours, len(who)) + rng.random(len(who))) / HOURS
    kept = (at < setting.clock.end) & (at > first[who])
    who, at = who[kept], at[kept]
    account = customers.account[who]
    helper = setting.staff.choose(rng, (SUCCESS,), first)[who]
    helped = customers.contract[who] & (rng.random(len(who)) < 0.7)
    user = setting.staff.in_charge(np.where(helped, helper, roster.owner[account]), at)
    kind = draw(rng, (0.38, 0.34, 0.10, 0.18), len(who))
    links: dict[str, Ints | Bools] = {"account": account, "contact": roster.any_contact(rng, account)}
    return _mixed(setting, rng, kind=kind, at=at, user=user, links=links, connects=0.66)


def last_contacts(contacts: Contacts, n_deals: int) -> Ints:
    """Return the local time of the last activity of each deal (0 without one)."""
    last = np.zeros(n_deals, dtype=np.int64)
    linked = contacts.deal >= 0
    last[contacts.deal[linked]] = contacts.at[linked]  # in order of time: the last one stays
    return last


def activity_table(
    setting: Setting,
    contacts: Contacts,
    *,
    lead_ids: pa.Array,
    deal_ids: pa.Array,
    campaign: pa.Array,
    roster: Roster,
) -> pa.Table:
    """Return ``activities``."""
    rng, n, kind = setting.streams("activities.table"), len(contacts.at), contacts.kind
    outcome, visit = contacts.outcome, contacts.kind == VISIT
    talked = np.isin(outcome, (CALLBACK, REFUSED, APPOINTMENT, CONNECTED, HELD))
    notes = setting.words.several("notes")
    noted = talked & (rng.random(n, dtype=np.float32) < 0.12)
    km = np.round(np.exp(np.log(14.0) + 0.7 * rng.standard_normal(n, dtype=np.float32)), 1).astype(np.float64)
    columns = {
        "activity_id": make_ids("activity", n),
        "type": pick(TYPES, kind),
        "channel": pick(CHANNELS, kind),
        "direction": pick(["outbound", "inbound"], contacts.inbound.astype(np.int8)),
        "at": stamps(contacts.at),
        "duration_sec": _seconds(rng, kind, outcome),
        "outcome": pick(OUTCOMES, outcome),
        "connected": pa.array(talked, mask=kind == EMAIL),
        "subject": pick(setting.words.several("subjects"), contacts.subject),
        "note": pick(notes, np.where(noted, rng.integers(0, len(notes), n, dtype=np.int8), np.int8(-1))),
        "user_id": pick(setting.staff.ids, contacts.user),
        "account_id": pick(roster.ids, contacts.account),
        "contact_id": pick(roster.contact_ids, contacts.contact),
        "lead_id": pick(lead_ids, contacts.lead),
        "opportunity_id": pick(deal_ids, contacts.deal),
        "campaign_id": pick(campaign, np.where(contacts.inbound, contacts.lead, -1)),
        "distance_km": pa.array(km, mask=~visit),
        "cost": yen(np.round(km * 4) * 10, visit),
    }
    return make_table("activities", columns, n)


def _seconds(rng: np.random.Generator, kind: Small, outcome: Small) -> pa.Array:
    """Durations: half a minute of ringing, some minutes of talk, most of an hour for a meeting."""
    spread = rng.standard_normal(len(kind), dtype=np.float32)
    talked = ~np.isin(outcome, (NO_ANSWER, BLOCKED))
    median = np.select(
        [kind >= MEETING, outcome == APPOINTMENT, (kind == CALL) & talked], [3_000.0, 420.0, 170.0], default=28.0
    )
    sd = np.where(kind >= MEETING, 0.3, np.where(talked, 0.7, 0.4))
    unknown = (kind == EMAIL) | (outcome == NO_SHOW)
    return pa.array(np.round(median * np.exp(sd * spread)), mask=unknown)
