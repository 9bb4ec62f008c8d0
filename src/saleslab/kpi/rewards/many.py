"""Many payouts at once, in floating point: for draws of what may come, not for what is paid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saleslab.kpi.rewards.plans import RewardPlan

Floats = npt.NDArray[np.float64]

_DUST = 1e-6
"""Part of a step of rounding that is an error of floating point."""


def earn_many(plan: RewardPlan, attainment: Floats) -> Floats:
    """Return how much of the target pay the tiers earn at each attainment; see `paying.earn`."""
    counted = attainment if plan.cap is None else np.minimum(attainment, float(plan.cap))
    starts = [float(tier.at) for tier in plan.tiers]
    earned = np.zeros(np.shape(attainment))
    for tier, start, end in zip(plan.tiers, starts, [*starts[1:], np.inf], strict=True):
        earned += float(tier.rate) * np.clip(counted - start, 0.0, end - start)
    return np.where(attainment < float(plan.nothing_below), 0.0, earned)


def pay_many(plan: RewardPlan, attainment: Floats, *, team_attainment: Floats | None = None) -> Floats:
    """Return what each attainment is paid, before rounding; `compute_payout` says it exactly for one.

    Examples
    --------
    >>> from saleslab.kpi.rewards.plans import Tier
    >>> from saleslab.wording import Text
    >>> plan = RewardPlan(plan="field", label=Text("Field", "外勤"), target_pay=500_000, tiers=(Tier(at=0, rate=1),))
    >>> pay_many(plan, np.array([0.5, 1.2])).tolist()
    [250000.0, 600000.0]
    """
    share = float(plan.team_share)
    earned = (1 - share) * earn_many(plan, attainment)
    if team_attainment is not None and share:
        earned = earned + share * earn_many(plan, team_attainment)
    paid = float(plan.target_pay) * earned
    for bonus in plan.bonuses:
        paid = paid + float(bonus.amount) * (attainment >= float(bonus.at))
    return np.asarray(paid)


def round_many(plan: RewardPlan, amounts: Floats) -> Floats:
    """Return amounts in whole steps of the plan's rounding."""
    step = float(plan.rounding.to)
    steps = amounts / step
    match plan.rounding.mode:
        case "down":
            whole = np.floor(steps + _DUST)
        case "up":
            whole = np.ceil(steps - _DUST)
        case "half_up":
            whole = np.floor(steps + 0.5 + _DUST)
        case _:
            whole = np.round(steps)
    return np.asarray(whole * step)


def list_edges(plan: RewardPlan) -> Floats:
    """Return the attainments at which the pay bends or jumps, ascending."""
    edges = {float(tier.at) for tier in plan.tiers} | {float(bonus.at) for bonus in plan.bonuses}
    edges |= {float(plan.nothing_below)} | ({float(plan.cap)} if plan.cap is not None else set())
    return np.array(sorted(edges - {0.0}))
