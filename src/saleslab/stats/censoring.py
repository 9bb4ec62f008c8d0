"""Shares of what has ended by a day, and weights for what is known already, when many are still being watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.durations import follow_endings
from saleslab.stats.intervals import Interval, check_mass, estimate_rate

Floats = npt.NDArray[np.float64]

FEWEST_WATCHED = 10
"""How many must have been watched until a day before a share by that day is told."""


@dataclass(frozen=True, slots=True)
class ShareEnded:
    """Share that has ended by a day.

    Attributes
    ----------
    day
        Days since the start.
    share
        With its interval.
    n_watched
        How many were watched until that day, or would have been, had they not ended before.
    """

    day: int
    share: Interval
    n_watched: int


def follow_shares(
    watched: npt.ArrayLike, ended: npt.ArrayLike, *, days: Sequence[int], mass: float = 0.9
) -> tuple[ShareEnded, ...]:
    """Return the share that has ended by each day, those not watched for so long counted for as long as they were.

    Days until which fewer than 10 were watched are left out.

    Parameters
    ----------
    watched
        Days for which each was watched, as if it had not ended: today minus its start.
    ended
        Day of its end, infinite where it has not ended, or ended another way and never will.
    days
        Days of interest, above 0.
    mass
        Chance that the intervals hold the truth.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> waits, watched = rng.exponential(30, 2000), rng.uniform(0, 90, 2000)
    >>> [(one.day, round(one.share.estimate, 1)) for one in follow_shares(watched, waits, days=[30, 60, 90])]
    [(30, 0.6), (60, 0.9)]
    """
    check_mass(mass)
    until, over = np.floor(np.asarray(watched, dtype=np.float64)), np.asarray(ended, dtype=np.float64)
    if until.shape != over.shape or not np.isfinite(until).all() or np.isnan(over).any():
        raise BadArgument("Durations are missing or do not fit together.", "give both durations for each row.")
    over = np.maximum(np.ceil(over), 1)
    told = []
    for day in days:
        n_watched = int((until >= day).sum())
        if n_watched >= FEWEST_WATCHED:
            told.append(ShareEnded(int(day), _share_by(until, over, day, n_watched, mass), n_watched))
    return tuple(told)


def _share_by(until: Floats, over: Floats, day: int, n_watched: int, mass: float) -> Interval:
    last = np.minimum(until, day)
    has_ended = over <= last
    if not has_ended.any():
        return estimate_rate(0, n_watched, mass=mass)
    at, where = np.unique(np.where(has_ended, over, last), return_inverse=True)
    counts = [np.bincount(where[mask], minlength=len(at)).tolist() for mask in (has_ended, ~has_ended)]
    return follow_endings(at.tolist(), n_ended=[counts[0]], n_running=counts[1], mass=mass).final[0]


def weigh_known(watched: npt.ArrayLike, settled: npt.ArrayLike, *, window: float) -> Floats:
    """Return weights that let those whose outcome is known by a day stand for all.

    What settles late is known of the long-watched only, so each counts as many times as there are rows for every row
    that was watched for as long as its outcome took (inverse probability of censoring weights; Robins & Rotnitzky
    1992). Right where how long a row was watched has nothing to do with how it ends.

    Parameters
    ----------
    watched
        Days for which each was watched: today minus its start.
    settled
        Day on which its outcome was settled, whichever way; infinite where it is not.
    window
        Day by which the outcome is asked for; what is not settled by then is settled then.

    Returns
    -------
    numpy.ndarray
        0 where the outcome is not known yet; the others add up to about the number of rows.

    Raises
    ------
    NotEnoughData
        When no row was watched for the whole window.

    Examples
    --------
    >>> weigh_known([100, 100, 10, 10], [5, np.inf, 5, np.inf], window=90).tolist()
    [1.0, 2.0, 1.0, 0.0]
    """
    until, over = np.asarray(watched, dtype=np.float64), np.asarray(settled, dtype=np.float64)
    longest = float(until.max(initial=0))
    if longest < window:
        raise NotEnoughData(
            f"None of {len(until)} was watched for {window:g} days; the longest for {longest:.0f}.",
            "ask for a shorter window, or wait.",
        )
    needed = np.minimum(over, window)
    n_longer = len(until) - np.searchsorted(np.sort(until), needed)
    return np.where(needed <= until, len(until) / np.maximum(n_longer, 1), 0.0)
