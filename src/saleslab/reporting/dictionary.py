"""The data dictionary: every canonical table and column as one page of Markdown a language."""

from __future__ import annotations

from collections.abc import Iterator

from saleslab.tables import CANONICAL, CUSTOM, HOUSEKEEPING, Column, Table
from saleslab.wording import Text, say


def write_dictionary(lang: str) -> str:
    """Return the data dictionary in one language, as Markdown.

    Examples
    --------
    >>> write_dictionary("en").splitlines()[0]
    '# Data dictionary'
    """
    shared = say("dictionary.every_table").of(lang)
    parts = [f"# {say('dictionary.title').of(lang)}", say("dictionary.intro").of(lang)]
    for table in CANONICAL.values():
        parts += [_heading(table, lang), _grid(table.columns, lang)]
    parts += [f"## {shared}", _grid((CUSTOM, *HOUSEKEEPING), lang)]
    return "\n\n".join(parts) + "\n"


def _heading(table: Table, lang: str) -> str:
    label = getattr(table.label, lang)
    key = ", ".join(f"`{name}`" for name in table.key)
    row = say("dictionary.row", row=Text(table.row.en, table.row.ja), key=key).of(lang)
    return f"## `{table.name}` {label}\n\n{row}"


def _grid(columns: tuple[Column, ...], lang: str) -> str:
    head = [say(f"dictionary.{name}").of(lang) for name in ("column", "label", "kind", "rules")]
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    for column in columns:
        kind = say(f"dictionary.kinds.{column.kind}").of(lang)
        rules = "; ".join(rule.of(lang) for rule in _rules(column))
        lines.append(f"| `{column.name}` | {getattr(column.label, lang)} | {kind} | {rules} |")
    return "\n".join(lines)


def _rules(column: Column) -> Iterator[Text]:
    if column.required:
        yield say("dictionary.required")
    if column.personal:
        yield say("dictionary.personal")
    if column.unit:
        yield say("dictionary.unit", unit=column.unit)
    if column.choices:
        yield say("dictionary.choices", choices=", ".join(column.choices))
    if column.minimum is not None and column.maximum is not None:
        yield say("dictionary.range", low=f"{column.minimum:g}", high=f"{column.maximum:g}")
    elif column.minimum is not None:
        yield say("dictionary.at_least", low=f"{column.minimum:g}")
    if column.refers_to:
        yield say("dictionary.refers_to", column=f"`{column.refers_to}`")
    if column.meaning:
        yield Text(column.meaning.en, column.meaning.ja)
