"""How the chance that something ends goes day by day, row by row, when many rows are still being watched.

Time is cut into periods. In each, whoever is still at risk ends with a chance whose log-odds are a height of the period
plus a weighted sum of the row's columns; the weights may drift with time, since what ends late is not what ends
seldom (discrete-time logistic hazard; Singer & Willett 1993). Rows count for as many whole periods as they were
watched, so that neither the young nor the slow are taken for those that never end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.threads import on_one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

FEWEST_ENDINGS = 10
"""Endings below which a hazard says nothing about single rows."""

_FIRST_EDGES = (0, 1, 2, 3, 5, 7, 10, 14, 18, 24, 30)
_WIDTH = 6
_SMOOTHNESS = 1.0  # of the heights: neighbours differ by about 1 in their log-odds, unless the data say more
_ROUNDS, _HALVINGS, _SMALL_GAIN = 50, 12, 1e-6


@dataclass(frozen=True, slots=True)
class Periods:
    """One entry for each row and each period that it was at risk in: what any classifier can be trained on.

    Attributes
    ----------
    row, period
        Number of the row and of the period.
    has_ended
        Whether it ended in that period.
    """

    row: Integers
    period: Integers
    has_ended: Booleans


@dataclass(frozen=True, slots=True)
class Hazard:
    """Chance of ending, period by period, for any row.

    Attributes
    ----------
    edges
        Shape (b + 1,), days between which the periods lie, the first 0.
    heights
        Shape (b,), log-odds of a row whose columns are all 0.
    weights
        Shape (3, columns): of each column at all times, by the logarithm of time and by time.
    shapes
        Shape (3, b): 1, and the two shapes of time that the weights drift with.
    n_rows, n_ended
        How many rows it was fitted to, and how many endings were seen in whole periods.
    """

    edges: Integers
    heights: Floats
    weights: Floats
    shapes: Floats
    n_rows: int
    n_ended: int

    def chance_by(self, X: npt.ArrayLike, days: Sequence[int]) -> Floats:  # noqa: N803
        """Return the chance that each row has ended by each day; shape (rows, days).

        Raises
        ------
        BadArgument
            When a day lies outside the periods, or the columns do not fit.
        """
        rows, at = _check_columns(X), np.asarray(days, dtype=np.float64)
        if rows.shape[1] != self.weights.shape[1]:
            raise BadArgument(
                f"{rows.shape[1]} columns were given, {self.weights.shape[1]} were fitted.", "give the same columns."
            )
        if np.any((at < 0) | (at > self.edges[-1])):
            raise BadArgument(
                f"A day of {', '.join(map(str, days))} lies outside 0 to {self.edges[-1]}.",
                f"ask for days up to {self.edges[-1]}.",
            )
        logs = np.zeros((len(rows), len(self.edges)))
        odds = rows @ (self.weights.T @ self.shapes) + self.heights
        np.cumsum(-np.logaddexp(0, odds), axis=1, out=logs[:, 1:])
        right = np.clip(np.searchsorted(self.edges, at), 1, len(self.heights))
        share = (at - self.edges[right - 1]) / np.diff(self.edges)[right - 1]
        return -np.expm1(logs[:, right - 1] * (1 - share) + logs[:, right] * share)


def lay_edges(horizon: int) -> Integers:
    """Return edges of periods up to a day: single days first, six at the most.

    Examples
    --------
    >>> lay_edges(36).tolist()
    [0, 1, 2, 3, 5, 7, 10, 14, 18, 24, 30, 36]
    """
    if horizon < 1:
        raise BadArgument(f"A horizon of {horizon} days has no period.", "give a horizon of a day or more.")
    later = range(_FIRST_EDGES[-1] + _WIDTH, horizon, _WIDTH)
    return np.array([edge for edge in (*_FIRST_EDGES, *later) if edge < horizon] + [horizon], dtype=np.int64)


def expand_periods(watched: npt.ArrayLike, ended: npt.ArrayLike, *, edges: npt.ArrayLike) -> Periods:
    """Return one entry for each row and each period in which it was at risk and watched to the end of the period.

    Parameters
    ----------
    watched
        Days for which each row was watched, as if it had not ended: today minus its start.
    ended
        Day of its end, infinite where it has not ended (or ended another way, and never will).
    edges
        Rising days, the first 0, such as `lay_edges` gives them.

    Examples
    --------
    >>> periods = expand_periods([9, 4], [5, np.inf], edges=[0, 3, 6, 9])
    >>> periods.row.tolist(), periods.period.tolist(), periods.has_ended.tolist()
    ([0, 0, 1], [0, 1, 0], [False, True, False])
    """
    until, over, cuts = _check_days(watched, ended, edges)
    n_whole = np.searchsorted(cuts, until, side="right") - 1
    last = np.maximum(np.searchsorted(cuts, over), 1)
    n_periods = np.minimum(n_whole, last)
    row = np.repeat(np.arange(len(until)), n_periods)
    period = np.arange(len(row)) - np.repeat(np.cumsum(n_periods) - n_periods, n_periods)
    return Periods(row, period, period == last[row] - 1)


def learn_hazard(
    X: npt.ArrayLike,  # noqa: N803
    watched: npt.ArrayLike,
    ended: npt.ArrayLike,
    *,
    horizon: int = 180,
    penalty: float = 1.0,
) -> Hazard:
    """Fit the hazard by penalised maximum likelihood, by Newton's method.

    Parameters
    ----------
    X
        Shape (rows, columns), finite and on like scales (mean 0 and standard deviation 1).
    watched, ended
        As in `expand_periods`. Rows must not be watched for longer or shorter because of how they will end, given
        their columns.
    horizon
        Last day of interest; cut down to what was watched.
    penalty
        Half the weight of the squared weights; that of the drifts is the same.

    Raises
    ------
    NotEnoughData
        When fewer than 10 have ended in periods that were watched to their end.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> x = rng.normal(size=(4000, 1))
    >>> wait = rng.exponential(30, 4000) + np.where(rng.random(4000) < 1 / (1 + np.exp(1 - x[:, 0])), 0, np.inf)
    >>> model = learn_hazard(x, rng.uniform(0, 200, 4000), wait)
    >>> model.chance_by([[0.0], [1.0]], [180]).round(1).ravel().tolist()
    [0.3, 0.5]
    """
    rows = _check_columns(X)
    until, over, _ = _check_days(watched, ended, [0, 1])
    if len(until) != len(rows):
        raise BadArgument(f"{len(rows)} rows have {len(until)} durations.", "give one duration for each row.")
    edges = lay_edges(max(min(horizon, int(until.max(initial=1))), 1))
    risks = [_find_risk(until, over, *ends) for ends in pairwise(edges)]
    n_ended = np.array([int(events.sum()) for _, events in risks])
    if n_ended.sum() < FEWEST_ENDINGS:
        raise NotEnoughData(
            f"Only {n_ended.sum()} of {len(rows)} have ended while they were watched; a hazard needs {FEWEST_ENDINGS}.",
            "watch for longer, or take the chance of all rows together.",
        )
    shapes = _shape_time(edges, n_ended)
    widths, n_columns = np.diff(edges), rows.shape[1]
    hill = _Hill(rows, risks, np.log(widths), shapes, _lay_curb(len(widths), 3 * n_columns, penalty))
    with on_one_thread():
        place = _climb(hill, np.concatenate([_guess_heights(risks, widths), np.zeros(3 * n_columns)]))
    heights, weights = place[: len(widths)] + hill.offsets, place[len(widths) :].reshape(3, n_columns)
    return Hazard(edges, heights, weights, shapes, len(rows), int(n_ended.sum()))


def _check_columns(X: npt.ArrayLike) -> Floats:  # noqa: N803
    rows = np.asarray(X, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise BadArgument(
            f"Columns of shape {rows.shape} are not a table of finite numbers.", "give rows x columns, none missing."
        )
    return rows


def _check_days(watched: npt.ArrayLike, ended: npt.ArrayLike, edges: npt.ArrayLike) -> tuple[Floats, Floats, Integers]:
    until, over = np.asarray(watched, dtype=np.float64), np.asarray(ended, dtype=np.float64)
    cuts = np.asarray(edges, dtype=np.int64)
    if until.shape != over.shape or until.ndim != 1 or not (np.isfinite(until).all() and np.all(until >= 0)):
        raise BadArgument(
            f"Durations of shapes {until.shape} and {over.shape} do not fit together, or some are negative or missing.",
            "give every row the days for which it was watched, 0 or more.",
        )
    if np.isnan(over).any() or np.any(over < 0):
        raise BadArgument(
            f"{int(np.sum(np.isnan(over) | (over < 0)))} endings are missing or negative.",
            "give the day of each ending, infinite where there is none.",
        )
    if cuts.ndim != 1 or len(cuts) < 2 or cuts[0] != 0 or np.any(np.diff(cuts) <= 0):
        raise BadArgument("Edges of periods do not rise from 0.", "give rising days, the first 0, as `lay_edges` does.")
    return until, np.maximum(over, 1e-9), cuts


def _find_risk(until: Floats, over: Floats, start: int, end: int) -> tuple[Booleans, Floats]:
    """Return who is at risk in a period and watched to its end, and who of them ends in it."""
    at_risk = (until >= end) & (over > start)
    return at_risk, (over[at_risk] <= end).astype(np.float64)


def _shape_time(edges: Integers, n_ended: Integers) -> Floats:
    """Return 1, the logarithm of time and time, the latter two with mean 0 and standard deviation 1 over endings."""
    middle = (edges[:-1] + edges[1:]) / 2
    shapes = [np.ones(len(middle))]
    for shape in (np.log1p(middle), middle):
        away = shape - np.average(shape, weights=n_ended)
        spread = np.sqrt(np.average(away**2, weights=n_ended))
        shapes.append(away / spread if spread > 0 else np.zeros(len(middle)))
    return np.stack(shapes)


@dataclass(frozen=True, slots=True)
class _Hill:
    """The penalised log likelihood, over heights and weights in one row."""

    rows: Floats
    risks: list[tuple[Booleans, Floats]]
    offsets: Floats
    shapes: Floats
    curb: Floats

    def look_around(self, place: Floats) -> tuple[float, Floats, Floats]:
        """Return the height at a place, the slope and how it bends."""
        n_periods, n_columns = len(self.offsets), self.rows.shape[1]
        weights = place[n_periods:].reshape(3, n_columns)
        value, slope, bend = -float(place @ self.curb @ place) / 2, -self.curb @ place, self.curb.copy()
        for period, (mask, events) in enumerate(self.risks):
            x, shape = self.rows[mask], self.shapes[:, period]
            odds = x @ (shape @ weights) + place[period] + self.offsets[period]
            value += float(events @ odds - np.logaddexp(0, odds).sum())
            chance = np.exp(-np.logaddexp(0, -odds))
            left, doubt = events - chance, chance * (1 - chance)
            slope[period] += left.sum()
            slope[n_periods:] += np.outer(shape, left @ x).ravel()
            bend[period, period] += doubt.sum()
            bend[period, n_periods:] += np.outer(shape, doubt @ x).ravel()
            bend[n_periods:, n_periods:] += np.kron(np.outer(shape, shape), (x * doubt[:, None]).T @ x)
        bend[n_periods:, :n_periods] = bend[:n_periods, n_periods:].T
        return value, slope, bend


def _climb(hill: _Hill, place: Floats) -> Floats:
    """Return the top of a hill that has one top only, by Newton's method; steps that go down are halved."""
    value, slope, bend = hill.look_around(place)
    for _ in range(_ROUNDS):
        step = np.linalg.solve(bend, slope)
        if slope @ step < _SMALL_GAIN:
            break
        for _ in range(_HALVINGS):
            found = hill.look_around(place + step)
            if found[0] >= value - _SMALL_GAIN:
                break
            step /= 2
        place, (value, slope, bend) = place + step, found
    return place


def _guess_heights(risks: list[tuple[Booleans, Floats]], widths: Integers) -> Floats:
    """Return the logarithm of the rate of each period, drawn a little towards the rate of all."""
    n_ended = np.array([events.sum() for _, events in risks])
    days = np.array([len(events) for _, events in risks]) * widths
    rate = n_ended.sum() / days.sum()
    return np.asarray(np.log((n_ended + 1) / (days + 1 / rate)))


def _lay_curb(n_periods: int, n_weights: int, penalty: float) -> Floats:
    """Return the second derivatives of the penalty: neighbouring heights alike, weights small."""
    curb = np.diag(np.concatenate([np.full(n_periods, 1e-6), np.full(n_weights, penalty)]))
    steps = np.diff(np.eye(n_periods), axis=0)
    curb[:n_periods, :n_periods] += _SMOOTHNESS * steps.T @ steps
    return curb
