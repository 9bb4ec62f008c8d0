"""From which past days would the series have been forecast, and what came then?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.members import Flags
from saleslab.forecasting.stamps import Whole

N_ORIGINS = 5
_FEWEST_PERIODS = 4
_MOST_SEASONS = 25
_RECENT_SEASONS = 10
_RECENT_PERIODS = 100
_ZEROS_OF_INTERMITTENT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Series ready for forecasting, in a sequence that depends on their values alone.

    Attributes
    ----------
    values
        Shape (series, periods), aligned at the right; NaN before their first periods.
    lengths
        Periods of each.
    season_length
        Periods in a season.
    is_positive, is_intermittent, can_fall_below_zero
        What kind each is: always above 0; 0 more often than not; with values below 0.
    """

    values: Floats
    lengths: Whole
    season_length: int
    is_positive: Flags
    is_intermittent: Flags
    can_fall_below_zero: Flags

    @property
    def is_regular(self) -> Flags:
        """Which are no intermittent series."""
        return ~self.is_intermittent


def sort_history(values: Floats, season_length: int) -> tuple[History, Whole]:
    """Return the last seasons of series, sorted by their values, and from which row each came."""
    kept = values[:, -max(_MOST_SEASONS * season_length, _RECENT_PERIODS) :]
    order = np.lexsort(np.nan_to_num(kept, nan=-np.finfo(np.float64).max).T)
    kept = kept[order]
    recent = kept[:, -count_recent(season_length) :]
    known = ~np.isnan(recent)
    lowest = np.where(known, recent, np.inf).min(axis=1)
    n_zero = (recent == 0).sum(axis=1)
    is_intermittent = (lowest >= 0) & (n_zero > _ZEROS_OF_INTERMITTENT * known.sum(axis=1))
    lengths = (~np.isnan(kept)).sum(axis=1)
    return History(kept, lengths, season_length, lowest > 0, is_intermittent, lowest < 0), order


def count_recent(season_length: int) -> int:
    """Return how many of the last periods methods look at; only the trees learn from older ones."""
    return max(_RECENT_SEASONS * season_length, _RECENT_PERIODS)


def choose_origins(history: History, horizon: int) -> tuple[int, ...]:
    """Return how many periods before the end the past origins lie, the latest first.

    The latest see only a part of the horizon, the others all of it; where half of the series are too short for that,
    all lie nearer to the end.

    Examples
    --------
    >>> history, _ = sort_history(np.arange(1.0, 61.0)[None, :], 12)
    >>> choose_origins(history, 12), choose_origins(history, 40)
    ((6, 9, 12, 13, 14), (9, 18, 27, 36, 46))
    """
    fewest = _FEWEST_PERIODS if history.season_length == 1 else history.season_length + 2
    furthest = int(np.median(history.lengths)) - fewest
    step = max(1, horizon // 8)
    wished: tuple[int, ...] = (-(-horizon // 2), -(-3 * horizon // 4), horizon, horizon + step, horizon + 2 * step)
    if furthest < wished[-1]:
        furthest = furthest if furthest >= 1 else int(history.lengths.max()) - 1
        wished = tuple(int(back) for back in np.linspace(0, min(furthest, wished[-1]), N_ORIGINS + 1)[1:])
    return tuple(sorted({back for back in wished if back >= 1}))


def cut_at(history: History, back: int) -> tuple[Floats, Whole]:
    """Return the series as they were some periods before the end, in arrays of the same width, and their lengths."""
    values = np.full_like(history.values, np.nan)
    values[:, back:] = history.values[:, : history.values.shape[1] - back]
    return values, np.maximum(history.lengths - back, 0)


def read_actual(history: History, origins: tuple[int, ...], horizon: int) -> Floats:
    """Return what came after each origin, shape (origins, series, horizon); NaN where it has not come yet."""
    actual = np.full((len(origins), len(history.values), horizon), np.nan)
    for at, back in enumerate(origins):
        n = min(back, horizon)
        first = history.values.shape[1] - back
        actual[at, :, :n] = history.values[:, first : first + n]
    return actual
