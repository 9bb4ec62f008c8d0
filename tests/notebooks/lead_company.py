"""A company of hand-made leads whose truth is known: who becomes an appointment, who opted out, when people answer."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from saleslab.warehouse import connect

LOADED = datetime(2026, 10, 1)
LAST = pd.Timestamp("2026-09-30 06:00")
BEST, WORST = "紹介", "広告"
LOG_ODDS = {BEST: 0.6, "セミナー": -1.6, "架電リスト": -2.6, WORST: -3.6}
OPTED_OUT = "l:0000"
"""The very best lead: of the best source, come in on the last day. Its number and address are on record as refused."""


TABLES = ("leads", "users", "contacts", "activities", "opportunities")


def write_company(address, *, n=1_600, seed=5, won=None, tables=TABLES):
    """Write leads of 200 days, their owners, contacts, calls and one deal; ``won`` puts one outcome for all."""
    lot = np.random.default_rng(seed)
    created = np.sort(lot.uniform(0, 200, n))[::-1]
    source = lot.choice(list(LOG_ODDS), n)
    source[0], created[0] = BEST, 0.2
    chance = 1 / (1 + np.exp(-np.array([LOG_ODDS[name] for name in source])))
    met = lot.random(n) < chance if won is None else np.full(n, won)
    at = LAST - pd.to_timedelta(created, unit="D")
    met_at = at + pd.to_timedelta(lot.exponential(4, n), unit="D")
    is_met = met & (met_at < LAST) & (np.arange(n) > 0)
    leads = pd.DataFrame(
        {
            "lead_id": [f"l:{number:04}" for number in range(n)],
            "company": [f"会社{number:04}" for number in range(n)],
            "contact_name": [f"個人名{number:04}" for number in range(n)],
            "phone": [f"03-1000-{number:04}" for number in range(n)],
            "email": [f"p{number:04}@example.co.jp" for number in range(n)],
            "source": source,
            "status": "open",
            "owner_id": [f"u:{number % 3}" for number in range(n)],
            "created_at": at.floor("s"),
            "qualified_at": pd.Series(met_at.floor("s")).where(is_met),
            "disqualified_at": pd.Series(met_at.floor("s")).where(~is_met & (created > 30)),
        }
    )
    users = pd.DataFrame({"user_id": ["u:0", "u:1", "u:2"], "name": ["担当甲", "担当乙", "担当丙"], "is_active": True})
    contacts = pd.DataFrame(
        {
            "contact_id": ["c:0", "c:1"],
            "name": ["個人名0000", "個人名9999"],
            "phone": ["0310000000", "03-9999-0000"],
            "email": ["P0000@example.co.jp", "x@example.co.jp"],
            "opt_out_phone": [True, False],
            "opt_out_email": [True, False],
        }
    )
    hours = lot.integers(0, 9, 900)
    calls = pd.DataFrame(
        {
            "activity_id": [f"a:{number}" for number in range(900)],
            "lead_id": [f"l:{number % (n - 400) + 400:04}" for number in range(900)] if n > 800 else "l:0001",
            "channel": "phone",
            "type": "call",
            "direction": "outbound",
            "at": [datetime(2026, 8, 3 + number % 5) + timedelta(hours=int(hour)) for number, hour in enumerate(hours)],
            "connected": lot.random(900) < np.where(hours == 7, 0.6, 0.15),
        }
    )
    deals = pd.DataFrame(
        {
            "opportunity_id": ["o:1"],
            "lead_id": ["l:0900" if n > 900 else "l:0001"],
            "amount": [1_000_000.0],
            "amount_base": [1_000_000.0],
            "created_at": [datetime(2026, 6, 1)],
            "closed_at": [datetime(2026, 8, 1)],
            "is_closed": True,
            "stage_id": "s:won",
            "is_won": True,
        }
    )
    frames = {"leads": leads, "users": users, "contacts": contacts, "activities": calls, "opportunities": deals}
    with connect(address) as lab:
        for name in tables:
            lab.write(name, frames[name], source_system="test", loaded_at=LOADED)
    return leads
