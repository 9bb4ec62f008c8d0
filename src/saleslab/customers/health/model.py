"""The chance that a customer is lost, from levels of what is known, learned from counted groups.

A logistic regression on steps: each step from a level to the next worse one adds to the log-odds, and steps are drawn
towards 0 as if their standard deviation were `STEP`, so that few customers say little. Steps of recency cannot be
negative: a longer silence never improves the outlook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.health.rows import CUTS, FACTORS, MAY_BE_UNKNOWN
from saleslab.stats.newton import maximise

Floats = npt.NDArray[np.float64]

STEP = 0.35
"""Standard deviation of a step in log-odds before the data: one step in twenty doubles the odds."""

MONOTONE = frozenset({"recency", "purchase_recency"})
"""Factors that can only make things worse as their level rises."""

_N_LEVELS = {name: len(CUTS.get(name, (0,))) for name in FACTORS}


@dataclass(frozen=True, slots=True, eq=False)
class HealthModel:
    """Chance of loss by levels.

    Attributes
    ----------
    height
        Log-odds of a customer whose levels are all 0.
    steps
        For each column of `design`, what it adds to the log-odds.
    covariance
        Of height and steps, by Laplace's approximation.
    means
        Mean of each column among the customers it was learned from.
    n, n_lost
        How many these were, and how many of them were lost.
    """

    height: float
    steps: Floats
    covariance: Floats
    means: Floats
    n: int
    n_lost: int

    def log_odds(self, levels: pd.DataFrame) -> Floats:
        """Return the log-odds of loss of each row of levels."""
        return np.asarray(self.height + design(levels) @ self.steps)

    def spread(self, levels: pd.DataFrame) -> Floats:
        """Return the standard error of these log-odds."""
        rows = np.column_stack([np.ones(len(levels)), design(levels)])
        return np.asarray(np.sqrt(np.maximum(((rows @ self.covariance) * rows).sum(axis=1), 0.0)))

    def effects(self, levels: pd.DataFrame) -> Mapping[str, Floats]:
        """Return what each factor adds to the log-odds of each row, against the mean customer."""
        parts = (design(levels) - self.means) * self.steps
        return {name: parts[:, columns].sum(axis=1) for name, columns in _columns().items()}


def design(levels: pd.DataFrame) -> Floats:
    """Return one column for each step of each factor: 1 where the level is above it; and one for what is not known."""
    columns = []
    for name, n_levels in _N_LEVELS.items():
        level = levels[name].to_numpy(dtype=np.int64)
        columns += [(level >= step).astype(np.float64) for step in range(1, n_levels + 1)]
        columns += [(level < 0).astype(np.float64)] if name in MAY_BE_UNKNOWN else []
    return np.column_stack(columns) if columns else np.zeros((len(levels), 0))


def _columns() -> Mapping[str, slice]:
    start, found = 0, {}
    for name, n_levels in _N_LEVELS.items():
        end = start + n_levels + (name in MAY_BE_UNKNOWN)
        found[name] = slice(start, end)
        start = end
    return found


def learn_health(groups: pd.DataFrame) -> HealthModel:
    """Return the model of groups with ``n`` and ``n_lost``; some must be lost and some not.

    Groups are sorted first, so that their order changes nothing.
    """
    ordered = groups.groupby(list(FACTORS), as_index=False)[["n", "n_lost"]].sum()
    rows, n, lost = (
        np.column_stack([np.ones(len(ordered)), design(ordered)]),
        ordered["n"].to_numpy(dtype=np.float64),
        ordered["n_lost"].to_numpy(dtype=np.float64),
    )
    penalty = np.r_[0.0, np.full(rows.shape[1] - 1, STEP**-2)]
    bound = np.zeros(rows.shape[1], dtype=bool)
    for name, columns in _columns().items():
        bound[1:][columns] = name in MONOTONE
        bound[1:][columns.stop - 1] &= name not in MAY_BE_UNKNOWN
    free = np.ones(rows.shape[1], dtype=bool)
    place = np.zeros(rows.shape[1])
    while True:
        place[:] = 0.0
        place[free], covariance = _fit(rows[:, free], n, lost, penalty[free])
        wrong = np.where(bound & free, place, 0.0)
        if wrong.min() >= 0:
            break
        free[int(wrong.argmin())] = False
    whole = np.zeros((rows.shape[1], rows.shape[1]))
    whole[np.ix_(free, free)] = covariance
    means = n @ rows[:, 1:] / n.sum()
    return HealthModel(float(place[0]), place[1:], whole, means, int(n.sum()), int(lost.sum()))


def _fit(rows: Floats, n: Floats, lost: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    def measure(place: Floats) -> tuple[float, Floats, Floats]:
        odds = rows @ place
        chance = np.exp(-np.logaddexp(0, -odds))
        value = float(lost @ odds - n @ np.logaddexp(0, odds) - penalty @ place**2 / 2)
        slope = rows.T @ (lost - n * chance) - penalty * place
        bend = -(rows.T * (n * chance * (1 - chance))) @ rows - np.diag(penalty)
        return value, slope, bend

    share = (lost.sum() + 0.5) / (n.sum() + 1)
    start = np.r_[np.log(share / (1 - share)), np.zeros(rows.shape[1] - 1)]
    top = maximise(measure, start)
    return top.at, top.covariance
