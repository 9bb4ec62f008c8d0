"""When histories end: the distinct (repeats, time) at which customers bought last or were last looked at.

A likelihood whose parts depend on one time each is worked out once for each of these, not once for each history: forty
thousand histories share ten thousand endings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_BLOCK = 1_024


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """Endings of a run of groups, few enough for the processor's own memory where days are counted.

    Attributes
    ----------
    groups
        Which groups these are.
    n_repeats, time
        The distinct endings.
    at_last, at_age
        For each group, the ending at which it bought last, and at which it was looked at.
    """

    groups: slice
    n_repeats: Floats
    time: Floats
    at_last: Places
    at_age: Places


def list_endings(n_repeats: Floats, recency: Floats, age: Floats) -> Sequence[Endings]:
    """Return the endings of groups sorted by repeats, in blocks that share none.

    Examples
    --------
    >>> one, = list_endings(np.array([1.0, 1.0]), np.array([3.0, 9.0]), np.array([9.0, 9.0]))
    >>> one.time, one.at_last, one.at_age
    (array([3., 9.]), array([0, 1]), array([1, 1]))
    """
    starts = np.flatnonzero(np.r_[True, np.diff(n_repeats) != 0])
    run = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(n_repeats)))
    code, times = pd.factorize(np.concatenate([recency, age]))
    place, keys = pd.factorize(np.concatenate([run, run]) * len(times) + code)
    order = np.argsort(keys)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    place, keys = rank[place], keys[order]
    own_run, time = keys // len(times), times[keys % len(times)]
    ends_of_run = np.append(np.searchsorted(own_run, np.arange(len(starts))), len(keys))
    starts = np.append(starts, len(n_repeats))
    blocks, first = [], 0
    while first < len(starts) - 1:
        last = max(first + 1, int(np.searchsorted(ends_of_run, ends_of_run[first] + _BLOCK, side="right")) - 1)
        low, high = ends_of_run[first], ends_of_run[last]
        groups = slice(int(starts[first]), int(starts[last]))
        at_last, at_age = (half[groups] - low for half in np.split(place, 2))
        blocks.append(Endings(groups, n_repeats[starts[own_run[low:high]]], time[low:high], at_last, at_age))
        first = last
    return blocks
