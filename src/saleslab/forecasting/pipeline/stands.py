"""Open deals of today as the groups by which past ones were counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.forecasting.pipeline.slots import Slots
from saleslab.forecasting.pipeline.standing import Levels, Stood
from saleslab.forecasting.pipeline.stays import STAY_DAYS
from saleslab.forecasting.stamps import Whole

_MOST_PUSHES = 3


def number_deals(deals: pd.DataFrame, history: DealHistory, levels: Levels) -> Stood:
    """Return open deals, a group each, as they are numbered in the history."""
    n = len(deals)
    amount = pd.to_numeric(deals["amount"], errors="coerce").astype("float64").fillna(-1.0).to_numpy()
    since = deals["stage_since"] if "stage_since" in deals.columns else deals["created_on"]
    stay = (pd.Timestamp(history.as_of) - since).dt.days.fillna(0).to_numpy(np.float64)
    pushes = deals["n_pushes"].fillna(0).to_numpy(np.int64) if "n_pushes" in deals.columns else np.zeros(n, np.int64)
    stage = deals["stage"].fillna("") if history.has_stages else pd.Series("", index=deals.index)
    team = deals["team_id"] if "team_id" in deals.columns else pd.Series("", index=deals.index)
    due = deals["expected_close_date"] if history.has_dues else pd.Series(pd.NaT, index=deals.index)
    if "is_due_told" in deals.columns:
        due = due.where(deals["is_due_told"].astype(bool))
    zero, none = np.zeros(n), np.full(n, -1, dtype=np.int64)
    return Stood(
        landmark=np.zeros(n, dtype=np.int64),
        stage=levels.stages.get_indexer(pd.Index(stage)).astype(np.int64),
        stay=np.searchsorted(np.asarray(STAY_DAYS, dtype=np.float64), stay, side="left").astype(np.int64),
        due=_number_due(due, history.slots),
        pushes=np.minimum(pushes, _MOST_PUSHES),
        size=np.searchsorted(np.array([0.0, *history.size_edges]), amount, side="left").astype(np.int64),
        team=levels.teams.get_indexer(pd.Index(team)).astype(np.int64),
        n=np.ones(n),
        amount=np.maximum(amount, 0.0),
        amount_squares=np.asarray(amount**2, dtype=np.float64),
        month=none,
        outcome=none + 1,
        won_amount=zero,
    )


def _number_due(due: pd.Series, slots: Slots) -> Whole:
    """Return 0 for an overdue deal, 1 for one due in this month, 2 in the next, ..., 99 after all, -1 without date."""
    day = pd.to_datetime(due)
    number = ((day - pd.Timestamp(0)).dt.days).fillna(-1).to_numpy(np.float64)
    at = np.searchsorted(slots.first.astype(np.float64), number, side="right") - 1
    ahead = 1 + slots.month[np.clip(at, 0, len(slots) - 1)] - slots.month[slots.now]
    return np.select(
        [day.isna().to_numpy(), number <= slots.last[slots.now], number > slots.last[-1]],
        [-1, 0, 99],
        default=ahead,
    ).astype(np.int64)
