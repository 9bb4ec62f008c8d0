"""Between which bounds does a stated chance lie, as far as leads that were not learned from can tell?

On such leads the log-odds that a model states are held against what came: by how much they lie too high or too low, and
are too bold or too timid. How sure that line is gives the range of every chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from saleslab.scoring.model.grades import check_chances
from saleslab.stats.intervals import check_mass

Floats = npt.NDArray[np.float64]

LINE = ("line_shift", "line_slope", "line_shift_variance", "line_slope_variance", "line_covariance")
"""Numbers of the line, as `ModelFacts` keeps them among its metrics."""

_EDGE = 1e-4
_FEWEST = 10


def fit_line(is_won: Any, chances: Any) -> dict[str, float]:
    """Return the line between stated log-odds and what came, by the names of `LINE`; empty with too few of a kind.

    Parameters
    ----------
    is_won, chances
        Outcomes and stated chances of leads that were not learned from.

    Examples
    --------
    >>> lot = np.random.default_rng(0)
    >>> stated = lot.uniform(0.05, 0.6, 4_000)
    >>> line = fit_line(lot.random(4_000) < stated / 2, stated)
    >>> line["line_shift"] < -3 * line["line_shift_variance"] ** 0.5
    True
    """
    won, chance = np.asarray(is_won, dtype=np.float64), np.clip(check_chances(chances), _EDGE, 1 - _EDGE)
    if min(won.sum(), (1 - won).sum()) < _FEWEST or np.ptp(chance) == 0:
        return {}
    terms = np.stack([np.ones(len(chance)), logit(chance)])
    covariance = np.linalg.inv((terms * (chance * (1 - chance))) @ terms.T)
    shift, slope = covariance @ (terms @ (won - chance))  # one step of Newton from "the chances are right"
    values = (shift, 1 + slope, covariance[0, 0], covariance[1, 1], covariance[0, 1])
    return {name: float(value) for name, value in zip(LINE, values, strict=True)}


def range_chances(chances: Any, line: Mapping[str, float], *, mass: float = 0.9) -> tuple[Floats, Floats] | None:
    """Return the lower and upper bound of each chance, or None where no line is known.

    The bounds hold the stated chance and what the line makes of it; they say nothing about which lead will buy, but
    between which shares of such leads will.

    Parameters
    ----------
    chances
        As the model states them.
    line
        From `fit_line`, alone or among other numbers.
    mass
        Chance that a range holds the truth.
    """
    from scipy.stats import norm

    check_mass(mass)
    if not set(LINE) <= set(line):
        return None
    chance = check_chances(chances)
    stated = logit(np.clip(chance, _EDGE, 1 - _EDGE))
    shift, slope, shift_variance, slope_variance, covariance = (line[name] for name in LINE)
    found = shift + slope * stated
    spread = norm.ppf((1 + mass) / 2) * np.sqrt(shift_variance + 2 * covariance * stated + slope_variance * stated**2)
    return np.minimum(chance, expit(found - spread)), np.maximum(chance, expit(found + spread))
