"""Whether a change worked, drawn: each function takes an answer of `saleslab.experiments`.

The treatment is blue, what does not matter is grey, and every line carries its name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from saleslab.charts.labels import pick_label, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    CARD,
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
from saleslab.experiments import (
    LIFT_LEVELS,
    PriceResponse,
    Readout,
    SamplePlan,
    name_segment,
    needed_evidence,
    write_level,
    write_lift,
    write_loss,
)
from saleslab.wording import Number, Share, say, write

Spec = dict[str, Any]

_LINE = 16
_FAINT = 0.45
_LEAST_EVIDENCE = 0.05
_DAYS_A_WEEK = 7
_LEAST_LOSS = 1e-4
"""Share of the largest loss below which losses are drawn alike."""


def _text(rows: Sequence[dict[str, Any]], *, align: str = "left", baseline: str = "middle", **mark: Any) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows))).mark_text(align=align, baseline=baseline, **mark)


def _lift_labels(kind: str, lang: str, currency: str) -> str:
    if kind == "rate":
        return f"format(datum.value * 100, '+.1~f') + '{'pt' if lang == 'ja' else ' pt'}'"
    return money_labels(lang, currency) if kind == "amount" else "format(datum.value, '+,.3~r')"


def draw_lift(readout: Readout, *, lang: str, width: int) -> Spec:
    """Draw how likely each lift is: blue where the treatment is better, orange where it is worse, grey in between.

    Lines stand at no difference and, where one was told, at the smallest lift that is worth a change.
    """
    best, stakes = readout.best, readout.stakes
    sign = 1.0 if stakes.higher_is_better else -1.0
    margin = stakes.margin
    line = _density(best.lift_quantiles, (-margin, margin))
    top = max(row["y"] for row in line)
    for row in line:
        row["y"] /= top
    low, high = min(line[0]["x"], 0.0), max(line[-1]["x"], 0.0)
    reach = high - low
    domain = [low - 0.04 * reach, high + 0.04 * reach]
    axis = alt.Axis(
        labelExpr=_lift_labels(readout.measured, lang, readout.trial.currency), title=None, tickCount=5, grid=False
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1.3], nice=False), axis=None)
    better = [row for row in line if sign * row["x"] >= margin]
    worse = [row for row in line if sign * row["x"] <= -margin]
    equal = [row for row in line if abs(row["x"]) <= margin]
    layers: list[Any] = []
    for rows, colour in ((better, ACCENT_SOFT), (worse, SERIES[1]), (equal, QUIET)):
        if len(rows) > 1:
            opacity = _FAINT if colour == SERIES[1] else 1.0  # a label stands on it, in the dark too
            layers.append(alt.Chart(alt.Data(values=rows)).mark_area(color=colour, opacity=opacity).encode(x=x, y=y))
    layers.append(alt.Chart(alt.Data(values=line)).mark_line(color=ACCENT).encode(x=x, y=y))
    layers += _interval_bar(best.interval.low, best.interval.high, best.lift, x, y)
    marks = [(0.0, "no_difference", 1.3)]
    if stakes.minimum_effect:
        marks.append((sign * stakes.minimum_effect, "minimum", 1.2))
    for at, word, height in marks:
        is_right = at > domain[0] + 0.6 * (domain[1] - domain[0])
        mark = [{"x": at, "y": height, "zero": 0, "text": say(f"experiments.chart.{word}").of(lang)}]
        rule = alt.Chart(alt.Data(values=mark)).mark_rule(color=SOFT, strokeDash=[] if word != "minimum" else [4, 4])
        layers.append(rule.encode(x=x, y=alt.Y("zero:Q", axis=None), y2="y:Q"))
        label = _text(mark, align="right" if is_right else "left", baseline="top", dx=-5 if is_right else 5, color=SOFT)
        layers.append(label.encode(x=x, y=y, text="text:N"))
    value = write(write_lift(best.lift, readout.measured, readout.trial.currency), lang)
    label = _text([{"x": best.lift, "y": 0.12, "text": value}], align="center", baseline="bottom", color=STRONG)
    layers.append(label.encode(x=x, y=y, text="text:N"))
    return finish(alt.layer(*layers), lang=lang, width=width, height=240)


def _interval_bar(low: float, high: float, middle: float, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the range below the curve's peak, and the lift in its middle."""
    row = alt.Chart(alt.Data(values=[{"x": low, "high": high, "middle": middle, "y": 0.06}]))
    return [
        row.mark_rule(color=INK, strokeWidth=3, strokeCap="round").encode(x=x, x2="high:Q", y=y),
        row.mark_point(color=INK, size=70, opacity=1).encode(x="middle:Q", y=y),
    ]


