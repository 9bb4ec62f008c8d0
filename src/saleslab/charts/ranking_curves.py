"""Rankings drawn from their first row on: one line each, named where it leaves the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from saleslab.charts.theme import ACCENT, ACCENT_FAINT, DESKTOP, INK, SOFT, STRONG, finish
from saleslab.stats import Gathered, Interval

Spec = dict[str, Any]

_LETTER = 7.2
"""Pixels of a Latin letter in a label, a Japanese one taking nearly two."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One ranking: its name, what its top holds, and how it is drawn."""

    name: str
    gathered: Gathered
    colour: str
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """Where a picture of rankings ends, which shares have a tick, and how its axes are written."""

    end: float
    ticks: Sequence[float]
    x_title: str
    x_labels: str
    y_labels: str


def draw_lot(curve: Gathered, total: float) -> Gathered:
    """Return what leads drawn by lot hold: the same share of everything."""
    mass = curve.parts[0].mass
    return Gathered(curve.shares, tuple(Interval(s * total, s * total, s * total, mass) for s in curve.shares))


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def draw_curves(curves: Sequence[Curve], axes: Axes, mark: dict[str, Any], *, lang: str, width: int) -> Spec:
    """Draw rankings from the first lead on, named where they leave the picture; the first one with its range."""
    end = axes.end
    lines = [_cut(curve.gathered, end) for curve in curves]
    room = 14 + _LETTER * max(sum(1 if ord(letter) < 0x1100 else 1.85 for letter in curve.name) for curve in curves)
    height = 270 if width >= DESKTOP else 260
    scale = alt.Scale(domain=[0, end * (1 + room / (width - 62 - room))], nice=False)
    axis = alt.Axis(title=axes.x_title, labelExpr=axes.x_labels, values=list(axes.ticks))
    x = alt.X("share:Q", scale=scale, axis=axis)
    every = [row[key] for line in lines for row in line for key in ("part", "low", "high")] + [0.0]
    low, high = min(every), max(every)
    y_scale = alt.Scale(domain=[low, high + 0.04 * (high - low)], nice=False)
    y = alt.Y("part:Q", scale=y_scale, axis=alt.Axis(title=None, labelExpr=axes.y_labels, tickCount=5))
    layers: list[Any] = [
        _data(lines[0]).mark_area(color=ACCENT_FAINT).encode(x=x, y=alt.Y("low:Q", scale=y_scale), y2="high:Q")
    ]
    for curve, line in reversed(list(zip(curves, lines, strict=True))):
        dash, weight = [4, 4] if curve.is_dashed else [1, 0], 2.5 if curve.colour == ACCENT else 1.75
        layers.append(_data(line).mark_line(color=curve.colour, strokeDash=dash, strokeWidth=weight).encode(x=x, y=y))
    heights = part_labels([line[-1]["part"] for line in lines], 18 * (high - low) / (height - 62))
    labels = [
        {"share": end, "part": at, "text": curve.name, "colour": STRONG if curve.colour == ACCENT else SOFT}
        for at, curve in zip(heights, curves, strict=True)
    ]
    layers += [
        _data(labels)
        .mark_text(align="left", dx=8)
        .encode(x=x, y=y, text="text:N", color=alt.Color("colour:N", scale=None)),
        *_mark_top({**mark, "zero": low}, x, y, is_left=mark["share"] > 0.45 * end),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=height)


def _cut(curve: Gathered, end: float) -> list[dict[str, float]]:
    """Return the points of a curve from 0 up to a share."""
    shares = [0.0, *(share for share in curve.shares if share < end - 1e-9), end]
    parts = [Interval(0.0, 0.0, 0.0, curve.parts[0].mass), *(curve.at(share) for share in shares[1:])]
    return [
        {"share": share, "part": part.estimate, "low": part.low, "high": part.high}
        for share, part in zip(shares, parts, strict=True)
    ]


def _mark_top(mark: dict[str, Any], x: alt.X, y: alt.Y, *, is_left: bool) -> list[alt.Chart]:
    """Return the line at the leads that can be contacted, and what they hold, at the foot of the picture."""
    foot = {**mark, "part": mark["zero"]}
    align, dx = ("right", -7) if is_left else ("left", 7)
    return [
        _data([mark]).mark_rule(color=INK, strokeWidth=1).encode(x=x, y=alt.Y("zero:Q"), y2="part:Q"),
        _data([mark]).mark_point(color=ACCENT, size=70, opacity=1).encode(x=x, y=y),
        _data([foot])
        .mark_text(align=align, baseline="bottom", dx=dx, dy=-6, color=STRONG)
        .encode(x=x, y=y, text="text:N"),
    ]


def part_labels(at: Sequence[float], least: float) -> list[float]:
    """Return the heights of labels moved apart until each has its room, in the sequence they are in.

    Examples
    --------
    >>> part_labels([1.0, 1.2, 5.0], 1.0)
    [0.6, 1.6, 5.0]
    """
    order = sorted(range(len(at)), key=lambda i: at[i])
    placed = [at[i] for i in order]
    for _ in range(100):
        for one in range(len(placed) - 1):
            lack = least - (placed[one + 1] - placed[one])
            if lack > 1e-9:
                placed[one], placed[one + 1] = placed[one] - lack / 2, placed[one + 1] + lack / 2
    heights = dict(zip(order, placed, strict=True))
    return [round(heights[i], 9) for i in range(len(at))]
