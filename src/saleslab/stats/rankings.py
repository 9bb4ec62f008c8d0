"""How well does a score sort what happens from what does not, and how far can that be relied on?

All of it is counted on blocks of equal scores, so that ties are exact: two equal scores are sorted by lot, and every
measure is its mean over all lots. Nothing is resampled; 200,000 rows take a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.intervals import Interval, check_mass

Floats = npt.NDArray[np.float64]

SHARES = tuple(step / 100 for step in range(1, 101))
"""Shares of the top at which curves are measured unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the top of a ranking gathers.

    Attributes
    ----------
    shares
        Shares of all rows, rising, the best scores first.
    parts
        For each share, what its rows hold, with its interval.
    """

    shares: tuple[float, ...]
    parts: tuple[Interval, ...]

    def at(self, share: float) -> Interval:
        """Return the part at one share, between two measured ones by the straight line."""
        ends = [[getattr(part, end) for part in self.parts] for end in ("estimate", "low", "high")]
        middle, low, high = (float(np.interp(share, (0.0, *self.shares), (0.0, *end))) for end in ends)
        return Interval(middle, low, high, self.parts[0].mass)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Rows of equal stratum and score, in rising order of both, and what lies around each block in its stratum."""

    stratum: npt.NDArray[np.int64]
    yes: Floats
    no: Floats
    yes_total: Floats
    no_total: Floats
    above_no: Floats
    """Share of its stratum's others that a row of the block beats, a tie counting half."""
    below_yes: Floats


def measure_auc(happened: Any, score: Any, *, strata: Any = None, mass: float = 0.9) -> Interval:
    """Return how often something that happened has a higher score than something that did not.

    Parameters
    ----------
    happened
        True or 1 where it happened, one value a row.
    score
        Any number that should be higher where it happens.
    strata
        A key a row: only pairs within a stratum are compared. Strata are averaged with van Elteren's weights
        ``yes * no / (yes + no + 1)``; those in which everything or nothing happened say nothing and are passed over.
    mass
        Chance that the interval holds the truth.

    Returns
    -------
    Interval
        The share of pairs in the right sequence, ties counting half, and the interval of DeLong, DeLong and
        Clarke-Pearson (1988, "Comparing the areas under two or more correlated receiver operating characteristic
        curves", Biometrics 44) on the log-odds scale, with the spread of placements pooled over strata. Each end is
        moved out to that of Newcombe (2006, "Confidence intervals for an effect size measure based on the
        Mann-Whitney statistic", Statistics in Medicine 25, method 5) where that lies further: placements of a few
        rows, all near 1, would promise too much. How often it holds is in ``tests/stats/test_rankings.py``.

    Raises
    ------
    NotEnoughData
        When no stratum holds both outcomes.
    BadArgument
        When a score is missing or not finite, an outcome is neither 0 nor 1, or lengths differ.

    Examples
    --------
    >>> auc = measure_auc([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    >>> round(auc.estimate, 3)
    0.889
    """
    check_mass(mass)
    yes, scores = check_outcomes(happened, score)
    blocks = _count_blocks(yes, scores, _code(strata, len(yes)))
    totals_yes, totals_no = (_per_stratum(blocks, of) for of in (blocks.yes, blocks.no))
    is_told = (totals_yes > 0) & (totals_no > 0)
    if not is_told.any():
        raise NotEnoughData(
            f"{len(yes)} rows hold {int(yes.sum())} that happened, none of them beside one that did not.",
            "wait until both outcomes were seen, or compare across larger lists.",
        )
    pairs = np.where(is_told, totals_yes * totals_no, 1.0)
    weight = np.where(is_told, pairs / (totals_yes + totals_no + 1), 0.0)
    weight /= weight.sum()
    areas = _per_stratum(blocks, blocks.yes * blocks.no_total * blocks.above_no) / pairs
    area = float(min((weight * areas).sum(), 1.0))
    ties = float((weight * _per_stratum(blocks, blocks.yes * blocks.no) / pairs).sum())
    low, high = _logit_ends(area, _delong_variance(blocks, areas, weight, totals_yes, totals_no), mass)
    wider = _newcombe_ends(area, ties, (weight[is_told], totals_yes[is_told], totals_no[is_told]), mass)
    return Interval(area, min(low, wider[0], area), max(high, wider[1], area), mass)


def check_outcomes(happened: Any, score: Any) -> tuple[Floats, Floats]:
    """Return outcomes as 0 and 1 and scores as finite numbers, or say what is wrong with them."""
    scores = np.asarray(score, dtype=np.float64)
    given = np.asarray(happened)
    if given.shape != scores.shape or scores.ndim != 1:
        raise BadArgument(
            f"Outcomes of shape {given.shape} and scores of shape {scores.shape} do not make pairs.",
            "give one outcome and one score a row.",
        )
    faults = []
    missing = int((~np.isfinite(scores)).sum())
    if missing:
        faults.append(f"{missing} of {len(scores)} scores are missing or not finite")
    yes = np.asarray([np.nan if value is None else value for value in given], float) if given.dtype == object else given
    yes = np.asarray(yes, dtype=np.float64)
    strange = int((~np.isin(yes, (0.0, 1.0))).sum())
    if strange:
        faults.append(f"{strange} of {len(yes)} outcomes are neither 0 nor 1")
    if faults:
        raise BadArgument(f"{' and '.join(faults)}.", "leave out rows that are not known yet before measuring.")
    return yes, scores


