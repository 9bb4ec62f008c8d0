"""Segments of customers, drawn: each function takes a `SegmentReview`, or a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from saleslab.charts.labels import pick_label, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    CARD,
    DESKTOP,
    HEAT,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    money_labels,
)
from saleslab.charts.waterfalls import Look, Step, draw_steps
from saleslab.wording import Days, Text, say, write

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.segmentation import SegmentReview
    from saleslab.stats import Interval

Spec = dict[str, Any]

_ROW = 36
_STEADY = 0.8
_ENDS = (("next", "estimate"), ("low", "low"), ("high", "high"))


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _own(channel: str) -> alt.Color:
    """Return a colour that each row brings along."""
    return alt.Color(f"{channel}:N", scale=None)


def _word(name: str, lang: str, **values: object) -> str:
    return say(f"segment_pages.chart.{name}", **values).of(lang)


def draw_map(review: SegmentReview, *, lang: str, width: int) -> Spec:
    """Draw each segment as a circle: value of a customer now across, next upwards with its interval, area by size.

    Numbers stand in the circles; names beside those with room. Axes are square roots, so that small values have room.
    """
    is_wide, rows = width >= DESKTOP, []
    for one in review.profiles:
        if one.value_next is not None:
            n, later = one.n_customers, one.value_next
            ends = {name: max(getattr(later, end), 0.0) / n for name, end in _ENDS}
            now = max(one.value_now, 0.0) / n
            rows.append({"now": now, **ends, "n": n, "number": str(one.segment), "name": one.name.of(lang)})
    top = 1.1 * max(max(row["high"], row["now"]) for row in rows) or 1.0
    across = 1.1 * max(row["now"] for row in rows) or 1.0
    _place_names(rows, across, top)
    labels, count = money_labels(lang, review.currency), 5 if is_wide else 3
    x_axis = alt.Axis(labelExpr=labels, tickCount=count, title=_word("value_now", lang, days=Days(review.horizon)))
    x = alt.X("now:Q", scale=alt.Scale(type="sqrt", domain=[0, across], nice=False), axis=x_axis)
    scale = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    y = alt.Y("next:Q", scale=scale, axis=alt.Axis(labelExpr=labels, tickCount=5, title=None))
    end = min(top, across)
    base, most = _data(rows), max(row["n"] for row in rows)
    sized = alt.Size("n:Q", scale=alt.Scale(domain=[0, most], range=[0, 1700 if is_wide else 900], zero=True))
    layers = [
        _data([{"now": 0.0, "next": 0.0}, {"now": end, "next": end}])
        .mark_line(color=SOFT, strokeWidth=1, strokeDash=[4, 4])
        .encode(x=x, y=y),
        _data([{"now": end, "next": end, "text": _word("equal", lang)}])
        .mark_text(align="right", baseline="bottom", dx=-10, color=SOFT)
        .encode(x=x, y=y, text="text:N"),
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        base.mark_circle(color=ACCENT_SOFT, opacity=1, stroke=ACCENT).encode(x=x, y=y, size=sized),
        base.mark_text(baseline="middle", color=INK).encode(x=x, y=y, text="number:N"),
        _data([{"now": 0.0, "next": top, "text": _word("value_next", lang)}])
        .mark_text(align="left", baseline="top", dx=6, color=SOFT)
        .encode(x=x, y=y, text="text:N"),
    ]
    for is_left, align, dx in ((False, "left", 24), (True, "right", -24)):
        named = [row for row in rows if row["has_room"] and row["is_left"] == is_left]
        if named and is_wide:
            mark = _data(named).mark_text(align=align, baseline="middle", dx=dx, color=STRONG)
            layers.append(mark.encode(x=x, y=y, text="name:N"))
    return finish(alt.layer(*layers), lang=lang, width=width, height=380 if is_wide else 300)


def _place_names(rows: list[dict[str, Any]], across: float, top: float) -> None:
    """Say of each circle whether its name has room beside it, and on which side."""
    for row in rows:
        row["x"], row["y"] = (row["now"] / across) ** 0.5, (row["next"] / top) ** 0.5
        row["is_left"] = row["x"] > 0.6
    for row in rows:
        reach = 0.45
        low, high = (row["x"] - reach, row["x"]) if row["is_left"] else (row["x"], row["x"] + reach)
        row["has_room"] = not any(
            one is not row and abs(one["y"] - row["y"]) < 0.09 and low <= one["x"] <= high for one in rows
        )


def draw_stability(review: SegmentReview, *, lang: str, width: int) -> Spec:
    """Draw the agreement of repeated cuts by number of segments, beside that of customers without groups."""
    shown = review.count
    rows = [
        {"k": one.k, "ari": one.ari, "null": one.null_ari, "steady": _STEADY, "is_shown": one is shown}
        for one in review.choice.counts
    ]
    low = min(0.4, *(min(row["ari"], row["null"]) for row in rows))
    scale = alt.Scale(domain=[low, 1.02], nice=False)
    ends = (rows[0]["k"] - 0.3, rows[-1]["k"] + (0.9 if width >= DESKTOP else 1.6))
    axis = alt.Axis(title=_word("k", lang), values=[row["k"] for row in rows], format="d")
    x = alt.X("k:Q", scale=alt.Scale(domain=list(ends), nice=False), axis=axis)
    y_axis = alt.Axis(title=None, format=".1f", tickCount=5)
    last = rows[-1]
    apart = last["ari"] - last["null"]
    lift = 0.0 if abs(apart) > 0.06 else (0.03 if apart >= 0 else -0.03)
    named = [
        {"k": last["k"], "y": last["ari"] + lift, "text": _word("again", lang), "colour": ACCENT},
        {"k": last["k"], "y": last["null"] - lift, "text": _word("null", lang), "colour": SOFT},
    ]
    base = _data(rows)
    layers = [
        _data([{"k": ends[0], "y": _STEADY}, {"k": rows[-1]["k"] + 0.05, "y": _STEADY}])
        .mark_line(color=QUIET, strokeWidth=1, strokeDash=[3, 3])
        .encode(x=x, y=alt.Y("y:Q", scale=scale, axis=y_axis)),
        base.mark_line(color=SOFT, strokeDash=[4, 4]).encode(x=x, y=alt.Y("null:Q", scale=scale)),
        base.mark_line(color=ACCENT).encode(x=x, y=alt.Y("ari:Q", scale=scale)),
        _data([row for row in rows if row["is_shown"]] or rows[:1])
        .mark_point(color=ACCENT, size=120, opacity=1)
        .encode(x=x, y=alt.Y("ari:Q", scale=scale)),
        _data(named)
        .mark_text(align="left", baseline="middle", dx=10)
        .encode(x=x, y=alt.Y("y:Q", scale=scale), text="text:N", color=_own("colour")),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=260)


def draw_migration(review: SegmentReview, *, lang: str, width: int) -> Spec:
    """Draw who moved: rows are segments then, columns segments now, and on the right what moves down put at stake."""
    assert review.migration is not None
    order = [str(one.segment) for one in review.profiles]
    names = {str(one.segment): one.name.of(lang) for one in review.profiles}
    is_wide, stakes = width >= DESKTOP, review.migration.stakes
    rows = []
    for move in review.migration.moves:
        if move.origin in order and move.target in order and move.n_customers:
            step = min(int(move.rate.estimate * len(HEAT)), len(HEAT) - 1)
            across, down = order.index(move.target), order.index(move.origin)
            rows.append(
                {
                    "left": across - 0.48, "right": across + 0.48, "up": down - 0.46, "down": down + 0.46, "x": across,
                    "y": down, "text": f"{move.n_customers:,}", "colour": HEAT[step],
                    "words": CARD if step >= 3 else INK,
                }
            )  # fmt: skip
    n = len(order)
    wide = 0.7 * n + 0.8 if is_wide else max(2.6, 0.36 * n)
    told = [
        {"x": n + wide - 0.7, "y": at, "text": _stake(review, stakes[name], lang, is_wide)}
        for at, name in enumerate(order)
        if name in stakes
    ]
    letters = 15 if is_wide else 7
    labels = [f"{name} {shorten(names[name], letters)}" if is_wide else name for name in order]
    y_axis = alt.Axis(
        values=list(range(n)), labelExpr=pick_label(labels), title=None, grid=False, labelColor=INK,
        labelOverlap=False, tickCount=n,
    )  # fmt: skip
    x_axis = alt.Axis(
        orient="top", values=[*range(n), n + wide - 1.2],
        labelExpr=f"datum.value < {n} ? {pick_label(order)} : '{_word('at_stake', lang)}'",
        title=None, grid=False, domain=False, labelOverlap=False,
    )  # fmt: skip
    x_scale = alt.Scale(domain=[-0.5, n + wide - 0.7], nice=False)
    y_scale = alt.Scale(domain=[-0.5, n - 0.5], nice=False, reverse=True)
    x, y = alt.X("x:Q", axis=x_axis, scale=x_scale), alt.Y("y:Q", axis=y_axis, scale=y_scale)
    base = _data(rows)
    layers = [
        base.mark_rect().encode(
            x=alt.X("left:Q", axis=x_axis, scale=x_scale), x2="right:Q", y=alt.Y("up:Q", axis=y_axis, scale=y_scale),
            y2="down:Q", color=_own("colour"),
        ),
        base.mark_text(baseline="middle").encode(x=x, y=y, text="text:N", color=_own("words")),
        _data(told).mark_text(align="right", baseline="middle", color=INK).encode(x=x, y=y, text="text:N"),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=n * _ROW + 50)


def _stake(review: SegmentReview, stake: Interval, lang: str, is_wide: bool) -> str:
    from saleslab.segmentation.review_values import write_range

    return write_range(review, stake).of(lang) if is_wide else _amount(review, stake.estimate, lang)


def _amount(review: SegmentReview, amount: float, lang: str) -> str:
    from saleslab.segmentation.review_values import write_money

    return write(write_money(review, amount), lang)


def draw_split(review: SegmentReview, *, lang: str, width: int) -> Spec:
    """Draw how the money of a period came from that of the one before: by customers, by their mix, by their spend."""
    from saleslab.segmentation.review_split import EFFECTS, tabulate_effects

    assert review.split is not None
    split = review.split
    sizes = [split.total_before, *(float(getattr(split, name)) for name in EFFECTS), split.total_after]
    steps, at = list[Step](), 0.0
    for size, row in zip(sizes, tabulate_effects(review).to_dict("records"), strict=True):
        is_level = len(steps) in {0, len(sizes) - 1}
        start = 0.0 if is_level else at
        look: Look = "level" if is_level else "in" if size > 0 else "out"
        told = Text(write(row["money"], "en"), write(row["money"], "ja"))
        steps.append(Step(row["part"], told, start, at := start + size, look))
    return draw_steps(steps, lang=lang, width=width, axis=money_labels(lang, review.currency))


def draw_rfm(grid: pd.DataFrame, *, lang: str, width: int) -> Spec:
    """Draw customers by recency and frequency score, as `grid_rfm` counts them; shade is the money they brought."""
    most = float(grid["value"].max()) or 1.0
    rows = []
    for one in grid.to_dict("records"):
        step = min(int(max(one["value"], 0.0) / most * len(HEAT)), len(HEAT) - 1)
        across, up = int(one["recency"]), int(one["frequency"])
        rows.append(
            {
                "left": across - 0.48, "right": across + 0.48, "low": up - 0.46, "high": up + 0.46, "x": across,
                "y": up, "text": f"{int(one['n']):,}", "colour": HEAT[step], "words": CARD if step >= 3 else INK,
            }
        )  # fmt: skip
    top = int(max(grid["recency"].max(), grid["frequency"].max(), 2))
    scale = alt.Scale(domain=[0.5, top + 0.5], nice=False)
    ticks = list(range(1, top + 1))
    x_axis = alt.Axis(title=_word("recency", lang), values=ticks, format="d", grid=False)
    y_axis = alt.Axis(title=_word("frequency", lang), values=ticks, format="d", grid=False)
    base = _data(rows)
    layers = [
        base.mark_rect().encode(
            x=alt.X("left:Q", axis=x_axis, scale=scale), x2="right:Q", y=alt.Y("low:Q", axis=y_axis, scale=scale),
            y2="high:Q", color=_own("colour"),
        ),
        base.mark_text(baseline="middle").encode(
            x=alt.X("x:Q", axis=x_axis, scale=scale), y=alt.Y("y:Q", axis=y_axis, scale=scale), text="text:N",
            color=_own("words"),
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=260)


def draw_market(review: SegmentReview, *, lang: str, width: int) -> Spec:
    """Draw what asking all companies of each kind would bring, on its interval; kinds hardly tried are pale."""
    from saleslab.segmentation.review_values import name_kind

    assert review.market is not None
    is_wide, rows = width >= DESKTOP, list[dict[str, Any]]()
    for at, one in enumerate(review.market.segments):
        is_first = at == 0 and one.is_tried
        rows.append(
            {
                "at": at, "name": shorten(name_kind(one.segment).of(lang), 22 if is_wide else 10),
                "value": one.worth.estimate, "low": one.worth.low, "high": one.worth.high,
                "colour": ACCENT if is_first else SOFT if one.is_tried else QUIET,
                "band": ACCENT_SOFT if is_first else QUIET if one.is_tried else ACCENT_FAINT,
                "text": _amount(review, one.worth.estimate, lang),
            }
        )  # fmt: skip
    domain = [0.0, max(row["high"] for row in rows) * (1.18 if is_wide else 1.42)]
    axis = alt.Axis(
        labelExpr=money_labels(lang, review.currency), title=_word("worth", lang), grid=True, domain=False,
        tickCount=5 if is_wide else 3,
    )  # fmt: skip
    x = alt.X("low:Q", scale=alt.Scale(domain=domain, nice=False), axis=axis)
    names = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([row["name"] for row in rows]), title=None, grid=False,
        labelColor=INK, labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=names, scale=alt.Scale(domain=[-0.6, len(rows) - 0.4], nice=False, reverse=True))
    base = _data(rows)
    layers = [
        base.mark_rule(strokeWidth=6, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=_own("band")),
        base.mark_point(size=64, opacity=1).encode(x=alt.X("value:Q", axis=axis), y=y, color=_own("colour")),
        base.mark_text(align="left", baseline="middle", dx=10, color=INK).encode(
            x=alt.X("high:Q", axis=axis), y=y, text="text:N"
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(rows) * 30 + 60)
