"""Speed of measuring: 60 metrics for 5 scopes and 36 months over ten million activities.

Run it alone: ``.venv/bin/python tests/bench/bench_kpi.py [FILE]``. FILE keeps the warehouse, which takes minutes to
make. An invented company's activities are written again and again under new ids until there are ten million; the rest
stays as it was invented. Bars: 20 seconds of wall time on two idle cores, no raw row to Python.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from saleslab import kpi
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

N_ACTIVITIES, N_METRICS, AS_OF = 10_000_000, 60, date(2026, 9, 30)
SCOPES = ("company", "team", "user", "segment", "channel")


def make_company(file: Path) -> None:
    """Write a company whose activities are copied to ten million."""
    company = simulate(Scenario(seed=7, n_deals=4_000))
    with connect(f"duckdb:///{file}") as lab:
        load_company(company, lab, loaded_at=datetime(2026, 10, 1))
        n = len(company.frame("activities"))
        again = "SELECT * REPLACE (activity_id || '-' || copy AS activity_id) FROM activities"
        copies = f"{again}, range(1, {N_ACTIVITIES // n + 1}) AS t(copy)"
        columns = ", ".join(f'"{name}"' for name in lab.table("activities", all_rows=True).columns)
        lab._backend.raw_sql(f"INSERT INTO activities SELECT {columns} FROM ({copies})")


def choose_metrics() -> list[kpi.Metric]:
    """Return 60 metrics, those over activities first: they are the large ones."""
    metrics = list(kpi.library().values())
    metrics.sort(key=lambda metric: "activities" not in {count.table for count in metric.counts})
    return metrics[:N_METRICS]


def measure(lab: Warehouse) -> None:
    """Print how long it takes, and how much is read."""
    metrics = choose_metrics()
    n_large = sum("activities" in {count.table for count in metric.counts} for metric in metrics)
    before, wall, cpu = lab.rows_read, time.perf_counter(), time.process_time()
    values = kpi.measure(lab, metrics, as_of=AS_OF, months=36, scopes=SCOPES, factors={"co2_kg_per_km": 0.1})
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{len(metrics)} metrics ({n_large} over activities), {len(SCOPES)} scopes, 36 months: {len(values):,} values"
    )
    print(f"{wall:.1f} s wall, {cpu:.1f} s CPU (bar 20 s wall); {lab.rows_read - before:,} rows reached Python")


def main(file: Path) -> None:
    """Make the company where it is not there yet, and measure."""
    if not file.exists():
        make_company(file)
    with connect(f"duckdb:///{file}", read_only=True) as lab:
        activities = lab.table("activities")
        print(f"{lab.count_once('all activities', activities):,} activities")
        measure(lab)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder) / "lab.duckdb")
