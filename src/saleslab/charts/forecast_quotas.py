"""Chances of quotas, drawn: people by quarters with what came of each, and stated chances against what happened."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import altair as alt

from saleslab.charts.forecast_accuracy import draw_calibration_curve
from saleslab.charts.labels import label_periods, pick_label, shorten
from saleslab.charts.theme import BAD, CARD, DESKTOP, GOOD, HEAT, INK, SOFT, finish
from saleslab.errors import NotEnoughData
from saleslab.forecasting.quotas import list_cells

if TYPE_CHECKING:
    from saleslab.forecasting.quotas import QuotaCell, QuotaOutlook

Spec = dict[str, Any]

_NOBODY: Mapping[str, str] = MappingProxyType({})
_ROW, _WIDE_ROW, _AXIS = 40, 30, 50
_TWO_LINES, _MARK = 20, 170
_ON_PHONE = 8
_DARK_FROM = 3
_CHECK, _CROSS = "M-0.5,0.05L-0.12,0.42L0.5,-0.42", "M-0.4,-0.4L0.4,0.4M0.4,-0.4L-0.4,0.4"


def draw_quota_grid(outlook: QuotaOutlook, *, lang: str, width: int, names: Mapping[str, str] = _NOBODY) -> Spec:
    """Draw each quota as a cell: the chance as number and shade, and a check or a cross for what came.

    Parameters
    ----------
    outlook
        From `review_quota_chances`.
    lang, width
        Language, and pixels; on a phone the last eight quarters are drawn.
    names
        Names of people; without them ids are drawn.

    Raises
    ------
    NotEnoughData
        When there is no quota.
    """
    is_wide = width >= DESKTOP
    periods = list(outlook.periods if is_wide else outlook.periods[-_ON_PHONE:])
    cells = [cell for cell in list_cells(outlook, names=names) if cell.period in periods]
    if not cells:
        raise NotEnoughData("There is no quota to draw.", "draw the grid where quotas are on record.")
    people = sorted({cell.person for cell in cells})
    rows = [_lay_cell(cell, periods.index(cell.period), people.index(cell.person), is_wide) for cell in cells]
    labels = [shorten(name, 18 if is_wide else 8) for name in people]
    y_axis = alt.Axis(
        values=list(range(len(people))), labelExpr=pick_label(labels), title=None, grid=False, labelColor=INK,
        labelOverlap=False, tickCount=len(people), domain=False, ticks=False,
    )  # fmt: skip
    named = label_periods(periods, lang, apart=1 if is_wide else 2)
    x_axis = alt.Axis(
        orient="top", values=list(range(len(periods))), labelExpr=named, title=None, grid=False, labelOverlap=False,
        tickCount=len(periods), domain=False, ticks=False, labelPadding=_TWO_LINES,
    )  # fmt: skip
    x_scale = alt.Scale(domain=[-0.5, len(periods) - 0.5], nice=False)
    y_scale = alt.Scale(domain=[-0.5, len(people) - 0.5], nice=False, reverse=True)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", axis=x_axis, scale=x_scale)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", axis=y_axis, scale=y_scale)

    data = alt.Chart(alt.Data(values=rows))
    box = data.mark_rect(strokeWidth=1.5).encode(
        x=x("left"), x2="right:Q", y=y("up"), y2="down:Q", color=_own("fill"), stroke=_own_stroke()
    )
    number = data.mark_text(baseline="middle").encode(
        x=x("number_x"), y=y("number_y"), text="text:N", color=_own("words")
    )
    layers: list[alt.Chart] = [box, number]
    for is_met, shape in ((True, _CHECK), (False, _CROSS)):
        mark = data.transform_filter(f"datum.is_met === {str(is_met).lower()}").mark_point(
            shape=shape, size=_MARK, filled=False, strokeWidth=1.75, opacity=1
        )
        layers.append(mark.encode(x=x("mark_x"), y=y("mark_y"), color=_own("mark")))
    height = len(people) * (_WIDE_ROW if is_wide else _ROW) + _AXIS
    return finish(alt.layer(*layers), lang=lang, width=width, height=height)


def _lay_cell(cell: QuotaCell, across: int, down: int, is_wide: bool) -> dict[str, Any]:
    """Return where a cell, its number and its mark stand: side by side, on a phone one below the other."""
    step = -1 if cell.chance is None else min(int(cell.chance * len(HEAT)), len(HEAT) - 1)
    fill = CARD if step < 0 else HEAT[step]
    words = CARD if step >= _DARK_FROM else INK
    is_over = cell.is_met is not None
    beside, below = (0.17, 0.0) if is_wide else (0.0, 0.2)
    return {
        "left": across - 0.47, "right": across + 0.47, "up": down - 0.45, "down": down + 0.45, "fill": fill,
        "frame": fill if is_over else INK, "text": _write(cell.chance), "words": words if step >= 0 else SOFT,
        "number_x": across - (beside if is_over else 0), "number_y": down - (below if is_over else 0),
        "mark_x": across + beside + 0.05 * is_wide, "mark_y": down + below, "is_met": cell.is_met,
        "mark": words if step >= _DARK_FROM else GOOD if cell.is_met else BAD,
    }  # fmt: skip


def _write(chance: float | None) -> str:
    """Return a chance in per cent, without its sign."""
    if chance is None:
        return ""
    return "<1" if chance < 0.005 else ">99" if chance >= 0.995 else f"{100 * chance:.0f}"


def _own(name: str) -> alt.Color:
    return alt.Color(f"{name}:N", scale=None)


def _own_stroke() -> alt.Stroke:
    return alt.Stroke("frame:N", scale=None)


def draw_quota_calibration(outlook: QuotaOutlook, *, lang: str, width: int) -> Spec:
    """Draw how often quotas were met against the chances of the eve: dots in the pale band may be luck.

    Raises
    ------
    NotEnoughData
        When too few past quotas had a chance.
    """
    if outlook.record is None:
        raise NotEnoughData("Too few past quotas had a chance.", "leave the figure out.")
    return draw_calibration_curve(outlook.record.calibration, lang=lang, width=width)
