"""From blocks to what stands where on a page: words of one language in reading order, and nothing of HTML.

A reader meets the question, the answer, what to distrust, the numbers, what to do, the pictures and tables in the order
of the notebook, what changed, how to read it, and where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from saleslab.errors import BadArgument
from saleslab.reporting.blocks import (
    Banner,
    Block,
    Figure,
    Finding,
    Grid,
    Headline,
    Kpi,
    Note,
    People,
    Provenance,
    TableBlock,
    Task,
    Worklist,
    check_blocks,
)
from saleslab.reporting.canonical import Cell
from saleslab.reporting.views import (
    Action,
    Card,
    CellView,
    Exhibit,
    Gauge,
    GridView,
    PageView,
    TaskView,
    WorklistView,
)
from saleslab.wording import Change, Count, Days, Money, Number, Points, Share, Text, say, write, write_amounts
from saleslab.wording.values import Value

CHANGES = "changes"
"""Name of the table that is the report's own account of what changed."""

_COUNTED_BY_EYE = 10
"""Rows up to which nobody needs to be told how many there are."""

GAUGE_WIDTH = 160
_GAUGE_MARGIN = 18

_NUMERIC = (Money, Share, Points, Change, Count, Number, Days, int)


def lay_out(blocks: Sequence[Block], lang: str) -> PageView:
    """Return what stands on the page of a report.

    Raises
    ------
    BadArgument
        When the blocks do not make a report (`saleslab.reporting.check_blocks`).
    """
    check_blocks(blocks)
    titles = {block.name: title for block in blocks if (title := _title(block, lang))}
    exhibits = tuple(_exhibit(block, lang) for block in blocks if isinstance(block, Figure | TableBlock))
    own_changes = next((exhibit for exhibit in exhibits if exhibit.name == CHANGES), None)
    kpis = [block for block in blocks if isinstance(block, Kpi)]
    headline = next(block for block in blocks if isinstance(block, Headline))
    return PageView(
        lang=lang,
        headline=headline,
        banners=tuple(block for block in blocks if isinstance(block, Banner)),
        worklists=_worklists([block for block in blocks if isinstance(block, Worklist)], lang),
        is_list_late=_comes_after_findings(blocks),
        cards=tuple(_card(kpi, lang) for kpi in kpis),
        actions=tuple(_action(block, titles, headline.as_of, lang) for block in blocks if isinstance(block, Finding)),
        exhibits=tuple(exhibit for exhibit in exhibits if exhibit.name != CHANGES),
        changes=own_changes or _changes(kpis, lang),
        notes=tuple(note for block in blocks if (note := _note(block)) is not None),
        provenance=next((block for block in blocks if isinstance(block, Provenance)), None),
    )


def size_of(value: Value) -> Decimal:
    """Return the number in a value.

    Examples
    --------
    >>> size_of(Share(0.25))
    Decimal('0.25')
    """
    match value:
        case Money():
            return value.amount
        case Count():
            return Decimal(value.n)
        case Share() | Points() | Change() | Number() | Days():
            return Decimal(repr(float(value.value)))
    raise BadArgument(f"A {type(value).__name__} is no number.", "use Money, Share, Count, Number or Days.")


def lay_grid(grid: Grid, lang: str) -> GridView:
    """Return a table in the words of one language."""
    numeric = [_is_of_numbers([row[i] for row in grid.rows]) for i in range(len(grid.columns))]
    labels = [column.label.of(lang) for column in grid.columns]
    heads = [CellView(label, label, is_number) for label, is_number in zip(labels, numeric, strict=True)]
    columns = [_column_words([row[i] for row in grid.rows], lang) for i in range(len(heads))]
    rows = tuple(
        tuple(replace(head, text=text) for text, head in zip(texts, heads, strict=True))
        for texts in zip(*columns, strict=True)
    )
    shown = len(grid.rows)
    if shown < grid.n_rows:
        count = say("reporting.page.rows_shown", shown=shown, n=grid.n_rows)
    else:
        count = say("reporting.page.rows_all", n=shown) if shown else say("reporting.page.empty")
    is_telling = shown < grid.n_rows or not shown or shown > _COUNTED_BY_EYE
    return GridView(tuple(heads), rows, count.of(lang) if is_telling else "")


def _is_of_numbers(cells: Sequence[Cell]) -> bool:
    """Return whether a column is of numbers; words among them, such as "under 1 %", stand where numbers do."""
    known = [cell for cell in cells if cell is not None]
    are_numbers = [isinstance(cell, _NUMERIC) for cell in known]
    return all(are_numbers) or (any(are_numbers) and all(isinstance(cell, (*_NUMERIC, Text)) for cell in known))


def _column_words(cells: Sequence[Cell], lang: str) -> list[str | None]:
    """Write the cells of a column; amounts of money in one unit, so that they can be compared by eye."""
    amounts = [cell for cell in cells if isinstance(cell, Money)]
    if len(amounts) == sum(cell is not None for cell in cells):
        written = iter(write_amounts(amounts, lang))
        return [None if cell is None else next(written) for cell in cells]
    return [None if cell is None else write(cell, lang) for cell in cells]


def _title(block: Block, lang: str) -> str:
    match block:
        case Figure() | TableBlock() | Worklist():
            return block.title.of(lang)
        case Kpi():
            return block.label.of(lang)
        case Banner():
            return block.text.of(lang)
        case Note() | People():
            return say("reporting.page.notes").of(lang)
    return ""


def _note(block: Block) -> Note | None:
    if isinstance(block, People):
        return Note(block.name, block.text, "neutral")
    return block if isinstance(block, Note) else None


