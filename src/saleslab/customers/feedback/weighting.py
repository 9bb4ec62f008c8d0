"""What would the score be if every segment had answered alike?

Large accounts answer surveys more often than small ones, angry ones more often than calm ones. Answers are weighed so
that each segment counts as many as it has customers (post-stratification); a segment with few answers leans on the
others. What is not in the segments, such as who is angry within one, cannot be weighed away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.customers.feedback.answers import COUNT, take_answers
from saleslab.customers.feedback.scores import CONTENT, DETRACTOR, PROMOTER, estimate_nps
from saleslab.errors import NotEnoughData
from saleslab.stats.intervals import Interval, check_mass, estimate_rate
from saleslab.tables.presence import require_columns

_PRIOR = 2.0
"""Answers that each segment borrows from all of them."""


@dataclass(frozen=True, slots=True)
class WeightedScore:
    """A score in which each segment counts as it has customers.

    Attributes
    ----------
    plain, weighted
        As answered, and weighed.
    segments
        One row a segment: ``segment, n_customers, n_answers, response_rate, share_customers, share_answers, score, low,
        high``. Response rates above 1 say that customers answered more than once.
    n_effective
        How many evenly spread answers the weighed ones are worth (Kish).
    share_unheard
        Customers in segments without an answer; for them the score of the others is assumed.
    """

    plain: Interval
    weighted: Interval
    segments: pd.DataFrame
    n_effective: float
    share_unheard: float


def weigh_answers(
    answers: pd.DataFrame, customers: pd.DataFrame, *, kind: str = "nps", by: str = "segment", mass: float = 0.9
) -> WeightedScore:
    """Return a score that does not depend on which segments answer more.

    Parameters
    ----------
    answers
        ``score``, the column ``by``, and ``n_answers`` where rows are counted.
    customers
        The column ``by`` and ``n_customers``: everybody who could have answered.
    kind
        ``nps`` or ``csat``.

    Raises
    ------
    NotEnoughData
        When no answer counts, or no segment of the answers has customers.

    Examples
    --------
    >>> answers = pd.DataFrame({"segment": ["large", "large", "small"], "score": [10, 3, 3], "n_answers": [90, 10, 20]})
    >>> found = weigh_answers(answers, pd.DataFrame({"segment": ["large", "small"], "n_customers": [100, 900]}))
    >>> round(found.plain.estimate), round(found.weighted.estimate)
    (50, -70)
    """
    from scipy.stats import norm

    check_mass(mass)
    require_columns(customers, by, "n_customers", of="customers")
    taken = take_answers(answers, kind=kind, by=(by,))
    values = _value(taken.rows["score"].to_numpy(), kind)
    levels = np.array([-1.0, 0.0, 1.0]) if kind == "nps" else np.array([0.0, 1.0])
    size = customers.groupby(by)["n_customers"].sum()
    size = size[size > 0].sort_index()
    if size.empty or not taken.rows[by].isin(size.index).any():
        raise NotEnoughData(
            f"No segment of the answers has customers in '{by}'.", "spell segments alike in answers and customers."
        )
    counts = np.stack(
        [
            taken.rows.loc[values == level].groupby(by)[COUNT].sum().reindex(size.index, fill_value=0).to_numpy()
            for level in levels
        ],
        axis=1,
    ).astype(np.float64)
    pooled = (counts.sum(axis=0) + 1 / len(levels)) / (counts.sum() + 1)
    beliefs = counts + _PRIOR * pooled
    strength = beliefs.sum(axis=1)
    means = beliefs @ levels / strength
    spreads = (beliefs @ levels**2 / strength - means**2) / (strength + 1)
    weight = (size / size.sum()).to_numpy()
    centre, sd = float(weight @ means), float(np.sqrt(weight**2 @ spreads))
    z, scale = float(norm.ppf((1 + mass) / 2)), 100.0 if kind == "nps" else 1.0
    ends = [float(np.clip(scale * (centre + sign * z * sd), scale * levels[0], scale)) for sign in (-1, 1)]
    n = counts.sum(axis=1)
    half = np.sqrt(spreads) * z
    ranges = np.clip(np.stack([means, means - half, means + half]), levels[0], 1)
    table = _tabulate(size, n, scale * ranges)
    heard = n > 0
    per_answer = np.divide(weight, n, out=np.zeros_like(weight), where=heard)
    effective = float((per_answer * n).sum() ** 2 / (per_answer**2 @ n))
    return WeightedScore(
        _plain(counts, kind, mass),
        Interval(min(max(scale * centre, ends[0]), ends[1]), ends[0], ends[1], mass),
        table.rename(columns={"segment": by}),
        effective,
        float(weight[~heard].sum()),
    )


def _value(score: np.ndarray, kind: str) -> np.ndarray:
    if kind == "nps":
        return np.where(score >= PROMOTER, 1.0, np.where(score <= DETRACTOR, -1.0, 0.0))
    return np.where(score >= CONTENT, 1.0, 0.0)


def _plain(counts: np.ndarray, kind: str, mass: float) -> Interval:
    totals = counts.sum(axis=0).astype(int)
    if kind == "nps":
        return estimate_nps(int(totals[2]), int(totals[0]), int(totals.sum()), mass=mass)
    return estimate_rate(int(totals[1]), int(totals.sum()), mass=mass)


def _tabulate(size: pd.Series, n: np.ndarray, ranges: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": size.index,
            "n_customers": size.to_numpy(),
            COUNT: n.astype(np.int64),
            "response_rate": n / size.to_numpy(),
            "share_customers": (size / size.sum()).to_numpy(),
            "share_answers": n / n.sum(),
            **dict(zip(("score", "low", "high"), ranges, strict=True)),
        }
    )
