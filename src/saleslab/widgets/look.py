"""How does a widget look? Controls of one width, and colours that follow the notebook's theme."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import ipywidgets

from saleslab.charts.theme import COLOURS
from saleslab.errors import BadArgument
from saleslab.wording import LANGUAGES, Text

_ON_A_STEP = 1e-6
_WIDE, _NARROW = ({"description_width": width} for width in ("15em", "7em"))
_CONTROL = {"width": "auto", "max_width": "44em"}
DARK_PLACES = ('[data-jp-theme-light="false"]', '[data-vscode-theme-kind="vscode-dark"]')
"""What JupyterLab and VS Code write on a page with a dark theme; the reader's wish for dark pages does not count."""

_RULES = """
.saleslab{overflow-wrap:anywhere}
.saleslab p,.saleslab ul,.saleslab h3{margin:0 0 .5em;line-height:1.5}
.saleslab h3{font-size:1.2em;font-weight:600}
.saleslab svg{max-width:100%;height:auto}
.saleslab .soft{color:var(--soft)}
.saleslab .warn{color:var(--warn);font-weight:600}
.saleslab .grade{display:inline-block;min-width:1.6em;border-radius:.3em;text-align:center;font-weight:600}
.saleslab .grade{background:var(--accent-faint);color:var(--ink)}
.saleslab .grade-A{background:var(--accent);color:var(--card)}
.saleslab .next{font-size:1.1em;border-left:4px solid var(--accent);padding-left:.6em}
.saleslab .track{position:relative;height:.8em;max-width:26em;border-radius:.4em;background:var(--line)}
.saleslab .track i{position:absolute;top:0;bottom:0;border-radius:.4em;background:var(--accent-soft)}
.saleslab .track b{position:absolute;top:-.15em;bottom:-.15em;width:3px;background:var(--accent)}
.saleslab .why{display:grid;grid-template-columns:minmax(7em,max-content) 8em max-content;gap:.2em .8em}
.saleslab .why{align-items:center;margin:0 0 .6em}
.saleslab .why i{height:.7em;border-radius:.2em;background:var(--accent)}
.saleslab .why i.down{background:var(--orange)}
.saleslab-list select{font-family:var(--jp-code-font-family,monospace);line-height:1.6;padding:.2em}
"""


@cache
def _style() -> str:
    """Return the rules of all widgets: each colour by its role, on a light and on a dark theme."""
    light, dark = (
        "".join(f"--{colour.role}:{getattr(colour, ground)};" for colour in COLOURS) for ground in ("light", "dark")
    )
    places = ",".join(f"{place} .saleslab" for place in DARK_PLACES)
    return f"<style>.saleslab{{{light}}}{places}{{{dark}}}{_RULES}</style>"


class Page(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets has no types
    """HTML in the look of the house."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_class("saleslab")


def make_style() -> ipywidgets.HTML:
    """Return what gives all pages and lists of one widget their look; it shows nothing itself."""
    return ipywidgets.HTML(_style(), layout={"display": "none"})


def check_language(lang: str) -> None:
    """Raise `BadArgument` unless a language is written."""
    if lang not in LANGUAGES:
        raise BadArgument(f"'{lang}' is not a language of saleslab.", f"use one of: {', '.join(LANGUAGES)}.")


def make_slider(name: Text, lang: str, value: float, **options: Any) -> ipywidgets.FloatSlider:
    """Return a slider of numbers; ``options`` are ``min``, ``max``, ``step``, ``readout_format``.

    A browser moves a value that lies between two steps to one of them, before anybody has touched it: the least value
    is moved so that the start is a step.
    """
    step, least = options["step"], options["min"]
    steps = (value - least) / step
    if abs(steps - round(steps)) > _ON_A_STEP:
        options["min"] = value - step * int(steps)
    options["max"] = max(options["max"], value)
    return ipywidgets.FloatSlider(
        value=value,
        description=name.of(lang),
        continuous_update=False,
        style=_WIDE,
        layout=_CONTROL,
        **({"readout_format": ".3g" if step < 1 else ",.0f"} | options),
    )


def make_choice(name: Text, lang: str, options: Mapping[str, Text], *, is_narrow: bool = False) -> ipywidgets.Dropdown:
    """Return a list of codes to choose from, each shown in words; the first is chosen."""
    return ipywidgets.Dropdown(
        options=[(words.of(lang), code) for code, words in options.items()],
        value=next(iter(options)),
        description=name.of(lang),
        style=_NARROW if is_narrow else _WIDE,
        layout=_CONTROL,
    )
