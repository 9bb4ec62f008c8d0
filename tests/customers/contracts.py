"""A company of a few contracts, written by hand, and groups of customers with a planted chance of loss."""

from datetime import datetime

import numpy as np
import pandas as pd

from saleslab.customers.health.rows import FACTORS

LOADED = datetime(2026, 10, 1)


def write_contracts(lab, terms, *, contacts=(), deals=()):
    """Write accounts with lines of a product: (account, first day, last day, total); contacts: (account, day)."""
    accounts = sorted({row[0] for row in (*terms, *contacts, *deals)})
    lab.write("accounts", pd.DataFrame({"account_id": accounts, "owner_id": "u:1"}), **_load())
    starts = pd.to_datetime([row[1] for row in terms])
    orders = pd.DataFrame(
        {
            "order_id": [f"r:{at}" for at in range(len(terms))], "account_id": [row[0] for row in terms],
            "ordered_at": starts - pd.Timedelta(days=1), "total": [row[3] for row in terms], "currency": "JPY",
        }
    )  # fmt: skip
    lab.write("orders", orders, **_load())
    lines = pd.DataFrame(
        {
            "line_id": [f"l:{at}" for at in range(len(terms))], "order_id": orders["order_id"], "product_id": "p:1",
            "total": orders["total"], "term_start": starts, "term_end": pd.to_datetime([row[2] for row in terms]),
        }
    )  # fmt: skip
    lab.write("order_lines", lines, **_load())
    if contacts:
        acts = pd.DataFrame(
            {
                "activity_id": [f"c:{at}" for at in range(len(contacts))], "type": "call", "channel": "phone",
                "account_id": [row[0] for row in contacts], "at": pd.to_datetime([row[1] for row in contacts]),
            }
        )  # fmt: skip
        lab.write("activities", acts, **_load())


def _load():
    return {"source_system": "test", "loaded_at": LOADED}


def invent_groups(kind, *, n=3_000, n_blocks=12, weights=None, height=-2.0, seed=3):
    """Return counted groups of customers whose log-odds of loss are a height and weights of their levels."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(dict.fromkeys(FACTORS, 0), index=range(n))
    frame["recency"] = rng.integers(0, 6, n)
    frame["satisfaction"] = rng.integers(-1, 3, n)
    frame["tenure"] = rng.integers(0, 4, n)
    odds = height + sum(frame[name].clip(lower=0) * weight for name, weight in (weights or {}).items())
    frame["n_lost"] = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    frame = frame.assign(block=rng.integers(0, n_blocks, n), n=1, kind=kind)
    keys = ["kind", "block", *FACTORS]
    return frame.groupby(keys, as_index=False)[["n", "n_lost"]].sum()


def invent_accounts(kind, *, n=40, seed=5):
    """Return customers to be rated, one of each level of recency in turn."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(dict.fromkeys(FACTORS, 0), index=range(n))
    frame["recency"] = np.arange(n) % 6
    frame["satisfaction"] = rng.integers(-1, 3, n)
    told = {"kind": kind, "account_id": [f"a:{at:03d}" for at in range(n)], "owner_id": "u:1"}
    told |= {"due_on": pd.Timestamp("2026-12-31"), "amount": rng.integers(1, 50, n) * 1_000.0}
    return frame.assign(**told, last_contact_on=pd.NaT)
