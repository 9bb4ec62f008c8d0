"""Changes, alerts and actions as tables of typed cells, each with its headings in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from saleslab.kpi.changes.explaining import ChangeExplanation
from saleslab.kpi.changes.following import ActionEffect
from saleslab.kpi.changes.mixing import MixSplit
from saleslab.kpi.changes.pictures import pick_course
from saleslab.kpi.changes.pooling import COMPANY, Scope
from saleslab.kpi.changes.watching import Watch
from saleslab.kpi.changes.words import (
    Names,
    name_metric,
    name_scope,
    tell_alert,
    tell_effect,
    tell_series,
    write_effect,
    write_level,
)
from saleslab.wording import Count, Points, Share, Text, say

_NOTHING: Names = {}
_NONE = Text.same("–")


def name_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns, for `reporting.table` and `reporting.figure`.

    Examples
    --------
    >>> name_columns("amount")["amount"].ja
    '影響'
    """
    return {name: say(f"kpi_changes.columns.{name}") for name in names}


def tabulate_change(
    found: ChangeExplanation, *, names: Names = _NOTHING, unit: str | None = None, currency: str = "JPY"
) -> pd.DataFrame:
    """Return the parts of a change: ``name, before, after, amount, verdict, chance``."""
    rows = [
        {
            "name": name_metric(part.name, names),
            "before": write_level(part.name, part.before, currency=currency),
            "after": write_level(part.name, part.after, currency=currency),
            "amount": write_effect(found.root, part.amount, unit=unit, currency=currency),
            "verdict": say(f"kpi_changes.verdict.{part.verdict}"),
            "chance": _NONE if part.move is None else Share(part.move.chance_moved, 0),
        }
        for part in found.parts
    ]
    return pd.DataFrame(rows)


def tabulate_mix(split: MixSplit, *, by: str = "segment") -> pd.DataFrame:
    """Return the segments: ``segment, share_before, share_after, before, after, mix_points, rate_points``."""
    rows = [
        {
            "segment": Text.same(str(row[by])),
            "share_before": Share(row["share_before"]),
            "share_after": Share(row["share_after"]),
            "before": _NONE if pd.isna(row["rate_before"]) else Share(row["rate_before"]),
            "after": _NONE if pd.isna(row["rate_after"]) else Share(row["rate_after"]),
            "mix_points": Points(row["mix_points"]),
            "rate_points": Points(row["rate_points"]),
        }
        for row in split.segments.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_alerts(watch: Watch, *, names: Names = _NOTHING, currency: str = "JPY") -> pd.DataFrame:
    """Return all alerts: ``what, raised, owner, levers, plays, state``."""
    rows = [
        {
            "what": tell_alert(one, names=names, currency=currency),
            "raised": one.raised_on,
            "owner": _NONE if one.owner_id is None else Text.same(one.owner_id),
            "levers": _list([name_metric(lever, names) for lever in one.levers]),
            "plays": _list([Text.same(play) for play in one.plays]),
            "state": say(f"kpi_changes.state.{one.state}"),
        }
        for one in watch.alerts
    ]
    return pd.DataFrame(rows, columns=["what", "raised", "owner", "levers", "plays", "state"])


def tabulate_series(watch: Watch, *, names: Names = _NOTHING) -> pd.DataFrame:
    """Return what is watched: ``metric, scope, grain, n_periods, smallest_fall, reason``."""
    rows = [
        {
            "metric": name_metric(one.metric_id, names),
            "scope": name_scope(one.scope_type, one.scope_id),
            "grain": say(f"kpi_changes.grain.{one.grain}"),
            "n_periods": Count(one.n_periods),
            "smallest_fall": _NONE if one.smallest_fall is None else Share(one.smallest_fall, 0),
            "reason": _NONE if one.quiet is None else tell_series(one),
        }
        for one in watch.series
    ]
    return pd.DataFrame(rows)


def tabulate_course(watch: Watch, metric_id: str, *, scope: Scope = COMPANY, currency: str = "JPY") -> pd.DataFrame:
    """Return the last two years of a series: ``period, value, foreseen``."""
    rows, _ = pick_course(watch, metric_id, scope, n_last=104)
    told = [
        {
            "period": row["period_start"].date(),
            "value": write_level(metric_id, row["value"], currency=currency),
            "foreseen": write_level(metric_id, _round(row["expected"]), currency=currency),
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(told)


def _round(value: float) -> float:
    return round(value) if value >= 10 else value


def tabulate_effects(
    effects: Sequence[ActionEffect], *, names: Names = _NOTHING, currency: str = "JPY"
) -> pd.DataFrame:
    """Return what came of actions: ``action, closed, what``."""
    rows = [
        {
            "action": Text.same(one.action_id),
            "closed": _NONE if one.closed_on is None else one.closed_on,
            "what": tell_effect(one, names=names, currency=currency),
        }
        for one in effects
    ]
    return pd.DataFrame(rows, columns=["action", "closed", "what"])


def _list(parts: Sequence[Text]) -> Text:
    return Text(", ".join(one.en for one in parts), "、".join(one.ja for one in parts)) if parts else _NONE
