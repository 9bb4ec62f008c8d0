"""Customers with the same history counted once: what every purchase model is fitted to and forecasts for.

A purchase model sees of a customer how often they came back, when last and how long they have been known, and nothing
else. A million customers are some three hundred thousand such histories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.purchases.endings import Endings, list_endings
from saleslab.errors import NotEnoughData, TableError
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Keys = npt.NDArray[np.signedinteger[Any]]

HISTORY = ("n_repeats", "recency", "age")

_DENSE = 12
_DAYS_IN_UNIT = (7.0, 1.0, 365.25 / 12, 365.25, 24.0)


@dataclass(frozen=True, eq=False)
class PurchaseGroups:
    """Distinct histories, sorted, with the number of customers of each.

    Attributes
    ----------
    n_repeats
        Purchase days after the first.
    recency
        Time from the first purchase to the last.
    age
        Time from the first purchase to the day of counting.
    n_customers
        How many customers share the history.
    log_gaps
        Sum over all customers of the logarithms of the times between purchases; None where nobody counted it.
    """

    n_repeats: Floats
    recency: Floats
    age: Floats
    n_customers: Floats
    log_gaps: float | None = None

    def __len__(self) -> int:
        return len(self.n_repeats)

    @property
    def n_all(self) -> float:
        """Customers."""
        return float(self.n_customers.sum())

    @property
    def n_repeaters(self) -> float:
        """Customers who came back."""
        return float(self.n_customers[self.n_repeats > 0].sum())

    @property
    def mean_age(self) -> float:
        """How long a customer has been known on average: the scale of time of these data."""
        return float((self.n_customers * self.age).sum() / self.n_all)

    @property
    def mean_rate(self) -> float:
        """Repeat purchases of all customers over the time that they have been known."""
        return float((self.n_customers * self.n_repeats).sum() / (self.n_customers * self.age).sum())

    @cached_property
    def endings(self) -> Sequence[Endings]:
        """When the histories end, in blocks."""
        return list_endings(self.n_repeats, self.recency, self.age)

    def count_repeats(self) -> tuple[Floats, Floats]:
        """Return the distinct numbers of repeats, and how many customers have each."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.n_repeats) > 0])
        return self.n_repeats[starts], np.add.reduceat(self.n_customers, starts)

    def take(self, places: Any) -> PurchaseGroups:
        """Return some of the groups."""
        n_repeats, recency, age, n = (
            np.ascontiguousarray(part[places]) for part in (self.n_repeats, self.recency, self.age, self.n_customers)
        )
        return PurchaseGroups(n_repeats, recency, age, n, self.log_gaps)

    def blur(self, n_steps: int) -> PurchaseGroups:
        """Return the same customers with times rounded to so many steps: fewer groups, nearly the same likelihood."""
        step = float(self.age.max()) / n_steps
        recent, known = (np.rint(part / step).astype(np.int64) for part in (self.recency, self.age))
        starts = np.flatnonzero(np.r_[True, np.diff(self.n_repeats) > 0])
        run = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(self)))
        key = (run * (n_steps + 1) + known) * (n_steps + 1) + recent
        n: Floats = np.bincount(key, self.n_customers).astype(np.float64)
        found = np.flatnonzero(n)
        rest, recent = np.divmod(found, n_steps + 1)
        run, known = np.divmod(rest, n_steps + 1)
        recency, age = np.asarray(recent * step), np.asarray(known * step)
        return PurchaseGroups(self.n_repeats[starts[run]], recency, age, n[found], self.log_gaps)

    def blocks(self, size: int) -> Sequence[slice]:
        """Return the slices that go through all groups, each small enough for the processor's own memory."""
        return [slice(start, min(start + size, len(self))) for start in range(0, len(self), size)]


def read_groups(summary: pd.DataFrame) -> PurchaseGroups:
    """Return the groups of a summary.

    Parameters
    ----------
    summary
        From `count_purchases` (a row a customer) or `group_purchases` (a row a history, with ``n_customers``).

    Raises
    ------
    TableError
        When a history is impossible; all that is wrong is said at once.
    NotEnoughData
        When there is no row.

    Examples
    --------
    >>> read_groups(pd.DataFrame({"n_repeats": [0, 2, 0], "recency": [0, 5.5, 0], "age": [9, 9, 9]})).n_customers
    array([2., 1.])
    """
    history = _read_history(summary)
    counts = _read_counts(summary)
    log_gaps = float(np.sort(summary["log_gaps"].to_numpy(dtype=np.float64)).sum()) if "log_gaps" in summary else None
    keys = _key(history)
    if keys is None:
        return _sort_groups(history, np.ones(history.shape[1]) if counts is None else counts, log_gaps)
    key, bases, scale = keys
    most = int(key.max()) + 1
    if most < _DENSE * len(key) + 1_000:
        # few possible histories: a count for each is quicker than sorting
        n = np.asarray(np.bincount(key, counts, most), dtype=np.float64)
        found = np.flatnonzero(n)
        return PurchaseGroups(*_unkey(found, bases, scale), n[found], log_gaps)
    if counts is None:
        distinct, sizes = _count_keys(key, bases)
        return PurchaseGroups(*_unkey(distinct, bases, scale), sizes, log_gaps)
    distinct, inverse = np.unique(key, return_inverse=True)
    sizes = np.asarray(np.bincount(inverse, counts), dtype=np.float64)
    return PurchaseGroups(*_unkey(distinct, bases, scale), sizes, log_gaps)


