"""Whether a model ranks leads well, drawn: each function takes an answer of `saleslab.scoring`.

What a team will live with is blue, what only looks good is grey, and every line carries its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import altair as alt

from saleslab.charts.labels import pick_label, shorten
from saleslab.charts.ranking_curves import Axes, Curve, draw_curves, draw_lot
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    BAD,
    DESKTOP,
    INK,
    QUIET,
    SERIES,
    SOFT,
    STRONG,
    finish,
    money_labels,
    share_labels,
)
from saleslab.scoring import DriftWatch, LeadExplanation, MoneyCurve, ScoreEvaluation, ScoreMeasures
from saleslab.stats import Calibration, Gathered, Interval
from saleslab.wording import Money, Number, Points, Share, Text, say, write

Spec = dict[str, Any]

_RUNG, _STEP = 48, 44
_LETTERS_DESKTOP, _LETTERS_PHONE = 66, 30
_MOST_COLUMNS = 12
_LEAST_STEP = 0.005
"""Part of a chance below which what reasons leave open is not drawn."""


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _own(channel: str) -> alt.Color:
    """Return a colour that each row brings along."""
    return alt.Color(f"{channel}:N", scale=None)


def draw_ladder_of_honesty(answer: ScoreEvaluation, *, lang: str, width: int) -> Spec:
    """Draw the AUC of one model under ever more honest tests, each on its interval; the two that count are blue."""
    tests = [
        ("leaked", answer.leaked),
        ("random", answer.random),
        ("forward", answer.forward),
        ("per_list", answer.per_list),
    ]
    rows: list[dict[str, Any]] = [
        _rung(name, auc, at, lang, is_wide=width >= DESKTOP)
        for at, (name, auc) in enumerate((name, auc) for name, auc in tests if auc is not None)
    ]
    lowest = min(0.5, *(row["low"] for row in rows))
    domain = [lowest, 1.0]
    words = {0.5: say("scoring.chart.by_lot").of(lang), 1.0: say("scoring.chart.faultless").of(lang)}
    expression = "format(datum.value, '.1f')"
    for value, word in words.items():
        lines = json.dumps([f"{value:.1f}", word], ensure_ascii=False)
        expression = f"abs(datum.value - {value}) < 1e-9 ? {lines} : {expression}"
    steps = [step / 10 for step in range(round(lowest * 10), 11)]
    ticks = steps if width >= DESKTOP else [step for step in steps if step in {0.5, 0.7, 0.8, 0.9, 1.0}]
    axis = alt.Axis(labelExpr=expression, title=None, values=ticks, grid=True, domain=False, labelOverlap=False)
    x = alt.X("low:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    height = len(rows) * _RUNG
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, height], nice=False, reverse=True), axis=None)
    name_y = alt.Y("name_at:Q", axis=None)
    for row in rows:
        row |= {"left": domain[0], "right": domain[1], "half": 0.5, "above": row["at"] - 9, "below": row["at"] + 9}
    base = _data(rows)
    layers = [
        base.mark_rule(color=SOFT).encode(x=alt.X("half:Q", axis=axis), y=alt.Y("above:Q", axis=None), y2="below:Q"),
        base.mark_rule(strokeWidth=7, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=_own("band")),
        base.mark_point(size=70, opacity=1).encode(x=alt.X("auc:Q", axis=axis), y=y, color=_own("colour")),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.X("left:Q", axis=axis), y=name_y, text="name:N", color=_own("words")
        ),
        base.mark_text(align="right", baseline="middle").encode(
            x=alt.X("right:Q", axis=axis), y=name_y, text="value:N", color=_own("words")
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=height + 46)


def _rung(name: str, auc: Interval, at: int, lang: str, *, is_wide: bool) -> dict[str, Any]:
    counts = name in {"forward", "per_list"}
    low, high = (Number(end, 3) for end in (auc.low, auc.high))
    value = write(Number(auc.estimate, 3), lang)
    ends = say("scoring.chart.value_and_ends", value=value, low=low, high=high).of(lang)
    return {
        "name": say(f"scoring.chart.test.{name}").of(lang), "value": ends if is_wide else value,
        "auc": auc.estimate, "low": auc.low, "high": auc.high, "at": at * _RUNG + 34, "name_at": at * _RUNG + 13,
        "colour": ACCENT if counts else SOFT, "band": ACCENT_SOFT if counts else QUIET,
        "words": STRONG if counts else INK,
    }  # fmt: skip


def draw_calibration(answer: Calibration, *, lang: str, width: int) -> Spec:
    """Draw what happened against what was stated: dots in the pale band may be luck, those outside it are red."""
    rows = [
        {
            "chance": point.chance, "rate": point.rate.estimate, "low": point.low, "high": point.high,
            "colour": ACCENT if point.is_within else BAD,
        }
        for point in answer.points
    ]  # fmt: skip
    top = min(1.0, 1.12 * max(max(point.chance, point.rate.estimate, point.high) for point in answer.points))
    scale = alt.Scale(domain=[0, top], nice=False)
    labels = share_labels(lang, 0 if top > 0.08 else 1)
    x = alt.X(
        "chance:Q",
        scale=scale,
        axis=alt.Axis(title=say("scoring.chart.stated").of(lang), labelExpr=labels, tickCount=5),
    )
    y = alt.Y("rate:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=labels, tickCount=5))
    line: list[dict[str, Any]] = [{"chance": at, "rate": at} for at in (0.0, top)]
    ideal = [{"chance": 0.97 * top, "rate": 0.97 * top, "text": say("scoring.chart.as_stated").of(lang)}]
    heading = [{"chance": 0, "rate": top, "text": say("scoring.chart.happened").of(lang)}]
    base = _data(rows)
    band = base.mark_area(color=ACCENT_FAINT) if len(rows) > 1 else base.mark_rule(color=ACCENT_SOFT, strokeWidth=8)
    layers = [
        band.encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        _data(line).mark_line(color=SOFT, strokeWidth=1.25, strokeDash=[4, 4]).encode(x=x, y=y),
        base.mark_point(size=80, opacity=1).encode(x=x, y=y, color=_own("colour")),
        _data(ideal).mark_text(align="right", baseline="bottom", dx=-8, color=SOFT).encode(x=x, y=y, text="text:N"),
        _data(heading).mark_text(align="left", baseline="top", dx=6, color=SOFT).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=300 if width >= DESKTOP else 290)


def draw_capture(answer: ScoreMeasures, *, lang: str, width: int) -> Spec:
    """Draw which share of all won leads the top of the ranking holds, beside the last touched first and a lot."""
    end = min(1.0, max(0.5, 2 * answer.top))
    lot = draw_lot(answer.captured, answer.captured.parts[-1].estimate)
    curves = _name_curves({"by_score": answer.captured, "by_touch": answer.captured_by_touch, "by_lot": lot}, lang)
    in_top = answer.captured_in_top.estimate
    words = say("scoring.chart.in_top", share=Share(answer.top, 0), part=Share(in_top, 0)).of(lang)
    n_steps = 5 if width >= DESKTOP else 2
    axes = Axes(
        end=end,
        ticks=[end * step / n_steps for step in range(n_steps + 1)],
        x_title=say("scoring.chart.share_of_leads").of(lang),
        x_labels=share_labels(lang),
        y_labels=share_labels(lang),
    )
    return draw_curves(curves, axes, {"share": answer.top, "part": in_top, "text": words}, lang=lang, width=width)


def draw_money(answer: MoneyCurve, *, lang: str, width: int, currency: str = "JPY") -> Spec:
    """Draw what the first leads of each ranking brought in, up to three times as many as can be contacted."""
    capacity, brought = answer.capacity / answer.n_leads, answer.at_capacity.estimate
    by_chance = None if answer.by_chance == answer.by_worth else answer.by_chance
    rankings = {"by_worth": answer.by_worth, "by_chance": by_chance, "by_touch": answer.by_touch}
    curves = _name_curves({**rankings, "by_lot": draw_lot(answer.by_worth, answer.total)}, lang)
    amount = Money(Decimal(round(brought)), currency)
    words = say("scoring.chart.at_capacity", n=answer.capacity, amount=amount).of(lang)
    end = min(1.0, 3 * capacity)
    axes = Axes(
        end=end,
        ticks=[step * capacity for step in range(4) if step * capacity <= end + 1e-9],
        x_title=say("scoring.chart.leads_contacted").of(lang),
        x_labels=f"format(round(datum.value * {answer.n_leads}), ',')",
        y_labels=money_labels(lang, currency),
    )
    return draw_curves(curves, axes, {"share": capacity, "part": brought, "text": words}, lang=lang, width=width)


def _name_curves(rankings: Mapping[str, Gathered | None], lang: str) -> list[Curve]:
    colours = {"by_chance": SERIES[2], "by_touch": SERIES[1], "by_lot": SOFT}
    return [
        Curve(say(f"scoring.chart.{name}").of(lang), gathered, colours.get(name, ACCENT), is_dashed=name == "by_lot")
        for name, gathered in rankings.items()
        if gathered is not None
    ]


def draw_reasons(answer: LeadExplanation, *, lang: str, width: int) -> Spec:
    """Draw how the chance of one lead comes about: from that of an average lead, reason by reason, to its own.

    What the reasons leave open is drawn as one step where it is large enough to be seen.
    """
    base, chance = answer.base, answer.chance
    rows: list[dict[str, Any]] = [_end("average_lead", base, SOFT, lang)]
    level = base
    for reason in answer.reasons:
        colour = ACCENT if reason.points > 0 else SERIES[1]
        rows.append(_step(reason.label.of(lang), (level, level + reason.points), colour, lang))
        level += reason.points
    if abs(answer.remainder) >= _LEAST_STEP:
        rows.append(_step(say("scoring.chart.all_else").of(lang), (level, chance), QUIET, lang))
    rows.append(_end("this_lead", chance, INK, lang))
    for at, row in enumerate(rows):
        row["name"] = shorten(row["name"], _LETTERS_DESKTOP if width >= DESKTOP else _LETTERS_PHONE)
        row |= {"at": at * _STEP + 29, "name_at": at * _STEP + 12, "end": max(row["from"], row["to"])}
    low, top = min(0.0, *(row["to"] for row in rows)), max(row["end"] for row in rows)
    for row in rows:
        row["left"] = low
    x = alt.X("from:Q", scale=alt.Scale(domain=[low, top + 0.22 * (top - low)], nice=False), axis=None)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, len(rows) * _STEP], nice=False, reverse=True), axis=None)
    chart = _data(rows)
    layers = [
        chart.mark_bar(size=12).encode(x=x, x2="to:Q", y=y, color=_own("colour")),
        chart.mark_text(align="left", baseline="middle", dx=6).encode(x=alt.X("end:Q", axis=None), y=y, text="text:N"),
        chart.mark_text(align="left", baseline="middle", color=SOFT).encode(
            x=alt.X("left:Q", axis=None), y=alt.Y("name_at:Q", axis=None), text="name:N"
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=_STEP * len(rows) + 10)


def _step(name: str, ends: tuple[float, float], colour: str, lang: str) -> dict[str, Any]:
    words = write(Points(ends[1] - ends[0], 0), lang)
    return {"name": name, "from": ends[0], "to": ends[1], "colour": colour, "text": words}


def _end(name: str, chance: float, colour: str, lang: str) -> dict[str, Any]:
    label, words = say(f"scoring.chart.{name}").of(lang), write(Share(chance, 0), lang)
    return {"name": label, "from": 0.0, "to": chance, "colour": colour, "text": words}


def _names_axis(names: Sequence[str], *, start: float = -0.5) -> alt.Y:
    """Return an axis with one name a row, the first at the top, below what is left free there."""
    axis = alt.Axis(
        values=list(range(len(names))), labelExpr=pick_label(names), title=None, grid=False, labelColor=INK,
        labelOverlap=False, tickCount=len(names),
    )  # fmt: skip
    return alt.Y("at:Q", scale=alt.Scale(domain=[start, len(names) - 0.5], nice=False, reverse=True), axis=axis)


def draw_drift(answer: DriftWatch, *, lang: str, width: int, names: Mapping[str, Text] | None = None) -> Spec:
    """Draw how far each column has moved since training, beside what luck alone gives; at most twelve, the farthest.

    Blue has moved, red so far that the model may not know such leads; grey is luck. ``names`` are labels for columns.
    """
    names = {"chance_won": say("scoring.chart.chance_won"), **(names or {})}
    table = answer.columns.head(_MOST_COLUMNS)
    letters = 22 if width >= DESKTOP else 13
    rows: list[dict[str, Any]] = []
    for at, column in enumerate(table.to_dict("records")):
        name, psi, by_chance = str(column["column"]), float(column["psi"]), float(column["by_chance"])
        rows.append(
            {
                "at": at, "name": shorten(names.get(name, Text.same(name)).of(lang), letters), "zero": 0, "psi": psi,
                "by_chance": by_chance, "text": write(Number(psi, 2), lang), "end": max(psi, by_chance),
                "colour": BAD if column["is_far"] else ACCENT if column["is_moved"] else QUIET,
            }
        )  # fmt: skip
    top = max(row["end"] for row in rows)
    x = alt.X("zero:Q", scale=alt.Scale(domain=[0, 1.25 * top], nice=False), axis=None)
    y = _names_axis([row["name"] for row in rows], start=-1.1)
    words = [{"at": -0.62, "zero": rows[0]["by_chance"], "text": say("scoring.chart.by_luck").of(lang)}]
    base = _data(rows)
    layers = [
        base.mark_bar(size=13).encode(x=x, x2="psi:Q", y=y, color=_own("colour")),
        base.mark_tick(orient="vertical", size=21, thickness=2, color=INK).encode(
            x=alt.X("by_chance:Q", axis=None), y=y
        ),
        base.mark_text(align="left", baseline="middle", dx=7).encode(x=alt.X("end:Q", axis=None), y=y, text="text:N"),
        _data(words).mark_text(align="left", baseline="bottom", color=SOFT).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=28 * len(rows) + 34)


def draw_grades(answer: DriftWatch, *, lang: str, width: int) -> Spec:
    """Draw which share of each grade was won, on its interval, beside the chance that was promised for it."""
    rows: list[dict[str, Any]] = []
    for at, grade in enumerate(answer.grades.to_dict("records")):
        is_off, rate = bool(grade["is_off"]), Share(float(grade["rate"]), 0)
        name = say("scoring.chart.all_grades").of(lang) if grade["grade"] == "all" else str(grade["grade"])
        rows.append(
            {
                "at": at, "name": name, "promised": float(grade["chance"]), "rate": rate.value,
                "low": float(grade["low"]), "high": float(grade["high"]),
                "end": max(float(grade["high"]), float(grade["chance"])),
                "colour": BAD if is_off else ACCENT, "band": QUIET if is_off else ACCENT_SOFT,
                "text": say("scoring.chart.of_leads", won=rate, n=int(grade["n_leads"])).of(lang),
            }
        )  # fmt: skip
    top = max(row["end"] for row in rows)
    x = alt.X("low:Q", scale=alt.Scale(domain=[0, top * (1.35 if width >= DESKTOP else 1.7)], nice=False), axis=None)
    y = _names_axis([row["name"] for row in rows], start=-1.1)
    words = [{"at": -0.62, "low": rows[0]["promised"], "text": say("scoring.chart.promised").of(lang)}]
    base = _data(rows)
    layers = [
        base.mark_rule(strokeWidth=7, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=_own("band")),
        base.mark_point(size=70, opacity=1).encode(x=alt.X("rate:Q", axis=None), y=y, color=_own("colour")),
        base.mark_tick(orient="vertical", size=21, thickness=2, color=INK).encode(
            x=alt.X("promised:Q", axis=None), y=y
        ),
        base.mark_text(align="left", baseline="middle", dx=9).encode(x=alt.X("end:Q", axis=None), y=y, text="text:N"),
        _data(words).mark_text(align="center", baseline="bottom", color=SOFT).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=32 * len(rows) + 36)
