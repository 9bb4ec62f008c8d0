"""How likely is it that an alert is real? What false alarms were promised, and what came after it was raised.

An alert is raised because its weeks looked strange; the same weeks cannot say once more that they are. Before anything
else came, an alert is as likely to be real as alerts of this watch are: those heard, less the false ones that its
budget makes one expect. Every week after it, which nobody picked, then speaks for or against it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.stats.level_moves import Kind, judge_move

Floats = npt.NDArray[np.float64]

MOST_BEFORE = 52
"""Weeks or months before the change that say what the level was."""

MOST_TOLD = 20.0
"""How many times likelier the later weeks can make it either way: what they are drawn from is known roughly."""

USED_UP = 0.6
"""Part of the budget that false alarms really take: 0.2 to 0.7 on quiet series whose weeks wander by 0 to 20 %."""

_LEAST_REAL = 0.5
"""Real changes that a watch has seen where it has heard no more alarms than were to be expected."""

_SAME_WAY = 0.5
"""Of the chance that a level moved, before its data: that it moved in the direction of the alarm."""


def expect_real(n_alarms: int, *, n_years: float, budget: float) -> float:
    """Return the share of a watch's alarms that are real, before anything is known of a single one.

    The budget is what may happen at most; `USED_UP` says how much of it usually does.

    Parameters
    ----------
    n_alarms
        Heard on all series.
    n_years
        For which they were watched, all added up.
    budget
        False alarms allowed for a series and year.

    Examples
    --------
    >>> [round(expect_real(n, n_years=20, budget=0.5), 2) for n in (2, 12, 40)]
    [0.08, 0.5, 0.85]
    """
    n_false = USED_UP * budget * n_years
    n_real = max(n_alarms - n_false, _LEAST_REAL)
    return float(n_real / (n_real + n_false))


def weigh_later(
    kind: Kind, values: Floats, sizes: Floats, *, onset: int, raised: int, until: int, is_rise: bool
) -> float:
    """Return how many times likelier the periods after an alarm are if the level moved as it says, than if it did not.

    Parameters
    ----------
    kind, values, sizes
        ``share``: successes of trials; ``count``: counts of exposures, which carry the course of the year; ``mean``:
        means, already without that course, and anything. NaN where nothing is known.
    onset, raised, until
        First period of the change, the one that raised the alarm, and the first that no longer counts.
    is_rise
        Which way the alarm says.

    Returns
    -------
    float
        1 where nothing is known after the alarm, or before the change; at most `MOST_TOLD`, at least its inverse.
    """
    known = ~np.isnan(values) & (sizes > 0)
    before, after = (_take(known, first, last) for first, last in ((onset - MOST_BEFORE, onset), (raised + 1, until)))
    if len(before) < 2 or not len(after):
        return 1.0
    move = judge_move(kind, (values[before], sizes[before]), (values[after], sizes[after]))
    this_way = move.chance_moved * (move.chance_up if is_rise else 1 - move.chance_up)
    ratio = this_way / max(1 - move.chance_moved, 1e-9) / _SAME_WAY
    return float(np.clip(ratio, 1 / MOST_TOLD, MOST_TOLD))


def update_chance(prior: float, ratio: float) -> float:
    """Return a chance after evidence that is ``ratio`` times likelier if the thing is so.

    Examples
    --------
    >>> update_chance(0.5, 3.0)
    0.75
    """
    odds = prior / (1 - prior) * ratio
    return odds / (1 + odds)


def _take(known: npt.NDArray[np.bool_], first: int, last: int) -> npt.NDArray[np.int64]:
    places = np.arange(max(first, 0), max(last, 0), dtype=np.int64)
    return places[known[places]]
