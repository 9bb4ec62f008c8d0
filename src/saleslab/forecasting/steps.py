"""How far apart are the periods of a panel, and do all its series keep that step?"""

from __future__ import annotations

import numpy as np

from saleslab.errors import TableError
from saleslab.forecasting.stamps import Whole

_REGULAR_SHARE = 0.7
_FEWEST_GAPS = 5
_UNEVEN = 1.15
_UNEVEN_MONTH, _DAYS_OF_MONTH = 1.3, 20


def find_step(units: Whole, code: Whole, unit: str) -> int:
    """Return the distance of neighbouring periods.

    Parameters
    ----------
    units
        Where each stamp lies.
    code
        Of the series to which each belongs.
    unit
        What a unit is called: ``day``, ``month``, ``period`` ...

    Raises
    ------
    TableError
        When regular series disagree on the step, or the stamps of a series are no whole steps apart.

    Examples
    --------
    >>> find_step(np.array([0, 14, 21, 28]), np.zeros(4, dtype=np.int64), "day")
    7
    """
    order = np.lexsort([units, code])
    gap, same = np.diff(units[order]), np.diff(code[order]) == 0
    gap, owner = gap[same & (gap > 0)], code[order][1:][same & (gap > 0)]
    if not len(gap):
        return 1
    steps, n_each = np.unique(_find_regular(gap, owner, int(code.max()) + 1, unit), return_counts=True)
    if len(steps) > 1:
        written = ", ".join(
            f"{n} series in steps of {_name_gap(int(gap), unit)}" for gap, n in zip(steps, n_each, strict=True)
        )
        raise TableError(
            f"panel holds {len(steps)} frequencies: {written}.",
            "forecast each frequency in a call of its own, or sum all series to the coarsest.",
        )
    if not len(steps):
        return int(np.gcd.reduce(gap))
    step = int(steps[0])
    n_astray = len(np.unique(owner[gap % step != 0]))
    if n_astray:
        raise TableError(
            f"The stamps of {n_astray} series are no whole steps of {_name_gap(step, unit)} apart.",
            "give every row the first day of its period, or whole numbers where periods are of uneven length, and "
            "forecast other frequencies in a call of their own.",
        )
    return step


def find_shift(units: Whole, code: Whole, origin: int, step: int) -> Whole | None:
    """Return how many units after the grid's each series' periods begin; None where none does.

    Examples
    --------
    >>> find_shift(np.array([0, 7, 2, 9]), np.array([0, 0, 1, 1]), 0, 7).tolist()
    [0, 2]
    """
    shift = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    shift[code] = (units - origin) % step
    return shift if shift.any() else None


def _find_regular(gap: Whole, owner: Whole, n_series: int, unit: str) -> Whole:
    """Return the steps of those series whose stamps follow one another evenly."""
    least = np.full(n_series, np.iinfo(np.int64).max)
    np.minimum.at(least, owner, gap)
    most = np.zeros(n_series, dtype=np.int64)
    np.maximum.at(most, owner, gap)
    n_gaps = np.bincount(owner, minlength=n_series)
    n_least = np.bincount(owner, gap == least[owner], minlength=n_series)
    n_odd = np.bincount(owner, gap % least[owner] != 0, minlength=n_series)
    uneven = np.where((unit == "day") & (least >= _DAYS_OF_MONTH), _UNEVEN_MONTH, _UNEVEN)
    is_even = (n_odd == 0) & (n_least >= _REGULAR_SHARE * n_gaps)
    return np.asarray(least[(n_gaps >= _FEWEST_GAPS) & (is_even | (most <= uneven * least))])


def _name_gap(gap: int, unit: str) -> str:
    return f"{gap:,} {unit}{'' if gap == 1 else 's'}"