def _code(keys: Any, n: int) -> npt.NDArray[np.int64]:
    """Return the number of each row's stratum, all 0 where none is given."""
    if keys is None:
        return np.zeros(n, dtype=np.int64)
    import pandas as pd

    codes, _ = pd.factorize(np.asarray(keys), use_na_sentinel=False)
    if len(codes) != n:
        raise BadArgument(f"{len(codes)} strata do not fit {n} rows.", "give one stratum a row.")
    return np.asarray(codes, dtype=np.int64)


def _count_blocks(yes: Floats, scores: Floats, codes: npt.NDArray[np.int64]) -> _Blocks:
    order = np.lexsort((scores, codes))
    stratum, sorted_scores, sorted_yes = codes[order], scores[order], yes[order]
    is_first = np.r_[True, (np.diff(stratum) != 0) | (np.diff(sorted_scores) != 0)][: len(order)]
    starts = np.flatnonzero(is_first)
    n_yes = np.add.reduceat(sorted_yes, starts) if len(starts) else np.empty(0)
    n_no = np.diff(np.r_[starts, len(order)]) - n_yes
    of = stratum[starts]
    yes_total, no_total = (np.asarray(np.bincount(of, counts)[of], dtype=np.float64) for counts in (n_yes, n_no))
    before_yes, before_no = (_before(counts, of) for counts in (n_yes, n_no))
    above = (before_no + n_no / 2) / np.maximum(no_total, 1)
    below = (yes_total - before_yes - n_yes / 2) / np.maximum(yes_total, 1)
    return _Blocks(of, n_yes, n_no, yes_total, no_total, above, below)


def _before(counts: Floats, stratum: npt.NDArray[np.int64]) -> Floats:
    """Return how many of a stratum come before each of its blocks."""
    so_far = np.cumsum(counts) - counts
    first = np.flatnonzero(np.r_[True, np.diff(stratum) != 0][: len(stratum)])
    return np.asarray(so_far - np.repeat(so_far[first], np.diff(np.r_[first, len(stratum)])))


def _per_stratum(blocks: _Blocks, values: Floats) -> Floats:
    return np.asarray(np.bincount(blocks.stratum, values, minlength=1), dtype=np.float64)


def _delong_variance(blocks: _Blocks, areas: Floats, weight: Floats, n_yes: Floats, n_no: Floats) -> float:
    """Return the variance of the mean area: spreads of placements, pooled over strata by their degrees of freedom."""
    is_told, variance = weight > 0, 0.0
    counts = np.where(is_told[blocks.stratum], 1.0, 0.0)
    for n, rows, placed in ((n_yes, blocks.yes, blocks.above_no), (n_no, blocks.no, blocks.below_yes)):
        spread = (counts * rows * (placed - areas[blocks.stratum]) ** 2).sum()
        freedom = (n[is_told] - 1).sum()
        if freedom > 0:
            variance += spread / freedom * (weight[is_told] ** 2 / n[is_told]).sum()
    return float(variance)


def _logit_ends(area: float, variance: float, mass: float) -> tuple[float, float]:
    from scipy.special import expit, logit, ndtri

    if not 0 < area < 1:
        return area, area
    reach = ndtri((1 + mass) / 2) * np.sqrt(variance) / (area * (1 - area))
    return float(expit(logit(area) - reach)), float(expit(logit(area) + reach))


def _newcombe_ends(area: float, ties: float, strata: tuple[Floats, Floats, Floats], mass: float) -> tuple[float, float]:
    """Return the true areas from which the one seen lies just as far off as luck allows, by bisection.

    Ties leave less to luck: a score that is the same for all has the area 1/2 and no error.
    """
    from scipy.special import ndtri

    (weight, n_yes, n_no), z2 = strata, ndtri((1 + mass) / 2) ** 2
    alone = (weight**2 / (n_yes * n_no)).sum()
    shared = (weight**2 * ((n_yes + n_no) / 2 - 1) / (n_yes * n_no)).sum()
    left = max(0.0, 1 - ties / 4 / (area * (1 - area))) if 0 < area < 1 else 1.0

    def is_within(truth: float) -> bool:
        spread = truth * (1 - truth) * (alone + shared * ((1 - truth) / (2 - truth) + truth / (1 + truth)))
        return bool((truth - area) ** 2 <= z2 * left * spread)

    def find_end(far: float) -> float:
        near = area
        for _ in range(50):
            middle = (near + far) / 2
            near, far = (middle, far) if is_within(middle) else (near, middle)
        return near

    return find_end(0.0), find_end(1.0)


