"""How much does one column alone tell of a yes or no? Out of sample, for any kind of column, in a pass over counts.

A column is a code for each row (a name, or a piece of the number line); its out-of-fold rates are sums over the other
folds, so that one count of fold by code serves all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

SURE = 0.9
"""Out-of-fold chance above which a row counts as known for sure."""

_DRAWN = 2.0  # rows at the rate of all, by which the rate of each code is drawn towards it
_MOST_PIECES, _FEWEST_PIECES, _ROWS_A_PIECE = 50, 2, 10


@dataclass(frozen=True, slots=True)
class Alone:
    """What one column tells by itself.

    Attributes
    ----------
    auc
        Chance that a yes is placed above a no, out of fold.
    share_sure
        Share of all rows that are known for sure, out of fold, to be of the rarer kind.
    share_found
        Share of the rarer kind that is known so.
    """

    auc: float
    share_sure: float
    share_found: float


def doubt_auc(n_yes: int, n_no: int) -> float:
    """Return the standard deviation of the area under the curve of a column that tells nothing (Mann & Whitney 1947).

    Examples
    --------
    >>> round(doubt_auc(40, 40), 3)
    0.065
    """
    return float(np.sqrt((n_yes + n_no + 1) / (12 * n_yes * n_no)))


def cut_line(ranks: Integers, is_yes: Booleans) -> Integers:
    """Return the pieces of the number line, alike in rows, into which a column is cut; what is missing (-1) stays so.

    A value that many rows share has a piece to itself.

    Examples
    --------
    >>> cut_line(np.array([0, 1, 2, 3, -1]), np.array([True, False] * 2 + [True])).tolist()
    [0, 0, 1, 1, -1]
    """
    filled = ranks >= 0
    n_rarer = int(min(is_yes.sum(), (~is_yes).sum()))
    n_pieces = int(np.clip(n_rarer // _ROWS_A_PIECE, _FEWEST_PIECES, _MOST_PIECES))
    counts = np.bincount(ranks[filled], minlength=1)
    if len(counts) <= n_pieces:
        return ranks
    piece = ((np.cumsum(counts) - counts / 2) * n_pieces / counts.sum()).astype(np.int64)
    return np.where(filled, piece[ranks], -1)


def judge_codes(codes: Integers, is_yes: Booleans, folds: Integers) -> Alone:
    """Return what a column of codes (-1: missing, a code like others) tells out of fold."""
    n_codes, n_folds = int(codes.max()) + 2, int(folds.max()) + 1
    place = folds * n_codes + codes + 1
    rows = np.bincount(place, minlength=n_folds * n_codes).reshape(n_folds, n_codes).astype(np.float64)
    yes = np.bincount(place, weights=is_yes, minlength=n_folds * n_codes).reshape(n_folds, n_codes).astype(np.float64)
    others, others_yes = rows.sum(axis=0) - rows, yes.sum(axis=0) - yes
    rate_of_all = others_yes.sum(axis=1, keepdims=True) / np.maximum(others.sum(axis=1, keepdims=True), 1)
    rates = (others_yes + _DRAWN * rate_of_all) / (others + _DRAWN)
    won = pairs = 0.0
    for rate, n_yes, n_no in zip(rates, yes, rows - yes, strict=True):
        won, pairs = won + _count_won(rate, n_yes, n_no), pairs + n_yes.sum() * n_no.sum()
    rarer_is_yes = is_yes.mean() <= 0.5
    sure = rows * ((rates if rarer_is_yes else 1 - rates) > SURE)
    n_rarer = max(float(is_yes.sum() if rarer_is_yes else (~is_yes).sum()), 1.0)
    found = (yes if rarer_is_yes else rows - yes)[sure > 0].sum() / n_rarer
    return Alone(float(won / pairs) if pairs else 0.5, float(sure.sum() / len(codes)), float(found))


def judge_later(codes: Integers, is_yes: Booleans, is_late: Booleans) -> float:
    """Return the area under the curve in the late rows, by the rates of the early ones."""
    n_codes = int(codes.max()) + 2
    counts = [
        (
            np.bincount(codes[rows & is_yes] + 1, minlength=n_codes).astype(np.float64),
            np.bincount(codes[rows & ~is_yes] + 1, minlength=n_codes).astype(np.float64),
        )
        for rows in (~is_late, is_late)
    ]
    (early_yes, early_no), (late_yes, late_no) = counts
    rate_of_all = early_yes.sum() / max(early_yes.sum() + early_no.sum(), 1)
    rates = (early_yes + _DRAWN * rate_of_all) / (early_yes + early_no + _DRAWN)
    return float(_count_won(rates, late_yes, late_no) / (late_yes.sum() * late_no.sum()))


def judge_line(ranks: Integers, is_yes: Booleans) -> float:
    """Return the area under the curve of a number as it stands, in the better direction; missing rows (-1) tie."""
    filled = ranks >= 0
    if not filled.any():
        return 0.5
    n_ranks = int(ranks.max()) + 1
    n_yes = np.bincount(ranks[filled & is_yes], minlength=n_ranks).astype(np.float64)
    n_no = np.bincount(ranks[filled & ~is_yes], minlength=n_ranks).astype(np.float64)
    pairs, all_pairs = n_yes.sum() * n_no.sum(), float(is_yes.sum()) * float((~is_yes).sum())
    below = np.cumsum(n_no) - n_no
    won = float(n_yes @ (below + n_no / 2))
    return float(0.5 + abs(won - pairs / 2) / all_pairs)


def _count_won(rates: Floats, n_yes: Floats, n_no: Floats) -> float:
    """Return the number of pairs in which the yes has the higher rate; ties count half."""
    used = (n_yes > 0) | (n_no > 0)
    _, level = np.unique(rates[used], return_inverse=True)
    yes, no = np.bincount(level, weights=n_yes[used]), np.bincount(level, weights=n_no[used])
    return float(yes @ (np.cumsum(no) - no / 2))
