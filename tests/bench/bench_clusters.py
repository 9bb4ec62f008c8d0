"""Speed of the comparisons that others sample: clusters and segments by quadrature, against the same models in PyMC.

Run it alone: ``.venv/bin/python tests/bench/bench_clusters.py``. Importing PyMC is not counted, and the
model is sampled twice, so that compiling is not either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


def spend(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a call, and what it returns."""
    started = time.process_time()
    answer = run()
    return time.process_time() - started, answer


def average(run: Callable[[], Any], *, times: int = 20) -> tuple[float, Any]:
    """Return the mean CPU seconds of a call once everything is loaded, and what it returns."""
    answer = run()
    return spend(lambda: [run() for _ in range(times)])[0] / times, answer


def compare_reps() -> None:
    """Print the cluster comparison: 6 reps an arm, 50 leads each."""
    from saleslab.experiments import compare_clusters
    from saleslab.stats import believe_cluster_rates, load_pymc, sample_posterior

    counts = [(np.array(part), np.full(6, 50)) for part in ([4, 9, 5, 6, 7, 3], [6, 9, 5, 8, 10, 4])]
    pm = load_pymc()
    with pm.Model() as model:
        rate, alike = pm.Beta("rate", 0.5, 0.5, shape=2), pm.Beta("alike", 1, 9, shape=2)
        size = (1 - alike) / alike
        for arm, (sold, leads) in enumerate(counts):
            pm.BetaBinomial(
                f"sold_{arm}", n=leads, alpha=rate[arm] * size[arm], beta=(1 - rate[arm]) * size[arm], observed=sold
            )
    sample_posterior(model, seed=1, target_accept=0.9)
    sampled, posterior = spend(lambda: sample_posterior(model, seed=1, target_accept=0.9))
    drawn = posterior.pooled("rate")
    chance = float((drawn[:, 1] > drawn[:, 0]).mean())
    error = np.sqrt(chance * (1 - chance) / posterior.diagnosis.ess)
    exact, contest = average(lambda: believe_cluster_rates(counts).contest())
    print(
        f"P(new better), 12 reps: {contest.chance_best[1]:.4f} in {1000 * exact:.1f} ms CPU; "
        f"NUTS {chance:.4f} +- {error:.4f} in {sampled:.1f} s CPU: {sampled / exact:,.0f} times as much; bar 200"
    )
    rows = pd.DataFrame(
        [
            (f"{arm}{rep}", arm, int(lead < k))
            for arm, (sold, _) in zip(("old", "new"), counts, strict=True)
            for rep, k in enumerate(sold)
            for lead in range(50)
        ],
        columns=["rep_id", "arm", "succeeded"],
    )
    whole, _ = average(lambda: compare_clusters(rows, cluster="rep_id", control="old"), times=5)
    print(f"the full answer with five other assumptions and evidence: {1000 * whole:.0f} ms CPU")


def compare_segments() -> None:
    """Print the comparison of eight segments, 100 leads an arm."""
    from saleslab.experiments.groups import declare_groups
    from saleslab.stats import pool_group_effects, sample_posterior

    n, rng = np.full(8, 100), np.random.default_rng(7)
    old, new = rng.binomial(n, 0.2), rng.binomial(n, 0.25)
    model = declare_groups((old, n, new, n))
    sample_posterior(model, seed=1, target_accept=0.98)
    sampled, _ = spend(lambda: sample_posterior(model, seed=1, target_accept=0.98))
    exact, _ = average(lambda: pool_group_effects((old, n), (new, n)))
    print(f"8 segments: {1000 * exact:.0f} ms CPU; NUTS {sampled:.1f} s CPU: {sampled / exact:,.0f} times as much")


def compare_money() -> None:
    """Print the full comparison of amounts, 200 units an arm."""
    from saleslab.experiments import compare_amounts

    rng = np.random.default_rng(7)
    amounts = (rng.random(400) < 0.15) * rng.lognormal(3, 1, 400)
    rows = pd.DataFrame({"arm": np.repeat(["old", "new"], 200), "amount": amounts})
    whole, _ = average(lambda: compare_amounts(rows, control="old", seed=1), times=5)
    print(f"amounts, 400 units: the full answer in {1000 * whole:.0f} ms CPU")


if __name__ == "__main__":
    compare_reps()
    compare_segments()
    compare_money()
