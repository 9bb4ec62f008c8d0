"""What drivers known ahead gain, how often they are taken for something, and whether effects of initiatives hold.

``python tests/validation/forecasting_drivers.py [N]``: N worlds a line (20). Constants were chosen on seeds of 10,000.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from panels import read_column
from plans import KINDS, plan
from test_initiatives import invent

from saleslab.forecasting import estimate_effect, forecast_series

AHEAD = 6


def try_driver(kind: str, n: int, n_worlds: int) -> str:
    """Return errors without and with a driver, coverage of both and of its effect, and how often it was found."""
    rows = []
    for seed in range(n_worlds):
        panel, table, later, true = plan(kind, n=n, n_periods=60, horizon=AHEAD, seed=1_000 + seed)
        row = []
        for drivers in (None, table):
            said = forecast_series(panel, horizon=AHEAD, season_length=12, seed=0, drivers=drivers)
            row.append(np.abs(np.log(read_column(said, "median") / later)).mean())
            row.append(((read_column(said, "lower_80") <= later) & (later <= read_column(said, "upper_80"))).mean())
        fact = said.attrs["drivers"][0]
        rows.append([*row, fact.lower <= true <= fact.upper, fact.verdict == "found", fact.effect == 0])
    plain, in_plain, driven, in_driven, holds, found, ignored = np.mean(rows, axis=0)
    return (
        f"{kind}, {n} series: error {plain:.4f} without, {driven:.4f} with; "
        f"80 % holds {in_plain:.0%}, {in_driven:.0%}; "
        f"effect's 95 % holds {holds:.0%}; found {found:.0%}, ignored {ignored:.0%} of {n_worlds}"
    )


def try_initiative(lift: float, n: int, memory: float, n_worlds: int) -> str:
    """Return how often 95 % intervals held the planted amount, and how often an effect was claimed."""
    rows = []
    for seed in range(n_worlds):
        panel, since, gained = invent(1_000 + seed, n=n, n_periods=42, n_after=6, lift=lift, memory=memory)
        found = estimate_effect(panel, treated=0, since=since, season_length=12, seed=0)
        rows.append([found.amount.low <= gained <= found.amount.high, found.outcome != "unclear", found.widened_by])
    holds, claimed, widened = np.mean(rows, axis=0)
    return (
        f"lift {lift:.2f}, {n - 1} untouched, memory {memory}: 95 % holds {holds:.0%}, claimed {claimed:.0%} "
        f"of {n_worlds}; widened {widened:.2f} times"
    )


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for n_untouched, noise_memory in ((4, 0.0), (4, 0.7), (1, 0.0)):
        for planted in (0.0, 0.2):
            print(try_initiative(planted, n_untouched + 1, noise_memory, times), flush=True)  # noqa: T201
    for name in KINDS:
        for n_series in (1, 12):
            print(try_driver(name, n_series, times), flush=True)  # noqa: T201
