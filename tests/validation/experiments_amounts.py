"""How often do ranges of a lift in amounts hold the truth, and how often does evidence mislead? Simulated, seeded.

Each function returns a small frame; the slow suite asserts the whole of it, the default suite a short version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.stats import measure_rate_evidence
from saleslab.stats.hurdles import GREATEST_SPREAD, LEAST_SPREAD, Sizes, believe_means, condense_sizes
from saleslab.stats.size_evidence import measure_size_evidence

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator


def draw_whales(rng: Rng, n: int) -> Floats:
    """Return sizes of which one in twenty is twenty times as large."""
    return rng.lognormal(0, 0.5, n) * np.where(rng.random(n) < 0.05, 20.0, 1.0)


TRUTHS: dict[str, Callable[[Rng, int], Floats]] = {
    "log-normal 1.0": lambda rng, n: rng.lognormal(0, 1.0, n),
    "log-normal 1.5": lambda rng, n: rng.lognormal(0, 1.5, n),
    "gamma 0.7": lambda rng, n: rng.gamma(0.7, 1.0, n),
    "gamma 3": lambda rng, n: rng.gamma(3.0, 1.0, n),
    "price list 49/99/499": lambda rng, n: rng.choice([49.0, 99.0, 499.0], n, p=[0.6, 0.3, 0.1]),
    "5 % whales": draw_whales,
}
"""Sizes of orders, drawn alike in both arms; a lift multiplies them."""

CELLS = {
    "no lift": ((200, 200), (0.15, 0.15), 1.0),
    "lift": ((200, 200), (0.15, 0.20), 1.2),
    "lift, unequal arms": ((400, 200), (0.15, 0.20), 1.2),
    "no lift, unequal arms": ((400, 200), (0.15, 0.15), 1.0),
}
"""Units and chances of buying of control and treatment, and by what the treatment multiplies the size of an order."""


def measure_coverage(*, n_runs: int, seed: int = 1) -> pd.DataFrame:
    """Return how often the 95 % range of the relative lift holds the truth, in every cell."""
    rows = []
    for truth, draw in TRUTHS.items():
        for cell, (n, chance, factor) in CELLS.items():
            rng = np.random.default_rng([seed, len(rows)])
            ratio, places, refused = factor * chance[1] / chance[0], [], 0
            for _ in range(n_runs):
                arms = [draw(rng, n[i]) * (rng.random(n[i]) < chance[i]) * factor**i for i in (0, 1)]
                if min((arm > 0).sum() for arm in arms) < 5:
                    refused += 1
                    continue
                places.append(float(believe_means(condense_sizes(arms)).ratio_below(1, 0, ratio)))
            place = np.array(places)
            held = (place >= 0.025) & (place <= 0.975)
            rows.append((truth, cell, held.mean(), (place < 0.025).mean(), (place > 0.975).mean(), refused / n_runs))
    return pd.DataFrame(rows, columns=["truth", "cell", "coverage", "too_high", "too_low", "refused"])


def calibrate_amounts(*, n_runs: int, seed: int = 2) -> pd.DataFrame:
    """Return where truths drawn from the prior lie in their posteriors; uniform if the posterior is right.

    The flat centre has no draws; its place in the posterior does not depend on its value, so any fixed one serves.
    """
    rng, rows = np.random.default_rng(seed), []
    while len(rows) < n_runs:
        spread = np.exp(rng.uniform(np.log(LEAST_SPREAD), np.log(GREATEST_SPREAD)))
        chance, n, centre = rng.beta(0.5, 0.5, 2), rng.integers(20, 200, 2), rng.normal(0, 2, 2)
        n_sizes = rng.binomial(n, chance)
        if n_sizes.min() < 5:
            continue
        logs = [rng.normal(centre[i], spread, n_sizes[i]) for i in (0, 1)]
        sizes = Sizes(*np.array([(n[i], n_sizes[i], logs[i].mean(), n_sizes[i] * logs[i].var()) for i in (0, 1)]).T)
        posterior, means = believe_means(sizes), chance * np.exp(centre + spread**2 / 2)
        rows.append(
            (
                float(posterior.ratio_below(1, 0, means[1] / means[0])),
                float(posterior.difference_below(1, 0, means[1] - means[0])),
            )
        )
    return pd.DataFrame(rows, columns=["ratio", "difference"])


def watch_amounts(
    truths: Sequence[str] = tuple(TRUTHS), *, n_runs: int, n_looks: int = 26, per_look: int = 20, seed: int = 3
) -> pd.DataFrame:
    """Return how often evidence about amounts ever reaches 20, looked at weekly, with and without a lift.

    ``by_look`` multiplies the evidence of each week (what `compare_amounts` does with ``look``); ``at_once`` takes all
    rows so far as one look, every week anew, which nothing but measurement supports; ``buyers_alone`` is the evidence
    about the share of buyers, to which amounts say nothing: the most that can be found where only buyers change.
    """
    rows = []
    effects = {"no lift": (0.15, 1.0), "more buyers": (0.2, 1.0), "larger orders": (0.15, 1.4)}
    for truth in truths:
        draw, first = TRUTHS[truth], len(effects) * list(TRUTHS).index(truth)
        for effect, (chance, factor) in effects.items():
            rng = np.random.default_rng([seed, first + len(rows) % len(effects)])
            ever, weekly = np.zeros(3), np.full(n_looks, per_look)
            for _ in range(n_runs):
                n = 2 * n_looks * per_look
                is_new, look = np.arange(n) % 2 == 1, np.arange(n) // (2 * per_look)
                bought = rng.random(n) < np.where(is_new, chance, 0.15)
                amounts = draw(rng, n) * bought * np.where(is_new, factor, 1.0)
                path = measure_size_evidence(amounts, is_new, looks=look.tolist(), seed=1)
                last = [
                    measure_size_evidence(amounts[look <= one], is_new[look <= one], seed=1)[-1]
                    for one in range(0, n_looks, 5)
                ]
                new, old = (np.bincount(look[arm], bought[arm], n_looks) for arm in (is_new, ~is_new))
                alone = measure_rate_evidence((new, weekly), (old, weekly))
                ever += np.array([path.max(), max(last), alone.max()]) >= np.log(20)
            rows.append((truth, effect, *(ever / n_runs)))
    return pd.DataFrame(rows, columns=["truth", "effect", "by_look", "at_once", "buyers_alone"])
