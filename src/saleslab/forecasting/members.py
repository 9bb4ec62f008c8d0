"""The methods whose forecasts are combined, each for all series at once.

Series that are always above 0 are taken apart by their logarithms, so that seasons grow with the level; all others as
they stand. What is left without its season is smoothed, with and without slopes; season and level are also smoothed
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.seasons import find_seasons, lay_season, repeat_season
from saleslab.forecasting.smoothing import Settings, cross_settings, smooth
from saleslab.forecasting.stamps import Whole

Flags = npt.NDArray[np.bool_]

_LEVEL = cross_settings((0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.99))
_DAMPED = cross_settings((0.1, 0.3, 0.5, 0.75, 0.95), slope=(0.05, 0.15, 0.4), damping=(0.85, 0.95))
_STRAIGHT = cross_settings((0.1, 0.3, 0.5, 0.75, 0.95), slope=(0.02, 0.1, 0.3), damping=(0.99,))
_SEASON = cross_settings((0.05, 0.15, 0.3, 0.5, 0.75), season=(0.05, 0.15, 0.35))
_SEASON_DAMPED = cross_settings((0.1, 0.3, 0.6), slope=(0.03, 0.12), damping=(0.9, 0.97), season=(0.05, 0.2))

_SHORT_MEMORY, _LONG_MEMORY, _MIDDLE_MEMORY = 0.7, 0.92, 0.8
_LONGEST_SEASON = 24
_FEWEST = 4
_MOST_LOG = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Series as the methods take them.

    Attributes
    ----------
    values
        Shape (series, periods), aligned at the right, the longest first; NaN before their first periods.
    lengths
        Periods of each.
    season_length
        Periods in a season.
    is_positive
        Which are always above 0.
    """

    values: Floats
    lengths: Whole
    season_length: int
    is_positive: Flags

    @property
    def logs(self) -> Floats:
        """The logarithms of series above 0, and the others as they stand."""
        return np.where(self.is_positive[:, None], np.log(np.where(self.values > 0, self.values, np.nan)), self.values)

    def back(self, logs: Floats) -> Floats:
        """Return logarithms as values; what is no logarithm stays."""
        return np.where(self.is_positive[:, None], np.exp(np.clip(logs, -_MOST_LOG, _MOST_LOG)), logs)


def forecast_members(rows: Rows, horizon: int) -> dict[str, Floats]:
    """Return the forecasts of every method, shape (series, horizon); NaN where a series is too short for it.

    Examples
    --------
    >>> straight = Rows(np.arange(1.0, 21.0)[None, :], np.array([20]), 1, np.array([True]))
    >>> forecast_members(straight, 2)["drift_quick"].round(1).tolist()
    [[21.0, 22.0]]
    """
    m = rows.season_length
    with np.errstate(invalid="ignore"):
        found = dict(_say_again(rows, horizon))
        memories = {"slow": _LONG_MEMORY, "quick": _SHORT_MEMORY} if m > 1 else {"quick": _SHORT_MEMORY}
        logs = rows.logs
        for pace, memory in memories.items():
            season = find_seasons(logs, m, memory=memory)
            found |= dict(_forecast_apart(rows, logs, season, horizon, pace=pace))
        if 1 < m <= _LONGEST_SEASON:
            found |= dict(_forecast_together(rows, logs, horizon))
        is_enough = rows.lengths >= _FEWEST
        for name, values in found.items():
            if name not in {"last", "season_again"}:
                values[~is_enough] = np.nan
    return found


def _say_again(rows: Rows, horizon: int) -> Iterator[tuple[str, Floats]]:
    """Yield what came last, and a season ago."""
    yield "last", np.repeat(rows.values[:, -1:], horizon, axis=1)
    m = rows.season_length
    if 1 < m <= rows.values.shape[1]:
        yield "season_again", repeat_season(rows.values[:, -m:], horizon)


