"""The parts of series as tables: trend as values, season and drivers as shares of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.drawing import Courses
from saleslab.forecasting.structure.reading import Observed

_EFFECT_MASS = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class SeriesParts:
    """What moves series.

    Attributes
    ----------
    parts
        ``series_id, period, part, estimate, lower, upper``, sorted by series, part and period, from the first known
        period of each series on. ``trend``: the value with an average season and usual drivers, in units of the series.
        ``season`` and the drivers by their names: what they add, as a share of that (of the mean size of a series that
        is not always above 0); a driver against its mean of the past.
    effects
        ``driver, effect, lower, upper, usual_step, chance_positive``, one row a driver: what a unit more adds to the
        logarithm of a value (or to a share of the mean size), on average over the series, within 95 %.
    series_effects
        The same for each series, with ``series_id``.
    mass
        Of the intervals of the parts.
    """

    parts: pd.DataFrame
    effects: pd.DataFrame
    series_effects: pd.DataFrame
    mass: float


def tabulate_parts(observed: Observed, courses: Courses, mass: float) -> pd.DataFrame:
    """Return the parts of each series over time, with their intervals."""
    laid = observed.laid
    width, past = courses.trend.shape[2], observed.levels.shape[1]
    laid_out: list[tuple[str, Floats]] = [("trend", observed.restore(courses.trend))]
    if laid.season_length > 1:
        laid_out.append(("season", _as_share(observed, courses.season)))
    for at, name in enumerate(observed.drivers.names if observed.drivers is not None else ()):
        moved = courses.effects[:, :, at, None] * courses.drivers[None, :, :, at]
        laid_out.append((name, _as_share(observed, moved)))
    chances = [0.5, (1 - mass) / 2, (1 + mass) / 2]
    middles = {name: np.quantile(values, chances, axis=0) for name, values in laid_out}
    frames = []
    for row, label in enumerate(laid.ids):
        first = past - int(laid.lengths[row])
        numbers = laid.ends[row] + np.arange(first + 1 - past, width + 1 - past)
        for name, (middle, low, high) in middles.items():
            columns: dict[str, Any] = {
                "series_id": pd.Index([label]).repeat(len(numbers)),
                "period": laid.grid.restore(numbers),
                "part": name,
                "estimate": middle[row, first:],
                "lower": low[row, first:],
                "upper": high[row, first:],
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _as_share(observed: Observed, moved: Floats) -> Floats:
    return np.where(observed.is_positive[:, None], np.expm1(moved), moved)


def tabulate_effects(observed: Observed, courses: Courses, *, by_series: bool) -> pd.DataFrame:
    """Return what a unit of each driver does, on average or in each series."""
    names = ["driver", "effect", "lower", "upper", "usual_step", "chance_positive"]
    if observed.drivers is None or observed.yardstick is None:
        return pd.DataFrame(columns=["series_id", *names] if by_series else names)
    steps = observed.yardstick.steps
    frames = []
    for row, label in enumerate(observed.laid.ids if by_series else [None]):
        drawn = (courses.effects[:, row] if by_series else courses.effects.mean(axis=1)) / steps
        low, high = np.quantile(drawn, [(1 - _EFFECT_MASS) / 2, (1 + _EFFECT_MASS) / 2], axis=0)
        numbers = (drawn.mean(axis=0), low, high, steps, (drawn > 0).mean(axis=0))
        frame = pd.DataFrame(dict(zip(names, (list(observed.drivers.names), *numbers), strict=True)))
        frames.append(frame.assign(series_id=label)[["series_id", *names]] if by_series else frame)
    return pd.concat(frames, ignore_index=True)