def _density(quantiles: Sequence[float], edges: Sequence[float], n_points: int = 121) -> list[dict[str, Any]]:
    """Return the density of quantiles, a mixture of normal pieces between neighbours, also where colours change."""
    levels = LIFT_LEVELS
    pieces = [
        ((a + b) / 2, max((b - a), 1e-12), after - before)
        for a, b, before, after in zip(quantiles, quantiles[1:], levels, levels[1:], strict=False)
    ]
    spread = quantiles[levels.index(0.75)] - quantiles[levels.index(0.25)] or max(abs(quantiles[0]), 1e-9)
    low, high = quantiles[0] - 0.3 * spread, quantiles[-1] + 0.3 * spread
    places = [low + (high - low) * i / (n_points - 1) for i in range(n_points)]
    rows = []
    for at in sorted({*places, *(edge for edge in edges if low < edge < high)}):
        height = 0.0
        for middle, length, share in pieces:
            width = math.hypot(length / 2, 0.18 * spread)
            height += share * math.exp(-0.5 * ((at - middle) / width) ** 2) / width
        rows.append({"x": at, "y": height})
    return rows


def draw_path(readout: Readout, *, lang: str, width: int) -> Spec:
    """Draw the evidence look by look on a logarithmic scale, with the line that stops the test."""
    needed = needed_evidence(readout)
    rows = [{"look": one.look, "e": min(max(one.contrast.e_value, _LEAST_EVIDENCE), 1e6)} for one in readout.path]
    highest = max(needed * 2.5, *(row["e"] * 1.6 for row in rows))
    x = _looks(readout, lang, room=0.16 if width >= DESKTOP else 0.34)
    scale = alt.Scale(type="log", domain=[min(0.5, *(row["e"] for row in rows)), highest], nice=False)
    ticks = [one for one in (0.1, 1, 10, 100, 1000, 10_000, 100_000) if one <= highest]
    axis = alt.Axis(values=ticks, labelExpr="format(datum.value, ',')", title=None)
    y = alt.Y("e:Q", scale=scale, axis=axis)
    base = alt.Chart(alt.Data(values=rows))
    words = say("experiments.chart.enough", needed=Number(needed, 0)).of(lang)
    line = [{"look": rows[0]["look"], "e": needed, "text": words}]
    last = [{**rows[-1], "text": write(Number(rows[-1]["e"]), lang)}]
    layers = [
        alt.Chart(alt.Data(values=line)).mark_rule(color=INK, strokeDash=[5, 4]).encode(y=y),
        _text(line, baseline="bottom", dy=-5, color=INK).encode(x=x, y=y, text="text:N"),
        base.mark_line(color=ACCENT).encode(x=x, y=y),
        alt.Chart(alt.Data(values=last)).mark_point(color=ACCENT, size=70, opacity=1).encode(x=x, y=y),
        _text(last, dx=9, color=STRONG).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=230)


def _looks(readout: Readout, lang: str, *, room: float) -> alt.X:
    """Return the axis of looks, with room for the label of the last one."""
    first, last = readout.path[0].look, readout.path[-1].look
    plan = readout.trial.plan
    word = "look_week" if plan is None or plan.look_every == _DAYS_A_WEEK else "look"
    span = max(last - first, 1)
    axis = alt.Axis(title=say(f"experiments.chart.{word}").of(lang), tickCount=6, format="d", tickMinStep=1)
    return alt.X("look:Q", scale=alt.Scale(domain=[first, last + room * span], nice=False, zero=False), axis=axis)


