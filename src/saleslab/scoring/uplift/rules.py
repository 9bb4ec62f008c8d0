"""By which rule to treat: alike, nobody, or those whom a learner picks, each judged by what it would have brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.scoring.uplift.cross_fits import LEARNERS, Learner
from saleslab.scoring.uplift.learners import Floats
from saleslab.scoring.uplift.trial_rows import N_FOLDS, Trial
from saleslab.stats.intervals import Interval
from saleslab.stats.policy_values import estimate_mean, estimate_means, pick_rule
from saleslab.stats.qini import weigh_ranks

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Stakes:
    """What an outcome is worth and a treatment costs on each row, and how many rows can be treated.

    Attributes
    ----------
    worth, price
        By row.
    share
        Greatest share of the rows that can be treated.
    is_even
        Whether every row has the same worth and price, so that treating alike needs no sequence.
    """

    worth: Floats
    price: Floats
    share: float
    is_even: bool


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What each rule would have done and brought.

    Attributes
    ----------
    policies
        Rule -> how far it treats each row, from 0 to 1; ``treat_none``, ``treat_all``, then `LEARNERS`.
    brought
        Rule -> what that brings on each row over treating nobody, net of cost.
    single
        Which of ``treat_none`` and ``treat_all`` brings more.
    picked
        The learner to act by; None where none surely brings more than ``single``.
    sorter
        The learner that surely sorts rows by effect: the one to act by, else by its Qini; None where none does.
    """

    policies: Mapping[str, Floats]
    brought: Mapping[str, Floats]
    single: str
    picked: Learner | None
    sorter: Learner | None

    @property
    def chosen(self) -> str:
        """The rule to act by."""
        return self.picked or self.single

    @property
    def gains(self) -> Floats:
        """What each learner brings on each row over ``single``, shape (rows, learners)."""
        return np.stack([self.brought[one] - self.brought[self.single] for one in LEARNERS], axis=1)


def read_stakes(trial: Trial, *, value: npt.ArrayLike | None, cost: npt.ArrayLike, share: float) -> Stakes:
    """Return the stakes of each row, in the sequence of the trial."""
    n = len(trial.sequence)
    if not 0 < share <= 1:
        raise BadArgument(f"A share of {share} of the rows cannot be treated.", "give a share above 0, at most 1.")
    parts = []
    for name, given in (("value", 1.0 if value is None else value), ("cost", cost)):
        one = np.asarray(given, dtype=np.float64)
        if one.shape not in ((), (n,)) or not np.isfinite(one).all() or (one < 0).any():
            raise BadArgument(
                f"The {name} has shape {one.shape} for {n} rows, or is missing, infinite or below 0 on some.",
                f"give one {name} of 0 or more for all rows, or one for each.",
            )
        parts.append(np.broadcast_to(one, n)[trial.sequence])
    is_even = all(np.ptp(part) == 0 for part in parts)
    return Stakes(parts[0], parts[1], share, is_even)


def allot(net: Floats, share: float) -> Floats:
    """Return how far to treat each row: what is worth it, the best first, until the share is used up.

    Rows that are worth the same share what is left, so that neither ties nor the sequence of rows matter.

    Examples
    --------
    >>> allot(np.array([3.0, 1.0, 1.0, -2.0]), 0.5).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    _, step, sizes = np.unique(-net, return_inverse=True, return_counts=True)
    before = np.cumsum(sizes) - sizes
    given = ((share * len(net) - before) / sizes).clip(0, 1)
    return np.asarray(given[step] * (net > 0))


def weigh_rules(trial: Trial, scaled: Mapping[Learner, Floats], effects: Floats, stakes: Stakes, mass: float) -> Rules:
    """Return what each rule would have done and brought, and which to act by."""
    policies = {"treat_none": np.zeros(len(effects)), "treat_all": _treat_alike(trial, effects, stakes)}
    policies |= {one: allot(said * stakes.worth - stakes.price, stakes.share) for one, said in scaled.items()}
    net = effects * stakes.worth - stakes.price
    brought = {name: policy * net for name, policy in policies.items()}
    single = "treat_all" if brought["treat_all"].mean() > 0 else "treat_none"
    gains = np.stack([brought[one] - brought[single] for one in LEARNERS], axis=1)
    ranks = np.stack([weigh_ranks(scaled[one], effects) for one in LEARNERS], axis=1)
    picked, sorter = (pick_rule(columns, clusters=trial.clusters, mass=mass) for columns in (gains, ranks))
    sorter = sorter if picked is None else picked
    named = [None if one is None else LEARNERS[one] for one in (picked, sorter)]
    return Rules(policies, brought, single, named[0], named[1])


def _treat_alike(trial: Trial, effects: Floats, stakes: Stakes) -> Floats:
    """Treat as if every row had the mean effect: all, or those on which it is worth most."""
    if stakes.is_even:
        return allot(np.ones(len(effects)), stakes.share)
    level = np.zeros(len(effects))
    for fold in range(N_FOLDS):
        level[trial.folds == fold] = effects[trial.folds != fold].mean()
    return allot(level * stakes.worth - stakes.price, stakes.share)


def tabulate_rules(
    rules: Rules, scaled: Mapping[Learner, Floats], effects: Floats, trial: Trial, mass: float
) -> pd.DataFrame:
    """Return a row for each rule, from the simplest on, as `Uplift.candidates` has them."""
    import pandas as pd

    def average(values: Floats) -> Interval:
        return estimate_mean(values, clusters=trial.clusters, mass=mass)

    gains = estimate_means(rules.gains, clusters=trial.clusters, mass=mass)
    sure = {str(one): gain for one, gain in zip(LEARNERS, gains, strict=True)}
    qinis = {str(one): average(weigh_ranks(said, effects)) for one, said in scaled.items()}
    single = rules.brought[rules.single]
    rows = [
        {"rule": name}
        | _spread(average(brought), "value", "low", "high")
        | _spread(sure.get(name) or average(brought - single), "gain", "gain_low", "gain_high")
        | _spread(qinis.get(name), "qini", "qini_low", "qini_high")
        | {"share_treated": float(rules.policies[name].mean()), "is_chosen": name == rules.chosen}
        for name, brought in rules.brought.items()
    ]
    return pd.DataFrame(rows)


def _spread(one: Interval | None, *names: str) -> dict[str, float]:
    values = (np.nan,) * 3 if one is None else (one.estimate, one.low, one.high)
    return dict(zip(names, values, strict=True))
