"""What a notebook calls: one function for each kind of block, checking what it is given before a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from saleslab.errors import BadArgument
from saleslab.reporting.blocks import (
    TONES,
    WIDTHS,
    Banner,
    Block,
    Drawing,
    Figure,
    Finding,
    Headline,
    Kpi,
    Note,
    People,
    PeopleTable,
    TableBlock,
    Task,
    Tone,
    Worklist,
    read_block,
)
from saleslab.reporting.canonical import round_floats
from saleslab.reporting.cells import FIGURE_ROWS, TABLE_ROWS, grid_of
from saleslab.wording import LANGUAGES, Count, Money, TaskWords, Text, say
from saleslab.wording.values import Value

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.intake.disclosure import Disclosure

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_B = TypeVar("_B", bound=Block)


class Draw(Protocol):
    """Draws a figure for one language and one width in pixels; returns a Vega-Lite specification."""

    def __call__(self, lang: str, width: int) -> Mapping[str, Any]:
        """Return the specification, its data inside."""
        ...


def headline(  # noqa: PLR0917 - the six parts of a headline, in the order in which they are read
    question: Text, status: Text, tone: Tone, answer: Text, subject: Text, as_of: date
) -> Headline:
    """Say what the report asks, how it stands, and the answer that a manager can repeat.

    Parameters
    ----------
    question
        The title of the page.
    status
        The state in a few words: "61 % likely to reach ¥60.0 M".
    tone
        ``good``, ``warn``, ``bad`` or ``neutral``; the page says it by word and sign, colour only helps.
    answer
        One paragraph.
    subject
        What the report is about: "Sales review · New business · FY2026 Q3".
    as_of
        The day the report speaks of.
    """
    _need_words("headline", question=question, status=status, answer=answer, subject=subject)
    return _settle(Headline("headline", question, status, tone, answer, subject, as_of))


def banner(name: str, text: Text, *, tone: Tone = "warn", details: Sequence[Text] = ()) -> Banner:
    """Warn of something that the reader must know before the numbers, with what stands behind it folded below."""
    _need_words(name, text=text)
    return _settle(Banner(name, text, tone, tuple(details)))


def kpi(
    name: str,
    label: Text,
    value: Value,
    *,
    interval: tuple[Value, Value] | None = None,
    target: Value | None = None,
    previous: Value | None = None,
    change: Text | None = None,
    tone: Tone = "neutral",
    note: Text | None = None,
) -> Kpi:
    """Show one number on a card.

    Parameters
    ----------
    name
        Unique within the report, such as ``win_rate``.
    label
        What is counted.
    value
        `Money`, `Share`, `Count`, `Number`, `Days`, `Points` or `Change`.
    interval, target, previous
        Low and high end of what is credible; what was to be reached; the value of the period before. Each of the same
        kind as the value.
    change
        The change in words: "+1.3 pt on last quarter".
    tone
        How it stands.
    note
        One short line: "four times in five".

    Raises
    ------
    BadArgument
        When a name is no name, or a value is of another kind than the number, or the interval's ends are swapped.

    Examples
    --------
    >>> from saleslab.wording import Share
    >>> card = kpi("win_rate", Text("Win rate", "受注率"), Share(0.241), target=Share(0.27), tone="warn")
    >>> card.sha256[:16]
    '88cbc533b450608e'
    """
    _need_words(name, label=label)
    for other in (*(interval or ()), target, previous):
        if other is not None and _unit(other) != _unit(value):
            raise BadArgument(
                f"KPI '{name}' is a {_unit(value)} but is compared with a {_unit(other)}.",
                "give interval, target and previous in the kind and currency of the value.",
            )
    if interval is not None and _size(interval[0]) > _size(interval[1]):
        raise BadArgument(f"The interval of KPI '{name}' ends below its start.", "give (low, high).")
    return _settle(Kpi(name, label, value, interval, target, previous, change, tone, note))


def figure(
    name: str,
    title: Text,
    caption: Text,
    alt: Text,
    *,
    draw: Draw,
    data: pd.DataFrame,
    columns: Mapping[str, Text] | None = None,
) -> Figure:
    """Show a picture, with the words that stand for it and the numbers behind it.

    Parameters
    ----------
    name, title, caption
        Title and caption stand outside the picture.
    alt
        What a reader who cannot see the picture must know: what is drawn and what it shows. Required in each language.
    draw
        Called as ``draw(lang=..., width=...)`` for every language and both `WIDTHS`, here and once.
    data, columns
        The numbers, folded under the picture, and their headings.

    Raises
    ------
    BadArgument
        When alt text is missing, or a drawing is wider than asked, or uses colours or fonts that are not the theme's.
    """
    _need_words(name, title=title, caption=caption, alt=alt)
    drawings = tuple(
        Drawing(lang, width, _as_spec(draw(lang=lang, width=width), name)) for lang in LANGUAGES for width in WIDTHS
    )
    _try_rendering(name, drawings)
    grid = grid_of(data, columns, limit=FIGURE_ROWS, place=name, loose=True)
    return _settle(Figure(name, title, caption, alt, drawings, grid))


def table(
    name: str,
    title: Text,
    caption: Text,
    data: pd.DataFrame,
    columns: Mapping[str, Text] | None = None,
    *,
    limit: int = TABLE_ROWS,
) -> TableBlock:
    """Show the first rows of a table; the page says how many rows there are.

    Cells are values of `saleslab.wording`, text, whole numbers, dates or None; a bare float is refused, since nobody
    knows what it measures. A table named ``changes`` is the report's account of what changed.
    """
    _need_words(name, title=title)
    return _settle(TableBlock(name, title, caption, grid_of(data, columns, limit=limit, place=name)))


def finding(
    name: str,
    text: Text,
    *,
    evidence: Sequence[str],
    action: Text,
    owner: Text,
    due: date | None = None,
    effect: Text | None = None,
    tone: Tone = "neutral",
) -> Finding:
    """Say what was found, on which blocks it rests, and who does what about it until when.

    The order in which a notebook gives its findings is the order of "what to do first".
    """
    _need_words(name, text=text, action=action, owner=owner)
    if not evidence or isinstance(evidence, str):
        raise BadArgument(
            f"Finding '{name}' rests on no block.", "name the blocks that show it: evidence=['win_rate']."
        )
    return _settle(Finding(name, text, tuple(evidence), action, owner, due, effect, tone))


def worklist(name: str, title: Text, caption: Text, tasks: Sequence[TaskWords], *, limit: int = TABLE_ROWS) -> Worklist:
    """Show what somebody works through, the first thing first; a phone shows each task as a card.

    Parameters
    ----------
    name, title, caption
        Whose list it is, and how to read it. Where a report has several, all but the first are folded.
    tasks
        With whom, what, when, which grade (a letter, or nothing), facts as (label, value), what speaks for it and
        against it, and a mark; in order.
    limit
        How many are held; the page tells how many there are.

    Examples
    --------
    >>> task = {"whom": Text.same("Kanae"), "action": Text("Call", "電話する"), "when": None, "grade": "A",
    ...         "facts": [], "pros": [], "cons": [], "mark": None}
    >>> worklist("today", Text("Today", "今日"), Text.same(""), [task]).tasks[0].action.ja
    '電話する'
    """
    _need_words(name, title=title)
    for number, task in enumerate(tasks, start=1):
        _need_words(f"{name}.tasks[{number}]", whom=task["whom"], action=task["action"])
    held = tuple(
        Task(
            task["whom"], task["action"], task["when"], task["grade"], tuple(task["facts"]), tuple(task["pros"]),
            tuple(task["cons"]), task["mark"],
        )
        for task in tasks[:limit]
    )  # fmt: skip
    return _settle(Worklist(name, title, caption, held, len(tasks)))


def note(name: str, text: Text, *, tone: Tone = "neutral") -> Note:
    """Tell how to read the report: what is left out, what a word means, what the numbers cannot say."""
    _need_words(name, text=text)
    return _settle(Note(name, text, tone))


def people(disclosure: Disclosure) -> People:
    """Say that what the report tells of people was judged together, and how much is hidden; one in such a report.

    Parameters
    ----------
    disclosure
        From `saleslab.intake.disclose_people`, its tables named as the blocks that show them.
    """
    tables = tuple(
        PeopleTable(
            name,
            tuple((_name_group(cell.where), cell.n) for cell in disclosure.log if cell.table == name),
            n_hidden,
        )
        for name, n_hidden in disclosure.n_hidden.items()
    )
    n_hidden, floor = sum(table.n_hidden for table in tables), Count(disclosure.floor)
    text = say(f"reporting.people.{'hidden' if n_hidden else 'whole'}", floor=floor, n=Count(n_hidden))
    return _settle(People("people", text, disclosure.floor, tables))


def _name_group(where: tuple[tuple[str, Any], ...]) -> str:
    return " · ".join(str(value) for _, value in where)


def _settle(block: _B) -> _B:
    """Return the block as its canonical JSON gives it back, so that what is seen is what is stored."""
    if not _NAME.fullmatch(block.name):
        raise BadArgument(
            f"'{block.name[:60]}' is no name for a block.", "use lower-case letters, digits and _, such as win_rate."
        )
    tone = getattr(block, "tone", "neutral")
    if tone not in TONES:
        raise BadArgument(f"'{tone}' is no tone.", f"use one of: {', '.join(TONES)}.")
    settled = read_block(block.to_json())
    assert isinstance(settled, type(block))
    return settled


def _need_words(place: str, **texts: Text) -> None:
    for field, text in texts.items():
        if not isinstance(text, Text) or not all(text.of(lang).strip() for lang in LANGUAGES):
            raise BadArgument(
                f"{place}.{field} is not written in every language ({', '.join(LANGUAGES)}).",
                "give a Text with words in each, or take the sentence from the wording with say().",
            )


def _unit(value: Value) -> str:
    return f"Money in {value.currency}" if isinstance(value, Money) else type(value).__name__


def _size(value: Value) -> float:
    for field in ("amount", "n", "value"):
        if hasattr(value, field):
            return float(getattr(value, field))
    raise BadArgument(f"A {type(value).__name__} has no size.", "use Money, Share, Count, Number or Days.")


def _as_spec(spec: object, name: str) -> dict[str, Any]:
    drawn = round_floats(spec)
    if not isinstance(drawn, dict):
        raise BadArgument(f"The drawing of '{name}' is no specification.", "return the dict of charts.finish().")
    return drawn


def _try_rendering(name: str, drawings: Sequence[Drawing]) -> None:
    from saleslab.charts import render_svg

    for drawing in drawings:
        render_svg(drawing.spec, name=name, width=drawing.width)
