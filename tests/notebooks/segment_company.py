"""A company whose segments are known: four kinds of customers by what they order, and one industry that buys best."""

from datetime import datetime

import numpy as np
import pandas as pd

from saleslab.warehouse import connect

LOADED, LAST = datetime(2026, 10, 1), pd.Timestamp("2026-09-30 03:00")
BEST = "情報通信業"
WIN_RATES = {BEST: 0.6, "製造業": 0.2, "小売業": 0.2, "金融業": 0.2}
KINDS = ("heavy", "light", "lapsed", "once")
N_EACH = 60


def invent_orders(seed=3, n_each=N_EACH):
    """Return six years of orders; the kind of each customer is in its id."""
    lot, rows = np.random.default_rng(seed), []
    for kind in KINDS:
        for number in range(n_each):
            days, amount = _order(kind, lot)
            size = amount * lot.lognormal(0, 0.15)
            rows += [(f"a:{kind}-{number:03}", day, round(size * lot.lognormal(0, 0.1))) for day in days]
    orders = pd.DataFrame(rows, columns=["account_id", "days_ago", "total"])
    at = LAST - pd.to_timedelta(orders["days_ago"], unit="D")
    ids = [f"o:{number:05}" for number in range(len(orders))]
    return orders.assign(order_id=ids, ordered_at=at, currency="JPY", margin=orders["total"] * 0.4).drop(
        columns="days_ago"
    )


def _order(kind, lot):
    """Return how many days ago a customer of this kind ordered, and for how much."""
    match kind:
        case "heavy":
            return np.arange(lot.integers(2, 25), 2_000, 28), 400_000
        case "light":
            return np.arange(lot.integers(5, 80), 1_500, 85), 40_000
        case "lapsed":
            return lot.integers(800, 2_000, 6), 600_000
        case _:
            return lot.integers(500, 2_000, 1), 30_000


def invent_accounts(orders, seed=4, n_prospects=240):
    """Return customers and prospects; heavy customers are large, and prospects of each industry are as many."""
    lot = np.random.default_rng(seed)
    customers = pd.DataFrame({"account_id": sorted(set(orders["account_id"]))})
    is_heavy = customers["account_id"].str.startswith("a:heavy")
    customers = customers.assign(
        employees=np.where(is_heavy, 3_000, 40), industry=lot.choice(list(WIN_RATES), len(customers))
    )
    industry = np.resize(list(WIN_RATES), n_prospects)
    prospects = pd.DataFrame({"account_id": [f"p:{at:03}" for at in range(n_prospects)], "employees": 40})
    both = pd.concat([customers, prospects.assign(industry=industry)], ignore_index=True)
    return both.assign(name=[f"会社{at:04}" for at in range(len(both))], created_at=datetime(2020, 1, 1))


def invent_deals(accounts, seed=5, n=480):
    """Return decided deals of prospects, won by their industry's rate."""
    lot = np.random.default_rng(seed)
    prospects = accounts[accounts["account_id"].str.startswith("p:")]
    of = prospects.iloc[np.arange(n) % len(prospects)].reset_index(drop=True)
    won = lot.random(n) < of["industry"].map(WIN_RATES)
    return pd.DataFrame(
        {
            "opportunity_id": [f"d:{at:04}" for at in range(n)],
            "account_id": of["account_id"],
            "type": "new",
            "stage_id": np.where(won, "s:won", "s:lost"),
            "amount": 1_000_000.0,
            "amount_base": 1_000_000.0 * lot.lognormal(0, 0.3, n),
            "currency": "JPY",
            "created_at": LAST - pd.Timedelta(days=200),
            "closed_at": LAST - pd.to_timedelta(lot.integers(1, 180, n), unit="D"),
            "is_closed": True,
            "is_won": won,
        }
    )


def write_company(address, *, seed=3, tables=("orders", "accounts", "opportunities")):
    """Write the company; returns the orders."""
    orders = invent_orders(seed)
    accounts = invent_accounts(orders)
    frames = {"orders": orders, "accounts": accounts, "opportunities": invent_deals(accounts)}
    with connect(address) as lab:
        for name in tables:
            lab.write(name, frames[name], source_system="test", loaded_at=LOADED)
    return orders
