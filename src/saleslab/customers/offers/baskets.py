"""Baskets as sorted whole numbers, and how often each two of their products come together.

Baskets of one size are counted at once, as all their pairs weigh the same; no sparse matrix is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PAIR_COUNTS = ("n_baskets", "weight", "squares", "n_later", "weight_later", "squares_later")
"""Of baskets with both: their number, the sum of 1 / (size - 1) and of its squares, before a day and from it on."""

_MOST_AT_ONCE = 1_000_000
_ROOM = 4


@dataclass(frozen=True, slots=True, eq=False)
class Baskets:
    """Baskets one after the other.

    Attributes
    ----------
    held
        The products of all baskets, as places in ``items``; rising within a basket, none twice.
    size, is_later
        Of each basket: products, and whether it came after the day.
    n_held
        How many products of each basket are among ``held``: all, until `keep` has left some out.
    items
        Names of the products, rising.
    """

    held: Ints
    size: Ints
    is_later: npt.NDArray[np.bool_]
    n_held: Ints
    items: pd.Index

    @classmethod
    def read(cls, basket: pd.Series, item: pd.Series, later: npt.NDArray[np.bool_] | None) -> Baskets:
        """Return the baskets of lines in any order, in which a product may be named more than once."""
        basket_of, baskets = _code(basket)
        item_of, items = _code(item)
        n_missing = int(((basket_of < 0) | (item_of < 0)).sum())
        if n_missing:
            raise NotEnoughData(f"{n_missing} lines name no basket or no product.", "leave out these lines.")
        is_later = np.zeros(len(baskets), dtype=bool)
        if later is not None:
            is_later[basket_of[later]] = True
        key = basket_of * len(items) + item_of
        if not (key[1:] > key[:-1]).all():
            key.sort()
            key = key[np.r_[True, key[1:] > key[:-1]]]
            basket_of, item_of = np.divmod(key, len(items))
        size = np.bincount(basket_of, minlength=len(baskets))
        return cls(item_of, size, is_later, size, items)

    def count_items(self) -> tuple[Ints, Ints]:
        """Return in how many baskets each product is, and in how many of the later ones."""
        later = self.held[np.repeat(self.is_later, self.n_held)]
        n_with, n_later = (np.bincount(part, minlength=len(self.items)) for part in (self.held, later))
        return n_with, n_later

    def keep(self, is_kept: npt.NDArray[np.bool_]) -> Baskets:
        """Return the baskets without some products; their size still counts them."""
        if is_kept.all():
            return self
        inside = is_kept[self.held]
        passed = np.concatenate([[0], np.cumsum(inside)])
        ends = np.cumsum(self.n_held)
        n_held = passed[ends] - passed[ends - self.n_held]
        held = (np.cumsum(is_kept) - 1)[self.held[inside]]
        return Baskets(held, self.size, self.is_later, n_held, self.items[is_kept])

    def count_pairs(self) -> dict[str, Floats]:
        """Return the `PAIR_COUNTS` of each two products; the place of (i, j), i before j, is i x products + j."""
        n_cells = len(self.items) ** 2
        counted = {name: np.zeros(n_cells) for name in PAIR_COUNTS}
        for is_later, size, places in self._list_places():
            seen, n = _tally(places, n_cells)
            suffix, worth = "_later" if is_later else "", 1 / (size - 1)
            counted["n_later" if is_later else "n_baskets"][seen] += n
            counted[f"weight{suffix}"][seen] += n * worth
            counted[f"squares{suffix}"][seen] += n * worth**2
        return counted

    def _list_places(self) -> Iterator[tuple[bool, int, Ints]]:
        """Give the places of the pairs of all baskets, those of baskets of one size and side of the day together."""
        starts = np.cumsum(self.n_held) - self.n_held
        most, widest = int(self.n_held.max()) + 1, int(self.size.max()) + 1
        kind = (self.is_later * widest + self.size) * most + self.n_held
        two = np.flatnonzero(self.n_held > 1)
        # numbers of two bytes are sorted by counting
        two = two[np.argsort(kind[two].astype(np.uint16 if 2 * widest * most < 2**16 else np.int64), kind="stable")]
        kinds, firsts = np.unique(kind[two], return_index=True)
        waiting: list[Ints] = []
        for at, (first, last) in enumerate(zip(firsts, np.append(firsts, len(two))[1:], strict=True)):
            group, n_held = divmod(int(kinds[at]), most)
            for rows in _cut(two[first:last], n_held * (n_held - 1) // 2):
                waiting.append(_pair(self.held[starts[rows] + np.arange(n_held)[:, None]], len(self.items)))
                is_last = at + 1 == len(kinds) or int(kinds[at + 1]) // most != group
                if is_last or sum(map(len, waiting)) > _MOST_AT_ONCE:
                    yield group >= widest, group % widest, np.concatenate(waiting)
                    waiting = []


def _cut(rows: Ints, n_each: int) -> list[Ints]:
    step = max(1, _MOST_AT_ONCE // n_each)
    return [rows[start : start + step] for start in range(0, len(rows), step)]


def _pair(held: Ints, n_items: int) -> Ints:
    """Return the places of all pairs of baskets of one size, one basket a column."""
    one, other = _list_two(len(held))
    places = (held * n_items)[one]
    places += held[other]
    return np.asarray(places.ravel())


@lru_cache(maxsize=64)
def _list_two(n: int) -> tuple[Ints, Ints]:
    one, other = np.triu_indices(n, k=1)
    return one, other


def _tally(places: Ints, n_cells: int) -> tuple[Any, Ints]:
    """Return which cells are named, or all, and how often."""
    if len(places) * _ROOM > n_cells:
        return slice(None), np.bincount(places, minlength=n_cells)
    return np.unique(places, return_counts=True)


def _code(values: pd.Series) -> tuple[Ints, pd.Index]:
    """Return each value's place among the distinct ones, and these, rising; -1 where it is missing."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        low = int(values.min())
        span = int(values.max()) - low + 1
        if span < _ROOM * len(values) + 1_000:
            # whole numbers that lie close together need no sorting
            place = values.to_numpy(dtype=np.int64) - low
            seen = np.zeros(span, dtype=bool)
            seen[place] = True
            ranked = place if seen.all() else (np.cumsum(seen) - 1)[place]
            return ranked, pd.Index((np.flatnonzero(seen) + low).astype(values.dtype))
    codes, names = pd.factorize(values, sort=True)
    return codes.astype(np.int64), pd.Index(names)
