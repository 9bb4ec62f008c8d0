"""What does a person gain by letting deals wait for the next period?

Whoever has passed a cap, or cannot reach the next step any more, is paid more for the same deals if some of them are
signed a few days later. The best amount to hold back is found exactly: pay bends and jumps at few attainments, and an
optimum lies at one of them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.kpi.rewards.many import list_edges, pay_many
from saleslab.kpi.rewards.plans import RewardPlan

Floats = npt.NDArray[np.float64]

_STEP_OVER = 1e-9
"""Points of attainment by which an edge is passed, so that floating point does not fall short of it."""

DELAY_COLUMNS = ("user_id", "period_start", "next_start", "movable", "moved", "gain", "gain_share")
"""Columns of `find_delays`."""


def find_delays(plan: RewardPlan, sales: pd.DataFrame, *, movable_share: float) -> pd.DataFrame:
    """Return, for each person and two periods that follow each other, what waiting would have brought.

    Of a straight plan nobody gains while both quotas are the same; where the second is lower, each deal counts for more
    in it, and any plan by attainment tempts.

    Parameters
    ----------
    plan
        What is paid for what.
    sales
        One row a person and period, as `simulate_reward` takes them.
    movable_share
        Part of a period's sales that could have been signed in the next one, where no column ``movable`` says how much.

    Returns
    -------
    pandas.DataFrame
        `DELAY_COLUMNS`; ``moved`` is the smallest amount with the largest gain, ``gain_share`` that gain against the
        pay of both periods without it. A gain below half a step of the plan's rounding is none.
    """
    pairs = _pair_periods(sales, movable_share)
    edges = list_edges(plan)
    first = (pairs["sales"], pairs["quota"], pairs["team_sales"], pairs["team_quota"])
    second = (pairs["sales_next"], pairs["quota_next"], pairs["team_sales_next"], pairs["team_quota_next"])
    before, after = ([column.to_numpy(dtype=np.float64) for column in period] for period in (first, second))
    movable = pairs["movable"].to_numpy(dtype=np.float64)
    moves = _list_moves(before, after, edges, movable, with_team=plan.team_share > 0)
    paid = _pay(plan, before, -moves) + _pay(plan, after, moves)
    step, base = float(plan.rounding.to), paid[0]
    gains = np.floor((paid - base) / step + 0.5) * step
    best = gains.max(axis=0)
    moved = np.where(gains >= best, moves, np.inf).min(axis=0)
    share = np.divide(best, base, out=np.where(best > 0, np.inf, 0.0), where=base > 0)
    told = pairs.assign(moved=moved, gain=best, gain_share=share)
    return told[list(DELAY_COLUMNS)].reset_index(drop=True)


def _pair_periods(sales: pd.DataFrame, movable_share: float) -> pd.DataFrame:
    """Return one row a person and period that has a next one, the values of which stand in columns ``..._next``."""
    starts = np.sort(sales["period_start"].unique())
    following = dict(pairwise(starts))
    table = sales.assign(next_start=sales["period_start"].map(following))
    if "movable" not in table:
        table["movable"] = movable_share * table["sales"].astype("float64").clip(lower=0)
    values = ["sales", "quota", "team_sales", "team_quota"]
    later = table[["user_id", "period_start", *values]].rename(columns={"period_start": "next_start"})
    paired = table.dropna(subset=["next_start"]).merge(later, on=["user_id", "next_start"], suffixes=("", "_next"))
    return paired.sort_values(["user_id", "period_start"], ignore_index=True)


def _list_moves(
    before: list[Floats], after: list[Floats], edges: Floats, movable: Floats, *, with_team: bool
) -> Floats:
    """Return the amounts among which the best one is, shape (moves, pairs); the first one is to move nothing."""
    moves = [np.zeros_like(movable), movable]
    for sales, quota in ((0, 1), (2, 3))[: 1 + with_team]:
        for edge in edges:
            moves.append(before[sales] - (edge + _STEP_OVER) * before[quota])  # to keep what is reached
            moves.append((edge + _STEP_OVER) * after[quota] - after[sales])  # to reach it next time
    return np.clip(np.stack(moves), 0.0, movable)


def _pay(plan: RewardPlan, period: list[Floats], moved: Floats) -> Floats:
    sales, quota, team_sales, team_quota = period
    return pay_many(plan, (sales + moved) / quota, team_attainment=(team_sales + moved) / team_quota)
