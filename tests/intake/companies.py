"""Companies for the data check: invented ones with planted defects, and small ones written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zlib import crc32

import pandas as pd

from saleslab.simulation import Company, load_company
from saleslab.warehouse import Warehouse, connect

AS_OF = date(2026, 9, 30)
LOADED = datetime(2026, 10, 1)


def load(company: Company) -> Warehouse:
    """Load a company into memory, with the repeated keys that our own import would never write."""
    lab = connect("duckdb://")
    load_company(company, lab, loaded_at=LOADED)
    defects = company.truth.defects
    keys = list(defects.loc[defects["kind"] == "duplicated_keys", "row_id"])
    if keys:
        deals = lab.table("opportunities", all_rows=True)
        twice = lab._backend.to_pyarrow(deals.filter(deals.opportunity_id.isin(keys)))
        lab._backend.insert("opportunities", twice)
    return lab


def deal(key: str, **others: object) -> dict[str, object]:
    """One sound deal that was won in 2026, created at a moment of its own."""
    created = datetime(2026, 3, 2, 1, 2, 3) + timedelta(seconds=crc32(key.encode()) % 2_000_000)
    return {
        "opportunity_id": key,
        "account_id": "a:1",
        "stage_id": "won",
        "amount": Decimal(100),
        "probability": 1.0,
        "created_at": created,
        "closed_at": datetime(2026, 5, 11, 4, 5, 6),
        "is_closed": True,
        "is_won": True,
        "owner_id": "u:1",
        **others,
    }


def lost(key: str, **others: object) -> dict[str, object]:
    """One sound deal that was lost."""
    return deal(key, stage_id="lost", is_won=False, probability=0.0, **others)


def lab_of(deals: Sequence[dict[str, object]], **tables: pd.DataFrame) -> Warehouse:
    """A warehouse in memory with some deals, the stages, one user and one account, and further tables."""
    stages = pd.DataFrame(
        {
            "pipeline_id": "p",
            "stage_id": ["open", "won", "lost"],
            "label": ["Open", "Won", "Lost"],
            "position": [0, 1, 2],
            "is_closed": [False, True, True],
            "is_won": [False, True, False],
        }
    )
    given = {
        "users": pd.DataFrame({"user_id": ["u:1"], "is_active": [True]}),
        "accounts": pd.DataFrame({"account_id": ["a:1"]}),
        "stages": stages,
        "opportunities": pd.DataFrame(list(deals)),
        **tables,
    }
    lab = connect("duckdb://")
    for name, frame in given.items():
        lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return lab
