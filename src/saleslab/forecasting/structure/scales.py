"""Which few numbers are sampled, and what is believed of them before a series is seen?

Everything else (levels, slopes, seasons, effects) is normal given these, and is integrated out. All are normal on a
log scale, so that the sampler finds a smooth hill: natural units differ by powers of ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.laying import Floats

_BETWEEN = 0.6
"""Usual difference, in logarithms, between what series have for a scale; fixed, since few series cannot tell it."""

_SHORT_SEASON = 3

LEAST_NOISE = 1e-3
"""Noise below which no series is believed to lie, as a share of it."""


@dataclass(frozen=True, slots=True)
class Belief:
    """A quantity that is sampled, as a normal one.

    Attributes
    ----------
    name
        Of the quantity.
    centre, sd
        Mean and standard deviation.
    n
        How many of it there are.
    """

    name: str
    centre: float
    sd: float
    n: int = 1


def list_beliefs(n_series: int, n_drivers: int, season_length: int) -> tuple[Belief, ...]:
    """Return what is believed of the scales of some series, as shares of their size.

    The noise is usually 8 % of a value, a year moves the level by 10 % up or down beyond its trend, the trend is some
    6 % a year, a season is some 17 % up and down, a usual step of a driver moves a value by 5 %, and of both series
    share the most; each may well be three times less or more, and the data soon say so.

    Examples
    --------
    >>> [belief.name for belief in list_beliefs(2, 0, 1)]
    ['noise', 'noise_apart', 'level', 'level_apart', 'slope', 'persistence']
    """
    beliefs = [
        Belief("noise", np.log(0.08), 1.0),
        Belief("noise_apart", 0.0, 1.0, n_series),
        Belief("level", np.log(0.1 / np.sqrt(season_length)), 0.8),
        Belief("level_apart", 0.0, 1.0, n_series),
        Belief("slope", np.log(0.06 / season_length), 0.6),
        Belief("persistence", _lay_persistence(season_length), 0.4),
    ]
    if season_length > 1:
        beliefs += [
            Belief("season", np.log(0.17), 1.0),
            Belief("season_alike", 1.0, 1.5),
            Belief("season_change", np.log(0.02), 1.0),
        ]
    if n_drivers:
        beliefs += [Belief("effect", np.log(0.05), 1.0), Belief("effect_alike", 1.0, 1.5)]
    return tuple(beliefs)


def _lay_persistence(season_length: int) -> float:
    """Return the log-odds with which half of a slope is left a season later; after three periods without a season.

    A slope that fades sooner cannot be told from a level that wanders.
    """
    kept = 0.5 ** (1 / max(season_length, _SHORT_SEASON))
    return float(np.log(kept / (1 - kept)))


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """The scales of series, as standard deviations.

    Attributes
    ----------
    noise, level, slope, season_change
        One a series: of a period's noise; of a period's step of the level; of the slope; of how far each wave of the
        season moves in one season.
    persistence
        How much of a slope is left a period later.
    season_shared, season_own, effect_shared, effect_own
        Of the season and the effects that series share, and of what each has beside that; 0 where there are none.
    """

    noise: Floats
    level: Floats
    slope: Floats
    season_change: Floats
    persistence: float
    season_shared: float
    season_own: float
    effect_shared: float
    effect_own: float


def read_scales(values: Mapping[str, Floats]) -> Scales:
    """Return the scales that sampled quantities stand for."""

    def size(name: str) -> float:
        return float(np.exp(np.ravel(values[name])[0])) if name in values else 0.0

    def share(name: str) -> float:
        return float(1 / (1 + np.exp(-np.ravel(values[name])[0]))) if name in values else 0.0

    season, effect = (share(f"{name}_alike") for name in ("season", "effect"))
    lively = np.exp(_BETWEEN * np.ravel(values["noise_apart"]))
    return Scales(
        noise=size("noise") * lively,
        level=size("level") * lively * np.exp(_BETWEEN * np.ravel(values["level_apart"])),
        slope=size("slope") * lively,
        season_change=size("season_change") * lively,
        persistence=share("persistence"),
        season_shared=size("season") * np.sqrt(season),
        season_own=size("season") * np.sqrt(1 - season),
        effect_shared=size("effect") * np.sqrt(effect),
        effect_own=size("effect") * np.sqrt(1 - effect),
    )


def spread_slopes(by_scale: Mapping[str, Floats], scales: Scales) -> dict[str, Floats]:
    """Return how an answer changes with the sampled quantities, from how it does with the logarithms of the scales.

    Parameters
    ----------
    by_scale
        Slopes with the logarithm of each scale of `Scales`; of ``persistence`` with the number itself.
    scales
        Where they were taken.
    """
    lively = by_scale["noise"] + by_scale["level"] + by_scale["slope"] + by_scale["season_change"]
    slopes = {name: np.atleast_1d(np.sum(by_scale[name])) for name in ("noise", "level", "slope", "season_change")} | {
        "noise_apart": _BETWEEN * lively,
        "level_apart": _BETWEEN * by_scale["level"],
        "persistence": np.atleast_1d(by_scale["persistence"].sum() * scales.persistence * (1 - scales.persistence)),
    }
    for name in ("season", "effect"):
        if f"{name}_own" in by_scale:
            of_shared, of_own = by_scale[f"{name}_shared"], by_scale[f"{name}_own"]
            shared, own = getattr(scales, f"{name}_shared") ** 2, getattr(scales, f"{name}_own") ** 2
            slopes[name] = np.atleast_1d(of_shared + of_own)
            slopes[f"{name}_alike"] = np.atleast_1d((of_shared * own - of_own * shared) / (2 * (shared + own)))
    return slopes
