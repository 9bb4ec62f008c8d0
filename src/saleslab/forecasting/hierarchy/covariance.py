"""How did the forecasts of the nodes go wrong together?

What all nodes have in common (a good year, a crisis) is one factor, seen in hundreds of errors at once, and is kept;
what is left of the correlations is drawn towards 0 as far as so few errors ask for (Schäfer and Strimmer 2005). The
covariance is held as a few rows and a diagonal, so that ten thousand nodes need no matrix of their pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.laying import Floats

_LEAST = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class SharedErrors:
    """A covariance ``rows.T @ rows + diag(own)``.

    Attributes
    ----------
    rows
        What is common to several nodes, shape (rows, nodes).
    own
        What is each node's own, one variance a node; above 0.
    shrinkage
        How far correlations beyond the common factor were drawn towards 0: 0 not at all, 1 all the way.
    """

    rows: Floats
    own: Floats
    shrinkage: float

    def to_matrix(self) -> Floats:
        """Return the covariance as a matrix, for few nodes."""
        return np.asarray(self.rows.T @ self.rows + np.diag(self.own))

    def rescale(self, sizes: Floats) -> SharedErrors:
        """Return the covariance with every node's errors some times as large."""
        return SharedErrors(self.rows * sizes, self.own * sizes**2, self.shrinkage)


def correlate_errors(errors: Floats, *, n_apart: float | None = None) -> SharedErrors:
    """Return how errors go together, as shrunk correlations.

    Parameters
    ----------
    errors
        Shape (past errors, nodes), NaN where one is not known. Their mean counts as an error too: what all forecasts
        missed alike is what they have in common.
    n_apart
        How many of the rows are worth something of their own; all of them unless told. Forecasts of the same period
        from two past days are nearly one error.

    Returns
    -------
    SharedErrors
        With 1 on the diagonal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(40, 1)) + rng.normal(size=(40, 3))
    >>> found = correlate_errors(shared)
    >>> found.to_matrix().diagonal().round(6).tolist(), bool(0.3 < found.to_matrix()[0, 1] < 0.7)
    ([1.0, 1.0, 1.0], True)
    """
    n = len(errors)
    known = np.nan_to_num(errors)
    size = np.sqrt((known**2).sum(axis=0) / max(n, 1))
    even = known / np.where(size > 0, size, 1.0) / np.sqrt(max(n, 1))
    apart = min(n_apart or n, n)
    factor = _find_factor(even)
    rest = even - np.outer(factor, factor @ even)
    common = np.sqrt(apart / (apart + 1)) * (factor @ even)
    shrinkage = _find_shrinkage(rest, n / apart) if apart else 1.0
    rows = np.concatenate([common[None, :], np.sqrt(1 - shrinkage) * rest])
    return SharedErrors(rows, np.maximum(1 - (rows**2).sum(axis=0), _LEAST), shrinkage)


def _find_factor(even: Floats) -> Floats:
    """Return the unit weights of the rows whose sum has the most in common with all nodes."""
    if not len(even):
        return np.empty(0)
    return np.asarray(np.linalg.eigh(even @ even.T)[1][:, -1])


def _find_shrinkage(even: Floats, n_alike: float) -> float:
    """Return the share by which correlations are shrunk: how much of their size is chance.

    Sums over pairs of nodes are worked out over pairs of rows, of which there are few.
    """
    n = len(even)
    squares = even**2
    off_diagonal = float(((even @ even.T) ** 2).sum() - (squares.sum(axis=0) ** 2).sum())
    if n < 2 or even.shape[1] < 2 or off_diagonal <= 0:
        return 1.0
    fourth = float((squares.sum(axis=1) ** 2).sum() - (squares**2).sum())
    chance = (n * fourth - off_diagonal) / (n - 1)
    return float(np.clip(n_alike * chance / off_diagonal, _LEAST, 1.0))
