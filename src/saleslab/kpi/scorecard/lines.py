"""One line a measure and scope: where it stands, what it must reach, how likely that is, and whether it moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.beliefs.statuses import Reason, judge_status
from saleslab.kpi.changes.explaining import LIKELY, REAL
from saleslab.kpi.changes.pooling import Scope, judge_moves, name_nature, pool_period, take_known
from saleslab.kpi.scorecard.outlooks import foresee_period
from saleslab.kpi.targets.required import Aim
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.periods import FiscalCalendar, Period
from saleslab.stats.level_moves import LevelMove

Standing = Literal["green", "amber", "red", "withheld", "none"]
Verdict = Literal["real", "likely", "noise"]

SHOWN, COMPARED = 15, 3
"""Months of a course, and months that are compared."""


@dataclass(frozen=True, slots=True)
class Move:
    """The last months against earlier ones.

    Attributes
    ----------
    before, after
        The measure over either stretch.
    is_year
        Whether the earlier stretch is the same months a year before; else those just before.
    chance
        That the level really moved.
    """

    before: float
    after: float
    is_year: bool
    chance: float

    @property
    def verdict(self) -> Verdict:
        """Whether it is real, likely so, or could be noise."""
        return "real" if self.chance >= REAL else "likely" if self.chance >= LIKELY else "noise"


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLine:
    """How one measure of one scope stands.

    Attributes
    ----------
    name, scope_type, scope_id
        Node of the tree, and whose values.
    fact
        Words, unit and family of the node.
    kind, depth
        ``kgi``, ``csf`` or ``kpi``, and how far below the goal it stands.
    course
        The last months that are known: ``at`` (first day), ``value, is_complete``.
    latest, latest_at
        The value of the last complete month and its first day; None without one.
    period
        For which the target is.
    low, middle, high
        What the period comes to: 10, 50 and 90 %; None where nothing is believed.
    target, chance, standing, reason
        What must be reached, the chance, the status from it (``none`` without a target that somebody set), and why no
        chance is stated.
    move
        Against earlier months; None where too little is known.
    owner, role, next_on, days_late
        Who answers for it, whose daily work it is, when it is reviewed next, and by how many days that has passed.
    """

    name: str
    scope_type: str
    scope_id: str
    fact: NodeFacts
    kind: str
    depth: int
    course: pd.DataFrame
    latest: float | None
    latest_at: date | None
    period: Period | None
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    target: float | None = None
    chance: float | None = None
    standing: Standing = "none"
    reason: Reason | None = None
    move: Move | None = None
    owner: str | None = None
    role: str | None = None
    next_on: date | None = None
    days_late: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a period of a scope's measure may come to, and how likely its target is."""

    low: float | None = None
    middle: float | None = None
    high: float | None = None
    target: float | None = None
    chance: float | None = None
    standing: Standing = "none"
    reason: Reason | None = None


def take_outlook(node: Mapping[Any, Any] | None, *, is_set: bool = True) -> Outlook:
    """Return the outlook of a node that a target study has judged; of a target that nobody set there is no status."""
    if node is None:
        return Outlook()
    low, middle, high = (None if node[at] is None else float(node[at]) for at in ("p10", "p50", "p90"))
    if node["target"] is None or not is_set:
        return Outlook(low, middle, high)
    chance = None if node["chance"] is None or pd.isna(node["chance"]) else float(node["chance"])
    return Outlook(low, middle, high, float(node["target"]), chance, node["status"], node["reason"])


