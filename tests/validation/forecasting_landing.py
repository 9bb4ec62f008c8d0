"""How near do landings of past days come, do their intervals hold what came, and are their chances true?

Maven CRM: 13 days of 2017, of which only the dates of deals are on record. Invented companies: 8 days of each of 25
seeds, one a quarter, against targets that are shares of what the quarter brought a year before.

    .venv/bin/python tests/validation/forecasting_landing.py maven
    .venv/bin/python tests/validation/forecasting_landing.py companies 200 225
"""

# ruff: noqa: T201 - it prints what it measures

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))

from landings import MAVEN_DAYS, land_company, land_maven, measure, measure_calibration

from saleslab.intake import import_export
from saleslab.warehouse import connect

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
N_DAYS = 8
PARTS = (0, 15, 30, 60, 95)


def tell_maven() -> None:
    """Print each of the 13 days, and the measures, for two readings of which days they are."""
    with connect("duckdb://") as lab:
        import_export(DATA / "maven_crm", lab, map_name_or_file="maven", loaded_at=datetime(2026, 10, 1))
        for name, days in MAVEN_DAYS.items():
            table = land_maven(lab, days)
            shown = table[["as_of", "days_left", "actual", "p10", "p50", "p90", "alone_p50", "place", "weight"]]
            print(f"\nMaven CRM, {name}\n{shown.round(2).to_string(index=False)}")
            print("blended ", measure(table), "\nalone   ", measure(table, "alone_"))


def tell_companies(first: int, last: int) -> None:
    """Print the measures over invented companies, and by days left."""
    table = pd.concat([land_company(seed=seed, n_days=N_DAYS) for seed in range(first, last)], ignore_index=True)
    print(f"Invented companies, seeds {first} to {last - 1}")
    print("blended ", measure(table), "calibration of P(hit)", round(measure_calibration(table), 4))
    print("alone   ", measure(table, "alone_"))
    for part, rows in table.groupby(pd.cut(table["days_left"], PARTS), observed=True):
        print(f"{part!s:>9} days left: blended {measure(rows)}, alone {measure(rows, 'alone_')}")


if __name__ == "__main__":
    if sys.argv[1] == "maven":
        tell_maven()
    else:
        tell_companies(int(sys.argv[2]), int(sys.argv[3]))
