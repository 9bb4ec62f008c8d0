"""What does a reward plan cost, whom does it favour, and what does it tempt people to do?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi.rewards.budgets import BudgetRisk, foresee_cost
from saleslab.kpi.rewards.paying import compute_payout
from saleslab.kpi.rewards.plans import RewardPlan
from saleslab.kpi.rewards.shifting import find_delays
from saleslab.kpi.rewards.spreads import Spread, measure_spread
from saleslab.kpi.rewards.territories import Fairness, compare_territories
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

Finding = Literal[
    "over_budget", "may_overrun", "delay_pays", "quotas_swing", "territory_pays", "no_potential", "many_get_nothing"
]

TEMPTING = 0.01
"""Gain against the pay of two periods from which waiting is worth it to somebody."""

MOVABLE_SHARE = 0.2
"""Part of a period's sales that could be signed in the next one, unless the data say how much."""

_QUOTAS = ("quota", "team_quota")
_FINDS = {"delay_pays": 0.1, "may_overrun": 0.2, "territory_pays": 0.1, "many_get_nothing": 0.25}


@dataclass(frozen=True, slots=True, eq=False)
class RewardStudy:
    """What a plan does.

    Attributes
    ----------
    plan
        The plan.
    payouts
        Each person and period: ``user_id, period_start, quota, sales, attainment, team_attainment, payout``; exact.
    costs
        Each period: ``period_start, n_people, sales, payout, cost_rate`` (of sales).
    spread
        How payouts differ.
    delays
        What waiting would have brought to whom; see `find_delays`.
    share_tempted
        Part of people and pairs of periods in which waiting pays more than 1 % on top; None without two periods.
    share_tempted_level
        The same if each person's quota were the same in all periods: what is left is the plan's doing.
    fairness
        What territories pay for the same work; None without ``potential``.
    budget_risk
        What the next period may cost; None without draws or a budget.
    findings
        Codes, worded under ``kpi_rewards.finding``.
    """

    plan: RewardPlan
    payouts: pd.DataFrame
    costs: pd.DataFrame
    spread: Spread
    delays: pd.DataFrame
    share_tempted: float | None
    share_tempted_level: float | None
    fairness: Fairness | None
    budget_risk: BudgetRisk | None
    findings: tuple[Finding, ...]

    @property
    def cost(self) -> Decimal:
        """What was paid in all."""
        return sum(self.payouts["payout"], Decimal(0))


def simulate_reward(
    plan: RewardPlan,
    sales: pd.DataFrame,
    *,
    draws: pd.DataFrame | None = None,
    quotas: pd.DataFrame | None = None,
    movable_share: float = MOVABLE_SHARE,
    mass: float = 0.9,
) -> RewardStudy:
    """Return what a plan would have paid, to whom, and what it tempts people to do.

    Use it before a plan is signed, on the periods behind you. It does not foresee how people change under a plan; it
    shows what changing would bring them.

    Parameters
    ----------
    plan
        What is paid for what.
    sales
        One row a person and period: ``user_id, period_start, quota, sales``, and where known ``team_id`` (needed for a
        plan with a team share), ``potential`` and ``territory_id`` (see `compare_territories`), and ``movable``: sales
        that could have been signed in the next period.
    draws
        Possible sales of the period to come, one row a draw and one column a person; see `draw_sales`.
    quotas
        ``user_id, quota`` of that period, and ``team_id`` where needed; those of the last period unless told.
    movable_share
        Part of sales that could wait, where ``movable`` does not say.
    mass
        Of the range of the cost.

    Raises
    ------
    TableError
        When a column is missing, a quota is not above 0, or a person stands twice in a period.
    BadArgument
        When draws name people without a quota, or the movable share does not lie between 0 and 1.
    NotEnoughData
        When there is no row.

    Examples
    --------
    >>> from saleslab.kpi.rewards.plans import Tier
    >>> from saleslab.wording import Text
    >>> label, tiers = Text("Field", "外勤"), (Tier(at=0, rate=1), Tier(at=1, rate=3))
    >>> plan = RewardPlan(plan="field", label=label, target_pay=600_000, tiers=tiers)
    >>> sales = pd.DataFrame({"user_id": ["u:1", "u:1"], "period_start": ["2026-04-01", "2026-07-01"]})
    >>> study = simulate_reward(plan, sales.assign(quota=10_000_000, sales=[9_000_000, 10_500_000]))
    >>> [int(amount) for amount in study.payouts["payout"]], float(study.delays["gain"].iloc[0])
    ([540000, 690000], 216000.0)
    """
    check_mass(mass)
    if not 0 <= movable_share <= 1:
        raise BadArgument(f"movable_share is {movable_share}.", "give a part from 0 to 1.")
    table = _check_sales(plan, sales)
    table["payout"] = _pay_exactly(plan, table)
    delays = find_delays(plan, table, movable_share=movable_share)
    fairness = compare_territories(plan, table) if "potential" in table else None
    risk = (
        foresee_cost(plan, table, draws, quotas, mass=mass) if draws is not None and plan.budget is not None else None
    )
    level = table.assign(**{name: table.groupby("user_id")[name].transform("mean") for name in _QUOTAS})
    tempted = _share_tempted(delays), _share_tempted(find_delays(plan, level, movable_share=movable_share))
    costs, spread = _sum_costs(table), measure_spread(table["payout"].to_numpy(dtype=np.float64))
    shown = ["user_id", "period_start", "quota", "sales", "attainment", "team_attainment", "payout"]
    return RewardStudy(
        plan=plan,
        payouts=table[shown],
        costs=costs,
        spread=spread,
        delays=delays,
        share_tempted=tempted[0],
        share_tempted_level=tempted[1],
        fairness=fairness,
        budget_risk=risk,
        findings=_find(plan, costs, spread=spread, tempted=tempted, fairness=fairness, risk=risk),
    )


