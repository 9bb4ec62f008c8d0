"""The metrics that are shipped: data in ``library/``, one file a theme, and a search over their words."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.declaring import Metric, declare_metrics
from saleslab.wording import LANGUAGES

THEMES = (
    "activity", "leads", "appointments", "pipeline", "winning", "money", "customers", "retention", "service", "people",
    "risk", "sustainability",
)  # fmt: skip
"""The shelves of the library, in the order in which a sale comes about."""

PACKS = ("customer", "risk", "sustainability")


def library(*, theme: str | None = None, pack: str | None = None) -> Mapping[str, Metric]:
    """Return the shipped metrics by id, those of a theme or a pack only where one is asked for.

    Parameters
    ----------
    theme
        One of ``activity, leads, appointments, pipeline, winning, money, customers, retention, service, people, risk,
        sustainability``.
    pack
        ``customer``, ``risk`` or ``sustainability``: a set that is looked at together.

    Raises
    ------
    BadArgument
        When there is no such theme or pack.

    Examples
    --------
    >>> library()["win_rate"].label.ja
    '受注率'
    >>> list(library(pack="sustainability"))
    ['travel_km', 'visits_avoided', 'co2_kg']
    """
    for name, asked, known in (("theme", theme, THEMES), ("pack", pack, PACKS)):
        if asked is not None and asked not in known:
            raise BadArgument(f"{name} is {asked!r}.", f"use one of: {', '.join(known)}.")
    kept = {
        metric_id: metric
        for metric_id, metric in _read().items()
        if (theme is None or metric.theme == theme) and (pack is None or metric.pack == pack)
    }
    return MappingProxyType(kept)


def search_library(text: str, *, lang: str | None = None) -> tuple[Metric, ...]:
    """Return the shipped metrics whose words hold all words of a text, those whose name holds it first.

    Parameters
    ----------
    text
        Words of the label, the meaning or the formula, or a part of the id.
    lang
        Look in one language only.

    Examples
    --------
    >>> [metric.metric_id for metric in search_library("受注率", lang="ja")][:2]
    ['win_rate', 'close_rate']
    >>> search_library("unicorns")
    ()
    """
    words = _plain(text).split()
    langs = LANGUAGES if lang is None else (lang,)
    found = []
    for place, metric in enumerate(_read().values()):
        names = _plain(" ".join([metric.metric_id, *(metric.label.of(one) for one in langs)]))
        texts = [part.of(one) for part in (metric.meaning, metric.formula) if part is not None for one in langs]
        if words and all(word in f"{names} {_plain(' '.join(texts))}" for word in words):
            is_exact = any(_plain(metric.label.of(one)) == " ".join(words) for one in langs)
            found.append((not is_exact, not all(word in names for word in words), place, metric))
    return tuple(metric for *_, metric in sorted(found, key=lambda one: one[:3]))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _read() -> Mapping[str, Metric]:
    folder = files("saleslab.kpi.metrics").joinpath("library")
    declared = []
    for theme in THEMES:
        text = folder.joinpath(f"{theme}.toml").read_text(encoding="utf-8")
        declared += [{**one, "theme": theme} for one in tomllib.loads(text)["metric"]]
    metrics = {metric.metric_id: metric for metric in declare_metrics(declared)}
    assert len(metrics) == len(declared), "ids of the library are unique"
    return MappingProxyType(metrics)
