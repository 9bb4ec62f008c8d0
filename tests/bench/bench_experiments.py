"""Speed of the comparisons: 10,000 two-arm experiments at once, one answer, and what importing the room costs.

Run it alone: ``.venv/bin/python tests/bench/bench_experiments.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np


def spend(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    started = time.process_time()
    run()
    return time.process_time() - started


def import_cost(module: str) -> float:
    """Return the CPU seconds of importing a module in a new process, on top of the interpreter: the least of five."""
    code = f"import time; s = time.process_time(); import {module}; print(time.process_time() - s)"
    return min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )


def main() -> None:
    """Print the bars of issue 3."""
    from saleslab.experiments import compare_rate_counts
    from saleslab.stats import contest_betas, measure_rate_evidence

    rng = np.random.default_rng(7)
    for largest in (500, 50_000):
        n = rng.integers(20, largest, (10_000, 2))
        y = rng.binomial(n, 0.1)
        contest = spend(lambda y=y, n=n: contest_betas(y + 0.5, n - y + 0.5))
        evidence = spend(lambda y=y, n=n: measure_rate_evidence((y[:, 1:], n[:, 1:]), (y[:, :1], n[:, :1])))
        print(
            f"10,000 two-arm experiments of up to {largest:,} units: {contest + evidence:.2f} s CPU "
            f"(chances and losses {contest:.2f}, evidence {evidence:.2f}); bar 2 s"
        )
    compare_rate_counts({"a": 2, "b": 8}, {"a": 60, "b": 60}, control="a")
    one = (
        spend(lambda: [compare_rate_counts({"a": 2, "b": 8}, {"a": 60, "b": 60}, control="a") for _ in range(10)]) / 10
    )
    print(f"one full answer on rates: {one * 1000:.0f} ms CPU")
    added = import_cost("numpy, saleslab.experiments") - import_cost("numpy")
    print(f"import saleslab.experiments: {added:.2f} s CPU on top of numpy; bar 0.5 s")


if __name__ == "__main__":
    main()
