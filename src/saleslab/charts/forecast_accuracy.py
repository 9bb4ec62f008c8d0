"""How good forecasts were, drawn: each function takes an `AccuracyReview`. Blue is the forecast; ink is what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from saleslab.charts.labels import label_periods, pick_label, shorten
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
from saleslab.errors import BadArgument
from saleslab.forecasting.accuracy import (
    calibrate_chances,
    compare_methods,
    list_methods,
    list_ranges,
    measure_nodes,
    name_method,
)
from saleslab.wording import Count, Days, say

if TYPE_CHECKING:
    from saleslab.forecasting.accuracy import AccuracyReview
    from saleslab.stats import Calibration

Spec = dict[str, Any]

_MODEL, _COMMIT = "series", "commit"
_ROW = 34
_HIGH = 1.0  # a share beyond this is drawn at the edge, and its label says so


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _word(name: str, lang: str, **values: object) -> str:
    return say(f"forecast_accuracy.chart.{name}", **values).of(lang)


def _name(method: str, lang: str, width: int) -> str:
    """Return what a method is called, in a word where there is no room for more."""
    return (name_method(method) if width >= DESKTOP else say(f"forecast_accuracy.short.{method}")).of(lang)


def _name_days(days: int, lang: str, width: int) -> str:
    """Return how long before the end a day is, shorter where there is no room for more."""
    return _word("days" if width >= DESKTOP else "days_short", lang, days=Days(days), n=Count(days))


def _spread(ends: list[tuple[float, str]], least: float) -> dict[str, float]:
    """Return heights at which labels do not touch, the lowest as it is."""
    placed: dict[str, float] = {}
    last = None
    for height, name in sorted(ends):
        last = height if last is None else max(height, last + least)
        placed[name] = last
    return placed


def draw_said(review: AccuracyReview, *, lang: str, width: int) -> Spec:
    """Draw what each method said on days before the end of the period, the range of the forecast, and what came."""
    last = review.last
    days = [n for n in review.days_before if n in set(last["days_before"])]
    if not days:
        raise BadArgument("Nothing was said about the period, so nothing can be drawn.", "leave the figure out.")
    at = {n: place for place, n in enumerate(days)}
    came, edge = float(last["actual"].iloc[0]), len(days) - 1
    rows = [
        {"at": at[one["days_before"]], "value": one["median"], "low": one["lower_80"], "high": one["upper_80"]}
        | {"method": one["method"], "colour": ACCENT if one["method"] == _MODEL else QUIET}
        for one in last.to_dict("records")
    ]
    own = [row for row in rows if row["method"] == _MODEL]
    others = [{name: row[name] for name in ("at", "value", "method", "colour")} for row in rows if row not in own]
    high = max([came, *(row["value"] for row in rows), *(row["high"] for row in own)])
    scale = alt.Scale(domain=[0, 1.08 * high], nice=False)
    ends = {row["method"]: row["value"] for row in rows if row["at"] == edge}
    heights = _spread([(value, name) for name, value in {**ends, "came": came}.items()], 0.07 * high)
    labels = [
        {"at": edge, "value": heights[name], "text": _name(name, lang, width)}
        | {"colour": ACCENT if name == _MODEL else SOFT}
        for name in ends
    ]
    labels.append({"at": edge, "value": heights["came"], "text": _word("actual", lang), "colour": STRONG})
    names = [_name_days(n, lang, width) for n in days]
    axis = alt.Axis(values=list(range(len(days))), labelExpr=pick_label(names), title=None, labelOverlap=False)
    room = 0.75 if width >= DESKTOP else 1.2
    x = alt.X("at:Q", axis=axis, scale=alt.Scale(domain=[-0.12, edge + room], nice=False))
    money = alt.Axis(title=None, labelExpr=money_labels(lang, review.currency), tickCount=5)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=money)

    line: list[dict[str, Any]] = [{"at": -0.12, "value": came}, {"at": edge, "value": came}]
    colour = alt.Color("colour:N", scale=None)
    layers = [
        _data(own).mark_area(color=ACCENT_FAINT).encode(x=x, y=y("low"), y2="high:Q"),
        _data(others).mark_line(strokeWidth=1.5, color=QUIET).encode(x=x, y=y("value"), detail="method:N"),
        _data(others).mark_point(size=40, opacity=1).encode(x=x, y=y("value"), color=colour),
        _data(line).mark_line(color=INK, strokeWidth=1.5, strokeDash=[5, 4]).encode(x=x, y=y("value")),
        _data(own).mark_line(color=ACCENT, point=alt.OverlayMarkDef(color=ACCENT, size=60)).encode(x=x, y=y("value")),
        _data(labels)
        .mark_text(align="left", baseline="middle", dx=10)
        .encode(x=x, y=y("value"), text="text:N", color=colour),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=330 if width >= DESKTOP else 300)


def draw_errors(review: AccuracyReview, *, lang: str, width: int) -> Spec:
    """Draw the mean absolute error of each method, a dot for each number of days before the end: darker is nearer."""
    errors, methods = compare_methods(review), list_methods(review)
    shades = dict(zip(review.days_before, _shade(len(review.days_before)), strict=True))
    top = min(float(errors["wape"].max()), _HIGH)
    rows = [
        {"at": methods.index(one["method"]), "value": min(one["wape"], _HIGH), "colour": shades[one["days_before"]]}
        for one in errors.to_dict("records")
    ]
    spans = [
        {"at": at, "low": min(row["value"] for row in rows if row["at"] == at)}
        | {"high": max(row["value"] for row in rows if row["at"] == at)}
        for at in range(len(methods))
    ]
    told = {n: shade for n, shade in shades.items() if n in set(errors["days_before"])}
    keys = [
        {
            "at": -1,
            "value": (0.02 + 0.24 * place) * 1.1 * top,
            "text": _name_days(n, lang, width),
            "colour": shade,
        }
        for place, (n, shade) in enumerate(told.items())
    ]
    labels = [_name(method, lang, width) for method in methods]
    axis = alt.Axis(
        values=list(range(len(methods))), labelExpr=pick_label(labels), title=None, grid=False, labelOverlap=False,
        labelColor=INK, tickCount=len(labels),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=axis, scale=alt.Scale(domain=[-1.6, len(methods) - 0.5], nice=False, reverse=True))
    shares = alt.Axis(title=None, labelExpr=share_labels(lang), tickCount=5 if width >= DESKTOP else 4, grid=True)
    scale = alt.Scale(domain=[0, 1.1 * top], nice=False)
    x, colour = alt.X("value:Q", axis=shares, scale=scale), alt.Color("colour:N", scale=None)
    layers = [
        _data(spans).mark_rule(color=QUIET).encode(x=alt.X("low:Q", axis=shares, scale=scale), x2="high:Q", y=y),
        _data(rows).mark_point(size=110, opacity=1).encode(x=x, y=y, color=colour),
        _data(keys).mark_point(size=70, opacity=1).encode(x=x, y=y, color=colour),
        _data(keys).mark_text(align="left", baseline="middle", dx=8, color=SOFT).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=(len(methods) + 1) * _ROW + 40)


def _shade(n: int) -> list[str]:
    """Return shades from far to near."""
    ramp = [QUIET, ACCENT_SOFT, ACCENT, INK]
    return [ramp[round(place * (len(ramp) - 1) / max(n - 1, 1))] for place in range(n)] if n > 1 else [ACCENT]


def draw_bias(review: AccuracyReview, *, lang: str, width: int) -> Spec:
    """Draw by team how far forecast and commit usually lie above or below what comes."""
    found = measure_nodes(review, "team")
    found = found[found["method"].isin([_MODEL, _COMMIT])]
    nodes = sorted(found["node"].unique(), key=lambda node: review.team_names.get(node, node))
    colours = {_MODEL: ACCENT, _COMMIT: SERIES[1]}
    rows = [
        {"at": nodes.index(one["node"]), "value": max(min(one["bias"], _HIGH), -_HIGH), "method": one["method"]}
        | {"colour": colours[one["method"]], "zero": 0.0}
        for one in found.to_dict("records")
    ]
    reach = 1.2 * max([0.1, *(abs(row["value"]) for row in rows)])
    letters = 22 if width >= DESKTOP else 15
    labels = [shorten(review.team_names.get(node, node), letters) for node in nodes]
    axis = alt.Axis(
        values=list(range(len(nodes))), labelExpr=pick_label(labels), title=None, grid=False, labelOverlap=False,
        labelColor=INK, tickCount=len(labels),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=axis, scale=alt.Scale(domain=[-1.1, len(nodes) - 0.5], nice=False, reverse=True))
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    x = alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=share_labels(lang), tickCount=5, grid=True))
    words = [
        {"at": -0.8, "value": side * reach, "text": _word(name, lang)}
        for side, name in ((-1, "too_low"), (1, "too_high"))
    ]
    layers: list[alt.Chart | alt.LayerChart] = [
        _data([{"value": 0.0}]).mark_rule(color=INK, strokeWidth=1.25).encode(x=x),
        _data(rows).mark_rule(strokeWidth=2).encode(
            x=alt.X("zero:Q", scale=scale), x2="value:Q", y=y, color=alt.Color("colour:N", scale=None)
        ),
        _data(rows).mark_point(size=110, opacity=1).encode(x=x, y=y, color=alt.Color("colour:N", scale=None)),
    ]  # fmt: skip
    for word, align in zip(words, ("left", "right"), strict=True):
        layers.append(_data([word]).mark_text(align=align, color=SOFT, dx=0).encode(x=x, y=y, text="text:N"))
    return finish(alt.layer(*layers), lang=lang, width=width, height=(len(nodes) + 1) * _ROW + 50)


def draw_ranges(review: AccuracyReview, *, lang: str, width: int) -> Spec:
    """Draw every range of the forecast against what came; red ones missed it."""
    ranges, periods = list_ranges(review), list(review.periods)
    place = {one.start.isoformat(): at for at, one in enumerate(periods)}
    n_days = len(review.days_before)
    rows = []
    for one in ranges.to_dict("records"):
        step = (review.days_before.index(one["days_before"]) + 1) / (n_days + 1) - 0.5
        rows.append(
            {"at": place[one["period"].date().isoformat()] + 0.8 * step, "low": one["low"], "high": one["high"]}
            | {"middle": one["middle"], "colour": ACCENT if one["is_inside"] else BAD}
        )
    reach = [min(-0.05, *(row["low"] for row in rows)), max(0.05, *(min(row["high"], 1.5) for row in rows))]
    axis = alt.Axis(
        values=list(range(len(periods))), labelExpr=label_periods(periods, lang), title=None, labelOverlap=False,
    )  # fmt: skip
    x = alt.X("at:Q", axis=axis, scale=alt.Scale(domain=[-0.5, len(periods) - 0.5], nice=False))
    scale = alt.Scale(domain=[1.1 * reach[0], 1.1 * reach[1]], nice=False, clamp=True)
    shares = alt.Axis(title=None, labelExpr=share_labels(lang), tickCount=5)
    colour = alt.Color("colour:N", scale=None)
    base = _data(rows)
    layers = [
        base.mark_rule(strokeWidth=5, opacity=0.45).encode(
            x=x, y=alt.Y("low:Q", scale=scale, axis=shares), y2="high:Q", color=colour
        ),
        base.mark_point(size=46, opacity=1).encode(x=x, y=alt.Y("middle:Q", scale=scale, axis=shares), color=colour),
        _data([{"y": 0.0}]).mark_rule(color=INK, strokeWidth=1.5).encode(y=alt.Y("y:Q", scale=scale, axis=shares)),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)


def draw_chances(review: AccuracyReview, *, lang: str, width: int) -> Spec:
    """Draw how often targets were reached against the chances stated: dots in the pale band may be luck."""
    found = calibrate_chances(review)
    if found is None:
        raise BadArgument("Too few chances were stated, so none can be compared.", "leave the figure out.")
    return draw_calibration_curve(found, lang=lang, width=width)


def draw_calibration_curve(found: Calibration, *, lang: str, width: int) -> Spec:
    """Draw how often targets were reached against the chances stated, with the band that luck alone explains."""
    rows = [
        {"chance": point.chance, "rate": point.rate.estimate, "low": point.low, "high": point.high}
        | {"colour": ACCENT if point.is_within else BAD}
        for point in found.points
    ]
    scale = alt.Scale(domain=[0, 1], nice=False)
    title = _word("stated", lang)
    x = alt.X("chance:Q", scale=scale, axis=alt.Axis(title=title, labelExpr=share_labels(lang), tickCount=5))
    y = alt.Y("rate:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=share_labels(lang), tickCount=5))
    ends: list[dict[str, Any]] = [{"chance": at, "rate": at} for at in (0.0, 1.0)]
    named = [{"chance": 0.0, "rate": 1.0, "text": _word("happened", lang)}]
    base = _data(rows)
    layers = [
        base.mark_area(color=ACCENT_FAINT).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        _data(ends).mark_line(color=SOFT, strokeWidth=1.25, strokeDash=[4, 4]).encode(x=x, y=y),
        base.mark_point(size=80, opacity=1).encode(x=x, y=y, color=alt.Color("colour:N", scale=None)),
        _data(named).mark_text(align="left", baseline="top", dx=6, color=SOFT).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=300)
