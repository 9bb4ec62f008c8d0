"""Which companies and people the seller knows: the roster behind leads, accounts and contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from saleslab.simulation.clock import DAY
from saleslab.simulation.columns import make_ids, make_table, pick, stamps, yen
from saleslab.simulation.deals import FirstDeals, segment_of
from saleslab.simulation.leads import Leads
from saleslab.simulation.loyalty import Customers, first_days
from saleslab.simulation.names import Companies, People, name_companies, name_people
from saleslab.simulation.people import CLOSER, INSIDE, OUTSIDE
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, run_numbers

_LEGACY_SHARE = 0.28
"""Customers from before the CRM, per first deal of the window and year of history."""


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Accounts (first those of the window's deals, then older customers) and their people.

    ``company`` points into the list of all known companies, which is leads first, then older customers.
    """

    ids: pa.Array
    contact_ids: pa.Array
    companies: Companies
    people: People
    """The main person of each known company."""
    company: Ints
    n_leads: int
    industry: Ints
    employees: Ints
    region: Ints
    seniority: Ints
    owner: Ints
    created: Ints
    contract: Bools
    first_order: Ints
    """Day of the first order of older customers; -1 for the others."""
    order_size: Floats
    """Typical order of older customers in yen; 0 for the others."""
    n_contacts: Ints
    first_contact: Ints

    def main_contact(self, account: Ints) -> Ints:
        """Return the position of each account's main person among the contacts (-1 stays -1)."""
        return np.where(account >= 0, self.first_contact[account], -1)

    def any_contact(self, rng: np.random.Generator, account: Ints) -> Ints:
        """Draw a person of each account, the main one half the time (-1 stays -1)."""
        n = self.n_contacts[account]
        other = (rng.random(len(account)) * 2 * n).astype(np.int64)
        return np.where(account >= 0, self.first_contact[account] + np.where(other < n, other, 0), -1)


def know_companies(
    setting: Setting,
    leads: Leads,
    *,
    first: FirstDeals,
) -> Roster:
    """Return all accounts with their people."""
    rng, deals = setting.streams("accounts.who"), first.deals
    n_deals, n_leads = len(deals), len(leads.created)
    years = (setting.scenario.end - setting.scenario.start).days / 365.25
    n_old = max(3, round(n_deals * _LEGACY_SHARE * setting.scenario.loyalty.years_of_history / years))
    ordered = first_days(rng, setting.clock, setting.scenario.loyalty, n_old)
    old = {name: getattr(leads, name)[rng.integers(0, n_leads, n_old)] for name in ("industry", "region", "seniority")}
    employees = np.maximum(3, np.round(np.exp(4.5 + 1.2 * rng.normal(size=n_old)))).astype(np.int64)
    known = np.concatenate([leads.industry, old["industry"]]), np.concatenate([leads.region, old["region"]])
    company = np.concatenate([deals.lead, n_leads + np.arange(n_old)])
    companies = _named(setting, known[0], company=company)
    median = np.asarray(setting.scenario.segments.median_amounts)[segment_of(employees)]
    n_contacts = 1 + rng.binomial(3, 0.35, n_deals + n_old)
    steady = setting.staff.choose(rng, (INSIDE, CLOSER, OUTSIDE), np.full(n_old, setting.clock.start))
    owner = np.concatenate([deals.owner, steady])
    return Roster(
        ids=make_ids("account", len(company)),
        contact_ids=make_ids("contact", int(n_contacts.sum())),
        companies=companies,
        people=name_people(setting.streams("accounts.people"), setting.words, companies.domains, known[1]),
        company=company,
        n_leads=n_leads,
        industry=known[0][company],
        employees=np.concatenate([leads.employees[deals.lead], employees]),
        region=known[1][company],
        seniority=np.concatenate([leads.seniority[deals.lead], old["seniority"]]),
        owner=setting.staff.in_charge(owner, np.full(len(owner), setting.clock.end)),
        created=np.concatenate([setting.clock.to_local(deals.created), (ordered - 30) * DAY + 10 * 3_600]),
        contract=rng.random(len(company)) < setting.scenario.loyalty.share_contract,
        first_order=np.concatenate([np.full(n_deals, -1), ordered]),
        order_size=np.concatenate([np.zeros(n_deals), median * 0.8 * np.exp(rng.normal(0.0, 0.6, n_old))]),
        n_contacts=n_contacts,
        first_contact=np.cumsum(n_contacts) - n_contacts,
    )


