"""What alarms a meeting: the measures of a tree week by week, and the limits that are crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.changes.alerts import Alert, Duties, read_duties
from saleslab.kpi.changes.pooling import COMPANY, Scope
from saleslab.kpi.changes.triggers import check_triggers
from saleslab.kpi.changes.watching import BUDGET, Watch, monitor
from saleslab.kpi.meetings.inputs import Team
from saleslab.kpi.metrics.gaps import find_gaps
from saleslab.kpi.metrics.limits import list_triggers
from saleslab.kpi.metrics.measuring import measure
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.resolving import collect_metrics
from saleslab.kpi.trees.structure import find_goal
from saleslab.periods import Period
from saleslab.warehouse import Warehouse

WEEKS = 104
"""Weeks that are watched."""


@dataclass(frozen=True, slots=True, eq=False)
class WeekWatch:
    """What a week's watch found.

    Attributes
    ----------
    values
        The weeks, as `measure` gives them, of the scope alone.
    watch
        None where no week can be watched.
    risks
        Limits that are crossed and not acknowledged.
    """

    values: pd.DataFrame
    watch: Watch | None
    risks: tuple[Alert, ...]

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Open alerts and crossed limits: limits first, then the likeliest to be real."""
        heard = self.watch.open_alerts if self.watch else ()
        return (*self.risks, *sorted(heard, key=lambda one: (-(one.chance or 0.0), one.alert_id)))


def watch_week(
    lab: Warehouse,
    *,
    as_of: date,
    tree: KpiTree,
    team: Team | None = None,
    acknowledged: pd.DataFrame | None = None,
    plays: Mapping[str, Sequence[str]] | None = None,
    budget: float = BUDGET,
) -> WeekWatch:
    """Return the watch over the measures of a tree, week by week, with the owners that the tree names.

    Parameters
    ----------
    lab, as_of, tree
        The warehouse, the last day that is known, and the tree whose measures are watched.
    team
        Watches the team's own values in place of the company's; limits are the company's alone.
    acknowledged
        Alerts that somebody has seen, from `list_acknowledged`.
    plays
        Cards of the playbook by metric.
    budget
        False alerts allowed for a series and year.
    """
    metrics = collect_metrics(tree, library())
    missing = {gap.metric_id for gap in find_gaps(lab, metrics.values())}
    wanted = [one for name, one in metrics.items() if name not in missing]
    duties = read_duties(tree, plays=plays or {})
    monday = find_monday(as_of)
    starts = [monday - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    scope = scope_of(team)
    try:
        values = measure(
            lab, wanted, as_of=as_of, periods=[Period(one, one + timedelta(days=6)) for one in starts],
            scopes=(scope.type,),
        )  # fmt: skip
        values = values[values["scope_id"] == scope.id].reset_index(drop=True)
        directions = {name: one.direction for name, one in metrics.items()}
        watch = monitor(
            values, as_of=as_of, budget=budget, calendar=lab.settings.fiscal_calendar, acknowledged=acknowledged,
            duties=duties, directions=directions,
        )  # fmt: skip
    except NotEnoughData:
        return WeekWatch(pd.DataFrame(), None, ())
    risks = () if team else _find_risks(lab, tree, as_of, duties, acknowledged)
    return WeekWatch(values, watch, risks)


def _find_risks(
    lab: Warehouse, tree: KpiTree, as_of: date, duties: Duties, acknowledged: pd.DataFrame | None
) -> tuple[Alert, ...]:
    """Return the limits that are crossed: those of the tree's risks, and of the library's pack of risks."""
    pack = library(pack="risk")
    ours = list_triggers(tree)  # may be several of one metric
    named = {one.metric_id for one in ours}
    triggers = [*(one for one in list_triggers(pack.values()) if one.metric_id not in named), *ours]
    known = dict(library()) | dict(collect_metrics(tree, library()))
    wanted = [known[name] for name in dict.fromkeys(one.metric_id for one in triggers) if name in known]
    missing = {gap.metric_id for gap in find_gaps(lab, wanted)}
    try:
        values = measure(lab, [one for one in wanted if one.metric_id not in missing], as_of=as_of, months=12)
    except NotEnoughData:
        return ()
    found = check_triggers(triggers, values, as_of=as_of, acknowledged=acknowledged, duties=duties)
    head = tree.nodes[find_goal(tree)].owner  # what nobody answers for in the tree is a matter for the goal's owner
    return tuple(replace(one, owner_id=one.owner_id or head) for one in found if one.state == "open")


def find_monday(as_of: date) -> date:
    """Return the Monday after the last week that is over.

    Examples
    --------
    >>> find_monday(date(2026, 9, 30)), find_monday(date(2026, 9, 27))
    (datetime.date(2026, 9, 28), datetime.date(2026, 9, 28))
    """
    following = as_of + timedelta(days=1)
    return following - timedelta(days=following.weekday())


def scope_of(team: Team | None) -> Scope:
    """Return whose values count."""
    return COMPANY if team is None else Scope("team", team.team_id)
