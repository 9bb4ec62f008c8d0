"""A proposed map as TOML that a person can read: every line says what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.items import InlineTable, Item

from saleslab.intake.files import DataFile
from saleslab.tables import Column, Kind, get_table

if TYPE_CHECKING:
    from saleslab.intake.suggest import Guess

_SURE = 0.9


def write_map(name: str, parts: list[tuple[DataFile, str, list[Guess]]]) -> str:
    """Return a map for some files: for each its canonical table and the columns that were matched."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Proposed by `saleslab map suggest`. Read every line: a proposal, not knowledge."))
    document.add(tomlkit.comment("On the right stand the file's columns. What no line names is kept in 'custom'."))
    document["name"] = name
    document["source_system"] = name
    document["prefix"] = f"{name}:"
    orders = {guess.source.order for _, _, guesses in parts for guess in guesses if guess.source.order}
    if "?" in orders:
        document.add(tomlkit.comment('Dates can be read day first or month first: say date_order = "DMY" or "MDY".'))
    elif len(orders) == 1:
        document["date_order"] = orders.pop()
    tables = tomlkit.aot()
    for file, table, guesses in parts:
        tables.append(_table(file, table, guesses))
    document["tables"] = tables
    return tomlkit.dumps(document)


def _table(file: DataFile, name: str, guesses: list[Guess]) -> tomlkit.items.Table:
    entry = tomlkit.table()
    entry["table"] = name
    entry["files"] = [file.stem]
    columns = tomlkit.table()
    by_target = {guess.target: guess for guess in guesses}
    for column in get_table(name).columns:
        if column.name in by_target:
            guess = by_target[column.name]
            columns[column.name] = _source(column, guess).comment(_reason(guess))
        elif column.required:
            _add_required(columns, column, by_target)
    used = {guess.source.name for guess in guesses}
    left = [source for source in file.columns if source not in used]
    if left:
        columns.add(tomlkit.comment(f"kept in 'custom': {', '.join(left)}"))
    entry["columns"] = columns
    return entry


def _source(column: Column, guess: Guess) -> Item:
    if column.kind is Kind.RATE and guess.source.largest > 1:
        return _inline({"from": guess.source.name, "unit": "percent"})
    if column.name == "closed_at" and guess.source.times < _SURE:
        return _inline({"from": guess.source.name, "day": "end"})
    return tomlkit.item(guess.source.name)


def _inline(pairs: Mapping[str, object]) -> InlineTable:
    written = tomlkit.inline_table()
    for key, value in pairs.items():
        written[key] = value
    return written


def _reason(guess: Guess) -> str:
    sure = "sure" if guess.score >= _SURE else "please check"
    return f"{sure} ({guess.score:.2f})"


def _add_required(columns: tomlkit.items.Table, column: Column, found: dict[str, Guess]) -> None:
    """Write what a required column can be told from, or ask for it."""
    from saleslab.intake.suggest import won_and_lost

    stage = found.get("stage_id")
    if column.name in {"is_closed", "is_won"} and stage is not None:
        won, lost = won_and_lost(stage.source.words)
        meant = dict.fromkeys([*won, *(lost if column.name == "is_closed" else [])], True)
        values = _inline(meant)
        columns[column.name] = _inline({"from": stage.source.name, "values": values, "otherwise": False}).comment(
            "from the words of the stage; please check"
        )
    elif column.name == "is_active":
        columns[column.name] = _inline({"value": True}).comment("nothing in the file says it")
    elif column.name in {"channel", "type"} and not column.refers_to:
        columns[column.name] = _inline({"value": "other"}).comment("nothing in the file says it")
    else:
        columns.add(tomlkit.comment(f'{column.name} = "?"  # NEEDED: no column was found for it'))
