"""Everything that was planted, keyed by the ids of the tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from saleslab.simulation.accounts import Roster
from saleslab.simulation.clock import OPENS, WorkClock
from saleslab.simulation.columns import stamps
from saleslab.simulation.deals import N_STAGES, PROPOSAL, Deals, FirstDeals
from saleslab.simulation.governance import EXPERIMENT_IDS
from saleslab.simulation.leads import Leads
from saleslab.simulation.loyalty import Customers
from saleslab.simulation.people import ROLES, Staff
from saleslab.simulation.pipeline import STAGE_IDS
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Floats
from saleslab.simulation.trials import OFFER, SCRIPT, TEMPLATE, Trial, window


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What was planted; a study that answers well finds it again.

    Attributes
    ----------
    scenario
        All parameters: slopes, shares, means.
    people
        ``user_id, role, calling_effect, quality_effect, closing_effect`` (log-odds), ``diligence`` (relative volume),
        ``optimism`` (commit over likely), ``specialty`` (industry of the planted specialists).
    stages
        New-business pipeline: ``stage_id, base_rate`` (without effects), ``mean_rate`` (mean planted chance of the
        deals that entered), ``n_entered``, ``days_advance, days_lost`` (calendar days, before size and season).
    months
        ``month`` (first day), planted ``arrivals`` and ``closing`` multipliers with their shocks, ``win_shock``
        (log-odds).
    hours
        ``hour, chance_connected`` of calls to leads.
    leads
        ``lead_id, chance_qualified`` (0 for the never called), and of what the lead says of itself ``employees`` and
        ``seniority``, which move that chance, and ``industry``, which does not.
    deals
        ``opportunity_id, chance_won`` as planted at creation, ``will_win`` and ``will_close_at`` (UTC), also of deals
        that are open at the end.
    customers
        ``account_id, is_contract, orders_a_year, chance_dropout`` (by the piece, after a repeat order),
        ``chance_leave`` (contract, at each term's end), ``left_on`` (missing while active), ``satisfaction`` (sd 1).
    experiments
        ``experiment_id, effect`` (log-odds per unit), ``control_rate, treatment_rate`` (mean planted chance of all
        units under each arm), ``n_units``. The rates of the last two are those of the stage that the trial works on.
    defects
        ``kind, table_name, row_id, other_id, column_name``: each spoilt row; empty for a clean company.
    """

    scenario: Scenario
    people: pd.DataFrame
    stages: pd.DataFrame
    months: pd.DataFrame
    hours: pd.DataFrame
    leads: pd.DataFrame
    deals: pd.DataFrame
    customers: pd.DataFrame
    experiments: pd.DataFrame
    defects: pd.DataFrame


NO_DEFECTS = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in ("kind", "table_name", "row_id", "other_id", "column_name")}
)


def tell_truth(
    setting: Setting,
    leads: Leads,
    *,
    first: FirstDeals,
    template: Trial,
    deals: Deals,
    customers: Customers,
    content: Floats,
    roster: Roster,
    lead_ids: pa.Array,
    deal_ids: pa.Array,
) -> Truth:
    """Return the planted truth of a clean company."""
    return Truth(
        scenario=setting.scenario,
        people=_people(setting.staff, setting.words.several("industries")),
        stages=_stages(setting, first),
        months=_months(setting),
        hours=pd.DataFrame(
            {"hour": np.arange(OPENS, OPENS + 9), "chance_connected": setting.scenario.calling.connected}
        ),
        leads=_leads(setting, leads, lead_ids),
        deals=_deals(setting.clock, deals, deal_ids),
        customers=_customers(setting.clock, customers, content, roster),
        experiments=_experiments(setting, leads, first=first, template=template),
        defects=NO_DEFECTS,
    )


def _leads(setting: Setting, leads: Leads, lead_ids: pa.Array) -> pd.DataFrame:
    words = {name: np.asarray(setting.words.several(name)) for name in ("industries", "seniorities")}
    return pd.DataFrame(
        {
            "lead_id": lead_ids.to_numpy(zero_copy_only=False),
            "chance_qualified": leads.chance,
            "industry": words["industries"][leads.industry],
            "employees": leads.employees,
            "seniority": words["seniorities"][leads.seniority],
        }
    )


