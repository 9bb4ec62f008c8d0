"""How often is a change that does nothing called one, when whole people were drawn? Simulated, seeded.

Each function returns a small frame; the slow suite asserts the whole of it, the default suite a short version.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.stats.arms import BetaArms
from saleslab.stats.cluster_evidence import measure_cluster_evidence, stand_rates
from saleslab.stats.cluster_rates import believe_cluster_rates
from saleslab.stats.student_arms import fit_arms

Ints = npt.NDArray[np.int64]
Counts = tuple[Ints, Ints]
Rng = np.random.Generator

CELLS = {
    "6 reps": {"n_reps": 6},
    "8 reps": {"n_reps": 8},
    "12 reps": {"n_reps": 12},
    "20 reps": {"n_reps": 20},
    "6 reps, 10-100 leads": {"n_reps": 6, "is_unequal": True},
    "8 reps, 10-100 leads": {"n_reps": 8, "is_unequal": True},
    "12 reps, 10-100 leads": {"n_reps": 12, "is_unequal": True},
    "20 reps, 10-100 leads": {"n_reps": 20, "is_unequal": True},
    "12 reps, lift .10": {"n_reps": 12, "lift": 0.1},
    "12 reps, likeness .03": {"n_reps": 12, "likeness": 0.03},
    "12 reps, likeness .20": {"n_reps": 12, "likeness": 0.2},
    "12 reps, rate .05": {"n_reps": 12, "rate": 0.05},
}


def draw_reps(
    rng: Rng, *, n_reps: int, rate: float = 0.15, likeness: float = 0.1, lift: float = 0.0, is_unequal: bool = False
) -> list[Counts]:
    """Return sales and leads of the reps of two arms of one size."""
    arms = []
    for arm in (0, 1):
        leads = rng.integers(10, 101, n_reps // 2) if is_unequal else np.full(n_reps // 2, 50)
        centre, size = rate + lift * arm, (1 - likeness) / likeness
        arms.append((rng.binomial(leads, rng.beta(centre * size, (1 - centre) * size, n_reps // 2)), leads))
    return arms


def measure_clusters(*, n_runs: int, seed: int = 1, cells: tuple[str, ...] = tuple(CELLS)) -> pd.DataFrame:
    """Return false positives of a two-sided 5 % rule, and coverage of the 95 % range of the lift, in every cell.

    ``shared`` gives both arms one likeness; ``pooled`` counts leads as if nobody had been drawn; ``mean_*`` is the
    Student range on the means of the reps; ``evidence`` is how often the e-value reaches 20.
    """
    rows = []
    for cell in cells:
        setting = CELLS[cell]
        rng, lift, found = np.random.default_rng([seed, list(CELLS).index(cell)]), setting.get("lift", 0.0), []
        for _ in range(n_runs):
            arms = draw_reps(rng, **setting)
            posterior = believe_cluster_rates(arms)
            chances = [
                posterior.contest().chance_best[1],
                believe_cluster_rates(arms, is_shared=True).contest().chance_best[1],
                BetaArms(*(zip(*((k.sum() + 0.5, n.sum() - k.sum() + 0.5) for k, n in arms), strict=True)))
                .contest()
                .chance_best[1],
            ]
            means = fit_arms(
                np.concatenate([k / n for k, n in arms]),
                np.repeat([0, 1], setting["n_reps"] // 2),
                others=np.empty((setting["n_reps"], 0)),
            )
            places = [float(one.difference_below(1, 0, lift)) for one in (posterior, means)]
            chances.append(means.contest().chance_best[1])
            sales, leads = (np.concatenate(part).astype(float) for part in zip(*arms, strict=True))
            evidence = measure_cluster_evidence(stand_rates(sales, leads, 0.1), np.arange(len(leads)) * 2 >= len(leads))
            found.append(
                (
                    *(not 0.025 <= c <= 0.975 for c in chances),
                    *(0.025 <= p <= 0.975 for p in places),
                    evidence >= np.log(20),
                )
            )
        rows.append((cell, *np.mean(found, axis=0)))
    names = ["cell", "positive", "shared", "pooled", "mean_positive", "coverage", "mean_coverage", "evidence"]
    return pd.DataFrame(rows, columns=names)


def calibrate_clusters(*, n_runs: int, is_shared: bool = False, seed: int = 2) -> pd.DataFrame:
    """Return where lifts drawn from the prior lie in their posteriors; uniform if the posterior is right."""
    rng, rows = np.random.default_rng(seed), []
    for _ in range(n_runs):
        rates, likeness = rng.beta(0.5, 0.5, 2), rng.beta(1, 9, 2)
        likeness = likeness[[0, 0]] if is_shared else likeness
        arms = []
        for rate, alike in zip(np.clip(rates, 1e-9, 1 - 1e-9), likeness, strict=True):
            members, size = rng.integers(5, 80, int(rng.integers(3, 10))), (1 - alike) / alike
            own = rng.beta(max(rate * size, 1e-12), max((1 - rate) * size, 1e-12), len(members))
            arms.append((rng.binomial(members, np.nan_to_num(own, nan=rate)), members))
        posterior = believe_cluster_rates(arms, is_shared=is_shared)
        rows.append((float(posterior.difference_below(1, 0, rates[1] - rates[0])),))
    return pd.DataFrame(rows, columns=["difference"])


def watch_clusters(*, n_runs: int, n_looks: int = 26, leads_a_week: int = 2, seed: int = 3) -> pd.DataFrame:
    """Return how often the e-value ever reaches 20 when the same reps are looked at every week.

    Their lot was drawn once, so that only each look on its own is covered by theory; this is measured instead.
    """
    rows = []
    for n_reps in (8, 12, 20):
        for lift in (0.0, 0.15):
            rng, ever = np.random.default_rng([seed, len(rows)]), 0
            is_new = np.arange(n_reps) % 2 == 1
            for _ in range(n_runs):
                centre = 0.15 + lift * is_new
                own = rng.beta(9 * centre, 9 * (1 - centre))
                sales = rng.binomial(leads_a_week, own[:, None], (n_reps, n_looks)).cumsum(axis=1).astype(float)
                leads = np.full(n_reps, float(leads_a_week))
                ever += any(
                    measure_cluster_evidence(stand_rates(sales[:, week], leads * (week + 1), 0.1), is_new) >= np.log(20)
                    for week in range(n_looks)
                )
            rows.append((n_reps, lift, ever / n_runs))
    return pd.DataFrame(rows, columns=["n_reps", "lift", "ever"])
