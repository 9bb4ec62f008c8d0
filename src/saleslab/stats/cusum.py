"""How small a change can be found, how soon? Cumulative sums of surprises, with a promise about false alarms.

`level_watch` raises alarms by another sum, which finds falls sooner where levels must be learned; how much either
finds follows from the same theory, and is known exactly for these.

Each observation gives a score that is standard normal while nothing changes. A sum adds up what the scores exceed a
reference by and never falls below 0; an alarm is raised when it passes a limit (Page 1954, "Continuous inspection
schemes", Biometrika 41, 100-115). How long such a sum runs without cause is known from a Markov chain (Brook & Evans
1972, Biometrika 59, 539-549), so that the limit follows from how many false alarms one is willing to hear.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Floats = npt.NDArray[np.float64]

REFERENCES = (0.25, 0.5)
"""Smallest and largest reference: half of the change that is to be found, in standard deviations of an observation.

A larger one would find large changes sooner and never hear of small ones; a smaller one waits too long for both.
"""

_N_STATES = 200
_N_ROUNDS = 30
_OVERSHOOT = 1.166  # how far a sum of normal scores jumps beyond its limit, both ways
_STEP = 0.01


def measure_run_length(reference: float, limit: float, *, shift: float = 0.0) -> float:
    """Return after how many observations a sum in one direction raises an alarm, on average.

    Parameters
    ----------
    reference
        What each score must exceed to raise the sum.
    limit
        Where the alarm is raised.
    shift
        Mean of the scores; 0 while nothing changed.

    Examples
    --------
    >>> round(measure_run_length(0.5, 5) / 2), round(measure_run_length(0.5, 5, shift=1), 1)  # both directions; found
    (465, 10.4)
    """
    moves = _lay_moves(reference, limit, shift)
    return float(np.linalg.solve(np.eye(_N_STATES + 1) - moves, np.ones(_N_STATES + 1))[0])


def _lay_moves(reference: float, limit: float, shift: float) -> Floats:
    """Return the chances of moving from each level of a sum to each other one, the alarm left out."""
    from scipy.special import ndtr

    edges = np.linspace(0, limit, _N_STATES + 1)
    states = np.r_[0.0, (edges[1:] + edges[:-1]) / 2]
    below = ndtr(edges - states[:, None] + reference - shift)
    return np.column_stack([below[:, :1], np.diff(below, axis=1)])


def find_limit(reference: npt.ArrayLike, run_length: npt.ArrayLike) -> Floats:
    """Return the limit at which a sum in one direction runs so many observations before it raises a false alarm.

    Siegmund's approximation (1985, "Sequential Analysis", section 2.6), which is within 2 % of the Markov chain's run
    lengths for references from 0.25 to 0.5.

    Parameters
    ----------
    reference
        What each score must exceed to raise the sum, above 0.
    run_length
        Observations up to a false alarm, on average; above 2. Sums in both directions run half as long.

    Raises
    ------
    BadArgument
        When there is no such limit.

    Examples
    --------
    >>> find_limit([0.5, 0.25], 2 * 465).round(1).tolist()
    [5.0, 8.4]
    """
    k, runs = np.asarray(reference, dtype=np.float64), np.asarray(run_length, dtype=np.float64)
    if not ((k > 0).all() and (runs > 2).all()):
        raise BadArgument(
            f"No limit exists for a reference of {k.min():g} and a run of {runs.min():g} observations.",
            "give a reference above 0 and a run longer than 2 observations.",
        )
    wanted = 2 * k**2 * runs
    place = np.log1p(wanted)
    for _ in range(_N_ROUNDS):
        place = np.log1p(wanted + place)
    return np.maximum(place / (2 * k) - _OVERSHOOT, 0.1)


def choose_reference(change: Floats) -> Floats:
    """Return the reference for changes of some sizes, in standard deviations of an observation: half, within bounds."""
    return np.clip(np.asarray(change) / 2, *REFERENCES)


def measure_found(reference: float, limit: float, shift: float, n: int) -> float:
    """Return the chance that a sum in one direction, at 0 before, passes its limit within so many observations.

    Examples
    --------
    >>> round(measure_found(0.5, 4.0, 1.0, 13), 2)
    0.87
    """
    moves = _lay_moves(reference, limit, shift)
    still = np.zeros(len(moves))
    still[0] = 1.0
    for _ in range(n):
        still = still @ moves
    return float(1 - still.sum())


def find_shift(reference: float, limit: float, n: int, *, chance: float = 0.9) -> float:
    """Return the smallest mean of the scores that is found within so many observations with a chance.

    Examples
    --------
    >>> round(find_shift(0.5, 4.0, 13), 2)
    1.04
    """
    return _find_shift(round(reference / _STEP), round(limit, 1), n, chance)


@lru_cache(maxsize=1024)
def _find_shift(steps: int, limit: float, n: int, chance: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda shift: measure_found(steps * _STEP, limit, shift, n) - chance, 0.0, 20.0, xtol=1e-4))