def _card(kpi: Kpi, lang: str) -> Card:
    facts, gauge = [], _gauge(kpi)
    if kpi.interval is not None:
        words = say("reporting.card.interval", low=kpi.interval[0], high=kpi.interval[1])
        facts.append(("range", words.of(lang)))
        facts += [("note", kpi.note.of(lang))] if kpi.note else []
    if kpi.target is not None:
        facts.append(("target", say("reporting.card.target", value=kpi.target).of(lang)))
    direction = None
    if kpi.previous is not None:
        now, before = size_of(kpi.value), size_of(kpi.previous)
        direction = (now > before) - (now < before)
        if kpi.change is None or gauge is not None:
            facts.append(("previous", say("reporting.card.previous", value=kpi.previous).of(lang)))
    return Card(
        name=kpi.name,
        label=kpi.label.of(lang),
        value=write(kpi.value, lang),
        facts=tuple(facts),
        change=kpi.change.of(lang) if kpi.change else None,
        direction=direction,
        note=kpi.note.of(lang) if kpi.note and kpi.interval is None else None,
        tone=kpi.tone,
        gauge=gauge,
    )


def _gauge(kpi: Kpi) -> Gauge | None:
    """Return where value, interval, target and the value before lie on a common scale.

    None without an interval, and without anything to hold against it: it would look the same whatever it says.
    """
    if kpi.interval is None or (kpi.target is None and kpi.previous is None):
        return None
    told = (kpi.value, *kpi.interval, kpi.target, kpi.previous)
    points = [None if value is None else size_of(value) for value in told]
    known = [point for point in points if point is not None]
    low, high = min(known), max(known)
    if low == high:
        return None
    room = GAUGE_WIDTH - 2 * _GAUGE_MARGIN

    def place(point: Decimal) -> float:
        return round(_GAUGE_MARGIN + room * float((point - low) / (high - low)), 1)

    value, begin, end = (place(point) for point in known[:3])
    target, previous = (None if point is None else place(point) for point in points[3:])
    return Gauge(value, begin, end, target, previous)


def _action(finding: Finding, titles: dict[str, str], as_of: date, lang: str) -> Action:
    due = write_due(finding.due, as_of, lang) if finding.due else None
    told = (("effect", finding.effect), ("owner", finding.owner), ("due", due))
    return Action(
        name=finding.name,
        action=finding.action.of(lang),
        text=finding.text.of(lang),
        facts=tuple(
            (say(f"reporting.page.{key}").of(lang), write(value, lang)) for key, value in told if value is not None
        ),
        evidence=tuple((name, titles[name]) for name in finding.evidence if name in titles),
        tone=finding.tone,
    )


def write_due(due: date, as_of: date, lang: str) -> str:
    """Write a day to come, without its year where that is the year in which the report speaks.

    Examples
    --------
    >>> write_due(date(2026, 11, 28), date(2026, 11, 23), "en"), write_due(date(2026, 11, 28), date(2026, 11, 23), "ja")
    ('28 Nov', '11月28日')
    """
    written = write(due, lang)
    if due.year != as_of.year:
        return written
    return written.removesuffix(f" {due.year}").removeprefix(f"{due.year}年")


def _comes_after_findings(blocks: Sequence[Block]) -> bool:
    """Say whether the notebook says what to do before it lists with whom: then the list is no page's first thing."""
    kinds = [type(block) for block in blocks]
    return Worklist in kinds and Finding in kinds and kinds.index(Finding) < kinds.index(Worklist)


def _worklists(lists: Sequence[Worklist], lang: str) -> tuple[WorklistView, ...]:
    """Return the lists, all but the first folded, so that a reader finds his own among many."""
    return tuple(
        WorklistView(
            name=block.name,
            title=block.title.of(lang),
            caption=block.caption.of(lang),
            tasks=tuple(_task(task, lang) for task in block.tasks),
            count=say("reporting.page.tasks_shown", shown=len(block.tasks), n=block.n_tasks).of(lang)
            if len(block.tasks) < block.n_tasks
            else "",
            is_folded=at > 0,
        )
        for at, block in enumerate(lists)
    )


def _task(task: Task, lang: str) -> TaskView:
    return TaskView(
        whom=task.whom.of(lang),
        action=task.action.of(lang),
        when=task.when.of(lang) if task.when else None,
        grade=task.grade,
        facts=tuple((label.of(lang), write(value, lang)) for label, value in task.facts),
        pros=tuple(text.of(lang) for text in task.pros),
        cons=tuple(text.of(lang) for text in task.cons),
        mark=task.mark.of(lang) if task.mark else None,
    )


def _exhibit(block: Figure | TableBlock, lang: str) -> Exhibit:
    figure = block if isinstance(block, Figure) else None
    return Exhibit(block.name, block.title.of(lang), block.caption.of(lang), lay_grid(block.data, lang), figure)


def _changes(kpis: Sequence[Kpi], lang: str) -> Exhibit | None:
    """Return the numbers that have a value of the period before, before and now; None where none has."""
    compared = [kpi for kpi in kpis if kpi.previous is not None]
    if not compared:
        return None
    keys = {"measure": False, "before": True, "now": True, "change": False}
    labels = {key: say(f"reporting.page.{key}").of(lang) for key in keys}
    heads = [CellView(labels[key], labels[key], is_number) for key, is_number in keys.items()]
    rows = []
    for kpi in compared:
        change = kpi.change.of(lang) if kpi.change else None
        words = (kpi.label.of(lang), write(kpi.previous, lang), write(kpi.value, lang), change)
        rows.append(tuple(replace(head, text=text) for head, text in zip(heads, words, strict=True)))
    title, caption = (say(f"reporting.page.{key}").of(lang) for key in ("changes", "changes_caption"))
    return Exhibit(CHANGES, title, caption, GridView(tuple(heads), tuple(rows), ""), None)