def _count_keys(key: Keys, bases: tuple[int, int]) -> tuple[Keys, Floats]:
    """Return the distinct keys, rising, and how often each occurs; those of one-time buyers differ in age alone."""
    came_back = key >= bases[0] * bases[1]
    by_age = np.bincount(key[~came_back] // bases[1])
    ages = np.flatnonzero(by_age)
    rest = key[came_back]
    rest.sort()
    firsts = np.flatnonzero(np.r_[len(rest) > 0, rest[1:] != rest[:-1]])
    sizes = np.r_[by_age[ages], np.diff(firsts, append=len(rest))]
    return np.r_[(ages * bases[1]).astype(key.dtype), rest[firsts]], sizes.astype(np.float64)


def _sort_groups(history: Floats, counts: Floats, log_gaps: float | None) -> PurchaseGroups:
    """Return the groups of histories whose times are no whole number of days."""
    x, recency, age = history
    order = np.lexsort([recency, age, x])
    firsts = np.flatnonzero(np.r_[True, (np.diff(history[:, order]) != 0).any(axis=0)])
    at = order[firsts]
    return PurchaseGroups(x[at], recency[at], age[at], np.add.reduceat(counts[order], firsts), log_gaps)


def index_groups(summary: pd.DataFrame) -> tuple[PurchaseGroups, Places]:
    """Return the groups of a summary and, for each of its rows, which group it is; rows count once each."""
    history = _read_history(summary)
    keys = _key(history)
    if keys is None:
        parts, inverse = np.unique(history[[0, 2, 1]], axis=1, return_inverse=True)
        n = np.bincount(inverse.ravel()).astype(np.float64)
        return PurchaseGroups(parts[0], parts[2], parts[1], n), inverse.ravel()
    key, bases, scale = keys
    distinct, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    return PurchaseGroups(*_unkey(distinct, bases, scale), counts.astype(np.float64)), inverse


def _read_history(summary: pd.DataFrame) -> Floats:
    """Return the three columns, checked."""
    require_columns(summary, *HISTORY, of="summary")
    if not len(summary):
        raise NotEnoughData("The summary has no customer.", "count purchases up to a later day, or of more customers.")
    history = np.stack([pd.to_numeric(summary[name]).to_numpy(dtype=np.float64, na_value=np.nan) for name in HISTORY])
    x, recency, age = history
    is_finite = np.isfinite(history)
    faults = {f"{name} is missing or infinite": ~is_finite[at] for at, name in enumerate(HISTORY)}
    faults |= {
        "n_repeats is negative or no whole number": (x < 0) | (x != np.floor(x)),
        "recency is negative": recency < 0,
        "recency is longer than age": recency > age * (1 + 1e-12),
        "recency is 0 though the customer came back, or above 0 though not": (x > 0) != (recency > 0),
    }
    counted = {what: int(np.count_nonzero(where)) for what, where in faults.items()}
    if any(counted.values()):
        told = "; ".join(f"{what} ({n} rows)" for what, n in counted.items() if n)
        raise TableError(
            f"A summary cannot hold such histories: {told}.",
            "make the summary with count_purchases, or correct these rows.",
        )
    return history


def _read_counts(summary: pd.DataFrame) -> Floats | None:
    if "n_customers" not in summary:
        return None
    counts = summary["n_customers"].to_numpy(dtype=np.float64)
    if not (np.isfinite(counts) & (counts > 0)).all():
        raise TableError("n_customers holds values that are not above 0.", "make the groups with group_purchases.")
    return counts


def _key(history: Floats) -> tuple[Keys, tuple[int, int], float] | None:
    """Return one whole number for each history, rising with repeats, age and recency; None where days do not fit."""
    x, recency, age = history
    for scale in _DAYS_IN_UNIT:
        days, recent = np.rint(age * scale), np.rint(recency * scale)
        room = 1e-9 * max(float(days.max()), 1.0)
        if np.abs(days - age * scale).max() < room and np.abs(recent - recency * scale).max() < room:
            bases = (int(days.max()) + 1, int(recent.max()) + 1)
            most = (x.max() + 1) * bases[0] * bases[1]
            if most < 2**62:
                # four bytes sort twice as fast as eight
                whole = np.int32 if most < 2**31 else np.int64
                key = x.astype(whole) * whole(bases[0]) + days.astype(whole)
                return key * whole(bases[1]) + recent.astype(whole), bases, scale
    return None


def _unkey(key: npt.NDArray[Any], bases: tuple[int, int], scale: float) -> tuple[Floats, Floats, Floats]:
    rest, recent = np.divmod(key, bases[1])
    x, days = np.divmod(rest, bases[0])
    return x.astype(np.float64), np.asarray(recent / scale), np.asarray(days / scale)
