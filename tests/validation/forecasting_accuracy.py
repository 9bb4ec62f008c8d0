"""How good is the series forecast of a quarter on past days, and do its ranges and chances hold?

``python tests/validation/forecasting_accuracy.py [SEEDS]``: invented companies (five seeds unless told; those of the
committed notebooks are not among them), and AdventureWorks and Maven where ../shared/data holds them. A row a scope and
number of days before the end: error and bias as shares of what came, how many 80 % ranges held, and how far stated
chances to reach a target were off, beside what luck alone gives.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from saleslab.forecasting import AccuracyReview, measure_forecasts, review_accuracy
from saleslab.forecasting.accuracy import calibrate_chances
from saleslab.intake import import_export
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SEEDS = (11, 12, 13, 14, 15)
SHOWN = ("bias", "wape", "coverage_80", "gain_seasonal_naive", "gain_last_period", "brier_skill")


def say(text: str) -> None:
    """Print some lines."""
    sys.stdout.write(f"{text}\n")


def show(name: str, reviews: list[AccuracyReview]) -> None:
    """Print what was measured over some companies."""
    for scope in ("company", "team", "user"):
        parts = [review.of(scope) for review in reviews]
        named = [part.assign(series_id=f"{at} " + part["series_id"]) for at, part in enumerate(parts)]
        rows = pd.concat(named, ignore_index=True)
        if rows.empty:
            continue
        found = measure_forecasts(rows, by=("days_before",))
        mine = found[found["method"].isin(["series", "weighted", "commit"]) & found["measure"].isin(SHOWN)]
        table = mine.pivot_table(index=["method", "days_before"], columns="measure", values="value").round(3)
        say(f"\n{name}, {scope}: {rows['period'].nunique()} quarters\n{table.to_string()}")
    for review in reviews:
        chances = calibrate_chances(review)
        if chances is not None:
            told = f"{chances.error:.3f} (luck {chances.error_by_luck:.3f}), {chances.n_outside} groups outside"
            say(f"{name}: chances of people off by {told}, {sum(point.n for point in chances.points)} chances")


def review_invented(seed: int) -> AccuracyReview:
    """Return the review of an invented company."""
    lab = connect("duckdb://")
    load_company(simulate(Scenario(seed=seed)), lab, loaded_at=datetime(2026, 10, 1))
    return review_accuracy(lab, as_of=date(2026, 9, 30), n_periods=8)


def review_sample(folder: str, name: str, as_of: date) -> AccuracyReview:
    """Return the review of a public sample."""
    lab = connect("duckdb://")
    import_export(DATA / folder, lab, map_name_or_file=name, loaded_at=datetime(2026, 10, 1))
    return review_accuracy(lab, as_of=as_of, n_periods=10)


def main() -> None:
    """Print all tables."""
    seeds = tuple(int(word) for word in sys.argv[1:]) or SEEDS
    show(f"{len(seeds)} invented companies", [review_invented(seed) for seed in seeds])
    if DATA.is_dir():
        show("AdventureWorks", [review_sample("adventureworks", "adventureworks", date(2013, 11, 30))])
        show("Maven", [review_sample("maven_crm", "maven", date(2017, 12, 31))])
    else:
        say("the public samples are not in ../shared/data")


if __name__ == "__main__":
    main()