def measure_capture(happened: Any, score: Any, *, shares: Any = SHARES, mass: float = 0.9) -> Gathered:
    """Return which part of all that happened lies in the top of a ranking.

    Parameters
    ----------
    happened, score
        As in `measure_auc`.
    shares
        Shares of the rows, above 0 and up to 1: 0.1 asks for the tenth with the highest scores.
    mass
        Chance that one interval holds the truth.

    Returns
    -------
    Gathered
        The part at each share. An interval allows for three kinds of luck: who is in the top, what happens there, and
        how much happens at all (the influence function of the part, its threshold included); it is Wilson's with the
        count of rows that would vary as much. The lift is the part divided by the share.

    Raises
    ------
    NotEnoughData
        When nothing happened.

    Examples
    --------
    >>> half = measure_capture([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], shares=[0.5]).parts[0]
    >>> round(half.estimate, 3)
    0.667
    """
    check_mass(mass)
    yes, scores = check_outcomes(happened, score)
    at, n, n_yes = _check_shares(shares), len(yes), float(yes.sum())
    if not n_yes:
        raise NotEnoughData(f"None of {n} rows happened, so no part of it can be found.", "wait for the first one.")
    top, edge = _sum_top(yes, scores, at)
    part, base = np.clip(top / n_yes, 0, 1), n_yes / n
    spread = (
        top / n * (1 - edge - part + edge * at) ** 2
        + (at - top / n) * (edge * at - edge) ** 2
        + (base - top / n) * (edge * at - part) ** 2
        + (1 - at - base + top / n) * (edge * at) ** 2
    ) / (base**2 * n)
    binomial = part * (1 - part)
    is_sure = (binomial < 1e-12) | (spread < 1e-15)
    alike = np.where(is_sure, n_yes, binomial / np.where(is_sure, 1.0, spread))
    low, high = _wilson(part, alike, mass)
    low, high = (np.where(at >= 1, 1.0, end) for end in (low, high))
    return _gather(at, part, low, high, mass)


def measure_gathered(values: Any, score: Any, *, shares: Any = SHARES, mass: float = 0.9) -> Gathered:
    """Return how much of an amount lies in the top of a ranking, in its own unit.

    Parameters
    ----------
    values
        One finite number a row; may be below 0.
    score, shares, mass
        As in `measure_capture`.

    Returns
    -------
    Gathered
        The sum at each share of these rows, and the range in which the sum over as many other rows would be expected,
        by the normal approximation; a few values that dwarf the rest make it too narrow.

    Examples
    --------
    >>> measure_gathered([1.0, 5.0, 2.0, 4.0], [0.1, 0.9, 0.3, 0.8], shares=[0.5]).parts[0].estimate
    9.0
    """
    from scipy.special import ndtri

    check_mass(mass)
    amounts, scores = (np.asarray(column, dtype=np.float64) for column in (values, score))
    if amounts.shape != scores.shape or not (np.isfinite(amounts).all() and np.isfinite(scores).all()):
        raise BadArgument(
            f"{amounts.size} values and {scores.size} scores do not make pairs of finite numbers.",
            "give one value and one score a row, 0 where there is no value.",
        )
    if not len(amounts):
        raise NotEnoughData("There is no row to rank.", "give at least one row.")
    at, n = _check_shares(shares), len(amounts)
    top, edge = _sum_top(amounts, scores, at)
    squares, _ = _sum_top(amounts**2, scores, at)
    mean = top / n
    second = squares / n - 2 * edge * mean + edge**2 * at
    variance = np.maximum(second - (mean - edge * at) ** 2, 0)
    reach = ndtri((1 + mass) / 2) * np.sqrt(variance * n)
    return _gather(at, top, top - reach, top + reach, mass)


def _check_shares(shares: Any) -> Floats:
    at = np.asarray(shares, dtype=np.float64)
    if at.ndim != 1 or not len(at) or not ((at > 0) & (at <= 1)).all() or (np.diff(at) <= 0).any():
        raise BadArgument("Shares of a ranking rise from above 0 up to 1.", "give shares such as [0.1, 0.2, 0.5].")
    return at


def _sum_top(values: Floats, scores: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return the sum of the values in each top, ties by lot, and the mean value of the rows around its edge."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, n = scores[order], len(scores)
    ends = np.r_[0, np.flatnonzero(np.diff(sorted_scores)) + 1, n]
    sums = np.r_[0.0, np.cumsum(values[order])][ends]
    width = 0.5 * n**-0.25
    below, above = np.maximum(at - width, 0), np.minimum(at + width, 1)
    top, upper, lower = (np.interp(share * n, ends, sums) for share in (at, above, below))
    return top, (upper - lower) / (n * (above - below))


def _wilson(part: Floats, n: Floats, mass: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    z2 = ndtri((1 + mass) / 2) ** 2
    middle = (part + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * part * (1 - part) / n + z2 * z2 / (4 * n * n)) / (1 + z2 / n)
    return np.maximum(middle - reach, 0), np.minimum(middle + reach, 1)


def _gather(at: Floats, part: Floats, low: Floats, high: Floats, mass: float) -> Gathered:
    parts = [
        Interval(float(p), float(min(a, p)), float(max(b, p)), mass) for p, a, b in zip(part, low, high, strict=True)
    ]
    return Gathered(tuple(at.tolist()), tuple(parts))
