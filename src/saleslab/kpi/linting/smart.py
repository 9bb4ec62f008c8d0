"""Is each measure specific, measurable, attainable and timed? (Relevant: see `shape` and `links`.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.linting.findings import Finding
from saleslab.kpi.trees.nodes import KpiTree, Node, Quantile, Target
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.periods import FiscalCalendar, Period
from saleslab.wording import Share

HOPELESS, TRIVIAL = 0.05, 0.95
"""Chances below and above which a target moves nobody: out of reach, or reached anyway."""

_MONTHS = {"week": 1, "month": 1, "quarter": 3, "half": 6, "year": 12}


def check_smart(tree: KpiTree, facts: Mapping[str, NodeFacts], *, as_of: date) -> Iterator[Finding]:
    """Yield what is missing for each measure to be counted, aimed at and looked at again."""
    calendar = FiscalCalendar(start_month=tree.fiscal.year_start_month)
    for name, node in tree.nodes.items():
        if node.kind == "csf":
            continue
        yield from _check_definition(name, node, facts[name])
        yield from _check_target(name, node, facts[name], calendar, as_of)


def check_measured(
    facts: Mapping[str, NodeFacts], tree: KpiTree, history: pd.DataFrame, *, as_of: date
) -> Iterator[Finding]:
    """Yield measures without a value in the last month, or in the last quarter or year for those counted so."""
    ends = pd.to_datetime(history["period_end"])
    known = history.assign(end=ends).loc[history["value"].notna() & (ends <= pd.Timestamp(as_of))]
    last = known.groupby("metric_id")["end"].max()
    for name, fact in facts.items():
        node = tree.nodes[name]
        if node.kind == "csf" or node.formula is not None:
            continue
        grain = fact.metric.grain if fact.metric is not None else "month"
        oldest = pd.Timestamp(_months_before(as_of.replace(day=1), _MONTHS[grain]))
        if fact.metric_id not in last.index or last[fact.metric_id] < oldest:
            yield Finding(name, "not_measured")


def check_chances(chances: Mapping[str, float]) -> Iterator[Finding]:
    """Yield targets that are reached anyway, or hardly ever; ``chances`` by node, each 0 to 1."""
    for name, chance in chances.items():
        if chance < HOPELESS:
            yield Finding(name, "unreachable_target", {"chance": Share(chance)})
        elif chance > TRIVIAL:
            yield Finding(name, "trivial_target", {"chance": Share(chance)})


def _check_definition(name: str, node: Node, fact: NodeFacts) -> Iterator[Finding]:
    is_counted = node.formula is not None or node.numerator is not None or fact.metric is not None
    if not is_counted:
        code = "unknown_metric" if node.metric is not None else "no_definition"
        yield Finding(name, code, {"metric": fact.metric_id})
    if fact.unit is None:
        yield Finding(name, "no_unit")
    if fact.direction is None:
        yield Finding(name, "no_direction")


def _check_target(name: str, node: Node, fact: NodeFacts, calendar: FiscalCalendar, as_of: date) -> Iterator[Finding]:
    find = partial(Finding, name)
    if node.review is None:
        yield find("no_review")
    if node.target is None:
        yield find("no_target") if node.kind == "kgi" else find("no_date")
        return
    if node.kind == "kgi" and node.target.target is None:
        yield find("no_target")
    period = read_period(node.target, calendar)
    if period is None:
        yield find("no_date")
    elif period.end < as_of:
        yield find("target_in_past", {"end": period.end})
    if not _levels_rise(node.target, fact.direction):
        yield find("target_order")


def read_period(target: Target, calendar: FiscalCalendar) -> Period | None:
    """Return the period of a target, or None where nobody can tell which one is meant."""
    try:
        return calendar.parse(target.period)
    except BadArgument:
        return None


def _levels_rise(target: Target, direction: str | None) -> bool:
    """Whether threshold, target and stretch go from easy to hard; levels still to be derived are passed over."""
    levels = (target.threshold, target.target, target.stretch)
    given = [level for level in levels if level is not None and not isinstance(level, Quantile)]
    return given == sorted(given, reverse=direction == "down")


def _months_before(first: date, n: int) -> date:
    months = first.year * 12 + first.month - 1 - n
    return date(months // 12, months % 12 + 1, 1)
