"""How often is "no effect" called an effect when one looks every week, and how often is an effect found?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.stats import contest_betas, measure_rate_evidence
from saleslab.stats.evidence import LOG_ODDS_RATIOS, SMALL_LOG_ODDS_RATIOS, choose_effects

NULL_CELLS = tuple(
    (rate, n_old, n_new)
    for rate in (0.02, 0.1, 0.2)
    for n_old, n_new in ((20, 20), (50, 50), (500, 500), (2_000, 2_000), (70, 30), (30, 70), (90, 10))
)
"""Rate, units of the control and of the treatment in a week."""

SHIP = 20.0


def measure_false_ships(cells=NULL_CELLS, *, n_weeks: int = 52, runs: int = 20_000, seed: int = 7) -> pd.DataFrame:
    """Return for each cell how often the e-value ever reached 20 within 26 and within all weeks without an effect."""
    rows = []
    for number, (rate, n_old, n_new) in enumerate(cells):
        path = simulate_evidence(rate, rate, n_old, n_new, n_weeks=n_weeks, runs=runs, seed=seed + number)
        reached = np.maximum.accumulate(path, axis=1) >= np.log(SHIP)
        half = reached[:, min(26, n_weeks) - 1].mean()
        rows.append((rate, n_old, n_new, float(half), float(reached[:, -1].mean())))
    return pd.DataFrame(rows, columns=["rate", "n_control", "n_treatment", "by_week_26", "by_the_end"])


def measure_power(*, runs: int = 20_000, n_weeks: int = 26, seed: int = 11) -> pd.DataFrame:
    """Return how often a lift on a rate of .1 is found, by units of an arm and week and by rule."""
    rows = []
    for lift, n in ((0.3, 50), (0.5, 50), (0.1, 2_000)):
        for rule in ("given the sum", "generic"):
            path = simulate_evidence(
                0.1, 0.1 * (1 + lift), n, n, n_weeks=n_weeks, runs=runs, seed=seed, generic=rule == "generic"
            )
            rows.append((lift, n, rule, float((path.max(axis=1) >= np.log(SHIP)).mean())))
    return pd.DataFrame(rows, columns=["relative_lift", "per_week", "rule", "found"])


def measure_naive_peeking(*, runs: int = 2_000, n_weeks: int = 26, seed: int = 13) -> float:
    """Return how often "chance to be better above 95 or below 5 %" stops without an effect: what not to do."""
    rng = np.random.default_rng(seed)
    x, y = (rng.binomial(50, 0.1, (runs, n_weeks)).cumsum(axis=1) for _ in range(2))
    n = 50 * np.arange(1, n_weeks + 1)
    chance = contest_betas(np.stack([x, y], axis=-1) + 0.5, n[:, None] - np.stack([x, y], axis=-1) + 0.5).chance_best
    return float((chance.max(axis=2) > 0.95).any(axis=1).mean())


def simulate_evidence(
    old: float, new: float, n_old: int, n_new: int, *, n_weeks: int, runs: int, seed: int, generic: bool = False
) -> np.ndarray:
    """Return paths of the log e-value, shape (runs, weeks)."""
    rng = np.random.default_rng(seed)
    x, y = rng.binomial(n_old, old, (runs, n_weeks)), rng.binomial(n_new, new, (runs, n_weeks))
    if generic:
        return _generic(y, n_new, x, n_old)
    # few different weeks occur: each is weighed once, for each effect that any run mixes
    effects = np.array([*LOG_ODDS_RATIOS, *(sign * one for one in SMALL_LOG_ODDS_RATIOS for sign in (-1, 1))])
    joins = choose_effects((x + y)[:, :1].astype(float), float(n_new), float(n_old), effects).T
    kinds, place = np.unique(x * (n_new + 1) + y, return_inverse=True)
    gains = np.stack(
        [
            measure_rate_evidence(
                ((kinds % (n_new + 1))[:, None], np.full((len(kinds), 1), n_new)),
                ((kinds // (n_new + 1))[:, None], np.full((len(kinds), 1), n_old)),
                log_odds_ratios=(effect,),
            )[:, 0]
            for effect in effects[joins.any(axis=1)]
        ]
    )
    paths = np.where(joins[joins.any(axis=1), :, None], gains[:, place.reshape(x.shape)].cumsum(axis=2), -np.inf)
    peak = paths.max(axis=0)
    return peak + np.log(np.exp(paths - peak).sum(axis=0) / joins.sum(axis=0)[:, None])


def _generic(y: np.ndarray, n: int, x: np.ndarray, m: int) -> np.ndarray:
    """Return the e-process of Turner, Ly & Grünwald 2024 over the same effects; it learns the common rate."""
    total = (x + y).cumsum(axis=1)
    seen = (n + m) * np.arange(x.shape[1])
    common = (np.concatenate([np.zeros((len(x), 1)), total[:, :-1]], axis=1) + 0.18) / (seen + 0.36)
    paths = []
    for effect in LOG_ODDS_RATIOS:
        rise, share = np.exp(effect), m / (n + m)
        a, b = share * (rise - 1), share + (1 - share) * rise - common * (rise - 1)
        old = (-b + np.sqrt(b**2 + 4 * a * common)) / (2 * a)
        new = rise * old / (1 + (rise - 1) * old)
        gain = x * np.log(old / common) + (m - x) * np.log((1 - old) / (1 - common))
        gain = gain + y * np.log(new / common) + (n - y) * np.log((1 - new) / (1 - common))
        paths.append(gain.cumsum(axis=1))
    return np.logaddexp.reduce(paths, axis=0) - np.log(len(paths))
