"""Whom does a contact help? Effects of a treatment on each row, and whether acting on them pays.

That a treatment works on average does not mean that it is known whom it helps. So the answer is a choice between
treating by an estimated effect, by the mere chance of success, alike, or not at all, each judged by what it would have
brought on rows that the learner had not seen; where nothing is surely better, the simplest stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.uplift.cross_fits import (
    LEARNERS,
    EffectModel,
    Learner,
    cross_calibrate,
    cross_effects,
    cross_means,
    cross_scores,
    fit_effects,
)
from saleslab.scoring.uplift.learners import Floats
from saleslab.scoring.uplift.overlap import Source, weigh_overlap
from saleslab.scoring.uplift.rules import read_stakes, tabulate_rules, weigh_rules
from saleslab.scoring.uplift.trial_rows import Trial, read_trial
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.policy_values import estimate_mean
from saleslab.stats.qini import Qini, measure_qini, weigh_ranks

if TYPE_CHECKING:
    import pandas as pd

UpliftVerdict = Literal["personalise", "treat_all", "treat_none", "unclear"]


@dataclass(frozen=True, slots=True, eq=False)
class Uplift:
    """What a treatment does to each row, and by which rule to treat.

    Attributes
    ----------
    verdict
        ``personalise``: a rule that picks rows surely brings more than treating alike or nobody. ``treat_all``: none
        does, and the treatment surely pays on average; with a limited share, whom to treat makes no difference that was
        found. ``treat_none``: it surely does not pay. ``unclear``: even the average may be a gain or a loss.
    rule
        What was chosen: one of `LEARNERS`, ``treat_all`` or ``treat_none`` (the better guess where it is unclear).
    learner
        Whose effects these are; None where no learner surely sorts the rows, so that each has the mean effect.
    effects
        Expected effect on each row, as rows were given, by a model that had not seen the row.
    treat
        By the rule, as rows were given: 1 to treat, 0 not to, between where equal rows share what is left.
    average
        Mean effect of the treatment on a row.
    value
        What the rule brings per row, net of cost, over treating nobody.
    gain
        What picking rows brings per row over the better of treating alike and nobody: of the rule, or, where that was
        one of these, of the learner that came closest. All learners taken at once.
    candidates
        ``rule, value, low, high, gain, gain_low, gain_high, qini, qini_low, qini_high, share_treated, is_chosen``, one
        row for each rule, from the simplest on.
    qini
        How well the learner that came closest sorts the rows.
    source, auc
        Where the chances of treatment come from, and how well the columns tell who was treated (`Overlap`).
    n_rows, n_treated
        What was learned from.
    model
        What `predict` uses.
    """

    verdict: UpliftVerdict
    rule: str
    learner: Learner | None
    effects: Floats
    treat: Floats
    average: Interval
    value: Interval
    gain: Interval
    candidates: pd.DataFrame
    qini: Qini
    source: Source
    auc: Interval
    n_rows: int
    n_treated: int
    model: EffectModel

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the expected effect on rows that were not learned from."""
        return self.model.predict(X)


