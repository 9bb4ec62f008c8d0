"""What changed, drawn: a goal from one period to another, factor by factor; a measure with its alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import altair as alt

from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    BAD,
    DESKTOP,
    GOOD,
    INK,
    QUIET,
    STRONG,
    WARN,
    finish,
    money_labels,
    month_labels,
    share_labels,
)
from saleslab.charts.waterfalls import Look, Step, draw_steps
from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.explaining import ChangeExplanation, ChangePart
from saleslab.kpi.changes.pictures import pick_course
from saleslab.kpi.changes.pooling import Scope
from saleslab.kpi.changes.watching import Watch
from saleslab.kpi.changes.words import name_metric, write_effect, write_level
from saleslab.wording import Money, Share, Text, say, write

Spec = dict[str, Any]
Names = dict[str, Text]

MOST_STEPS = 7
"""Factors that are drawn; the smallest ones beyond are one step."""

_SHOWN = {"desktop": 104, "phone": 52}
"""Weeks that are drawn."""


def draw_change(
    found: ChangeExplanation,
    *,
    lang: str,
    width: int,
    names: Names | None = None,
    unit: str | None = None,
    currency: str = "JPY",
) -> Spec:
    """Draw what each factor did: the goal before, what came on, what went, the goal after.

    Parameters
    ----------
    found
        From ``kpi.explain_change``.
    lang, width
        Language, and pixels.
    names
        What factors are called, where the library does not know them.
    unit, currency
        Of the goal, where the library does not know it.
    """
    ends = [write_level(found.root, value, unit=unit, currency=currency) for value in (found.before, found.after)]
    figures = [Text(write(end, "en"), write(end, "ja")) for end in ends]
    steps, at = [], found.before
    for label, amount in _list_steps(found.parts, names or {}):
        look: Look = "in" if amount > 0 else "out"
        figure = write_effect(found.root, amount, unit=unit, currency=currency)
        steps.append(Step(label, figure, at, at + amount, look))
        at += amount
    reached = [value for step in steps for value in (step.start, step.end)]
    lowest = min([found.before, found.after, *reached])
    highest = max([found.before, found.after, *reached])
    base = 0.0
    if lowest < 0 or lowest > 1.5 * (highest - lowest):
        base = lowest - 0.35 * (highest - lowest) - 0.01 * abs(lowest)
        base = base if lowest < 0 else max(0.0, base)
    for name, value, figure, place in zip(
        ("before", "after"), (found.before, found.after), figures, (0, len(steps) + 1), strict=True
    ):
        steps.insert(place, Step(say(f"kpi_changes.columns.{name}"), figure, value if base else 0.0, value, "level"))
    axis = _axis(ends[0], lang, currency)
    return draw_steps(steps, lang=lang, width=width, axis=axis, base=base)


def _list_steps(parts: Sequence[ChangePart], names: Names) -> list[tuple[Text, float]]:
    told = [part for part in parts if part.amount != 0]
    shown = told if len(told) <= MOST_STEPS else told[: MOST_STEPS - 1]
    steps = [(name_metric(part.name, names), part.amount) for part in shown]
    if len(shown) < len(told):
        steps.append((say("kpi_changes.chart.others"), sum(part.amount for part in told[len(shown) :])))
    return steps


def _axis(value: object, lang: str, currency: str) -> str:
    match value:
        case Money():
            return money_labels(lang, currency)
        case Share():
            return share_labels(lang)
    return "format(datum.value, ',')"


def draw_alerts(
    watch: Watch,
    metric_id: str,
    *,
    lang: str,
    width: int,
    scope_type: str = "company",
    scope_id: str = "company",
    unit: str | None = None,
    currency: str = "JPY",
) -> Spec:
    """Draw a measure against what was to be expected, and its alerts: from where a change began to where it was heard.

    Parameters
    ----------
    watch
        From ``kpi.monitor``.
    metric_id, scope_type, scope_id
        Which series.
    lang, width
        Language, and pixels; on a phone the last year is drawn, else the last two.
    unit, currency
        Where the library does not know them.

    Raises
    ------
    NotEnoughData
        When the series is not watched.
    """
    n_shown = _SHOWN["desktop" if width >= DESKTOP else "phone"]
    rows, alerts = pick_course(watch, metric_id, Scope(scope_type, scope_id), n_last=n_shown)
    line: list[dict[str, Any]] = [
        {"day": f"{row['period_start']:%Y-%m-%d}", "value": row["value"], "expected": row["expected"]}
        for row in rows.to_dict("records")
    ]
    floor, top = _find_ends(line)
    axis = _axis(write_level(metric_id, line[-1]["value"], unit=unit, currency=currency), lang, currency)
    scale = alt.Scale(domain=[floor, top + 0.16 * (top - floor)], nice=False)
    x = alt.X(
        "day:T", scale=alt.Scale(domain=_leave_room(line, width), nice=False),
        axis=alt.Axis(title=None, labelExpr=month_labels(lang), tickCount=6 if width >= DESKTOP else 4),
    )  # fmt: skip

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=axis, tickCount=4))

    data, marks = alt.Chart(alt.Data(values=line)), [_mark(one, line, top, floor, lang) for one in alerts]
    course = [
        data.mark_line(color=QUIET, strokeWidth=1.5).encode(x=x, y=y("value")),
        data.mark_point(color=INK, size=14, opacity=1).encode(x=x, y=y("value")),
        data.mark_line(color=ACCENT, strokeWidth=2.25).encode(x=x, y=y("expected")),
    ]
    shades, heard = _draw_marks(marks, y) if marks else ([], [])
    name = _name_expected(line, lang).mark_text(align="left", baseline="middle", dx=6, color=ACCENT)
    named = name.encode(x=x, y=y("expected"), text="text:N")
    return finish(alt.layer(*shades, *course, *heard, named), lang=lang, width=width)


def _find_ends(line: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Return floor and top of what is drawn; the floor is 0 unless the course would be flat above it."""
    top = max(max(row["value"], row["expected"]) for row in line)
    low = min(min(row["value"], row["expected"]) for row in line)
    return (0.0 if low < 1.5 * (top - low) or low <= 0 else low - 0.3 * (top - low)), top


