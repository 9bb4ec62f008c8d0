"""How far do two divisions of the same customers agree, as a whole and segment by segment?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def cross_count(first: Ints, second: Ints, weights: Floats) -> Floats:
    """Return how many customers have each pair of labels, counted from 0; shape (labels, labels)."""
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    counts = np.bincount(first * columns + second, weights, rows * columns)
    return np.asarray(counts, dtype=np.float64).reshape(rows, columns)


def measure_ari(counts: Floats) -> float:
    """Return the adjusted Rand index of Hubert & Arabie (1985): 1 when equal, 0 on average by luck.

    Examples
    --------
    >>> measure_ari(np.array([[5.0, 0.0], [0.0, 5.0]]))
    1.0
    """
    both = _pairs(counts).sum()
    rows, columns = _pairs(counts.sum(axis=1)).sum(), _pairs(counts.sum(axis=0)).sum()
    expected = rows * columns / _pairs(counts.sum())
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def match_jaccard(counts: Floats) -> Floats:
    """Return for each label of the first division the best Jaccard index with a label of the second (Hennig 2007)."""
    together = counts.sum(axis=1)[:, None] + counts.sum(axis=0) - counts
    return np.asarray((counts / np.maximum(together, 1e-300)).max(axis=1))


def _pairs(n: Floats) -> Floats:
    return np.asarray(n * (n - 1) / 2)
