"""Who might buy: prospects, how fast they are called, which become appointments, and the hand-over to a closer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.simulation.calls import Calls, first_call_share, place_calls
from saleslab.simulation.clock import DAY, HOURS
from saleslab.simulation.effects import LeadFlow
from saleslab.simulation.people import APPOINTER, CLOSER, INSIDE, OUTSIDE, Staff
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, log_odds, sigmoid
from saleslab.simulation.trials import SCRIPT, Trial, window

ENQUIRY, BROCHURE, FAIR, SEMINAR, REFERRAL, ADVERTISING, CALL_LIST = range(7)
SHARE_NEW = 0.51
"""Share of all deals that are first deals with a new customer, at the default loyalty."""

_MEDIAN_HOURS = np.array([2.5, 5.0, 18.0, 9.0, 3.0, 5.0, 0.0])
_INDUSTRY_MIX = (0.26, 0.12, 0.20, 0.09, 0.10, 0.07, 0.03, 0.04, 0.09)
_REGION_MIX = (0.34, 0.08, 0.05, 0.04, 0.14, 0.04, 0.03, 0.09, 0.03, 0.06, 0.03, 0.04, 0.03)
_SENIORITY_MIX = (0.34, 0.20, 0.26, 0.14, 0.06)


@dataclass(frozen=True, slots=True, eq=False)
class Handoffs:
    """What happened to each lead that became an appointment; times are work times."""

    lead: Ints
    giver: Ints
    taker: Ints
    own: Bools
    """The same person goes on: nothing is handed over."""
    complete: Bools
    requested: Floats
    routed: Floats
    decided: Floats
    accepted: Bools
    contacted: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """Every prospect; arrays over leads, in the order of arrival."""

    created: Ints
    """Local seconds; enquiries arrive day and night."""
    source: Ints
    industry: Ints
    employees: Ints
    seniority: Ints
    region: Ints
    owner: Ints
    touched: Floats
    """Work time of the first call; infinite when nobody calls."""
    hours_to_touch: Floats
    chance: Floats
    """Planted chance to become an appointment, as treated."""
    gain: Floats
    """How much the new script adds to that chance, whether used or not."""
    will_qualify: Bools
    last_call: Floats
    calls: Calls
    handoffs: Handoffs
    script: Trial


def find_leads(setting: Setting) -> Leads:
    """Return the prospects of the window with all that happens to them, also after its end."""
    flow, created = setting.scenario.leads, _arrivals(setting)
    n, rng = len(created), setting.streams("leads.who")
    source = draw(rng, flow.source_mix, n)
    size = rng.normal(0.0, 1.0, n)
    employees = np.maximum(3, np.round(np.exp(4.4 + 1.35 * size))).astype(np.int64)
    industry, region = draw(rng, _INDUSTRY_MIX, n), draw(rng, _REGION_MIX, n)
    seniority = draw(rng, _SENIORITY_MIX, n)
    arrived = setting.clock.from_local(created)
    owner = _owners(setting.streams("leads.owner"), setting.staff, source, employees, arrived)
    touched, hours = _first_touch(setting, created, source=source, owner=owner)
    waits = ~np.isin(source, (REFERRAL, CALL_LIST)) & np.isfinite(touched)
    score = (
        np.asarray(flow.sources)[source] + flow.seniority * seniority + flow.size * size + setting.staff.calling[owner]
    )
    score += setting.scenario.reps.ramp * setting.staff.ramping(owner, arrived)
    score -= flow.speed * np.log1p(np.where(waits, hours, 0.0))
    base, script = (
        _calibrated(score, np.isfinite(touched), flow),
        _script_trial(setting, arrived, source=source, touched=touched),
    )
    treated = np.zeros(n, dtype=bool)
    treated[script.units] = script.treated
    chance = np.where(np.isfinite(touched), sigmoid(base + setting.scenario.trials.script * treated), 0.0)
    gain = sigmoid(base + setting.scenario.trials.script) - sigmoid(base)
    qualifies = setting.streams("leads.outcome").random(n) < chance
    calls = place_calls(setting, touched, qualifies=qualifies, cold=source == CALL_LIST)
    last = np.where(np.isfinite(touched), calls.last_of(n), np.inf)
    return Leads(
        created=created,
        source=source,
        industry=industry,
        employees=employees,
        seniority=seniority,
        region=region,
        owner=owner,
        touched=touched,
        hours_to_touch=hours,
        chance=chance,
        gain=gain,
        will_qualify=qualifies,
        last_call=last,
        calls=calls,
        handoffs=_hand_over(setting, flow, owner=owner, employees=employees, qualifies=qualifies, last=last),
        script=script,
    )


def _arrivals(setting: Setting) -> Ints:
    """Arrival times over the window: season, growth, the month's shock, few on free days."""
    rng, flow = setting.streams("leads.arrivals"), setting.scenario.leads
    complete = 0.80
    rejected = complete * flow.share_rejected + (1 - complete) * flow.share_rejected_incomplete
    kept = flow.share_qualified * (1 - rejected) * (1 - flow.never_touched)
    n = max(30, round(setting.scenario.n_deals * SHARE_NEW / kept))
    first, last = (
        int(setting.clock.workdays[int(setting.clock.start)]),
        int(setting.clock.workdays[int(setting.clock.end) - 1]),
    )
    days = np.arange(first, last + 1, dtype=np.int64)
    month = setting.clock.months.position(days)
    weight = (setting.clock.months.arrivals * setting.clock.months.arrival_shocks)[month]
    weight = weight * (1 + setting.scenario.season.growth) ** ((days - first) / 365.25)
    weight = weight * np.where(np.isin(days, setting.clock.workdays), 1.0, 0.12)
    day = days[draw(rng, weight, n)]
    at_work = rng.random(n) < 0.85
    hour = np.where(at_work, rng.uniform(8.5, 18.5, n), rng.uniform(0.0, 24.0, n))
    return np.sort(day * DAY + (hour * 3_600).astype(np.int64))


