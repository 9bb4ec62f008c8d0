"""What came of the actions? The measure before and after each that was closed, and whether its level really moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from saleslab.kpi.changes.pooling import COMPANY, Scope, judge_moves, name_nature, pool_period, take_known
from saleslab.periods import Period
from saleslab.stats.level_moves import LevelMove
from saleslab.tables.presence import require_columns
from saleslab.warehouse.local_time import day_of

Standing = Literal["running", "too_early", "no_values", "judged"]
"""Where an action stands: not closed, closed a moment ago, on a measure without values, or judged."""

WATCHED_DAYS = 91
FEWEST_DAYS = 28
"""Days before and after the closing that are compared, and how many must have passed."""


@dataclass(frozen=True, slots=True)
class ActionEffect:
    """One action, and its measure before and after.

    Attributes
    ----------
    action_id, metric_id, owner_id, closed_on
        The action.
    standing
        Whether it can be judged yet.
    before, after
        The measure over so many days before the closing, and since: of a usual week or month where it is a count or a
        sum.
    move
        The change with its interval, and the chance that the level really moved; None unless it is judged. It moved
        after the action: that is no proof that it moved because of it.
    expected
        What had been hoped for, in the measure's unit.
    """

    action_id: str
    metric_id: str
    owner_id: str | None
    closed_on: date | None
    standing: Standing
    before: float | None = None
    after: float | None = None
    move: LevelMove | None = None
    expected: float | None = None


def follow_actions(
    actions: pd.DataFrame,
    values: pd.DataFrame,
    *,
    as_of: date,
    scope: Scope = COMPANY,
    n_days: int = WATCHED_DAYS,
    mass: float = 0.9,
    timezone: str = "UTC",
) -> tuple[ActionEffect, ...]:
    """Return each action with its measure before and after it was closed.

    Parameters
    ----------
    actions
        ``action_id, kpi, owner_id, closed_at, expected_delta``: the table ``actions``.
    values
        Weeks or months in the shape of ``kpi_values``. The period in which the action was closed belongs to neither
        side.
    as_of
        What was closed or measured later is not seen.
    scope
        Whose values.
    n_days
        Length of either side.
    mass
        Of the interval.
    timezone
        Where the company is: ``closed_at`` is UTC, and the day is the company's.

    Raises
    ------
    TableError
        When a column is missing.
    """
    require_columns(actions, "action_id", "kpi", "owner_id", "closed_at", "expected_delta", of="actions")
    known = take_known(values, as_of=as_of)
    known = known[known["period_end"] <= pd.Timestamp(as_of)]
    sides = _Sides(known, as_of, scope, n_days, mass, timezone)
    return tuple(_follow(row, sides) for row in actions.sort_values("action_id").to_dict("records"))


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """What both sides of every action are taken from."""

    known: pd.DataFrame
    as_of: date
    scope: Scope
    n_days: int
    mass: float
    timezone: str


def _follow(row: dict[Any, Any], at: _Sides) -> ActionEffect:
    as_of, scope, n_days = at.as_of, at.scope, at.n_days
    closed = None if pd.isna(row["closed_at"]) else day_of(pd.Timestamp(row["closed_at"]), at.timezone)
    expected = None if pd.isna(row["expected_delta"]) else float(str(row["expected_delta"]))
    owner = None if pd.isna(row["owner_id"]) else str(row["owner_id"])
    told = (str(row["action_id"]), str(row["kpi"]), owner)
    if closed is None or closed > as_of:
        return ActionEffect(*told, None, "running", expected=expected)
    own = at.known[at.known["metric_id"] == row["kpi"]]
    earlier = Period(closed - timedelta(days=n_days), closed - timedelta(days=1))
    later = Period(closed + timedelta(days=1), max(min(closed + timedelta(days=n_days), as_of), closed + _DAY))
    sides = [_within(own, scope, side) for side in (earlier, later)]
    if (as_of - closed).days < FEWEST_DAYS or (sides[0] and not sides[1]):
        return ActionEffect(*told, closed, "too_early", expected=expected)
    if not all(sides):
        return ActionEffect(*told, closed, "no_values", expected=expected)
    move = judge_moves(own, before=earlier, after=later, scope=scope, mass=at.mass).get(told[1])
    before, after = (_level(own, scope, side) for side in (earlier, later))
    return ActionEffect(*told, closed, "judged" if move else "no_values", before, after, move, expected)


_DAY = timedelta(days=1)


def _level(own: pd.DataFrame, scope: Scope, period: Period) -> float:
    """Return the value of a usual week or month: sides of different lengths are compared."""
    (pooled,) = pool_period(own, period, scope=scope).values()
    return pooled / _within(own, scope, period) if name_nature(own) in {"count", "sum"} else pooled


def _within(rows: pd.DataFrame, scope: Scope, period: Period) -> int:
    is_own = (rows["scope_type"] == scope.type) & (rows["scope_id"] == scope.id)
    is_in = (rows["period_start"] >= pd.Timestamp(period.start)) & (rows["period_end"] <= pd.Timestamp(period.end))
    return int((is_own & is_in).sum())
