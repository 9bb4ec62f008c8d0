"""Which action suits which lead, and does choosing by lead bring more than the one best action for all?

Personalising often does not pay: on the public trials always sending the same mail earned as much as the best model.
So an action is chosen by lead only where the lower end of what that brings more is above 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.model.encoding import Encoding
from saleslab.scoring.uplift.cross_fits import Means, cross_calibrate, cross_means, cross_scores
from saleslab.scoring.uplift.learners import Calibration, Codes, Floats, Predict, calibrate, fit_forests, fit_slopes
from saleslab.scoring.uplift.overlap import guess_chances, refuse_wrong_chances
from saleslab.scoring.uplift.trial_rows import Trial, read_rows, read_trial
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.policy_values import estimate_mean, estimate_means, pick_rule

if TYPE_CHECKING:
    import pandas as pd

ActionVerdict = Literal["personalise", "one_for_all"]
Model = Literal["slopes", "trees"]

MODELS: tuple[Model, ...] = ("slopes", "trees")
"""Models of outcomes that actions are chosen by: a line whose slopes differ by action, and trees for each action."""


@dataclass(frozen=True, slots=True, eq=False)
class ActionModel:
    """A model of outcomes fitted to all rows, and what it says of each action against the one for all."""

    encoding: Encoding
    expect: Predict
    lines: tuple[Calibration | None, ...]
    costs: Floats
    best: int

    def contrast(self, X: Any) -> Floats:  # noqa: N803
        """Return what each action brings over the one for all, cost not counted, shape (rows, actions)."""
        expected = self.expect(self.encoding.write_terms(read_rows(X, self.encoding.names)))
        over = np.zeros(expected.shape)
        for code, line in enumerate(self.lines):
            if line is not None:
                over[:, code] = line.scale(expected[:, code] - expected[:, self.best])
        return over


@dataclass(frozen=True, slots=True, eq=False)
class ActionChoice:
    """Which action to take on each row.

    Attributes
    ----------
    verdict
        ``personalise``: choosing by row surely brings more than the best action for all; ``one_for_all``: it does not.
    best_action
        The best action for all.
    actions
        The action of each row, as rows were given: chosen by a model that had not seen the row, or the best for all.
    arms
        ``action, n, value, low, high, is_best``: what each action would bring per row, net of cost, taken on all; the
        intervals hold all values at once.
    candidates
        ``model, value, low, high, gain, gain_low, gain_high, is_chosen``: what choosing by each model brings per row,
        and over the best action for all; all gains taken at once.
    value
        What the chosen way brings per row, net of cost.
    gain
        What choosing by row brings over the best action for all: by the chosen model, or the one that came closest.
    model
        What `choose` uses; None where one action is for all.
    """

    verdict: ActionVerdict
    best_action: Any
    actions: npt.NDArray[Any]
    arms: pd.DataFrame
    candidates: pd.DataFrame
    value: Interval
    gain: Interval
    model: ActionModel | None

    def choose(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return the action for rows that were not learned from."""
        names = _name_arms(list(self.arms["action"]))
        if self.model is None:
            codes = np.full(read_rows(X).n_rows, int(np.argmax(self.arms["is_best"])))
        else:
            codes = _take_best(self.model.contrast(X) - self.model.costs, self.model.best)
        return np.asarray(names[codes])


def choose_action(
    X: Any,  # noqa: N803
    action: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    propensity: Mapping[Any, float] | pd.DataFrame,
    cost: Mapping[Any, float] | None = None,
    clusters: npt.ArrayLike | None = None,
    mass: float = 0.9,
    seed: int = 0,
) -> ActionChoice:
    """Choose between several actions, by row if that pays.

    Parameters
    ----------
    X
        What was known of each row before the action: a frame, or an array of numbers.
    action
        Which action was taken.
    y
        What came of it: 0 and 1, or amounts.
    propensity
        Chance of each action: by action, or a frame with a column for each action and a row for each row. What was
        drawn by lot is known; chances that are not those by which actions were taken are refused.
    cost
        What each action costs, in the unit of the outcome; 0 without it.
    clusters
        Which rows belong together: they stay in one fold, and intervals take them as one.
    mass
        Chance that the intervals hold the truth.
    seed
        Decides how rows are dealt into folds.

    Raises
    ------
    NotEnoughData
        When there is one action only, or too little of one.
    BadArgument
        When rows are incomplete, an action has no chance or cost, or the chances are impossible or wrong.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> X, action = rng.normal(size=(3000, 2)), rng.choice(["call", "mail", "visit"], 3000)
    >>> y = rng.random(3000) < 0.2 + 0.3 * (action == "call") * (X[:, 0] > 0) + 0.1 * (action == "mail")
    >>> answer = choose_action(X, action, y, propensity=dict.fromkeys(["call", "mail", "visit"], 1 / 3))
    >>> answer.verdict, answer.choose([[1.5, 0.0], [-1.5, 0.0]]).tolist()
    ('personalise', ['call', 'mail'])
    """
    check_mass(mass)
    trial = read_trial(
        X, action, y, chances=lambda arms: _read_chances(propensity, arms, np.size(y)), clusters=clusters, seed=seed
    )
    assert trial.chances is not None
    for code in range(len(trial.arms)):
        refuse_wrong_chances(trial, code=code, guessed=guess_chances(trial, trial.outcomes.action == code))
    costs = _read_costs(cost, trial.arms)
    means = cross_means(trial)
    scores = cross_scores(trial, means, trial.chances)
    fixed = estimate_means(scores - costs, clusters=trial.clusters, mass=mass)
    best = int(np.argmax([one.estimate for one in fixed]))
    taken = {one: _choose_crossed(expected, scores, trial, costs, best) for one, expected in _expected(means).items()}
    return _answer(trial, scores, costs, taken, fixed=fixed, best=best, means=means, mass=mass)