def _share_tempted(delays: pd.DataFrame) -> float | None:
    return float((delays["gain_share"] > TEMPTING).mean()) if len(delays) else None


def _check_sales(plan: RewardPlan, sales: pd.DataFrame) -> pd.DataFrame:
    """Return sales sorted by person and period, with attainments of people and teams."""
    needed = ["user_id", "period_start", "quota", "sales", *["team_id"] * (plan.team_share > 0)]
    require_columns(sales, *needed, of="sales")
    if sales.empty:
        raise NotEnoughData("sales has no row.", "give one row a person and period.")
    table = sales.sort_values(["user_id", "period_start"], ignore_index=True)
    n_twice = int(table.duplicated(["user_id", "period_start"]).sum())
    quota, sold = table["quota"].astype("float64"), table["sales"].astype("float64")
    n_bad = int((~(quota > 0) | ~np.isfinite(sold)).sum())
    n_alone = int(table["team_id"].isna().sum()) if plan.team_share else 0
    if n_alone:
        raise TableError(
            f"{n_alone} of {len(table)} rows of sales have no team_id, and the plan '{plan.plan}' pays by the team.",
            "give everybody a team, or leave them out.",
        )
    if n_twice or n_bad:
        raise TableError(
            f"Of {len(table)} rows of sales {n_bad} lack a quota above 0 or their sales, {n_twice} repeat a person and "
            "period.",
            "leave people without a quota out, and add up what belongs together.",
        )
    team = [table["team_id"], table["period_start"]] if "team_id" in table else [table["period_start"]]
    table["team_sales"], table["team_quota"] = (part.groupby(team).transform("sum") for part in (sold, quota))
    return table.assign(attainment=sold / quota, team_attainment=table["team_sales"] / table["team_quota"])


def _pay_exactly(plan: RewardPlan, table: pd.DataFrame) -> pd.Series:
    exact = {name: [_to_fraction(value) for value in table[name]] for name in ("sales", "quota")}
    place = pd.factorize(pd.MultiIndex.from_frame(table[[*["team_id"] * ("team_id" in table), "period_start"]]))[0]
    sums = [[Fraction(0), Fraction(0)] for _ in range(place.max() + 1)]
    for at, sold, quota in zip(place, exact["sales"], exact["quota"], strict=True):
        sums[at][0] += sold
        sums[at][1] += quota
    paid = [
        compute_payout(plan, sold / quota, team_attainment=sums[at][0] / sums[at][1])
        for at, sold, quota in zip(place, exact["sales"], exact["quota"], strict=True)
    ]
    return pd.Series(paid, dtype=object)


def _to_fraction(value: Any) -> Fraction:
    return Fraction(value) if isinstance(value, int | Decimal) else Fraction(float(value))


def _sum_costs(table: pd.DataFrame) -> pd.DataFrame:
    grouped = table.groupby("period_start", sort=True)
    costs = pd.DataFrame(
        {
            "n_people": grouped["user_id"].nunique(),
            "sales": grouped["sales"].sum(),
            "payout": grouped["payout"].agg(lambda paid: np.sum(paid.to_numpy())),
        }
    ).reset_index()
    sold = costs["sales"].astype("float64")
    return costs.assign(cost_rate=costs["payout"].astype("float64") / sold.where(sold > 0))


def _find(
    plan: RewardPlan,
    costs: pd.DataFrame,
    *,
    spread: Spread,
    tempted: tuple[float | None, float | None],
    fairness: Fairness | None,
    risk: BudgetRisk | None,
) -> tuple[Finding, ...]:
    plan_tempts = (tempted[1] or 0.0) > _FINDS["delay_pays"]
    found: dict[Finding, bool] = {
        "over_budget": plan.budget is not None and bool((costs["payout"] > plan.budget).any()),
        "may_overrun": risk is not None and risk.chance_over > _FINDS["may_overrun"],
        "delay_pays": plan_tempts,
        "quotas_swing": (tempted[0] or 0.0) > _FINDS["delay_pays"] and not plan_tempts,
        "territory_pays": fairness is not None and fairness.territory_share > _FINDS["territory_pays"],
        "no_potential": fairness is None,
        "many_get_nothing": spread.share_nothing > _FINDS["many_get_nothing"],
    }
    return tuple(code for code, holds in found.items() if holds)
