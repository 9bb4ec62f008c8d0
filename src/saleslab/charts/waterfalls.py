"""A waterfall that lies on its side: from one level by steps to another, readable on a phone; the pipeline's moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import altair as alt

from saleslab.charts.labels import pick_label
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_SOFT,
    CARD,
    DESKTOP,
    GOOD,
    INK,
    QUIET,
    STRONG,
    finish,
    money_labels,
)
from saleslab.wording import Count, Money, Text, say, write
from saleslab.wording.values import Value

if TYPE_CHECKING:
    from saleslab.forecasting import PipelineMovement

Spec = dict[str, Any]
Look = Literal["level", "in", "out", "won"]

_ROW = 34
_HALF, _HEAD = 0.34, 0.85
_COLOURS = {"level": ACCENT, "in": ACCENT_SOFT, "out": QUIET, "won": GOOD}


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from where to where, what it is called, what is written beside it.

    Attributes
    ----------
    label, figure
        Left of the bar and right of it.
    start, end
        Of the bar.
    look
        ``level`` is where one stands; the others lead from one level to another.
    low, high
        Ends of a range that is drawn over the bar.
    """

    label: Text
    figure: Text
    start: float
    end: float
    look: Look
    low: float | None = None
    high: float | None = None


def draw_steps(
    steps: Sequence[Step],
    *,
    lang: str,
    width: int,
    axis: str | None,
    rule: tuple[float, Text] | None = None,
    base: float = 0.0,
) -> Spec:
    """Draw steps from top to bottom, thin lines between them.

    Parameters
    ----------
    steps
        In their sequence.
    lang, width
        Language, and pixels.
    axis
        Expression of the labels of the axis; None draws no axis.
    rule
        A line across all rows, such as a target, and its name.
    base
        Where the axis begins. Where that is not 0, levels are marks instead of bars: a bar that is cut off would lie.
    """
    head = 0.0 if rule is None else _HEAD
    rows = [_lay(step, at, base, lang) for at, step in enumerate(steps)]
    plot = width * (0.72 if width >= DESKTOP else 0.6)
    room = min(0.5, max(_measure(row["figure"], lang) for row in rows) / plot)
    highest = max([base + 1e-9, *(row["after"] for row in rows), *([] if rule is None else [rule[0]])])
    if rule is not None:
        _keep_clear(rows, rule[0], (highest - base) / (1 - room) / plot, lang)
    frame = _Frame(
        alt.Scale(domain=[base, highest + (highest - base) * room / (1 - room)], nice=False),
        None if axis is None else alt.Axis(
            labelExpr=axis, title=None, grid=False, tickCount=5 if width >= DESKTOP else 3, labelOverlap=True
        ),
        alt.Scale(domain=[-0.5 - head, len(steps) - 0.5], nice=False, reverse=True),
        alt.Axis(
            values=list(range(len(steps))), labelExpr=pick_label([step.label.of(lang) for step in steps]), title=None,
            grid=False, domain=False, labelOverlap=False, tickCount=len(steps), labelColor=INK, labelLimit=130,
        ),
    )  # fmt: skip
    layers = _draw_rows(rows, frame)
    if rule is not None:
        is_left = rule[0] < base + 0.35 * (highest - base)
        layers += _draw_rule(rule[0], rule[1].of(lang), frame, n=len(steps), is_left=is_left)
    height = round((len(steps) + head) * _ROW) + (34 if axis else 14)
    return finish(alt.layer(*layers), lang=lang, width=width, height=height)


def _keep_clear(rows: list[dict[str, Any]], value: float, scale: float, lang: str) -> None:
    """Move figures that the rule would cross behind it; ``scale`` is what a pixel is worth."""
    for row in rows:
        if row["after"] < value < row["after"] + scale * _measure(row["figure"], lang):
            row["after"] = value


def _measure(figure: str, lang: str) -> float:
    """Return about how many pixels a figure takes, with the gap before it."""
    return 8.0 * len(figure) * (1.7 if lang == "ja" else 1.0) + 12


@dataclass(frozen=True, slots=True)
class _Frame:
    """Scales and axes that all layers share."""

    x_scale: alt.Scale
    x_axis: alt.Axis | None
    y_scale: alt.Scale
    y_axis: alt.Axis

    def x(self, name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=self.x_scale, axis=self.x_axis)

    def y(self, name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=self.y_scale, axis=self.y_axis)


