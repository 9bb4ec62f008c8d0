"""One look for every chart: colours by role, one font, quiet axes, no legends.

A colour is a placeholder: the specification holds its light hex code, which is unique to the role, and the picture
holds ``var(--role)``, so that one picture serves light and dark pages. Hues are those of Okabe and Ito (2008), "Color
Universal Design", which readers with any colour vision can tell apart; one of them, blue, is the accent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from saleslab.errors import BadArgument
from saleslab.wording import LANGUAGES

FONT = "BIZ UDPGothic"
"""Name of the bundled font, by which every text of a chart is measured."""

TEXT_SIZE = 13
"""Pixels of a chart's text at either width."""

MIN_TEXT_SIZE = 11
"""Pixels below which no text may fall."""

PHONE, DESKTOP = 340, 720
"""Widths at which charts are drawn."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by its role, on a light and on a dark page."""

    role: str
    light: str
    dark: str


COLOURS = (
    Colour("ink", "#1b1d21", "#edeae3"),
    Colour("soft", "#585e67", "#a8aeb6"),
    Colour("line", "#e4e1d9", "#343940"),
    Colour("card", "#fffffe", "#1c1f23"),
    Colour("quiet", "#bdb9ae", "#5d636b"),
    Colour("accent", "#0072b2", "#62b4e8"),
    Colour("accent-soft", "#94c2e0", "#2f6488"),
    Colour("accent-faint", "#d3e5f1", "#1f3b4e"),
    Colour("good", "#00704d", "#77d3ad"),
    Colour("warn", "#8a5800", "#efbd62"),
    Colour("bad", "#ab321d", "#f39c87"),
    Colour("orange", "#e69f00", "#eeb13c"),
    Colour("sky", "#56b4e9", "#8acbf2"),
    Colour("green", "#009e73", "#3bbd96"),
    Colour("vermilion", "#d55e00", "#ee8540"),
    Colour("purple", "#cc79a7", "#dd9bc0"),
    Colour("heat-1", "#e9f1f6", "#1b2b36"),
    Colour("heat-2", "#bcd9ea", "#1f4258"),
    Colour("heat-3", "#86bbdb", "#2a6389"),
    Colour("heat-4", "#2b79a9", "#4590c0"),
    Colour("heat-5", "#0f5c8f", "#8cc8ee"),
)
"""Every colour that a chart may use."""

_LIGHT: Mapping[str, str] = MappingProxyType({colour.role: colour.light for colour in COLOURS})

INK, SOFT, LINE, CARD, QUIET = (_LIGHT[role] for role in ("ink", "soft", "line", "card", "quiet"))
ACCENT, ACCENT_SOFT, ACCENT_FAINT = (_LIGHT[role] for role in ("accent", "accent-soft", "accent-faint"))
GOOD, WARN, BAD = (_LIGHT[role] for role in ("good", "warn", "bad"))
STRONG = "#1b1d20"
"""Ink of a label that matters: the picture shows it semi-bold (only the regular weight is bundled and measured)."""

SERIES = (ACCENT, *(_LIGHT[role] for role in ("orange", "green", "vermilion", "purple", "sky")))
"""Colours of things that are told apart by hue, the accent first; label them directly."""

HEAT = tuple(_LIGHT[f"heat-{step}"] for step in range(1, 6))
"""Five steps from little to much, for scales of type ``quantize`` or ``threshold`` (never a continuous one)."""


class Chart(Protocol):
    """Whatever altair builds."""

    def to_dict(self) -> dict[str, Any]:
        """Return the Vega-Lite specification."""
        ...


