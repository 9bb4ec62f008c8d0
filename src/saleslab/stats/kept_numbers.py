"""Random numbers that are kept: asked for again they are the same, so that what is drawn from them moves smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_NEVER_0_OR_1 = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class KeptNumbers:
    """Numbers for draws of a quantity over periods; spread evenly, so that few draws tell as much as many.

    Attributes
    ----------
    by_spread, by_level
        Shape (draws,), uniform.
    by_slope
        Shape (draws,), standard normal.
    apart, luck
        Shape (draws, periods), standard normal.
    """

    by_spread: Floats
    by_level: Floats
    by_slope: Floats
    apart: Floats
    luck: Floats


@lru_cache(maxsize=64)
def keep_numbers(seed: int, n_draws: int, n_periods: int) -> KeptNumbers:
    """Return the numbers of a seed: a Latin hypercube, each column as even as can be and in an order of its own.

    Examples
    --------
    >>> numbers = keep_numbers(7, 1000, 3)
    >>> round(float(numbers.by_level.mean()), 3), numbers.apart.shape, numbers is keep_numbers(7, 1000, 3)
    (0.5, (1000, 3), True)
    """
    from scipy.special import ndtri

    rng = np.random.default_rng([seed, 4])
    n_columns = 3 + 2 * n_periods
    places = rng.permuted(np.broadcast_to(np.arange(n_draws, dtype=np.float64), (n_columns, n_draws)), axis=1)
    even = np.clip((places + rng.random((n_columns, n_draws))) / n_draws, _NEVER_0_OR_1, 1 - _NEVER_0_OR_1)
    normal = ndtri(even[2:]).T
    parts = (even[0], even[1], normal[:, 0], normal[:, 1 : 1 + n_periods], normal[:, 1 + n_periods :])
    kept = [np.ascontiguousarray(part) for part in parts]
    for part in kept:
        part.flags.writeable = False
    return KeptNumbers(*kept)
