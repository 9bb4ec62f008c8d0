"""Asked where nothing was done, does the method say that nothing was?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.stats.counterfactuals import Counterfactual, foresee_undisturbed

_FEWEST_BEFORE = 12
_MOST_STARTS, _MOST_SERIES = 8, 12
_TRUST = 8.0


@dataclass(frozen=True, slots=True)
class Placebo:
    """One question to which the answer is nothing.

    Attributes
    ----------
    kind
        ``time``: an earlier start of the treated series; ``series``: an untouched series at the true start.
    at
        Period of the start, or place of the series.
    share
        The effect that was seen.
    distance
        In standard deviations that the method promised.
    is_outside
        Whether its interval left out nothing.
    n_after
        Periods over which it was asked.
    """

    kind: Literal["time", "series"]
    at: int
    share: float
    distance: float
    is_outside: bool
    n_after: int


@dataclass(frozen=True, slots=True)
class Asking:
    """How an effect is asked for.

    Attributes
    ----------
    season_length
        Periods in a season.
    is_log
        Whether all series are above 0 and taken by their logarithms.
    mass
        Of the intervals.
    """

    season_length: int
    is_log: bool
    mass: float

    def read(self, values: Floats) -> Floats:
        """Return values, or their logarithms."""
        return np.log(values) if self.is_log else values

    def foresee(self, before: Floats, others: Floats) -> Counterfactual:
        """Return what a series would have been after its known part; both as `read` gives them."""
        return foresee_undisturbed(before, others, season_length=self.season_length)


def run_placebos(whole: Floats, columns: Floats, start: int, asking: Asking) -> list[Placebo]:
    """Return what the method says of earlier starts, and of untouched series at the true one.

    Parameters
    ----------
    whole
        The treated series, one value a period.
    columns
        The untouched ones, shape (periods, series).
    start
        How many periods lie before the true start.
    asking
        How it is asked.
    """
    ours, others = asking.read(whole), asking.read(columns)
    n_after = len(whole) - start
    found = []
    for first in _choose_starts(start, n_after):
        stop = min(first + n_after, start)
        distance = _ask(ours[:stop], others[:stop], first, asking)
        found.append(Placebo("time", first, *distance, n_after=stop - first))
    if columns.shape[1] > 1:
        every = -(-columns.shape[1] // _MOST_SERIES)
        for at in range(0, columns.shape[1], every):
            distance = _ask(others[:, at], np.delete(others, at, axis=1), start, asking)
            found.append(Placebo("series", at, *distance, n_after=n_after))
    return found


def widen_by(placebos: list[Placebo]) -> float:
    """Return by how much distances were larger than promised, believed as far as the tries are many; at least 1."""
    squares = [one.distance**2 for one in placebos]
    return float(max(1.0, np.sqrt((sum(squares) + _TRUST) / (len(squares) + _TRUST))))


def measure_apart(placebos: list[Placebo]) -> float:
    """Return as how many independent tries placebos count: stretches of the past that overlap say the same."""
    starts = sorted(one.at for one in placebos if one.kind == "time")
    longest = max((one.n_after for one in placebos if one.kind == "time"), default=1)
    n_times = 1 + (starts[-1] - starts[0]) / longest if starts else 0.0
    return float(min(n_times, len(starts)) + sum(one.kind == "series" for one in placebos))


def _choose_starts(start: int, n_after: int) -> list[int]:
    """Return earlier starts, as far apart as the past allows, each with as many periods after it where possible."""
    latest = start - min(n_after, max(1, (start - _FEWEST_BEFORE) // 2))
    if latest < _FEWEST_BEFORE:
        return []
    n = min(_MOST_STARTS, latest - _FEWEST_BEFORE + 1)
    return sorted({int(at) for at in np.linspace(_FEWEST_BEFORE, latest, n).round()})


def _ask(ours: Floats, others: Floats, start: int, asking: Asking) -> tuple[float, float, bool]:
    """Return the share that was seen, its distance from nothing, and whether its interval leaves nothing out."""
    from scipy.special import stdtrit

    said = asking.foresee(ours[:start], others)
    n_after, heavy = len(ours) - start, said.freedom / max(said.freedom - 2, 0.5)
    mean, deviation = said.find_sum(np.full(n_after, 1 / n_after))
    apart = float(ours[start:].mean()) - mean
    distance = apart / max(deviation, 1e-300)
    reach = float(stdtrit(said.freedom, (1 + asking.mass) / 2) / np.sqrt(heavy))
    share = float(np.expm1(apart)) if asking.is_log else apart / abs(mean) if mean else 0.0
    return share, float(distance), bool(abs(distance) > reach)
