"""Does the score rise or fall from wave to wave, beyond the luck of who answered?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.customers.feedback.answers import take_answers
from saleslab.customers.feedback.scores import compare_scores, score_csat, score_nps
from saleslab.stats.estimates import pool_estimates
from saleslab.stats.intervals import Interval

Verdict = Literal["rose", "fell", "unclear"]

_FEWEST_TO_POOL = 3


@dataclass(frozen=True, slots=True)
class WaveScore:
    """One wave: its own score, and the score seen among the other waves, which luck sways less."""

    wave: Any
    n: int
    own: Interval
    shrunk: Interval


@dataclass(frozen=True, slots=True)
class ScoreTrend:
    """Scores of several waves.

    Attributes
    ----------
    kind
        ``nps`` (points) or ``csat`` (share).
    waves
        In their order.
    change
        Of the last wave against the one before, each by its own answers; None where there is one wave.
    """

    kind: str
    waves: tuple[WaveScore, ...]
    change: Interval | None

    @property
    def verdict(self) -> Verdict:
        """Whether the last wave rose or fell beyond luck."""
        if self.change is None or 0 in self.change:
            return "unclear"
        return "rose" if self.change.low > 0 else "fell"


def follow_scores(answers: pd.DataFrame, *, kind: str = "nps", by: str = "wave", mass: float = 0.9) -> ScoreTrend:
    """Return the score of each wave, and how much of its ups and downs remains once luck is taken out.

    Parameters
    ----------
    answers
        ``score``, the column ``by`` whose values sort in time, and ``n_answers`` where rows are counted.
    kind
        ``nps`` or ``csat``.

    Raises
    ------
    NotEnoughData
        When no answer counts.

    Examples
    --------
    >>> rows = [("Q1", 10, 30), ("Q1", 3, 20), ("Q2", 10, 33), ("Q2", 3, 17), ("Q3", 10, 24), ("Q3", 3, 26)]
    >>> trend = follow_scores(pd.DataFrame(rows, columns=["wave", "score", "n_answers"]))
    >>> [round(wave.own.estimate) for wave in trend.waves], trend.verdict
    ([20, 32, -4], 'fell')
    """
    taken = take_answers(answers, kind=kind, by=(by,))
    found: list[tuple[Any, int, Interval]] = []
    for wave, rows in taken.rows.groupby(by, sort=True):
        if kind == "nps":
            nps = score_nps(rows, mass=mass)
            found.append((wave, nps.n, nps.nps))
        else:
            csat = score_csat(rows, mass=mass)
            found.append((wave, csat.n, csat.csat))
    own = [one for _, _, one in found]
    shrunk = _shrink(own, mass)
    change = compare_scores(own[-1], own[-2]) if len(own) > 1 else None
    waves = tuple(WaveScore(wave, n, mine, seen) for (wave, n, mine), seen in zip(found, shrunk, strict=True))
    return ScoreTrend(kind, waves, change)


def _shrink(own: list[Interval], mass: float) -> list[Interval]:
    from scipy.stats import norm

    if len(own) < _FEWEST_TO_POOL:
        return own
    z = float(norm.ppf((1 + mass) / 2))
    middles = np.array([(one.low + one.high) / 2 for one in own])
    errors = np.array([one.width / (2 * z) for one in own])
    return list(pool_estimates(middles, errors, mass=mass).members)
