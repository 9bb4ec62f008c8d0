"""Small companies with known truths, written by hand or planted, for the tests of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse, connect

LOADED = datetime(2026, 12, 31)
AS_OF = date(2026, 9, 30)
CALENDAR = FiscalCalendar()
AUGUST, SEPTEMBER = CALENDAR.month_of(date(2026, 8, 1)), CALENDAR.month_of(date(2026, 9, 1))

Rows = list[dict[str, Any]]


def lab_of(**tables: Rows | pd.DataFrame) -> Warehouse:
    """A warehouse in memory that holds some tables."""
    lab = connect("duckdb://")
    for name, rows in tables.items():
        lab.write(name, pd.DataFrame(rows), source_system="hand", loaded_at=LOADED)
    return lab


def noon(day: date) -> datetime:
    """Noon in Tokyo, as UTC."""
    return datetime(day.year, day.month, day.day, 3)


def deal(
    key: str, *, opened: date, closed: date | None = None, won: bool = False, amount: int = 100, **others: object
) -> dict[str, Any]:
    """One row of opportunities; closed when it has a closing day."""
    return {
        "opportunity_id": key,
        "stage_id": "s:won" if won else "s:1",
        "amount": Decimal(amount),
        "created_at": noon(opened),
        "closed_at": None if closed is None else noon(closed),
        "is_closed": closed is not None,
        "is_won": won,
        **others,
    }


def order(key: str, account: str, total: int, day: date) -> dict[str, Any]:
    """One row of orders."""
    return {"order_id": key, "account_id": account, "ordered_at": noon(day), "total": Decimal(total)}


def visit(key: str, km: float, day: date, *, channel: str = "visit", **others: object) -> dict[str, Any]:
    """One row of activities."""
    return {
        "activity_id": key, "type": channel, "channel": channel, "at": noon(day), "distance_km": km, "connected": True,
        **others,
    }  # fmt: skip


def answer(key: str, kind: str, score: float, day: date) -> dict[str, Any]:
    """One row of feedback."""
    return {"feedback_id": key, "kind": kind, "score": score, "at": noon(day), "account_id": "a:1"}


def only(values: pd.DataFrame, metric_id: str, **where: object) -> Mapping[str, Any]:
    """The one row of a metric that fits; fails where there are none or several."""
    rows = values[values["metric_id"] == metric_id]
    for column, wanted in where.items():
        rows = rows[rows[column] == (pd.Timestamp(wanted) if isinstance(wanted, date) else wanted)]
    assert len(rows) == 1, f"{metric_id} {where} has {len(rows)} rows"
    return dict(rows.iloc[0])


def deals_of_known_rate(rate: float, *, n: int, seed: int, until: date = AS_OF, n_days: int = 730) -> pd.DataFrame:
    """Deals opened evenly over two years, a share of which is won in the end, wins sooner than losses."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, n_days, n)
    wins = rng.random(n) < rate
    days = np.where(wins, rng.gamma(2.0, 28.0, n), rng.gamma(2.0, 40.0, n)).round().astype(int)
    closed = days <= age
    opened = [until - timedelta(days=int(one)) for one in age]
    return pd.DataFrame(
        [
            deal(
                f"o:{place}",
                opened=day,
                closed=day + timedelta(days=int(days[place])) if closed[place] else None,
                won=bool(wins[place] and closed[place]),
            )
            for place, day in enumerate(opened)
        ]
    )


def quarter_of(day: date) -> Period:
    """The fiscal quarter that holds a day."""
    return CALENDAR.quarter_of(day)
