"""What to do now: change, keep, stop, or go on; and why.

The rule is fixed before the data and may be asked at every look:

- *ship early* when the evidence that may be looked at at any time is strong enough (e-value of at least ``m / alpha``
  with ``m`` treatments), a wrong choice costs less than is tolerated, and nothing is flagged;
- *ship at the end* when the chance of being better is at least ``1 - alpha / (2 m)``, with the same two conditions;
- *stop for futility* from half of the planned looks on, when the lift that would be worth the change has hardly a
  chance and keeping the control costs less than is tolerated;
- a small expected loss alone never stops a test: it is small whenever the arms are alike, and picks a winner then.

How often it ships a change that does nothing is measured in ``docs/validation/experiments.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments.answers import LIFT_LEVELS, Comparison, Contrast, Reason
from saleslab.experiments.plans import ExperimentPlan
from saleslab.experiments.telling import name_arm
from saleslab.wording import Money, Share, Text, say

if TYPE_CHECKING:
    from collections.abc import Sequence

FUTILE = 0.05
"""Chance of a lift above the minimum below which going on is futile."""

_ENOUGH = 0.8
"""Chance of a decision at which "about so many weeks left" is told."""

_ONE_SD = 1.0364333894937898
"""Quantile of the normal distribution at 0.85."""

INVALIDATING = (
    Reason.SAMPLE_RATIO_MISMATCH,
    Reason.UNIT_IN_TWO_ARMS,
    Reason.CLUSTER_IN_TWO_ARMS,
    Reason.MISSING_OUTCOMES,
    Reason.EMPTY_ARM,
    Reason.CONTAMINATED,
    Reason.CONFOUNDED,
    Reason.PLAN_CHANGED,
)
"""Reasons for which a result may not be used at all; the first one found is told."""

HARMLESS = (Reason.NO_SUCCESSES, Reason.OVERDISPERSED)
"""Reasons that the intervals have in them already; every other one is a flag, and nothing is shipped under a flag."""


class Verdict(StrEnum):
    """What to do."""

    SHIP = "ship"
    KEEP = "keep"
    STOP_FOR_FUTILITY = "stop_for_futility"
    CONTINUE = "continue"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do after one look.

    Attributes
    ----------
    verdict
        The decision.
    arm
        The arm to use from now on; the control unless a treatment is shipped.
    treatment
        The treatment that it is about: the best one so far.
    reasons
        Everything that is flagged, by the comparison, the health check and the registry.
    is_exploratory
        Whether no plan was registered before the data; such a test never ships.
    is_early
        Whether it was taken before the planned end.
    weeks_left
        About how many weeks are left; None unless the test goes on.
    monthly_loss
        What the treatment costs a month if it is worse after all, on average; None without a plan.
    sentence
        The decision in one plain sentence.
    """

    verdict: Verdict
    arm: str
    treatment: str
    reasons: tuple[Reason, ...]
    is_exploratory: bool
    is_early: bool
    weeks_left: int | None
    monthly_loss: Decimal | None
    sentence: Text


class Doubts(Protocol):
    """Anything that names reasons, such as a `Health`."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What must be kept in mind."""


def decide(
    comparison: Comparison,
    *,
    plan: ExperimentPlan | None,
    health: Doubts | None = None,
    look: int = 1,
    at_end: bool | None = None,
    doubts: Iterable[Reason] = (),
) -> Decision:
    """Return what to do after a look at an experiment.

    Parameters
    ----------
    comparison
        Any comparison of this room; made with its looks (``look=``), since the e-value of a total holds for one look.
    plan
        The plan; None makes the answer exploratory.
    health
        What `check_health` found.
    look
        Which look this is, from 1.
    at_end
        Whether all outcomes are in; by default whether it is the last planned look.
    doubts
        What the registry says of the plan (`Registry.doubt`).

    Raises
    ------
    BadArgument
        When the comparison lacks an arm of the plan or has another control, or looks are not counted from 1.
    NotEnoughData
        When the comparison refused to contrast its arms, as amounts with too few orders do.
    """
    if look < 1:
        raise BadArgument(f"There is no look {look}.", "number the looks from 1.")
    if not comparison.contrasts:
        raise NotEnoughData(
            f"The comparison has no contrast to decide on ({', '.join(comparison.reasons) or 'no reason given'}).",
            "decide on its conversion, which is given all the same, or wait for more orders.",
        )
    found = {*comparison.reasons, *(health.reasons if health else ()), *doubts, *([] if plan else [Reason.UNPLANNED])}
    reasons = tuple(reason for reason in Reason if reason in found)
    best = max(comparison.contrasts, key=lambda contrast: contrast.chance_better)
    if plan is not None:
        _check_arms(comparison, plan)
    early = not (plan is not None and look >= plan.n_looks if at_end is None else at_end)
    invalid = next((reason for reason in INVALIDATING if reason in reasons), None)
    if invalid is not None:
        return _answer(Verdict.INVALID, "invalid", best, reasons, plan=plan, early=early, cause=invalid)
    if plan is None or Reason.UNPLANNED in reasons:
        key = "exploratory" if best.chance_better >= 0.5 else "exploratory_worse"
        return _answer(Verdict.CONTINUE, key, best, reasons, plan=plan, early=early)
    return _judge(comparison.contrasts, best, reasons, plan=plan, look=look, early=early)


