"""Value of customers, drawn: each function takes a `ValueReview`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import altair as alt

from saleslab.charts.labels import pick_label
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    DESKTOP,
    INK,
    SOFT,
    STRONG,
    finish,
    money_labels,
)
from saleslab.customers import climb_ladder, name_group
from saleslab.wording import Count, Share, say, write

if TYPE_CHECKING:
    from saleslab.customers import ValueReview

Spec = dict[str, Any]

_ROW = 30
_APART = 0.16


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _word(name: str, lang: str, **values: object) -> str:
    return say(f"customer_value.chart.{name}", **values).of(lang)


def draw_ladder(review: ValueReview, *, lang: str, width: int) -> Spec:
    """Draw what each tenth of customers is expected to bring, the most valuable first; dark: who is slipping away."""
    rungs = climb_ladder(review)
    n, total = len(rungs), max(float(rungs["value"].sum()), 1e-300)
    rows: list[dict[str, Any]] = [
        {
            "at": at, "up": at - 0.38, "down": at + 0.38, "value": float(one["value"]),
            "slipping": float(one["slipping"]), "zero": 0.0, "text": write(Share(float(one["value"]) / total, 0), lang),
        }
        for at, one in enumerate(rungs.to_dict("records"))
    ]  # fmt: skip
    labels = [
        _word("rung", lang, low=Count(round(100 * at / n)), high=Count(round(100 * (at + 1) / n))) for at in range(n)
    ]
    top = 1.15 * max(row["value"] for row in rows) or 1.0
    count = 5 if width >= DESKTOP else 3
    axis = alt.Axis(labelExpr=money_labels(lang, review.currency), tickCount=count, title=None, grid=False)
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)
    y_axis = alt.Axis(
        values=list(range(n)), labelExpr=pick_label(labels), title=None, grid=False, labelOverlap=False, tickCount=n
    )
    y_scale = alt.Scale(domain=[-0.5, n - 0.5], nice=False, reverse=True)
    y, up = alt.Y("at:Q", axis=y_axis, scale=y_scale), alt.Y("up:Q", axis=y_axis, scale=y_scale)
    base = _data(rows)
    layers = [
        base.mark_rect(color=ACCENT_SOFT).encode(x=x, x2="zero:Q", y=up, y2="down:Q"),
        base.mark_rect(color=ACCENT).encode(x=alt.X("slipping:Q", axis=axis), x2="zero:Q", y=up, y2="down:Q"),
        base.mark_text(align="left", baseline="middle", dx=6, color=INK).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=n * _ROW + 50)


def draw_calibration(review: ValueReview, *, lang: str, width: int) -> Spec:
    """Draw forecast and actual purchases a customer, by how often customers had come back."""
    assert review.trial is not None
    groups = review.trial.groups
    rows = [
        {
            "above": at - _APART, "below": at + _APART, "forecast": one.forecast, "actual": one.actual.estimate,
            "low": one.actual.low, "high": one.actual.high,
        }
        for at, one in enumerate(groups)
    ]  # fmt: skip
    n, labels = len(groups), [name_group(one.least, one.most).of(lang) for one in groups]
    top = 1.25 * max(max(row["high"], row["forecast"]) for row in rows) or 1.0
    axis = alt.Axis(title=_word("purchases", lang), tickCount=5, grid=True)
    scale = alt.Scale(domain=[0, top], nice=False)
    y_axis = alt.Axis(
        values=list(range(n)), labelExpr=pick_label(labels), title=None, grid=False, labelOverlap=False, tickCount=n
    )
    y_scale = alt.Scale(domain=[-0.5, n - 0.5], nice=False, reverse=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", axis=axis, scale=scale)

    above, below = (alt.Y(f"{name}:Q", axis=y_axis, scale=y_scale) for name in ("above", "below"))
    base, last = _data(rows), rows[-1]
    named = [
        {"x": last["forecast"], "above": last["above"], "text": _word("forecast", lang)},
    ]
    came = [{"x": last["high"], "below": last["below"], "text": _word("actual", lang)}]
    layers = [
        base.mark_point(color=ACCENT, size=90, opacity=1).encode(x=x("forecast"), y=above),
        base.mark_rule(color=SOFT, strokeWidth=2).encode(x=x("low"), x2="high:Q", y=below),
        base.mark_point(color=SOFT, size=70, opacity=1).encode(x=x("actual"), y=below),
        _data(named).mark_text(align="left", baseline="middle", dx=9, color=ACCENT).encode(
            x=x("x"), y=above, text="text:N"
        ),
        _data(came).mark_text(align="left", baseline="middle", dx=7, color=SOFT).encode(
            x=x("x"), y=below, text="text:N"
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=n * 46 + 70)


def draw_tracking(review: ValueReview, *, lang: str, width: int) -> Spec:
    """Draw purchases since the earlier day, summed: what came, what was forecast with its range, and going on."""
    start = review.as_of - timedelta(days=review.horizon)
    rows: list[dict[str, Any]] = [
        {"day": start.isoformat(), "actual": 0, "naive": 0.0, "forecast": 0.0, "low": 0.0, "high": 0.0}
    ]
    rows += [
        {
            "day": one.day.isoformat(), "actual": one.actual, "naive": one.naive,
            "forecast": one.forecast.estimate, "low": one.forecast.low, "high": one.forecast.high,
        }
        for one in review.tracks
    ]  # fmt: skip
    last = rows[-1]
    top = 1.05 * max(last["high"], last["naive"], last["actual"])
    ends = sorted((last[name], name) for name in ("actual", "forecast", "naive"))
    least = top * (0.075 if width >= DESKTOP else 0.1)
    placed: list[tuple[float, str]] = []
    for at, (height, name) in enumerate(ends):
        above = height if not at else max(height, placed[-1][0] + least)
        placed.append((above, name))
    colours = {"actual": STRONG, "forecast": ACCENT, "naive": SOFT}
    named = [
        {"day": last["day"], "y": height, "text": _word(name, lang), "colour": colours[name]} for height, name in placed
    ]
    until = (review.as_of + timedelta(days=round(review.horizon * (0.16 if width >= DESKTOP else 0.48)))).isoformat()
    axis = alt.Axis(
        title=None, grid=False, format="%Y-%m", tickCount=5 if width >= DESKTOP else 3, labelOverlap="greedy"
    )
    x = alt.X("day:T", axis=axis, scale=alt.Scale(domain=[start.isoformat(), until], nice=False))
    scale = alt.Scale(domain=[0, max(top, placed[-1][0] * 1.05)], nice=False)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5))

    base = _data(rows)
    layers = [
        base.mark_area(color=ACCENT_FAINT, opacity=1).encode(x=x, y=y("low"), y2="high:Q"),
        base.mark_line(color=SOFT, strokeDash=[5, 4]).encode(x=x, y=y("naive")),
        base.mark_line(color=ACCENT).encode(x=x, y=y("forecast")),
        base.mark_line(color=INK, point=alt.OverlayMarkDef(color=INK, size=46)).encode(x=x, y=y("actual")),
        _data(named).mark_text(align="left", baseline="middle", dx=8).encode(
            x=x, y=y("y"), text="text:N", color=alt.Color("colour:N", scale=None)
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width)
