"""Forecasts, drawn: a series that fans out, with its target; where the period lands; the deals that decide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from saleslab.charts.labels import list_period_labels, pick_label, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    money_labels,
    share_labels,
)
from saleslab.charts.waterfalls import Look, Step, draw_movement, draw_steps
from saleslab.forecasting.outlook.pictures import (
    list_deciding,
    list_landing_steps,
    name_part,
    tabulate_course,
    write_chance,
)
from saleslab.wording import Money, Number, Text, say, write

if TYPE_CHECKING:
    from saleslab.forecasting.outlook.review import SalesOutlook
    from saleslab.periods import Period

__all__ = ["draw_deciding", "draw_fan", "draw_landing", "draw_movement", "draw_quarters"]

Spec = dict[str, Any]

_GAP, _BEFORE = 0.085, 0.02


def draw_fan(
    history: pd.DataFrame,
    forecast: pd.DataFrame,
    *,
    lang: str,
    width: int,
    currency: str | None = "JPY",
    target: float | pd.DataFrame | None = None,
    periods: Sequence[Period] = (),
) -> Spec:
    """Draw what came and what will: a line, then a fan.

    Parameters
    ----------
    history
        One series: ``period, value``.
    forecast
        Of the same series, from `forecast_series`: ``period, median`` and bounds; the inner and the outer pair are
        drawn.
    currency
        Of the values; None for plain numbers.
    target
        What is to be reached, the same in each period to come, or a frame ``period, target``.
    periods
        What the company calls the periods; without them ticks are months of the calendar.
    """
    bounds = _list_bounds(forecast)
    past = [{"day": f"{row['period']:%Y-%m-%d}", "value": float(row["value"])} for row in history.to_dict("records")]
    # the fan opens at the last value that is known
    start: dict[str, Any] = {"day": past[-1]["day"], "median": past[-1]["value"]}
    start |= {name: past[-1]["value"] for pair in bounds for name in pair}
    ahead = [start]
    for row in forecast.to_dict("records"):
        values = {name: float(row[name]) for name in ("median", *(name for pair in bounds for name in pair))}
        ahead.append({"day": f"{row['period']:%Y-%m-%d}"} | values)
    goals = _list_goals(target, forecast)
    rows = (*past, *ahead, *goals)
    x, y = _make_axes(rows, periods=periods, lang=lang, width=width, currency=currency)
    known, said = alt.Chart(alt.Data(values=past)), alt.Chart(alt.Data(values=ahead))
    layers = [
        said.mark_area(color=colour, opacity=1).encode(x=x, y=y(low), y2=f"{high}:Q")
        for (low, high), colour in zip(reversed(bounds), (ACCENT_FAINT, ACCENT_SOFT)[-len(bounds) :], strict=False)
    ]
    layers += [
        known.mark_line(color=INK, strokeWidth=2).encode(x=x, y=y("value")),
        said.mark_line(color=ACCENT).encode(x=x, y=y("median")),
        alt.Chart(alt.Data(values=ahead[1:])).mark_point(color=ACCENT, size=34, opacity=1).encode(x=x, y=y("median")),
    ]
    if goals:
        marks = alt.Chart(alt.Data(values=goals))
        size = min(18, max(8, 0.4 * width / (len(past) + len(ahead))))
        layers.append(marks.mark_tick(color=STRONG, thickness=3, size=size).encode(x=x, y=y("target")))
    labels = alt.Chart(alt.Data(values=_name_ends(ahead[-1], goals, bounds, lang=lang, currency=currency)))
    layers.append(
        labels.mark_text(align="left", baseline="middle", dx=12).encode(
            x=x, y=y("at"), text="text:N", color=alt.Color("colour:N", scale=None)
        )
    )
    return finish(alt.layer(*layers), lang=lang, width=width)


def _list_bounds(forecast: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the pairs of bounds from the inner to the outer, two at the most."""
    masses = sorted(float(name.removeprefix("lower_")) for name in forecast.columns if name.startswith("lower_"))
    return [(f"lower_{mass:.10g}", f"upper_{mass:.10g}") for mass in masses][:2]


