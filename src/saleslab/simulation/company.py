"""An invented company, put together theme by theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from saleslab.errors import TableError
from saleslab.simulation.accounts import Roster, account_tables, know_companies
from saleslab.simulation.activities import activity_table, contact_everybody, last_contacts
from saleslab.simulation.clock import WorkClock, make_clock
from saleslab.simulation.closing_dates import CloseDates, expect_closes
from saleslab.simulation.columns import make_ids
from saleslab.simulation.deals import Deals, FirstDeals, open_deals
from saleslab.simulation.defects import spoil
from saleslab.simulation.goals import forecast_table, plan_quarters, target_table
from saleslab.simulation.governance import experiment_tables, kpi_tables, plan_tables
from saleslab.simulation.leads import Leads, find_leads
from saleslab.simulation.loyalty import Repeats, keep_customers
from saleslab.simulation.marketing import Marketing, run_campaigns
from saleslab.simulation.people import Staff, hire_staff, staff_tables
from saleslab.simulation.pipeline import (
    Standing,
    deal_moves_table,
    deal_table,
    event_table,
    field_event_table,
    move_deals,
    stage_table,
    stand,
)
from saleslab.simulation.products import N_PRODUCTS, PriceList
from saleslab.simulation.prospects import Course, follow_leads, handoff_table, lead_moves, lead_table
from saleslab.simulation.reference import calendar_table, fx_table
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.service import feedback_table, satisfaction, task_table
from saleslab.simulation.streams import Streams
from saleslab.simulation.trade import Amounts, deal_lines, price_deals, quote_deals, take_orders
from saleslab.simulation.trials import OFFER, SCRIPT, TEMPLATE, Trial, assign_reps
from saleslab.simulation.truth import Truth, tell_truth
from saleslab.simulation.words import Words
from saleslab.tables import CANONICAL

if TYPE_CHECKING:
    import pandas as pd


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
        return self.tables[name].to_pandas()

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
    world = _World(scenario)
    tables = world.tables()
    truth = world.truth()
    if scenario.defects.any:
        tables, found = spoil(tables, scenario.defects, Streams(scenario.seed))
        truth = replace(truth, defects=found)
    ordered = {name: tables[name] for name in CANONICAL if name in tables}
    return Company(scenario, MappingProxyType(ordered), truth)


class _World:
    """Everything that happens, before it is written down; each step draws from its own streams."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.streams, self.words = scenario, Streams(scenario.seed), Words(scenario.language)
        streams = self.streams
        self.clock: WorkClock = make_clock(scenario, streams)
        self.staff: Staff = hire_staff(scenario, self.clock, streams)
        self.template: Trial = assign_reps(self.staff, self.clock, streams)
        self.leads: Leads = find_leads(scenario, self.clock, self.staff, streams)
        self.first: FirstDeals = open_deals(scenario, self.clock, self.staff, self.leads, self.template, streams)
        self.roster: Roster = know_companies(
            scenario, self.clock, self.staff, self.leads, self.first, self.words, streams
        )
        self.repeats: Repeats = self._loyal()
        both = self.first.deals.join(self.repeats.deals)
        order = np.argsort(both.created, kind="stable")
        self.deals: Deals = both.keep(order)
        self.offered = np.argsort(order, kind="stable")[self.first.offer.units]
        """Deals of the price trial, by position among all deals."""
        self.prices = PriceList(scenario, self.clock, streams)
        self.amounts: Amounts = price_deals(self.deals, self.roster, self.clock, self.prices, streams)
        self.standing: Standing = stand(self.deals, self.staff, self.clock)
        self.close_dates: CloseDates = expect_closes(self.deals, self.clock, streams)
        self.course: Course = follow_leads(self.leads, self.deals, self.clock, streams)
        self.content = satisfaction(self.repeats.customers, streams)
        self.lead_ids = make_ids("lead", len(self.leads.created))
        self.deal_ids = make_ids("deal", len(self.deals))
        self.product_ids = make_ids("product", N_PRODUCTS)
        self.marketing: Marketing = run_campaigns(
            scenario, self.clock, self.leads, self.lead_ids, self.words, streams
        )

    def _loyal(self) -> Repeats:
        """Customers are those who won a first deal in the window, and those from before."""
        deals, roster, clock = self.first.deals, self.roster, self.clock
        won = np.flatnonzero(deals.won & (deals.closed < clock.end))
        old = np.flatnonzero(roster.first_order >= 0)
        account = np.concatenate([deals.account[won], old])
        paid = deals.size[won] * (100 - deals.discount[won]) / 100.0
        return keep_customers(
            self.scenario,
            clock,
            self.staff,
            self.streams,
            account=account,
            owner=roster.owner[account],
            first=np.concatenate([clock.day_of(deals.closed[won]), roster.first_order[old]]),
            size=np.concatenate([paid, roster.order_size[old]]),
            contract=roster.contract[account],
        )

    def tables(self) -> dict[str, pa.Table]:
        """Write everything down."""
        return {
            "calendar": calendar_table(self.scenario),
            "fx_rates": fx_table(self.clock, self.streams),
            "stages": stage_table(self.words, self.clock),
            **staff_tables(self.scenario, self.staff, self.clock, self.words, self.streams),
            **account_tables(
                self.roster, self.leads, self.repeats.customers, self.clock, self.words, self.streams
            ),
            **self.prices.tables(self.words),
            **self.marketing.tables,
            **self._lead_tables(),
            **self._deal_tables(),
            **self._trade_tables(),
            **plan_tables(self.scenario, self.staff, self.words),
            **self._trial_tables(),
            "feedback": feedback_table(
                self.repeats.customers, self.content, self.roster, self.clock, self.words, self.streams
            ),
        }

    def _lead_tables(self) -> dict[str, pa.Table]:
        leads = lead_table(
            self.lead_ids, self.deal_ids, self.deals.account, self.leads, self.course, self.roster,
            self.marketing.of_lead, self.staff, self.clock, self.words, self.streams,
        )  # fmt: skip
        handoffs = handoff_table(
            self.lead_ids, self.deal_ids, self.leads, self.course, self.staff, self.clock, self.words, self.streams
        )
        return {"leads": leads, "handoffs": handoffs}

    def _deal_tables(self) -> dict[str, pa.Table]:
        ids, deals, clock, words = self.deal_ids, self.deals, self.clock, self.words
        contacts = contact_everybody(
            self.scenario.calling.hours, self.leads, deals, self.repeats.customers, self.roster, self.staff, clock,
            self.streams,
        )  # fmt: skip
        opportunities = deal_table(
            ids, deals, self.standing, self.amounts, self.close_dates, self.roster, self.leads, self.lead_ids,
            self.marketing.of_lead, last_contacts(contacts, len(deals)), self.staff, clock, words, self.streams,
        )  # fmt: skip
        moves = deal_moves_table(
            ids, deals, move_deals(deals, clock), self.amounts, self.close_dates, self.staff, clock, words
        )
        return {
            "opportunities": opportunities,
            "stage_events": event_table(
                [moves, lead_moves(self.lead_ids, self.leads, self.course, self.staff, clock, words)]
            ),
            "field_events": field_event_table(ids, deals, self.amounts, self.close_dates, self.staff, clock),
            "opportunity_lines": deal_lines(ids, self.product_ids, deals, self.amounts),
            "tasks": task_table(
                ids, deals, self.standing, self.amounts, self.roster, self.staff, clock, words, self.streams
            ),
            "activities": activity_table(
                contacts, self.lead_ids, ids, self.marketing.of_lead, self.roster, self.staff, words, self.streams
            ),
        }

    def _trade_tables(self) -> dict[str, pa.Table]:
        deals, clock, staff = self.deals, self.clock, self.staff
        quotes = quote_deals(
            self.deal_ids, self.product_ids, deals, self.amounts, self.offered, staff, clock, self.streams
        )
        orders, tables = take_orders(
            deals, self.standing.owner, self.amounts, quotes, self.repeats, self.roster, self.product_ids,
            self.deal_ids, staff, clock, self.prices, self.streams,
        )  # fmt: skip
        quarters = plan_quarters(self.scenario)
        return {
            **quotes.tables,
            **tables,
            "targets": target_table(self.scenario, quarters, orders, self.leads, staff, clock, self.streams),
            "forecast_submissions": forecast_table(
                deals, self.amounts, self.close_dates, orders, quarters, staff, clock, self.words, self.streams
            ),
            **kpi_tables(
                self.scenario, orders, self.course, deals, self.standing, staff, clock, self.words, self.streams
            ),
        }

    def _trial_tables(self) -> dict[str, pa.Table]:
        trials = {SCRIPT: self.leads.script, OFFER: self._offered(), TEMPLATE: self.template}
        units = {SCRIPT: self.lead_ids, OFFER: self.roster.ids, TEMPLATE: self.staff.ids}
        return experiment_tables(trials, units, self.clock, self.words)

    def _offered(self) -> Trial:
        """The price trial by account: first deals and accounts share their positions; only what began by the end."""
        offer = self.first.offer
        seen = offer.assigned < self.clock.end
        return Trial(offer.units[seen], offer.treated[seen], offer.assigned[seen])

    def truth(self) -> Truth:
        """Tell what was planted."""
        return tell_truth(
            self.scenario, self.clock, self.staff, self.leads, self.first, self.template, self.deals,
            self.repeats.customers, self.content, self.roster, self.lead_ids, self.deal_ids, self.words.list("industries"),
        )  # fmt: skip


__all__ = ["Company", "simulate"]
