"""What is expected of each row under each action, and how much more one action brings: small models on purpose.

On the public trials no learner of effects can be told from another, so there are two models of outcomes, a regularised
line whose slopes differ by action and small trees for each action, and three learners of effects built on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Predict = Callable[[Floats], Floats]

_TREES = {
    "learning_rate": 0.05,
    "num_leaves": 8,
    "lambda_l2": 10.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
_N_TREES = (60, 200)
_FEWEST_IN_LEAF = 20
_MOST_FOR_NEWTON = 150
_PENALTIES = np.logspace(0, 5, 11)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What models of outcomes are fitted to.

    Attributes
    ----------
    design
        Columns as numbers, shape (rows, columns).
    action
        Code of the action of each row, from 0 to ``n_actions - 1``.
    outcome
        What came of it.
    n_actions
        How many actions there are.
    """

    design: Floats
    action: Codes
    outcome: Floats
    n_actions: int

    def take(self, rows: npt.NDArray[np.bool_]) -> Outcomes:
        """Return some of the rows."""
        return Outcomes(self.design[rows], self.action[rows], self.outcome[rows], self.n_actions)


def fit_line(design: Floats, outcome: Floats) -> Predict:
    """Return a regularised line through the outcomes: logistic where they are 0 or 1, least squares otherwise."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if len(np.unique(outcome)) == 1:
        level = float(outcome[0])
        return lambda at: np.full(len(at), level)
    if np.isin(outcome, (0, 1)).all():
        solver = "newton-cholesky" if design.shape[1] <= _MOST_FOR_NEWTON else "lbfgs"
        chance = LogisticRegression(C=0.1, max_iter=2000, solver=solver).fit(design, outcome)
        return lambda at: np.asarray(chance.predict_proba(at)[:, 1])
    amount = Ridge(alpha=10.0).fit(design, outcome)
    return lambda at: np.asarray(amount.predict(at))


def fit_trees(design: Floats, outcome: Floats) -> Predict:
    """Return small boosted trees, the more of them the more rows there are."""
    import lightgbm

    is_chance = len(np.unique(outcome)) == 2 and np.isin(outcome, (0, 1)).all()
    options = _TREES | {
        "objective": "binary" if is_chance else "regression",
        "min_data_in_leaf": max(_FEWEST_IN_LEAF, len(outcome) // 200),
    }
    n_trees = int(np.clip(len(outcome) // 100, *_N_TREES))
    booster = lightgbm.train(options, lightgbm.Dataset(design, outcome, params={"verbosity": -1}), n_trees)
    return lambda at: np.asarray(booster.predict(at, num_threads=1), dtype=np.float64)


def fit_slopes(rows: Outcomes) -> Predict:
    """Return expected outcomes (rows, actions) by one line whose level and slopes differ by action.

    Actions enter as deviations from their mean, so that neither their names nor their sequence matter.
    """
    marks = np.eye(rows.n_actions) - 1 / rows.n_actions

    def cross(design: Floats, codes: Codes) -> Floats:
        mark = marks[codes]
        products = (design[:, :, None] * mark[:, None, :]).reshape(len(design), -1)
        return np.hstack([design, mark, products])

    line = fit_line(cross(rows.design, rows.action), rows.outcome)

    def expect(at: Floats) -> Floats:
        every = range(rows.n_actions)
        return np.stack([line(cross(at, np.full(len(at), code))) for code in every], axis=1)

    return expect


def fit_forests(rows: Outcomes) -> Predict:
    """Return expected outcomes (rows, actions) by trees of their own for each action."""
    parts = [rows.take(rows.action == code) for code in range(rows.n_actions)]
    trees = [fit_trees(part.design, part.outcome) for part in parts]
    return lambda at: np.stack([one(at) for one in trees], axis=1)


def fit_crossed(rows: Outcomes, expected: Floats, chance: Floats) -> Predict:
    """Return effects by the X learner: what each group gained over what the other leads one to expect.

    The two answers are weighed by the chance of treatment (Künzel, Sekhon, Bickel & Yu 2019).
    """
    had = rows.action == 1
    gained = fit_trees(rows.design[had], rows.outcome[had] - expected[had, 0])
    missed = fit_trees(rows.design[~had], expected[~had, 1] - rows.outcome[~had])
    share = float(chance.mean())
    return lambda at: share * missed(at) + (1 - share) * gained(at)


def fit_robust(design: Floats, effects: Floats) -> Predict:
    """Return effects by a line through doubly robust effects, its penalty chosen by leaving one row out."""
    from sklearn.linear_model import RidgeCV

    line = RidgeCV(alphas=_PENALTIES).fit(design, effects)
    return lambda at: np.asarray(line.predict(at))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A line from a learner's score to an effect: ``level + slope * (score - middle)``."""

    level: float
    slope: float
    middle: float

    def scale(self, score: Floats) -> Floats:
        """Return the effects that scores stand for."""
        return self.level + self.slope * (score - self.middle)


def calibrate(score: Floats, effects: Floats) -> Calibration:
    """Return the line that puts a score on the scale of unbiased effects, as flat as its own uncertainty asks.

    The slope of least squares is multiplied by ``1 - 1 / t²``, and is 0 where ``t`` is below 1: a score that says
    nothing gives every row the mean effect.

    Examples
    --------
    >>> calibrate(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 1.0, 4.0, 2.0]))
    Calibration(level=2.5, slope=0.0, middle=2.5)
    """
    level, middle = float(effects.mean()), float(score.mean())
    off = score - middle
    power = float(off @ off)
    if power <= 1e-12 * max(1.0, middle * middle) * len(score):
        return Calibration(level, 0.0, middle)
    slope = float(off @ (effects - level)) / power
    missed = effects - level - slope * off
    variance = float((off * missed) @ (off * missed)) / power**2
    kept = max(0.0, 1 - variance / slope**2) if slope > 0 else 0.0
    return Calibration(level, slope * kept, middle)


def calibrate_share(score: Floats, effects: Floats) -> Calibration:
    """Return the line through 0 that gives the mean effect: every outcome rises by the same share.

    Examples
    --------
    >>> calibrate_share(np.array([0.1, 0.3]), np.array([0.02, 0.06])).scale(np.array([0.5])).round(2).tolist()
    [0.1]
    """
    level, middle = float(effects.mean()), float(score.mean())
    return Calibration(level, level / middle if middle > 0 else 0.0, middle)