def css_variables() -> str:
    """Return the style rules that give every colour role its value on light and dark pages.

    Examples
    --------
    >>> css_variables().startswith(":root{--ink:#1b1d21;")
    True
    """
    light = "".join(f"--{colour.role}:{colour.light};" for colour in COLOURS)
    dark = "".join(f"--{colour.role}:{colour.dark};" for colour in COLOURS)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def finish(chart: Chart, *, lang: str, width: int, height: int | None = None) -> dict[str, Any]:
    """Return a chart's specification in the house's look: theme, font, size and language, days read as UTC.

    Parameters
    ----------
    chart
        An altair chart. Colours are those of this module; labels are in the language already.
    lang
        ``en`` or ``ja``.
    width
        Width of the whole picture in pixels, axes and labels included (`PHONE` or `DESKTOP`). Charts put side by side
        (``concat``, ``facet``) keep the widths they were given; the picture must not come out wider than this.
    height
        Height of the whole picture; left to the chart when None.

    Examples
    --------
    >>> import altair as alt
    >>> spec = finish(alt.Chart(alt.Data(values=[{"x": 1}])).mark_bar().encode(x="x:Q"), lang="ja", width=340)
    >>> spec["width"], spec["config"]["font"]
    (340, 'BIZ UDPGothic')
    """
    if lang not in LANGUAGES:
        raise BadArgument(f"'{lang}' is not a language of saleslab.", f"use one of: {', '.join(LANGUAGES)}.")
    spec = chart.to_dict()
    own = {key: value for key, value in spec.get("config", {}).items() if key != "view"}
    spec["config"] = _merge(_config(lang), own)
    spec["background"] = None
    if not {"hconcat", "vconcat", "concat", "facet", "repeat"} & set(spec):
        spec["width"] = width
        spec["height"] = height or spec.get("height") or round(width * (0.44 if width >= DESKTOP else 0.66))
        stepped = isinstance(spec["height"], Mapping)
        spec["autosize"] = {"type": "fit-x" if stepped else "fit", "contains": "padding"}
    _read_days_as_utc(spec)
    return spec


def money_labels(lang: str, currency: str = "JPY") -> str:
    """Return the Vega expression of axis labels for amounts: ``¥40 M`` or ``4,000万円``; use it as ``labelExpr``.

    Examples
    --------
    >>> money_labels("ja").count("万円")
    1
    """
    if lang == "ja":
        unit = "円" if currency == "JPY" else ""
        before = "" if currency == "JPY" else f"'{_sign(currency)}' + "
        scales = [(1e12, f"兆{unit}"), (1e8, f"億{unit}"), (1e4, f"万{unit}")]
    else:
        unit, before = "", f"'{_sign(currency)}' + "
        scales = [(1e9, " B"), (1e6, " M"), (1e3, " K")]
    parts = "".join(
        f"abs(datum.value) >= {scale:.0f} ? {before}format(datum.value / {scale:.0f}, ',.3~r') + '{word}' : "
        for scale, word in scales
    )
    return f"datum.value == 0 ? '0' : {parts}{before}format(datum.value, ',') + '{unit}'"


def share_labels(lang: str, digits: int = 0) -> str:
    """Return the Vega expression of axis labels for rates from 0 to 1: ``24 %`` or ``24%``."""
    return f"format(datum.value * 100, ',.{digits}f') + '{'%' if lang == 'ja' else ' %'}'"


def month_labels(lang: str) -> str:
    """Return the Vega expression of axis labels for months, the year below January and the first label.

    Examples
    --------
    >>> "月" in month_labels("ja")
    True
    """
    month = "utcmonth(datum.value) + 1 + '月'" if lang == "ja" else "utcFormat(datum.value, '%b')"
    year = "utcyear(datum.value) + '年'" if lang == "ja" else "utcFormat(datum.value, '%Y')"
    return f"datum.index == 0 || utcmonth(datum.value) == 0 ? [{month}, {year}] : {month}"


def _sign(currency: str) -> str:
    from babel.numbers import get_currency_symbol

    symbol = str(get_currency_symbol(currency, locale="en_US")).replace("'", "")
    return f"{symbol} " if symbol.isalpha() else symbol


