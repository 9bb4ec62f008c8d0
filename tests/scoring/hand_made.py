"""A hand-made company of a few leads, of which everything is known by heart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.warehouse import Warehouse, connect

LOADED = datetime(2026, 12, 31)
AS_OF = date(2026, 6, 30)


def at(month: int, day: int, hour: int = 3) -> datetime:
    """Noon in Tokyo, as UTC."""
    return datetime(2026, month, day, hour)


def leads() -> pd.DataFrame:
    """Return five leads: won, lost, given up, waiting, and one of a company that has bought before."""
    columns = ("lead_id", "company", "email", "source", "campaign_id", "owner_id", "created_at", "first_touch_at",
               "disqualified_at", "converted_at", "converted_account_id", "converted_opportunity_id")  # fmt: skip
    rows = [
        (
            "l:won",
            "Aoba",
            "a@aoba.example",
            "fair",
            "c:1",
            "u:1",
            at(2, 2),
            at(2, 2, 9),
            None,
            at(2, 9),
            "a:aoba",
            "d:1",
        ),
        (
            "l:lost",
            "Ginga",
            "g@ginga.example",
            "fair",
            None,
            "u:1",
            at(2, 3),
            at(2, 5),
            None,
            at(2, 20),
            "a:gin",
            "d:2",
        ),
        ("l:given-up", "Hoshi", None, "list", None, "u:1", at(3, 2), at(3, 3), at(3, 20), None, None, None),
        ("l:waiting", "Sora", "s@sora.example", "web", "c:1", "u:2", at(6, 1, 20), None, None, None, None, None),
        ("l:again", " AOBA ", "k@aoba.example", "web", None, "u:1", at(5, 11), at(5, 12), None, None, None, None),
    ]
    return pd.DataFrame(rows, columns=columns).assign(status="open")


def tables() -> dict[str, pd.DataFrame]:
    """Return every table that `build_leads` reads."""
    deal_columns = ["opportunity_id", "account_id", "lead_id", "created_at", "closed_at", "is_closed", "is_won"]
    deals = [
        ("d:1", "a:aoba", "l:won", at(2, 9), at(4, 1), True, True),
        ("d:2", "a:gin", None, at(2, 20), at(5, 1), True, False),
        ("d:3", "a:aoba", None, at(4, 20), at(5, 2), True, False),
    ]
    activity_columns = ["activity_id", "lead_id", "at", "direction", "channel", "type"]
    activities = [
        ("t:1", "l:won", at(2, 1), "inbound", "email", "mail"),
        ("t:2", "l:won", at(2, 2, 9), "outbound", "phone", "call"),
        ("t:3", "l:won", at(2, 8), "outbound", "phone", "call"),
        ("t:4", "l:again", at(5, 10), "inbound", "chat", "chat"),
        ("t:5", "l:again", at(5, 12), "outbound", "email", "mail"),
    ]
    return {
        "leads": leads(),
        "opportunities": pd.DataFrame(deals, columns=deal_columns).assign(stage_id="s:1", owner_id="u:1"),
        "activities": pd.DataFrame(activities, columns=activity_columns).assign(user_id="u:1"),
        "accounts": pd.DataFrame(
            {
                "account_id": ["a:aoba", "a:gin"],
                "name": ["Aoba", "Ginga"],
                "industry": ["machines", "food"],
                "employees": [120, 30],
                "annual_revenue": [Decimal("5e8"), None],
                "created_at": [at(2, 9), at(2, 20)],
            }
        ),
        "contacts": pd.DataFrame(
            {
                "contact_id": ["p:1"],
                "account_id": ["a:aoba"],
                "email": ["K@aoba.example"],
                "title": ["head"],
                "created_at": [at(4, 1)],
            }
        ),
        "orders": pd.DataFrame({"order_id": ["o:1"], "account_id": ["a:aoba"], "ordered_at": [at(4, 2)], "total": [1]}),
        "campaigns": pd.DataFrame(
            {"campaign_id": ["c:1"], "type": ["event"], "channel": ["event"], "start": [date(2026, 1, 23)]}
        ),
        "touches": pd.DataFrame(
            {"touch_id": ["m:1", "m:2"], "campaign_id": "c:1", "lead_id": "l:waiting", "at": [at(5, 30), at(6, 5)]}
        ),
        "calendar": pd.DataFrame({"date": [date(2026, 2, 2)], "is_business_day": [True]}),
    }


def lab_of(**changed: pd.DataFrame | None) -> Warehouse:
    """Return a warehouse in memory that holds the company, with some tables changed or, as None, left out."""
    rows: Mapping[str, Any] = {**tables(), **changed}
    lab = connect("duckdb://")
    for name, frame in rows.items():
        if frame is not None:
            lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return lab
