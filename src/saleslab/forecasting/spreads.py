"""How large is a usual error of each series: what moves more errs more, but not by as much as it seems to?

How restless a series was is known from few periods, so that a part of what it tells is luck. How large a part the panel
says itself: errors from past origins are compared with what was known of the unrest before all of them.
"""

from __future__ import annotations

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.members import Flags

MANY = 100
"""Series from which on a panel's own errors say more than what other panels taught."""

_PRIOR_ORIGINS = 32.0
_WIDEST_RELATIVE = 1.0
_POWER_OF_MANY, _DOUBT_OF_MANY = 0.4, 200.0
_POWER_OF_FEW, _DOUBT_OF_FEW = 0.7, 10.0  # a company's own series are alike in kind: what moves twice as much errs so
_FEWEST = 5
_FAR = 1.0  # of the logarithm: what lies further from the middle than this is no luck


def find_spreads(errors: Floats, unrest: Floats, unrest_before: Floats, relative: Flags) -> tuple[Floats, Floats]:
    """Return the spread of each series, and what it would be without each origin, so that no error judges itself.

    Parameters
    ----------
    errors
        From past origins, shape (origins, series, horizon); NaN where none is known.
    unrest
        How much each series usually moves; 0 where it never did.
    unrest_before
        The same as it was known before all of the errors; NaN where it was not.
    relative
        Which series' errors grow in proportion to their level.

    Returns
    -------
    spread, without
        Shapes (series,) and (origins, series). A series that never moved has a spread, but no part in what is learnt
        from all: its ``without`` is NaN.

    Examples
    --------
    >>> errors = np.array([[[-1.0], [2.0]], [[1.0], [-2.0]]])
    >>> moves = np.array([1.0, 2.0])
    >>> [array.tolist() for array in find_spreads(errors, moves, moves, np.array([False, False]))]
    [[1.0, 2.0], [[1.0, 2.0], [1.0, 2.0]]]
    """
    sizes = np.abs(errors)
    n_steps = (~np.isnan(sizes)).sum(axis=2)
    of_origin = np.where(n_steps > 0, np.nansum(sizes, axis=2) / np.maximum(n_steps, 1), np.nan)
    known = ~np.isnan(of_origin)
    total, n = np.where(known, of_origin, 0.0).sum(axis=0), known.sum(axis=0)
    prior = np.zeros(len(unrest))
    for kind in (relative, ~relative):
        calm = np.where(unrest > 0, unrest, np.nan)[kind]
        if not kind.any():
            continue
        if relative is kind and (calm > 0).any():
            mean_error = np.where(n > 0, total / np.maximum(n, 1), np.nan)[kind]
            middle = np.nanmedian(calm)
            apart, power = np.log(calm / middle), find_power(unrest_before[kind], mean_error)
            far = np.maximum(np.abs(apart) - _FAR, 0.0)
            calm = middle * np.exp(power * np.clip(apart, -_FAR, _FAR) + np.sign(apart) * far)
        seen = of_origin[:, kind] / calm
        usual = float(np.nanmedian(seen)) if np.isfinite(seen).any() else 1.0
        prior[kind] = usual * np.nan_to_num(calm)
    spread = (_PRIOR_ORIGINS * prior + total) / (_PRIOR_ORIGINS + n)
    without = (_PRIOR_ORIGINS * prior + total - np.where(known, of_origin, 0.0)) / (_PRIOR_ORIGINS + n - known)
    without = np.where(prior > 0, without, np.nan)
    return np.where(relative, np.minimum(spread, _WIDEST_RELATIVE), spread), without


def find_power(unrest: Floats, error: Floats) -> float:
    """Return the power of the unrest with which errors grow: 1 in proportion, 0 where it tells nothing of them.

    What other panels taught stands for some of the spread of unrest in this one, so that only a panel whose series are
    apart in it, or one of very many series, moves it far.

    Parameters
    ----------
    unrest, error
        Of each series; NaN where it is not known.

    Examples
    --------
    >>> unrest = np.exp(np.linspace(-2, 2, 400))
    >>> round(find_power(unrest, 3 * unrest), 2), round(find_power(unrest, np.ones(400)), 2)
    (0.84, 0.11)
    """
    share = min(len(unrest) / MANY, 1.0)
    power = share * _POWER_OF_MANY + (1 - share) * _POWER_OF_FEW
    doubt = share * _DOUBT_OF_MANY + (1 - share) * _DOUBT_OF_FEW
    known = (unrest > 0) & (error > 0)
    if known.sum() < _FEWEST:
        return power
    x, y = np.log(unrest[known]), np.log(error[known])
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y + doubt * power) / (x @ x + doubt), 0.0, 1.0))
