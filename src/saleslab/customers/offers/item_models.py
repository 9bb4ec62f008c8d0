"""Which further products go with those that an account has: EASE, and item-item where there are very many.

EASE regresses every product on all others with a ridge and the rule that none may explain itself; it has a closed form
(Steck 2019, "Embarrassingly shallow autoencoders for sparse data"). The inverse is taken on the side that is shorter,
accounts or products; both give the same scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_FOR_EASE = 20_000
"""Accounts or products, whichever are fewer, above which products are compared two by two."""

RIDGES = (1.0, 10.0, 100.0, 1_000.0)
"""Ridges that are tried; the largest is for many accounts."""


class Ease:
    """Scores of all products for accounts, from what all accounts have.

    Attributes
    ----------
    ridge
        How strongly it is held back from believing few accounts.
    """

    def __init__(self, owned: Any, ridge: float) -> None:
        """Learn from accounts x products, a sparse matrix of 0 and 1."""
        self.ridge = ridge
        self._weights: Floats | None = None
        n_accounts, n_items = owned.shape
        if n_items <= n_accounts:
            inverse = np.linalg.inv((owned.T @ owned).toarray() + ridge * np.eye(n_items))
            self._weights = -inverse / np.diag(inverse)
            np.fill_diagonal(self._weights, 0.0)
            return
        dense = owned.toarray()
        self._solved = np.linalg.solve((owned @ owned.T).toarray() + ridge * np.eye(n_accounts), dense)
        self._owned = owned
        self._diagonal = (1.0 - np.einsum("ai,ai->i", dense, self._solved)) / ridge

    def score(self, rows: Any) -> Floats:
        """Return accounts x products: how much speaks for each product, given what the accounts have."""
        if self._weights is not None:
            return np.asarray(rows @ self._weights)
        held = rows.toarray()  # the inverse of products x products is never made
        inverse_rows = (held - (rows @ self._owned.T) @ self._solved) / self.ridge
        return np.asarray(held - inverse_rows / self._diagonal)


class ItemItem:
    """Sum of the cosines between a product and those that an account has; few common accounts count little."""

    def __init__(self, owned: Any, shrink: float = 10.0) -> None:
        """Learn from accounts x products, a sparse matrix of 0 and 1."""
        common = (owned.T @ owned).tocoo()
        n = np.asarray(owned.sum(axis=0)).ravel()
        apart = common.row != common.col
        row, col, data = common.row[apart], common.col[apart], common.data[apart]
        likeness = data / (np.sqrt(n[row] * n[col]) + shrink)
        self._likeness = _sparse(likeness, (row, col), common.shape)

    def score(self, rows: Any) -> Floats:
        """Return accounts x products: how much speaks for each product, given what the accounts have."""
        return np.asarray((rows @ self._likeness).toarray())


def to_matrix(
    accounts: npt.NDArray[np.int64], items: npt.NDArray[np.int64], shape: tuple[int, int], values: Any = None
) -> Any:
    """Return a sparse matrix with 1, or a value, at each pair of an account and a product."""
    filled = np.ones(len(accounts)) if values is None else np.asarray(values, dtype=np.float64)
    return _sparse(filled, (accounts, items), shape)


def _sparse(values: Floats, places: tuple[Any, Any], shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_array

    return csr_array((values, places), shape=shape)