def _list_goals(target: float | pd.DataFrame | None, forecast: pd.DataFrame) -> list[dict[str, Any]]:
    if target is None:
        return []
    if isinstance(target, pd.DataFrame):
        rows = list(zip(target["period"], target["target"], strict=True))
    else:
        rows = [(period, target) for period in forecast["period"]]
    return [{"day": f"{period:%Y-%m-%d}", "target": float(goal)} for period, goal in rows]


def _make_axes(
    rows: Sequence[dict[str, Any]], *, periods: Sequence[Period], lang: str, width: int, currency: str | None
) -> tuple[alt.X, Any]:
    """Return the axis of time, with room for labels after its end, and what makes an axis of values."""
    days = [pd.Timestamp(row["day"]) for row in rows]
    first, last = min(days), max(days)
    share = 0.17 if width >= DESKTOP else 0.36
    until = last + (last - first) * share / (1 - share)
    since = first - (last - first) * _BEFORE
    most = (9, 5) if periods else (7, 3)
    shown = _choose_days(days, most[0] if width >= DESKTOP else most[1])
    named = {"labelExpr": _name_days(shown, periods, lang, apart=1 if width >= DESKTOP else 3)} if periods else {}
    ticks = alt.Axis(title=None, grid=False, format="%Y-%m", values=shown, labelOverlap=False, **named)
    x = alt.X("day:T", axis=ticks, scale=alt.Scale(domain=[f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}"], nice=False))
    values = [value for row in rows for name, value in row.items() if name != "day"]
    low, high = min(0.0, *values), max(values)
    scale = alt.Scale(domain=[low, high + 0.06 * (high - low) or 1.0], nice=False)
    labels = money_labels(lang, currency) if currency else "format(datum.value, ',')"

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5, labelExpr=labels))

    return x, y


def _name_days(shown: Sequence[str], periods: Sequence[Period], lang: str, *, apart: int) -> str:
    """Return the expression that writes the company's name of a period at the tick of its first day."""
    days = [one.start.isoformat() for one in periods]
    labels = list_period_labels(periods, lang, shown={days.index(day) for day in shown if day in days}, apart=apart)
    named = json.dumps(dict(zip(days, labels, strict=True)), ensure_ascii=False)
    return f"{named}[utcFormat(datum.value, '%Y-%m-%d')]"