def _draw_marks(marks: list[dict[str, Any]], y: Callable[[str], alt.Y]) -> tuple[list[alt.Chart], list[alt.Chart]]:
    """Return what lies behind the course, from onset to alarm, and what stands above it: alarms with their words."""
    told, colour = alt.Chart(alt.Data(values=marks)), alt.Color("colour:N", scale=None)
    raised, text = alt.X("raised:T"), {"y": y("head"), "text": "text:N", "color": colour}
    late, early = (told.transform_filter(f"{sign}datum.is_late") for sign in ("", "!"))
    return [
        told.mark_rect(color=ACCENT_FAINT).encode(x=alt.X("onset:T"), x2="raised:T", y=y("floor"), y2="head:Q")
    ], [
        told.mark_rule(strokeWidth=2).encode(x=raised, y=y("floor"), y2="head:Q", color=colour),
        late.mark_text(align="right", baseline="bottom", dx=2, dy=-4).encode(x=raised, **text),
        early.mark_text(align="left", baseline="bottom", dx=-2, dy=-4).encode(x=raised, **text),
    ]  # fmt: skip


def _leave_room(line: list[dict[str, Any]], width: int) -> list[str]:
    """Return the days between which lines are drawn, with room at the right for a name."""
    first, last = (date.fromisoformat(line[at]["day"]) for at in (0, -1))
    return [first.isoformat(), (last + (last - first) * (0.13 if width >= DESKTOP else 0.28)).isoformat()]


def _mark(alert: Alert, line: list[dict[str, Any]], top: float, floor: float, lang: str) -> dict[str, Any]:
    first, last = (date.fromisoformat(line[at]["day"]) for at in (0, -1))
    is_late = (alert.raised_on - first) > 0.7 * (last - first)
    colour = STRONG if alert.is_bad is None else BAD if alert.is_bad else GOOD
    return {
        "onset": f"{max(alert.onset_on, first):%Y-%m-%d}", "raised": f"{min(alert.raised_on, last):%Y-%m-%d}",
        "floor": floor, "head": top + 0.04 * (top - floor), "colour": WARN if alert.state == "past" else colour,
        "text": say(f"kpi_changes.chart.alert_{alert.direction}").of(lang), "is_late": is_late,
    }  # fmt: skip


def _name_expected(line: list[dict[str, Any]], lang: str) -> alt.Chart:
    last = line[-1]
    return alt.Chart(
        alt.Data(values=[{"day": last["day"], "expected": last["expected"]}
                         | {"text": say("kpi_changes.chart.expected").of(lang)}])
    )  # fmt: skip