def judge_scope(
    history: pd.DataFrame,
    fact: NodeFacts,
    *,
    scope: tuple[str, str],
    target: float | None,
    period: Period,
    calendar: FiscalCalendar,
    as_of: date,
    seed: int,
) -> Outlook:
    """Return the outlook of a team's or person's measure from its own months; the reason where there is no chance."""
    if fact.family is None:
        return Outlook()
    try:
        draws = foresee_period(
            history, metric_id=fact.metric_id, family=fact.family, scope=scope, period=period, calendar=calendar,
            as_of=as_of, seed=seed,
        )  # fmt: skip
    except (NotEnoughData, BadArgument) as gap:
        reason: Reason = "unfit" if isinstance(gap, BadArgument) else "short"
        return Outlook() if target is None else Outlook(target=target, standing="withheld", reason=reason)
    low, middle, high = (float(one) for one in np.quantile(draws, [0.1, 0.5, 0.9]))
    if target is None or not np.isfinite(middle):
        return Outlook(low, middle, high) if np.isfinite(middle) else Outlook()
    chance = Aim(target, fact.direction or "up").chance(draws)
    return Outlook(low, middle, high, target, chance, judge_status(chance).colour)


def take_course(history: pd.DataFrame, metric_id: str, scope: tuple[str, str], *, as_of: date) -> pd.DataFrame:
    """Return the last months of a measure: ``at, value, is_complete``."""
    is_mine = (history["metric_id"] == metric_id) & (history["scope_type"] == scope[0])
    rows = history[is_mine & (history["scope_id"] == scope[1]) & history["value"].notna()]
    rows = rows[pd.to_datetime(rows["period_start"]) <= pd.Timestamp(as_of)].sort_values("period_start")
    told = rows.assign(at=pd.to_datetime(rows["period_start"]), is_complete=rows["is_complete"].astype(bool))
    return told[["at", "value", "is_complete"]].tail(SHOWN).reset_index(drop=True)


def judge_move(
    history: pd.DataFrame, metric_ids: list[str], *, scope: tuple[str, str], calendar: FiscalCalendar, as_of: date
) -> Mapping[str, Move]:
    """Return for each measure how the last three complete months stand to the same ones a year before.

    Where they are not all known a year before, those just before are taken; then a season looks like a move. Of what
    adds up over months, all three of either stretch are needed: two months would look like a loss.
    """
    found: dict[str, Move] = {}
    last = calendar.month_of(as_of)
    if last.end > as_of:
        last = calendar.previous(last)
    after = _stretch(calendar, last)
    year = _stretch(calendar, _back(calendar, last, 12))
    just = _stretch(calendar, _back(calendar, last, COMPARED))
    rows = history[history["metric_id"].isin(metric_ids)]
    if rows.empty:
        return found
    for before, is_year in ((just, False), (year, True)):  # the year before wins where it is known
        of_scope = Scope(*scope)
        moves = judge_moves(rows, before=before, after=after, scope=of_scope)
        try:
            ends = [pool_period(rows, one, scope=of_scope) for one in (before, after)]
        except NotEnoughData:
            continue
        partial = _find_partial(rows, scope, (before, after))
        found |= {name: _tell(move, name, ends, is_year=is_year) for name, move in moves.items() if name not in partial}
    return found


def _find_partial(rows: pd.DataFrame, scope: tuple[str, str], stretches: tuple[Period, Period]) -> set[str]:
    """Return measures that add up over months and of which one of the stretches does not hold all."""
    known = take_known(rows)
    mine = known[(known["scope_type"] == scope[0]) & (known["scope_id"] == scope[1])]
    found = set()
    for name, months in mine.groupby("metric_id"):
        starts = months["period_start"]
        n = [starts.between(pd.Timestamp(one.start), pd.Timestamp(one.end)).sum() for one in stretches]
        if min(n) < COMPARED and name_nature(months) in ("count", "sum"):
            found.add(str(name))
    return found


def _tell(move: LevelMove, name: str, ends: list[dict[str, float]], *, is_year: bool) -> Move:
    return Move(ends[0][name], ends[1][name], is_year, float(move.chance_moved))


def _back(calendar: FiscalCalendar, month: Period, n: int) -> Period:
    for _ in range(n):
        month = calendar.previous(month)
    return month


def _stretch(calendar: FiscalCalendar, last: Period) -> Period:
    return Period(_back(calendar, last, COMPARED - 1).start, last.end)
