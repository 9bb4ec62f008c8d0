"""What customers buy again: repeat orders by the piece, yearly contracts, and the deals that lead to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.simulation.clock import WorkClock
from saleslab.simulation.deals import EXPANSION, N_STAGES, RENEWAL, WORK_SHARE, Deals
from saleslab.simulation.effects import Loyalty
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, log_odds, run_numbers, sigmoid

YEAR = 365.25
_DAYS_EXISTING = (14.0, 10.0, 14.0)
_UNRECORDED_DAYS = 110
"""Days after the CRM began in which first orders still come from deals that were never entered."""
_LOOK_AHEAD = 120
"""Days after the end in which orders may fall whose deal is open at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Everybody who ever ordered; arrays over customers."""

    account: Ints
    owner: Ints
    first: Ints
    """Day number of the first order."""
    size: Floats
    """Typical order in yen."""
    contract: Bools
    rate: Floats
    """Orders a year while active (contract customers: expansions a year)."""
    chance_dropout: Floats
    chance_leave: Floats
    left: Floats
    """Day number of the last day as an active customer; infinite when still active."""


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Repeat orders without a deal, and deals with existing customers."""

    customers: Customers
    order_customer: Ints
    order_at: Floats
    order_size: Floats
    order_renews: Bools
    """Renewals of a contract before the CRM began."""
    deals: Deals


def keep_customers(
    setting: Setting,
    account: Ints,
    *,
    owner: Ints,
    first: Ints,
    size: Floats,
    contract: Bools,
) -> Repeats:
    """Return what customers do after their first order, up to the end of the records."""
    customers, bought, bought_by = _purchases(setting, account, owner=owner, first=first, size=size, contract=contract)
    terms, term_of, renewed = _terms(setting, customers)
    last_day = setting.clock.workdays[int(setting.clock.end) - 1]
    rng = setting.streams("loyalty.deals")
    via = rng.random(len(bought)) < np.where(
        customers.contract[bought_by], 1.0, setting.scenario.loyalty.share_via_deal
    )
    lost, lost_by = _lost_expansions(setting, customers)
    when = np.concatenate([bought[via], lost, terms]).astype(np.int64)
    by = np.concatenate([bought_by[via], lost_by, term_of])
    won = np.concatenate([np.ones(via.sum(), dtype=bool), np.zeros(len(lost), dtype=bool), renewed])
    kind = np.where(np.arange(len(when)) < via.sum() + len(lost), EXPANSION, RENEWAL)
    deals = _existing_deals(setting, rng, customers=customers, when=when, by=by, won=won, kind=kind)
    in_crm = (deals.created >= setting.clock.start) & (deals.created < setting.clock.end)
    direct = ~via & (bought <= last_day)
    unseen = ~in_crm & won & (deals.created < setting.clock.start) & (deals.closed < setting.clock.end)
    by_piece = setting.clock.from_days(bought[direct].astype(np.int64), rng.uniform(0.05, 0.95, int(direct.sum())))
    sizes = customers.size[bought_by[direct]] * _order_noise(rng, int(direct.sum()))
    order_at = np.concatenate([by_piece, deals.closed[unseen]])
    within = order_at < setting.clock.end
    return Repeats(
        customers=customers,
        order_customer=np.concatenate([bought_by[direct], by[unseen]])[within],
        order_at=order_at[within],
        order_size=np.concatenate([sizes, deals.size[unseen]])[within],
        order_renews=np.concatenate([np.zeros(len(by_piece), dtype=bool), kind[unseen] == RENEWAL])[within],
        deals=deals.keep(in_crm),
    )


def _order_noise(rng: np.random.Generator, n: int) -> Floats:
    return np.asarray(0.45 * np.exp(rng.normal(0.0, 0.45, n)), dtype=np.float64)


def _purchases(
    setting: Setting,
    account: Ints,
    *,
    owner: Ints,
    first: Ints,
    size: Floats,
    contract: Bools,
) -> tuple[Customers, Floats, Ints]:
    """Draw each customer's habits and all repeat purchases (days) up to the look-ahead.

    By the piece: intervals are exponential with an individual gamma rate, and after each repeat order the customer
    leaves with an individual beta chance (BG/NBD; Fader, Hardie, Lee 2005, doi:10.1287/mksc.1040.0098).
    """
    loyalty, rng, n = setting.scenario.loyalty, setting.streams("loyalty.habits"), len(account)
    rate = rng.gamma(loyalty.rate_shape, loyalty.rate_a_year / loyalty.rate_shape, n)
    rate = np.where(contract, rng.gamma(2.0, loyalty.expansions_a_year / 2.0, n), rate)
    dropout = np.where(contract, 0.0, rng.beta(loyalty.dropout_a, loyalty.dropout_b, n))
    leave = np.where(contract, rng.beta(loyalty.leave_a, loyalty.leave_b, n), 0.0)
    terms_kept = np.where(contract, rng.geometric(np.maximum(leave, 1e-6)), 0)
    horizon = float(setting.clock.workdays[int(setting.clock.end) - 1] + _LOOK_AHEAD)
    left = np.where(contract, first + terms_kept * YEAR, np.inf)
    days, who, dropped = _repeat_orders(
        setting.streams("loyalty.orders"), first, rate, dropout, np.minimum(left, horizon)
    )
    left = np.minimum(left, dropped)
    return Customers(account, owner, first, size, contract, rate, dropout, leave, left), days, who


