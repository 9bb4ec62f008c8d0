"""Are there segments in these customers, and how many? Or is every cut as good as another?

Any method cuts any crowd into as many parts as it is told. A cut is worth a name when it comes out again from other
customers of the same kind, and when it is more than the shape of a crowd without groups would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.segmentation.agreement import cross_count, match_jaccard, measure_ari
from saleslab.segmentation.nulls import fit_null
from saleslab.segmentation.points import Points, gather_points
from saleslab.segmentation.prototypes import Layout, Prototypes, assign_points, search_prototypes
from saleslab.segmentation.reasons import SegmentReason

Floats = npt.NDArray[np.float64]
SegmentVerdict = Literal["natural", "reproducible", "constructed", "refuse"]

STEADY_ARI, STEADY_JACCARD = 0.8, 0.75
"""What a cut must reach to come out again (Hennig 2007: segments above .75 are stable)."""

_FEWEST_CUSTOMERS, _FEWEST_MEMBERS, _SMALLEST_SHARE = 50, 10, 0.02
_MOST_ROWS = 1000
_SURE = 0.05
_NEARLY = 0.9
"""Share of the greatest excess that fewer segments must reach to be preferred."""


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """What speaks for one number of segments.

    Attributes
    ----------
    k
        The number of segments.
    ari, null_ari
        Mean agreement of the cut with cuts of resampled customers; the same where there are no groups.
    worst_jaccard
        Mean overlap of the segment that comes out again worst.
    smallest_share
        Share of customers in the smallest segment.
    excess
        Logarithm of the cost of this cut where there are no groups, less that of this cut: 0 when there is no
        difference.
    value_explained
        Share of the variance of a later value that lies between the segments, adjusted for their number; None when no
        value was named.
    """

    k: int
    ari: float
    null_ari: float
    worst_jaccard: float
    smallest_share: float
    excess: float
    value_explained: float | None

    @property
    def comes_again(self) -> bool:
        """Whether other customers of the same kind give the same segments."""
        return self.ari >= STEADY_ARI and self.worst_jaccard >= STEADY_JACCARD


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """How many segments, and what they are.

    Attributes
    ----------
    verdict
        ``natural``: groups that lie apart, beyond what distribution and correlation of the columns give.
        ``reproducible``: no gaps between them, but the same cut comes out again more than without groups.
        ``constructed``: a cut of a crowd without groups; useful if it serves a purpose, and nobody's discovery.
        ``refuse``: no cut can be recommended.
    k
        How many segments; None when refused.
    counts
        What speaks for each number tried.
    chance_structureless
        How often customers without groups look at least as grouped, over all numbers tried.
    n_customers, n_points, n_judged
        Customers, distinct points among them, and customers of the sample that was judged.
    reasons
        Why, worded by `tell_segment_reason`.
    """

    verdict: SegmentVerdict
    k: int | None
    counts: tuple[SegmentCount, ...]
    chance_structureless: float | None
    n_customers: int
    n_points: int
    n_judged: int
    reasons: tuple[SegmentReason, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One set of customers, cut into every number of segments."""

    cost: Floats
    ari: Floats
    jaccard: Floats
    share: Floats
    cuts: tuple[Prototypes, ...]


