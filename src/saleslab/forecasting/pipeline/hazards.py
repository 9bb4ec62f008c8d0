"""Chances by a penalised logit on counts: what many deals show is believed, what few show is drawn to the mean.

Every factor is a level a row; its effects have mean 0 and a spread given beforehand, which is what pools a small team
with the others. Equal rows are counted once, so that the cost does not grow with the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole

_MOST_STEPS = 40
_CLOSE_ENOUGH = 1e-4
_LONGEST_STEP = 3.0
_MOST_LOG_ODDS = 30.0
_EASE = 1e-9
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Logit:
    """Log-odds as a mean and effects of levels.

    Attributes
    ----------
    spreads
        Standard deviation of the effects of each factor, given beforehand.
    n_levels
        How many levels each factor has; a level beyond is unknown, and has no effect.
    effects
        The mean, then the effects of all levels of all factors.
    """

    spreads: Mapping[str, float]
    n_levels: Mapping[str, int]
    effects: Floats

    def predict(self, levels: Mapping[str, Whole]) -> Floats:
        """Return chances of rows."""
        total = np.full(len(next(iter(levels.values()))), self.effects[0])
        start = 1
        for name, n in self.n_levels.items():
            own = np.append(self.effects[start : start + n], 0.0)
            level = levels[name]
            total += own[np.where((level >= 0) & (level < n), level, n)]
            start += n
        return np.asarray(1 / (1 + np.exp(-total)))


def fit_logit(
    levels: Mapping[str, Whole],
    n: Floats,
    n_events: Floats,
    *,
    spreads: Mapping[str, float],
    n_levels: Mapping[str, int],
    start: Floats | None = None,
) -> Logit:
    """Return the most likely effects, given their spreads.

    Parameters
    ----------
    levels
        The level of each factor in each row.
    n, n_events
        How many were at risk in each row, and to how many it happened.
    spreads, n_levels
        See `Logit`.
    start
        Effects to begin with, from a like fit.

    Examples
    --------
    >>> rare = fit_logit(
    ...     {"stage": np.array([0, 1])}, np.array([100.0, 100.0]), np.array([20.0, 60.0]),
    ...     spreads={"stage": 2.0}, n_levels={"stage": 2},
    ... )
    >>> rare.predict({"stage": np.array([0, 1, 7])}).round(2).tolist()
    [0.2, 0.6, 0.38]
    """
    columns, at_risk, happened = _count_alike(levels, n, n_events, list(spreads), n_levels)
    starts = [0, 1, *(1 + np.cumsum([n_levels[name] + 1 for name in spreads])).tolist()]
    width = starts[-1]
    penalty = np.concatenate([[0.0], *(np.full(n_levels[name] + 1, sd**-2) for name, sd in spreads.items())])
    is_free = np.ones(width, dtype=bool)  # the last level of each factor takes in those unknown, and stays 0
    is_free[[start - 1 for start in starts[2:]]] = False
    free, effects = np.flatnonzero(is_free), np.zeros(width)
    if start is None:
        share = (happened.sum() + _HALF) / (at_risk.sum() + 2 * _HALF)
        effects[0] = np.log(share / (1 - share))
    else:
        effects[free] = start
    for _ in range(_MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(effects[columns].sum(axis=0), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)))
        slope = _add_up(columns, happened - at_risk * chance, width) - penalty * effects
        bend = _multiply_out(columns, at_risk * chance * (1 - chance), starts)
        bend[np.diag_indices(width)] += penalty + _EASE
        step = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        size = float(np.abs(step).max())
        effects[free] += step * min(1.0, _LONGEST_STEP / max(size, _EASE))
        if size < _CLOSE_ENOUGH:
            break
    return Logit(dict(spreads), {name: n_levels[name] for name in spreads}, effects[free])


def _count_alike(
    levels: Mapping[str, Whole], n: Floats, n_events: Floats, names: list[str], n_levels: Mapping[str, int]
) -> tuple[Whole, Floats, Floats]:
    """Return the effects that each different row adds up, shape (1 + factors, rows), and its counts."""
    kept = n > 0
    code, columns, start = np.zeros(int(kept.sum()), dtype=np.int64), [], 1
    for name in names:
        level = levels[name][kept]
        level = np.where((level >= 0) & (level < n_levels[name]), level, n_levels[name])
        columns.append(start + level)
        code = code * (n_levels[name] + 1) + level
        start += n_levels[name] + 1
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    laid = np.stack([np.zeros(len(first), dtype=np.int64), *(column[first] for column in columns)])
    back = back.ravel()
    n_alike, n_happened = (np.bincount(back, values[kept], len(first)).astype(np.float64) for values in (n, n_events))
    return laid, n_alike, n_happened


def _add_up(columns: Whole, values: Floats, width: int) -> Floats:
    total = np.zeros(width)
    for column in columns:
        total += np.bincount(column, values, width)
    return total


def _multiply_out(columns: Whole, weight: Floats, starts: list[int]) -> Floats:
    """Return the weighted products of all pairs of effects; each row holds one level of each factor.

    The effects of a factor lie together: ``starts`` tells where, and the last of them the width.
    """
    width = starts[-1]
    total = np.zeros((width, width))
    spans = list(pairwise(starts))
    for at, (one, other_one) in enumerate(spans):
        inside = columns[at] - one
        for beside, (other, other_end) in enumerate(spans[at:], start=at):
            n, m = other_one - one, other_end - other
            block = np.bincount(inside * m + columns[beside] - other, weight, n * m).reshape(n, m)
            total[one:other_one, other:other_end] = block
            total[other:other_end, one:other_one] = block.T
    return total
