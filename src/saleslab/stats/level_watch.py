"""Where did the levels of many series change, up or down? Each is foreseen from its own past; evidence is added up.

The level and the yearly course of a series are learned as its observations come, so no stretch has to be set aside as
"normal" (self-starting: Hawkins 1987, "Self-starting cusum charts for location and scale", The Statistician 36,
299-316). For each day on which the level may have moved, the observations since are weighed: how much likelier are they
if it moved, the doubt about level and course summed out? The evidence is the sum over all these days (Shiryaev 1963,
Theory of Probability and its Applications 8, 22-46; Roberts 1966, Technometrics 8, 411-430). While nothing changes the
sum for a known level grows by 1 an observation on average, so that it runs at least as many observations to a limit as
the limit says (Pollak 1987, Annals of Statistics 15, 749-779). Levels that are learned keep that promise nearly; what
is missing was measured (`ALLOWANCE`).

An observation is learned from `DELAY` later, else a change that grows slowly would teach the level to follow it. Only
an alarm that is confirmed by a second one in the same direction has its level learned anew: after a false one the past
still counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saleslab.stats.cusum import choose_reference, find_limit, find_shift
from saleslab.stats.next_values import MOST, Family

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DELAY = 8
"""Observations before one is learned from."""

CONFIRMED_WITHIN = 13
"""Observations within which a second alarm in the same direction is the same change, and no news."""

MEMORY = 52
"""Observations before now among which a change is looked for."""

ALLOWANCE = 1.1
"""How much longer evidence must run than the doubt about level and course asks for: how far observations spread is not
known either. Measured for series of mean 2 to 40 with and without season and extra spread,
`tests/stats/test_level_watch.py`.
"""

_LEARNING = 2.0  # times that a sum would run longer if it, too, had to learn how far observations spread
_PART_WAITED = 0.5  # of the time in which a fall is to be found, against which the doubt about the level weighs
_OVERSHOOT = 0.583  # standard deviations by which evidence jumps beyond its limit, on average (Siegmund 1985)
_BEGINNING = 8  # observations from which the first guess of a level is made
_FIRST_DOUBT, _NEW_DOUBT = 1.0, 0.25  # variance of a level that is new, and of one that has just changed
_NEVER = 10**6
_WILD = 5.0  # from here on nothing is learned from one, and less and less from `MOST` on
_LARGEST_LOG = 50.0
_SEASON_DOUBT = 0.2  # standard deviation of the first wave of a year; later ones are smaller


def lay_waves(place_in_year: npt.ArrayLike, n_waves: int) -> tuple[Floats, Floats]:
    """Return the columns of a yearly course, and the standard deviation that each coefficient has beforehand.

    Parameters
    ----------
    place_in_year
        From 0 (1 January) to 1.
    n_waves
        How many waves the course is made of.

    Examples
    --------
    >>> columns, doubt = lay_waves([0.0, 0.25, 0.5], 1)
    >>> columns.round(2).tolist(), doubt.tolist()
    ([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], [0.2, 0.2])
    """
    turns = 2 * np.pi * np.asarray(place_in_year, dtype=np.float64)[:, None] * np.arange(1, n_waves + 1)
    columns = np.stack([np.cos(turns), np.sin(turns)], axis=-1).reshape(len(turns), 2 * n_waves)
    return columns, np.repeat(_SEASON_DOUBT / np.arange(1, n_waves + 1), 2)


@dataclass(frozen=True, slots=True, eq=False)
class LevelWatch:
    """What was to be expected of each observation, and where sums passed their limit.

    Attributes
    ----------
    expected
        Shape (series, observations): what was expected just before the observation came; NaN where none came.
    scores
        Normal scores of the observations; NaN where none came.
    sums
        Shape (2, series, observations): evidence of rises and of falls, as a share of the limit; an alarm is raised at
        1.
    levels, courses
        The level believed just before each observation, and the yearly course, on the scale on which both add up.
    alarms
        Rows ``(series, observation, direction, onset, confirmation)``: direction is 1 or -1, onset the likeliest
        first observation of the change, confirmation that of the second alarm or -1.
    spread, doubt
        Shape (series,): standard deviation of a usual observation about its level, as a share of what is expected, and
        the variance of what is foreseen, as a share of that of such an observation; both at the end.
    reference, limit
        Shape (series,): of a cumulative sum of scores with the same budget, for `find_fall`.
    """

    expected: Floats
    scores: Floats
    sums: Floats
    levels: Floats
    courses: Floats
    alarms: Ints
    spread: Floats
    doubt: Floats
    reference: Floats
    limit: Floats


@dataclass(slots=True, eq=False)
class _State:
    """What is believed so far; mutable, and seen by `watch_levels` alone."""

    m: Floats
    cover: Floats
    weights: Floats
    n: Ints
    learned: Ints
    sums: Floats
    recent: Floats
    ages: Ints
    last: Ints
    confirmed: Ints
    doubted: Ints

    def foresee(self, rows: Floats) -> tuple[Floats, Floats, Floats]:
        """Return mean and variance of an observation's level, and how it goes along with each coefficient."""
        reach = np.einsum("spq,sq->sp", self.cover, rows)
        return np.einsum("sp,sp->s", self.m, rows), np.einsum("sp,sp->s", reach, rows), reach


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """Many series of one family, made whole: an observation that never came is marked, and has a harmless value."""

    family: Family
    values: Floats
    sizes: Floats
    known: Bools
    usual: Floats
    columns: Floats


