"""Writes docs/validation/experiments.md: what was measured of the room `experiments`, in seeded simulations.

python tests/validation/write_experiments.py [SHARE] [FILE]    SHARE of the full number of runs, 1 by default
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from experiments_amounts import calibrate_amounts, measure_coverage, watch_amounts
from experiments_calibration import measure_calibration
from experiments_clusters import calibrate_clusters, measure_clusters, watch_clusters
from experiments_counts import measure_count_coverage, measure_time_coverage
from experiments_decisions import tabulate_false_ships, tabulate_power
from experiments_groups import measure_false_claims
from experiments_peeking import measure_false_ships, measure_naive_peeking, measure_power
from experiments_rates import measure_rate_coverage
from scipy.stats import kstest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "experiments.md"

FEWEST = 40
"""Runs below which a table says nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: where it stands, what it shows, how many runs a cell has in full, and how it is made.

    What takes no more than a minute or so is always made in full.
    """

    chapter: str
    title: str
    text: str
    runs: int | None
    make: Callable[[int], pd.DataFrame]
    is_long: bool = True


def calibrate_means(runs: int) -> pd.DataFrame:
    """Return uniformity and coverage of the amounts' and the clusters' posteriors."""
    ranks = {f"amounts, {name}": values for name, values in calibrate_amounts(n_runs=runs).items()}
    ranks |= {f"clusters, {name}": values for name, values in calibrate_clusters(n_runs=runs).items()}
    rows = [
        (name, runs, float(kstest(values, "uniform").pvalue), float(values.between(0.025, 0.975).mean()))
        for name, values in ranks.items()
    ]
    return pd.DataFrame(rows, columns=["model", "runs", "uniform_p", "held_95"])


def measure_peeked_chance(runs: int) -> pd.DataFrame:
    """Return how often the rule of thumb is wrong, for comparison."""
    wrong = measure_naive_peeking(runs=runs)
    return pd.DataFrame([("chance above 95 % or below 5 %, 26 weeks", wrong)], columns=["rule", "wrong"])


COVERAGE, PEEKING, CLUSTERS, CALIBRATION = "Coverage", "Peeking", "Clusters", "Calibration"

TABLES = (
    Table(
        COVERAGE, "Rates", "Exact: summed over all outcomes, Jeffreys prior.", None, lambda _: measure_rate_coverage()
    ),
    Table(
        COVERAGE, "Amounts", "95 % range of the relative lift, six truths.", 2_000, lambda n: measure_coverage(n_runs=n)
    ),
    Table(COVERAGE, "Counts", "95 % range of the lift.", 1_000, lambda n: measure_count_coverage(runs=n)),
    Table(COVERAGE, "Durations", "95 % ranges, some still open.", 1_000, lambda n: measure_time_coverage(runs=n)),
    Table(
        PEEKING,
        "No effect: how often the e-value ever reaches 20",
        "Looked at every week; at most .05 is promised.",
        20_000,
        lambda n: measure_false_ships(runs=n),
        is_long=False,
    ),
    Table(
        PEEKING,
        "Power",
        "Rate .1, 50 an arm and week, 26 weeks.",
        20_000,
        lambda n: measure_power(runs=n),
        is_long=False,
    ),
    Table(PEEKING, "What not to do", "A chance that is watched.", 20_000, measure_peeked_chance, is_long=False),
    Table(
        PEEKING,
        "The whole rule: no effect",
        "`decide` asked at every look.",
        2_000,
        lambda n: tabulate_false_ships(n_runs=n),
    ),
    Table(
        PEEKING,
        "The whole rule: an effect",
        "`decide` asked at every look.",
        2_000,
        lambda n: tabulate_power(n_runs=n),
        is_long=False,
    ),
    Table(
        PEEKING,
        "Amounts",
        "How often the e-value ever reaches 20 in 26 weeks; `by_look` is what is used.",
        1_000,
        lambda n: watch_amounts(n_runs=n),
    ),
    Table(
        CLUSTERS,
        "Randomised by person",
        "`positive`: false positives of a two-sided 5 % rule; `pooled`: leads counted alone.",
        2_000,
        lambda n: measure_clusters(n_runs=n),
    ),
    Table(
        CLUSTERS,
        "The same people watched every week",
        "Not promised by theory; lift 0 and .15.",
        1_000,
        lambda n: watch_clusters(n_runs=n),
        is_long=False,
    ),
    Table(
        CLUSTERS,
        "Segments",
        "Segments said to benefit on pure noise, and found.",
        1_000,
        lambda n: measure_false_claims(n_runs=n),
    ),
    Table(CALIBRATION, "Rates, counts, durations", "`uniform_p` of the ranks; above .01.", 10_000, measure_calibration),
    Table(CALIBRATION, "Amounts and clusters", "The same.", 10_000, calibrate_means),
)


def write_page(share: float, tables: tuple[Table, ...] = TABLES) -> str:
    """Return the page; the same share gives the same text."""
    parts = ["# What was measured of `saleslab.experiments`", ""]
    parts += ["Seeded simulations; `make validate-experiments` writes this page anew.", ""]
    if share != 1:
        parts += [
            f"**Short version: long tables have {share:g} of the full number of runs; each table says how many.**",
            "",
        ]
    chapter = ""
    for table in tables:
        if table.chapter != chapter:
            chapter = table.chapter
            parts += [f"## {chapter}", ""]
        runs = 0 if table.runs is None else max(FEWEST, round(table.runs * (share if table.is_long else 1)))
        parts += [f"### {table.title}", "", f"{table.text}{_tell_runs(table, runs)}", "", _grid(table.make(runs)), ""]
        sys.stderr.write(f"{table.chapter}: {table.title}\n")
    return "\n".join(parts)


def _tell_runs(table: Table, runs: int) -> str:
    if table.runs is None:
        return ""
    error = np.sqrt(0.05 * 0.95 / runs)
    told = f" {runs:,} runs a cell (standard error of .05: {error:.4f})"
    return f"{told}." if runs == table.runs else f"{told}, of {table.runs:,} in full."


def _grid(frame: pd.DataFrame) -> str:
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|" + "---|" * len(frame.columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in frame.itertuples(index=False)]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


if __name__ == "__main__":
    part = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(write_page(part), encoding="utf-8")
