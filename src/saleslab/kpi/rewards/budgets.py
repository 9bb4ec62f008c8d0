"""What may the next period cost, and how likely is it more than there is?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.rewards.many import pay_many, round_many
from saleslab.kpi.rewards.plans import RewardPlan
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class BudgetRisk:
    """What the next period may cost.

    Attributes
    ----------
    budget
        What may be paid.
    cost
        Its mean and range over draws.
    chance_over
        Chance that it is more than the budget.
    mean_excess
        What is missing on average when it is.
    n_draws
        Of how many draws that is told.
    """

    budget: Decimal
    cost: Interval
    chance_over: float
    mean_excess: float
    n_draws: int


def foresee_cost(
    plan: RewardPlan, sales: pd.DataFrame, draws: pd.DataFrame, quotas: pd.DataFrame | None = None, *, mass: float = 0.9
) -> BudgetRisk:
    """Return what a plan may cost in the period that draws are of.

    Parameters
    ----------
    plan
        What is paid for what, with its budget.
    sales, draws, quotas
        As `simulate_reward` takes them.
    mass
        Of the range of the cost.

    Raises
    ------
    BadArgument
        When the plan has no budget, there is no draw, or draws name people without a quota or, for a plan with a team
        share, without a team.
    """
    if plan.budget is None:
        raise BadArgument(f"The plan '{plan.plan}' has no budget.", "write one into its file.")
    ahead = sales[sales["period_start"] == sales["period_start"].max()] if quotas is None else quotas
    ahead = ahead.set_index("user_id")
    strangers = [name for name in draws.columns if name not in ahead.index]
    if strangers or not len(draws):
        raise BadArgument(
            f"draws has {len(draws)} rows, and {len(strangers)} of its {draws.shape[1]} people have no quota.",
            "give one column a person of quotas, and at least one draw.",
        )
    quota = ahead.loc[draws.columns, "quota"].to_numpy(dtype=np.float64)
    sold = draws.to_numpy(dtype=np.float64)
    team = np.zeros(len(quota), dtype=np.int64)
    if plan.team_share:
        require_columns(ahead, "team_id", of="quotas")
        own = ahead.loc[draws.columns, "team_id"]
        if own.isna().any():
            raise BadArgument(
                f"{int(own.isna().sum())} of {len(own)} people have no team, and '{plan.plan}' pays by the team.",
                "give everybody in quotas a team_id, or leave them out of draws.",
            )
        team = pd.factorize(own)[0]
    member = np.eye(team.max() + 1)[team]
    of_team = (sold @ member) / (quota @ member)
    cost = round_many(plan, pay_many(plan, sold / quota, team_attainment=of_team[:, team])).sum(axis=1)
    budget, over = float(plan.budget), cost > float(plan.budget)
    low, high = (float(end) for end in np.quantile(cost, ((1 - mass) / 2, (1 + mass) / 2)))
    mean = float(cost.mean())
    return BudgetRisk(
        budget=plan.budget,
        cost=Interval(mean, min(low, mean), max(high, mean), mass),
        chance_over=float(over.mean()),
        mean_excess=float((cost[over] - budget).mean()) if over.any() else 0.0,
        n_draws=len(cost),
    )