def choose_segments(
    frame: pd.DataFrame,
    *,
    seed: int,
    by: Sequence[str] | None = None,
    value: str | None = None,
    customer: str = "customer_id",
    k_most: int = 10,
    n_resamples: int = 20,
    n_nulls: int = 29,
) -> SegmentChoice:
    """Return whether customers form groups, and into how many segments to cut them.

    Each number of segments is tried on resampled customers, and all of it again on customers who have the same values
    and correlations but no groups (a Gaussian copula that keeps ties). One test covers all numbers and both measures,
    by the largest standardised difference, so that trying many does not find one by luck. Structure that lies in one
    column alone is the distribution of that column, and is kept by the customers without groups: cut it by a rule.

    Parameters
    ----------
    frame
        One row a customer. Numbers are standardised: take logarithms or scores of money first.
    seed
        Of the resampling.
    by
        The columns that describe customers; all but the customer and ``value`` when None.
    value
        A column with what customers brought afterwards; it takes no part in the cut.
    customer
        The column with the id, which is not looked at.
    k_most
        The largest number of segments tried.
    n_resamples
        How often customers are resampled.
    n_nulls
        How many sets of customers without groups are made; at least 19.

    Raises
    ------
    NotEnoughData
        When all rows are the same.
    TableError
        When values are missing or infinite.
    BadArgument
        When an option lies outside its range.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> noise = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"])
    >>> choose_segments(noise, seed=1, k_most=3, n_resamples=5, n_nulls=19).verdict
    'constructed'
    """
    if k_most < 2 or n_resamples < 2 or n_nulls < 19:
        raise BadArgument(
            f"k_most={k_most}, n_resamples={n_resamples}, n_nulls={n_nulls} cannot be judged.",
            "give at least 2, 2 and 19.",
        )
    columns = [name for name in frame.columns if name not in {customer, value}] if by is None else list(by)
    points, n = gather_points(frame, columns), len(frame)
    most = min(k_most, len(points) - 1)
    if n < _FEWEST_CUSTOMERS or most < 2:
        return refuse_cut(n, len(points))
    rng = np.random.default_rng(seed)
    weights = _sample(points.weights, rng)
    layout = points.lay_out()
    sizes = range(2, min(most, int((weights > 0).sum()) - 1) + 1)
    seen = _judge(layout, weights, sizes, rng, n_resamples)
    nulls = _judge_nulls(points, weights, sizes, rng, n_nulls)
    paid = None if value is None else _read_value(frame, value)
    counts = _tabulate(sizes, seen, nulls, [_explain(paid, points, layout, cut) for cut in seen.cuts])
    chances = _test(seen, nulls)
    return _conclude(counts, chances, (n, len(points), int(weights.sum())))


def refuse_cut(n_customers: int, n_points: int) -> SegmentChoice:
    """Return that so few customers, or so few different ones, are not cut."""
    why = SegmentReason("too_few", {"n": n_customers, "points": n_points, "least": _FEWEST_CUSTOMERS})
    return SegmentChoice("refuse", None, (), None, n_customers, n_points, 0, (why,))


def _sample(weights: Floats, rng: np.random.Generator) -> Floats:
    """Return at most a thousand customers as weights: enough to judge by, and the same for any order of rows."""
    if weights.sum() <= _MOST_ROWS:
        return weights
    drawn = rng.multivariate_hypergeometric(weights.astype(np.int64), _MOST_ROWS, method="marginals")
    return np.asarray(drawn, dtype=np.float64)


def _judge(layout: Layout, weights: Floats, sizes: range, rng: np.random.Generator, n_resamples: int) -> _Judged:
    """Cut into every number of segments, and cut resampled customers again."""
    kept = weights > 0
    layout, weights = Layout(layout.matrix[kept], layout.n_numbers, layout.starts), weights[kept]
    total, cuts = int(weights.sum()), []
    resampled = rng.multinomial(total, weights / weights.sum(), size=n_resamples).astype(np.float64)
    found = np.zeros((4, len(sizes)))
    for at, k in enumerate(sizes):
        cut = search_prototypes(layout, k, weights, rng=rng, n_starts=3)
        overlaps = []
        for drawn in resampled:
            again = search_prototypes(layout, k, drawn, rng=rng, n_starts=1, warm=cut.centres)
            labels, _ = assign_points(layout, again.centres)
            overlaps.append(cross_count(cut.labels, labels, weights))
        ari = np.mean([measure_ari(one) for one in overlaps])
        jaccard = np.mean([match_jaccard(one) for one in overlaps], axis=0).min()
        share = np.bincount(cut.labels, weights, k).min() / total
        found[:, at] = cut.cost, ari, jaccard, share
        cuts.append(cut)
    cost, agreed, overlap, shares = found
    return _Judged(cost, agreed, overlap, shares, tuple(cuts))


def _judge_nulls(
    points: Points, weights: Floats, sizes: range, rng: np.random.Generator, n_nulls: int
) -> list[_Judged]:
    """Do the same, with one resampling, for customers without groups."""
    values = np.hstack([points.measures, points.codes.astype(np.float64)])
    null, judged = fit_null(np.repeat(values, weights.astype(np.int64), axis=0), rng), []
    n_numbers = len(points.numbers)
    for _ in range(n_nulls):
        drawn, counts = np.unique(null.draw(rng), axis=0, return_counts=True)
        layout = points.lay_out(drawn[:, :n_numbers], drawn[:, n_numbers:].astype(np.int64))
        judged.append(_judge(layout, counts.astype(np.float64), sizes, rng, 1))
    return judged