def _people(staff: Staff, industries: list[str]) -> pd.DataFrame:
    specialty = [industries[staff.specialty] if special else None for special in staff.specialist]
    return pd.DataFrame(
        {
            "user_id": staff.ids.to_numpy(zero_copy_only=False),
            "role": np.asarray(ROLES)[staff.role],
            "calling_effect": staff.calling,
            "quality_effect": staff.quality,
            "closing_effect": staff.closing,
            "diligence": staff.diligence,
            "optimism": staff.optimism,
            "specialty": pd.Series(specialty, dtype="str"),
        }
    )


def _stages(setting: Setting, first: FirstDeals) -> pd.DataFrame:
    entered = first.deals.entries < setting.clock.end
    counts = entered.sum(axis=0)
    mean = np.where(entered, first.chances, 0.0).sum(axis=0) / np.maximum(counts, 1)
    return pd.DataFrame(
        {
            "stage_id": list(STAGE_IDS[:N_STAGES]),
            "base_rate": setting.scenario.stages.advance,
            "mean_rate": mean,
            "n_entered": counts,
            "days_advance": setting.scenario.stages.days_advance,
            "days_lost": setting.scenario.stages.days_lost,
        }
    )


def _months(setting: Setting) -> pd.DataFrame:
    months, days = setting.clock.months, setting.clock.months.starts.astype("datetime64[D]")
    frame = pd.DataFrame(
        {
            "month": pd.to_datetime(days),
            "arrivals": months.arrivals,
            "arrival_shock": months.arrival_shocks,
            "closing": months.closing,
            "closing_shock": months.closing_shocks,
            "win_shock": months.win_shocks,
        }
    )
    first = pd.Timestamp(setting.scenario.start.replace(day=1))
    return frame[(frame["month"] >= first) & (frame["month"] <= pd.Timestamp(setting.scenario.end))].reset_index(
        drop=True
    )


def _deals(clock: WorkClock, deals: Deals, deal_ids: pa.Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "opportunity_id": deal_ids.to_numpy(zero_copy_only=False),
            "chance_won": deals.chance,
            "will_win": deals.won,
            "will_close_at": stamps(clock.to_local(deals.closed)).to_numpy(zero_copy_only=False),
        }
    )


def _customers(clock: WorkClock, customers: Customers, content: Floats, roster: Roster) -> pd.DataFrame:
    last_day = clock.workdays[int(clock.end) - 1]
    gone = customers.left <= last_day
    left = np.where(gone, customers.left, 0.0).astype(np.int64).astype("datetime64[D]").astype("datetime64[s]")
    left[~gone] = np.datetime64("NaT", "s")
    ids = roster.ids.take(pa.array(customers.account)).to_numpy(zero_copy_only=False)
    return pd.DataFrame(
        {
            "account_id": ids,
            "is_contract": customers.contract,
            "orders_a_year": customers.rate,
            "chance_dropout": customers.chance_dropout,
            "chance_leave": customers.chance_leave,
            "left_on": left,
            "satisfaction": content,
        }
    )


def _experiments(setting: Setting, leads: Leads, *, first: FirstDeals, template: Trial) -> pd.DataFrame:
    trials, script = setting.scenario.trials, leads.script
    control = np.where(
        script.treated, leads.chance[script.units] - leads.gain[script.units], leads.chance[script.units]
    )
    asked = first.offer.units
    tried = window(TEMPLATE, setting.clock).holds(first.deals.entries[:, PROPOSAL])
    proposals = first.chances[tried, PROPOSAL]
    reached = asked[first.plain_chance[asked] > 0]
    rows = [
        (SCRIPT, trials.script, _mean(control), _mean(control + leads.gain[script.units]), len(script.units)),
        (
            OFFER,
            setting.scenario.pricing.sensitivity * trials.offer_points,
            _mean(first.plain_chance[reached]),
            _mean(first.offer_chance[reached]),
            len(asked),
        ),
        (TEMPLATE, trials.template, _mean(proposals), _mean(proposals), len(template.units)),
    ]
    names = ["effect", "control_rate", "treatment_rate", "n_units"]
    frame = pd.DataFrame([row[1:] for row in rows], columns=names)
    frame.insert(0, "experiment_id", EXPERIMENT_IDS.to_numpy(zero_copy_only=False))
    return frame


def _mean(chances: Floats) -> float:
    return float(chances.mean()) if len(chances) else float("nan")
