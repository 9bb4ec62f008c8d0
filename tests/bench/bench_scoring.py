"""Speed of lead scoring: a million leads trained, one lead scored, and rows a second.

Run it alone: ``.venv/bin/python tests/bench/bench_scoring.py``.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import pandas as pd


def invent(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return leads with twelve numbers and seven columns of names, and how they ended."""
    rng = np.random.default_rng(0)
    leads = pd.DataFrame({f"number_{at}": rng.normal(size=n) for at in range(12)})
    for at in range(7):
        leads[f"name_{at}"] = pd.Categorical.from_codes(rng.integers(0, 8, n), list("abcdefgh"))
    log_odds = leads["number_0"] - leads["number_1"] * leads["number_2"] + (leads["name_0"] == "a") - 2
    return leads, rng.random(n) < 1 / (1 + np.exp(-log_odds.to_numpy()))


def main() -> None:
    """Print the bars of issue 4."""
    from saleslab.scoring import LeadScorer

    leads, is_won = invent(1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    scorer = LeadScorer().fit(leads, is_won)
    spent = time.process_time() - started
    added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    print(f"1,000,000 leads trained: {spent:.1f} s CPU, {added:.2f} GiB on top of the data; bars 15 s, 1 GiB")
    one = leads.head(1)
    took = []
    for _ in range(300):
        started = time.perf_counter()
        scorer.predict_proba(one)
        took.append(time.perf_counter() - started)
    print(f"one lead: {np.median(took) * 1000:.2f} ms, 99 % below {np.quantile(took, 0.99) * 1000:.2f} ms; bar 1 ms")
    started = time.perf_counter()
    scorer.predict_proba(leads.head(200_000))
    print(f"200,000 leads: {200_000 / (time.perf_counter() - started):,.0f} rows a second ({scorer.rung_})")


if __name__ == "__main__":
    main()
