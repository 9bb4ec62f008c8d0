"""How a block shows in a notebook: its whole data, canonical words for the proof, and a picture or safe HTML.

The ``text/plain`` form is what nbval compares when it runs a notebook again: rounded, the same on every machine, in
every language, and carrying the hash of everything the block holds, drawings included.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from saleslab.reporting.blocks import (
    MIME,
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
)
from saleslab.wording import LANGUAGES, say, write

ROWS_IN_TEXT = 5
"""Rows of a grid that the canonical words repeat; the hash covers the others."""


def show_block(block: Block) -> dict[str, object]:
    """Return the notebook output of a block: its JSON, its canonical words, and an SVG or HTML to look at.

    Examples
    --------
    >>> from saleslab.wording import Text
    >>> sorted(show_block(Note("scope", Text("New business only.", "新規営業のみ。"), "neutral")))
    ['application/vnd.saleslab.block.v1+json', 'text/html', 'text/plain']
    """
    shown: dict[str, object] = {MIME: block.to_json(), "text/plain": describe_block(block)}
    if isinstance(block, Figure):
        shown["image/svg+xml"] = draw_figure(block)
    else:
        shown["text/html"] = _html(block)
    return shown


def draw_figure(figure: Figure, *, lang: str = LANGUAGES[0], width: int = 720) -> str:
    """Return the picture of a figure on its own, in light colours on white."""
    from saleslab.charts import render_svg

    return render_svg(
        figure.drawing(lang, width).spec,
        name=f"{figure.name}-{lang}-{width}",
        width=width,
        title=figure.title.of(lang),
        desc=figure.alt.of(lang),
        variables=False,
    )


def describe_block(block: Block) -> str:
    """Return canonical words for a block: kind, name, hash, then a few lines in each language.

    Examples
    --------
    >>> from saleslab.wording import Text
    >>> print(describe_block(Note("scope", Text("New business only.", "新規営業のみ。"), "neutral")))
    note scope sha256:443e33da59cff5fd
    en: New business only.
    ja: 新規営業のみ。
    """
    lines = [f"{block.kind} {block.name} sha256:{block.sha256[:16]}"]
    for lang in LANGUAGES:
        lines += [f"{lang}: {line}" for line in _lines(block, lang)]
    return "\n".join(lines)


def _lines(block: Block, lang: str) -> Iterator[str]:
    match block:
        case Headline():
            yield block.question.of(lang)
            yield f"[{block.tone}] {block.status.of(lang)} ({write(block.as_of, lang)})"
            yield block.answer.of(lang)
        case Kpi():
            yield ", ".join(_kpi_words(block, lang))
        case Figure() | TableBlock():
            yield block.title.of(lang)
            yield from _grid_words(block.data, lang)
        case Finding():
            yield f"[{block.tone}] {block.text.of(lang)}"
            told = (block.action, block.owner, block.due, block.effect)
            yield f"→ {' | '.join(write(value, lang) for value in told if value is not None)}"
        case Worklist():
            yield block.title.of(lang)
            yield from _task_words(block, lang)
        case Banner():
            yield f"[{block.tone}] {block.text.of(lang)}"
            yield from (f"- {detail.of(lang)}" for detail in block.details)
        case Note():
            yield block.text.of(lang)
        case People():
            yield block.text.of(lang)
            yield from (f"{table.table}: {len(table.groups)} + {table.n_hidden}" for table in block.tables)
        case Provenance():
            yield from (f"{read.table}: {read.n_rows} {read.digest[:16]}" for read in block.tables)


def _kpi_words(kpi: Kpi, lang: str) -> Iterator[str]:
    yield f"[{kpi.tone}] {kpi.label.of(lang)} {write(kpi.value, lang)}"
    if kpi.interval:
        low, high = kpi.interval
        yield say("reporting.card.interval", low=low, high=high).of(lang)
    if kpi.target is not None:
        yield say("reporting.card.target", value=kpi.target).of(lang)
    if kpi.previous is not None:
        yield say("reporting.card.previous", value=kpi.previous).of(lang)
    if kpi.change is not None:
        yield kpi.change.of(lang)


def _grid_words(grid: Grid, lang: str) -> Iterator[str]:
    yield " | ".join(column.label.of(lang) for column in grid.columns)
    for row in grid.rows[:ROWS_IN_TEXT]:
        yield " | ".join("" if cell is None else write(cell, lang) for cell in row)
    if grid.n_rows > ROWS_IN_TEXT:
        yield f"… {grid.n_rows}"


def _task_words(block: Worklist, lang: str) -> Iterator[str]:
    for number, task in enumerate(block.tasks[:ROWS_IN_TEXT], start=1):
        yield f"{number}. {' | '.join(_words_of_task(task, lang))}"
    if block.n_tasks > ROWS_IN_TEXT:
        yield f"… {block.n_tasks}"


def _words_of_task(task: Task, lang: str) -> Iterator[str]:
    told = (task.grade, task.whom, task.action, task.when, *(value for _, value in task.facts))
    yield from (write(value, lang) for value in (*told, *task.pros, *task.cons, task.mark) if value)


def _html(block: Block) -> str:
    """Return plain HTML of a block in the first language; every word is escaped, nothing is styled or linked."""
    lang = LANGUAGES[0]
    if isinstance(block, TableBlock):
        return _table_html(block, lang)
    first, *others = [line.removeprefix("[neutral] ") for line in _lines(block, lang)] or [""]
    return f"<p><strong>{escape(first)}</strong></p>" + "".join(f"<p>{escape(line)}</p>" for line in others)


def _table_html(block: TableBlock, lang: str) -> str:
    head = "".join(f'<th scope="col">{escape(column.label.of(lang))}</th>' for column in block.data.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cell_html(cell, lang)}</td>' for cell in row)}</tr>" for row in block.data.rows
    )
    caption = escape(block.title.of(lang))
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell_html(cell: object, lang: str) -> str:
    return "" if cell is None else escape(write(cell, lang))
