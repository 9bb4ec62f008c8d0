"""An invented company: what happened, written down as canonical tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import pandas as pd
import pyarrow as pa

from saleslab.errors import TableError
from saleslab.simulation.accounts import account_tables
from saleslab.simulation.activities import activity_table, last_contacts
from saleslab.simulation.defects import spoil
from saleslab.simulation.goals import forecast_table, plan_quarters, target_table
from saleslab.simulation.governance import experiment_tables, kpi_tables, plan_tables
from saleslab.simulation.people import staff_tables
from saleslab.simulation.pipeline import (
    deal_moves_table,
    deal_table,
    event_table,
    field_event_table,
    move_deals,
    stage_table,
)
from saleslab.simulation.prospects import handoff_table, lead_moves, lead_table
from saleslab.simulation.reference import calendar_table, fx_table
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.service import feedback_table, task_table
from saleslab.simulation.setting import set_up
from saleslab.simulation.trade import deal_lines, quote_deals, take_orders
from saleslab.simulation.trials import OFFER, SCRIPT, TEMPLATE, Trial
from saleslab.simulation.truth import Truth, tell_truth
from saleslab.simulation.world import World, live
from saleslab.tables import CANONICAL


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """An invented company: its tables, and the truth that only a simulation knows.

    Attributes
    ----------
    scenario
        What it was made from.
    tables
        Canonical tables as Arrow, typed as the warehouse stores them; ids begin with ``sim:``.
    truth
        Everything planted.
    """

    scenario: Scenario
    tables: Mapping[str, pa.Table]
    truth: Truth

    def frame(self, name: str) -> pd.DataFrame:
        """Return one table as a data frame; money comes as `decimal.Decimal`.

        Raises
        ------
        TableError
            When the company has no such table.
        """
        if name not in self.tables:
            raise TableError(
                f"The company has no table '{name}'.", f"ask for one of: {', '.join(sorted(self.tables))}."
            )
        return pd.DataFrame(self.tables[name].to_pandas())

    @property
    def n_rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.num_rows for table in self.tables.values())


def simulate(scenario: Scenario) -> Company:
    """Return an invented company with planted effects.

    Use it to learn whether a study finds what is there, to try the software without data, and as the source of
    every demo. The same scenario gives the same bytes in every process.

    Parameters
    ----------
    scenario
        Size, window, language, planted effects and defects.

    Returns
    -------
    Company
        All canonical tables but ``snapshots`` and ``model_runs``, which describe imports and runs, not a company.

    Examples
    --------
    >>> company = simulate(Scenario(seed=7, n_deals=40))
    >>> company.tables["users"].num_rows
    7
    >>> float(company.truth.stages["base_rate"][0])
    0.83
    """
    world = live(set_up(scenario))
    tables, truth = _write(world), _reveal(world)
    if scenario.defects.any:
        tables, found = spoil(tables, scenario.defects, world.setting.streams)
        truth = replace(truth, defects=found)
    return Company(scenario, MappingProxyType({name: tables[name] for name in CANONICAL if name in tables}), truth)


def _write(world: World) -> dict[str, pa.Table]:
    setting, scenario, customers = world.setting, world.setting.scenario, world.repeats.customers
    return {
        "calendar": calendar_table(scenario),
        "fx_rates": fx_table(setting),
        "stages": stage_table(setting),
        **staff_tables(scenario, setting.staff, setting.clock, setting.words, setting.streams),
        **account_tables(setting, world.roster, leads=world.leads, customers=customers),
        **world.prices.tables(setting.words),
        **world.marketing.tables,
        **_lead_tables(world),
        **_deal_tables(world),
        **_trade_tables(world),
        **plan_tables(setting),
        **_trial_tables(world),
        "feedback": feedback_table(setting, customers, content=world.content, roster=world.roster),
    }


def _lead_tables(world: World) -> dict[str, pa.Table]:
    leads = lead_table(
        world.setting,
        world.lead_ids,
        deal_ids=world.deal_ids,
        deal_account=world.deals.account,
        leads=world.leads,
        course=world.course,
        roster=world.roster,
        campaign=world.marketing.of_lead,
    )
    handoffs = handoff_table(
        world.setting, world.lead_ids, deal_ids=world.deal_ids, leads=world.leads, course=world.course
    )
    return {"leads": leads, "handoffs": handoffs}


def _deal_tables(world: World) -> dict[str, pa.Table]:
    setting, ids, deals, amounts = world.setting, world.deal_ids, world.deals, world.amounts
    opportunities = deal_table(
        setting,
        ids,
        deals=deals,
        standing=world.standing,
        amounts=amounts,
        close_dates=world.close_dates,
        roster=world.roster,
        leads=world.leads,
        lead_ids=world.lead_ids,
        lead_campaign=world.marketing.of_lead,
        last_activity=last_contacts(world.contacts, len(deals)),
    )
    moves = move_deals(deals, setting.clock)
    of_deals = deal_moves_table(setting, ids, deals=deals, moves=moves, amounts=amounts, close_dates=world.close_dates)
    of_leads = lead_moves(setting, world.lead_ids, leads=world.leads, course=world.course)
    activities = activity_table(
        setting,
        world.contacts,
        lead_ids=world.lead_ids,
        deal_ids=ids,
        campaign=world.marketing.of_lead,
        roster=world.roster,
    )
    return {
        "opportunities": opportunities,
        "stage_events": event_table([of_deals, of_leads]),
        "field_events": field_event_table(setting, ids, deals=deals, amounts=amounts, close_dates=world.close_dates),
        "opportunity_lines": deal_lines(ids, world.product_ids, deals, amounts),
        "tasks": task_table(setting, ids, deals=deals, standing=world.standing, amounts=amounts, roster=world.roster),
        "activities": activities,
    }


def _trade_tables(world: World) -> dict[str, pa.Table]:
    setting, deals, amounts = world.setting, world.deals, world.amounts
    quotes = quote_deals(
        setting,
        world.deal_ids,
        product_ids=world.product_ids,
        deals=deals,
        amounts=amounts,
        one_offer=world.offered,
    )
    orders, tables = take_orders(
        setting,
        deals,
        owner=world.standing.owner,
        amounts=amounts,
        quotes=quotes,
        repeats=world.repeats,
        roster=world.roster,
        product_ids=world.product_ids,
        deal_ids=world.deal_ids,
        prices=world.prices,
    )
    quarters = plan_quarters(setting.scenario)
    forecasts = forecast_table(
        setting, deals, amounts=amounts, close_dates=world.close_dates, orders=orders, quarters=quarters
    )
    return {
        **quotes.tables,
        **tables,
        "targets": target_table(setting, quarters, orders=orders, leads=world.leads),
        "forecast_submissions": forecasts,
        **kpi_tables(setting, orders, course=world.course, deals=deals, standing=world.standing),
    }


def _trial_tables(world: World) -> dict[str, pa.Table]:
    """Trials by unit; in the price trial first deals and accounts share their positions."""
    offer = world.first.offer
    seen = offer.assigned < world.setting.clock.end
    offered = Trial(offer.units[seen], offer.treated[seen], offer.assigned[seen])
    trials = {SCRIPT: world.leads.script, OFFER: offered, TEMPLATE: world.template}
    units = {SCRIPT: world.lead_ids, OFFER: world.roster.ids, TEMPLATE: world.setting.staff.ids}
    return experiment_tables(world.setting, trials, unit_ids=units)


def _reveal(world: World) -> Truth:
    return tell_truth(
        world.setting,
        world.leads,
        first=world.first,
        template=world.template,
        deals=world.deals,
        customers=world.repeats.customers,
        content=world.content,
        roster=world.roster,
        lead_ids=world.lead_ids,
        deal_ids=world.deal_ids,
    )
