"""Did chance decide who was treated, or can it be undone? Without either, no effect can be read from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NoControl
from saleslab.scoring.uplift.learners import Floats, fit_line, fit_trees
from saleslab.scoring.uplift.trial_rows import N_FOLDS, Trial
from saleslab.stats.intervals import Interval
from saleslab.stats.policy_values import estimate_mean

Source = Literal["given", "drawn", "estimated"]

NARROWEST = 0.05
"""A row whose chance of treatment is below this, or above 1 less this, has hardly anything to be compared with."""
MOST_OUTSIDE = 0.05
"""Share of such rows above which groups are said not to overlap."""

_SURE = 0.999
_VERY_SURE = 1 - 1e-6
"""Guesses are made from the very rows that they are compared with, fold by fold, so that on noise their agreement is
skewed: five standard errors are exceeded by chance about as rarely as four of a mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """How rows came to their actions.

    Attributes
    ----------
    chances
        Chance of each action on each row, shape (rows, actions).
    source
        ``given``; ``drawn``: the columns do not tell who was treated, so that the share of the treated is everyone's
        chance; ``estimated``: they do, but the groups overlap.
    auc
        How well the columns tell who was treated, on rows not learned from: 0.5 is not at all.
    """

    chances: Floats
    source: Source
    auc: Interval


def weigh_overlap(trial: Trial) -> Overlap:
    """Return the chances of a trial of two actions, or refuse.

    Raises
    ------
    NoControl
        When nobody said the chances, the columns tell who was treated, and more than `MOST_OUTSIDE` of the rows are
        almost certain to be, or not to be.
    BadArgument
        When the chances that were given are not those by which rows were treated.
    """
    had = trial.outcomes.action == 1
    guessed = guess_chances(trial, had)
    auc = measure_auc(guessed, had, trial)
    if trial.chances is not None:
        refuse_wrong_chances(trial, code=1, guessed=guessed)
        return Overlap(trial.chances, "given", auc)
    if auc.low <= 0.5:
        share = np.full(len(had), had.mean())
        return Overlap(np.stack([1 - share, share], axis=1), "drawn", auc)
    outside = float(((guessed < NARROWEST) | (guessed > 1 - NARROWEST)).mean())
    if outside > MOST_OUTSIDE:
        raise NoControl(
            f"Who was treated was not left to chance: the columns tell it with an AUC of {auc.estimate:.2f}, and "
            f"{outside:.0%} of {len(had)} rows were almost certain to be treated or not to be.",
            "hold a share back by lot from now on and come back when its outcomes are known; where there was a lot, "
            "give the chance of each row as propensity.",
        )
    kept = guessed.clip(NARROWEST, 1 - NARROWEST)
    return Overlap(np.stack([1 - kept, kept], axis=1), "estimated", auc)


def guess_chances(trial: Trial, had: npt.NDArray[np.bool_]) -> Floats:
    """Return the chance of an action that the columns suggest, from folds that do not hold the row: line and trees."""
    design, wanted = trial.outcomes.design, had.astype(np.float64)
    guessed = np.zeros(len(wanted))
    for fold in range(N_FOLDS):
        out = trial.folds == fold
        for fit in (fit_line, fit_trees):
            guessed[out] += fit(design[~out], wanted[~out])(design[out]) / 2
    return guessed


def measure_auc(guessed: Floats, had: npt.NDArray[np.bool_], trial: Trial) -> Interval:
    """Return the chance that a treated row has the higher guess, with an interval at 0.999 (DeLong et al. 1988)."""
    from scipy.stats import rankdata

    n, n_had = len(had), int(had.sum())
    rank = rankdata(guessed)
    below = np.where(had, (rank - _rank_within(guessed, had)) / (n - n_had), 0.0)
    above = np.where(had, 0.0, (n_had - (rank - _rank_within(guessed, ~had))) / n_had)
    area = float(below.sum() / n_had)
    parts = np.where(had, (below - area) * n / n_had, (above - area) * n / (n - n_had))
    reach = estimate_mean(parts, clusters=trial.clusters, mass=_SURE)
    return Interval(area, max(0.0, area + reach.low), min(1.0, area + reach.high), _SURE)


def refuse_wrong_chances(trial: Trial, *, code: int, guessed: Floats) -> None:
    """Raise `BadArgument` when the columns, or the mere share, tell better than the given chances who had an action."""
    assert trial.chances is not None
    likely = trial.chances[:, code]
    missed = (trial.outcomes.action == code) - likely
    if estimate_mean(missed * (guessed - likely), clusters=trial.clusters, mass=_VERY_SURE).low > 0:
        expected, seen = float(likely.sum()), int((trial.outcomes.action == code).sum())
        raise BadArgument(
            f"The given chances are not those by which rows had the action {trial.arms[code]!r}: they promise "
            f"{expected:.0f} rows, {seen} had it, and the columns tell better which.",
            "give the chance that each row had when the lot was drawn, before anyone was left out.",
        )


def _rank_within(guessed: Floats, rows: npt.NDArray[np.bool_]) -> Floats:
    from scipy.stats import rankdata

    ranks = np.zeros(len(rows))
    ranks[rows] = rankdata(guessed[rows])
    return ranks