def _answer(
    trial: Trial,
    scores: Floats,
    costs: Floats,
    taken: Mapping[Model, Codes],
    *,
    fixed: list[Interval],
    best: int,
    means: Means,
    mass: float,
) -> ActionChoice:
    import pandas as pd

    rows, net, clusters = np.arange(len(scores)), scores - costs, trial.clusters
    brought = np.stack([net[rows, taken[one]] for one in MODELS], axis=1)
    gains = brought - net[:, [best]]
    picked = pick_rule(gains, clusters=clusters, mass=mass)
    sure, nearest = estimate_means(gains, clusters=clusters, mass=mass), int(np.argmax(gains.mean(axis=0)))
    values = [estimate_mean(column, clusters=clusters, mass=mass) for column in brought.T]
    codes = np.full(len(rows), best) if picked is None else taken[MODELS[picked]]
    model = None if picked is None else _fit_all(MODELS[picked], trial, means, scores=scores, costs=costs, best=best)
    counts = np.bincount(trial.outcomes.action, minlength=len(trial.arms)).tolist()
    arms = [
        {"action": arm, "n": n, "value": v.estimate, "low": v.low, "high": v.high, "is_best": code == best}
        for code, (arm, n, v) in enumerate(zip(trial.arms, counts, fixed, strict=True))
    ]
    candidates = [
        {"model": name, "value": v.estimate, "low": v.low, "high": v.high}
        | {"gain": g.estimate, "gain_low": g.low, "gain_high": g.high, "is_chosen": at == picked}
        for at, (name, v, g) in enumerate(zip(MODELS, values, sure, strict=True))
    ]
    return ActionChoice(
        verdict="one_for_all" if picked is None else "personalise",
        best_action=trial.arms[best],
        actions=trial.put_back(_name_arms(trial.arms)[codes]),
        arms=pd.DataFrame(arms),
        candidates=pd.DataFrame(candidates),
        value=estimate_mean(net[rows, codes], clusters=clusters, mass=mass),
        gain=sure[nearest if picked is None else picked],
        model=model,
    )


def _expected(means: Means) -> dict[Model, Floats]:
    return {"slopes": means.slopes, "trees": means.forests}


def _choose_crossed(expected: Floats, scores: Floats, trial: Trial, costs: Floats, best: int) -> Codes:
    """Return the best action of each row, by contrasts put on the scale of effects without the row's fold."""
    over = np.zeros(expected.shape)
    for code in range(expected.shape[1]):
        if code != best:
            said, effects = expected[:, code] - expected[:, best], scores[:, code] - scores[:, best]
            over[:, code] = cross_calibrate(None, said, effects, trial)
    return _take_best(over - costs, best)


def _take_best(net: Floats, best: int) -> Codes:
    """Return the greatest of each row; the best action for all where none is greater."""
    codes = net.argmax(axis=1)
    return np.where(net.max(axis=1) > net[:, best], codes, best)


def _fit_all(name: Model, trial: Trial, means: Means, *, scores: Floats, costs: Floats, best: int) -> ActionModel:
    rows, expected = trial.outcomes, _expected(means)[name]
    lines = tuple(
        None if code == best else calibrate(expected[:, code] - expected[:, best], scores[:, code] - scores[:, best])
        for code in range(rows.n_actions)
    )
    expect = fit_slopes(rows) if name == "slopes" else fit_forests(rows)
    return ActionModel(trial.encoding, expect, lines, costs, best)


def _name_arms(arms: Sequence[Any]) -> npt.NDArray[Any]:
    names = np.empty(len(arms), dtype=object)
    names[:] = list(arms)
    return names


def _read_chances(propensity: Mapping[Any, float] | pd.DataFrame, arms: tuple[Any, ...], n: int) -> Floats:
    """Return the chances (rows, actions) of the actions."""
    given = list(propensity)
    absent = [str(arm) for arm in arms if arm not in given]
    if absent:
        raise BadArgument(
            f"The propensity has no chance of {', '.join(absent)}; it has {', '.join(map(str, given))}.",
            "give the chance of every action that was taken.",
        )
    columns = [np.asarray(propensity[arm], dtype=np.float64) for arm in arms]
    if any(column.shape not in ((), (n,)) for column in columns):
        raise BadArgument(
            f"The propensity does not have one chance for each of {n} rows.",
            "give one chance an action, or a frame with a row for each row.",
        )
    chances = np.stack([np.broadcast_to(column, n) for column in columns], axis=1)
    off = int((chances.sum(axis=1) > 1 + 1e-6).sum())
    if off:
        raise BadArgument(
            f"On {off} rows the chances of the actions add up to more than 1.",
            "give the chance that each row had of each action when the lot was drawn.",
        )
    return chances


def _read_costs(cost: Mapping[Any, float] | None, arms: tuple[Any, ...]) -> Floats:
    absent = [] if cost is None else [str(arm) for arm in arms if arm not in cost]
    if absent:
        raise BadArgument(f"There is no cost of {', '.join(absent)}.", "give the cost of every action, 0 included.")
    costs = np.zeros(len(arms)) if cost is None else np.array([float(cost[arm]) for arm in arms])
    if not np.isfinite(costs).all():
        raise BadArgument("A cost is missing or infinite.", "give the cost of every action, 0 included.")
    return costs
