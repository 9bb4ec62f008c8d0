"""A small company whose people's words are planted: what each commits to lies a known share from what comes."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

PEOPLE = ("ann", "ben", "eve", "kai")
TEAM_OF = {"ann": "north", "ben": "north", "eve": "south", "kai": "south"}
OFF = {"ann": 1.0, "ben": 1.5, "eve": 0.8, "kai": 1.0}
"""What a commit is, as a multiple of what comes."""

FIRST, LAST = date(2024, 4, 1), date(2026, 9, 30)
CALENDAR = FiscalCalendar()
TABLES = ("users", "teams", "targets", "forecast_submissions", "stages", "stage_events")


def make_deals(*, seed=3):
    """Three deals a week and person, won within weeks; amounts swing with the season."""
    rng = np.random.default_rng(seed)
    weeks = pd.date_range(FIRST, LAST, freq="W-MON")
    rows = []
    for person in PEOPLE:
        for week in weeks:
            for _ in range(3):
                closed = week + timedelta(days=int(rng.integers(0, 5)), hours=3)
                swing = 1 + 0.3 * np.sin(week.day_of_year / 365 * 2 * np.pi)
                rows.append((person, closed, round(float(swing * rng.gamma(6, 20)), 2)))
    deals = pd.DataFrame(rows, columns=["owner_id", "closed_at", "amount"])
    deals["opportunity_id"] = [f"d{at}" for at in range(len(deals))]
    return deals[deals["closed_at"] <= pd.Timestamp(LAST) + timedelta(days=1)]


def sum_quarters(deals):
    quarter = [CALENDAR.quarter_of(day.date()).start for day in deals["closed_at"]]
    return deals.groupby(["owner_id", pd.Series(quarter, index=deals.index, name="start")])["amount"].sum()


def make_submissions(came):
    rows = [
        (person, person, start, day, "commit", Decimal(str(round(OFF[person] * amount, 2))))
        for (person, start), amount in came.items()
        for day in (start + timedelta(days=7 * week) for week in range(13))
    ]
    return pd.DataFrame(rows, columns=["user_id", "scope_id", "period_start", "as_of", "category", "amount"])


def make_targets(came):
    rows = []
    for (person, start), amount in came.items():
        end = CALENDAR.quarter_of(start).end
        rows.append(("won_amount", "user", person, start, end, float(round(amount * 0.9)), "JPY"))
    columns = ["metric_id", "scope_type", "scope_id", "period_start", "period_end", "target", "unit"]
    targets = pd.DataFrame(rows, columns=columns)
    return targets.assign(target_id=[f"t{at}" for at in range(len(targets))])


def make_stage_events(deals):
    """Each deal enters a stage of half a chance ten days before it closes, promised for its very day."""
    at = deals["closed_at"] - pd.Timedelta(days=10)
    return pd.DataFrame(
        {
            "event_id": "e" + deals["opportunity_id"],
            "object_type": "opportunity",
            "object_id": deals["opportunity_id"],
            "to_stage_id": "s:half",
            "to_stage_label": "half",
            "at": at,
            "at_uncertainty_days": 0.0,
            "amount": [Decimal(str(amount)) for amount in deals["amount"]],
            "expected_close_date": [day.date() for day in deals["closed_at"]],
            "origin": "crm_history",
        }
    )


def make_lab(deals, *, tables=TABLES):
    """Return the company in memory."""
    lab = connect("duckdb://")
    write_company(lab, deals, tables=tables)
    return lab


def write_company(lab, deals, *, tables=TABLES):
    """Write the company; what people said and aimed at is made from all deals as `make_deals` gives them."""
    came = sum_quarters(make_deals())
    frames = {
        "opportunities": deals.assign(
            amount=[Decimal(str(amount)) for amount in deals["amount"]],
            created_at=deals["closed_at"] - pd.Timedelta(days=20),
            stage_id="s:won",
            is_closed=True,
            is_won=True,
        ),
        "users": pd.DataFrame({"user_id": PEOPLE, "team_id": [TEAM_OF[one] for one in PEOPLE], "is_active": True}),
        "teams": pd.DataFrame({"team_id": ["north", "south"], "name": ["North", "South"]}),
        "targets": make_targets(came),
        "forecast_submissions": make_submissions(came),
        "stages": pd.DataFrame(
            {"pipeline_id": "p", "stage_id": ["s:half"], "label": ["half"], "position": [1]}
            | {"is_closed": [False], "is_won": [False], "probability": [0.5]}
        ),
        "stage_events": make_stage_events(deals),
    }
    for name in ("opportunities", *tables):
        lab.write(name, frames[name], source_system="test", loaded_at=datetime(2026, 11, 24))
