"""From a good guess to the count itself: the last steps of a quantile of whole numbers, whatever their distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_MOST_STEPS = 200


def settle_counts(
    count: Floats, share: Floats, chance_to: Callable[[Floats, Places], Floats], *, places: Places
) -> None:
    """Move each count in place, one at a time, to the smallest one whose chance of "at most" reaches its share.

    Parameters
    ----------
    count, share
        Guesses, whole numbers of 0 or more, and the chances to be reached; shape (entries,).
    chance_to
        The chance of at most so many, of counts at some of the places.
    places
        The entries that are moved.

    Examples
    --------
    >>> count = np.array([0.0, 9.0])
    >>> settle_counts(count, np.array([0.5, 0.5]), lambda counts, _: counts / 10, places=np.array([0, 1]))
    >>> count.tolist()
    [5.0, 5.0]
    """
    reached = chance_to(count[places], places) >= share[places]
    low, high = places[reached], places[~reached]
    for _ in range(_MOST_STEPS):
        if not len(high):
            break
        count[high] += 1
        high = high[chance_to(count[high], high) < share[high]]
    for _ in range(_MOST_STEPS):
        low = low[count[low] > 0]
        low = low[chance_to(count[low] - 1, low) >= share[low]]
        if not len(low):
            break
        count[low] -= 1
