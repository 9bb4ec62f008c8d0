"""Typical durations of several groups of which some have not ended: log-normal, those counted as longer than seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Floats = npt.NDArray[np.float64]

_FEWEST_ENDED = 8
_MOST_STEPS, _CLOSE = 500, 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class CensoredLevels:
    """Log-normal durations whose spread is common to all groups.

    Attributes
    ----------
    groups
        Those in which at least one has ended, rising.
    middles
        Shape (groups,), mean logarithm of each.
    told
        Shape (groups,): how many durations seen to their end would tell as much.
    spread
        Standard deviation of the logarithms within a group.
    """

    groups: npt.NDArray[np.int64]
    middles: Floats
    told: Floats
    spread: float


def fit_censored_levels(durations: npt.ArrayLike, is_ended: npt.ArrayLike, groups: npt.ArrayLike) -> CensoredLevels:
    """Return the levels of log-normal durations by maximum likelihood (expectation-maximisation, Dempster et al. 1977).

    Parameters
    ----------
    durations
        Above 0: until the end, or so far.
    is_ended
        Whether each has ended.
    groups
        Number of the group of each.

    Raises
    ------
    NotEnoughData
        When fewer than 8 have ended.
    BadArgument
        When a duration is not above 0, or the three differ in length.

    Examples
    --------
    >>> fit = fit_censored_levels([5, 10, 20, 40] * 3, [True, True, True, False] * 3, [0] * 12)
    >>> round(float(np.exp(fit.middles[0])), 1), bool(3 * 3 < fit.told[0] < 12)
    (16.2, True)
    """
    x, ended = np.asarray(durations, dtype=np.float64), np.asarray(is_ended, dtype=bool)
    given = np.asarray(groups, dtype=np.int64)
    strange = int((~((x > 0) & np.isfinite(x))).sum())
    if strange or not x.shape == ended.shape == given.shape:
        raise BadArgument(
            f"{strange} of {x.size} durations are not above 0, beside {ended.size} endings and {given.size} groups.",
            "give one of each; half a day for what ended on its first day.",
        )
    kept = np.isin(given, given[ended])
    names, at = np.unique(given[kept], return_inverse=True)
    if ended.sum() < _FEWEST_ENDED:
        raise NotEnoughData(f"{int(ended.sum())} have ended; {_FEWEST_ENDED} are needed.", "wait for more of them.")
    logs, ended, n = np.log(x[kept]), ended[kept], np.bincount(at).astype(np.float64)
    middles, spread = np.bincount(at, logs) / n, max(float(logs.std()), 1e-3)
    for _ in range(_MOST_STEPS):
        apart, hazard = _hazards(logs, middles[at], spread)
        expected = np.where(ended, logs, middles[at] + spread * hazard)
        doubt = np.where(ended, 0.0, spread**2 * (1 + apart * hazard - hazard**2))
        before = (middles, spread)
        middles = np.bincount(at, expected) / n
        spread = float(np.sqrt(max(((expected - middles[at]) ** 2 + doubt).mean(), 1e-8)))
        if max(float(np.abs(middles - before[0]).max()), abs(spread - before[1])) < _CLOSE:
            break
    apart, hazard = _hazards(logs, middles[at], spread)
    told = np.bincount(at, np.where(ended, 1.0, hazard * (hazard - apart))).astype(np.float64)
    return CensoredLevels(names, middles, told, spread)


def _hazards(logs: Floats, middles: Floats, spread: float) -> tuple[Floats, Floats]:
    """Return standard scores, and the normal density over what lies above each."""
    from scipy.special import log_ndtr

    apart = (logs - middles) / spread
    return apart, np.exp(-(apart**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-apart))