def _repeat_orders(
    rng: np.random.Generator, first: Ints, rate: Floats, dropout: Floats, until: Floats
) -> tuple[Floats, Ints, Floats]:
    """Run the purchase process of all customers, one purchase per round."""
    alive, now = np.arange(len(first)), first.astype(np.float64)
    left = np.full(len(first), np.inf)
    days: list[Floats] = []
    who: list[Ints] = []
    while len(alive):
        now[alive] += rng.exponential(YEAR / rate[alive])
        alive = alive[now[alive] < until[alive]]
        days.append(np.maximum(np.floor(now[alive]), first[alive] + 1))
        who.append(alive)
        leaves = rng.random(len(alive)) < dropout[alive]
        left[alive[leaves]] = now[alive[leaves]]
        alive = alive[~leaves]
    return np.concatenate(days), np.concatenate(who), left


def _terms(setting: Setting, customers: Customers) -> tuple[Floats, Ints, Bools]:
    """Return the decision day of each contract's renewals, whose it is and whether it renewed."""
    horizon = float(setting.clock.workdays[int(setting.clock.end) - 1] + _LOOK_AHEAD)
    rng = setting.streams("loyalty.terms")
    until = np.minimum(customers.left, horizon)
    n_terms = np.where(customers.contract, np.floor((until - customers.first + 1) / YEAR), 0).astype(np.int64)
    who = np.repeat(np.arange(len(n_terms)), n_terms)
    due = customers.first[who] + (run_numbers(n_terms) + 1) * YEAR
    renewed = due < customers.left[who] - 1
    return np.floor(due) - rng.integers(1, 16, len(due)), who, renewed


def _lost_expansions(setting: Setting, customers: Customers) -> tuple[Floats, Ints]:
    """Deals for more that were lost: as many as the owner's win rate implies."""
    rng, loyalty = setting.streams("loyalty.lost"), setting.scenario.loyalty
    win = sigmoid(log_odds(loyalty.win_rate_existing) + setting.staff.closing[customers.owner])
    share = np.where(customers.contract, 1.0, loyalty.share_via_deal)
    opens, ends = (
        setting.clock.workdays[int(setting.clock.start)],
        setting.clock.workdays[int(setting.clock.end) - 1] + _LOOK_AHEAD,
    )
    begin = np.maximum(customers.first, opens)
    years = np.maximum(np.minimum(customers.left, ends) - begin, 0.0) / YEAR
    n_lost = rng.poisson(customers.rate * share * (1 - win) / win * years)
    who = np.repeat(np.arange(len(n_lost)), n_lost)
    return np.floor(begin[who] + rng.random(len(who)) * years[who] * YEAR), who


def _existing_deals(
    setting: Setting,
    rng: np.random.Generator,
    *,
    customers: Customers,
    when: Ints,
    by: Ints,
    won: Bools,
    kind: Ints,
) -> Deals:
    """Lay the stages of deals whose outcome is known backwards from their decision."""
    n = len(when)
    closed = setting.clock.from_days(when, rng.uniform(0.1, 0.9, n))
    slow = np.where(kind == RENEWAL, 1.5, 1.0)[:, None]
    delays = rng.gamma(2.0, np.asarray(_DAYS_EXISTING) * WORK_SHARE * slow / 2.0, (n, 3)) + 0.05
    last = np.where(won | (kind == RENEWAL), 2, rng.integers(0, 3, n))
    delays[np.arange(3) > last[:, None]] = 0.0
    created = closed - delays.sum(axis=1)
    entries = np.full((n, N_STAGES), np.inf)
    entries[:, :3] = created[:, None] + np.concatenate([np.zeros((n, 1)), np.cumsum(delays, axis=1)[:, :2]], axis=1)
    entries[:, :3][np.arange(3) > last[:, None]] = np.inf
    win = sigmoid(log_odds(setting.scenario.loyalty.win_rate_existing) + setting.staff.closing[customers.owner[by]])
    chance = np.where(kind == RENEWAL, 1.0 - customers.chance_leave[by], win)
    size = customers.size[by] * np.where(kind == RENEWAL, np.exp(rng.normal(0.03, 0.08, n)), _order_noise(rng, n))
    return Deals(
        kind=kind,
        lead=np.full(n, -1),
        account=customers.account[by],
        owner=customers.owner[by],
        appointer=np.full(n, -1),
        created=created,
        contacted=created + 0.02,
        entries=entries,
        reworked=np.full((n, 2), np.inf),
        closed=closed,
        won=won,
        size=size,
        discount=np.where(kind == RENEWAL, 0, rng.choice(np.array([0, 3, 5, 8, 10]), n)),
        competitor=np.full(n, -1),
        follow_up=np.clip(np.round(np.exp(rng.normal(1.25, 0.7, n))), 0, 14),
        chance=chance,
    )


def first_days(rng: np.random.Generator, clock: WorkClock, loyalty: Loyalty, n: int) -> Ints:
    """Draw the first order days of customers from the years before the CRM: more in recent years and busy months.

    A few orders of the first weeks of the CRM belong to deals that were never entered.
    """
    opens = int(clock.workdays[int(clock.start)])
    days = np.arange(opens - int(loyalty.years_of_history * YEAR), opens + _UNRECORDED_DAYS)
    recency = 0.6 + (days - days[0]) / len(days)
    return days[draw(rng, recency * clock.months.closing[clock.months.position(days)] ** 2, n)]
