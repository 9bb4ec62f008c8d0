"""What customers tell, drawn: each function takes the review of `saleslab.customers.feedback`."""

from __future__ import annotations

from typing import Any

import altair as alt

from saleslab.charts.labels import label_periods, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    BAD,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    share_labels,
)
from saleslab.customers.feedback import FeedbackReview, name_theme
from saleslab.stats import Interval
from saleslab.wording import Points, Share, write

Spec = dict[str, Any]

_STEP = 44
_LETTERS_DESKTOP, _LETTERS_PHONE = 60, 26


def draw_score_trend(answer: FeedbackReview, *, lang: str, width: int) -> Spec:
    """Draw the score of each quarter in its band of luck, and the line that leans on all quarters."""
    assert answer.trend is not None
    waves = answer.trend.waves
    rows = [
        {"at": at, "own": wave.own.estimate, "low": wave.own.low, "high": wave.own.high, "shrunk": wave.shrunk.estimate}
        for at, wave in enumerate(waves)
    ]
    most = 6 if width >= DESKTOP else 3
    step = max(1, -(-len(waves) // most))
    shown = list(range(len(waves) - 1, -1, -step))[::-1]
    labels = label_periods([wave.wave for wave in waves], lang, shown=shown)
    across = alt.Axis(values=shown, labelExpr=labels, title=None, grid=False, labelOverlap=False)
    x = alt.X("at:Q", axis=across, scale=alt.Scale(domain=[-0.4, len(waves) - 0.6], nice=False))
    form = {"labelExpr": share_labels(lang)} if answer.kind == "csat" else {"format": "d"}
    down = alt.Axis(title=None, tickCount=5, **form)
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_rule(color=ACCENT_FAINT, strokeWidth=14 if width >= DESKTOP else 10).encode(
            x=x, y=alt.Y("low:Q", axis=down, scale=alt.Scale(zero=False)), y2="high:Q"
        ),
        base.mark_line(color=ACCENT, strokeWidth=2).encode(x=x, y=alt.Y("shrunk:Q", axis=down)),
        base.mark_point(color=SOFT, size=60, opacity=1).encode(x=x, y=alt.Y("own:Q", axis=down)),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=260)


def draw_drivers(answer: FeedbackReview, *, lang: str, width: int) -> Spec:
    """Draw how much of what varies in the score goes along with each driver, on its interval."""
    assert answer.drivers is not None
    rows = []
    for driver in answer.drivers.drivers:
        name = name_theme(answer.themes, driver.name).of(lang) if answer.by_themes else driver.name
        colour = BAD if driver.direction < 0 else ACCENT
        value = write(Share(driver.importance.estimate, 0), lang)
        rows.append(_row(name, driver.importance, value, colour, QUIET if driver.direction < 0 else ACCENT_SOFT))
    return _draw_intervals(rows, lang=lang, width=width, start=0.0)


def draw_theme_links(answer: FeedbackReview, *, lang: str, width: int) -> Spec:
    """Draw how much more of those who spoke of a theme left; red and blue where it is clear."""
    assert answer.churn is not None
    rows = []
    for link in answer.churn.links:
        clear = BAD if link.difference.estimate > 0 else ACCENT
        value = write(Points(link.difference.estimate, 0), lang)
        name = name_theme(answer.themes, link.theme).of(lang)
        rows.append(_row(name, link.difference, value, clear if link.is_clear else SOFT, QUIET))
    return _draw_intervals(rows, lang=lang, width=width, start=None)


def _row(name: str, value: Interval, words: str, colour: str, band: str) -> dict[str, Any]:
    return {
        "name": name, "value": words, "mid": value.estimate, "low": value.low, "high": value.high,
        "colour": colour, "band": band,
    }  # fmt: skip


def _draw_intervals(rows: list[dict[str, Any]], *, lang: str, width: int, start: float | None) -> Spec:
    """Draw one row a thing: its name above, a point on its interval below, the value on the right."""
    most = _LETTERS_DESKTOP if width >= DESKTOP else _LETTERS_PHONE
    low = start if start is not None else min(0.0, *(row["low"] for row in rows))
    high = max(0.0, *(row["high"] for row in rows))
    domain = [low, high + 0.02 * (high - low)]
    for at, row in enumerate(rows):
        row |= {"name": shorten(row["name"], most), "at": at * _STEP + 31, "name_at": at * _STEP + 13}
        row |= {"left": domain[0], "right": domain[1], "zero": 0.0}
    height = len(rows) * _STEP
    axis = alt.Axis(labelExpr=share_labels(lang), title=None, tickCount=5, grid=True, domain=False)
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    x = alt.X("low:Q", scale=scale, axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, height], reverse=True), axis=None)
    name_y = alt.Y("name_at:Q", axis=None)
    band, colour = (alt.Color(f"{channel}:N", scale=None) for channel in ("band", "colour"))
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_rule(color=SOFT).encode(x=alt.X("zero:Q", axis=axis)),
        base.mark_rule(strokeWidth=7, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=band),
        base.mark_point(size=70, opacity=1).encode(x=alt.X("mid:Q", axis=axis), y=y, color=colour),
        base.mark_text(align="left", baseline="middle", dx=5, color=INK).encode(
            x=alt.X("left:Q", axis=axis), y=name_y, text="name:N"
        ),
        base.mark_text(align="right", baseline="middle", color=STRONG).encode(
            x=alt.X("right:Q", axis=axis), y=name_y, text="value:N"
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=height + 40)