def _draw_rows(rows: list[dict[str, Any]], frame: _Frame) -> list[alt.Chart]:
    data, colour = _data(rows), alt.Color("colour:N", scale=None)
    ranges = _data([row for row in rows if row["low"] is not None])
    layers = [
        data.transform_filter("datum.is_bar").mark_rect().encode(
            x=frame.x("start"), x2="end:Q", y=frame.y("up"), y2="down:Q", color=colour
        ),
        data.transform_filter("!datum.is_bar").mark_rule(strokeWidth=4).encode(
            x=frame.x("end"), y=frame.y("up"), y2="down:Q", color=colour
        ),
        _data(rows[:-1]).mark_rule(color=QUIET, strokeWidth=1).encode(
            x=frame.x("end"), y=frame.y("down"), y2=alt.Y2("following:Q")
        ),
        data.mark_text(align="left", baseline="middle", dx=7, color=INK).encode(
            x=frame.x("after"), y=frame.y("at"), text="figure:N"
        ),
    ]  # fmt: skip
    for colour_, thickness in ((CARD, 5), (INK, 2)):
        span = ranges.mark_rule(color=colour_, strokeWidth=thickness)
        layers.append(span.encode(x=frame.x("low"), x2="high:Q", y=frame.y("at")))
    return layers


def _data(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows))


def _lay(step: Step, at: int, base: float, lang: str) -> dict[str, Any]:
    is_bar = step.look != "level" or base == 0
    farthest = max(value for value in (step.start, step.end, step.high) if value is not None)
    return {
        "at": at, "up": at - _HALF, "down": at + _HALF, "following": at + 1 - _HALF,
        "start": max(step.start, base), "end": max(step.end, base), "is_bar": is_bar,
        "after": max(farthest, base), "figure": step.figure.of(lang), "colour": _COLOURS[step.look],
        "low": step.low, "high": step.high,
    }  # fmt: skip


def _draw_rule(value: float, name: str, frame: _Frame, *, n: int, is_left: bool) -> list[alt.Chart]:
    data = _data([{"value": value, "head": -0.5 - _HEAD / 2, "up": -0.6, "down": n - 0.5, "name": name}])
    rule = data.mark_rule(color=STRONG, strokeWidth=2, strokeDash=[5, 4])
    text = data.mark_text(align="left" if is_left else "right", baseline="middle", color=STRONG)
    return [
        rule.encode(x=frame.x("value"), y=frame.y("up"), y2="down:Q"),
        text.encode(x=frame.x("value"), y=frame.y("head"), text="name:N"),
    ]


def draw_movement(movement: PipelineMovement, *, lang: str, width: int, currency: str = "JPY") -> Spec:
    """Draw how the open pipeline changed: the earlier one, what came in, what left, the later one.

    Money is drawn, or the number of deals where most have no amount. Parts without a deal are left out.
    """
    in_money = movement.is_in_money
    before, after = (
        (movement.before, movement.after) if in_money else (float(movement.n_before), float(movement.n_after))
    )

    def tell(value: float, *, signed: bool = False) -> Text:
        shown: Value = Money(Decimal(round(abs(value))), currency) if in_money else Count(round(abs(value)))
        if not signed:
            return Text(write(shown, "en"), write(shown, "ja"))
        return say(f"forecast_pages.chart.{'minus' if value < 0 else 'plus'}", value=shown)

    steps = [Step(_word("before"), tell(before), base := 0.0, before, "level")]
    at = before
    for part in movement.parts:
        size = part.amount if in_money else _count_signed(part.move, part.n_deals)
        if part.n_deals == 0 or size == 0:
            continue
        look: Look = "won" if part.move == "won" else "in" if size > 0 else "out"
        name = say(f"forecast_pages.move.{part.move}")
        steps.append(Step(name, tell(size, signed=True), at, at + size, look))
        at += size
    steps.append(Step(_word("after"), tell(after), 0.0, after, "level"))
    reached = [value for step in steps for value in (step.start, step.end) if step.look != "level"]
    lowest, highest = min([before, after, *reached]), max([before, after, *reached])
    if lowest > 1.5 * (highest - lowest):
        base = max(0.0, lowest - 0.35 * (highest - lowest) - 0.01 * lowest)
    axis = money_labels(lang, currency) if in_money else "format(datum.value, ',')"
    return draw_steps(steps, lang=lang, width=width, axis=axis, base=base)


def _word(name: str) -> Text:
    return say(f"forecast_pages.chart.{name}")


def _count_signed(move: str, n: int) -> float:
    signs = {"new": 1, "pulled_in": 1, "won": -1, "lost": -1, "slipped_out": -1}
    return float(signs.get(move, 0) * n)
