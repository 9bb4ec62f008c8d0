"""Speed of trees, of the target study, and of measuring 60 metrics over ten million activities.

Run it alone: ``.venv/bin/python tests/bench/bench_kpi.py [FILE | trees]``. FILE keeps the large warehouse, which takes
minutes to make; ``trees`` leaves measuring out. Bars, wall time on two idle cores: 30 ms for one evaluation of a tree
of 25 nodes, all of which decide the goal, with 4,000 draws; 3 s for the target study of the demo company; 20 s for 60
metrics, 5 scopes and 36 months, no raw row to Python. An invented company's activities are written again and again
under new ids until there are ten million; the rest stays as it was invented.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from saleslab import kpi
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

N_ACTIVITIES, N_METRICS, AS_OF = 10_000_000, 60, date(2026, 9, 30)
PLAN = Path(__file__).parents[2] / "data" / "plans" / "invented_company.yaml"
SCOPES = ("company", "team", "user", "segment", "channel")


SEGMENTS = ("new", "known", "partner")
N_NODES, N_DRAWS, N_TIMES = 25, 4_000, 30
_COUNT, _RATE, _MONEY = ({"kind": "kpi", "unit": unit, "direction": "up"} for unit in ("count", "rate", "money"))


def make_tree() -> kpi.KpiTree:
    """Return the template of inside sales, its goal made of three segments and of renewals: 25 nodes."""
    template = kpi.read_template("inside_sales")
    nodes: dict[str, Any] = {name: None for name in template.nodes if name != "won_amount"}
    for one in SEGMENTS:
        nodes |= {
            f"amount_{one}": _MONEY | {"formula": f"won_{one} * size_{one}"},
            f"won_{one}": _COUNT | {"formula": f"decided_{one} * rate_{one}"},
            f"decided_{one}": _COUNT | {"formula": f"meetings_{one} * ripe_{one}"},
            f"size_{one}": _MONEY | {"family": "value"},
            f"rate_{one}": _RATE | {"family": "rate"},
            f"meetings_{one}": _COUNT,
            f"ripe_{one}": _RATE | {"family": "rate"},
        }
    nodes |= {
        "renewed": _MONEY | {"formula": "n_renewed * size_renewed"},
        "n_renewed": _COUNT,
        "size_renewed": _MONEY | {"family": "value"},
    }
    parts = " + ".join([*(f"amount_{one}" for one in SEGMENTS), "renewed"])
    goal = {"formula": parts, "target": {"period": "2026Q3", "target": 900.0}}
    return kpi.override_tree(template, {**nodes, "won_amount": goal})


def draw_history(tree: kpi.KpiTree) -> pd.DataFrame:
    """Return two years of months of every measure that has no formula."""
    rng = np.random.default_rng(7)
    starts = pd.date_range("2024-10-01", periods=24, freq="MS")
    frames = []
    for name, node in tree.nodes.items():
        if node.formula is not None:
            continue
        n, top, whole = rng.poisson(60, 24).astype(float), np.full(24, np.nan), np.full(24, np.nan)
        if node.unit == "rate":
            top, whole = rng.binomial(n.astype(int), 0.5).astype(float), n
        value = n if node.unit == "count" else top / whole if node.unit == "rate" else rng.gamma(40, 0.05, 24)
        months = {"period_start": starts, "period_end": starts + pd.offsets.MonthEnd(1), "metric_id": name}
        numbers = {"value": value, "n": n, "numerator": top, "denominator": whole}
        frames.append(pd.DataFrame({**months, **numbers, "scope_type": "company", "scope_id": "company"}))
    return pd.concat(frames, ignore_index=True)


def evaluate() -> None:
    """Print how long one evaluation of 25 nodes takes: nothing moved, and each measure moved in turn."""
    tree = make_tree()
    study = kpi.study_target(tree, draw_history(tree), as_of=AS_OF, seed=7, n_draws=N_DRAWS)
    walls, cpus = [], []
    for at in range(N_TIMES):
        reach = study.reaches[at % len(study.reaches)]
        wall, cpu = time.perf_counter(), time.process_time()
        study.draw_goal({reach.name: reach.now * (1.01 + 0.001 * at)})
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"{len(study.model.order)} nodes of {len(tree.nodes)} (bar {N_NODES}), {study.model.n_draws:,} draws:")
    print(f"{1e3 * median(walls):.1f} ms wall, {1e3 * median(cpus):.1f} ms CPU an evaluation (bar 30 ms)")


def study_demo() -> None:
    """Print how long the target study of the demo company takes, and with it all that is read and measured for it."""
    tree = kpi.read_tree(PLAN)
    with connect("duckdb://") as lab:
        load_company(simulate(Scenario(seed=7)), lab, loaded_at=datetime(2026, 10, 1))
        history = kpi.measure(lab, kpi.collect_metrics(tree, kpi.library()).values(), as_of=AS_OF)
        for name, work in {
            "target study": lambda: kpi.study_target(tree, history, as_of=AS_OF, seed=1),
            "with measuring and the past": lambda: kpi.review_target(lab, as_of=AS_OF, tree=tree),
        }.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            bar = " (bar 3 s)" if name == "target study" else ""
            print(f"{name} of the demo company: {wall:.1f} s wall, {cpu:.1f} s CPU{bar}")


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
    evaluate()
    study_demo()
    if sys.argv[1:] == ["trees"]:
        sys.exit()
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder) / "lab.duckdb")
