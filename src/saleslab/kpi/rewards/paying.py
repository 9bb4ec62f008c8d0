"""One payout, exact: fractions all the way, rounded once at the end."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from saleslab.errors import BadArgument
from saleslab.kpi.rewards.plans import RewardPlan, Rounding

Exact = Decimal | int | Fraction


def compute_payout(plan: RewardPlan, attainment: Exact, *, team_attainment: Exact | None = None) -> Decimal:
    """Return what a person is paid, exact to the last yen of the plan's rounding.

    Parameters
    ----------
    plan
        What is paid for what.
    attainment
        Sales against quota: 1 is the whole quota. ``Fraction(sales, quota)`` keeps it exact.
    team_attainment
        The same of the team; needed where the plan has a team share.

    Raises
    ------
    BadArgument
        When the plan has a team share, and no attainment of the team is given.

    Examples
    --------
    >>> from saleslab.kpi.rewards.plans import Tier
    >>> from saleslab.wording import Text
    >>> plan = RewardPlan(
    ...     plan="field", label=Text("Field", "外勤"), target_pay=600_000,
    ...     tiers=(Tier(at=0, rate=1), Tier(at=1, rate=2)),
    ... )
    >>> compute_payout(plan, Fraction(11, 10))  # 600,000 for the quota, 2 x 60,000 for the tenth above it
    Decimal('720000')
    """
    if plan.team_share and team_attainment is None:
        raise BadArgument(
            f"The plan '{plan.plan}' pays {plan.team_share} by the team, and no attainment of the team is given.",
            "give team_attainment.",
        )
    own, share = Fraction(attainment), Fraction(plan.team_share)
    earned = (1 - share) * earn(plan, own)
    if team_attainment is not None and share:
        earned += share * earn(plan, Fraction(team_attainment))
    bonus = sum((Fraction(one.amount) for one in plan.bonuses if own >= Fraction(one.at)), Fraction(0))
    return round_amount(Fraction(plan.target_pay) * earned + bonus, plan.rounding)


def earn(plan: RewardPlan, attainment: Fraction) -> Fraction:
    """Return how much of the target pay the tiers earn at an attainment."""
    if attainment < Fraction(plan.nothing_below):
        return Fraction(0)
    counted = attainment if plan.cap is None else min(attainment, Fraction(plan.cap))
    starts = [Fraction(tier.at) for tier in plan.tiers]
    ends = [*starts[1:], max(counted, starts[-1])]
    return sum(
        (
            Fraction(tier.rate) * max(min(counted, end) - start, Fraction(0))
            for tier, start, end in zip(plan.tiers, starts, ends, strict=True)
        ),
        Fraction(0),
    )


def round_amount(amount: Fraction, rounding: Rounding) -> Decimal:
    """Return an amount in whole steps of a rounding.

    Examples
    --------
    >>> [str(round_amount(Fraction(5, 2), Rounding(mode=mode))) for mode in ("half_up", "half_even", "down", "up")]
    ['3', '2', '2', '3']
    """
    steps = amount / Fraction(rounding.to)
    match rounding.mode:
        case "down":
            whole = math.floor(steps)
        case "up":
            whole = math.ceil(steps)
        case "half_up":
            whole = math.floor(steps + Fraction(1, 2))
        case "half_even":
            whole = round(steps)
    return whole * rounding.to
