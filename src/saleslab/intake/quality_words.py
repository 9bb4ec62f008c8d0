"""The page that says whether the numbers can be trusted: headline, cards, findings, tables, notes.

Everything returned here has the names of the arguments of `saleslab.reporting`, so a notebook passes it on with ``**``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from math import exp
from typing import Any, Literal

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.intake.quality import DataQuality, QualityFinding, TableScore
from saleslab.intake.suspects import MEASURES
from saleslab.periods import FiscalCalendar
from saleslab.tables import get_table
from saleslab.wording import LANGUAGES, Count, HeadlineWords, Number, Share, TableWords, Text, Tone, say

Verdict = Literal["wrong", "careful", "sound"]

_TONES: Mapping[str, Tone] = {"error": "bad", "warning": "warn", "note": "neutral"}
_DUE = {"error": 5, "warning": 10}
"""Business days until which a finding is to be put right."""
_SHOWN_IDS, _SHOWN_REASONS = 5, 4
_NINE_IN_TEN = 1.645
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "revenue": ("opportunities",),
    "win_rate": ("opportunities",),
    "cycle": ("opportunities", "stage_events"),
    "pipeline": ("opportunities", "stages"),
    "people": ("opportunities", "users"),
    "activity": ("activities",),
    "customers": ("opportunities", "accounts", "contacts"),
    "products": ("opportunity_lines", "products"),
}


class FilledTable(TableWords):
    """All arguments of `reporting.table`."""

    data: pd.DataFrame
    columns: Mapping[str, Text]


def judge_measure(quality: DataQuality, measure: str) -> Verdict:
    """Return whether a number of a review can be used: ``wrong`` with errors, ``careful`` with warnings."""
    severities = {finding.severity for finding in quality.touching(measure)}
    return "wrong" if "error" in severities else "careful" if "warning" in severities else "sound"


def write_quality_headline(quality: DataQuality) -> HeadlineWords:
    """Return the question, the status, the answer that a manager can repeat, and what the page is about."""
    errors, warnings = quality.of_severity("error"), quality.of_severity("warning")
    n = sum(table.n_records for table in quality.tables)
    tone: Tone = "bad" if errors else "warn" if warnings else "good"
    status = {
        "bad": say("intake.quality.status.bad", n=len(errors)),
        "warn": say("intake.quality.status.warn", n=len(warnings)),
        "good": say("intake.quality.status.good", n=n),
    }[tone]
    sentences = [_first_sentence(quality, tone, n)]
    for verdict, key in (("wrong", "wrong"), ("careful", "careful"), ("sound", "sound")):
        measures = [say(f"intake.quality.measures.{name}") for name in _judged(quality, verdict)]
        if measures and (errors or warnings):
            sentences.append(say(f"intake.quality.answer.{key}", measures=_list(measures)))
    cohort = quality.biases.cohort
    if cohort is not None and cohort.is_immature:
        words = {"naive": Share(cohort.naive.estimate, 0), "expected": Share(cohort.expected.estimate, 0)}
        sentences.append(say("intake.quality.answer.young", since=cohort.opened_since, **words))
    return {
        "question": say("intake.quality.headline.question"),
        "status": status,
        "tone": tone,
        "answer": _join(sentences),
        "subject": say("intake.quality.headline.subject"),
    }


def _first_sentence(quality: DataQuality, tone: Tone, n: int) -> Text:
    if tone == "good":
        return say("intake.quality.answer.good", n=n, n_tables=len(quality.tables))
    severity: Literal["error", "warning"] = "error" if tone == "bad" else "warning"
    found = quality.of_severity(severity)
    names = _list(list({one.code: _name(one) for one in found}.values())[:_SHOWN_REASONS])
    rows = sum(table.n_with_error if tone == "bad" else table.n_with_warning for table in quality.tables)
    return say(f"intake.quality.answer.{tone}", n=n, rows=rows, names=names)


def _judged(quality: DataQuality, verdict: str) -> list[str]:
    return [name for name in _present(quality) if judge_measure(quality, name) == verdict]


def _present(quality: DataQuality) -> list[str]:
    """Return the numbers for which there are data."""
    tables = {table.table for table in quality.tables}
    return [name for name in MEASURES if _RESTS_ON[name][0] in tables]


def write_quality_cards(quality: DataQuality) -> list[dict[str, Any]]:
    """Return the cards: how much was checked, what was found, the lowest score, what young deals will come to."""
    n_errors, n_warnings = (len(quality.of_severity(severity)) for severity in ("error", "warning"))
    with_error, with_warning = (
        sum(getattr(table, name) for table in quality.tables) for name in ("n_with_error", "n_with_warning")
    )
    n = sum(table.n_records for table in quality.tables)
    cards = [
        _card("n_records", Count(n), say("intake.quality.cards.n_tables", n=len(quality.tables))),
        _card(
            "n_with_error", Count(with_error), say("intake.quality.cards.errors", n=n_errors),
            tone="bad" if n_errors else "good",
        ),
        _card(
            "n_with_warning", Count(with_warning), say("intake.quality.cards.warnings", n=n_warnings),
            tone="warn" if n_warnings else "good",
        ),
        _lowest_card(quality),
    ]  # fmt: skip
    return cards + _expected_card(quality)


def _card(name: str, value: Any, note: Text, **others: Any) -> dict[str, Any]:
    return {"name": name, "label": say(f"intake.quality.cards.{name}"), "value": value, "note": note, **others}


def _lowest_card(quality: DataQuality) -> dict[str, Any]:
    lowest = min(quality.tables, key=lambda table: table.score)
    tone: Tone = "bad" if lowest.n_with_error else "warn" if lowest.score < 100 else "good"
    note = say("intake.quality.cards.lowest_note", table=_label(lowest.table))
    note = note if lowest.score < 100 else say("intake.quality.cards.all_full")
    return _card("lowest", Number(lowest.score, 1), note, tone=tone)


def _expected_card(quality: DataQuality) -> list[dict[str, Any]]:
    cohort = quality.biases.cohort
    if cohort is None or not cohort.is_immature:
        return []
    words: dict[str, Any] = {"naive": Share(cohort.naive.estimate, 0), "n": cohort.n_opened}
    note = say("intake.quality.cards.expected_note", since=cohort.opened_since, **words)
    interval = (Share(cohort.expected.low, 0), Share(cohort.expected.high, 0))
    return [_card("expected", Share(cohort.expected.estimate, 0), note, interval=interval)]


def write_quality_findings(quality: DataQuality, *, calendar: FiscalCalendar) -> list[dict[str, Any]]:
    """Return errors and warnings with action, owner and day, as arguments of `reporting.finding`; errors first.

    Each rests on the block ``rows``, which names the records.
    """
    found = [*quality.of_severity("error"), *quality.of_severity("warning")]
    return [
        {
            "name": f"do_{number:02}_{one.code}",
            "text": one.text,
            "evidence": ["rows"],
            "action": one.next_step,
            "owner": one.owner,
            "due": _due(quality.as_of, _DUE[one.severity], calendar),
            "tone": _TONES[one.severity],
        }
        for number, one in enumerate(found, start=1)
    ]


def _due(day: date, business_days: int, calendar: FiscalCalendar) -> date:
    while business_days:
        day += timedelta(days=1)
        business_days -= calendar.is_business_day(day)
    return day


def tabulate_trust(quality: DataQuality) -> FilledTable:
    """Return which numbers of a review can be used, each with its score and the reasons against it."""
    rows = [
        {
            "measure": say(f"intake.quality.measures.{name}"),
            "verdict": say(f"intake.quality.verdict.{judge_measure(quality, name)}"),
            "score": Number(_score(quality, name), 1),
            "why": _reasons(quality.touching(name)),
        }
        for name in _present(quality)
    ]
    return _table("trust", rows, ["measure", "verdict", "score", "why"])


def _score(quality: DataQuality, measure: str) -> float:
    known = {table.table for table in quality.tables}
    return quality.score_of(*(table for table in _RESTS_ON[measure] if table in known))


def _reasons(findings: Iterable[QualityFinding]) -> Text | None:
    names = list({one.code: _name(one) for one in findings}.values())
    shown = [*names[:_SHOWN_REASONS], *([Text.same("…")] if len(names) > _SHOWN_REASONS else [])]
    return _list(shown) if shown else None


def tabulate_scores(quality: DataQuality) -> FilledTable:
    """Return the tables that have a finding, the lowest score first.

    Raises
    ------
    NotEnoughData
        When every table has the full score.
    """
    scored = sorted((table for table in quality.tables if table.score < 100), key=lambda table: table.score)
    if not scored:
        raise NotEnoughData("Every table has the score 100.", "say so with `say_full_scores`.")
    return _table("scores", [_score_row(table) for table in scored], list(_score_row(scored[0])))


def _score_row(table: TableScore) -> dict[str, Any]:
    return {
        "table": _label(table.table),
        "score": Number(table.score, 1),
        "n_records": Count(table.n_records),
        "n_with_error": Count(table.n_with_error),
        "n_with_warning": Count(table.n_with_warning),
    }


def say_full_scores() -> Text:
    """Return the sentence that stands where no table lost a point."""
    return say("intake.quality.scores.none")


def tabulate_found(quality: DataQuality) -> FilledTable:
    """Return every finding, notes included, with its place, its number of records and the first ids."""
    rows = [
        {
            "severity": say(f"intake.quality.severity.{one.severity}"),
            "finding": _name(one),
            "column": one.place,
            "n_rows": Count(one.n_rows),
            "ids": Text.same(_shorten(one)) if one.ids else None,
        }
        for one in quality.findings
    ]
    return _table("rows", rows, ["severity", "finding", "column", "n_rows", "ids"])


def write_quality_notes(quality: DataQuality) -> list[dict[str, Any]]:
    """Return what else to know: notes, how evenly people write down, and what could not be checked."""
    biases, notes = quality.biases, []
    logging = biases.logging
    if logging is not None and not logging.few:
        factor = Number(exp(_NINE_IN_TEN * logging.spread), 1)
        notes.append(("even", say("intake.quality.note.even", n=logging.n_judged, factor=factor)))
    if logging is not None and logging.n_unjudged:
        notes.append(("unjudged", say("intake.quality.note.unjudged", n=logging.n_unjudged)))
    notes += [(f"note_{one.code}_{one.table}", _join([one.text, one.next_step])) for one in quality.of_severity("note")]
    if biases.unchecked:
        checks = _list([say(f"intake.quality.unchecked.{code}") for code in biases.unchecked])
        notes.append(("unchecked", say("intake.quality.note.unchecked", checks=checks)))
    return [{"name": name, "text": text} for name, text in notes]


def say_clean() -> Text:
    """Return the sentence that stands where nothing has to be corrected."""
    return say("intake.quality.note.clean")


def _table(name: str, rows: list[dict[str, Any]], columns: list[str]) -> FilledTable:
    headings = {column: say(f"intake.quality.columns.{column}") for column in columns}
    title, caption = (say(f"intake.quality.{name}.{part}") for part in ("title", "caption"))
    return {"title": title, "caption": caption, "data": pd.DataFrame(rows, columns=columns), "columns": headings}


def _shorten(finding: QualityFinding) -> str:
    return ", ".join(finding.ids[:_SHOWN_IDS]) + (", …" if finding.n_rows > _SHOWN_IDS else "")


def _name(finding: QualityFinding) -> Text:
    return say(f"intake.quality.rule.{finding.code}.name")


def _label(table: str) -> Text:
    label = get_table(table).label
    return Text(label.en, label.ja)


def _list(texts: list[Text]) -> Text:
    gap = {"en": ", ", "ja": "、"}
    return Text(*(gap[lang].join(text.of(lang) for text in texts) for lang in LANGUAGES))


def _join(texts: list[Text]) -> Text:
    gap = {"en": " ", "ja": ""}
    return Text(*(gap[lang].join(text.of(lang) for text in texts) for lang in LANGUAGES))
