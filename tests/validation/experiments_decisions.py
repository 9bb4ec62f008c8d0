"""How often does the rule ship a change that does nothing, and one that helps? Looked at every week; simulated, seeded.

Each function returns a small frame; the slow suite asserts the whole of it, the default suite a short version.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.experiments import LIFT_LEVELS, ArmEstimate, Contrast, ExperimentPlan, Metric, Reason, decide
from saleslab.stats import Interval
from saleslab.stats.beta_contests import beta_difference_below, contest_betas
from saleslab.stats.evidence import measure_rate_evidence

CELLS = [
    (rate, per_look, n_looks)
    for rate, per_look in ((0.02, 50), (0.05, 20), (0.1, 20), (0.1, 50), (0.2, 20), (0.5, 10), (0.1, 200))
    for n_looks in (26, 52)
]
"""Rate of both arms, units of each arm that come in between two looks, and looks."""

LIFTS = [(0.1, 50, 26, 0.3), (0.1, 50, 26, 0.5), (0.1, 20, 26, 0.5), (0.2, 20, 26, 0.3), (0.1, 50, 52, 0.3)]
"""The same with a relative lift of the treatment."""

_NORMAL = np.array([-1.0364, 1.0364])


@dataclass(frozen=True, slots=True)
class Seen:
    """What `decide` reads of a comparison."""

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...] = ()


def measure_shipping(
    rate: float, per_look: int, n_looks: int, *, lift: float = 0.0, n_runs: int, seed: int = 1
) -> dict[str, float]:
    """Return the share of experiments that end in each verdict, and how many of them ship before the end."""
    rng = np.random.default_rng([seed, per_look, n_looks, round(rate * 1000), round(lift * 1000)])
    trials = np.full((n_runs, n_looks), per_look)
    old, new = rng.binomial(trials, rate), rng.binomial(trials, rate * (1 + lift))
    log_e = measure_rate_evidence((new, trials), (old, trials))
    n = per_look * np.arange(1, n_looks + 1)
    y, x = new.cumsum(axis=1), old.cumsum(axis=1)
    a, b = np.stack([x + 0.5, y + 0.5], axis=-1), np.stack([n - x + 0.5, n - y + 0.5], axis=-1)
    contest = contest_betas(a, b)
    plan = make_plan(rate, per_look, n_looks)
    above = 1 - beta_difference_below((a[..., 1], b[..., 1]), (a[..., 0], b[..., 0]), plan.minimum_effect)
    ends: Counter[str] = Counter()
    for run in range(n_runs):
        for look in range(1, n_looks + 1):
            at = (run, look - 1)
            seen = _see(
                x[at],
                y[at],
                n[look - 1],
                chance=contest.chance_best[at][1],
                losses=contest.expected_loss[at],
                above=above[at],
                log_e=log_e[at],
            )
            decision = decide(seen, plan=plan, look=look)
            if decision.verdict != "continue":
                ends[str(decision.verdict)] += 1
                ends["early_ship"] += decision.verdict == "ship" and decision.is_early
                break
    names = ("ship", "early_ship", "keep", "stop_for_futility")
    return {name: ends[name] / n_runs for name in names}


def make_plan(rate: float, per_look: int, n_looks: int) -> ExperimentPlan:
    """Return a plan of so many weekly looks whose minimum effect is a tenth of the rate."""
    start = date(2026, 1, 5)
    return ExperimentPlan(
        experiment_id="x",
        hypothesis="Nothing happens.",
        unit="lead",
        metric=Metric("appointment_rate", "rate"),
        control="old",
        shares={"old": 0.5, "new": 0.5},
        minimum_effect=0.1 * rate,
        tolerated_loss=Decimal(100_000),
        units_per_month=8.7 * per_look,
        amount_per_unit=Decimal(30_000),
        starts_on=start,
        ends_on=start + timedelta(days=7 * n_looks - 1),
        horizon=0,
    )


def _see(x: int, y: int, n: int, *, chance: float, losses: np.ndarray, above: float, log_e: float) -> Seen:
    """Return a comparison with the numbers of a vectorised run; quantiles of the lift only roughly."""
    p, q = (x + 0.5) / (n + 1), (y + 0.5) / (n + 1)
    sd = float(np.sqrt((p * (1 - p) + q * (1 - q)) / n))
    lift = float(q - p)
    quantiles = [lift] * len(LIFT_LEVELS)
    for level, z in zip((0.15, 0.85), _NORMAL, strict=True):
        quantiles[LIFT_LEVELS.index(level)] = lift + z * sd
    e_value = float(np.exp(min(log_e, 700)))
    contrast = Contrast(
        "new", "old", lift, lift, Interval(lift, lift - 2 * sd, lift + 2 * sd, 0.95), None, None, float(chance),
        float(above), 0.0, float(losses[1]), float(losses[0]), None, None, e_value, min(1.0, 1 / e_value),
        tuple(quantiles), (),
    )  # fmt: skip
    arms = tuple(
        ArmEstimate(arm, int(n), float(m), float(m), Interval(float(m), 0.0, 1.0, 0.95), None, 0.5, 0.0)
        for arm, m in (("old", p), ("new", q))
    )
    return Seen(arms, (contrast,))


def tabulate_false_ships(cells=tuple(CELLS), *, n_runs: int = 2_000, seed: int = 1) -> pd.DataFrame:
    """Return how a treatment that does nothing ends, in every cell."""
    rows = [
        (rate, per_look, n_looks, *measure_shipping(rate, per_look, n_looks, n_runs=n_runs, seed=seed).values())
        for rate, per_look, n_looks in cells
    ]
    names = ["rate", "per_look", "n_looks", "ship", "early_ship", "keep", "stop_for_futility"]
    return pd.DataFrame(rows, columns=names)


def tabulate_power(*, n_runs: int = 2_000, seed: int = 2) -> pd.DataFrame:
    """Return how a treatment that helps ends."""
    rows = [
        (
            rate,
            per_look,
            n_looks,
            lift,
            *measure_shipping(rate, per_look, n_looks, lift=lift, n_runs=n_runs, seed=seed).values(),
        )
        for rate, per_look, n_looks, lift in LIFTS
    ]
    names = ["rate", "per_look", "n_looks", "relative_lift", "ship", "early_ship", "keep", "stop_for_futility"]
    return pd.DataFrame(rows, columns=names)