def _owners(rng: np.random.Generator, staff: Staff, source: Ints, employees: Ints, arrived: Floats) -> Ints:
    """Referrals belong to field reps, small companies that ask to inside sales, all others to appointers."""
    owner = staff.choose(rng, (APPOINTER,), arrived)
    small = np.isin(source, (ENQUIRY, BROCHURE, ADVERTISING)) & (employees < 60)
    owner = np.where(small, staff.choose(rng, (INSIDE,), arrived), owner)
    return np.where(source == REFERRAL, staff.choose(rng, (OUTSIDE,), arrived), owner)


def _first_touch(setting: Setting, created: Ints, *, source: Ints, owner: Ints) -> tuple[Floats, Floats]:
    rng, n = setting.streams("leads.touch"), len(created)
    wait = _MEDIAN_HOURS[source] / setting.staff.diligence[owner] * np.exp(rng.normal(0.0, 1.1, n)) / HOURS
    arrived = setting.clock.from_local(created)
    batch = np.floor(arrived) + 1 + rng.integers(0, 15, n) + first_call_share(rng, setting.scenario, n)
    touched = np.where(source == CALL_LIST, batch, arrived + np.minimum(wait, 40.0) + 0.005)
    touched = np.where(rng.random(n) < setting.scenario.leads.never_touched, np.inf, touched)
    known = np.isfinite(touched)
    hours = (setting.clock.to_local(np.where(known, touched, 0.0)) - created) / 3_600
    return touched, np.where(known, hours, np.inf)


def _calibrated(score: Floats, concerned: Bools, flow: LeadFlow) -> Floats:
    """Shift the scores so that their mean chance is the planted one."""
    low, high = -15.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        too_low = float(sigmoid(score[concerned] + middle).mean()) < flow.share_qualified
        low, high = (middle, high) if too_low else (low, middle)
    return score + low


def _script_trial(setting: Setting, arrived: Floats, *, source: Ints, touched: Floats) -> Trial:
    eligible = window(SCRIPT, setting.clock).holds(arrived) & (source != REFERRAL) & np.isfinite(touched)
    treated = setting.streams("trials.script").random(len(arrived)) < 0.5
    units = np.flatnonzero(eligible)
    return Trial(units, treated[units], arrived[units])


def _hand_over(
    setting: Setting,
    flow: LeadFlow,
    *,
    owner: Ints,
    employees: Ints,
    qualifies: Bools,
    last: Floats,
) -> Handoffs:
    """Pass each appointment on: minutes until it is routed, hours until it is accepted and called."""
    rng, lead = setting.streams("leads.handoffs"), np.flatnonzero(qualifies)
    n, at = len(lead), last[lead]
    giver = setting.staff.in_charge(owner[lead], at)
    own = setting.staff.role[giver] != APPOINTER
    by_phone = (employees[lead] < 60) & (rng.random(n) < 0.75)
    taker = np.where(
        by_phone, setting.staff.choose(rng, (INSIDE,), at), setting.staff.choose(rng, (CLOSER, OUTSIDE), at)
    )
    taker = np.where(own, giver, taker)
    complete = own | (rng.random(n) < sigmoid(log_odds(0.80) + 1.5 * setting.staff.quality[giver]))
    rejected = rng.random(n) < np.where(complete, flow.share_rejected, flow.share_rejected_incomplete)
    requested = at + 0.02
    routed = requested + 0.6 / HOURS * np.exp(rng.normal(0.0, 0.8, n))
    decided = routed + 3.0 / HOURS * np.exp(rng.normal(0.0, 0.9, n))
    contacted = decided + 4.0 / HOURS * np.exp(rng.normal(0.0, 1.0, n))
    return Handoffs(
        lead=lead,
        giver=giver,
        taker=taker,
        own=own,
        complete=complete,
        requested=requested,
        routed=np.where(own, requested, routed),
        decided=np.where(own, requested + 0.01, decided),
        accepted=own | ~rejected,
        contacted=np.where(own, requested + 0.02 + rng.uniform(0.0, 1.0, n), contacted),
    )