def _choose_days(days: list[pd.Timestamp], most: int) -> list[str]:
    """Return so many of the days as fit, the last one first, evenly apart."""
    known = sorted(set(days))
    step = -(-len(known) // most)
    return [f"{day:%Y-%m-%d}" for day in known[::-step]]


def _name_ends(
    last: dict[str, Any],
    goals: list[dict[str, Any]],
    bounds: list[tuple[str, str]],
    *,
    lang: str,
    currency: str | None,
) -> list[dict[str, Any]]:
    """Return what is written beside the end of the fan, and beside the target, apart from each other."""
    words = [(last["median"], _tell(last["median"], lang, currency), ACCENT)]
    if bounds:
        low, high = bounds[0]
        words += [(last[name], _tell(last[name], lang, currency), SOFT) for name in (low, high)]
    if goals and goals[-1]["day"] == last["day"]:
        words.append((goals[-1]["target"], say("forecast_pages.chart.target").of(lang), STRONG))
    words.sort(key=lambda word: word[0])
    top = max(value for row in (last, *goals) for name, value in row.items() if name != "day") or 1.0
    placed: list[dict[str, Any]] = []
    for value, text, colour in words:
        at = value if not placed else max(value, placed[-1]["at"] + _GAP * top)
        placed.append({"at": at, "day": last["day"], "text": text, "colour": colour})
    return placed


def _tell(value: float, lang: str, currency: str | None) -> str:
    return write(Money(Decimal(round(value)), currency) if currency else Number(value, 0), lang)


def draw_landing(outlook: SalesOutlook, *, lang: str, width: int) -> Spec:
    """Draw what is won and what each part is expected to bring, up to the landing with its range; the target across."""
    currency = outlook.currency
    steps = []
    for row in list_landing_steps(outlook):
        name = name_part(outlook, row.part)
        shown = Money(Decimal(round(abs(row.end - row.start))), currency)
        figure = Text(write(shown, "en"), write(shown, "ja"))
        if row.part not in {"won", "landing"}:
            figure = say(f"forecast_pages.chart.{'plus' if row.end >= row.start else 'minus'}", value=shown)
        look: Look = "won" if row.part == "won" else "level" if row.part == "landing" else "in"
        steps.append(Step(name, figure, row.start, row.end, look, row.low, row.high))
    rule = None
    if outlook.target is not None:
        goal = Money(Decimal(round(outlook.target.amount)), currency)
        rule = (outlook.target.amount, say("forecast_pages.chart.target_is", target=goal))
    return draw_steps(steps, lang=lang, width=width, axis=money_labels(lang, currency), rule=rule)


def draw_deciding(outlook: SalesOutlook, *, lang: str, width: int) -> Spec:
    """Draw the chance to reach the target with each of the deciding deals lost, and won."""
    deals, chance = list_deciding(outlook), outlook.landing.chance_hit
    assert chance is not None
    room = 17 if width >= DESKTOP else 9
    rows: list[dict[str, Any]] = [
        {
            "at": at, "lost": row.chance_if_lost, "won": row.chance_if_won,
            "text": write(Money(Decimal(round(row.amount or 0)), outlook.currency), lang),
        }
        for at, row in enumerate(deals)
    ]  # fmt: skip
    n = len(rows)
    names = [shorten(row.name, room) for row in deals]
    ticks = alt.Axis(
        values=list(range(n)), labelExpr=pick_label(names), title=None, grid=False, domain=False, labelOverlap=False,
        tickCount=n, labelColor=INK, labelLimit=200,
    )  # fmt: skip
    low, high = min(row["lost"] for row in rows), max(row["won"] for row in rows)
    gap = max(high - low, 0.02)
    space = 0.26 if width >= DESKTOP else 0.5
    scale = alt.Scale(domain=[max(0.0, low - 0.06 * gap), high + space * gap], nice=False)
    shares = alt.Axis(
        labelExpr=share_labels(lang, 0 if gap > 0.05 else 1),
        title=None,
        grid=False,
        tickCount=5 if width >= DESKTOP else 3,
    )
    y_scale = alt.Scale(domain=[-1.2, n - 0.5], nice=False, reverse=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=scale, axis=shares)

    y = alt.Y("at:Q", scale=y_scale, axis=ticks)
    data = alt.Chart(alt.Data(values=rows))
    word = say("forecast_pages.chart.now", chance=write_chance(chance)).of(lang)
    now = alt.Chart(alt.Data(values=[{"now": chance, "top": -0.6, "head": -0.95, "down": n - 0.5, "text": word}]))
    layers = [
        now.mark_rule(color=SOFT, strokeDash=[5, 4]).encode(
            x=x("now"), y=alt.Y("top:Q", scale=y_scale, axis=ticks), y2="down:Q"
        ),
        now.mark_text(color=SOFT, baseline="middle").encode(
            x=x("now"), y=alt.Y("head:Q", scale=y_scale, axis=ticks), text="text:N"
        ),
        data.mark_rule(color=ACCENT_SOFT, strokeWidth=7, strokeCap="round").encode(x=x("lost"), x2="won:Q", y=y),
        data.mark_point(color=QUIET, size=70, opacity=1).encode(x=x("lost"), y=y),
        data.mark_point(color=ACCENT, size=70, opacity=1).encode(x=x("won"), y=y),
        data.mark_text(align="left", baseline="middle", dx=10).encode(x=x("won"), y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=n * 30 + 60)


def draw_quarters(outlook: SalesOutlook, *, lang: str, width: int) -> Spec:
    """Draw what past periods brought, and where this one lands with its range; targets as marks."""
    past, ahead, goals = tabulate_course(outlook)
    days = [*past["period"], *ahead["period"]]
    grain = outlook.period.grain
    periods = [] if grain == "other" else [outlook.calendar.period_of(day.date(), grain) for day in days]
    told: dict[str, Any] = {"currency": outlook.currency, "target": goals, "periods": periods}
    return draw_fan(past, ahead, lang=lang, width=width, **told)
