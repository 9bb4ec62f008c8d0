"""What brings leads in: campaigns by quarter, and who responded to which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from saleslab.periods import FiscalCalendar
from saleslab.simulation.clock import DAY, day_number
from saleslab.simulation.columns import dates, day_of_local, make_ids, make_table, pick, stamps, yen
from saleslab.simulation.leads import ADVERTISING, BROCHURE, CALL_LIST, ENQUIRY, FAIR, REFERRAL, SEMINAR, Leads
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Ints, running_sum

_KIND_OF_SOURCE = np.full(7, -1)
_KIND_OF_SOURCE[[FAIR, SEMINAR, BROCHURE, ADVERTISING]] = (0, 1, 2, 3)
_N_KINDS = 5
_TYPES = ("event", "webinar", "content", "advertising", "newsletter")
_CHANNELS = ("event", "video", "email", "other", "email")
_COST_PER_LEAD = (11_000, 6_500, 4_000, 9_000, 900)
_STATUSES = ("sent", "opened", "clicked", "registered", "attended")


@dataclass(frozen=True, slots=True, eq=False)
class Marketing:
    """Campaigns, the campaign of each lead, and the tables."""

    of_lead: pa.Array
    """Id of each lead's campaign, missing where none."""
    tables: dict[str, pa.Table]


def run_campaigns(setting: Setting, leads: Leads, *, lead_ids: pa.Array) -> Marketing:
    """Return ``campaigns`` (five kinds in each fiscal quarter) and ``touches``."""
    calendar = FiscalCalendar(setting.scenario.fiscal_start_month)
    quarters, day = [], setting.scenario.start
    while day <= setting.scenario.end:
        quarters.append(calendar.quarter_of(day))
        day = date.fromordinal(quarters[-1].end.toordinal() + 1)
    starts = np.array([day_number(q.start) for q in quarters])
    created = day_of_local(leads.created)
    quarter = np.searchsorted(starts, created, side="right") - 1
    kind = _KIND_OF_SOURCE[leads.source]
    campaign = np.where(kind >= 0, quarter * _N_KINDS + kind, -1)
    n, ids = len(quarters) * _N_KINDS, make_ids("campaign", len(quarters) * _N_KINDS)
    names = [
        setting.words.text("campaign_name").format(year=q.fiscal_year, quarter=q.number, kind=what)
        for q in quarters
        for what in setting.words.several("campaign_types")
    ]
    kinds = np.tile(np.arange(_N_KINDS), len(quarters))
    n_leads = np.bincount(campaign[campaign >= 0], minlength=n)
    n_leads = np.where(kinds == _N_KINDS - 1, np.bincount(quarter, minlength=len(quarters)).repeat(_N_KINDS), n_leads)
    noise = np.exp(setting.streams("marketing.cost").normal(0.0, 0.15, n))
    cost = np.round(np.asarray(_COST_PER_LEAD)[kinds] * (n_leads + 3) * noise, -4)
    columns = {
        "campaign_id": ids,
        "name": names,
        "type": pick(_TYPES, kinds),
        "channel": pick(_CHANNELS, kinds),
        "start": dates(starts.repeat(_N_KINDS)),
        "end": dates(np.array([day_number(q.end) for q in quarters]).repeat(_N_KINDS)),
        "cost": yen(cost),
    }
    touches = _touches(setting, leads, lead_ids=lead_ids, ids=ids, campaign=campaign, starts=starts)
    return Marketing(pick(ids, campaign), {"campaigns": make_table("campaigns", columns, n), "touches": touches})


def _touches(
    setting: Setting, leads: Leads, *, lead_ids: pa.Array, ids: pa.Array, campaign: Ints, starts: Ints
) -> pa.Table:
    """The response that made the lead, then newsletters; those who buy open a little more of them."""
    rng, n = setting.streams("marketing.touches"), len(campaign)
    answered = np.flatnonzero(campaign >= 0)
    reads = ~np.isin(leads.source, (CALL_LIST, REFERRAL, ENQUIRY)) | (rng.random(n) < 0.3)
    n_mails = np.where(reads, rng.poisson(1.5 + 6.0 * leads.chance), 0)
    lead = np.repeat(np.arange(n), n_mails)
    later = running_sum(rng.exponential(25.0, len(lead)), n_mails)
    at = leads.created[lead] + (later * DAY).astype(np.int64)
    end = int(setting.clock.to_local(np.array([setting.clock.end - 0.001]))[0])
    seen = at < end
    lead, at = lead[seen], at[seen]
    quarter = np.searchsorted(starts, day_of_local(at), side="right") - 1
    mail = quarter * _N_KINDS + _N_KINDS - 1
    kind = _KIND_OF_SOURCE[leads.source[answered]]
    status = np.select([kind == 0, kind == 1], [4, np.where(rng.random(len(answered)) < 0.7, 4, 3)], default=2)
    opened = np.searchsorted(np.array([0.62, 0.92]), rng.random(len(lead)), side="right")
    columns = {
        "touch_id": make_ids("touch", len(answered) + len(lead)),
        "campaign_id": pick(ids, np.concatenate([campaign[answered], mail])),
        "lead_id": pick(lead_ids, np.concatenate([answered, lead])),
        "at": stamps(np.concatenate([leads.created[answered], at])),
        "status": pick(_STATUSES, np.concatenate([status, opened])),
    }
    return make_table("touches", columns, len(answered) + len(lead))
