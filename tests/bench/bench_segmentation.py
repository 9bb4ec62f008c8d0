"""Speed and cost of k-prototypes on 10,000 customers, against the package kmodes in an environment of its own.

Run it alone: ``.venv/bin/python tests/bench/bench_segmentation.py [PYTHON]``. PYTHON is one that has kmodes; without
it an environment is made in a temporary folder. Both get the same standardised numbers and the same price of a
category; CPU seconds of ten starts each, the default of both, ours from the frame to the segments of all rows. Bar: 40
times as fast, no higher cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.segmentation import choose_segments, segment_customers
from saleslab.stats.threads import on_one_thread

K, N = 6, 10_000


def invent_customers(seed: int) -> pd.DataFrame:
    """Return five numbers and five categories of customers in six groups that overlap."""
    rng = np.random.default_rng(seed)
    group = rng.integers(K, size=N)
    numbers = rng.normal(size=(K, 5))[group] * 1.5 + rng.normal(size=(N, 5))
    favourite = rng.integers(6, size=(K, 5))[group]
    words = np.where(rng.random((N, 5)) < 0.5, favourite, rng.integers(6, size=(N, 5)))
    frame = pd.DataFrame((numbers - numbers.mean(axis=0)) / numbers.std(axis=0), columns=[f"n{i}" for i in range(5)])
    return frame.assign(**{f"w{i}": [f"v{code}" for code in words[:, i]] for i in range(5)})


def make_environment(folder: Path) -> Path:
    """Return the interpreter of a new environment that has kmodes."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "kmodes==0.12.2"], check=True)
    return python


def ask_rival(python: Path, frame: pd.DataFrame, folder: Path) -> dict[str, float]:
    """Return CPU seconds and cost of kmodes."""
    numbers = frame.filter(like="n").to_numpy()
    words = np.stack([pd.factorize(frame[f"w{i}"])[0] for i in range(5)], axis=1)
    np.savez(folder / "customers.npz", numbers=numbers, words=words, k=K)
    rival = Path(__file__).with_name("rival_kmodes.py")
    done = subprocess.run([python, rival, folder], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(python: Path | None) -> None:
    """Print the comparison for two sets of customers, and the time of a choice of the number of segments."""
    with tempfile.TemporaryDirectory() as place, on_one_thread():
        folder = Path(place)
        python = python or make_environment(folder / "kmodes")
        segment_customers(invent_customers(0).head(500), k=2, seed=1, n_starts=1)
        for seed in (1, 2):
            frame = invent_customers(seed)
            started = time.process_time()
            ours = segment_customers(frame, k=K, seed=1)
            seconds = time.process_time() - started
            theirs = ask_rival(python, frame, folder)
            times = theirs["seconds"] / seconds
            print(
                f"{N} customers, ten starts: cost {ours.cost:,.1f} in {seconds:.2f} s CPU; "
                f"kmodes {theirs['cost']:,.1f} in {theirs['seconds']:.1f} s: {times:.0f} times as much; bar 40"
            )
        started = time.process_time()
        choice = choose_segments(invent_customers(1), seed=1)
        print(f"choose_segments: {choice.verdict}, k={choice.k}, {time.process_time() - started:.1f} s CPU")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
