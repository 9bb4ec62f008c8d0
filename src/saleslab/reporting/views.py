"""What stands on a page, in the words of one language: the shapes that `layout` fills and the templates read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from saleslab.reporting.blocks import Banner, Figure, Headline, Note, Provenance, Tone

STACK_FROM = 4
"""Columns from which a table's rows are stacked on a phone."""

PHONE_LETTERS = 43
"""Latin letters that fit beside each other on a phone; a table of three wider columns is stacked too."""

BROAD_FROM = 7
"""Columns from which a table takes the whole width of a desktop."""

LONG_FROM = 6
"""Rows from which a stacked table is folded on a phone."""

SHORT = 22
"""Latin letters, or half as many Japanese ones, that are kept on one line."""


def text_width(text: str) -> int:
    """Return how wide a text is in Latin letters; a Japanese one counts two.

    Examples
    --------
    >>> text_width("FY2026"), text_width("年度")
    (6, 4)
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


@dataclass(frozen=True)
class CellView:
    """One cell: its words, None where nothing is known."""

    text: str | None
    column: str
    is_number: bool

    @property
    def is_short(self) -> bool:
        """Whether the words are kept on one line: a number, a date, a name."""
        return self.is_number or text_width(self.text or "") <= SHORT


@dataclass(frozen=True)
class GridView:
    """A table in words; the first cell of a row names the row."""

    headings: tuple[CellView, ...]
    rows: tuple[tuple[CellView, ...], ...]
    count: str

    @property
    def is_stacked(self) -> bool:
        """Whether a phone shows a row as a block of facts: many columns, or three that do not fit beside each other."""
        n_columns = len(self.headings)
        return n_columns >= STACK_FROM or (n_columns == STACK_FROM - 1 and self._letters > PHONE_LETTERS)

    @property
    def _letters(self) -> int:
        """How many letters the columns need beside each other; long words wrap and need no more than short ones."""
        columns = zip(*self.rows, strict=True)
        return sum(min(max(text_width(cell.text or "") for cell in column), SHORT) for column in columns)

    @property
    def is_broad(self) -> bool:
        """Whether the table needs the whole width of a desktop."""
        return len(self.headings) >= BROAD_FROM

    @property
    def is_long(self) -> bool:
        """Whether a phone folds the rows away."""
        return self.is_stacked and len(self.rows) >= LONG_FROM


@dataclass(frozen=True)
class Gauge:
    """Where a number lies on its interval, against its target and the value before: places on a line."""

    value: float
    low: float
    high: float
    target: float | None
    previous: float | None


@dataclass(frozen=True)
class Card:
    """A number on a card; ``facts`` are (what, words), ``direction`` is its sign against the period before, or None.

    A note on an interval stands among the facts, right after it; any other is the last line, ``note``.
    """

    name: str
    label: str
    value: str
    facts: tuple[tuple[str, str], ...]
    change: str | None
    direction: int | None
    note: str | None
    tone: Tone
    gauge: Gauge | None


@dataclass(frozen=True)
class Action:
    """A step to take, why, and who takes it until when; ``evidence`` are (id, title) of what shows it."""

    name: str
    action: str
    text: str
    facts: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str], ...]
    tone: Tone


@dataclass(frozen=True)
class TaskView:
    """One task of a list; ``facts`` are (label, value)."""

    whom: str
    action: str
    when: str | None
    grade: str
    facts: tuple[tuple[str, str], ...]
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    mark: str | None


@dataclass(frozen=True)
class WorklistView:
    """What somebody works through; ``is_folded`` where the page begins with another one."""

    name: str
    title: str
    caption: str
    tasks: tuple[TaskView, ...]
    count: str
    is_folded: bool


@dataclass(frozen=True)
class Exhibit:
    """A figure or a table with its words."""

    name: str
    title: str
    caption: str
    grid: GridView
    figure: Figure | None


@dataclass(frozen=True)
class PageView:
    """Everything on a page, in one language; lists stand before the cards, or below what to do first."""

    lang: str
    headline: Headline
    banners: tuple[Banner, ...]
    worklists: tuple[WorklistView, ...]
    is_list_late: bool
    cards: tuple[Card, ...]
    actions: tuple[Action, ...]
    exhibits: tuple[Exhibit, ...]
    changes: Exhibit | None
    notes: tuple[Note, ...]
    provenance: Provenance | None
