"""How do small trees score a million leads? By tables instead of walks, with the same answer to the last bit.

A tree of at most 16 leaves fits into 16 bits. For each column that a tree asks about, a table says which leaves are
left once the column's cell is known; the leaf of a row is the first one that all its cells leave (Lucchese et al.,
"QuickScorer", SIGIR 2015). Leaves are added up in the sequence of the trees, as LightGBM does, so sums are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.scoring.leads.columns import Floats

MOST_LEAVES = 16
_ALL = np.uint16(0xFFFF)
_BLOCK = 16_384
"""Rows whose cells and sums stay in a processor's cache together."""
_BY_NAME, _EMPTY_IS_LEFT = 1, 2
"""Bits of LightGBM's ``decision_type``; two more say how a column's empty cells are told."""
_NO_GAPS, _ZERO_IS_EMPTY = 0, 1

Codes = npt.NDArray[np.intp]
Table = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class TreeTables:
    """Small trees as tables.

    Attributes
    ----------
    bounds
        For each column the sorted bounds that some tree compares its number with; None for a column of names.
    trees
        For each tree the values of its leaves from left to right, and the table of each column that it asks about.
    """

    bounds: tuple[Floats | None, ...]
    trees: tuple[tuple[Floats, tuple[tuple[int, Table], ...]], ...]

    def score(self, cells: Floats, *, n_threads: int) -> Floats:
        """Return the sum of the leaves of each row."""
        starts = range(0, len(cells), _BLOCK)
        with ThreadPoolExecutor(n_threads) as pool:
            parts = pool.map(lambda start: self._score_block(cells[start : start + _BLOCK]), starts)
            return np.concatenate([np.empty(0), *parts])

    def _score_block(self, cells: Floats) -> Floats:
        codes = [self._write_codes(at, cells[:, at]) for at in range(cells.shape[1])]
        n = len(cells)
        left, others = np.empty(n, dtype=np.uint16), np.empty(n, dtype=np.uint16)
        place, value, total = np.empty(n, dtype=np.intp), np.empty(n), np.zeros(n)
        for leaves, tables in self.trees:
            left.fill(_ALL)
            for column, table in tables:
                np.take(table, codes[column], out=others, mode="clip")
                np.bitwise_and(left, others, out=left)
            np.take(_FIRST, left, out=place, mode="clip")
            np.take(leaves, place, out=value, mode="clip")
            total += value
        return total

    def _write_codes(self, column: int, cells: Floats) -> Codes:
        """Return where each cell stands in the tables of its column."""
        bounds = self.bounds[column]
        if bounds is None:
            return cells.astype(np.intp)
        codes: Codes = np.searchsorted(bounds, cells)
        codes[np.isnan(cells)] = len(bounds) + 1
        return codes


def _find_first() -> Codes:
    """Return the lowest bit that is set in each number of 16 bits."""
    bits = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    return np.asarray(bits.argmax(axis=1), dtype=np.intp)


_FIRST = _find_first()


def write_tables(text: str) -> TreeTables | None:
    """Return the trees of a LightGBM text as tables; None where it holds trees that are none of saleslab's.

    Parameters
    ----------
    text
        As `lightgbm.Booster.model_to_string` gives it, of a model that LightGBM itself has read.
    """
    head, *blocks = re.split(r"^Tree=\d+\n", text.partition("end of trees")[0], flags=re.MULTILINE)
    trees = [_Tree.read(_read_fields(block)) for block in blocks]
    if any(tree.is_strange for tree in trees):
        return None
    n_columns = int(_read_fields(head)["max_feature_idx"]) + 1
    bounds, sizes = _gather(trees, n_columns)
    return TreeTables(bounds, tuple((tree.leaves[tree.order], tree.tabulate(bounds, sizes)) for tree in trees))


def _read_fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