def _named(setting: Setting, industry: Ints, *, company: Ints) -> Companies:
    """Name all known companies; accounts come first and so get the most distinct names."""
    rest = np.ones(len(industry), dtype=bool)
    rest[company] = False
    order = np.concatenate([company, np.flatnonzero(rest)])
    named = name_companies(setting.streams("accounts.names"), setting.words, industry[order])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Companies(pick(named.names, place), pick(named.domains, place))


def account_tables(setting: Setting, roster: Roster, *, leads: Leads, customers: Customers) -> dict[str, pa.Table]:
    """Return ``accounts`` and ``contacts``."""
    rng, n = setting.streams("accounts.table"), len(roster.ids)
    bought = np.zeros(n, dtype=np.int64)
    bought[customers.account] = 1
    last_day = setting.clock.workdays[int(setting.clock.end) - 1]
    bought[customers.account[customers.left <= last_day]] = 2
    by_head = np.exp(rng.normal(np.log(16e6), 0.5, n))
    parent = np.where(rng.random(n) < 0.03, (rng.random(n) * np.arange(n)).astype(np.int64), -1)
    parent[0] = -1
    source = np.full(n, -1)
    from_lead = roster.company < roster.n_leads
    source[from_lead] = leads.source[roster.company[from_lead]]
    accounts = {
        "account_id": roster.ids,
        "name": pick(roster.companies.names, roster.company),
        "parent_account_id": pick(roster.ids, parent),
        "industry": pick(setting.words.several("industries"), roster.industry),
        "employees": roster.employees,
        "annual_revenue": yen(np.round(roster.employees * by_head, -6)),
        "country": "JP",
        "region": pick(setting.words.several("regions"), roster.region),
        "postal_code": pick(setting.words.several("postal_codes"), roster.region),
        "owner_id": pick(setting.staff.ids, roster.owner),
        "account_type": pick(["prospect", "customer", "former"], bought),
        "source": pick(setting.words.several("sources"), source),
        "created_at": stamps(roster.created),
    }
    return {"accounts": make_table("accounts", accounts, n), "contacts": _contacts(setting, roster)}


def _contacts(setting: Setting, roster: Roster) -> pa.Table:
    rng, n = setting.streams("accounts.contacts"), len(roster.contact_ids)
    account = np.repeat(np.arange(len(roster.ids)), roster.n_contacts)
    main = run_numbers(roster.n_contacts) == 0
    company = roster.company[account]
    others = name_people(rng, setting.words, pick(roster.companies.domains, company), roster.region[account])
    place = np.where(main, company, len(roster.people.names) + np.arange(n))
    both = {
        name: pick(pa.concat_arrays([getattr(roster.people, name), getattr(others, name)]), place)
        for name in ("names", "emails", "phones")
    }
    seniority = np.where(main, roster.seniority[account], draw(rng, (0.34, 0.20, 0.26, 0.14, 0.06), n))
    agreed = rng.random(n) < 0.85
    joined = roster.created[account] + np.where(main, 0, rng.integers(1, 60, n) * DAY // 4)
    joined = np.minimum(joined, setting.clock.to_local(np.array([setting.clock.end - 0.001]))[0])
    columns = {
        "contact_id": roster.contact_ids,
        "account_id": pick(roster.ids, account),
        "name": both["names"],
        "email": both["emails"],
        "phone": both["phones"],
        "title": pick(setting.words.several("titles"), seniority),
        "seniority": pick(setting.words.several("seniorities"), seniority),
        "opt_out_email": rng.random(n) < 0.06,
        "opt_out_phone": rng.random(n) < 0.03,
        "consent_at": stamps(joined, agreed),
        "created_at": stamps(joined),
    }
    return make_table("contacts", columns, n)