def draw_loss(readout: Readout, *, lang: str, width: int) -> Spec:
    """Draw what a wrong choice would cost, look by look on a logarithmic scale, with what a plan tolerates."""
    is_money = readout.best.monthly_loss is not None
    plan, currency = readout.trial.plan, readout.trial.currency
    rows = [
        {
            "look": one.look,
            "loss": float(one.contrast.monthly_loss)
            if one.contrast.monthly_loss is not None
            else one.contrast.expected_loss,
        }
        for one in readout.path
    ]
    tolerated = float(plan.tolerated_loss) if plan is not None and is_money else None
    highest = max(*(row["loss"] for row in rows), tolerated or 0.0, 1e-12)
    for row in rows:
        row["loss"] = max(row["loss"], highest * _LEAST_LOSS)
    x = _looks(readout, lang, room=0.22 if width >= DESKTOP else 0.42)
    labels = money_labels(lang, currency) if is_money else _lift_labels(readout.measured, lang, currency)
    lowest = min(row["loss"] for row in rows)
    ticks = [10.0**power for power in range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)]
    scale = alt.Scale(type="log", domain=[lowest * 0.7, highest * 1.6], nice=False)
    y = alt.Y("loss:Q", scale=scale, axis=alt.Axis(labelExpr=labels, title=None, values=ticks))
    layers: list[Any] = []
    if tolerated is not None and plan is not None:
        from saleslab.wording import Money

        words = say("experiments.chart.tolerated", tolerated=Money(plan.tolerated_loss, currency)).of(lang)
        line = [{"look": rows[-1]["look"], "loss": tolerated, "text": words}]
        layers.append(alt.Chart(alt.Data(values=line)).mark_rule(color=INK, strokeDash=[5, 4]).encode(y=y))
        layers.append(_text(line, align="right", baseline="bottom", dy=-5, color=INK).encode(x=x, y=y, text="text:N"))
    last = [{**rows[-1], "text": write(write_loss(readout, readout.best), lang)}]
    base = alt.Chart(alt.Data(values=rows))
    layers += [
        base.mark_line(color=ACCENT).encode(x=x, y=y),
        alt.Chart(alt.Data(values=last)).mark_point(color=ACCENT, size=70, opacity=1).encode(x=x, y=y),
        _text(last, dx=9, dy=-2, color=STRONG).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=230)


def draw_groups(readout: Readout, *, lang: str, width: int) -> Spec:
    """Draw the lift in each segment on its range, the clear ones blue, beside the lift of all."""
    assert readout.groups is not None
    room = 16 if width >= DESKTOP else 9
    rows: list[dict[str, Any]] = []
    for at, one in enumerate(readout.groups.groups):
        is_clear = one.benefits or one.suffers
        rows.append(
            {
                "at": at, "name": shorten(write(name_segment(one.group), lang), room),
                "low": one.interval.low, "high": one.interval.high, "lift": one.interval.estimate,
                "colour": ACCENT if is_clear else SOFT, "band": ACCENT_SOFT if is_clear else QUIET,
            }
        )  # fmt: skip
    overall = readout.best.lift
    low, high = min(0.0, *(row["low"] for row in rows)), max(overall, *(row["high"] for row in rows))
    pad = 0.05 * (high - low)
    domain = [low - pad, high + pad]
    is_right = overall > domain[0] + 0.6 * (domain[1] - domain[0])
    labels = _lift_labels("rate", lang, readout.trial.currency)
    x = alt.X(
        "low:Q",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(labelExpr=labels, title=None, grid=True, domain=False, tickCount=4),
    )
    names = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([row["name"] for row in rows]), title=None, grid=False,
        labelColor=INK, labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=names, scale=alt.Scale(domain=[-0.9, len(rows) - 0.4], nice=False, reverse=True))
    words = say("experiments.chart.overall", lift=write_lift(overall, "rate", readout.trial.currency)).of(lang)
    line = [{"low": overall, "at": -0.9, "text": words}]
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        alt.Chart(alt.Data(values=[{"low": 0}])).mark_rule(color=INK).encode(x=x),
        alt.Chart(alt.Data(values=line)).mark_rule(color=SOFT, strokeDash=[3, 3]).encode(x=x),
        _text(line, align="right" if is_right else "left", baseline="top", dx=-5 if is_right else 5, color=SOFT).encode(
            x=x, y=y, text="text:N"
        ),
        base.mark_rule(strokeWidth=6, strokeCap="round").encode(
            x=x, x2="high:Q", y=y, color=alt.Color("band:N", scale=None)
        ),
        base.mark_point(size=64, opacity=1).encode(x="lift:Q", y=y, color=alt.Color("colour:N", scale=None)),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(rows) * 30 + 60)


