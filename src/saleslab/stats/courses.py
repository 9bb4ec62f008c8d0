"""The course of counts: seasons that repeat, a trend that has earned its place, and how long the past counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEMORIES = (1.0, 0.9, 0.75)
"""Weights of a period against the one after it, of which the past may choose."""

EARNED = 0.85
"""A trend or a shorter memory is taken where its squared errors were at most so much of those without."""

_FEWEST_TRIED, _HORIZON = 8, 3
_FEWEST_REPEATS = 8
_SLOPE_PRIOR = 0.02
_EASE = 0.5


@dataclass(frozen=True, slots=True)
class Course:
    """What moves the expectation of a period, beside its level and luck.

    Attributes
    ----------
    season, season_sd
        Shape (seasons,): factors that average 1, and the doubt about their logarithms.
    slope, slope_sd
        Growth of the logarithm from period to period; 0 where none has earned its place.
    weights
        Shape (periods,): how much each counts for the level, 1 for the last.
    to_end
        Periods from the weighted middle of the past to its last period.
    """

    season: Floats
    season_sd: Floats
    slope: float
    slope_sd: float
    weights: Floats
    to_end: float

    def lay(self, periods: Ints, seasons: Ints) -> Floats:
        """Return the logarithm of expectations of past periods against that of the middle one, season included."""
        far = periods - (len(self.weights) - 1 - self.to_end)
        return np.asarray(np.log(self.season[seasons]) + self.slope * far)


def find_course(counts: Floats, seasons: Ints, n_seasons: int) -> Course:
    """Return the course of counts of consecutive periods.

    Seasons are told from luck by how well they repeat: factors are drawn towards 1 by their own doubt (empirical
    Bayes), and are 1 where fewer than 8 periods repeat a season. Trend and memory are chosen by their squared errors,
    one to three periods ahead, from origins in the second half of the past.

    Examples
    --------
    >>> course = find_course(np.array([10.0, 30.0] * 12), np.arange(24) % 2, 2)
    >>> course.season.round(2).tolist(), course.slope
    ([0.52, 1.48], 0.0)
    """
    logs = np.log(counts + _EASE)
    season, season_sd = _find_seasons(counts, logs, seasons, n_seasons)
    steady = logs - np.log(season)[seasons]
    memory, has_trend = _choose(np.exp(steady))
    weights = memory ** np.arange(len(counts))[::-1].astype(np.float64)
    to_end = float((len(counts) - 1) - np.average(np.arange(len(counts)), weights=weights))
    slope, slope_sd = _fit_slope(steady, np.ones(len(counts))) if has_trend else (0.0, 0.0)
    return Course(season, season_sd, slope, slope_sd, weights, to_end)


def _find_seasons(counts: Floats, logs: Floats, seasons: Ints, n_seasons: int) -> tuple[Floats, Floats]:
    """Return factors of seasons and the standard deviations of their logarithms."""
    n = np.bincount(seasons, minlength=n_seasons).astype(np.float64)
    repeats = int(np.maximum(n - 1, 0).sum())
    none = np.ones(n_seasons), np.zeros(n_seasons)
    if n_seasons == 1 or repeats < _FEWEST_REPEATS or (n == 0).any():
        return none
    at = np.arange(len(logs), dtype=np.float64)
    own_at, own = (np.bincount(seasons, part, n_seasons) / n for part in (at, logs))
    apart_at, apart = at - own_at[seasons], logs - own[seasons]
    slope = float((apart_at * apart).sum() / max((apart_at**2).sum(), 1e-12))
    noise = float(((apart - slope * apart_at) ** 2).sum() / max(repeats - 1, 1))
    level = own - slope * own_at
    centre = np.average(level, weights=n)
    variance = np.maximum(noise, 1 / (counts.mean() + _EASE)) / n
    spread = max(float(((level - centre) ** 2 - variance * (1 - 1 / n_seasons)).sum() / (n_seasons - 1)), 0.0)
    kept = spread / (spread + variance)
    factors = np.exp((level - centre) * kept)
    return factors / np.average(factors, weights=n), np.sqrt(kept * variance)


def _choose(steady: Floats) -> tuple[float, bool]:
    """Return memory and whether there is a trend, by what would have foretold the past."""
    last = len(steady)
    origins = range(max(last // 2, 6), last)
    candidates = [(MEMORIES[0], False), (MEMORIES[0], True), *((memory, False) for memory in MEMORIES[1:])]
    if len(origins) < _FEWEST_TRIED:
        return candidates[0]
    errors = np.zeros(len(candidates))
    for origin in origins:
        came = np.log(steady[origin : origin + _HORIZON])
        for place, (memory, has_trend) in enumerate(candidates):
            errors[place] += float(((came - _foretell(steady[:origin], memory, has_trend, len(came))) ** 2).sum())
    best = int(errors.argmin())
    return candidates[best] if errors[best] < EARNED * errors[0] else candidates[0]


def _foretell(past: Floats, memory: float, has_trend: bool, horizon: int) -> Floats:
    if has_trend:
        logs = np.log(past)
        slope, _ = _fit_slope(logs, np.ones(len(past)))
        return np.asarray(logs.mean() + slope * ((len(past) - 1) / 2 + np.arange(1, horizon + 1)))
    weights = memory ** np.arange(len(past))[::-1].astype(np.float64)
    return np.full(horizon, np.log(np.average(past, weights=weights)))


def _fit_slope(logs: Floats, weights: Floats) -> tuple[float, float]:
    """Return the slope of a line and its standard deviation, drawn towards 0."""
    at = np.arange(len(logs), dtype=np.float64)
    at -= np.average(at, weights=weights)
    level = np.average(logs, weights=weights)
    whole = float((weights * at**2).sum())
    slope = float((weights * at * (logs - level)).sum()) / whole
    noise = float((weights * (logs - level - slope * at) ** 2).sum()) / max(len(logs) - 2, 1)
    told = whole / max(noise, 1e-12)
    kept = told / (told + 1 / _SLOPE_PRIOR**2)
    return slope * kept, float(np.sqrt(kept / told))