def _check_arms(comparison: Comparison, plan: ExperimentPlan) -> None:
    arms = [arm.arm for arm in comparison.arms]
    if set(arms) != set(plan.arms) or comparison.contrasts[0].control != plan.control:
        raise BadArgument(
            f"The comparison has arms {', '.join(arms)} with control '{comparison.contrasts[0].control}'; the plan has "
            f"{', '.join(plan.arms)} with control '{plan.control}'.",
            "compare the arms of the plan, each of them, with its control.",
        )


def _judge(
    contrasts: Sequence[Contrast],
    best: Contrast,
    reasons: tuple[Reason, ...],
    *,
    plan: ExperimentPlan,
    look: int,
    early: bool,
) -> Decision:
    flagged = any(reason not in HARMLESS for reason in reasons)
    proven = best.e_value >= len(contrasts) / plan.alpha
    likely = best.chance_better >= 1 - plan.alpha / (2 * len(contrasts))
    better = best.chance_better > 0.5 and (proven or (likely and not early))
    weeks = None
    if better and not flagged and _price(best, plan) <= plan.tolerated_loss:
        verdict, key = Verdict.SHIP, "ship_early" if early else "ship"
    elif proven and best.chance_better < 0.5:
        verdict, key = Verdict.KEEP, "keep_proven"
    elif not early:
        verdict, key = Verdict.KEEP, "keep" if not better else "keep_flagged" if flagged else "keep_costly"
    elif 2 * look >= plan.n_looks and _is_futile(contrasts, plan):
        verdict, key = Verdict.STOP_FOR_FUTILITY, "stop_for_futility"
    else:
        verdict, key = Verdict.CONTINUE, "continue_flagged" if flagged else "continue"
        weeks = _weeks_left(best, plan, look, len(contrasts))
    return _answer(verdict, key, best, reasons, plan=plan, early=early, weeks=weeks)


def _price(contrast: Contrast, plan: ExperimentPlan) -> Decimal:
    price = plan.stakes.price(contrast.expected_loss)
    assert price is not None  # a plan has both the worth and the volume
    return price


def _is_futile(contrasts: Sequence[Contrast], plan: ExperimentPlan) -> bool:
    kept = [plan.stakes.price(contrast.expected_loss_of_control) for contrast in contrasts]
    return all(contrast.chance_above_minimum < FUTILE for contrast in contrasts) and all(
        price is not None and price <= plan.tolerated_loss for price in kept
    )


def _weeks_left(contrast: Contrast, plan: ExperimentPlan, look: int, n_contrasts: int) -> int:
    """Return after how many weeks a decision is likely, at most until the planned end.

    The lift so far is normal with mean ``d`` and sd ``s``; after ``r`` times the looks the mean that will be seen is
    ``Normal(d, s² (1 - 1/r))`` and its sd ``s / sqrt(r)``. How large it must be is read off the e-value so far.
    """
    low, high = (contrast.lift_quantiles[LIFT_LEVELS.index(level)] for level in (0.15, 0.85))
    sd = max((high - low) / (2 * _ONE_SD), 1e-12)
    sign = 1.0 if plan.metric.higher_is_better else -1.0
    lift = sign * contrast.lift
    price = min(max((lift / sd) ** 2 / 2 - math.log(max(contrast.e_value, 1e-12)), 0.5), 3.0)
    needed = math.sqrt(2 * (math.log(n_contrasts / plan.alpha) + price))
    left = max(plan.n_looks - look, 1)
    for more in range(1, left):
        ratio = (look + more) / look
        later, moves = sd / math.sqrt(ratio), sd * math.sqrt(1 - 1 / ratio)
        ships = _normal((lift - needed * later) / moves)
        futile = (
            _normal((plan.minimum_effect - 1.645 * later - lift) / moves) if 2 * (look + more) >= plan.n_looks else 0
        )
        if ships + futile >= _ENOUGH:
            left = more
            break
    return max(1, math.ceil(left * plan.look_every / 7))


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _answer(
    verdict: Verdict,
    key: str,
    best: Contrast,
    reasons: tuple[Reason, ...],
    *,
    early: bool,
    plan: ExperimentPlan | None = None,
    cause: Reason | None = None,
    weeks: int | None = None,
) -> Decision:
    loss = None if plan is None else _price(best, plan)
    chance = best.chance_above_minimum if verdict is Verdict.STOP_FOR_FUTILITY else best.chance_better
    chance = 1 - chance if key == "exploratory_worse" else chance
    currency, names = (plan.currency, plan.name_of) if plan else ("JPY", None)
    sentence = say(
        f"experiments.decision.{key}",
        treatment=name_arm(best.treatment, names),
        control=name_arm(best.control, names),
        chance=Share(chance),
        n=weeks or 0,
        loss=Money(loss or Decimal(0), currency),
        tolerated=Money(plan.tolerated_loss if plan else Decimal(0), currency),
        cause=say(f"experiments.reason.{cause}.what") if cause else "",
    )
    arm = best.treatment if verdict is Verdict.SHIP else best.control
    return Decision(verdict, arm, best.treatment, reasons, Reason.UNPLANNED in reasons, early, weeks, loss, sentence)
