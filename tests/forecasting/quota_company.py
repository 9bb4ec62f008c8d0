"""A company whose people sell around levels that are known, with quotas at known places of what each can sell."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

CALENDAR = FiscalCalendar()
MONTHS = pd.date_range("2023-04-01", "2026-09-01", freq="MS")
QUARTERS = [CALENDAR.parse(name) for name in ("FY2025Q1", "FY2025Q2", "FY2025Q3", "FY2025Q4", "FY2026Q1", "FY2026Q2")]
SPREAD = 0.3
LEVELS = np.array([1.2, 1.5, 2.0, 2.6, 3.1, 4.0, 4.4, 5.0, 5.5, 6.0, 7.0, 8.0]) * 1e6
PEOPLE = tuple(f"u:{at:02}" for at in range(len(LEVELS)))


def make_sales(*, seed=3):
    """One order a month and person, gamma around the level: ``owner_id, ordered_at, total``."""
    lot = np.random.default_rng(seed)
    shape = 1 / SPREAD**2
    amounts = lot.gamma(shape, LEVELS[:, None] / shape, (len(LEVELS), len(MONTHS)))
    rows = pd.DataFrame({"owner_id": np.repeat(PEOPLE, len(MONTHS)), "total": amounts.ravel().round(2)})
    return rows.assign(ordered_at=np.tile(MONTHS + pd.Timedelta(days=14, hours=3), len(PEOPLE)))


def make_quotas(*, seed=5, metric="revenue"):
    """Quotas between 0.6 and 1.4 of three months at the level: ``place`` is that share."""
    lot = np.random.default_rng(seed)
    rows = [
        (metric, "user", person, quarter.start, quarter.end, share * 3 * level, share)
        for quarter in QUARTERS
        for person, level, share in zip(PEOPLE, LEVELS, lot.uniform(0.6, 1.4, len(LEVELS)), strict=True)
    ]
    columns = ["metric_id", "scope_type", "scope_id", "period_start", "period_end", "target", "place"]
    quotas = pd.DataFrame(rows, columns=columns)
    return quotas.assign(target_id=[f"t{at:03}" for at in range(len(quotas))], unit="JPY", version=1)


def make_lab(sales=None, quotas=None, *, deals=None):
    """Return the company in memory."""
    lab = connect("duckdb://")
    write_company(
        lab, make_sales() if sales is None else sales, make_quotas() if quotas is None else quotas, deals=deals
    )
    return lab


def write_company(lab, sales, quotas, *, deals=None):
    """Write people, their orders and quotas, and won deals where there are some."""
    frames = {
        "users": pd.DataFrame({"user_id": PEOPLE, "name": [f"Person {one}" for one in PEOPLE], "is_active": True}),
        "targets": quotas.drop(columns="place", errors="ignore").assign(target=quotas["target"].round().astype(float)),
        "orders": sales.assign(
            order_id=[f"o{at}" for at in range(len(sales))],
            total=[Decimal(str(one)) for one in sales["total"]],
            account_id="a:1",
        ),
    }
    if deals is not None:
        frames["opportunities"] = deals
    for name, frame in frames.items():
        lab.write(name, frame, source_system="test", loaded_at=datetime(2026, 11, 24))
