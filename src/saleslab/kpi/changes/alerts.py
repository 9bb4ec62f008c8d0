"""What is known of one alert: what happened, since when, who answers for it, and whether anybody has seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.structure import list_edges
from saleslab.tables.presence import require_columns

Direction = Literal["up", "down"]
State = Literal["open", "acknowledged", "past"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One change of level, or one risk that came true.

    Attributes
    ----------
    alert_id
        Stable from run to run: metric, scope, direction and onset.
    kind
        ``change`` (a level moved) or ``risk`` (a limit was crossed).
    metric_id, scope_type, scope_id
        What it is about.
    direction
        Whether the value went ``up`` or ``down``.
    is_bad
        Whether that is the wrong direction; None where nothing says which one is right.
    onset_on, raised_on, confirmed_on
        First day of the period in which it began, the last day of the one that raised it, and that of a second alarm
        about the same change, None without one.
    observed, expected
        From onset to the last alarm about it: what came, and what the old level would have brought (for a risk: the
        limit). Counts are sums, shares and means are themselves. The step looks larger than it is, since only steps
        that look large raise an alarm.
    state
        ``open``; ``acknowledged``; ``past``: long ago, or followed by a change back.
    owner_id, levers, plays
        Who answers for it, what moves it, and cards of the playbook.
    chance
        That the change is real; of a risk None: its limit is crossed for certain.
    """

    alert_id: str
    kind: Literal["change", "risk"]
    metric_id: str
    scope_type: str
    scope_id: str
    direction: Direction
    is_bad: bool | None
    onset_on: date
    raised_on: date
    confirmed_on: date | None
    observed: float
    expected: float
    state: State = "open"
    owner_id: str | None = None
    levers: tuple[str, ...] = ()
    plays: tuple[str, ...] = ()
    chance: float | None = None

    @property
    def factor(self) -> float | None:
        """What came, over what was to be expected; None where nothing was."""
        return self.observed / self.expected if self.expected else None

    @property
    def subject(self) -> tuple[str, str, str, Direction]:
        """What an acknowledgement is about."""
        return self.metric_id, self.scope_type, self.scope_id, self.direction


def name_alert(metric_id: str, scope_type: str, scope_id: str, direction: Direction, onset_on: date) -> str:
    """Return the id of an alert."""
    return f"{metric_id}:{scope_type}:{scope_id}:{direction}:{onset_on:%Y%m%d}"


def read_subject(alert_id: str) -> tuple[str, str, str, Direction]:
    """Return what an alert is about, from its id: what an acknowledgement names.

    Raises
    ------
    BadArgument
        When it is no id of an alert.

    Examples
    --------
    >>> read_subject("risk:win_rate:team:crm:team-4:down:20260803")
    ('win_rate', 'team', 'crm:team-4', 'down')
    """
    metric_id, _, rest = alert_id.removeprefix("risk:").partition(":")
    scope_type, _, rest = rest.partition(":")
    scope_id, _, ending = rest.rpartition(":")
    scope_id, _, direction = scope_id.rpartition(":")
    if not (metric_id and scope_type and scope_id and ending.isdigit()):
        raise BadArgument(
            f"'{alert_id}' is no id of an alert.", "copy it from `saleslab kpi monitor`: metric:scope:id:down:20260803."
        )
    match direction:
        case "up" | "down":
            return metric_id, scope_type, scope_id, direction
    raise BadArgument(f"The alert '{alert_id}' says neither up nor down.", "copy it from `saleslab kpi monitor`.")


@dataclass(frozen=True, slots=True)
class Duties:
    """Who answers for which metric, what moves it and which plays are known for it, by metric.

    A person may answer for one scope alone: the key is then ``(metric_id, scope_id)``.
    """

    owners: Mapping[str | tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    levers: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    plays: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))

    def assign(self, alert: Alert, *, n_levers: int = 3) -> Alert:
        """Return an alert with its owner, its first levers and its plays."""
        owner = self.owners.get((alert.metric_id, alert.scope_id), self.owners.get(alert.metric_id))
        return replace(
            alert, owner_id=alert.owner_id or owner, levers=tuple(self.levers.get(alert.metric_id, ()))[:n_levers],
            plays=tuple(self.plays.get(alert.metric_id, ())),
        )  # fmt: skip


