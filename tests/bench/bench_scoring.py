"""Speed of lead scoring: a million leads trained, one lead scored, rows a second; quality beside FLAML at equal time.

Run it alone: ``.venv/bin/python tests/bench/bench_scoring.py``. A folder as argument, ``bench_scoring.py FOLDER``, gets
the bank calls in the two splits of issue 4, for `rival_flaml.py`, and prints what our own scorer reaches on them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CALLS = Path(__file__).parents[3] / "shared/data/uci_bank_marketing/bank-additional-full.csv.gz"


def invent(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return leads with twelve numbers and seven columns of names, and how they ended."""
    rng = np.random.default_rng(0)
    leads = pd.DataFrame({f"number_{at}": rng.normal(size=n) for at in range(12)})
    for at in range(7):
        leads[f"name_{at}"] = pd.Categorical.from_codes(rng.integers(0, 8, n), list("abcdefgh"))
    log_odds = leads["number_0"] - leads["number_1"] * leads["number_2"] + (leads["name_0"] == "a") - 2
    return leads, rng.random(n) < 1 / (1 + np.exp(-log_odds.to_numpy()))


def take_time(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what came of some work, and its seconds: on the wall, and of the processors."""
    wall, spent = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - wall, time.process_time() - spent


def measure_training(leads: pd.DataFrame, is_won: np.ndarray) -> Any:
    """Print how long a million leads take, and what they need beside themselves."""
    from saleslab.scoring import LeadScorer

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scorer, wall, spent = take_time(lambda: LeadScorer().fit(leads, is_won))
    added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    print(f"1,000,000 leads trained: {wall:.1f} s ({spent:.1f} CPU s), {added:.2f} GiB on top of the data; "
          f"bars 15 s, 1 GiB")  # fmt: skip
    return scorer


def measure_one(scorer: Any, one: pd.DataFrame) -> None:
    """Print how long one lead takes while another process keeps one core busy."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        scorer.predict_proba(one)
        took, spent = zip(*(take_time(lambda: scorer.predict_proba(one))[1:] for _ in range(1_000)), strict=True)
    finally:
        busy.kill()
        busy.wait()
    print(f"one lead, another core busy: median {np.median(took) * 1e3:.2f} ms ({np.median(spent) * 1e3:.2f} CPU ms), "
          f"99 % below {np.quantile(took, 0.99) * 1e3:.2f} ms; bar 1 ms")  # fmt: skip


def measure_many(scorer: Any, leads: pd.DataFrame, is_won: np.ndarray) -> None:
    """Print rows a second, with the scorer's own trees and with 500 of them."""
    from saleslab.scoring.leads.columns import read_columns
    from saleslab.scoring.model.ladder import LeadModel, fit_trees

    part = leads.head(200_000)
    some = read_columns(part)
    many = fit_trees(some, is_won[: len(part)] * 1.0, np.ones(len(part)), scorer.encoding_, seed=0, n_trees=500)
    for label, model in (("its own trees", scorer.model_), ("500 trees", LeadModel(0.0, ((1.0, many),)))):
        scorer.model_ = model
        runs = [take_time(lambda: scorer.predict_proba(part))[1:] for _ in range(3)]
        wall, spent = min(runs)
        print(f"200,000 leads, {label}: {len(part) / wall:,.0f} rows a second "
              f"({spent / len(part) * 1e6:.1f} CPU µs a row); bar 200,000 at 500 trees")  # fmt: skip


def split_calls() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return the bank calls without what is known only after a call: split by lot, and at the last quarter in time."""
    calls = pd.read_csv(CALLS, sep=";").drop(columns="duration")
    lot = np.random.default_rng(0).permutation(len(calls))
    n = len(calls) * 3 // 4
    return {
        "random": (calls.iloc[np.sort(lot[:n])], calls.iloc[np.sort(lot[n:])]),
        "forward": (calls.iloc[:n], calls.iloc[n:]),
    }


def measure_quality(folder: Path) -> None:
    """Print what our scorer reaches in each split, and write the splits for a rival."""
    from saleslab.scoring import LeadScorer
    from saleslab.stats.rankings import measure_auc

    folder.mkdir(parents=True, exist_ok=True)
    for name, (train, test) in split_calls().items():
        train.to_parquet(folder / f"{name}.train.parquet", index=False)
        test.to_parquet(folder / f"{name}.test.parquet", index=False)
        time_of = train.index.to_numpy() if name == "forward" else None
        known = train.drop(columns="y"), (train["y"] == "yes").to_numpy()
        scorer, wall, spent = take_time(lambda known=known, time_of=time_of: LeadScorer().fit(*known, time=time_of))
        chances = scorer.predict_proba(test.drop(columns="y"))[:, 1]
        auc = measure_auc((test["y"] == "yes").to_numpy() * 1.0, chances).estimate
        print(f"bank calls, {name}: AUC {auc:.4f} in {wall:.1f} s ({spent:.1f} CPU s), {scorer.rung_}")


def main() -> None:
    """Print the bars of issue 4."""
    if len(sys.argv) > 1:
        measure_quality(Path(sys.argv[1]))
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    leads, is_won = invent(1_000_000)
    scorer = measure_training(leads, is_won)
    measure_one(scorer, leads.head(1))
    measure_many(scorer, leads, is_won)


if __name__ == "__main__":
    main()
