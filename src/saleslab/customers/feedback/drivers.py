"""What goes along with a good or a bad score, and how do we do on it?

Importance is the exact share of each question in the variance of the overall score, averaged over all orders (LMG), so
that questions which overlap share what they have in common. It tells what moves together in these answers; whether a
change of one would change the score, only a trial can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.variance_shares import MOST_COLUMNS, correlate, measure_shares, share_correlation
from saleslab.tables.presence import require_columns

Place = Literal["fix_first", "keep_up", "watch", "leave"]

_PER_DRIVER = 5
_LARGE_OVERLAP = 5.0


@dataclass(frozen=True, slots=True)
class Driver:
    """One question beside the overall score.

    Attributes
    ----------
    name
        Its column.
    importance
        Share of the variance of the score that goes along with it (LMG), with a bootstrap interval.
    ranks
        Lowest and highest rank in the middle of the bootstrap samples (1 is the most important).
    performance
        Mean answer, in the unit of the question.
    direction
        1 where higher answers go with higher scores, -1 where with lower ones.
    inflation
        Variance inflation factor: from 5 on other questions ask much the same.
    place
        ``fix_first``: important and low; ``keep_up``: important and high; ``watch``: low; ``leave``: high.
    """

    name: str
    importance: Interval
    ranks: tuple[int, int]
    performance: float
    direction: int
    inflation: float
    place: Place

    @property
    def is_overlapping(self) -> bool:
        """Whether other questions ask much the same."""
        return self.inflation >= _LARGE_OVERLAP


@dataclass(frozen=True, slots=True)
class DriverRanking:
    """Questions by importance.

    Attributes
    ----------
    drivers
        The most important first.
    explained
        Share of the variance that goes along with all of them.
    by_luck
        Share that as many unrelated questions would show in so few answers, in 19 of 20 cases.
    n
        Answers with all questions answered.
    n_incomplete
        Answers that were left out because one was missing.
    """

    drivers: tuple[Driver, ...]
    explained: float
    by_luck: float
    n: int
    n_incomplete: int

    @property
    def is_telling(self) -> bool:
        """Whether the questions go along with the score beyond luck; where not, do not read the ranks."""
        return self.explained > self.by_luck


def rank_drivers(
    answers: pd.DataFrame,
    *,
    score: str,
    drivers: Sequence[str],
    seed: int,
    n_draws: int = 400,
    mass: float = 0.9,
) -> DriverRanking:
    """Return which questions go along with the overall score, and how sure their order is.

    Parameters
    ----------
    answers
        One row an answer: the overall score and the questions, numbers or yes and no.
    score, drivers
        Their columns; 15 drivers at the most.
    seed, n_draws
        Of the bootstrap.
    mass
        Of the intervals, and of the middle of the ranks.

    Raises
    ------
    NotEnoughData
        With fewer than five complete answers a question, or where one never varies.
    BadArgument
        With too many drivers.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = pd.DataFrame(rng.integers(1, 6, (300, 3)), columns=["speed", "price", "look"])
    >>> answers["score"] = 2 * answers["speed"] + answers["price"] + rng.normal(0, 1, 300)
    >>> ranking = rank_drivers(answers, score="score", drivers=["speed", "price", "look"], seed=1)
    >>> [driver.name for driver in ranking.drivers], ranking.drivers[0].ranks, ranking.is_telling
    (['speed', 'price', 'look'], (1, 1), True)
    """
    from scipy.stats import beta

    check_mass(mass)
    require_columns(answers, score, *drivers, of="answers")
    names = list(dict.fromkeys(drivers))
    if not 1 <= len(names) <= MOST_COLUMNS:
        raise BadArgument(f"{len(names)} drivers cannot be ranked exactly.", f"name 1 to {MOST_COLUMNS}.")
    numbers = answers[[score, *names]].apply(pd.to_numeric, errors="coerce").astype("float64").dropna()
    n, p = len(numbers), len(names)
    if n < max(_PER_DRIVER * p, p + 3):
        raise NotEnoughData(
            f"{n} complete answers are too few for {p} drivers.",
            f"wait for {max(_PER_DRIVER * p, p + 3)}, or ask about fewer drivers.",
        )
    numbers = numbers.sort_values([score, *names], ignore_index=True)  # so that the order of rows has no say
    x, y = numbers[names].to_numpy(), numbers[score].to_numpy()
    found = measure_shares(x, y)
    drawn = _draw_again(x, y, n_draws, seed)
    tail = (1 - mass) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    ranks = (-drawn).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    ends = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    together = correlate(x, y)[-1, :-1]
    directions = np.sign(together)
    means, spans = x.mean(axis=0), x.max(axis=0) - x.min(axis=0)
    level = (means - x.min(axis=0)) / spans
    level = np.where(together < -3 / np.sqrt(n), 1 - level, level)  # a high answer is a low one where it clearly is
    typical = float(np.median(level))
    rows = [
        Driver(
            name,
            Interval(share, min(float(low[j]), share), max(float(high[j]), share), mass),
            (int(ends[0, j]), int(ends[1, j])),
            float(means[j]),
            int(directions[j]),
            float(found.inflation[j]),
            _place(share >= found.explained / p, level[j] >= typical),
        )
        for j, name in enumerate(names)
        for share in [max(float(found.shares[j]), 0.0)]
    ]
    by_luck = float(beta(p / 2, (n - p - 1) / 2).ppf(0.95))
    ranked = tuple(sorted(rows, key=lambda driver: (-driver.importance.estimate, driver.name)))
    return DriverRanking(ranked, found.explained, by_luck, n, len(answers) - n)


def _place(is_important: bool, is_high: bool) -> Place:
    if is_important:
        return "keep_up" if is_high else "fix_first"
    return "leave" if is_high else "watch"


def _draw_again(x: np.ndarray, y: np.ndarray, n_draws: int, seed: int) -> np.ndarray:
    """Return the shares in samples drawn from the answers with replacement; stuck ones are redrawn."""
    rng = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    tries = 0
    while len(found) < n_draws:
        tries += 1
        if tries > 3 * n_draws:
            raise NotEnoughData(
                "A question is answered differently by a handful only.", "leave it out, or wait for more answers."
            )
        often = rng.multinomial(len(y), np.full(len(y), 1 / len(y)))
        try:
            found.append(correlate(x, y, often))
        except NotEnoughData:
            continue
    size = 64 if x.shape[1] <= 10 else 4
    parts = [share_correlation(np.stack(found[at : at + size])) for at in range(0, n_draws, size)]
    return np.concatenate(parts)
