"""How often do the intervals of counts and of durations hold the truth, whatever it is distributed like?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from saleslab.stats import weigh_counts, weigh_durations

COUNT_TRUTHS = {
    "poisson": lambda rng, n: np.ones(n),
    "gamma, extra .3": lambda rng, n: rng.gamma(1 / 0.3, 0.3, n),
    "gamma, extra 1": lambda rng, n: rng.gamma(1, 1, n),
    "log-normal .7": lambda rng, n: np.exp(rng.normal(-0.245, 0.7, n)),
    "one in ten eleven times the rest": lambda rng, n: np.where(rng.random(n) < 0.1, 5.5, 0.5),
}
"""How the rates of units spread around their mean of 1."""

TIME_TRUTHS = {
    "exponential": lambda rng, n: rng.exponential(1, n),
    "weibull 1.5": lambda rng, n: rng.weibull(1.5, n) / math.gamma(1 + 1 / 1.5),
    "weibull .7": lambda rng, n: rng.weibull(0.7, n) / math.gamma(1 + 1 / 0.7),
    "log-normal .8": lambda rng, n: np.exp(rng.normal(-0.32, 0.8, n)),
    "log-normal 1.2": lambda rng, n: np.exp(rng.normal(-0.72, 1.2, n)),
    "gamma 2": lambda rng, n: rng.gamma(2, 0.5, n),
    "gamma .5": lambda rng, n: rng.gamma(0.5, 2, n),
    "two kinds": lambda rng, n: np.where(rng.random(n) < 0.5, rng.gamma(3, 1 / 9, n), rng.gamma(3, 5 / 9, n)),
}
"""Times of mean 1."""

WATCHED = {0.0: math.inf, 0.3: 3.3, 0.5: 1.6}
"""Share that is still open, and the longest time anyone is watched, uniform below it."""


def measure_count_coverage(
    truths=tuple(COUNT_TRUTHS), *, sizes=(6, 20, 60), runs: int = 1_000, seed: int = 7
) -> pd.DataFrame:
    """Return how often 95 % intervals of the lift held it, from 4 to 5 a unit with uneven exposure."""
    rows = []
    for truth in truths:
        for n in sizes:
            rng = np.random.default_rng([seed, n])
            held, poor = 0, 0
            for _ in range(runs):
                arms = []
                for mean in (4.0, 5.0):
                    exposure = rng.uniform(0.5, 1.5, n)
                    arms.append((rng.poisson(mean * exposure * COUNT_TRUTHS[truth](rng, n)), exposure))
                model = weigh_counts(arms)
                held += 0.025 < model.rates.difference_below(1, 0, 1.0) < 0.975
                poor += model.fit_p < 0.01
            rows.append((truth, n, held / runs, poor / runs))
    return pd.DataFrame(rows, columns=["truth", "n_arm", "lift", "poor_fit"])


def measure_time_coverage(
    truths=tuple(TIME_TRUTHS), *, sizes=(40, 150), opens=tuple(WATCHED), runs: int = 1_000, seed: int = 7
) -> pd.DataFrame:
    """Return how often 95 % intervals of the lift and of the ratio held them, from mean 1 to mean 1.3."""
    rows = []
    for truth in truths:
        for n in sizes:
            for still_open in opens:
                rng = np.random.default_rng([seed, n])
                lift, ratio, poor = 0, 0, 0
                for _ in range(runs):
                    arms = [_watch(rng, TIME_TRUTHS[truth](rng, n) * mean, WATCHED[still_open]) for mean in (1.0, 1.3)]
                    model = weigh_durations(arms)
                    lift += 0.025 < model.means.difference_below(1, 0, 0.3) < 0.975
                    ratio += 0.025 < model.means.ratio_below(1, 0, 1.3) < 0.975
                    poor += model.fit_p < 0.01
                rows.append((truth, n, still_open, lift / runs, ratio / runs, poor / runs))
    return pd.DataFrame(rows, columns=["truth", "n_arm", "still_open", "lift", "relative_lift", "poor_fit"])


def _watch(rng, times, longest):
    watched = rng.uniform(0, longest, len(times)) if math.isfinite(longest) else np.full(len(times), math.inf)
    return np.minimum(times, watched), times <= watched
