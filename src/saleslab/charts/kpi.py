"""Goals, drawn: the tree with a chance at every node, where the goal lands, how the chance went, what levers bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import altair as alt

from saleslab.charts.labels import pick_label, shorten
from saleslab.charts.pixels import scale_pixels
from saleslab.charts.theme import (
    ACCENT,
    BAD,
    CARD,
    DESKTOP,
    GOOD,
    INK,
    LINE,
    QUIET,
    SOFT,
    STRONG,
    WARN,
    finish,
    money_labels,
    share_labels,
)
from saleslab.kpi.targets.pages import write_chance
from saleslab.kpi.targets.pictures import bin_landing, label_node, write_level
from saleslab.wording import Text, say

if TYPE_CHECKING:
    from saleslab.kpi.targets.pace import PaceTrack
    from saleslab.kpi.targets.pictures import TreeRow
    from saleslab.kpi.targets.study import TargetStudy

Spec = dict[str, Any]

_ROW, _BOX = 52, 44
_NEAR_EDGE = 0.25  # share of the width within which a label would be cut
_LETTER = 9.8  # pixels of a letter, as `shorten` counts them
_STATUS = {
    "green": (GOOD, "●"),
    "amber": (WARN, "▲"),
    "red": (BAD, "■"),
    "withheld": (SOFT, "?"),
    "none": (QUIET, ""),
}
"""Colour and sign of each status: the sign alone says it to whoever cannot tell the colours apart."""


def draw_tree(rows: Sequence[TreeRow], *, lang: str, width: int) -> Spec:
    """Draw a tree as an outline: a card for every node, its chance at the right, lines to what it belongs to.

    Parameters
    ----------
    rows
        In the order of the outline, from `picture_tree`.
    lang, width
        Language, and pixels.

    Notes
    -----
    Each card carries its words as a title of its own, so that a screen reader walks the tree node by node.
    """
    step = 26 if width >= DESKTOP else 12
    cards = [_lay_card(row, at, step, lang, width) for at, row in enumerate(rows)]
    height = _ROW * len(rows) + 4
    x, y = scale_pixels("x", width), scale_pixels("y", height)
    lines = [line for at, row in enumerate(rows) for line in _lay_lines(row, at, step)]
    layers = [
        alt.Chart(alt.Data(values=[line for line in lines if line["exact"] is exact]))
        .mark_rule(color=QUIET, strokeWidth=1.5, strokeDash=[1, 0] if exact else [3, 3], aria=False)
        .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q")
        for exact in (True, False)
    ]
    data = alt.Chart(alt.Data(values=cards))
    box = data.mark_rect(color=CARD, stroke=LINE, strokeWidth=1, cornerRadius=4)
    layers.append(box.encode(x=x("left"), x2="right:Q", y=y("top"), y2="bottom:Q", description="words:N"))
    edge = data.mark_rect(cornerRadius=2, aria=False).encode(
        x=x("left"), x2="edge:Q", y=y("top"), y2="bottom:Q", color=_colour()
    )
    layers += [edge, *_write_cards(data, x, y)]
    spec = finish(alt.layer(*layers), lang=lang, width=width, height=height)
    spec["config"] |= {"aria": True, "padding": 0}
    return spec


def _lay_card(row: TreeRow, at: int, step: int, lang: str, width: int) -> dict[str, Any]:
    colour, sign = _STATUS[row.status]
    left, right = row.depth * step + 2, width - 2
    share = "" if row.chance is None else write_chance(row.chance).of(lang)
    room = int((right - left - 16 - (78 if share or sign else 8)) / _LETTER)
    under = _join([row.figure, row.aim], lang)
    if shorten(under, room) != under:  # the range stands in the table; the target must not be cut
        under = _join([row.middle, row.aim], lang)
    return {
        "left": left,
        "edge": left + 5,
        "right": right,
        "top": at * _ROW + 2,
        "bottom": at * _ROW + 2 + _BOX,
        "at_left": left + 14,
        "at_right": right - 10,
        "middle": at * _ROW + 2 + _BOX / 2,
        "upper": at * _ROW + (17 if under else 2 + _BOX / 2),
        "lower": at * _ROW + 35,
        "label": shorten(row.label.of(lang), room),
        "under": shorten(under, room),
        "chance": f"{sign} {share}".strip(),
        "colour": colour,
        "ink": STRONG if row.kind == "kgi" else INK,
        "words": _tell_card(row, lang),
    }


def _tell_card(row: TreeRow, lang: str) -> str:
    """The words of a card for a reader who cannot see it: kind, name, where it stands, its chance."""
    kind = say(f"kpi_targets.kind.{row.kind}").of(lang)
    parts = [f"{kind}: {row.label.of(lang)}", _join([row.figure, row.aim], lang)]
    if row.chance is not None:
        parts.append(say("kpi_targets.chance_is", chance=write_chance(row.chance).of(lang)).of(lang))
    elif row.status == "withheld":
        parts.append(say("kpi_targets.chance_withheld").of(lang))
    return ("。" if lang == "ja" else ". ").join(part for part in parts if part)


def _join(texts: Sequence[Text | None], lang: str) -> str:
    return " → ".join(text.of(lang) for text in texts if text is not None)


def _lay_lines(row: TreeRow, at: int, step: int) -> list[dict[str, Any]]:
    """An elbow: down from the parent's card, then across to the row's own."""
    if row.parent is None:
        return []
    x, middle = (row.depth - 1) * step + 2 + step / 2, at * _ROW + 2 + _BOX / 2
    down = {"x": x, "x2": x, "y": row.parent * _ROW + 2 + _BOX, "y2": middle, "exact": row.is_exact}
    across = {"x": x, "x2": row.depth * step + 2, "y": middle, "y2": middle, "exact": row.is_exact}
    return [down, across]


def _colour() -> alt.Color:
    return alt.Color("colour:N", scale=None)


def _write_cards(data: alt.Chart, x: Any, y: Any) -> list[alt.Chart]:
    left: dict[str, Any] = {"align": "left", "baseline": "middle", "aria": False}
    label = data.mark_text(**left).encode(
        x=x("at_left"), y=y("upper"), text="label:N", color=alt.Color("ink:N", scale=None)
    )
    under = data.mark_text(**left, color=SOFT, fontSize=12).encode(x=x("at_left"), y=y("lower"), text="under:N")
    chance = data.mark_text(align="right", baseline="middle", aria=False).encode(
        x=x("at_right"), y=y("middle"), text="chance:N", color=_colour()
    )
    return [label, under, chance]


def draw_landing(study: TargetStudy, *, lang: str, width: int) -> Spec:
    """Draw what the period may come to: bars, the darker ones reach the target."""
    bars: list[dict[str, Any]] = [
        {"floor": 0.0, "colour": ACCENT if row["reached"] else QUIET} | {str(name): row[name] for name in row}
        for row in bin_landing(study).to_dict("records")
    ]
    is_money = study.facts[study.goal].unit == "money"
    labels = money_labels(lang, study.tree.currency) if is_money else "format(datum.value, ',')"
    data = alt.Chart(alt.Data(values=bars))
    low, high = bars[0]["start"], bars[-1]["end"]
    ticks = alt.Axis(title=None, labelExpr=labels, tickCount=3 if width < DESKTOP else 6)
    x = alt.X("start:Q", axis=ticks, scale=alt.Scale(domain=[low, high], zero=False, nice=False))
    y = alt.Y("share:Q", axis=None)
    layers: list[alt.Chart] = [
        data.mark_rect(stroke=CARD, strokeWidth=1).encode(x=x, x2="end:Q", y=y, y2="floor:Q", color=_colour())
    ]
    marks: list[dict[str, Any]] = [
        {"at": study.aim.level, "text": say("kpi_targets.mark_target", level=_write(study, study.aim.level)).of(lang)},
        {"at": study.land(0.5), "text": say("kpi_targets.mark_middle", level=_write(study, study.land(0.5))).of(lang)},
    ]
    top = max(bar["share"] for bar in bars)
    lower = min(mark["at"] for mark in marks)
    for place, mark in enumerate(marks):
        side = _side_of_label((mark["at"] - low) / (high - low), is_lower=mark["at"] == lower)
        colour = INK if place == 0 else SOFT
        rows = alt.Chart(alt.Data(values=[mark | {"y": top * (1.16 - 0.1 * place), "y0": 0.0}]))
        rule = rows.mark_rule(color=colour, strokeDash=[1, 0] if place == 0 else [4, 3])
        layers.append(rule.encode(x="at:Q", y="y0:Q", y2="y:Q"))
        text = rows.mark_text(align=side, baseline="middle", dx=6 if side == "left" else -6, color=colour)
        layers.append(text.encode(x="at:Q", y="y:Q", text="text:N"))
    return finish(alt.layer(*layers), lang=lang, width=width)


def _side_of_label(place: float, *, is_lower: bool) -> Literal["left", "right"]:
    """Labels lie outside of their two marks, unless the edge of the picture is near; ``right`` ends at the mark."""
    if is_lower:
        return "right" if place > _NEAR_EDGE else "left"
    return "left" if place < 1 - _NEAR_EDGE else "right"


def draw_levers(study: TargetStudy, *, lang: str, width: int) -> Spec:
    """Draw what each measure adds to the chance at the level of the better quarters; a tick for a tenth better."""
    levers = study.levers.to_dict("records")
    rows: list[dict[str, Any]] = [
        {"at": at, "gain": 100 * float(row["gain_headroom"]), "tenth": 100 * float(row["gain_elasticity"])}
        for at, row in enumerate(levers)
    ]
    room = 22 if width >= DESKTOP else 12
    names = [[shorten(label_node(study, row["node"]).of(lang), room), _write_move(study, row, lang)] for row in levers]
    data = alt.Chart(alt.Data(values=rows))
    ends = [0.0, 1.0, *(row[name] for row in rows for name in ("gain", "tenth"))]
    names_axis = alt.Axis(title=None, labelExpr=pick_label(names), values=list(range(len(rows))), labelLineHeight=17)
    y = alt.Y("at:O", axis=names_axis, scale=alt.Scale(paddingInner=0.45))
    x = alt.X(
        "gain:Q",
        scale=alt.Scale(domain=[min(ends), max(ends) * 1.06], nice=False),
        axis=alt.Axis(title=say("kpi_targets.axis_points").of(lang), tickCount=4, grid=True),
    )
    bars = data.mark_bar(color=ACCENT).encode(x=x, y=y)
    ticks = data.mark_tick(color=STRONG, thickness=2, size=22).encode(x="tenth:Q", y=y)
    return finish(alt.layer(bars, ticks), lang=lang, width=width, height=56 * len(rows) + 60)


def draw_pace(track: PaceTrack, *, lang: str, width: int) -> Spec:
    """Draw how the chance of the goal went: a line over the days, bands of the statuses behind it."""
    rows: list[dict[str, Any]] = [
        {"day": f"{row['as_of']:%Y-%m-%d}", "chance": float(row["chance"])} for row in track.weeks.to_dict("records")
    ]
    bands = [
        {"low": 0.8, "high": 1.0, "colour": GOOD},
        {"low": 0.5, "high": 0.8, "colour": WARN},
        {"low": 0.0, "high": 0.5, "colour": BAD},
    ]
    domain = [f"{track.period.start:%Y-%m-%d}", f"{track.period.end:%Y-%m-%d}"]
    x = alt.X("day:T", scale=alt.Scale(domain=domain), axis=alt.Axis(title=None, format="%m-%d", tickCount=4))
    axis = alt.Axis(title=None, labelExpr=share_labels(lang), values=[0, 0.5, 0.8, 1])
    y = alt.Y("chance:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    ground = alt.Chart(alt.Data(values=bands)).mark_rect(opacity=0.12)
    line = alt.Chart(alt.Data(values=rows))
    last = alt.Chart(alt.Data(values=[rows[-1] | {"text": write_chance(rows[-1]["chance"]).of(lang)}]))
    layers = [
        ground.encode(y=alt.Y("low:Q", scale=alt.Scale(domain=[0, 1])), y2="high:Q", color=_colour()),
        line.mark_line(color=ACCENT, point=alt.OverlayMarkDef(color=ACCENT, size=40, filled=True)).encode(x=x, y=y),
        last.mark_text(align="left", baseline="bottom", dx=6, dy=-4, color=STRONG).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)


def _write(study: TargetStudy, level: float) -> Text:
    return write_level(study, study.goal, level)


def _write_move(study: TargetStudy, row: Mapping[Any, Any], lang: str) -> str:
    now, level = (write_level(study, row["node"], row[name]).of(lang) for name in ("now", "headroom"))
    return f"{now} → {level}"