def watch_levels(
    family: Family,
    values: Floats,
    sizes: Floats,
    columns: Floats,
    doubt: Floats,
    *,
    run_length: float,
    change: float = 0.3,
    warm_up: int = 26,
) -> LevelWatch:
    """Follow many series from their first observation to their last.

    What is said of an observation rests on earlier ones alone: a later run says the same of it again.

    Parameters
    ----------
    family
        Kind of all these observations.
    values, sizes
        Shape (series, observations); NaN where there is no observation.
    columns, doubt
        Of the yearly course, from `lay_waves`, one row for each observation.
    run_length
        Observations up to a false alarm, on average, of both directions together.
    change
        Relative fall that is to be found soon.
    warm_up
        Observations of a series before it may raise an alarm.

    Examples
    --------
    >>> from saleslab.stats.next_values import Counts
    >>> rng = np.random.default_rng(0)
    >>> counts = np.r_[rng.poisson(40, 60), rng.poisson(26, 10)][None, :].astype(float)
    >>> weeks = np.arange(70) / 52.18
    >>> watch_levels(Counts(), counts, np.ones_like(counts), *lay_waves(weeks, 2), run_length=104).alarms.tolist()
    [[0, 62, -1, 60, 67]]
    """
    known = ~np.isnan(values) & (sizes > 0)
    series = _Series(
        family, np.where(known, values, 1.0), np.where(known, sizes, 1.0), known,
        np.array([np.median(row[here]) if here.any() else 1.0 for row, here in zip(sizes, known, strict=True)]),
        np.column_stack([np.ones(len(columns)), columns]),
    )  # fmt: skip
    state = _begin(series, doubt)
    told = {name: np.full(values.shape, np.nan) for name in ("expected", "scores", "levels", "courses")}
    sums, n_known = np.zeros((2, *values.shape)), np.cumsum(known, axis=1)
    alarms: list[list[int]] = []
    for at in range(values.shape[1]):
        m, v, _ = state.foresee(np.tile(series.columns[at], (len(values), 1)))
        here = known[:, at]
        score, _ = family.judge(series.values[:, at], series.sizes[:, at], m, v, state.weights)
        told["expected"][:, at] = np.where(here, family.expect(m, series.sizes[:, at]), np.nan)
        told["scores"][:, at] = np.where(here, score, np.nan)
        told["levels"][:, at], told["courses"][:, at] = state.m[:, 0], m - state.m[:, 0]
        stand = _stand(series, state)
        shift = 2 * choose_reference(change * stand)
        limit = 2 * run_length * ALLOWANCE * np.exp(-_OVERSHOOT * shift)
        told_now = family.tell((series.values[:, at], score), series.sizes[:, at], m, v, state.weights)
        _add(family, state, told_now, family.lay_step(shift, stand), here & (n_known[:, at] > warm_up))
        sums[:, :, at] = state.sums / limit
        _raise(state, at, limit, told["scores"], alarms)
        lag = np.minimum(DELAY, (at - state.confirmed) // 2)
        while (behind := state.learned <= at - lag).any():
            _learn(state, series, behind)
    found = np.array(alarms, dtype=np.int64).reshape(-1, 5)
    spread, doubted = _measure_doubt(series, state)
    reference = choose_reference(change / spread)
    limit = find_limit(reference, 2 * run_length * _LEARNING)
    return LevelWatch(sums=sums, alarms=found, spread=spread, doubt=doubted, reference=reference, limit=limit, **told)


def find_fall(watch: LevelWatch, series: int, within: int) -> float:
    """Return the smallest relative fall that is found within so many observations about nine times in ten.

    It is what a cumulative sum with the same budget finds (`stats.cusum`), larger by what is not known of the level:
    before a second year, most of all of its course. Above 1 not even a fall to 0 is found so often. Measured for
    counts, shares and means: 87 to 99 in 100 (`tests/stats/test_level_watch.py`), more after exactly a year.
    """
    shift = find_shift(float(watch.reference[series]), float(watch.limit[series]), within)
    return float(shift * watch.spread[series] * np.sqrt(1 + _PART_WAITED * within * watch.doubt[series]))


def _measure_doubt(series: _Series, state: _State) -> tuple[Floats, Floats]:
    """Return spread and doubt, as a `LevelWatch` has them."""
    _, v, _ = state.foresee(np.tile(series.columns[-1], (len(series.values), 1)))
    alone, both = (series.family.stand(series.usual, state.m[:, 0], part, state.weights) for part in (0 * v, v))
    return 1 / alone, (alone / both) ** 2 - 1


def _begin(series: _Series, doubt: Floats) -> _State:
    n_series, n_scales = len(series.values), len(series.family.scales)
    order = np.argsort(~series.known, axis=1, kind="stable")[:, :_BEGINNING]
    values, sizes = (
        np.take_along_axis(np.where(series.known, table, np.nan), order, axis=1)
        for table in (series.values, series.sizes)
    )
    m = np.zeros((n_series, 1 + len(doubt)))
    m[:, 0] = series.family.begin(values, sizes)
    cover = np.tile(np.diag(np.r_[_FIRST_DOUBT, doubt**2]), (n_series, 1, 1))
    nothing, weights = np.zeros((2, n_series), dtype=np.int64), np.full((n_series, n_scales), 1 / n_scales)
    never = nothing - _NEVER
    return _State(
        m, cover, weights, nothing[0].copy(), nothing[0].copy(), np.zeros((2, n_series)),
        np.zeros((2, n_series, MEMORY)), nothing[0].copy(), never, never[0].copy(), never[0].copy(),
    )  # fmt: skip


def _stand(series: _Series, state: _State) -> Floats:
    """Return the inverse of the coefficient of variation of a usual observation."""
    return series.family.stand(series.usual, state.m[:, 0], state.cover[:, 0, 0], state.weights)


def _add(family: Family, state: _State, told: tuple[Floats, Floats, Floats], step: Floats, is_watched: Bools) -> None:
    """Add an observation to the runs of all days on which the level may have moved, and sum what they say."""
    newest = np.stack(told[:2])[:, :, None]
    moved_on = np.concatenate([newest, state.recent[:, :, :-1]], axis=2)
    state.recent = np.where(is_watched[:, None], moved_on, state.recent)
    state.ages = np.where(is_watched, np.minimum(state.ages + 1, MEMORY), state.ages)
    runs = np.cumsum(state.recent, axis=2)
    is_run = np.arange(MEMORY) < state.ages[:, None]
    doubt = told[2][:, None]
    for side, sign in enumerate((1.0, -1.0)):
        logs = family.favour(runs[0], runs[1], doubt, sign * step[:, None])
        evidence = np.where(is_run, np.exp(np.minimum(logs, _LARGEST_LOG)), 0.0).sum(axis=1)
        state.sums[side] = np.where(is_watched, evidence, state.sums[side])


def _raise(state: _State, at: int, limit: Floats, scores: Floats, alarms: list[list[int]]) -> None:
    """Note the alarms of an observation; their sums begin again, and a level that changed for good is doubted."""
    over = state.sums >= limit
    for side, series in zip(*np.nonzero(over), strict=True):
        sign = (1, -1)[side]
        if at - state.last[side, series] <= CONFIRMED_WITHIN:
            alarm = next(row for row in reversed(alarms) if row[0] == series and row[2] == sign)
            alarm[4] = at
            state.last[side, series], state.confirmed[series] = -_NEVER, at
            state.doubted[series] = max(alarm[3], state.learned[series])
            continue
        state.last[side, series] = at
        run = np.nonzero(~np.isnan(scores[series, : at + 1]))[0][-state.ages[series] :]
        alarms.append([int(series), at, sign, int(run[_find_onset(sign * scores[series, run])]), -1])
    hit = over.any(axis=0)
    state.sums[:, hit], state.ages[hit] = 0.0, 0


def _find_onset(scores: Floats) -> int:
    """Return the place in a run at which a change most likely began: a run begins before what made it long."""
    told = np.clip(scores, -MOST, MOST)
    after = np.cumsum(told[::-1])[::-1]
    return int(np.argmax(np.maximum(after, 0) ** 2 / np.arange(len(told), 0, -1)))


def _learn(state: _State, series: _Series, behind: Bools) -> None:
    """Move levels, courses and scales by what the next observation of some series told."""
    row, at = np.arange(len(behind)), np.minimum(state.learned, series.values.shape[1] - 1)
    value, size, known = (table[row, at] for table in (series.values, series.sizes, series.known))
    known = known & behind
    is_new = behind & (state.doubted == state.learned)
    state.cover[:, 0, 0] += np.where(is_new, _NEW_DOUBT, 0.0)
    state.weights = np.where(is_new[:, None], (state.weights + 1 / state.weights.shape[1]) / 2, state.weights)
    m, v, reach = state.foresee(series.columns[at])
    score, mass = series.family.judge(value, size, m, v, state.weights)
    trust = known * np.clip((_WILD - np.abs(score)) / (_WILD - MOST), 0.0, 1.0)  # a closed week teaches nothing
    after, doubt = series.family.learn(value, size, m, v, state.weights)
    share = reach / v[:, None] * trust[:, None]
    state.m += share * (after - m)[:, None]
    state.cover -= share[:, :, None] * reach[:, None, :] * (1 - doubt / v)[:, None, None]
    told = trust * (state.n >= _BEGINNING)  # the first ones made the first guess
    logs = np.log(np.maximum(state.weights, 1e-12)) + told[:, None] * mass
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    state.weights = weights / weights.sum(axis=1, keepdims=True)
    state.n += known
    state.learned += behind
