"""What each learner says of rows it has not seen, and what the rows themselves say: the basis of every choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from saleslab.scoring.model.encoding import Encoding
from saleslab.scoring.uplift.learners import (
    Calibration,
    Floats,
    Outcomes,
    Predict,
    calibrate,
    calibrate_share,
    fit_crossed,
    fit_forests,
    fit_robust,
    fit_slopes,
)
from saleslab.scoring.uplift.trial_rows import N_FOLDS, Trial, read_rows
from saleslab.stats.policy_values import score_actions

Learner = Literal["response_model", "s_learner", "dr_learner", "x_learner"]

LEARNERS: tuple[Learner, ...] = ("response_model", "s_learner", "dr_learner", "x_learner")
"""From the simplest on: the outcome expected if treated, as if all gained the same share of it; one line with slopes by
action; a line through doubly robust effects; trees crossed over between the groups."""


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Expected outcomes (rows, actions) by two models, each out of its fold.

    Attributes
    ----------
    models
        For each fold the line and the trees that have not seen it.
    slopes, forests
        What they expect.
    """

    models: tuple[tuple[Predict, Predict], ...]
    slopes: Floats
    forests: Floats

    @property
    def together(self) -> Floats:
        """The mean of both."""
        return (self.slopes + self.forests) / 2


@dataclass(frozen=True, slots=True, eq=False)
class EffectModel:
    """A learner fitted to all rows, and the line that puts its score on the scale of effects."""

    encoding: Encoding
    score: Predict
    line: Calibration

    def predict(self, X: object) -> Floats:  # noqa: N803
        """Return the effect expected on each row."""
        return self.line.scale(self.score(self.encoding.write_terms(read_rows(X, self.encoding.names))))


def cross_means(trial: Trial) -> Means:
    """Return expected outcomes of every row under every action."""
    rows = trial.outcomes
    slopes, forests = np.zeros((len(rows.outcome), rows.n_actions)), np.zeros((len(rows.outcome), rows.n_actions))
    models = []
    for fold in range(N_FOLDS):
        out = trial.folds == fold
        seen = rows.take(~out)
        pair = fit_slopes(seen), fit_forests(seen)
        slopes[out], forests[out] = (one(rows.design[out]) for one in pair)
        models.append(pair)
    return Means(tuple(models), slopes, forests)


def cross_scores(trial: Trial, means: Means, chances: Floats) -> Floats:
    """Return the doubly robust score (rows, actions) of every action on every row."""
    rows = trial.outcomes
    return score_actions(rows.outcome, rows.action, chances=chances, expected=means.together)


def cross_effects(learner: Learner, trial: Trial, means: Means, *, chance: Floats, effects: Floats) -> Floats:
    """Return what a learner says of each row out of its fold, not yet on the scale of effects."""
    rows, said = trial.outcomes, np.zeros(len(effects))
    for fold, pair in enumerate(means.models):
        out = trial.folds == fold
        fitted = fit_learner(learner, rows.take(~out), pair, chance=chance[~out], effects=effects[~out])
        said[out] = fitted(rows.design[out])
    return said


def fit_learner(
    learner: Learner, rows: Outcomes, pair: tuple[Predict, Predict], *, chance: Floats, effects: Floats
) -> Predict:
    """Return a learner fitted to rows whose outcomes a line and trees have been fitted to."""
    slopes, forests = pair
    match learner:
        case "response_model":
            return lambda at: (slopes(at)[:, 1] + forests(at)[:, 1]) / 2
        case "s_learner":
            return lambda at: slopes(at) @ np.array([-1.0, 1.0])
        case "dr_learner":
            return fit_robust(rows.design, effects)
        case _:
            return fit_crossed(rows, forests(rows.design), chance)


def cross_calibrate(learner: Learner | None, said: Floats, effects: Floats, trial: Trial) -> Floats:
    """Return scores on the scale of effects, by lines fitted without the row's fold."""
    scaled = np.zeros(len(said))
    for fold in range(N_FOLDS):
        out = trial.folds == fold
        scaled[out] = fit_scale(learner, said[~out], effects[~out]).scale(said[out])
    return scaled


def fit_effects(learner: Learner | None, trial: Trial, said: Floats, *, chance: Floats, effects: Floats) -> EffectModel:
    """Return a learner fitted to all rows; None gives every row the mean effect."""
    rows = trial.outcomes
    if learner is None:
        return EffectModel(trial.encoding, lambda at: np.zeros(len(at)), Calibration(float(effects.mean()), 0.0, 0.0))
    pair = fit_slopes(rows), fit_forests(rows)
    score = fit_learner(learner, rows, pair, chance=chance, effects=effects)
    return EffectModel(trial.encoding, score, fit_scale(learner, said, effects))


def fit_scale(learner: Learner | None, said: Floats, effects: Floats) -> Calibration:
    """Return the line that puts what a learner says on the scale of effects."""
    return calibrate_share(said, effects) if learner == "response_model" else calibrate(said, effects)
