"""The page of a report: one file that asks the network for nothing, runs nothing, and reads well everywhere.

A page is a pure function of blocks. Its only style sheet stands inside and is allowed by its hash; scripts, style
attributes, fonts and addresses are forbidden by the page's own policy. Figures are drawn for desktop and phone; the
style sheet shows the one that fits.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from saleslab.reporting.blocks import WIDTHS, Block, Figure
from saleslab.reporting.layout import lay_out
from saleslab.wording import LANGUAGES, say, write

PAGE_FILES: Mapping[str, str] = MappingProxyType({lang: f"{lang}.html" for lang in LANGUAGES})
"""Name of the page in each language, within the folder of a run."""

INDEX_FILES: Mapping[str, str] = MappingProxyType({"en": "index.html", "ja": "index.ja.html"})
"""Name of the list of all reports in each language, within the folder of the site."""

SIGNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "good": ("M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2Z", "m4.9 8.2 2.2 2.2 4-4.5"),
        "warn": ("M8 1.8 15 14.2H1Z", "M8 6.2v3.6M8 11.9v.1"),
        "bad": ("M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2Z", "m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"),
    }
)
"""The sign of each tone as paths on a square of 16: circle, triangle, octagon, so that shape tells them apart."""


def render_page(blocks: Sequence[Block], *, lang: str, run_key: str = "") -> str:
    """Return the page of a report in one language.

    Parameters
    ----------
    blocks
        What the notebook said, in its order, with exactly one headline.
    lang
        ``en`` or ``ja``.
    run_key
        Key of the run, told in the footer.

    Returns
    -------
    str
        HTML. It links to its other languages by `PAGE_FILES` and to the list of reports two folders up.

    Raises
    ------
    BadArgument
        When the blocks do not make a report, or a figure cannot be drawn.

    Examples
    --------
    >>> from datetime import date
    >>> from saleslab.reporting.blocks import Headline
    >>> from saleslab.wording import Text
    >>> words = [Text(word, word) for word in ("Are we on course?", "Yes", "We are.", "Sales")]
    >>> head = Headline("headline", words[0], words[1], "good", words[2], words[3], date(2026, 11, 23))
    >>> "<h1>Are we on course?</h1>" in render_page([head], lang="en")
    True
    """
    page = lay_out(blocks, lang)
    return _fill(
        "report.html",
        lang,
        ("paper.css", "report.css"),
        page=page,
        pictures={exhibit.name: _pictures(exhibit.figure, lang) for exhibit in page.exhibits if exhibit.figure},
        run_key=run_key,
        index=f"../../{INDEX_FILES[lang]}",
        translations={other: name for other, name in PAGE_FILES.items() if other != lang},
    )


def render_template(name: str, lang: str, sheets: tuple[str, ...], **values: object) -> str:
    """Return a page of the house filled in one language: escaped, with its style sheets and its policy."""
    return _fill(name, lang, sheets, **values)


def _fill(name: str, lang: str, sheets: tuple[str, ...], **values: object) -> str:
    style = _style(sheets)
    allowed = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    html = (
        _templates().get_template(name).render(lang=lang, policy=policy, style=_trust(style), **_tools(lang), **values)
    )
    return str(html).replace("\r\n", "\n").strip() + "\n"


def _tools(lang: str) -> dict[str, object]:
    """Return what templates may call: the words of the room, written values, languages' own names, and signs."""

    def words(key: str, **blanks: object) -> str:
        return say(f"reporting.{key}", **blanks).of(lang)

    def written(value: object) -> str:
        return write(value, lang)

    def own_name(other: str) -> str:
        return say("reporting.page.language").of(other)

    return {"words": words, "written": written, "own_name": own_name, "signs": SIGNS}


def _pictures(figure: Figure, lang: str) -> list[dict[str, object]]:
    """Return the figure as SVG for the phone and for the desktop."""
    from saleslab.charts import render_svg

    return [
        {
            "width": width,
            "svg": _trust(
                render_svg(
                    figure.drawing(lang, width).spec,
                    name=f"{figure.name}-{width}",
                    width=width,
                    title=figure.title.of(lang),
                    desc=figure.alt.of(lang),
                )
            ),
        }
        for width in WIDTHS
    ]


@cache
def _style(sheets: tuple[str, ...]) -> str:
    from saleslab.charts.theme import css_variables

    folder = files("saleslab.reporting").joinpath("templates")
    parts = [folder.joinpath(sheet).read_text(encoding="utf-8") for sheet in sheets]
    lines = (line.strip() for part in (css_variables(), *parts) for line in part.splitlines())
    return "\n".join(line for line in lines if line and not (line.startswith("/*") and line.endswith("*/")))


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("saleslab.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=hold_units,
    )


_UNIT = re.compile(r"(?<=[\d¥$€]) (?=(?:%|pt|[KMB]|days?)(?!\w))")


def hold_units(shown: Any) -> Any:
    r"""Return a text whose numbers stay on one line with their units.

    Examples
    --------
    >>> hold_units("61 % of ¥60.0 M").split(" ")
    ['61\xa0%', 'of', '¥60.0\xa0M']
    """
    return _UNIT.sub("\u00a0", shown) if type(shown) is str else shown


def _trust(html: str) -> Any:
    """Mark text that this package wrote itself, picture or style sheet, as HTML that needs no escaping."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - the cleaned SVG and our own style sheet
