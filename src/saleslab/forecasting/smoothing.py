"""Exponential smoothing of many series under many settings at once.

One pass over time serves every series and every setting: arrays have a row a setting and a column a series. No setting
is chosen; each counts by how well it foresaw the next period, so that short series do not hang on a lucky one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole

_TRUST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """Settings to be tried, one value each; shape (settings, 1).

    Attributes
    ----------
    level, slope, season
        How much of a surprise moves each state.
    damping
        How much of a slope is left after a period.
    """

    level: Floats
    slope: Floats
    damping: Floats
    season: Floats

    @property
    def has_slope(self) -> bool:
        """Whether any setting lets the slope move."""
        return bool((self.slope > 0).any())


def cross_settings(
    level: tuple[float, ...],
    *,
    slope: tuple[float, ...] = (0.0,),
    damping: tuple[float, ...] = (1.0,),
    season: tuple[float, ...] = (0.0,),
) -> Settings:
    """Return all combinations; ``slope`` is a share of ``level``, ``season`` a share of what ``level`` leaves over.

    Examples
    --------
    >>> cross_settings((0.2, 0.5), season=(0.1,)).season.ravel().tolist()
    [0.08000000000000002, 0.05]
    """
    table = np.array([(a, a * b, phi, g * (1 - a)) for a, b, phi, g in product(level, slope, damping, season)])
    return Settings(*(table[:, [part]] for part in range(4)))


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Where smoothing stands after the last period.

    Attributes
    ----------
    level, slope
        Shape (settings, series).
    season
        Shape (season, settings, series), the first phase being that of the next period; None without seasons.
    weight
        Of each setting for each series; they add up to 1.
    settings
        What was tried.
    """

    level: Floats
    slope: Floats
    season: Floats | None
    weight: Floats
    settings: Settings

    def average(self, states: Floats) -> Floats:
        """Return the weighted mean over the settings."""
        return np.asarray((self.weight * states).sum(axis=0))

    def look_ahead(self, horizon: int) -> Floats:
        """Return the weighted forecasts, shape (series, horizon)."""
        ahead = np.cumsum(self.settings.damping ** np.arange(1, horizon + 1), axis=1)
        line = self.average(self.level)[:, None] + np.einsum("gr,gh->rh", self.weight * self.slope, ahead)
        if self.season is None:
            return np.asarray(line)
        season = (self.weight * self.season).sum(axis=1)
        return np.asarray(line + season[np.arange(horizon) % len(season)].T)


def smooth(
    rows: Floats, lengths: Whole, settings: Settings, *, level: Floats, slope: Floats, season: Floats | None = None
) -> States:
    """Return the states after smoothing every row under every setting.

    Parameters
    ----------
    rows
        Shape (series, periods), aligned at the right, the longest series first; NaN before their first periods.
    lengths
        Periods of each.
    settings
        What is tried.
    level, slope
        States before the first period, one a series.
    season
        Seasonal parts, shape (series, season), the first being that of the period after the last; None without.

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0, 4.0]])
    >>> states = smooth(rows, np.array([3]), cross_settings((0.5,)), level=np.array([1.0]), slope=np.zeros(1))
    >>> states.look_ahead(2).tolist()
    [[2.75, 2.75]]
    """
    width, n_settings = rows.shape[1], len(settings.level)
    n_active = np.searchsorted(-lengths, np.arange(width) - width, side="right")
    levels, slopes = np.tile(level, (n_settings, 1)), np.tile(slope, (n_settings, 1))
    seasons = None if season is None else np.repeat(season.T[:, None, :], n_settings, axis=1)
    loss = np.zeros_like(levels)
    came = np.ascontiguousarray(rows.T)
    for at in range(width):
        n = int(n_active[at])
        if not n:
            continue
        moved = settings.damping * slopes[:, :n] if settings.has_slope else None
        said = levels[:, :n] if moved is None else levels[:, :n] + moved
        surprise = came[at, :n] - said
        if seasons is not None:
            phase = seasons[(at - width) % len(seasons), :, :n]
            surprise -= phase
            phase += settings.season * surprise
        levels[:, :n] = said + settings.level * surprise
        if moved is not None:
            slopes[:, :n] = moved + settings.slope * surprise
        loss[:, :n] += surprise * surprise
    return States(levels, slopes, seasons, _weigh(loss, lengths), settings)


def _weigh(loss: Floats, lengths: Whole) -> Floats:
    """Return what each setting earned by its likelihood, trusted by half only: surprises are not independent."""
    n = np.maximum(lengths - 1, 1)
    least = np.maximum(loss.min(axis=0), np.finfo(np.float64).tiny)
    behind = np.log(np.maximum(loss, least) / least)
    weight = np.exp(-0.5 * _TRUST * n * behind)
    return np.asarray(weight / weight.sum(axis=0))
