"""What changes, alerts and actions come to, as sentences in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.explaining import LIKELY, REAL, ChangeExplanation, ChangePart
from saleslab.kpi.changes.following import ActionEffect
from saleslab.kpi.changes.freshness import Freshness
from saleslab.kpi.changes.mixing import MixSplit
from saleslab.kpi.changes.watching import Watch, WatchedSeries
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.metrics.values import value_level
from saleslab.stats.intervals import Interval
from saleslab.tables.catalogue import CANONICAL
from saleslab.wording import LANGUAGES, Change, Count, Number, Points, Share, Text, join_texts, say, write
from saleslab.wording.block_words import BannerWords
from saleslab.wording.values import Value

Names = Mapping[str, Text]

_ROOM = "kpi_changes"
_NOTHING: Names = {}


def name_metric(metric_id: str, names: Names = _NOTHING) -> Text:
    """Return what a metric is called: as the caller says, as the library does, else by its id.

    Examples
    --------
    >>> name_metric("win_rate").ja
    '受注率'
    """
    metric = library().get(metric_id)
    return names.get(metric_id) or (metric.label if metric else Text.same(metric_id))


def name_scope(scope_type: str, scope_id: str) -> Text:
    """Return whose values they are."""
    return say(f"{_ROOM}.scope.{scope_type}", id=scope_id)


def write_level(metric_id: str, value: float, *, unit: str | None = None, currency: str = "JPY") -> Value:
    """Return a value in the unit of its metric, the library's where none is given.

    Examples
    --------
    >>> write_level("win_rate", 0.25), write_level("n_own", 12.0)
    (Share(value=0.25, digits=1), Count(n=12, thing=''))
    """
    metric: Metric | None = library().get(metric_id)
    return value_level(value, unit or (metric.unit if metric else None), currency=currency)


def write_effect(metric_id: str, amount: float, *, unit: str | None = None, currency: str = "JPY") -> Text:
    """Return a part of a change with its sign."""
    shown = write_level(metric_id, abs(amount), unit=unit, currency=currency)
    if isinstance(shown, Share):
        return Text(*(write(Points(amount), lang) for lang in LANGUAGES))
    return say(f"{_ROOM}.chart.{'minus' if amount < 0 else 'plus'}", value=shown)


def tell_change(
    found: ChangeExplanation, *, names: Names = _NOTHING, unit: str | None = None, currency: str = "JPY"
) -> Text:
    """Return what changed, which factor did most, and which one went against it.

    Parameters
    ----------
    found
        From `explain_change`.
    names
        What factors are called, where the library does not know them.
    unit, currency
        Of the root, where the library does not know it.

    Examples
    --------
    >>> from saleslab.kpi import parse_formula
    >>> from saleslab.kpi.changes.explaining import explain_change
    >>> formulas = {"n_won": parse_formula("n_decided * share")}
    >>> found = explain_change(formulas, {"n_decided": 100, "share": 0.2}, {"n_decided": 80, "share": 0.3})
    >>> tell_change(found).en
    'Deals won rose by 4, from 20 to 24. share did most: +9. Deals decided went against it: −5.'
    """

    def show(value: float) -> Value:
        return write_level(found.root, round(value, 9), unit=unit, currency=currency)

    net = round(found.amount, 9)
    way = "same" if net == 0 else "up" if net > 0 else "down"
    told = [
        say(
            f"{_ROOM}.change.{way}", root=name_metric(found.root, names), amount=show(abs(found.amount)),
            before=show(found.before), after=show(found.after),
        )
    ]  # fmt: skip
    helping = [part for part in found.parts if part.amount * net > 0]
    against = [part for part in found.parts if part.amount * net < 0]
    for key, parts in (("most", helping), ("against", against)):
        if parts:
            amount = write_effect(found.root, round(parts[0].amount, 9), unit=unit, currency=currency)
            told.append(say(f"{_ROOM}.change.{key}", name=name_metric(parts[0].name, names), amount=amount))
    return join_texts(*told)


def tell_part(part: ChangePart, *, names: Names = _NOTHING, unit: str | None = None, currency: str = "JPY") -> Text:
    """Return what became of one factor, and whether that was real or could be noise."""
    chance = Share(part.move.chance_moved, 0) if part.move else Share(0.0)
    ends = [write_level(part.name, value, unit=unit, currency=currency) for value in (part.before, part.after)]
    return say(
        f"{_ROOM}.part.{part.verdict}", name=name_metric(part.name, names), before=ends[0], after=ends[1], chance=chance
    )


def tell_mix(split: MixSplit) -> Text:
    """Return how much of a change of a rate is mix, and how much is rate."""
    key = "pure" if split.rate_points == 0 else "none" if split.mix_points == 0 else "both"
    return say(
        f"{_ROOM}.mix.{key}", before=Share(split.rate_before), after=Share(split.rate_after),
        mix=Points(split.mix_points), rate=Points(split.rate_points),
    )  # fmt: skip


def tell_alert(
    alert: Alert,
    *,
    names: Names = _NOTHING,
    scopes: Mapping[str, str] = MappingProxyType({}),
    unit: str | None = None,
    currency: str = "JPY",
) -> Text:
    """Return what an alert is about.

    Parameters
    ----------
    alert
        From `monitor` or `check_triggers`.
    names, scopes
        What measures are called where the library does not know them, and teams or people by id.
    unit, currency
        Of the measure, where the library does not know it.

    Examples
    --------
    >>> from datetime import date
    >>> tell_alert(Alert("a", "change", "win_rate", "company", "company", "down", True, date(2026, 8, 3),
    ...                  date(2026, 9, 6), None, 0.18, 0.25)).en
    'Win rate (whole company) has been lower since 3 Aug 2026: 18.0 % instead of 25.0 %.'
    """
    ends = [write_level(alert.metric_id, value, unit=unit, currency=currency) for value in _round(alert)]
    scope = name_scope(alert.scope_type, scopes.get(alert.scope_id, alert.scope_id))
    key = alert.direction if alert.kind == "change" else f"risk_{alert.direction}"
    if alert.kind == "change" and isinstance(ends[0], Share):
        key += "_share"
    return say(
        f"{_ROOM}.alert.{key}", name=name_metric(alert.metric_id, names), onset=alert.onset_on, observed=ends[0],
        scope=scope, expected=ends[1], change=Change((alert.factor or 1.0) - 1),
    )  # fmt: skip


def _round(alert: Alert) -> tuple[float, float]:
    """Return both ends, whole where they are large: nobody counts tenths of calls."""
    is_large = max(abs(alert.observed), abs(alert.expected)) >= 10
    return (round(alert.observed), round(alert.expected)) if is_large else (alert.observed, alert.expected)


def tell_task(alert: Alert, *, names: Names = _NOTHING, currency: str = "JPY") -> Text:
    """Return what the owner of an alert is to do."""
    return say(
        f"{_ROOM}.task.{alert.kind}_{alert.direction}", name=name_metric(alert.metric_id, names), onset=alert.onset_on,
        scope=name_scope(alert.scope_type, alert.scope_id),
        expected=write_level(alert.metric_id, alert.expected, currency=currency),
    )  # fmt: skip


def tell_watch(watch: Watch) -> Text:
    """Return how many alerts are open on how many series, and what is promised."""
    key = "alerts" if watch.open_alerts else "quiet"
    return join_texts(
        say(f"{_ROOM}.watch.{key}", watched=Count(watch.n_watched), alerts=Count(len(watch.open_alerts))),
        say(f"{_ROOM}.watch.budget", budget=Number(watch.budget, 1 if watch.budget >= 0.1 else 2)),
    )


def tell_series(series: WatchedSeries) -> Text:
    """Return why a series is quiet, or which fall would be found."""
    if series.quiet is not None:
        return say(f"{_ROOM}.quiet.{series.quiet}")
    if series.smallest_fall is None:
        return say(f"{_ROOM}.watch.{'finds_not' if series.is_in_first_year else 'finds_none'}")
    return say(f"{_ROOM}.watch.finds", fall=Share(series.smallest_fall, 0))


def tell_effect(effect: ActionEffect, *, names: Names = _NOTHING, currency: str = "JPY") -> Text:
    """Return what came of one action: the measure before and after with the interval of its change."""
    name = name_metric(effect.metric_id, names)
    if effect.move is None or effect.before is None or effect.after is None:
        return say(f"{_ROOM}.effect.{effect.standing}", name=name)
    chance = effect.move.chance_moved
    verdict = "real" if chance >= REAL else "likely" if chance >= LIKELY else "noise"
    before, after = (write_level(effect.metric_id, value, currency=currency) for value in (effect.before, effect.after))
    low, high = write_ends(effect.metric_id, effect.move.change)
    return say(
        f"{_ROOM}.effect.judged", name=name, before=before, after=after, low=low, high=high,
        verdict=say(f"{_ROOM}.effect.{verdict}", chance=Share(chance, 0)),
    )  # fmt: skip


def write_ends(metric_id: str, change: Interval) -> tuple[Value, Value]:
    """Return the ends of a change: points for shares, per cent for the rest."""
    metric = library().get(metric_id)
    if (metric is not None and metric.unit == "rate") or change.low < 0:
        return Points(change.low), Points(change.high)
    return Change(change.low - 1), Change(change.high - 1)


def tell_freshness(found: Sequence[Freshness]) -> BannerWords | None:
    """Return the banner of a page whose data are old; None where none are.

    Examples
    --------
    >>> from datetime import datetime
    >>> from saleslab.kpi.changes.freshness import check_freshness
    >>> now = datetime(2026, 11, 29, 9)
    >>> tell_freshness(check_freshness({"leads": datetime(2026, 11, 28, 8)}, as_of=now))["text"].en
    'The data are old: Lead was last updated 25 hours ago.'
    """
    stale = [one for one in found if one.is_stale]
    if not stale:
        return None
    told = [one for one in stale if one.age is not None]
    first = told[0] if told else stale[0]
    text = say(f"{_ROOM}.fresh.never", table=_name_table(first.table))
    if first.age is not None:
        hours = Count(int(first.age.total_seconds() // 3600))
        text = say(f"{_ROOM}.fresh.stale", table=_name_table(first.table), hours=hours)
    details = [
        say(f"{_ROOM}.fresh.never", table=_name_table(one.table)) if one.last_at is None
        else say(f"{_ROOM}.fresh.detail", table=_name_table(one.table), at=one.last_at)
        for one in stale
    ]  # fmt: skip
    return {"name": "data_age", "text": text, "tone": "warn", "details": details}


def _name_table(table: str) -> Text:
    known = CANONICAL.get(table)
    return Text(known.label.en, known.label.ja) if known else Text.same(table)
