"""Small companies with known truths, written by hand or planted, for the tests of this room."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.warehouse import Warehouse, connect

LOADED = datetime(2026, 12, 31)
AS_OF = date(2026, 11, 24)


def utc(day: date, hour: int = 3) -> datetime:
    """Noon or so in Tokyo, as UTC."""
    return datetime(day.year, day.month, day.day, hour)


def deal(
    key: str,
    *,
    created: date | None = None,
    closed: date | None = None,
    won: bool = False,
    amount: int | None = 100,
    **others: object,
) -> dict[str, object]:
    """One row of opportunities; closed when it has a closing day."""
    return {
        "opportunity_id": key,
        "stage_id": "s:won" if won else "s:lost" if closed else "s:proposal",
        "amount": None if amount is None else Decimal(amount),
        "created_at": None if created is None else utc(created),
        "closed_at": None if closed is None else utc(closed),
        "is_closed": closed is not None,
        "is_won": won,
        "owner_id": "u:1",
        "pipeline_id": "p:1",
        **others,
    }


def lab_of(deals: Sequence[dict[str, object]], **tables: pd.DataFrame) -> Warehouse:
    """A warehouse in memory that holds some deals and other tables."""
    lab = connect("duckdb://")
    for name, frame in {"opportunities": pd.DataFrame(deals), **tables}.items():
        lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return lab


def stages() -> pd.DataFrame:
    """A pipeline of two open stages."""
    return pd.DataFrame(
        {
            "pipeline_id": "p:1",
            "pipeline_label": "新規営業",
            "stage_id": ["s:hearing", "s:proposal", "s:won", "s:lost"],
            "label": ["ヒアリング", "提案", "受注", "失注"],
            "position": [0, 1, 2, 3],
            "is_closed": [False, False, True, True],
            "is_won": [False, False, True, False],
            "probability": [0.2, 0.5, 1.0, 0.0],
        }
    )


def pushes(key: str, dates: Sequence[str], *, field: str = "close_date") -> pd.DataFrame:
    """The history of one deal's close date, one change a week."""
    rows = [
        {
            "object_type": "opportunity",
            "object_id": key,
            "field": field,
            "old": old,
            "new": new,
            "at": datetime(2026, 9, 1) + timedelta(weeks=week),
            "origin": "crm_history",
        }
        for week, (old, new) in enumerate(itertools.pairwise(dates))
    ]
    return pd.DataFrame(rows)


def planted_deals(seed: int, n: int = 1500, *, chances: Sequence[float] = (0.3,) * 6) -> list[dict[str, object]]:
    """Deals over three years, won with the chance of their owner, the losses later than the wins."""
    rng = np.random.default_rng(seed)
    first, length = date(2023, 11, 25), 1095
    rows = []
    for index in range(n):
        owner = int(rng.integers(len(chances)))
        created = first + timedelta(days=int(rng.integers(length)))
        won = bool(rng.random() < chances[owner])
        closed = created + timedelta(days=int(rng.gamma(2, 25 if won else 40)))
        amount = int(np.exp(rng.normal(12, 0.7)))
        row = deal(f"o:{index:05d}", created=created, amount=amount, owner_id=f"u:{owner}")
        if closed <= AS_OF:
            row |= {
                "closed_at": utc(closed),
                "is_closed": True,
                "is_won": won,
                "stage_id": "s:won" if won else "s:lost",
            }
        rows.append(row)
    return rows
