"""How content are customers, and how many answers does it take to see a change?

A score from a survey is a sample: 40 % promoters less 20 % detractors of 100 answers may as well be 5 or 35. Every
score comes with its interval, however few the answers are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import pandas as pd

from saleslab.customers.feedback.answers import COUNT, Answers, take_answers
from saleslab.errors import BadArgument
from saleslab.stats.intervals import Interval, check_mass, estimate_rate

FEW = 30
"""Fewer answers than this are called few beside their score."""

PROMOTER, DETRACTOR = 9, 6
CONTENT = 4
"""From this score of 5 on an answer counts as content."""


@dataclass(frozen=True, slots=True)
class Nps:
    """A net promoter score.

    Attributes
    ----------
    nps
        Promoters less detractors per 100 answers, from -100 to 100.
    n, n_promoters, n_passives, n_detractors
        Answers that count.
    answers
        What was counted and what was set aside.
    """

    nps: Interval
    n: int
    n_promoters: int
    n_passives: int
    n_detractors: int
    answers: Answers

    @property
    def is_few(self) -> bool:
        """Whether there are fewer than `FEW` answers."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Csat:
    """A customer satisfaction score.

    Attributes
    ----------
    csat
        Share of answers of 4 or 5 out of 5.
    mean
        Mean score.
    n, n_content
        Answers that count, and those of 4 or 5.
    answers
        What was counted and what was set aside.
    """

    csat: Interval
    mean: float
    n: int
    n_content: int
    answers: Answers

    @property
    def is_few(self) -> bool:
        """Whether there are fewer than `FEW` answers."""
        return self.n < FEW


def score_nps(answers: pd.DataFrame, *, mass: float = 0.9) -> Nps:
    """Return the net promoter score with its interval.

    Use it for one group and one time; `weigh_answers` corrects for who answers, `follow_scores` follows waves.

    Parameters
    ----------
    answers
        ``score`` from 0 to 10, and ``n_answers`` where rows are counted. What is off the scale is set aside and told.
    mass
        Of the interval.

    Raises
    ------
    NotEnoughData
        When no answer counts.

    Examples
    --------
    >>> score = score_nps(pd.DataFrame({"score": [10, 8, 3], "n_answers": [50, 30, 20]}))
    >>> score.nps.estimate, round(score.nps.low), round(score.nps.high)
    (30.0, 17, 42)
    """
    taken = take_answers(answers, kind="nps")
    score, n = taken.rows["score"], taken.rows[COUNT]
    promoters, detractors = int(n[score >= PROMOTER].sum()), int(n[score <= DETRACTOR].sum())
    found = estimate_nps(promoters, detractors, taken.n, mass=mass)
    return Nps(found, taken.n, promoters, taken.n - promoters - detractors, detractors, taken)


def score_csat(answers: pd.DataFrame, *, mass: float = 0.9) -> Csat:
    """Return the share of content answers, 4 or 5 out of 5, with its interval.

    Parameters
    ----------
    answers
        ``score`` from 1 to 5, and ``n_answers`` where rows are counted.
    mass
        Of the interval (Jeffreys).

    Raises
    ------
    NotEnoughData
        When no answer counts.

    Examples
    --------
    >>> score = score_csat(pd.DataFrame({"score": [5, 4, 3, 1], "n_answers": [20, 40, 30, 10]}))
    >>> score.csat.estimate, round(score.csat.low, 2), score.mean
    (0.6, 0.52, 3.6)
    """
    taken = take_answers(answers, kind="csat")
    score, n = taken.rows["score"], taken.rows[COUNT]
    content = int(n[score >= CONTENT].sum())
    mean = float((score * n).sum() / taken.n)
    return Csat(estimate_rate(content, taken.n, mass=mass), mean, taken.n, content, taken)


def estimate_nps(n_promoters: int, n_detractors: int, n: int, *, mass: float = 0.9) -> Interval:
    """Return promoters less detractors per 100 answers, with its score interval.

    The score interval of a difference of two shares of one sample (Tango 1998, "Equivalence test and confidence
    interval for the difference in proportions for the paired-sample design", Statistics in Medicine 17). How often it
    holds the truth is counted in `tests/customers/test_feedback_scores.py`.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    check_mass(mass)
    z = float(norm.ppf((1 + mass) / 2))
    found = (n_promoters - n_detractors) / n

    def gap(delta: float, side: float) -> float:
        away = n_promoters - n_detractors - n * delta
        return away - side * z * sqrt(max(_tango_variance(delta, n_promoters, n_detractors, n), 0.0))

    edge, near = 1 - 1e-12, 1e-9  # where all answers are alike both sides of the equation vanish at the score
    low = -1.0 if n_detractors == n else float(brentq(gap, -edge, found - near, args=(1.0,)))
    high = 1.0 if n_promoters == n else float(brentq(gap, found + near, edge, args=(-1.0,)))
    return Interval(100 * found, 100 * min(low, found), 100 * max(high, found), mass)


def _tango_variance(delta: float, b: int, c: int, n: int) -> float:
    """Return the variance of b - c at the likeliest shares whose difference is delta."""
    half = -b - c + (2 * n - b + c) * delta
    root = sqrt(max(half * half + 8 * n * c * delta * (1 - delta), 0.0))
    lesser = (root - half) / (4 * n)
    return n * (2 * lesser + delta * (1 - delta))


def compare_scores(new: Interval, old: Interval) -> Interval:
    """Return by how much a score changed, from the intervals of two independent samples.

    Ends are put together by squares (Zou & Donner 2008, "Construction of confidence limits about effect measures").

    Examples
    --------
    >>> rise = compare_scores(Interval(30, 20, 40, 0.9), Interval(10, 0, 20, 0.9))
    >>> rise.estimate, round(rise.low, 1), round(rise.high, 1)
    (20, 5.9, 34.1)
    """
    change = new.estimate - old.estimate
    down = sqrt((new.estimate - new.low) ** 2 + (old.high - old.estimate) ** 2)
    up = sqrt((new.high - new.estimate) ** 2 + (old.estimate - old.low) ** 2)
    return Interval(change, change - down, change + up, min(new.mass, old.mass))


def plan_answers(score: Nps | Csat, *, move: float, assurance: float = 0.8, mass: float = 0.9) -> int:
    """Return how many answers each of two waves needs so that a move would be seen.

    Seen means that the interval of the change leaves out 0; the spread of the answers is taken from the score at hand.

    Parameters
    ----------
    score
        What is known now.
    move
        The change to be seen: NPS points, or a share of content answers.
    assurance
        Chance to see it.
    mass
        Of the interval by which it is judged.

    Raises
    ------
    BadArgument
        When the move is 0 or larger than the scale.

    Examples
    --------
    >>> plan_answers(score_nps(pd.DataFrame({"score": [10, 8, 3], "n_answers": [45, 35, 20]})), move=5)
    2917
    """
    from scipy.stats import norm

    check_mass(mass)
    check_mass(assurance)
    size = abs(move) / 100 if isinstance(score, Nps) else abs(move)
    if not 0 < size < 1:
        raise BadArgument(f"A move of {move} is not on the scale.", "give points of NPS, or a share such as 0.05.")
    if isinstance(score, Nps):
        p, d = (score.n_promoters + 0.5) / (score.n + 1.5), (score.n_detractors + 0.5) / (score.n + 1.5)
        variance = p + d - (p - d) ** 2
    else:
        p = (score.n_content + 0.5) / (score.n + 1)
        variance = p * (1 - p)
    z = float(norm.ppf((1 + mass) / 2) + norm.ppf(assurance))
    return ceil(2 * variance * z * z / (size * size))
