"""The scorecard, drawn: every measure with its course and its chance; chances of quotas against what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from saleslab.charts.labels import shorten
from saleslab.charts.pixels import Encode, scale_pixels
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
    WARN,
    finish,
    share_labels,
)
from saleslab.errors import NotEnoughData
from saleslab.kpi.scorecard.tables import SIGNS
from saleslab.kpi.targets.pages import write_chance
from saleslab.wording import Count, say

if TYPE_CHECKING:
    from saleslab.kpi.scorecard.board import BoardRow
    from saleslab.kpi.scorecard.quotas import QuotaReview

Spec = dict[str, Any]

_COLOURS = {"green": GOOD, "amber": WARN, "red": BAD, "withheld": SOFT, "none": QUIET}
_LETTER, _CHANCE_ROOM, _FACTOR_HEIGHT, _LINE = 9.8, 96, 30, 16
_CLEAR = 0.05
_PARTING = ("; ", "／")


def draw_board(rows: Sequence[BoardRow], *, lang: str, width: int) -> Spec:
    """Draw a card for every measure: sign and chance at the right, its last months as a line; factors as headings.

    Parameters
    ----------
    rows
        From `kpi.lay_board`, in the order of the tree.
    lang, width
        Language, and pixels; on a phone the course stands below the words, else beside them.

    Notes
    -----
    Each card carries its words as a title of its own, so that a screen reader walks the board measure by measure.

    Raises
    ------
    NotEnoughData
        If there is no row.
    """
    if not rows:
        raise NotEnoughData("The board has no measure.", "draw it where the readers have measures of their own.")
    cards, top = [], 2.0
    for row in rows:
        cards.append(_lay_card(row, top, lang, width))
        top = cards[-1]["bottom"] + 6
    x, y = scale_pixels("x", width), scale_pixels("y", top)
    data = alt.Chart(alt.Data(values=cards))
    box = data.mark_rect(color=CARD, stroke=LINE, strokeWidth=1, cornerRadius=4)
    layers = [box.encode(x=x("left"), x2="right:Q", y=y("top"), y2="bottom:Q", description="words:N")]
    edge = data.mark_rect(cornerRadius=2, aria=False)
    layers.append(edge.encode(x=x("left"), x2="edge:Q", y=y("top"), y2="bottom:Q", color=_own("colour")))
    layers += [*_write_cards(data, x, y), *_draw_courses(rows, cards, x, y, width)]
    spec = finish(alt.layer(*layers), lang=lang, width=width, height=round(top))
    spec["config"] |= {"aria": True, "padding": 0}
    return spec


def draw_quotas(review: QuotaReview, *, lang: str, width: int) -> Spec:
    """Draw how often chances of quotas came true, with the range of each band, beside the line of exact chances.

    Raises
    ------
    NotEnoughData
        If no band holds enough quotas to be told.
    """
    told = [row for row in review.bands.to_dict("records") if not pd.isna(row["rate"])]
    if not told:
        raise NotEnoughData("No band of chances holds five quotas.", "wait for more quotas that are over.")
    points = [
        {name: float(row[name]) for name in ("chance", "rate", "rate_low", "rate_high")}
        | {"text": say("kpi_scorecard.quota.axis_n", n=Count(int(row["n"]))).of(lang), "named_at": _stand_clear(row)}
        for row in told
    ]
    scale = alt.Scale(domain=[0, 1], nice=False)
    ticks: dict[str, Any] = {"labelExpr": share_labels(lang), "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    x_axis = alt.Axis(title=say("kpi_scorecard.quota.axis_said").of(lang), **ticks)
    x = alt.X("chance:Q", scale=scale, axis=x_axis)
    y_axis = alt.Axis(title=None, **ticks)
    heading = [{"chance": 0.0, "rate": 1.0, "text": say("kpi_scorecard.quota.axis_came").of(lang)}]
    ideal = [{"chance": 0.97, "rate": 0.97, "text": say("kpi_scorecard.quota.exact").of(lang)}]
    line = alt.Chart(alt.Data(values=[{"chance": at, "rate": at} for at in (0.0, 1.0)]))
    data = alt.Chart(alt.Data(values=points))
    y = alt.Y("rate:Q", scale=scale, axis=y_axis)
    named = data.mark_text(align="center", baseline="middle", color=SOFT, fontSize=12)
    layers = [
        line.mark_line(color=SOFT, strokeWidth=1.25, strokeDash=[4, 4]).encode(x=x, y=y),
        data.mark_rule(color=ACCENT, strokeWidth=2).encode(x=x, y=alt.Y("rate_low:Q", scale=scale), y2="rate_high:Q"),
        data.mark_point(size=80, opacity=1, color=ACCENT).encode(x=x, y=y),
        named.encode(x=x, y=alt.Y("named_at:Q", scale=scale), text="text:N"),
        _say(ideal, align="right", baseline="bottom", dx=-8).encode(x=x, y=y, text="text:N"),
        _say(heading, align="left", baseline="top", dx=6).encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=320 if width >= DESKTOP else 300)


def _stand_clear(row: Mapping[Any, Any]) -> float:
    """Return the height of a band's words: above its bar, where the line of exact chances seldom runs, or below it."""
    low, high = float(row["rate_low"]), float(row["rate_high"])
    return high + _CLEAR if high + 2 * _CLEAR <= 1 else low - _CLEAR


