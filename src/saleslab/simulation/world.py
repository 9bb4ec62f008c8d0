"""Everything that happens in the invented company, theme by theme, before any of it is written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from saleslab.simulation.accounts import Roster, know_companies
from saleslab.simulation.activities import Contacts, contact_everybody
from saleslab.simulation.closing_dates import CloseDates, expect_closes
from saleslab.simulation.columns import make_ids
from saleslab.simulation.deals import Deals, FirstDeals, open_deals
from saleslab.simulation.leads import Leads, find_leads
from saleslab.simulation.loyalty import Repeats, keep_customers
from saleslab.simulation.marketing import Marketing, run_campaigns
from saleslab.simulation.pipeline import Standing, stand
from saleslab.simulation.products import N_PRODUCTS, PriceList
from saleslab.simulation.prospects import Course, follow_leads
from saleslab.simulation.service import satisfaction
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Floats, Ints
from saleslab.simulation.trade import Amounts, price_deals
from saleslab.simulation.trials import Trial, assign_reps


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What happened; each theme draws from its own streams, so that one does not disturb another."""

    setting: Setting
    template: Trial
    leads: Leads
    first: FirstDeals
    roster: Roster
    repeats: Repeats
    deals: Deals
    """First deals and deals with customers, in the order of their creation."""
    offered: Ints
    """Deals of the price trial, by position among all deals."""
    prices: PriceList
    amounts: Amounts
    standing: Standing
    close_dates: CloseDates
    course: Course
    content: Floats
    contacts: Contacts
    marketing: Marketing
    lead_ids: pa.Array
    deal_ids: pa.Array
    product_ids: pa.Array


def live(setting: Setting) -> World:
    """Let the company live through its window."""
    template = assign_reps(setting.staff, setting.clock, setting.streams)
    leads = find_leads(setting)
    first = open_deals(setting, leads, template=template)
    roster = know_companies(setting, leads, first=first)
    repeats = _stay_customers(setting, first.deals, roster)
    both = first.deals.join(repeats.deals)
    order = np.argsort(both.created, kind="stable")
    deals = both.keep(order)
    prices = PriceList(setting.scenario, setting.clock, setting.streams)
    lead_ids = make_ids("lead", len(leads.created))
    return World(
        setting=setting,
        template=template,
        leads=leads,
        first=first,
        roster=roster,
        repeats=repeats,
        deals=deals,
        offered=np.argsort(order, kind="stable")[first.offer.units],
        prices=prices,
        amounts=price_deals(setting, deals, roster=roster, prices=prices),
        standing=stand(setting, deals),
        close_dates=expect_closes(setting, deals),
        course=follow_leads(setting, leads, deals=deals),
        content=satisfaction(repeats.customers, setting.streams),
        contacts=contact_everybody(setting, leads, deals=deals, customers=repeats.customers, roster=roster),
        marketing=run_campaigns(setting, leads, lead_ids=lead_ids),
        lead_ids=lead_ids,
        deal_ids=make_ids("deal", len(deals)),
        product_ids=make_ids("product", N_PRODUCTS),
    )


def _stay_customers(setting: Setting, deals: Deals, roster: Roster) -> Repeats:
    """Customers are those who won a first deal in the window, and those from before."""
    won = np.flatnonzero(deals.won & (deals.closed < setting.clock.end))
    old = np.flatnonzero(roster.first_order >= 0)
    account = np.concatenate([deals.account[won], old])
    paid = deals.size[won] * (100 - deals.discount[won]) / 100.0
    return keep_customers(
        setting,
        account,
        owner=roster.owner[account],
        first=np.concatenate([setting.clock.day_of(deals.closed[won]), roster.first_order[old]]),
        size=np.concatenate([paid, roster.order_size[old]]),
        contract=roster.contract[account],
    )