def _measure_gain(judged: Sequence[_Judged]) -> Floats:
    """Return minus the log cost, a row a set; costs of nothing are kept finite."""
    costs = np.stack([one.cost for one in judged])
    return np.asarray(-np.log(np.maximum(costs, 1e-6 * costs.max())))


def _test(seen: _Judged, nulls: Sequence[_Judged]) -> tuple[float, float]:
    """Return how often sets without groups stand out as much: by cost or agreement, and by cost alone."""
    everyone = [seen, *nulls]
    gain, ari = _standardise(_measure_gain(everyone)), _standardise(np.stack([one.ari for one in everyone]))
    by_cost = gain.max(axis=1)
    either = np.maximum(by_cost, ari.max(axis=1))
    return tuple(float((top >= top[0]).mean()) for top in (either, by_cost))  # type: ignore[return-value]


def _standardise(values: Floats) -> Floats:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, 1))


def _tabulate(
    sizes: range, seen: _Judged, nulls: Sequence[_Judged], explained: Sequence[float | None]
) -> tuple[SegmentCount, ...]:
    gain = _measure_gain([seen, *nulls])
    excess, null_ari = gain[0] - gain[1:].mean(axis=0), np.mean([one.ari for one in nulls], axis=0)
    return tuple(
        SegmentCount(
            k,
            float(seen.ari[at]),
            float(null_ari[at]),
            float(seen.jaccard[at]),
            float(seen.share[at]),
            float(excess[at]),
            explained[at],
        )
        for at, k in enumerate(sizes)
    )


def _read_value(frame: pd.DataFrame, value: str) -> Floats:
    paid = frame[value].to_numpy(np.float64, na_value=np.nan)
    if not np.isfinite(paid).all():
        raise TableError(
            f"{value} is missing or infinite in {int((~np.isfinite(paid)).sum())} rows.",
            "give 0 to who bought nothing.",
        )
    return np.asarray(paid)


def _explain(paid: Floats | None, points: Points, layout: Layout, cut: Prototypes) -> float | None:
    if paid is None:
        return None
    labels = assign_points(layout, cut.centres)[0][points.of_row]
    sizes = np.bincount(labels, minlength=len(cut.centres))
    means = np.bincount(labels, paid, len(sizes)) / np.maximum(sizes, 1)
    total, inside = ((paid - paid.mean()) ** 2).sum(), ((paid - means[labels]) ** 2).sum()
    n, used = len(paid), int((sizes > 0).sum())
    return float(1 - inside / total * (n - 1) / (n - used)) if total > 0 and n > used else 0.0


def _conclude(counts: tuple[SegmentCount, ...], chances: tuple[float, float], n: tuple[int, int, int]) -> SegmentChoice:
    chance, by_cost = chances
    least = max(_SMALLEST_SHARE, _FEWEST_MEMBERS / n[0])
    large = [one for one in counts if one.smallest_share >= least]
    if not large:
        why = SegmentReason("too_small", {"least_share": float(least)})
        return SegmentChoice("refuse", None, counts, chance, *n, (why,))
    steady = [one for one in large if one.comes_again]
    verdict: SegmentVerdict = "constructed"
    if steady and chance <= _SURE:
        verdict = "natural" if by_cost <= _SURE else "reproducible"
    if verdict == "natural":
        enough = _NEARLY * max(one.excess for one in steady)
        best = next(one for one in steady if one.excess >= enough)
    else:
        best = max(steady or large, key=lambda one: (one.ari, -one.k))
    reasons = [SegmentReason(verdict, {"k": best.k})]
    reasons.append(SegmentReason("beyond_null" if chance <= _SURE else "like_null", {"chance": chance}))
    reasons.append(SegmentReason("comes_again" if best.comes_again else "changes", {"ari": best.ari, "k": best.k}))
    return SegmentChoice(verdict, best.k, counts, chance, *n, tuple(reasons))
