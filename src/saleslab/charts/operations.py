"""How the selling goes, drawn: each function takes one answer of `saleslab.operations`.

One accent colour, labels beside the marks instead of legends, and the same picture at the width of a phone and of a
desktop. Titles and captions stand outside the picture.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import altair as alt

from saleslab.charts.labels import label_periods, pick_label, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_SOFT,
    CARD,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    money_labels,
    share_labels,
)
from saleslab.operations import PipelineBoard, RepScore, Revenue, RevenueChange, Scorecard, Seasonality, WinRate
from saleslab.operations.pipeline import StageRow
from saleslab.operations.winrate import PeriodRate
from saleslab.periods import Grain
from saleslab.wording import Money, Share, say, write

Spec = dict[str, Any]

_ROW = 50
_MOST_REPS = 20


def draw_revenue(answer: Revenue, *, lang: str, width: int, currency: str = "JPY") -> Spec:
    """Draw won money month by month, with a mark where the same month stood a year earlier.

    The unfinished month is pale. The last bar and the last mark carry their names.
    """
    months = answer.months
    rows = [
        {
            "at": index,
            "won": float(month.won_amount),
            "before": None if month.year_before is None else float(month.year_before),
            "colour": ACCENT if month.is_over else ACCENT_SOFT,
        }
        for index, month in enumerate(months)
    ]
    room = 108 if width >= DESKTOP else 90
    slots = len(months)
    beyond = slots * room / (width - 60 - room)
    shown = list(range(slots - 1, -1, -1 if width >= DESKTOP else -3))
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[-0.6, slots - 0.4 + beyond], nice=False),
        axis=alt.Axis(
            values=shown, title=None, grid=False, domain=False, labelOverlap=False,
            labelExpr=label_periods([month.month for month in months], lang, shown=shown),
        ),
    )  # fmt: skip
    y = alt.Y(
        "won:Q",
        axis=alt.Axis(labelExpr=money_labels(lang, currency), title=None, tickCount=4),
        scale=alt.Scale(zero=True),
    )
    base = alt.Chart(alt.Data(values=rows))
    slot = (width - 60 - room) / slots
    layers = [base.mark_bar(size=max(4, slot * 0.62)).encode(x=x, y=y, color=alt.Color("colour:N", scale=None))]
    if any(row["before"] is not None for row in rows):
        earlier = base.transform_filter("datum.before != null")
        y_before = alt.Y("before:Q")
        layers.append(
            earlier.mark_tick(orient="horizontal", size=slot * 0.86, thickness=2, color=INK).encode(x=x, y=y_before)
        )
    layers += _name_last(rows, months[-1].won_amount, lang, currency)
    return finish(alt.layer(*layers), lang=lang, width=width)


def _name_last(rows: list[dict[str, Any]], won: Decimal, lang: str, currency: str) -> list[alt.Chart]:
    """Return the labels right of the last bar: what it is worth, and what the mark above or below it means."""
    last = rows[-1]
    words = [(last["won"], write(Money(won, currency), lang), STRONG)]
    if last["before"] is not None:
        words.append((last["before"], say("operations.chart.year_before").of(lang), SOFT))
    top = max(max(row["won"], row["before"] or 0) for row in rows) or 1
    if len(words) == 2 and abs(words[0][0] - words[1][0]) < 0.1 * top:
        above = words[1][0] >= words[0][0]
        middle = (words[0][0] + words[1][0]) / 2
        spread = 0.055 * top
        words = [
            (middle + (-spread if above else spread), *words[0][1:]),
            (middle + (spread if above else -spread), *words[1][1:]),
        ]
    data = [{"at": last["at"] + 0.55, "y": y, "text": text, "colour": colour} for y, text, colour in words]
    mark = alt.Chart(alt.Data(values=data)).mark_text(align="left", baseline="middle", dx=2)
    return [mark.encode(x="at:Q", y="y:Q", text="text:N", color=alt.Color("colour:N", scale=None))]


def draw_pipeline(answer: PipelineBoard, *, lang: str, width: int, currency: str = "JPY") -> Spec:
    """Draw the open deals by stage: one bar a stage, its old part grey, its figures above it.

    Bars measure money; where no open deal has an amount, they count deals. Several pipelines stand one after another,
    each under its name.
    """
    by_money = answer.total.n_without_amount < answer.total.n_deals
    rows, headings, height = _place_stages(answer, by_money=by_money, lang=lang, currency=currency)
    longest = max(row["total"] for row in rows) or 1
    for row in (*rows, *headings):
        row["longest"] = longest
    x = alt.X("start:Q", scale=alt.Scale(domain=[0, longest], nice=False), axis=None)
    y = alt.Y("top:Q", scale=alt.Scale(domain=[0, height], nice=False, reverse=True), axis=None)
    base = alt.Chart(alt.Data(values=rows))
    fresh = base.mark_rect(color=ACCENT).encode(x=x, x2="fresh:Q", y=y, y2="bottom:Q")
    old = base.mark_rect(color=QUIET).encode(x=alt.X("fresh:Q", axis=None), x2="total:Q", y=y, y2="bottom:Q")
    layers = [fresh, old]
    texts = [(rows, "left", "start:Q", "label:N", STRONG), (rows, "right", "longest:Q", "figures:N", INK)]
    for data, align, at, words, colour in [*texts, (headings, "left", "start:Q", "label:N", SOFT)]:
        text = alt.Chart(alt.Data(values=data)).mark_text(align=align, baseline="bottom", dy=-5, color=colour)
        layers.append(text.encode(x=alt.X(at, axis=None), y=y, text=words))
    return finish(alt.layer(*layers), lang=lang, width=width, height=height + 12)


def _place_stages(
    board: PipelineBoard, *, by_money: bool, lang: str, currency: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Return the bars from top to bottom, a heading for each of several pipelines, and the height of all."""
    is_many = len({stage.pipeline_id for stage in board.stages}) > 1
    rows: list[dict[str, Any]] = []
    headings: list[dict[str, Any]] = []
    top, previous = 0, object()
    for stage in board.stages:
        if is_many and stage.pipeline_id != previous:
            headings.append({"label": shorten(_pipeline_name(stage, lang), 30), "start": 0, "top": top + 26})
            top, previous = top + 26, stage.pipeline_id
        rows.append(_stage_bar(stage, top, by_money, lang, currency))
        top += _ROW
    return rows, headings, top