def estimate_uplift(
    X: Any,  # noqa: N803
    treated: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    propensity: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    value: npt.ArrayLike | None = None,
    cost: npt.ArrayLike = 0.0,
    share: float = 1.0,
    mass: float = 0.9,
    seed: int = 0,
) -> Uplift:
    """Estimate what a treatment does to each row, and choose by which rule to treat.

    Every learner is judged out of its folds by the doubly robust value of treating where its effect is worth more than
    it costs. A learner is chosen only if the lower end of its gain over the better of treating alike and treating
    nobody is above 0, all learners taken at once; of several, the simplest within one standard error of the best.

    Parameters
    ----------
    X
        What was known of each row before the treatment: a frame, or an array of numbers.
    treated
        Whether each row was treated.
    y
        What came of it: 0 and 1, or amounts.
    propensity
        Chance with which each row was treated, or one for all. Without it, the share of the treated if the columns do
        not tell who was treated, else an estimate, if the groups overlap.
    clusters
        Which rows belong together (an account, a person): they stay in one fold, and intervals take them as one.
    value
        What one unit of outcome is worth on each row; 1 without it.
    cost
        What treating a row costs, in the unit of outcome times value.
    share
        Greatest share of the rows that can be treated.
    mass
        Chance that the intervals hold the truth.
    seed
        Decides how rows are dealt into folds.

    Raises
    ------
    NoControl
        When the untreated are not comparable: nobody drew lots and the groups hardly overlap.
    NotEnoughData
        When a group is missing or too small.
    BadArgument
        When rows are incomplete, or the propensity is impossible, or not that by which rows were treated.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> X, treated = rng.normal(size=(2000, 2)), rng.random(2000) < 0.5
    >>> y = rng.random(2000) < 0.2 + 0.3 * treated * (X[:, 0] > 0) - 0.1 * treated * (X[:, 0] < 0)
    >>> answer = estimate_uplift(X, treated, y, propensity=0.5)
    >>> answer.verdict, answer.predict([[1.0, 0.0], [-1.0, 0.0]]).round(1).tolist()
    ('personalise', [0.3, -0.1])
    """
    check_mass(mass)
    trial = _read(treated, X=X, y=y, propensity=propensity, clusters=clusters, seed=seed)
    stakes = read_stakes(trial, value=value, cost=cost, share=share)
    overlap = weigh_overlap(trial)
    means = cross_means(trial)
    chance = overlap.chances[:, 1]
    effects = cross_scores(trial, means, overlap.chances) @ np.array([-1.0, 1.0])
    said = {one: cross_effects(one, trial, means, chance=chance, effects=effects) for one in LEARNERS}
    scaled = {one: cross_calibrate(one, score, effects, trial) for one, score in said.items()}
    rules = weigh_rules(trial, scaled, effects, stakes, mass)

    def average(values: Floats) -> Interval:
        return estimate_mean(values, clusters=trial.clusters, mass=mass)

    sorter, mean_effect = rules.sorter, average(effects)
    best_sorter = max(LEARNERS, key=lambda one: float(weigh_ranks(scaled[one], effects).mean()))
    nearest = best_sorter if sorter is None else sorter
    candidates = tabulate_rules(rules, scaled, effects, trial, mass)
    return Uplift(
        verdict="personalise" if rules.picked else _judge(average(rules.brought["treat_all"])),
        rule=rules.chosen,
        learner=sorter,
        effects=trial.put_back(scaled[sorter] if sorter else np.full(len(effects), mean_effect.estimate)),
        treat=trial.put_back(rules.policies[rules.chosen]),
        average=mean_effect,
        value=average(rules.brought[rules.chosen]),
        gain=_pick_gain(candidates, rules.picked, mass),
        candidates=candidates,
        qini=measure_qini(scaled[nearest], effects, clusters=trial.clusters, mass=mass),
        source=overlap.source,
        auc=overlap.auc,
        n_rows=len(effects),
        n_treated=int(trial.outcomes.action.sum()),
        model=fit_effects(sorter, trial, said[nearest], chance=chance, effects=effects),
    )


def _read(
    treated: npt.ArrayLike,
    *,
    X: Any,  # noqa: N803
    y: npt.ArrayLike,
    propensity: npt.ArrayLike | None,
    clusters: npt.ArrayLike | None,
    seed: int,
) -> Trial:
    """Return the rows of a trial with two actions, 0 and 1."""
    import pandas as pd

    had = pd.to_numeric(pd.Series(np.asarray(treated).ravel()), errors="coerce")
    known = had.dropna().unique()
    if len(had) and not np.isin(known, (0, 1)).all():
        raise BadArgument(
            f"treated holds {len(known)} values, not 0 and 1 only.",
            "say of each row whether it was treated; compare several actions with choose_action.",
        )

    def give_chances(arms: tuple[Any, ...]) -> Floats:  # noqa: ARG001 - always 0 and 1
        chance = np.asarray(propensity, dtype=np.float64)
        if chance.shape not in ((), (len(had),)):
            raise BadArgument(
                f"The propensity has shape {chance.shape} for {len(had)} rows.",
                "give one chance of treatment for all rows, or one for each.",
            )
        chance = np.broadcast_to(chance, len(had))
        return np.stack([1 - chance, chance], axis=1)

    return read_trial(X, had, y, chances=None if propensity is None else give_chances, clusters=clusters, seed=seed)


def _judge(alike: Interval) -> UpliftVerdict:
    """Return what is sure of treating alike."""
    if alike.low > 0:
        return "treat_all"
    return "treat_none" if alike.high < 0 else "unclear"


def _pick_gain(candidates: pd.DataFrame, picked: Learner | None, mass: float) -> Interval:
    learners = candidates[candidates["rule"].isin(LEARNERS if picked is None else [picked])]
    best = learners.sort_values("gain", kind="stable").iloc[-1]
    return Interval(float(best["gain"]), float(best["gain_low"]), float(best["gain_high"]), mass)