NO_DUTIES = Duties()


def read_duties(
    tree: KpiTree,
    *,
    ranking: Sequence[str] = (),
    plays: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Duties:
    """Return the duties that a tree declares: owners, and as levers of a node those below it.

    What its formula is made of comes first, then what is thought to influence it.

    Parameters
    ----------
    tree
        Whose nodes have owners.
    ranking
        Nodes, the best lever first, such as from ``rank_levers``; the others follow in the tree's order.
    plays
        Cards of the playbook by node.
    """
    names = {name: node.metric or name for name, node in tree.nodes.items()}
    place = {name: at for at, name in enumerate((*ranking, *(name for name in tree.nodes if name not in ranking)))}
    owners: dict[str | tuple[str, str], str] = {
        names[name]: node.owner for name, node in tree.nodes.items() if node.owner
    }
    influences = [edge for edge in list_edges(tree) if edge.kind == "influence"]
    levers = {}
    for name in tree.nodes:
        exact = _list_below(tree, name)
        guessed = {edge.child for edge in influences if edge.parent in {name, *exact}} - exact
        ordered = (*sorted(exact, key=lambda one: place[one]), *sorted(guessed, key=lambda one: place[one]))
        levers[names[name]] = tuple(names[one] for one in ordered)
    return Duties(owners, levers, {names.get(name, name): tuple(cards) for name, cards in plays.items()})


def _list_below(tree: KpiTree, name: str) -> set[str]:
    formula, found = tree.nodes[name].formula, set[str]()
    for factor in formula.names if formula else ():
        found |= {factor} | _list_below(tree, factor)
    return {one for one in found if one in tree.nodes and tree.nodes[one].formula is None}


def settle_states(
    alerts: Sequence[Alert], *, as_of: date, acknowledged: pd.DataFrame | None, since: date
) -> tuple[Alert, ...]:
    """Return alerts with their states, the newest first.

    Parameters
    ----------
    alerts
        As they were raised.
    as_of
        The day; what was acknowledged later is not seen.
    acknowledged
        ``metric_id, scope_type, scope_id, direction, acknowledged_on``: silences every alert on the same subject that
        began by that day. A new onset speaks again. A row without a day was not seen yet.
    since
        Alerts that were raised before it are past.
    """
    seen = _read_acknowledged(acknowledged, as_of)
    newest: dict[tuple[str, str, str, str], date] = {}
    for one in alerts:
        key = (one.kind, one.metric_id, one.scope_type, one.scope_id)
        newest[key] = max(newest.get(key, one.raised_on), one.raised_on)
    settled = []
    for one in alerts:
        is_past = one.raised_on < since or (
            one.kind == "change" and one.raised_on < newest[one.kind, one.metric_id, one.scope_type, one.scope_id]
        )
        is_seen = any(day >= one.onset_on for day in seen.get(one.subject, ()))
        settled.append(replace(one, state="acknowledged" if is_seen else "past" if is_past else one.state))
    return tuple(sorted(settled, key=lambda one: (-one.raised_on.toordinal(), one.alert_id)))


def _read_acknowledged(frame: pd.DataFrame | None, as_of: date) -> dict[tuple[str, str, str, Direction], list[date]]:
    if frame is None:
        return {}
    require_columns(
        frame, "metric_id", "scope_type", "scope_id", "direction", "acknowledged_on", of="acknowledged"
    )  # fmt: skip
    found: dict[tuple[str, str, str, Direction], list[date]] = {}
    for row in frame.dropna(subset=["acknowledged_on"]).to_dict("records"):
        day = pd.Timestamp(row["acknowledged_on"]).date()
        if day <= as_of:
            key = (row["metric_id"], row["scope_type"], row["scope_id"], row["direction"])
            found.setdefault(key, []).append(day)
    return found
