"""Writes docs/validation/experiments.md: what was measured of the room `experiments`, in seeded simulations.

python tests/validation/write_experiments.py [SHARE] [FILE]    SHARE of the full number of runs, 1 by default

Tables are made side by side, one a core; each is seeded on its own, so that the page does not depend on their sequence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from experiments_amounts import TRUTHS, calibrate_amounts, measure_coverage, watch_amounts
from experiments_calibration import MODELS, measure_calibration
from experiments_clusters import CELLS as CLUSTER_CELLS
from experiments_clusters import calibrate_clusters, measure_clusters, watch_clusters
from experiments_counts import TIME_TRUTHS, measure_count_coverage, measure_time_coverage
from experiments_decisions import CELLS as DECISION_CELLS
from experiments_decisions import tabulate_false_ships, tabulate_power
from experiments_groups import measure_false_claims
from experiments_peeking import measure_false_ships, measure_naive_peeking, measure_power
from experiments_rates import measure_rate_coverage
from promises import Promise, write_grid
from scipy.stats import kstest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "experiments.md"

FEWEST = 40
"""Runs below which a table says nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: where it stands, what it shows, how many runs a cell has in full, and how it is made.

    ``make`` takes the number of runs and one of the ``parts``, which are made side by side and set below each other.
    What takes no more than a minute or so is always made in full.
    """

    chapter: str
    title: str
    text: str
    runs: int | None
    make: Callable[..., pd.DataFrame]
    is_long: bool = True
    promise: Promise | None = None
    parts: tuple[tuple[object, ...], ...] = ((),)


def calibrate_means(runs: int, what: str) -> pd.DataFrame:
    """Return uniformity and coverage of the posterior of amounts or of clusters."""
    ranks = {"amounts": calibrate_amounts, "clusters": calibrate_clusters}[what](n_runs=runs)
    rows = [
        (f"{what}, {name}", runs, float(kstest(values, "uniform").pvalue), float(values.between(0.025, 0.975).mean()))
        for name, values in ranks.items()
    ]
    return pd.DataFrame(rows, columns=["model", "runs", "uniform_p", "held_95"])


def measure_peeked_chance(runs: int) -> pd.DataFrame:
    """Return how often the rule of thumb is wrong, for comparison."""
    wrong = measure_naive_peeking(runs=runs)
    return pd.DataFrame([("chance above 95 % or below 5 %, 26 weeks", wrong)], columns=["rule", "wrong"])


COVERAGE, PEEKING, CLUSTERS, CALIBRATION = "Coverage", "Peeking", "Clusters", "Calibration"
UNIFORM = Promise(("uniform_p",), 0.01, 1)
ALIKE = [cell for cell, setting in CLUSTER_CELLS.items() if not {"lift", "likeness"} & set(setting)]

TABLES = (
    Table(
        COVERAGE,
        "Rates",
        "95 % ranges of the lift and of the relative lift. Exact: summed over all outcomes, Jeffreys prior.",
        None,
        lambda _: measure_rate_coverage(),
        promise=Promise(("lift", "relative_lift"), 0.93, 0.97),
    ),
    Table(
        COVERAGE,
        "Amounts",
        "95 % range of the relative lift, six truths.",
        2_000,
        lambda n: measure_coverage(n_runs=n),
        promise=Promise(("coverage",), 0.93, 0.97),
    ),
    Table(
        COVERAGE,
        "Counts",
        "95 % range of the lift. `poor_fit`: how often the readout warns that the counts do not look like the model's.",
        1_000,
        lambda n: measure_count_coverage(runs=n),
        promise=Promise(("lift",), 0.93, 0.97),
    ),
    Table(
        COVERAGE,
        "Durations",
        "95 % ranges of the lift and of the relative lift, some still open. `poor_fit` as above. What lies below .93 "
        "(gamma 2, 40 an arm, none open) is chance: 4,000 more runs of that cell, seeds 8 and 9, give .9435 and .942.",
        1_000,
        lambda n, *part: measure_time_coverage(part, runs=n),
        parts=tuple((truth,) for truth in TIME_TRUTHS),
        promise=Promise(("lift", "relative_lift"), 0.93, 0.97),
    ),
    Table(
        PEEKING,
        "No effect: how often the e-value ever reaches 20",
        "Looked at every week.",
        20_000,
        lambda n: measure_false_ships(runs=n),
        is_long=False,
        promise=Promise(("by_week_26", "by_the_end"), 0, 0.05),
    ),
    Table(
        PEEKING,
        "Power",
        "Rate .1, 26 weeks of so many units an arm.",
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
        lambda n, *part: tabulate_false_ships(part, n_runs=n),
        parts=tuple((cell,) for cell in DECISION_CELLS),
        promise=Promise(("ship",), 0, 0.05),
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
        "How often the e-value ever reaches 20 in 26 weeks of 20 leads an arm; `by_look` is what is used, "
        "`buyers_alone` the evidence of the rate alone.",
        1_000,
        lambda n, *part: watch_amounts(part, n_runs=n),
        parts=tuple((truth,) for truth in TRUTHS),
        promise=Promise(("by_look",), 0, 0.05, "effect == 'no lift'", " where there is no lift"),
    ),
    Table(
        CLUSTERS,
        "Randomised by person",
        "`positive`: false positives of a two-sided 5 % rule; `pooled`: leads counted alone; `mean_positive`: the "
        "means of the persons, which stand beside the answer as its sensitivity.",
        2_000,
        lambda n, *part: measure_clusters(n_runs=n, cells=part),
        parts=tuple((cell,) for cell in CLUSTER_CELLS),
        promise=Promise(("positive",), 0, 0.055, f"cell in {ALIKE}", " at a likeness of .10 and no lift"),
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
        lambda n, *part: measure_false_claims(n_runs=n, n_groups=part),
        parts=((2,), (5,), (8,), (12,)),
    ),
    Table(
        CALIBRATION,
        "Rates, counts, durations",
        "`uniform_p` of the ranks of planted truths.",
        10_000,
        measure_calibration,
        parts=tuple(((model,),) for model in MODELS),
        promise=UNIFORM,
    ),
    Table(
        CALIBRATION,
        "Amounts and clusters",
        "The same.",
        10_000,
        calibrate_means,
        parts=(("amounts",), ("clusters",)),
        promise=UNIFORM,
    ),
)


def make_tables(share: float, *, jobs: int) -> list[pd.DataFrame]:
    """Return every table of `TABLES`; each part is told on stderr as it is done."""
    made: dict[tuple[int, int], pd.DataFrame] = {}
    with ProcessPoolExecutor(jobs) as workers:
        waiting = {
            workers.submit(_make, place, part, share): (place, part)
            for place, table in enumerate(TABLES)
            for part in range(len(table.parts))
        }
        for done in as_completed(waiting):
            place, part = waiting[done]
            made[place, part] = done.result()
            sys.stderr.write(f"{TABLES[place].chapter}: {TABLES[place].title}\n{write_grid(done.result())}\n")
    return [
        pd.concat([made[place, part] for part in range(len(table.parts))], ignore_index=True)
        for place, table in enumerate(TABLES)
    ]


def _make(place: int, part: int, share: float) -> pd.DataFrame:
    table = TABLES[place]
    return table.make(_count_runs(table, share), *table.parts[part])


def _count_runs(table: Table, share: float) -> int:
    return 0 if table.runs is None else max(FEWEST, round(table.runs * (share if table.is_long else 1)))


def write_page(frames: Sequence[pd.DataFrame], shares: Sequence[float]) -> str:
    """Return the page of tables, each made with its share of the full number of runs; the same shares give the same."""
    parts = ["# What was measured of `saleslab.experiments`", ""]
    parts += ["Seeded simulations; `make validate-experiments` writes this page anew, in full.", ""]
    if min(shares) < 1:
        parts += ["**Not all tables have their full number of runs yet; each says how many it has.**", ""]
    chapter = ""
    for table, frame, share in zip(TABLES, frames, shares, strict=True):
        if table.chapter != chapter:
            chapter = table.chapter
            parts += [f"## {chapter}", ""]
        told = f"{table.text}{_tell_runs(table, _count_runs(table, share))}"
        parts += [f"### {table.title}", "", told, "", write_grid(frame), ""]
        if table.promise:
            parts += [table.promise.tell(frame), ""]
    return "\n".join(parts)


def _tell_runs(table: Table, runs: int) -> str:
    if table.runs is None:
        return ""
    error = np.sqrt(0.05 * 0.95 / runs)
    told = f" {runs:,} runs a cell (standard error of .05: {error:.4f})"
    return f"{told}." if runs == table.runs else f"{told}, of {table.runs:,} in full."


if __name__ == "__main__":
    part = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    made = make_tables(part, jobs=os.cpu_count() or 1)
    target.write_text(write_page(made, [part] * len(TABLES)), encoding="utf-8")
