"""Landings of past days beside what came, for tests and validation scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from saleslab.forecasting import (
    Landing,
    draw_remainder,
    forecast_landing,
    forecast_pipeline,
    read_deal_history,
    read_open_deals,
    read_won_so_far,
)
from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

TARGETS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
"""Of what the same quarter brought a year before: targets that lie below, at and above what may come."""

MAVEN_DAYS = {
    "every 14 days from 2017-07-03": tuple(date(2017, 7, 3) + timedelta(days=14 * at) for at in range(13)),
    "every 15 days from 2017-07-01": tuple(date(2017, 7, 1) + timedelta(days=15 * at) for at in range(13)),
}
"""Two readings of the 13 days of the research notes, which give their number and their months."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was said of a period on a day by both views, and by the pipeline alone, and what came."""

    blended: Landing
    alone: Landing
    actual: float
    a_year_ago: float


def land(lab: Warehouse, *, as_of: date, period: Period, calendar: FiscalCalendar, seed: int = 0) -> Tried:
    """Forecast the landing of a period with what was known on a day."""
    history = read_deal_history(lab, as_of=as_of, until=period.end)
    deals = read_open_deals(lab, as_of=as_of)
    pipeline = forecast_pipeline(deals, as_of=as_of, until=period.end, history=history, seed=seed)
    won = read_won_so_far(lab, start=period.start, as_of=as_of)
    series = draw_remainder(history, seed=seed)
    before = calendar.year_before(period)
    return Tried(
        forecast_landing(pipeline, won=won, series_draws=series, period=period),
        forecast_landing(pipeline, won=won, period=period),
        sum_won(lab, period),
        sum_won(lab, before),
    )


def sum_won(lab: Warehouse, period: Period) -> float:
    """Return what a period brought."""
    return float(read_won_so_far(lab, start=period.start, as_of=period.end)["amount"].sum())


def land_maven(lab: Warehouse, days: Sequence[date]) -> pd.DataFrame:
    """Return the landings of the Maven sample on some days."""
    calendar = FiscalCalendar(1)
    return tabulate(land(lab, as_of=day, period=calendar.quarter_of(day), calendar=calendar) for day in days)


def land_company(*, seed: int, n_days: int, n_deals: int = 3_200) -> pd.DataFrame:
    """Return the landings of an invented company, on one random day of each of its last quarters."""
    calendar, rng = FiscalCalendar(4), np.random.default_rng(seed)
    quarter = calendar.quarter_of(date(2026, 9, 30))
    with connect("duckdb://") as lab:
        load_company(simulate(Scenario(seed=seed, n_deals=n_deals)), lab, loaded_at=datetime(2026, 10, 1))
        tried = []
        for _ in range(n_days):
            day = quarter.start + timedelta(days=int(rng.integers(0, quarter.n_days - 4)))
            tried.append(land(lab, as_of=day, period=quarter, calendar=calendar))
            quarter = calendar.previous(quarter)
    return tabulate(tried).assign(seed=seed)


def tabulate(tried: Sequence[Tried] | Iterator[Tried]) -> pd.DataFrame:
    """Return one row a landing: what was said, what came, where it lies in what was said, and chances of targets."""
    rows = []
    for one in tried:
        said, alone = one.blended, one.alone
        total = said.draws["total_amount"].to_numpy()
        row = {"as_of": said.as_of, "days_left": (said.period.end - said.as_of).days, "actual": one.actual}
        row |= {"p10": said.p10, "p50": said.p50, "p90": said.p90}
        row |= {"alone_p10": alone.p10, "alone_p50": alone.p50, "alone_p90": alone.p90}
        row |= {"place": float((total < one.actual).mean()), "weight": said.weights.pipeline}
        for share in TARGETS:
            row[f"chance_{share}"] = float((total >= share * one.a_year_ago).mean())
            row[f"hit_{share}"] = float(one.actual >= share * one.a_year_ago)
        rows.append(row)
    return pd.DataFrame(rows)


def measure(table: pd.DataFrame, prefix: str = "") -> dict[str, float]:
    """Return the mean absolute percentage error, and the share of actual values within the 80 % interval."""
    off = (table[f"{prefix}p50"] - table["actual"]).abs() / table["actual"]
    inside = table["actual"].between(table[f"{prefix}p10"], table[f"{prefix}p90"])
    return {"n": len(table), "mape": 100 * float(off.mean()), "covered": float(inside.mean())}


def measure_calibration(table: pd.DataFrame, *, n_bins: int = 10) -> float:
    """Return the mean distance of said chances from the shares that came, in bins of equal counts."""
    chances = np.concatenate([table[f"chance_{share}"] for share in TARGETS])
    hits = np.concatenate([table[f"hit_{share}"] for share in TARGETS])
    parts = np.array_split(np.argsort(chances, kind="stable"), n_bins)
    return float(sum(len(part) * abs(chances[part].mean() - hits[part].mean()) for part in parts) / len(chances))