def _forecast_apart(
    rows: Rows, logs: Floats, season: Floats, horizon: int, *, pace: str
) -> Iterator[tuple[str, Floats]]:
    """Yield forecasts of what is left without the season, with the season put back."""
    past, ahead = lay_season(season, rows.values.shape[1]), repeat_season(season, horizon)
    positive = rows.is_positive[:, None]
    past_times, ahead_times = (np.exp(np.where(positive, part, 0.0)) for part in (past, ahead))
    plain = np.where(positive, rows.values / past_times, rows.values - past)

    def put_back(values: Floats) -> Floats:
        return np.where(positive, np.maximum(values, 0) * ahead_times, values + ahead)

    line = _Line.through(plain, rows.lengths, rows.season_length)
    level, alpha = line.level(plain, rows.lengths)
    slopes = {"level": 0.0, "theta": 0.5} if pace == "slow" else {"theta": 0.5, "drift": 1.0}
    if rows.season_length == 1:
        slopes = {"level": 0.0} | slopes
    for name, share in slopes.items():
        yield f"{name}_{pace}", put_back(line.lean(level, alpha, share, horizon))
    if pace == "slow" or rows.season_length == 1:
        yield "damped", put_back(line.follow(plain, rows.lengths, _DAMPED, horizon))
    if pace == "quick":
        yield "straight", put_back(line.follow(plain, rows.lengths, _STRAIGHT, horizon))
        yield "adjusted_again", put_back(np.repeat(plain[:, -1:], horizon, axis=1))
        bare = logs - past
        line = _Line.through(bare, rows.lengths, rows.season_length)
        level, alpha = line.level(bare, rows.lengths)
        yield "theta_log", rows.back(line.lean(level, alpha, 0.5, horizon) + ahead)
        yield "damped_log", rows.back(line.follow(bare, rows.lengths, _DAMPED, horizon) + ahead)


def _forecast_together(rows: Rows, logs: Floats, horizon: int) -> Iterator[tuple[str, Floats]]:
    """Yield forecasts in which season and level are smoothed together, multiplied and added."""
    for name, values, back in (("log", logs, rows.back), ("sum", rows.values, np.asarray)):
        season = find_seasons(values, rows.season_length, memory=_MIDDLE_MEMORY)
        bare = values - lay_season(season, values.shape[1])
        line = _Line.through(bare, rows.lengths, rows.season_length)
        still = np.zeros(len(values))
        states = smooth(values, rows.lengths, _SEASON, level=line.middle, slope=still, season=season)
        yield f"season_{name}", back(states.look_ahead(horizon))
        if name == "log":
            states = smooth(values, rows.lengths, _SEASON_DAMPED, level=line.middle, slope=still, season=season)
            yield f"season_damped_{name}", back(states.look_ahead(horizon))


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """How each series begins and leans.

    Attributes
    ----------
    middle
        Mean of the first season (of the first three periods without one).
    slope
        Of the least-squares line through all periods.
    start
        The line's height before the first period, as far as the first season tells.
    """

    middle: Floats
    slope: Floats
    start: Floats

    @classmethod
    def through(cls, values: Floats, lengths: Whole, season_length: int) -> _Line:
        width = values.shape[1]
        known = ~np.isnan(values)
        n_first = np.minimum(lengths, season_length if season_length > 1 else 3)
        at = np.arange(width)
        is_first = known & (at < (width - lengths + n_first)[:, None])
        middle = np.where(is_first, values, 0.0).sum(axis=1) / n_first
        centred = np.where(known, at - (width - (lengths + 1) / 2)[:, None], 0.0)
        lean = (centred * np.where(known, values, 0.0)).sum(axis=1)
        slope = lean / np.maximum((centred**2).sum(axis=1), 1e-9)
        return cls(middle, slope, middle - slope * (n_first + 1) / 2)

    def level(self, values: Floats, lengths: Whole) -> tuple[Floats, Floats]:
        """Return the smoothed level of each series, and how much of a surprise moves it."""
        states = smooth(values, lengths, _LEVEL, level=self.middle, slope=np.zeros(len(values)))
        return states.average(states.level), states.average(np.broadcast_to(_LEVEL.level, states.level.shape))

    def lean(self, level: Floats, alpha: Floats, share: float, horizon: int) -> Floats:
        """Return forecasts that rise from the level by a share of the slope, the level's lag made up for."""
        steps = np.arange(horizon) + 1 / alpha[:, None]
        return np.asarray(level[:, None] + share * self.slope[:, None] * steps)

    def follow(self, values: Floats, lengths: Whole, settings: Settings, horizon: int) -> Floats:
        """Return forecasts along a slope that moves."""
        return smooth(values, lengths, settings, level=self.start, slope=self.slope).look_ahead(horizon)
