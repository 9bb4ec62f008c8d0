"""Is a posterior as sure as it says? Simulation-based calibration (Talts et al. 2018): ranks must be uniform.

A truth is drawn from the prior, data from the truth; the posterior chance below the truth is then uniform.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import kstest

from saleslab.stats import beta_difference_below, gamma_difference_below, weigh_counts, weigh_durations
from saleslab.stats.count_kinds import Kind
from saleslab.stats.spread_counts import KIND_PRIOR, largest_extra
from saleslab.stats.time_models import LARGEST_SCALE, SMALLEST_SCALE


def rank_rates(runs: int, *, seed: int = 7) -> np.ndarray:
    """Return ranks of the difference of two rates under the prior Beta(2, 12)."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(2, 12, (2, runs))
    n = rng.integers(10, 200, (2, runs))
    y = rng.binomial(n, truth)
    new, old = ((2 + y[arm], 12 + n[arm] - y[arm]) for arm in (1, 0))
    return beta_difference_below(new, old, truth[1] - truth[0])


def rank_poisson(runs: int, *, seed: int = 7) -> np.ndarray:
    """Return ranks of the difference of two Poisson rates under the prior Gamma(2, 1)."""
    rng = np.random.default_rng(seed)
    truth, exposure = rng.gamma(2, 1, (2, runs)), rng.uniform(1, 30, (2, runs))
    y = rng.poisson(truth * exposure)
    new, old = ((2 + y[arm], 1 + exposure[arm]) for arm in (1, 0))
    return gamma_difference_below(new, old, truth[1] - truth[0])


def rank_counts(runs: int, *, n: int = 12, seed: int = 7) -> np.ndarray:
    """Return ranks of the difference of two rates whose units spread, kind and ``extra`` drawn from their prior."""
    rng = np.random.default_rng(seed)
    answers = []
    for _ in range(runs):
        kind = Kind(str(rng.choice(list(KIND_PRIOR), p=list(KIND_PRIOR.values()))))
        truth = rng.gamma(2, 2, 2)
        most = largest_extra(kind, n)
        u = rng.uniform(0, most / (1 + most))
        extra = u / (1 - u)
        arms = [(rng.poisson(rate * _spread(rng, kind, extra, n)), np.ones(n)) for rate in truth]
        answers.append(float(weigh_counts(arms, prior=(2, 0.5)).rates.difference_below(1, 0, truth[1] - truth[0])))
    return np.array(answers)


def _spread(rng, kind, extra, n):
    if kind is Kind.POISSON:
        return np.ones(n)
    if kind is Kind.GAMMA:
        return rng.gamma(1 / extra, extra, n)
    variance = np.log1p(extra)
    return np.exp(rng.normal(-variance / 2, np.sqrt(variance), n))


def rank_durations(runs: int, *, n: int = 30, seed: int = 7) -> np.ndarray:
    """Return ranks of the log ratio of two mean times; family and scale from their prior, half the time watched short.

    The location has a flat prior: where the watch is cut at a share of all logarithms (the largest times), the answer
    does not depend on it, so any location will do.
    """
    rng = np.random.default_rng(seed)
    answers = []
    for _ in range(runs):
        scale = np.exp(rng.uniform(np.log(SMALLEST_SCALE), np.log(LARGEST_SCALE)))
        is_weibull, place = rng.random() < 0.5, rng.normal(0, 1, 2)
        arms = []
        for location in place:
            noise = np.log(rng.exponential(1, n)) if is_weibull else rng.normal(0, 1, n)
            logs = location + scale * noise
            last = np.sort(logs)[(3 * n) // 4]
            arms.append((np.exp(np.minimum(logs, last)), logs <= last))
        means = weigh_durations(arms).means
        answers.append(float(means.ratio_below(1, 0, np.exp(place[1] - place[0]))))
    return np.array(answers)


MODELS = {
    "rates": rank_rates, "poisson counts": rank_poisson, "spread counts": rank_counts, "durations": rank_durations
}  # fmt: skip


def measure_calibration(runs: int = 10_000, models=tuple(MODELS)) -> pd.DataFrame:
    """Return for each model the p-value of uniform ranks, and how often 95 % of the posterior held the truth."""
    rows = []
    for name in models:
        ranks = MODELS[name](runs)
        held = float(((ranks > 0.025) & (ranks < 0.975)).mean())
        rows.append((name, runs, float(kstest(ranks, "uniform").pvalue), held))
    return pd.DataFrame(rows, columns=["model", "runs", "uniform_p", "held_95"])