def _say(rows: list[dict[str, Any]], **how: Any) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows)).mark_text(color=SOFT, **how)


def _lay_card(row: BoardRow, top: float, lang: str, width: int) -> dict[str, Any]:
    """Return where a card and its words stand, in pixels."""
    is_wide = width >= DESKTOP
    left = 2 + row.depth * (20 if is_wide else 8)
    right = width - 2
    height = _FACTOR_HEIGHT if row.is_factor else 50 if is_wide else 84
    share = "" if row.chance is None else write_chance(row.chance).of(lang)
    sign = "" if row.is_factor else SIGNS[row.standing]
    course = 0.3 * width if is_wide and not row.is_factor else 0
    room = right - left - 20
    beside = room - course - (0 if row.is_factor else _CHANCE_ROOM)
    under = [] if row.under is None else _break(row.under.of(lang), int((beside if is_wide else room) / _LETTER))
    more = _LINE * max(len(under) - 1, 0)
    return {
        "left": left,
        "edge": left + 5,
        "right": right,
        "top": top,
        "bottom": top + height + more,
        "course": top + (9 if is_wide else 50 + more),
        "at_left": left + 14,
        "at_right": right - 10,
        "upper": top + (height / 2 if row.is_factor else 17),
        "lower": top + 36,
        "middle": top + (25 if is_wide else 17),
        "label": shorten(row.label.of(lang), int(beside / _LETTER)),
        "under": under,
        "chance": f"{sign} {share}".strip(),
        "colour": QUIET if row.is_factor else _COLOURS[row.standing],
        "ink": SOFT if row.is_factor else INK,
        "words": row.words.of(lang),
    }


def _break(words: str, room: int) -> list[str]:
    """Return words on one line where they fit, else on a second one from where the wording parts them."""
    if shorten(words, room) == words:
        return [words]
    first, mark, second = next((found for mark in _PARTING if (found := words.partition(mark))[1]), (words, "", ""))
    return [shorten(one, room) for one in (f"{first}{mark.strip()}", second) if one]


def _write_cards(data: alt.Chart, x: Encode, y: Encode) -> list[alt.Chart]:
    left: dict[str, Any] = {"align": "left", "baseline": "middle", "aria": False}
    label = data.mark_text(**left).encode(x=x("at_left"), y=y("upper"), text="label:N", color=_own("ink"))
    under = data.mark_text(**left, color=SOFT, fontSize=12, lineHeight=_LINE).encode(
        x=x("at_left"), y=y("lower"), text="under:N"
    )
    chance = data.mark_text(align="right", baseline="middle", aria=False)
    return [label, under, chance.encode(x=x("at_right"), y=y("middle"), text="chance:N", color=_own("colour"))]


def _draw_courses(
    rows: Sequence[BoardRow], cards: Sequence[dict[str, Any]], x: Encode, y: Encode, width: int
) -> list[alt.Chart]:
    """Draw each course on its own scale; months that are not complete are hollow."""
    points = [point for row, card in zip(rows, cards, strict=True) for point in _lay_course(row, card, width)]
    if not points:
        return []
    data = alt.Chart(alt.Data(values=points))
    line = data.mark_line(color=ACCENT, strokeWidth=1.75, aria=False)
    dots = data.transform_filter("datum.is_last").mark_point(size=34, opacity=1, color=ACCENT, aria=False)
    hollow = data.transform_filter("!datum.is_complete").mark_point(
        size=30, opacity=1, filled=False, color=ACCENT, fill=CARD, aria=False
    )
    return [
        line.encode(x=x("x"), y=y("y"), detail="row:N", order="at:N"),
        dots.encode(x=x("x"), y=y("y")),
        hollow.encode(x=x("x"), y=y("y")),
    ]


def _lay_course(row: BoardRow, card: dict[str, Any], width: int) -> list[dict[str, Any]]:
    if len(row.points) < 2:
        return []
    is_wide = width >= DESKTOP
    left = card["right"] - _CHANCE_ROOM - 0.28 * width if is_wide else card["at_left"]
    right = card["right"] - (_CHANCE_ROOM + 14 if is_wide else 12)
    top, bottom = card["course"], card["bottom"] - (9 if is_wide else 8)
    values = [float(point["value"]) for point in row.points]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    last = max((place for place, point in enumerate(row.points) if point["is_complete"]), default=-1)
    return [
        {
            "row": f"{card['top']:.0f}", "at": point["at"],
            "x": left + (right - left) * place / (len(row.points) - 1),
            "y": bottom - (bottom - top) * ((value - low) / spread if high > low else 0.5),
            "is_complete": point["is_complete"], "is_last": place == last,
        }
        for place, (point, value) in enumerate(zip(row.points, values, strict=True))
    ]  # fmt: skip


def _own(name: str) -> alt.Color:
    return alt.Color(f"{name}:N", scale=None)
