"""Customers as they would be if they formed no groups: the same values, the same correlations, nothing else.

A Gaussian copula: each column keeps exactly its values, ties included, and columns go together as they do in the data,
but there is no place where customers gather. Whatever a division of these finds is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_N_TRIED, _N_STEPS = 4000, 6


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """Margins and a latent correlation.

    Attributes
    ----------
    margins
        Shape (rows, columns): every column sorted.
    root
        Square root of the latent correlation.
    """

    margins: Floats
    root: Floats

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return as many rows as the data have, with exactly their values in each column."""
        latent = rng.standard_normal(self.margins.shape) @ self.root.T
        return np.take_along_axis(self.margins, latent.argsort(axis=0).argsort(axis=0), axis=0)


def fit_null(rows: Floats, rng: np.random.Generator) -> Null:
    """Return the structureless counterpart of rows of numbers or codes.

    Ties weaken correlations of what is drawn, so the latent correlation is raised until they are those of the data.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.normal(size=(500, 2))
    >>> rows[:, 1] += rows[:, 0]
    >>> drawn = fit_null(rows, rng).draw(rng)
    >>> bool(np.array_equal(np.sort(drawn[:, 0]), np.sort(rows[:, 0])))
    True
    >>> bool(abs(np.corrcoef(drawn.T)[0, 1] - np.corrcoef(rows.T)[0, 1]) < 0.1)
    True
    """
    target = _correlate(rows)
    margins, latent = np.sort(rows, axis=0), target
    normals = rng.standard_normal((_N_TRIED, rows.shape[1]))
    places = (np.arange(_N_TRIED) * len(rows)) // _N_TRIED
    for _ in range(_N_STEPS):
        ranks = (normals @ _take_root(latent).T).argsort(axis=0).argsort(axis=0)
        latent = latent + target - _correlate(np.take_along_axis(margins[places], ranks, axis=0))
        latent = np.clip(latent, -0.999, 0.999)
        np.fill_diagonal(latent, 1.0)
    return Null(margins, _take_root(latent))


def _correlate(rows: Floats) -> Floats:
    """Return correlations of normal scores of mid-ranks; a column that does not vary goes with none."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    scores = ndtri((rankdata(rows, axis=0) - 0.5) / len(rows))
    scores = scores - scores.mean(axis=0)
    spread = np.sqrt((scores**2).sum(axis=0))
    scores = scores / np.where(spread > 0, spread, 1)
    found = scores.T @ scores
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def _take_root(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 1e-8))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1))[:, None])