def draw_prices(answer: PriceResponse, *, lang: str, width: int, currency: str = "JPY") -> Spec:
    """Draw mean profit of an offer along the price with its range, the prices tried, and the one that earns most."""
    rows = [
        {"price": one.price, "profit": one.profit.estimate, "low": one.profit.low, "high": one.profit.high}
        for one in answer.curve
    ]
    tried = [{"price": one.price, "profit": one.profit.estimate} for one in answer.prices]
    labels = money_labels(lang, currency)
    first, last = rows[0]["price"], rows[-1]["price"]
    pad = 0.03 * (last - first)
    x = alt.X(
        "price:Q",
        scale=alt.Scale(domain=[first - pad, last + pad], nice=False, zero=False),
        axis=alt.Axis(labelExpr=labels, title=say("experiments.columns.price").of(lang), tickCount=5),
    )
    top = max(row["high"] for row in rows)
    scale = alt.Scale(domain=[min(0.0, *(row["low"] for row in rows)), top * 1.18], nice=False)
    y = alt.Y("profit:Q", scale=scale, axis=alt.Axis(labelExpr=labels, title=None, tickCount=4))
    base = alt.Chart(alt.Data(values=rows))
    layers: list[Any] = [
        base.mark_area(color=ACCENT_FAINT).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        base.mark_line(color=ACCENT).encode(x=x, y=y),
        alt.Chart(alt.Data(values=tried))
        .mark_point(fill=CARD, stroke=ACCENT, strokeWidth=2, size=70, opacity=1)
        .encode(x=x, y=y),
    ]
    if answer.advised_price is not None:
        words = say("experiments.chart.best_price", price=write_level(answer.advised_price, "amount", currency)).of(
            lang
        )
        is_right = answer.advised_price > first + 0.6 * (last - first)
        mark = [{"price": answer.advised_price, "profit": top * 1.16, "zero": 0, "text": words}]
        rule = alt.Chart(alt.Data(values=mark)).mark_rule(color=INK, strokeDash=[5, 4])
        layers.append(rule.encode(x=x, y=alt.Y("zero:Q", scale=scale), y2="profit:Q"))
        label = _text(
            mark, align="right" if is_right else "left", baseline="top", dx=-6 if is_right else 6, color=STRONG
        )
        layers.append(label.encode(x=x, y=y, text="text:N"))
    return finish(alt.layer(*layers), lang=lang, width=width, height=260)


def draw_assurance(answer: SamplePlan, *, lang: str, width: int) -> Spec:
    """Draw the chance to end with the change along the weeks, with what was asked for and where it is reached.

    The first week is left out, unless there is nothing else: few units make its chances small, and its line restless.
    """
    told = answer.curve[answer.curve["weeks"] >= min(1.0, float(answer.curve["weeks"].max()))]
    rows = [{"weeks": float(one["weeks"]), "chance": float(one["chance_ship"])} for one in told.to_dict("records")]
    last = rows[-1]["weeks"]
    x = alt.X(
        "weeks:Q",
        scale=alt.Scale(domain=[0, last * 1.02], nice=False),
        axis=alt.Axis(title=say("experiments.chart.weeks").of(lang), tickCount=6, format="d"),
    )
    axis = alt.Axis(labelExpr=share_labels(lang), title=None, tickCount=5)
    y = alt.Y("chance:Q", scale=alt.Scale(domain=[0, 1.08], nice=False), axis=axis)
    words = say("experiments.chart.target", share=Share(answer.target, 0)).of(lang)
    asked = [{"weeks": last, "chance": answer.target, "text": words}]
    base = alt.Chart(alt.Data(values=rows))
    layers: list[Any] = [
        alt.Chart(alt.Data(values=asked)).mark_rule(color=SOFT, strokeDash=[5, 4]).encode(y=y),
        base.mark_line(color=ACCENT).encode(x=x, y=y),
    ]
    if answer.weeks is None or answer.n_units is None:
        layers.append(_text(asked, align="right", baseline="bottom", dy=-4, color=SOFT).encode(x=x, y=y, text="text:N"))
        return finish(alt.layer(*layers), lang=lang, width=width, height=240)
    words = say("experiments.chart.weeks_needed", weeks=Number(math.ceil(answer.weeks), 0), n=answer.n_units).of(lang)
    is_right = answer.weeks > 0.6 * last
    reached = [{"weeks": answer.weeks, "chance": answer.target, "zero": 0, "text": words}]
    point = alt.Chart(alt.Data(values=reached))
    layers += [
        point.mark_rule(color=SOFT).encode(x=x, y=alt.Y("zero:Q"), y2="chance:Q"),
        point.mark_point(color=ACCENT, size=80, opacity=1).encode(x=x, y=y),
        _text(
            [{**reached[0], "chance": 0.03}], align="right" if is_right else "left", baseline="bottom",
            dx=-6 if is_right else 6, color=STRONG,
        ).encode(x=x, y=y, text="text:N"),
        _text([{**asked[0], "weeks": 0}], dx=4, dy=-9, color=SOFT).encode(x=x, y=y, text="text:N"),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=240)
