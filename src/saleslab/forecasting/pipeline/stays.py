"""How long deals have been in their stage, in groups: narrow ones where there is no other news of them."""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole

STAY_DAYS = (3, 7, 14, 21, 30, 45, 60, 75, 90, 105, 120, 140, 180, 270)
"""Days that part the groups of how long deals have been in their stage."""

N_STAYS = len(STAY_DAYS) + 1
N_WIDE = 5
_WIDE = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4])
LAST_OF_WIDE = tuple(int(at) for at in np.flatnonzero(np.diff(_WIDE, append=N_WIDE)))
"""Of each wide group the last narrow one."""
_MIDDLES = np.array([1.5, 5.5, 11, 18, 26, 38, 53, 68, 83, 98, 113, 130, 160, 225, 400])


def widen(stay: Whole) -> Whole:
    """Return wide groups instead of narrow ones."""
    return np.asarray(_WIDE[stay])


def move_on(stay: Whole, days: Floats) -> Whole:
    """Return the groups that deals are in some days later, if they stay.

    Examples
    --------
    >>> move_on(np.array([1, 1]), np.array([0.0, 30.0])).tolist()
    [1, 5]
    """
    return np.searchsorted(np.asarray(STAY_DAYS, dtype=np.float64), _MIDDLES[stay] + days).astype(np.int64)