def _pipeline_name(stage: StageRow, lang: str) -> str:
    """Return what a pipeline is called, or its id without the name of the system it comes from."""
    if stage.pipeline_label:
        return stage.pipeline_label
    any_id = stage.pipeline_id or say("operations.chart.unknown_pipeline").of(lang)
    return any_id.partition(":")[2] or any_id


def _stage_bar(stage: StageRow, top: int, by_money: bool, lang: str, currency: str) -> dict[str, Any]:
    total = float(stage.amount) if by_money else float(stage.n_deals)
    old = 0.0
    if stage.n_old is not None and stage.old_amount is not None:
        old = float(stage.old_amount) if by_money else float(stage.n_old)
    parts = [write(Money(stage.amount, currency), lang)] if by_money else []
    parts.append(say("operations.chart.n_deals", n=stage.n_deals).of(lang))
    if total and old:
        parts.append(say("operations.chart.old_share", share=Share(old / total, 0)).of(lang))
    label = stage.label or stage.stage_id or say("operations.chart.unknown_stage").of(lang)
    return {
        "label": shorten(label, 18),
        "figures": say("operations.chart.separator").of(lang).join(parts),
        "start": 0,
        "fresh": total - old,
        "total": total,
        "top": top + 26,
        "bottom": top + 38,
    }