def _config(lang: str) -> dict[str, Any]:
    words = {"color": SOFT, "font": FONT, "fontSize": TEXT_SIZE, "fontWeight": "normal"}
    labels = {f"label{key[0].upper()}{key[1:]}": value for key, value in words.items()}
    titles = {f"title{key[0].upper()}{key[1:]}": value for key, value in words.items()}
    return {
        "font": FONT,
        "aria": False,
        "padding": {"left": 2, "right": 10, "top": 6, "bottom": 4},
        "locale": {"number": _NUMBERS, "time": _TIMES[lang]},
        "view": {"stroke": None},
        "legend": {"disable": True},
        "title": words | {"anchor": "start", "color": INK},
        "header": {**labels, **titles, "labelColor": INK, "labelAnchor": "start"},
        "axis": {
            **labels,
            **titles,
            "domain": False,
            "ticks": False,
            "gridColor": LINE,
            "labelPadding": 8,
            "titlePadding": 10,
            "labelLimit": 260,
            "labelOverlap": "greedy",
        },
        "axisX": {"grid": False, "domain": True, "domainColor": QUIET},
        "axisY": {"tickCount": 5},
        "axisBand": {"grid": False, "domain": False},
        "text": {**words, "color": INK},
        "line": {"stroke": ACCENT, "strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
        "area": {"color": ACCENT_FAINT},
        "bar": {"color": ACCENT},
        "rect": {"color": ACCENT},
        "point": {"color": ACCENT, "filled": True, "size": 46},
        "circle": {"color": ACCENT, "size": 46},
        "square": {"color": ACCENT, "size": 46},
        "tick": {"color": ACCENT, "thickness": 2},
        "rule": {"color": SOFT},
        "trail": {"color": ACCENT},
        "arc": {"color": ACCENT},
        "scale": {"bandPaddingInner": 0.3},
        "range": {"category": list(SERIES), "ordinal": list(HEAT), "ramp": list(HEAT), "heatmap": list(HEAT)},
    }


_NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["¥", ""], "minus": "−"}
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_TIMES: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "dateTime": "%-d %b %Y %H:%M",
        "date": "%-d %b %Y",
        "time": "%H:%M",
        "periods": ["AM", "PM"],
        "days": list(_WEEKDAYS),
        "shortDays": [day[:3] for day in _WEEKDAYS],
        "months": list(_MONTHS),
        "shortMonths": [month[:3] for month in _MONTHS],
    },
    "ja": {
        "dateTime": "%Y年%-m月%-d日 %H:%M",
        "date": "%Y年%-m月%-d日",
        "time": "%H:%M",
        "periods": ["午前", "午後"],
        "days": [f"{day}曜日" for day in "日月火水木金土"],
        "shortDays": list("日月火水木金土"),
        "months": [f"{month}月" for month in range(1, 13)],
        "shortMonths": [f"{month}月" for month in range(1, 13)],
    },
}


def _merge(ground: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings where a chart's own win, level by level."""
    merged = dict(ground)
    for key, value in own.items():
        held = merged.get(key)
        merged[key] = _merge(held, value) if isinstance(held, dict) and isinstance(value, Mapping) else value
    return merged


_NAIVE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
_TIME_UNITS = re.compile(r"(year|quarter|month|week|day|date|hours|minutes|seconds|milliseconds)+")


def _read_days_as_utc(tree: Any) -> None:
    """Make every day and time of a specification mean UTC, so that no picture depends on the machine's time zone."""
    if isinstance(tree, dict):
        unit = tree.get("timeUnit")
        if isinstance(unit, str) and _TIME_UNITS.fullmatch(unit):
            tree["timeUnit"] = f"utc{unit}"
        if tree.get("type") == "temporal" and tree.get("scale", {}) is not None:
            tree["scale"] = {"type": "utc"} | tree.get("scale", {})
        for key, value in tree.items():
            if isinstance(value, str) and _NAIVE.fullmatch(value):
                tree[key] = f"{value}Z"
            _read_days_as_utc(value)
    elif isinstance(tree, list):
        for item in tree:
            _read_days_as_utc(item)
