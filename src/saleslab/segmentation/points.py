"""Customers as weighted points: what is the same is computed once.

Two thousand combinations of scores and industries stand for a million customers. Points are sorted by their values, so
that neither the order of rows nor their ids can change an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation.prototypes import Layout
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_LEVELS = 200
"""Categories that a column may have: segments of thousands of categories are a list of customers."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Distinct combinations of values.

    Attributes
    ----------
    numbers, words
        Names of the numeric and of the categorical columns.
    measures
        Shape (points, numbers): as they stand.
    codes
        Shape (points, words): place of each value in ``levels``.
    levels
        The values of each categorical column, sorted.
    weights
        How many customers each point stands for.
    of_row
        The point of each row.
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    measures: Floats
    codes: Ints
    levels: tuple[tuple[str, ...], ...]
    weights: Floats
    of_row: Ints

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def centre(self) -> Floats:
        """Weighted mean of each numeric column."""
        return np.asarray(np.average(self.measures, axis=0, weights=self.weights))

    @property
    def scale(self) -> Floats:
        """Weighted standard deviation of each numeric column; 1 where it does not vary."""
        spread = np.sqrt(np.average((self.measures - self.centre) ** 2, axis=0, weights=self.weights))
        return np.asarray(np.where(spread > 1e-12 * np.abs(self.centre), spread, 1.0))

    @property
    def starts(self) -> tuple[int, ...]:
        """First column of each categorical column in a layout."""
        ends = np.cumsum([len(self.numbers), *[len(levels) for levels in self.levels]])
        return tuple(int(end) for end in ends[:-1])

    def lay_out(self, measures: Floats | None = None, codes: Ints | None = None) -> Layout:
        """Return these points, or others with the same columns, as standardised numbers and flags of categories."""
        measures = self.measures if measures is None else measures
        codes = self.codes if codes is None else codes
        flags = [codes[:, [at]] == np.arange(len(of)) for at, of in enumerate(self.levels)]
        matrix = np.hstack([(measures - self.centre) / self.scale, *flags]).astype(np.float64)
        return Layout(matrix, len(self.numbers), self.starts)


def read_words(column: pd.Series) -> pd.Series:
    """Return a categorical column as text; yes and no are written as the warehouse writes them."""
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "true", False: "false"}).astype("string")
    return column.astype("string")


def is_number(column: pd.Series) -> bool:
    """Say whether distances between the values of a column mean something."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def gather_points(frame: pd.DataFrame, by: Sequence[str]) -> Points:
    """Return the distinct points of a frame.

    Raises
    ------
    TableError
        When a column is missing, or values are missing or infinite; all at once.
    NotEnoughData
        When all rows are the same.

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [1.0, 9.0, 1.0], "industry": ["it", "food", "it"]})
    >>> gather_points(frame, ["size", "industry"]).weights.tolist()
    [2.0, 1.0]
    """
    if not by:
        raise BadArgument("No column describes the customers.", "name at least one column in 'by'.")
    require_columns(frame, *by, of="customers")
    numbers = tuple(name for name in by if is_number(frame[name]))
    words = tuple(name for name in by if name not in numbers)
    read = [frame[name].to_numpy(np.float64, na_value=np.nan) for name in numbers]
    texts = [read_words(frame[name]) for name in words]
    faults = {name: int((~np.isfinite(column)).sum()) for name, column in zip(numbers, read, strict=True)}
    faults |= {name: int(column.isna().sum()) for name, column in zip(words, texts, strict=True)}
    if any(faults.values()):
        told = ", ".join(f"{name} ({n} rows)" for name, n in faults.items() if n)
        raise TableError(f"Values are missing or infinite: {told}.", "fill or leave out these rows or columns.")
    many = {name: n for name, column in zip(words, texts, strict=True) if (n := column.nunique()) > MOST_LEVELS}
    if many:
        told = ", ".join(f"{name} ({n})" for name, n in many.items())
        raise TableError(
            f"Columns have too many categories to form segments: {told}.",
            f"group the rare ones, to at most {MOST_LEVELS}, or leave these columns out.",
        )
    found = [np.unique(column, return_inverse=True) for column in read]
    named = [np.unique(column.to_numpy(dtype=str), return_inverse=True) for column in texts]
    first, of_row, counts = _join([(inverse, len(seen)) for seen, inverse in (*found, *named)], len(frame))
    if len(counts) < 2:
        raise NotEnoughData(
            f"All {len(frame)} rows are the same in {', '.join(by)}.", "name columns in which customers differ."
        )
    values = np.stack([column[first] for column in read], axis=1) if read else np.zeros((len(first), 0))
    codes = [inverse[first] for _, inverse in named]
    return Points(
        numbers,
        words,
        values,
        np.stack(codes, axis=1).astype(np.int64) if codes else np.zeros((len(first), 0), dtype=np.int64),
        tuple(tuple(str(level) for level in seen) for seen, _ in named),
        counts.astype(np.float64),
        of_row,
    )


def _join(columns: Sequence[tuple[Ints, int]], n_rows: int) -> tuple[Ints, Ints, Ints]:
    """Return the first row of each distinct combination, the combination of each row, and how often it occurs."""
    key = np.zeros(n_rows, dtype=np.int64)
    for codes, n_levels in columns:
        _, key = np.unique(key * n_levels + codes, return_inverse=True)
    _, first, of_row, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return first.astype(np.int64), of_row.astype(np.int64), counts.astype(np.int64)