def draw_win_rate(answer: WinRate, *, lang: str, width: int) -> Spec:
    """Draw the win rate by period as points on their intervals; the current period in the accent colour."""
    most = len(answer.by_period) if width >= DESKTOP else 6
    shown = answer.by_period[-most:]
    rows = [_rate_point(each, index, answer.current, lang) for index, each in enumerate(shown) if each.rate is not None]
    top = min(1.0, max(row["high"] for row in rows) * 1.15)
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[-0.5, len(shown) - 0.5], nice=False),
        axis=alt.Axis(
            values=list(range(len(shown))), labelExpr=label_periods([each.period for each in shown], lang), title=None,
            domain=False, grid=False,
        ),
    )  # fmt: skip
    axis = alt.Axis(labelExpr=share_labels(lang), title=None, tickCount=4)
    y = alt.Y("rate:Q", scale=alt.Scale(domain=[0, top], nice=True), axis=axis)
    colour = alt.Color("colour:N", scale=None)
    layers = [
        base.mark_rule(strokeWidth=7, strokeCap="round").encode(
            x=x, y=alt.Y("low:Q", axis=axis), y2="high:Q", color=alt.Color("band:N", scale=None)
        ),
        base.mark_line(color=QUIET, strokeWidth=1.25).encode(x=x, y=y),
        base.mark_point(size=64, opacity=1).encode(x=x, y=y, color=colour),
        base.mark_text(align="center", baseline="bottom", dy=-6).encode(
            x=x, y=alt.Y("high:Q"), text="text:N", color=alt.Color("words:N", scale=None)
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)


def _rate_point(each: PeriodRate, index: int, current: PeriodRate, lang: str) -> dict[str, Any]:
    assert each.rate is not None
    is_current = each.period == current.period
    return {
        "at": index,
        "rate": each.rate.estimate,
        "low": each.rate.low,
        "high": each.rate.high,
        "colour": ACCENT if is_current else SOFT,
        "band": ACCENT_SOFT if is_current else QUIET,
        "words": STRONG if is_current else SOFT,
        "text": write(Share(each.rate.estimate, 0), lang),
    }


def draw_scorecard(answer: Scorecard, *, lang: str, width: int, names: Mapping[str, str] | None = None) -> Spec:
    """Draw each person's pooled win rate as a dot on its interval, beside the team's rate.

    People stand in the sequence of their rates, at most 20 of them, those with the most decided deals. In the accent
    colour: clearly off that rate; hollow: too few deals to say.
    """
    names = names or {}
    reps = sorted(answer.reps, key=lambda rep: -(rep.n_won + rep.n_lost))[:_MOST_REPS]
    reps.sort(key=lambda rep: -rep.win_rate.estimate)
    blank = say("operations.scorecard.unassigned").of(lang)
    rows = [_rep_row(rep, index, names, blank) for index, rep in enumerate(reps)]
    low, top = min(row["low"] for row in rows), max(row["high"] for row in rows)
    domain = [max(0.0, math.floor(low * 20 - 0.5) / 20), min(1.0, math.ceil(top * 20 + 0.5) / 20)]
    is_right = answer.team_rate.estimate > domain[0] + 0.6 * (domain[1] - domain[0])
    height, room = len(rows) * 28, 14 if width >= DESKTOP else 9
    y = {"scale": alt.Scale(domain=[-0.6, len(rows) - 0.4], nice=False, reverse=True)}
    axis = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([shorten(row["name"], room) for row in rows]), title=None,
        grid=False, labelColor=INK, labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    x = alt.X(
        "low:Q",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(labelExpr=share_labels(lang), title=None, grid=True, domain=False, tickCount=4),
    )
    base = alt.Chart(alt.Data(values=rows))
    hollow = {"fill": CARD, "stroke": SOFT, "strokeWidth": 1.5, "filled": True}
    team = alt.Chart(alt.Data(values=[{"rate": answer.team_rate.estimate, "at": -0.6, "text": _team(answer, lang)}]))
    layers = [
        team.mark_rule(color=SOFT, strokeDash=[3, 3]).encode(x="rate:Q"),
        team.mark_text(align="right" if is_right else "left", baseline="bottom", dy=-3, color=SOFT).encode(
            x="rate:Q", y=alt.Y("at:Q", axis=axis, **y), text="text:N"
        ),
        base.mark_rule(strokeWidth=6, strokeCap="round").encode(
            x=x, x2="high:Q", y=alt.Y("at:Q", axis=axis, **y), color=alt.Color("band:N", scale=None)
        ),
        base.transform_filter("datum.is_placed")
        .mark_point(size=64, opacity=1)
        .encode(x="rate:Q", y=alt.Y("at:Q", axis=axis, **y), color=alt.Color("colour:N", scale=None)),
        base.transform_filter("!datum.is_placed")
        .mark_point(size=52, opacity=1, **hollow)
        .encode(x="rate:Q", y=alt.Y("at:Q", axis=axis, **y)),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=height + 56)


def _team(answer: Scorecard, lang: str) -> str:
    return say("operations.chart.team", rate=Share(answer.team_rate.estimate, 0)).of(lang)


def _rep_row(rep: RepScore, index: int, names: Mapping[str, str], blank: str) -> dict[str, Any]:
    return {
        "at": index,
        "name": blank if rep.owner_id is None else names.get(rep.owner_id, rep.owner_id),
        "rate": rep.win_rate.estimate,
        "low": rep.win_rate.low,
        "high": rep.win_rate.high,
        "is_placed": rep.stands is not None,
        "colour": ACCENT if rep.stands in {"above", "below"} else SOFT,
        "band": ACCENT_SOFT if rep.stands in {"above", "below"} else QUIET,
    }


def draw_change(answer: RevenueChange, *, lang: str, width: int, currency: str = "JPY", grain: Grain = "other") -> Spec:
    """Draw what the change in won money consists of, as a bridge from the period before to this one.

    ``grain`` is that of the periods, by which their bars are called.
    """
    level = float(answer.old.won_amount)
    steps: list[tuple[str, float, float, Decimal]] = [("old", 0.0, level, answer.old.won_amount)]
    for name, part in answer.parts.items():
        steps.append((name, level, level + float(part), part))
        level += float(part)
    steps.append(("new", 0.0, level, answer.new.won_amount))
    rows = [_bar(index, step, lang, currency) for index, step in enumerate(steps)]
    highest = max(max(row["from"], row["to"]) for row in rows)
    ends = {"old": f"old_{grain}", "new": f"new_{grain}"}
    labels = [say(f"operations.chart.bridge.{ends.get(row['key'], row['key'])}").of(lang) for row in rows]
    base = alt.Chart(alt.Data(values=rows))
    axis = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label(labels), title=None, grid=False, labelColor=INK,
        labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    y = alt.Y("at:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], nice=False, reverse=True), axis=axis)
    room = 1.25 if width >= DESKTOP else 1.6
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, highest * room], nice=False), axis=None)
    layers = [
        base.mark_bar(size=16).encode(x=x, x2="to:Q", y=y, color=alt.Color("colour:N", scale=None)),
        base.mark_text(align="left", baseline="middle", dx=6).encode(
            x=alt.X("above:Q", axis=None), y=y, text="text:N", color=alt.Color("words:N", scale=None)
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(rows) * 34 + 10)


def _bar(index: int, step: tuple[str, float, float, Decimal], lang: str, currency: str) -> dict[str, Any]:
    key, start, end, value = step
    written = write(Money(value, currency), lang)
    is_part = key not in {"old", "new"}
    colour = (ACCENT_SOFT if end >= start else QUIET) if is_part else (ACCENT if key == "new" else SOFT)
    return {
        "at": index,
        "key": key,
        "from": start,
        "to": end,
        "above": max(start, end),
        "text": f"+{written}" if is_part and value > 0 else written,
        "colour": colour,
        "words": STRONG if key == "new" else INK,
    }


def draw_seasonality(answer: Seasonality, *, lang: str, width: int) -> Spec:
    """Draw the index of each month of the year on its interval; months clearly off it in the accent colour."""
    rows: list[dict[str, Any]] = [
        {
            "at": month,
            "index": each.estimate,
            "low": each.low,
            "high": each.high,
            "colour": ACCENT if answer.verdict == "found" and 1 not in each else SOFT,
            "band": ACCENT_SOFT if answer.verdict == "found" and 1 not in each else QUIET,
        }
        for month, each in enumerate(answer.index)
    ]
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    base = alt.Chart(alt.Data(values=rows))
    labels = [say(f"operations.chart.months.m{month + 1}").of(lang) for month in range(12)]
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[-0.5, 11.5], nice=False),
        axis=alt.Axis(
            values=list(range(12)), labelExpr=pick_label(labels), title=None, domain=False, labelOverlap="parity"
        ),
    )
    scale = alt.Scale(domain=[min(0.8, low * 0.97), max(1.2, high * 1.03)], nice=True, zero=False)
    average = json.dumps(say("operations.chart.average").of(lang), ensure_ascii=False)
    per_cent = "format((datum.value - 1) * 100, '+.0f') + '" + ("%'" if lang == "ja" else " %'")
    axis = alt.Axis(labelExpr=f"abs(datum.value - 1) < 1e-9 ? {average} : {per_cent}", title=None, tickCount=5)
    line = alt.Chart(alt.Data(values=[{"one": 1}]))
    layers = [
        line.mark_rule(color=SOFT).encode(y=alt.Y("one:Q", scale=scale, axis=axis)),
        base.mark_rule(strokeWidth=7, strokeCap="round").encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q", color=alt.Color("band:N", scale=None)
        ),
        base.mark_point(size=64, opacity=1).encode(
            x=x, y=alt.Y("index:Q", scale=scale, axis=axis), color=alt.Color("colour:N", scale=None)
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)