@dataclass(frozen=True, slots=True)
class _Split:
    """One question of a tree."""

    column: int
    bound: float
    kind: int
    names: frozenset[int]
    """Places of the names that go left."""
    leaves_of_left: int
    """Bits of the leaves that are out of reach once a row goes right."""

    @property
    def is_by_name(self) -> bool:
        return bool(self.kind & _BY_NAME)

    @property
    def gaps(self) -> int:
        return self.kind >> 2 & 3

    def cross_out(self, table: Table, bounds: Floats | None) -> None:
        """Take the leaves on the left from every cell that goes right."""
        kept = np.uint16(_ALL ^ self.leaves_of_left)
        if bounds is None:
            goes_right = ~np.isin(np.arange(len(table)), list(self.names))
        else:
            goes_right = np.arange(len(table)) > np.searchsorted(bounds, self.bound)
            empty_is_left = self.bound >= 0 if self.gaps == _NO_GAPS else bool(self.kind & _EMPTY_IS_LEFT)
            goes_right[-1] = not empty_is_left
        table[goes_right] &= kept


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree as LightGBM writes it, its leaves put in a sequence from left to right."""

    leaves: Floats
    order: list[int]
    splits: tuple[_Split, ...]
    is_linear: bool

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> _Tree:
        """Return the tree of the lines ``name=value``."""
        leaves, is_linear = _floats(fields, "leaf_value"), fields["is_linear"] != "0"
        if len(leaves) > MOST_LEAVES or len(leaves) == 1:
            return cls(leaves, [0], (), is_linear)
        below = [*zip(_wholes(fields, "left_child"), _wholes(fields, "right_child"), strict=True)]
        order, reached = _walk(below)
        ends, words = _wholes(fields, "cat_boundaries"), _wholes(fields, "cat_threshold")
        asked = zip(
            _wholes(fields, "split_feature"),
            _floats(fields, "threshold"),
            _wholes(fields, "decision_type"),
            strict=True,
        )
        splits = []
        for at, (column, bound, kind) in enumerate(asked):
            names = _list_bits(words[ends[int(bound)] : ends[int(bound) + 1]]) if kind & _BY_NAME else frozenset()
            splits.append(_Split(column, float(bound), kind, names, reached[at]))
        return cls(leaves, order, tuple(splits), is_linear)

    @property
    def is_strange(self) -> bool:
        """Whether tables cannot hold it."""
        return (
            self.is_linear
            or len(self.leaves) > MOST_LEAVES
            or any(not split.is_by_name and split.gaps == _ZERO_IS_EMPTY for split in self.splits)
        )

    def tabulate(self, bounds: tuple[Floats | None, ...], sizes: list[int]) -> tuple[tuple[int, Table], ...]:
        """Return the table of each column that the tree asks about."""
        tables: dict[int, Table] = {}
        for split in self.splits:
            table = tables.setdefault(split.column, np.full(sizes[split.column], _ALL))
            split.cross_out(table, bounds[split.column])
        return tuple(tables.items())


def _walk(below: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Return the leaves from left to right, and for each split the bits of the leaves on its left."""
    order: list[int] = []
    reached = [0] * len(below)

    def follow(at: int) -> int:
        if at < 0:
            order.append(~at)
            return 1 << (len(order) - 1)
        left, right = below[at]
        reached[at] = follow(left)
        return reached[at] | follow(right)

    follow(0)
    return order, reached


def _gather(trees: list[_Tree], n_columns: int) -> tuple[tuple[Floats | None, ...], list[int]]:
    """Return the bounds of each column, None where it holds names; and how long its tables are."""
    splits = [split for tree in trees for split in tree.splits]
    of_column: list[list[_Split]] = [[] for _ in range(n_columns)]
    for split in splits:
        of_column[split.column].append(split)
    bounds: list[Floats | None] = []
    sizes = []
    for asked in of_column:
        if asked and asked[0].is_by_name:
            bounds.append(None)
            sizes.append(max(max(split.names, default=0) for split in asked) + 2)  # the last one: any later name
        else:
            sorted_bounds = np.unique([split.bound for split in asked])
            bounds.append(sorted_bounds)
            sizes.append(len(sorted_bounds) + 2)  # the last two: above all bounds, and empty
    return tuple(bounds), sizes


def _list_bits(words: list[int]) -> frozenset[int]:
    return frozenset(at * 32 + bit for at, word in enumerate(words) for bit in range(32) if word >> bit & 1)


def _floats(fields: Mapping[str, str], name: str) -> Floats:
    return np.array([float(word) for word in fields[name].split()])


def _wholes(fields: Mapping[str, str], name: str) -> list[int]:
    return [int(word) for word in fields.get(name, "").split()]
