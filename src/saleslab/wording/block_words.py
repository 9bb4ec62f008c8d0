"""What the words of a report's blocks are: one shape for each kind of block, whichever room writes them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypedDict

from saleslab.wording.text import LANGUAGES, Text

Tone = Literal["good", "warn", "bad", "neutral"]


class HeadlineWords(TypedDict):
    """Arguments of `reporting.headline` but for ``as_of``."""

    question: Text
    status: Text
    tone: Tone
    answer: Text
    subject: Text


class BannerWords(TypedDict):
    """Arguments of `reporting.banner`."""

    name: str
    text: Text
    tone: Tone
    details: list[Text]


class NoteWords(TypedDict):
    """Arguments of `reporting.note`."""

    name: str
    text: Text
    tone: Tone


class CardWords(TypedDict, total=False):
    """Arguments of `reporting.kpi`."""

    name: str
    label: Text
    value: Any
    interval: tuple[Any, Any] | None
    target: Any
    previous: Any
    change: Text | None
    tone: Tone
    note: Text | None


class FindingWords(TypedDict):
    """Arguments of `reporting.finding`."""

    name: str
    text: Text
    evidence: list[str]
    action: Text
    owner: Text
    due: date | None
    effect: Text | None
    tone: Tone


class TaskWords(TypedDict):
    """One task of `reporting.worklist`; facts are (label, value)."""

    whom: Text
    action: Text
    when: Text | None
    grade: str
    facts: list[tuple[Text, Any]]
    pros: list[Text]
    cons: list[Text]
    mark: Text | None


class WorklistWords(TypedDict):
    """Arguments of `reporting.worklist`."""

    name: str
    title: Text
    caption: Text
    tasks: list[TaskWords]


class PictureWords(TypedDict):
    """Arguments of `reporting.figure` that are words."""

    title: Text
    caption: Text
    alt: Text


class TableWords(TypedDict):
    """Arguments of `reporting.table` that are words."""

    title: Text
    caption: Text


def join_texts(*texts: Text | None) -> Text:
    """Return sentences one after another, in each language as it is written there; None is passed over.

    Examples
    --------
    >>> join_texts(Text("One.", "一。"), None, Text("Two.", "二。"))
    Text(en='One. Two.', ja='一。二。')
    """
    given = [text for text in texts if text is not None]
    gap = {"en": " ", "ja": ""}
    return Text(*(gap[lang].join(text.of(lang) for text in given) for lang in LANGUAGES))
