"""Which sums of the parts are looked at: the company, its teams, its products, and both together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from saleslab.errors import BadArgument
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole

Grouping = tuple[str, ...]

ALL = "all"
"""Grouping and node of everything together."""


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Nodes above some parts.

    Attributes
    ----------
    sums
        Which parts each node above them adds up, shape (nodes above, parts), of 0 and 1.
    nodes
        One row a node, those above first and then the parts: ``node_id, grouping``, a column a dimension (empty where
        it is summed over) and ``n_parts``.
    """

    sums: sparse.csr_array
    nodes: pd.DataFrame

    @property
    def n_above(self) -> int:
        """How many nodes stand above the parts."""
        return int(self.sums.shape[0])

    def add_up(self, parts: Floats) -> Floats:
        """Return the values of all nodes from those of the parts, shape (nodes, ...)."""
        flat = parts.reshape(len(parts), -1)
        above = np.asarray(self.sums @ flat)
        return np.concatenate([above, flat]).reshape(-1, *parts.shape[1:])


def lay_hierarchy(labels: pd.DataFrame, *, groupings: Sequence[Sequence[str]] | None = None) -> Hierarchy:
    """Return the nodes above some parts.

    Parameters
    ----------
    labels
        One row a part, a column a dimension; no row stands twice.
    groupings
        Each a choice of dimensions whose combinations are nodes; ``()`` is everything together. None takes everything
        and each dimension alone. The parts themselves are always there.

    Returns
    -------
    Hierarchy
        The nodes of a grouping in the sequence in which their first parts stand.

    Examples
    --------
    >>> labels = pd.DataFrame({"team": ["east", "east", "west"], "product": ["lens", "body", "lens"]})
    >>> lay_hierarchy(labels).nodes["node_id"].tolist()[:5]
    ['all', 'team=east', 'team=west', 'product=lens', 'product=body']
    """
    labels = labels.astype(object)  # whole numbers stay so beside sums, which have no label
    dimensions = tuple(str(name) for name in labels.columns)
    chosen = _choose_groupings(dimensions, groupings)
    codes: list[Whole] = []
    tables: list[pd.DataFrame] = []
    for grouping in chosen:
        of_part, table = _lay_grouping(labels, grouping)
        codes.append(of_part)
        tables.append(table)
    bottom = labels.assign(n_parts=1, grouping=_name_grouping(dimensions))
    nodes = pd.concat([*tables, bottom], ignore_index=True)
    nodes.insert(0, "node_id", [_name_node(row, dimensions) for row in nodes[list(dimensions)].itertuples(index=False)])
    return Hierarchy(_join_sums(codes, len(labels)), nodes[["node_id", "grouping", *dimensions, "n_parts"]])


def sort_parts(values: Floats, codes: Sequence[Whole]) -> Whole:
    """Return a sequence of parts that hangs on their values and the sums they belong to, never on a label.

    Parts of the same values are told apart by the sums that they belong to.
    """
    blank = -np.finfo(np.float64).max
    plain = np.nan_to_num(values, nan=blank)
    order = np.lexsort(plain.T[::-1])
    ranks = []
    for code in codes:
        totals = np.zeros((int(code.max()) + 1, plain.shape[1]))
        np.add.at(totals, code[order], np.nan_to_num(values[order]))
        ranks.append(_rank_rows(totals)[code])
    return np.asarray(np.lexsort([*ranks[::-1], *plain.T[::-1]]), dtype=np.int64)


def read_codes(labels: pd.DataFrame, groupings: Sequence[Sequence[str]] | None) -> list[Whole]:
    """Return to which node of each grouping a part belongs."""
    dimensions = tuple(str(name) for name in labels.columns)
    return [_lay_grouping(labels, grouping)[0] for grouping in _choose_groupings(dimensions, groupings)]


def _rank_rows(rows: Floats) -> Whole:
    order = np.lexsort(rows.T[::-1])
    is_new = np.array([True, *(not np.array_equal(rows[a], rows[b]) for a, b in pairwise(order))])
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.cumsum(is_new)
    return rank


def _choose_groupings(dimensions: Grouping, groupings: Sequence[Sequence[str]] | None) -> tuple[Grouping, ...]:
    """Return the groupings above the parts, each once."""
    if groupings is None:
        wished: tuple[Grouping, ...] = ((), *((name,) for name in dimensions))
    else:
        wished = tuple((grouping,) if isinstance(grouping, str) else tuple(grouping) for grouping in groupings)
    strange = sorted({str(name) for grouping in wished for name in grouping if name not in dimensions})
    if strange or any(len(set(grouping)) != len(grouping) for grouping in wished):
        raise BadArgument(
            f"groupings name {', '.join(map(repr, strange)) or 'a dimension twice'}; "
            f"the dimensions are {', '.join(dimensions) or 'none'}.",
            "give each grouping as a tuple of different dimensions in 'by', such as ('team', 'product'); () is all.",
        )
    sorted_once = dict.fromkeys(tuple(name for name in dimensions if name in grouping) for grouping in wished)
    return tuple(grouping for grouping in sorted_once if grouping != dimensions)


def _lay_grouping(labels: pd.DataFrame, grouping: Grouping) -> tuple[Whole, pd.DataFrame]:
    """Return to which node of a grouping each part belongs, and the nodes."""
    if not grouping:
        table = pd.DataFrame({"grouping": [ALL], "n_parts": [len(labels)]})
        return np.zeros(len(labels), dtype=np.int64), table
    groups = labels.groupby(list(grouping), sort=False)
    code = np.asarray(groups.ngroup(), dtype=np.int64)
    table = groups.size().rename("n_parts").reset_index()
    return code, table.assign(grouping=_name_grouping(grouping))


def _name_grouping(grouping: Grouping) -> str:
    return " x ".join(grouping) or ALL


def _name_node(row: Any, dimensions: Grouping) -> str:
    said = [f"{name}={value}" for name, value in zip(dimensions, row, strict=True) if not pd.isna(value)]
    return ", ".join(said) or ALL


def _join_sums(codes: list[Whole], n_parts: int) -> sparse.csr_array:
    rows, first = [], 0
    for code in codes:
        rows.append(first + code)
        first += int(code.max()) + 1
    row = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    column = np.tile(np.arange(n_parts), len(codes))
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(first, n_parts))
