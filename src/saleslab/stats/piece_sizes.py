"""What luck makes of the mean of a few pieces of very unequal size.

The body of the sizes is log-normal; its largest tenth, where a few pieces decide, is taken as it was seen, resampled.
The distribution of the mean of n pieces is laid out once as a table, so that drawing it is looking it up, and the mean
of the same luck moves smoothly with the number of pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

TOP = 0.1
"""Share of the pieces whose sizes are resampled as they were seen."""

_FEWEST, _FEWEST_TOP = 8, 3
_N_LAID, _N_DOUBLINGS = 1 << 13, 9
_SCORES = np.linspace(-4, 4, 161)
_TURN = 20261129
"""Of the permutations by which the table is laid; the same ones for every set of pieces."""


@dataclass(frozen=True, slots=True, eq=False)
class PieceSizes:
    """How unequal pieces are, as multiples of their mean.

    Attributes
    ----------
    spread
        Standard deviation of a piece, as a share of the mean.
    top_share
        Share of the total that the largest piece had; None where single pieces were not given.
    table
        Shape (doublings, scores): quantiles of the mean of 1, 2, 4 ... pieces less 1, times the root of their number.
    """

    spread: float
    top_share: float | None
    table: Floats

    def take_means(self, pieces: npt.ArrayLike, normals: npt.ArrayLike) -> Floats:
        """Return means of so many pieces against what is expected of them, for standard normal numbers.

        Examples
        --------
        >>> sizes = lay_sizes(1.0)
        >>> sizes.take_means([1, 100, 0], [2.0, 2.0, 2.0]).round(2).tolist()
        [3.74, 1.21, 1.0]
        """
        n, score = np.broadcast_arrays(np.asarray(pieces, dtype=np.float64), np.asarray(normals, dtype=np.float64))
        some = np.maximum(n, 1.0)
        level = np.minimum(np.log2(some), _N_DOUBLINGS)
        row = np.minimum(level.astype(np.int64), _N_DOUBLINGS - 1)
        place = (np.clip(score, _SCORES[0], _SCORES[-1]) - _SCORES[0]) / (_SCORES[1] - _SCORES[0])
        column = np.minimum(place.astype(np.int64), len(_SCORES) - 2)
        down, along = level - row, place - column
        flat = self.table
        upper = flat[row, column] * (1 - along) + flat[row, column + 1] * along
        lower = flat[row + 1, column] * (1 - along) + flat[row + 1, column + 1] * along
        apart = (upper * (1 - down) + lower * down) / np.sqrt(some)
        return np.asarray(np.where(n < 1, 1.0, np.maximum(1 + apart, 0.0)))


def weigh_sizes(sizes: npt.ArrayLike) -> PieceSizes:
    """Return how unequal pieces are, from pieces that were seen.

    Parameters
    ----------
    sizes
        Of single pieces, each above 0, at least 8.

    Raises
    ------
    NotEnoughData
        When there are fewer than 8.
    BadArgument
        When one is not above 0.

    Examples
    --------
    >>> sizes = weigh_sizes([1.0] * 30 + [2.0] * 20 + [40.0] * 2)
    >>> round(sizes.top_share, 2), sizes.spread > 2
    (0.27, True)
    """
    x = np.asarray(sizes, dtype=np.float64)
    strange = int((~((x > 0) & np.isfinite(x))).sum())
    if strange:
        raise BadArgument(f"{strange} of {x.size} pieces have no size above 0.", "leave them out.")
    if len(x) < _FEWEST:
        raise NotEnoughData(
            f"{len(x)} pieces do not tell how unequal pieces are; {_FEWEST} are needed.", "give more of the past."
        )
    chances = (np.arange(_N_LAID) + 0.5) / _N_LAID
    ranked = np.sort(x)
    n_top = int(TOP * len(x))
    body = ranked if n_top < _FEWEST_TOP else ranked[: len(x) - n_top]
    laid = np.exp(_fit_body(body, n_top >= _FEWEST_TOP, chances, len(x)))
    if n_top >= _FEWEST_TOP:
        cut = 1 - n_top / len(x)
        top = chances > cut
        places = np.minimum(((chances[top] - cut) / (1 - cut) * n_top).astype(np.int64), n_top - 1)
        laid[top] = ranked[len(x) - n_top :][places]
    return _lay(laid / laid.mean(), float(ranked[-1] / ranked.sum()))


def lay_sizes(spread: float) -> PieceSizes:
    """Return log-normal pieces of a standard deviation, as a share of their mean."""
    from scipy.special import ndtri

    width = np.sqrt(np.log1p(spread**2))
    laid = np.exp(width * ndtri((np.arange(_N_LAID) + 0.5) / _N_LAID))
    return _lay(laid / laid.mean(), None)


def _fit_body(body: Floats, is_cut: bool, chances: Floats, n: int) -> Floats:
    """Return logarithms of sizes at each chance, along the line through the quantiles of the body."""
    from scipy.special import ndtri

    logs = np.log(body)
    if not is_cut:
        return np.asarray(logs.mean() + logs.std(ddof=1) * ndtri(chances))
    scores = ndtri((np.arange(len(body)) + 0.5) / n)
    apart = scores - scores.mean()
    width = max(float((apart * (logs - logs.mean())).sum() / (apart**2).sum()), 0.0)
    return np.asarray(logs.mean() + width * (ndtri(chances) - scores.mean()))


def _lay(laid: Floats, top_share: float | None) -> PieceSizes:
    """Return the table of means: pieces are added to pieces in another order, twice as many each time."""
    from scipy.special import ndtr

    rng, at = np.random.default_rng(_TURN), ndtr(_SCORES)
    rows, means = [], laid
    for doubling in range(_N_DOUBLINGS + 1):
        rows.append((np.quantile(means, at) - 1) * np.sqrt(2.0**doubling))
        means = (rng.permutation(means) + rng.permutation(means)) / 2
    return PieceSizes(float(laid.std()), top_share, np.array(rows))
