"""Speed of customer value: fits beside lifetimes, forecasts, draws, ten million orders to counted groups; and drivers.

``python tests/bench/bench_customers.py [LONGEST]``. lifetimes pins old libraries, so the bench makes an environment for
it in the folder of temporary files. It is stopped after LONGEST CPU seconds a fit (200): then it is at least that slow.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.customers import CustomerValue, count_purchases, group_purchases, rank_drivers
from saleslab.stats.variance_shares import share_variance

FOLDER = Path(tempfile.gettempdir()) / "saleslab-bench"
PEER = ("lifetimes==0.11.3", "numpy<2", "pandas<2.2", "scipy<1.13", "autograd<1.7")


def make_peer() -> Path:
    """Return the Python of an environment that holds lifetimes; made once."""
    home = FOLDER / "lifetimes"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER], check=True)
        (home / "ready").touch()
    return python


def invent(n: int, *, kind: str, seed: int = 0) -> pd.DataFrame:
    """Return customers near CDNOW's parameters, who leave after purchases (``bgnbd``) or at any time."""
    rng = np.random.default_rng(seed)
    age = rng.integers(150, 700, n) * 1.0
    rate = rng.gamma(0.25 if kind == "bgnbd" else 0.55, 1 / (4.4 * 7 if kind == "bgnbd" else 10.6 * 7), n)
    x, last = np.zeros(n), np.zeros(n)
    if kind == "pareto_nbd":
        watched = np.minimum(age, rng.exponential(1 / rng.gamma(0.6, 1 / (11.7 * 7), n)))
        x = rng.poisson(rate * watched) * 1.0
        last = np.where(x > 0, watched * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    else:
        leaving, now, active = rng.beta(0.8, 2.4, n), np.zeros(n), np.arange(n)
        while len(active):
            now[active] += rng.exponential(1 / rate[active])
            active = active[now[active] <= age[active]]
            x[active] += 1
            last[active] = now[active]
            active = active[rng.random(len(active)) >= leaving[active]]
    days = np.minimum(np.ceil(last), age)
    return pd.DataFrame({"n_repeats": x, "recency": days / 7, "age": age / 7})


def clock(job: Callable[[], object], *, times: int = 3) -> float:
    """Return the fewest CPU seconds of a few runs."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        job()
        seconds.append(time.process_time() - began)
    return min(seconds)


def race(model: str, n: int, *, bar: int, longest: int) -> None:
    """Print the CPU seconds of a maximum-likelihood fit, ours from the rows of customers on, and lifetimes'."""
    summary = invent(n, kind=model)
    value = CustomerValue(model)
    ours = clock(lambda: value.fit(summary))
    told = f"{n:,} customers, {value.n_groups_:,} histories"
    print(f"{model}, {told}: {ours:.3f} s", {name: round(one, 4) for name, one in value.params_.items()})
    file = FOLDER / f"{model}.npz"
    np.savez(file, **{name: summary[name].to_numpy() for name in summary})
    script = Path(__file__).with_name("rival_lifetimes.py")
    run = subprocess.run(
        [make_peer(), script, model, file],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (longest, longest + 5)),
    )
    if run.returncode == 0:
        seconds, *parameters = run.stdout.split()
        print(f"  lifetimes 0.11.3: {float(seconds):.2f} s {parameters}; {float(seconds) / ours:.0f} times (bar {bar})")
    elif run.returncode == -signal.SIGXCPU:
        print(f"  lifetimes 0.11.3: not finished after {longest} s; over {longest / ours:.0f} times (bar {bar})")
    else:
        raise RuntimeError(run.stderr)


def bench_more() -> None:
    """Print forecasts and draws."""
    summary = invent(1_000_000, kind="bgnbd")
    value = CustomerValue("bgnbd").fit(summary)
    spent = clock(lambda: value.predict(summary, horizon=39), times=1)
    print(f"forecasts with intervals of 1,000,000 customers: {spent:.1f} s")
    small = invent(2_357, kind="bgnbd", seed=1)
    print(f"fit of 2,357 customers: {1000 * clock(lambda: CustomerValue('bgnbd').fit(small), times=20):.1f} ms")
    drawn = CustomerValue("bgnbd", prior="weak")
    spent = clock(lambda: drawn.fit(small), times=1)
    print(f"posterior of 2,357 customers, 4,000 draws: {spent:.2f} s, worth {drawn.posterior_.ess_share:.0%} of them")


def bench_orders(n: int = 10_000_000) -> None:
    """Print the time from orders in DuckDB to counted groups."""
    import ibis
    import pyarrow as pa

    rng = np.random.default_rng(0)
    start = np.datetime64("2024-01-01T00:00:00")
    orders = pa.table(
        {
            "customer_id": rng.integers(0, 1_000_000, n),
            "ordered_at": start + rng.integers(0, 730 * 86_400, n).astype("timedelta64[s]"),
            "amount": rng.gamma(2.0, 20.0, n).round(2),
        }
    )
    lab = ibis.duckdb.connect(threads=2)
    table = lab.create_table("orders", orders)
    wall, began = time.perf_counter(), time.process_time()
    groups = lab.to_pyarrow(group_purchases(count_purchases(table, as_of="2025-12-31")))
    wall, spent = time.perf_counter() - wall, time.process_time() - began
    print(f"{n:,} orders to {groups.num_rows:,} groups: {wall:.1f} s, {spent:.1f} CPU s on two threads (bar 6 s)")


def bench_drivers(n_answers: int = 2_000, n_drivers: int = 13) -> None:
    """Print the time of exact shares of 13 drivers, and of their bootstrap."""
    rng = np.random.default_rng(0)
    names = [f"q{at:02}" for at in range(n_drivers)]
    x = rng.normal(size=(n_answers, n_drivers)) + 0.7 * rng.normal(size=(n_answers, 1))
    y = x @ np.linspace(1.0, 0.0, n_drivers) + rng.normal(0, 2, n_answers)
    spent = clock(lambda: share_variance(x, y), times=10)
    print(f"LMG, {n_drivers} drivers of {n_answers:,} answers, all {2**n_drivers:,} sets: {spent:.3f} s (bar 0.05 s)")
    answers = pd.DataFrame(x, columns=names).assign(score=y)
    spent = clock(lambda: rank_drivers(answers, score="score", drivers=names, seed=1), times=1)
    print(f"  with 400 bootstrap samples, ranks and directions: {spent:.2f} s")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bench_drivers()
    race("bgnbd", 1_000_000, bar=80, longest=limit)
    bench_more()
    bench_orders()
    race("pareto_nbd", 100_000, bar=300, longest=limit)
