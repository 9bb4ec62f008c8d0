"""The dictionary of metrics: a page of each as the words of a report's blocks, and all of them as one table."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.describing.page import MetricPage
from saleslab.kpi.metrics.shelf import library
from saleslab.wording import NoteWords, Text, join_texts, say, section


def write_metric_page(page: MetricPage) -> tuple[NoteWords, ...]:
    """Return the six sections of a metric's page as notes, in reading order, each with its heading."""
    headings = section("kpi_metrics.page.section")
    return tuple(
        NoteWords(
            name=f"{page.metric_id}_{name}",
            text=say("kpi_metrics.page.entry", heading=headings[name], text=join_texts(*texts)),
            tone="neutral",
        )
        for name, texts in page.sections().items()
    )


def tabulate_metrics(metrics: Iterable[Metric], *, lang: str) -> pd.DataFrame:
    """Return a glossary in one language, one row a metric in the order given.

    Parameters
    ----------
    metrics
        Such as ``kpi.library().values()``.
    lang
        ``en`` or ``ja``.

    Returns
    -------
    frame
        ``metric_id, theme, label, meaning, formula, unit, direction, perspective, horizon, cohort, guardrail, caveat``,
        all in words; the empty text where a metric has none of something.

    Examples
    --------
    >>> from saleslab.kpi import library
    >>> tabulate_metrics([library()["win_rate"]], lang="ja")[["label", "unit", "guardrail"]].iloc[0].tolist()
    ['受注率', '%', '値引率']
    """
    return pd.DataFrame([_tell(metric, lang) for metric in metrics])


def _tell(metric: Metric, lang: str) -> dict[str, str]:
    guard = library().get(metric.guardrail or "")
    said: dict[str, Text | None] = {
        "theme": _name("theme", metric.theme),
        "label": metric.label,
        "meaning": metric.meaning,
        "formula": metric.formula,
        "unit": _name("unit", metric.unit),
        "direction": _name("direction", metric.direction),
        "perspective": _name("perspective", metric.perspective),
        "horizon": _name("horizon", metric.horizon),
        "cohort": _name("cohort", metric.cohort.rule),
        "guardrail": guard.label if guard is not None else None,
        "caveat": metric.caveat,
    }
    return {"metric_id": metric.metric_id} | {
        name: "" if text is None else text.of(lang) for name, text in said.items()
    }


def _name(kind: str, value: str) -> Text:
    return section(f"kpi_metrics.word.{kind}")[value]
