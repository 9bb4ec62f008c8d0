"""From a chart's specification to a still picture: no script, no link, no style attribute, no font of the machine.

vl-convert lays the picture out with the bundled font. What it returns is parsed, and only known elements and attributes
pass; colours become ``var(--role)``, numbers keep two decimals, and ids are the figure's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any
from xml.etree import ElementTree as ET

from saleslab.charts.theme import COLOURS, FONT, MIN_TEXT_SIZE, STRONG
from saleslab.errors import BadArgument

VEGA_LITE = "6.4"
"""Version of the language in which charts are specified."""

FAMILY = "'BIZ UDPGothic','BIZ UDPゴシック',sans-serif"
"""What the picture itself asks for; a page may ask for its own."""

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = {"g", "path", "rect", "line", "circle", "text", "tspan", "defs", "clipPath"}
_KEPT = {
    "d", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "r", "cx", "cy", "rx", "ry", "width", "height", "transform",
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset",
    "stroke-linecap", "stroke-linejoin", "opacity", "text-anchor", "dominant-baseline", "font-size", "font-style",
    "clip-path", "id", "display",
}  # fmt: skip
_DROPPED = {
    "class", "role", "pointer-events", "stroke-miterlimit", "font-family", "font-weight", "version",
    "aria-hidden", "aria-label", "aria-roledescription", "aria-labelledby", "letter-spacing",
}  # fmt: skip
_NUMERIC = {
    "d", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "r", "cx", "cy", "rx", "ry", "width", "height", "transform",
    "opacity", "fill-opacity", "stroke-opacity", "stroke-width",
}  # fmt: skip
_LONG_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?|-?\d+e-?\d+")
_VARIABLES = {colour.light: f"var(--{colour.role})" for colour in COLOURS} | {STRONG: "var(--ink)"}
_LIGHTS = {colour.light: colour.light for colour in COLOURS} | {STRONG: STRONG}
_FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""Signs that XML forbids: vl-convert would abort the whole process on one."""

_RARE = re.compile("[\U00010000-\U0010ffff]")
"""Signs of two halves, between which Vega may cut a long label."""

_COLOURLESS = {"none", "transparent"}
_TOLD = "graphics-symbol"
"""Role of a mark that says what it is; only charts that ask for it (``aria``) have such marks."""

_PAINTED = {"path", "rect", "line", "circle"}


def render_svg(
    spec: Mapping[str, Any],
    *,
    name: str = "chart",
    width: int | None = None,
    title: str = "",
    desc: str = "",
    variables: bool = True,
) -> str:
    """Return a picture of a chart as SVG text; the same specification always gives the same bytes.

    Parameters
    ----------
    spec
        Vega-Lite, from `saleslab.charts.finish`; its data stand inside.
    name
        Start of every id in the picture; unique within a page.
    width
        Widest that the picture may be, in pixels; unchecked when None.
    title, desc
        Name of the picture and the words that stand for it, for readers who cannot see it.
    variables
        Write colours as ``var(--role)`` for a page that defines them; else their light values on a light ground.

    Raises
    ------
    BadArgument
        When the specification cannot be drawn, fetches data, or the picture holds links or images, colours, fonts or
        weights that are not the theme's, text below `MIN_TEXT_SIZE`, or comes out wider than ``width``.

    Examples
    --------
    >>> import altair as alt
    >>> from saleslab.charts import finish
    >>> bars = alt.Chart(alt.Data(values=[{"x": 1, "y": "新規"}])).mark_bar().encode(x="x:Q", y="y:N")
    >>> picture = render_svg(finish(bars, lang="ja", width=340))
    >>> "var(--accent)" in picture, "style=" in picture
    (True, False)
    """
    _refuse_addresses(spec, name)
    root = ET.fromstring(_convert(spec, name))  # noqa: S314 - written by vl-convert a moment ago
    _refuse_wide(root, name, width)
    drawn = _Cleaner(name, variables=variables).clean(root)
    if not variables:
        drawn.insert(0, ET.Element("rect", {"width": "100%", "height": "100%", "fill": "#ffffff"}))
    return _label(drawn, name, title, desc, root)


@cache
def _renderer() -> Any:
    """Return vl-convert with the bundled font registered, once for each process."""
    import vl_convert

    with as_file(files("saleslab.charts").joinpath("fonts")) as folder:
        vl_convert.register_font_directory(str(folder))
    return vl_convert


def _convert(spec: Mapping[str, Any], name: str) -> str:
    """Return what vl-convert draws; where a long label was cut within a rare sign, draw without such signs."""
    clean = _replace(_FORBIDDEN, spec)
    try:
        return _draw(json.dumps(clean, sort_keys=True))
    except ValueError:
        plain = _replace(_RARE, clean)
    try:
        return _draw(json.dumps(plain, sort_keys=True))
    except ValueError as problem:
        said = " ".join(str(problem).split())[:300]
        raise BadArgument(
            f"The chart '{name}' cannot be drawn: {said}", "check its specification, for example in JupyterLab."
        ) from problem


@lru_cache(maxsize=8)
def _draw(written: str) -> str:
    """Draw a specification written as JSON; a block is drawn to be checked and once more to be shown."""
    return str(_renderer().vegalite_to_svg(written, vl_version=VEGA_LITE, allowed_base_urls=[]))


def _replace(signs: re.Pattern[str], tree: object) -> Any:
    """Return a specification with some signs of its texts as U+FFFD."""
    match tree:
        case str():
            return signs.sub("\ufffd", tree)
        case Mapping():
            return {_replace(signs, key): _replace(signs, value) for key, value in tree.items()}
        case list():
            return [_replace(signs, item) for item in tree]
    return tree


