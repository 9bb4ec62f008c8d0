"""What the pictures of changes are called, and the words that stand for them."""

from __future__ import annotations

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.explaining import ChangeExplanation
from saleslab.kpi.changes.pooling import COMPANY, Scope
from saleslab.kpi.changes.watching import Watch
from saleslab.kpi.changes.words import Names, name_metric, tell_alert, tell_change, write_level
from saleslab.wording import PictureWords, TableWords, Text, say

_NOTHING: Names = {}
_SHOWN = 104


def describe_change(
    found: ChangeExplanation, *, names: Names = _NOTHING, unit: str | None = None, currency: str = "JPY"
) -> PictureWords:
    """Return the words of ``charts.kpi_changes.draw_change``."""
    ends = [write_level(found.root, value, unit=unit, currency=currency) for value in (found.before, found.after)]
    root = name_metric(found.root, names)
    told = tell_change(found, names=names, unit=unit, currency=currency)
    return {
        "title": say("kpi_changes.figure.change.title", root=root),
        "caption": say("kpi_changes.figure.change.caption"),
        "alt": say("kpi_changes.chart.change_alt", root=root, before=ends[0], after=ends[1], most=told),
    }


def describe_alerts(
    watch: Watch, metric_id: str, *, scope: Scope = COMPANY, names: Names = _NOTHING, currency: str = "JPY"
) -> PictureWords:
    """Return the words of ``charts.kpi_changes.draw_alerts``."""
    rows, alerts = pick_course(watch, metric_id, scope, n_last=_SHOWN)
    days = (rows["period_end"] - rows["period_start"]).dt.days.median()
    name, grain = name_metric(metric_id, names), say(f"kpi_changes.grain.{'week' if days < 10 else 'month'}")
    alt: Text = say("kpi_changes.chart.alert_alt_none", name=name, grain=grain)
    if alerts:
        told = tell_alert(alerts[0], names=names, currency=currency)
        alt = say("kpi_changes.chart.alert_alt", name=name, grain=grain, told=told)
    return {
        "title": say("kpi_changes.figure.alerts.title", name=name, grain=grain),
        "caption": say("kpi_changes.figure.alerts.caption"),
        "alt": alt,
    }


def word_table(name: str) -> TableWords:
    """Return title and caption of a table: ``parts``, ``mix``, ``alerts``, ``series`` or ``effects``."""
    return {
        "title": say(f"kpi_changes.table.{name}.title"),
        "caption": say(f"kpi_changes.table.{name}.caption"),
    }


def pick_course(watch: Watch, metric_id: str, scope: Scope, *, n_last: int) -> tuple[pd.DataFrame, list[Alert]]:
    """Return the last periods of a series, and its alerts in them, the newest first.

    Raises
    ------
    NotEnoughData
        When the series is not watched.
    """
    path = watch.path
    own = (path["metric_id"] == metric_id) & (path["scope_type"] == scope.type) & (path["scope_id"] == scope.id)
    if not own.any():
        raise NotEnoughData(
            f"'{metric_id}' of {scope.type} {scope.id} is not watched, so nothing can be drawn.",
            "draw one of `watch.path`; `watch.series` says why the others are quiet.",
        )
    rows = path[own].tail(n_last)
    first = rows["period_start"].iloc[0].date()
    told = (metric_id, scope.type, scope.id)
    alerts = [
        one
        for one in watch.alerts
        if (one.metric_id, one.scope_type, one.scope_id) == told and one.kind == "change" and one.raised_on >= first
    ]
    return rows, alerts
