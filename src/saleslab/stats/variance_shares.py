"""How much of what varies in one quantity goes along with each of several others, however they overlap?

The gain in explained variance that a column brings depends on which columns were taken before it. Its share here is the
mean gain over all orders (Lindeman, Merenda & Gold 1980, "Introduction to bivariate and multivariate analysis"; the
same number as the Shapley value of R squared). All subsets are swept at once: 15 columns are 32,768 of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

MOST_COLUMNS = 15
_SINGULAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class VarianceShares:
    """Shares of the variance of one quantity.

    Attributes
    ----------
    shares
        Of each column; they add up to ``explained``.
    explained
        R squared of all columns together.
    inflation
        Variance inflation factor of each column: 1 where it is alone, infinity where others make it up.
    """

    shares: Floats
    explained: float
    inflation: Floats


def share_variance(columns: npt.ArrayLike, quantity: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """Return the exact share of each column in the variance of a quantity.

    Parameters
    ----------
    columns
        Shape (n, p), at most `MOST_COLUMNS` of them.
    quantity
        Shape (n,).
    weights
        How often each row counts; None: once.

    Raises
    ------
    NotEnoughData
        When the quantity or a column does not vary.
    BadArgument
        With too many columns, or values that are not finite.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> share_variance(x, 2 * x[:, 0] + x[:, 1]).round(2)
    array([0.8, 0.2])
    """
    return share_correlation(correlate(columns, quantity, weights))


def measure_shares(
    columns: npt.ArrayLike, quantity: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> VarianceShares:
    """Return shares, explained variance and how much the columns overlap; see `share_variance`."""
    found = correlate(columns, quantity, weights)
    shares = share_correlation(found)
    return VarianceShares(shares, float(shares.sum()), _inflate(found[:-1, :-1]))


def correlate(columns: npt.ArrayLike, quantity: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """Return the correlations of the columns and, last, the quantity, after checking that all of them vary.

    Raises
    ------
    NotEnoughData, BadArgument
        As `share_variance`.
    """
    x, y = np.asarray(columns, dtype=np.float64), np.asarray(quantity, dtype=np.float64)
    if x.ndim != 2 or len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadArgument("Columns and quantity must be finite and equally long.", "leave out rows with gaps.")
    if not 1 <= x.shape[1] <= MOST_COLUMNS:
        raise BadArgument(
            f"{x.shape[1]} columns cannot be shared out exactly.", f"give 1 to {MOST_COLUMNS}; join those that overlap."
        )
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    both = np.column_stack([x, y])
    still = len(both) < 3 or bool((np.ptp(both[w > 0], axis=0) == 0).any())
    if still:
        raise NotEnoughData(
            f"In {int((w > 0).sum())} rows the quantity or a column has one value only.",
            "leave out columns that never vary, or wait for more rows.",
        )
    both = both - (w @ both) / w.sum()
    moments = (both * w[:, None]).T @ both
    scale = np.sqrt(np.diag(moments))
    return np.asarray(moments / scale / scale[:, None])


def share_correlation(correlation: Floats) -> Floats:
    """Return the shares of all columns but the last in the last one.

    Takes correlations of shape (..., p + 1, p + 1); samples that were drawn again are shared out side by side.
    """
    p = correlation.shape[-1] - 1
    gains = _weigh_sizes(p)
    explained = 1 - _sweep(correlation)
    number = np.arange(2**p)
    size = np.array([int(n).bit_count() for n in number])
    shares = np.empty((*correlation.shape[:-2], p))
    for column in range(p):
        bit = 1 << column
        without = number[(number & bit) == 0]
        rise = explained[..., without | bit] - explained[..., without]
        shares[..., column] = rise @ gains[size[without]]
    return shares


def _weigh_sizes(p: int) -> Floats:
    """Return in which part of all orders a given set of so many columns stands before a column."""
    return np.array([factorial(k) * factorial(p - k - 1) / factorial(p) for k in range(p)])


def _sweep(correlation: Floats) -> Floats:
    """Return the variance left in the last column by each subset of the others; bit j of its number is column j.

    Columns are taken one by one, for all subsets so far at once; each step keeps only what is left of later columns.
    """
    left = correlation[..., None, :, :]
    for _ in range(correlation.shape[-1] - 1):
        pivot = left[..., 0, 0]
        usable = pivot > _SINGULAR  # a column that earlier ones make up brings nothing
        factor = np.where(usable, 1 / np.where(usable, pivot, 1.0), 0.0)
        rest = left[..., 1:, 1:]
        taken = rest - left[..., 1:, :1] * left[..., :1, 1:] * factor[..., None, None]
        left = np.concatenate([rest, taken], axis=-3)
    return np.asarray(left[..., 0, 0])


def _inflate(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    if values[0] > _SINGULAR:
        return np.asarray(((vectors**2) / values).sum(axis=1))
    lost = (vectors[:, values <= _SINGULAR] ** 2).sum(axis=1) > 1e-6
    kept = np.maximum(values, _SINGULAR)
    return np.where(lost, np.inf, ((vectors**2) / kept).sum(axis=1))
