"""What moves a series, drawn: the trend among what came, and what the season or a driver adds. Bands are doubts."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    finish,
    money_labels,
    share_labels,
)
from saleslab.errors import BadArgument

Spec = dict[str, Any]

_ROOM = 0.08
_DESKTOP_HEIGHT, _PHONE_HEIGHT = 250, 220


def draw_trend(
    parts: pd.DataFrame, history: pd.DataFrame, *, lang: str, width: int, currency: str | None = "JPY"
) -> Spec:
    """Draw the trend of a series with its band among what came; dashed where it is still to come.

    Parameters
    ----------
    parts
        Of one series, from ``BayesianForecast.decompose``.
    history
        What came: ``period, value``.
    lang, width
        Language, and pixels.
    currency
        Of the values; None for plain numbers.
    """
    rows = _list_rows(parts, "trend")
    came: list[dict[str, Any]] = [
        {"day": f"{row['period']:%Y-%m-%d}", "value": float(row["value"])} for row in history.to_dict("records")
    ]
    last = max(row["day"] for row in came)
    values = [row["value"] for row in came] + [row[name] for row in rows for name in ("low", "high")]
    labels = money_labels(lang, currency) if currency else "format(datum.value, ',')"
    x, y = _make_axes(rows, low=min(0.0, *values), high=max(values), labels=labels, width=width)
    layers = [
        *_draw_band(rows, last, x, y),
        _data(came).mark_point(color=QUIET, size=30, opacity=1).encode(x=x, y=y("value")),
    ]
    return finish(alt.layer(layers[0], layers[-1], *layers[1:-1]), lang=lang, width=width, height=_choose_height(width))


def draw_part(parts: pd.DataFrame, part: str, *, lang: str, width: int, known_until: pd.Timestamp) -> Spec:
    """Draw what a part adds to a series, as a share of its trend: above the line more, below it less.

    Parameters
    ----------
    parts
        Of one series, from ``BayesianForecast.decompose``.
    part
        ``season``, or the name of a driver.
    lang, width
        Language, and pixels.
    known_until
        The last period that came; the line is dashed after it.
    """
    rows = _list_rows(parts, part)
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    x, y = _make_axes(rows, low=min(0.0, low), high=max(0.0, high), labels=_signed_shares(lang), width=width)
    zero = _data([{"zero": 0.0}]).mark_rule(color=INK, strokeWidth=1.25).encode(y=y("zero"))
    band, *lines = _draw_band(rows, f"{known_until:%Y-%m-%d}", x, y)
    return finish(alt.layer(band, zero, *lines), lang=lang, width=width, height=_choose_height(width))


def _list_rows(parts: pd.DataFrame, part: str) -> list[dict[str, Any]]:
    mine = parts[parts["part"] == part]
    if mine.empty:
        raise BadArgument(
            f"parts holds no {part!r}; it holds {', '.join(map(str, parts['part'].unique()))}.",
            "give one of these.",
        )
    if mine["period"].duplicated().any():
        raise BadArgument("parts holds several series.", "give the rows of one of them.")
    return [
        {"day": f"{row['period']:%Y-%m-%d}", "value": row["estimate"], "low": row["lower"], "high": row["upper"]}
        for row in mine.sort_values("period").to_dict("records")
    ]


def _draw_band(rows: list[dict[str, Any]], last: str, x: alt.X, y: Any) -> list[alt.Chart]:
    """Return a band, its middle up to a day, and the rest of it dashed."""
    past, ahead = ([row for row in rows if (row["day"] <= last) == is_past] for is_past in (True, False))
    layers = [
        _data(rows).mark_area(color=ACCENT_FAINT, opacity=1).encode(x=x, y=y("low"), y2="high:Q"),
        _data(past).mark_line(color=ACCENT).encode(x=x, y=y("value")),
    ]
    if ahead:
        layers.append(_data([*past[-1:], *ahead]).mark_line(color=ACCENT, strokeDash=[5, 4]).encode(x=x, y=y("value")))
    return layers


def _data(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows))


def _make_axes(rows: list[dict[str, Any]], *, low: float, high: float, labels: str, width: int) -> tuple[alt.X, Any]:
    days = [row["day"] for row in rows]
    step = -(-len(days) // (7 if width >= DESKTOP else 3))
    ticks = alt.Axis(
        title=None, grid=False, format="%Y-%m", values=days[step // 2 :: step], labelOverlap=False, labelColor=SOFT
    )
    x = alt.X("day:T", axis=ticks, scale=alt.Scale(domain=[days[0], days[-1]], nice=False))
    room = _ROOM * (high - low) or 1.0
    scale = alt.Scale(domain=[low - room if low < 0 else low, high + room], nice=False)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5, labelExpr=labels))

    return x, y


def _signed_shares(lang: str) -> str:
    return f"(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + replace({share_labels(lang)}, '−', '')"


def _choose_height(width: int) -> int:
    return _DESKTOP_HEIGHT if width >= DESKTOP else _PHONE_HEIGHT