def _refuse_addresses(tree: object, name: str) -> None:
    """Refuse a specification that fetches data or links anywhere; data rows may say what they like."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key in {"url", "href"}:
                raise BadArgument(
                    f"The chart '{name}' has '{key}': {str(value)[:60]!r}.",
                    "put the data into the chart; a report needs no network and follows no link.",
                )
            if key not in {"datasets", "values"}:
                _refuse_addresses(value, name)
    elif isinstance(tree, list):
        for item in tree:
            _refuse_addresses(item, name)


def _refuse_wide(root: ET.Element, name: str, width: int | None) -> None:
    drawn = float(root.get("width", "0"))
    if width is not None and drawn > width * 1.02:
        raise BadArgument(
            f"The chart '{name}' is {drawn:.0f} px wide where {width} were asked, so its text would shrink.",
            "give the parts of the chart less width, or shorter labels.",
        )


class _Cleaner:
    """Copies the allowed part of a picture and refuses what the theme does not know."""

    def __init__(self, name: str, *, variables: bool) -> None:
        self.name = name
        self.colours = _VARIABLES if variables else _LIGHTS
        self.ids: dict[str, str] = {}

    def clean(self, element: ET.Element) -> ET.Element:
        copy = ET.Element("g")
        copy.extend(list(self._children(element)))
        return copy

    def _children(self, element: ET.Element) -> Iterator[ET.Element]:
        for child in element:
            tag = child.tag.removeprefix(f"{{{_SVG}}}")
            if tag not in _SHAPES:
                raise self._fault(f"holds <{tag[:40]}>", "use marks that are shapes or text.")
            if _is_empty(tag, child) and not element.tag.endswith("clipPath"):
                continue
            copy = ET.Element(tag, dict(self._attributes(tag, child)))
            copy.text = child.text
            if child.get("role") == _TOLD and child.get("aria-label"):
                ET.SubElement(copy, "title").text = child.get("aria-label")
            copy.extend(list(self._children(child)))
            if tag in {"g", "defs"} and len(copy) == 0:
                continue
            yield _unwrap(copy)

    def _attributes(self, tag: str, element: ET.Element) -> Iterator[tuple[str, str]]:
        if tag == "text" and "".join(element.itertext()).strip():
            yield from self._check_text(element)
        for key, value in element.attrib.items():
            if key in _DROPPED or (key in {"opacity", "fill-opacity", "stroke-opacity"} and float(value) == 1):
                continue
            if key not in _KEPT:
                raise self._fault(f"has the attribute {key[:40]!r}", "use what Vega-Lite draws by itself.")
            if key in {"fill", "stroke"}:
                yield key, self._colour(value)
            elif key in {"id", "clip-path"}:
                yield key, self._own_id(value)
            else:
                yield key, _LONG_NUMBER.sub(_shorten, value) if key in _NUMERIC else value

    def _colour(self, value: str) -> str:
        if value in _COLOURLESS:
            return "none"
        if value.lower() not in self.colours:
            raise self._fault(
                f"uses the colour {value!r}", "take colours from charts.theme, which know light and dark."
            )
        return self.colours[value.lower()]

    def _own_id(self, value: str) -> str:
        bare = value.removeprefix("url(#").removesuffix(")")
        own = self.ids.setdefault(bare, f"{self.name}-clip{len(self.ids)}")
        return value.replace(bare, own)

    def _check_text(self, element: ET.Element) -> Iterator[tuple[str, str]]:
        family, size = element.get("font-family", ""), element.get("font-size", "11px")
        if family.strip("'\"") != FONT:
            raise self._fault(f"writes in {family!r}", f"finish it with charts.finish(); the font is {FONT}.")
        if float(size.removesuffix("px")) < MIN_TEXT_SIZE:
            raise self._fault(f"has text of {size}", f"write labels in {MIN_TEXT_SIZE} px or more.")
        if element.get("font-weight", "normal") not in {"normal", "400"}:
            raise self._fault("has bold text", "give the label color=theme.STRONG, which the page shows semi-bold.")
        if element.get("fill", "").lower() == STRONG:
            yield "font-weight", "600"

    def _fault(self, what: str, next_step: str) -> BadArgument:
        return BadArgument(f"The chart '{self.name}' {what}.", next_step)


def _is_empty(tag: str, element: ET.Element) -> bool:
    """Say whether an element draws nothing: hidden, unpainted, a path without length, a text without words."""
    if element.get("display") == "none" or element.get("opacity") == "0":
        return True
    if tag == "text":
        return not "".join(element.itertext()).strip()
    if tag not in _PAINTED:
        return False
    painted = {element.get("fill", "none"), element.get("stroke", "none")} - _COLOURLESS
    return not painted or (tag == "path" and element.get("d", "") in {"", "M0,0h0v0h0Z"})


def _unwrap(group: ET.Element) -> ET.Element:
    """Return the one child of a group that says nothing itself."""
    if group.tag == "g" and not group.attrib and len(group) == 1:
        return group[0]
    return group


def _shorten(number: re.Match[str]) -> str:
    rounded = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if rounded in {"-0", ""} else rounded


def _label(drawn: ET.Element, name: str, title: str, desc: str, root: ET.Element) -> str:
    width, height = root.get("width", "0"), root.get("height", "0")
    attributes = {
        "xmlns": _SVG,
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
        "role": "img",
        "font-family": FAMILY,
        "fill": "none",
    }
    words = [(tag, text) for tag, text in (("title", title), ("desc", desc)) if text]
    if words:
        attributes["aria-labelledby"] = " ".join(f"{name}-{tag}" for tag, _ in words)
    svg = ET.Element("svg", attributes)
    for tag, text in words:
        ET.SubElement(svg, tag, {"id": f"{name}-{tag}"}).text = text
    svg.append(drawn)
    return ET.tostring(svg, encoding="unicode")
