"""Rows into a table: staged, compared by key and content, then added or replaced; unchanged rows stay untouched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import ibis
import pyarrow as pa

from saleslab.errors import TableError
from saleslab.tables import Table
from saleslab.warehouse.as_of import keep_first
from saleslab.warehouse.schemas import arrow_schema

_SHOWN_KEYS = 5


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did to one table: rows added, replaced because their content changed, and left as they were."""

    table: str
    n_added: int
    n_changed: int
    n_unchanged: int


def merge(backend: Any, table: Table, parts: Iterable[pa.Table], *, is_new: bool) -> Written:
    """Merge rows into a table by key and return what changed; the caller's transaction undoes a failure whole.

    ``is_new`` says that the table is not there yet.
    """
    given, n_given = _stage(backend, table, iter(parts))
    staged, n_staged = _refuse_contradictions(backend, table, given, n_given)
    if is_new:
        backend.create_table(table.name, staged, schema=ibis.schema(arrow_schema(table.name)))
        written = Written(table.name, n_staged, 0, 0)
    else:
        written = _merge_staged(backend, table, staged, n_staged)
    backend.drop_table(_staged_name(table), force=True)
    return written


def _stage(backend: Any, table: Table, parts: Iterator[pa.Table]) -> tuple[Any, int]:
    """Return incoming rows and their number; what comes in several parts is gathered in a table of its own."""
    first = next(parts, arrow_schema(table.name).empty_table())
    second = next(parts, None)
    if second is None:
        return ibis.memtable(first), first.num_rows
    staged = backend.create_table(_staged_name(table), schema=ibis.schema(arrow_schema(table.name)), temp=True)
    n_given = 0
    for part in chain((first, second), parts):
        n_given += part.num_rows
        backend.insert(_staged_name(table), part)
    return staged, n_given


def learn_statistics(backend: Any, name: str) -> None:
    """Let PostgreSQL count what a table holds now; it would plan joins of new rows as if there were a handful."""
    if backend.name == "postgres":
        backend.raw_sql(f'ANALYZE "{name}"').close()


def _staged_name(table: Table) -> str:
    return f"staged_{table.name}"


def _refuse_contradictions(backend: Any, table: Table, staged: Any, n_given: int) -> tuple[Any, int]:
    """Return the staged rows once each, and how many they are; raise where one key has two contents."""
    keys = staged.group_by(*table.key).aggregate(n=staged.count(), n_contents=staged.row_hash.nunique())
    summary = backend.to_pyarrow(
        keys.aggregate(
            n_keys=keys.count(),
            n_bad=(keys.n_contents > 1).sum(),
            n_missing=ibis.or_(*(keys[name].isnull() for name in table.key)).sum(),
        )
    ).to_pylist()[0]
    where = ", ".join(f"{table.name}.{name}" for name in table.key)
    if summary["n_missing"]:
        raise TableError(f"{where} is missing in some rows of {n_given}.", "fill the key, or leave those rows out.")
    if summary["n_bad"]:
        bad = keys.filter(keys.n_contents > 1).order_by(*table.key).limit(_SHOWN_KEYS)
        shown = ["/".join(str(row[name]) for name in table.key) for row in backend.to_pyarrow(bad).to_pylist()]
        raise TableError(
            f"{where} is not unique: {summary['n_bad']} keys stand on rows of different content, "
            f"such as {', '.join(shown)}.",
            "keep one row a key in the export, or choose the column that identifies a row.",
        )
    once = staged if summary["n_keys"] == n_given else keep_first(staged, list(table.key), ["row_hash"])
    return once, int(summary["n_keys"])


def _merge_staged(backend: Any, table: Table, staged: Any, n_staged: int) -> Written:
    stored = _bring_up_to_date(backend, table)
    if _count(backend, stored) == 0:
        backend.insert(table.name, staged)
        return Written(table.name, n_staged, 0, 0)
    new = staged.anti_join(stored, list(table.key))
    n_added = _count(backend, new)
    same = staged.semi_join(stored, [*table.key, "row_hash"])
    n_unchanged = _count(backend, same)
    n_changed = n_staged - n_added - n_unchanged
    if n_changed:
        changed = staged.anti_join(stored, [*table.key, "row_hash"])
        kept = stored.anti_join(changed, list(table.key))
        _rewrite(backend, table.name, kept.union(changed))
    elif n_added:
        backend.insert(table.name, new)
    return Written(table.name, n_added, n_changed, n_unchanged)


def _bring_up_to_date(backend: Any, table: Table) -> Any:
    """Return the stored table; one that an older version wrote gets today's columns first, the new ones empty."""
    stored = backend.table(table.name)
    if tuple(stored.columns) == table.column_names:
        return stored
    schema = ibis.schema(arrow_schema(table.name))
    fitted = stored.select(
        **{name: stored[name] if name in stored.columns else ibis.null(kind) for name, kind in schema.items()}
    )
    _rewrite(backend, table.name, fitted, schema=schema)
    return backend.table(table.name)


def _rewrite(backend: Any, name: str, rows: Any, schema: Any = None) -> None:
    """Replace a table's rows. Two copies and no DELETE: the one way that every engine of ours knows."""
    next_name = f"next_{name}"
    backend.create_table(next_name, rows, temp=True)
    if schema is None:
        backend.truncate_table(name)
    else:
        backend.drop_table(name)
        backend.create_table(name, schema=schema)
    backend.insert(name, backend.table(next_name))
    backend.drop_table(next_name)


def _count(backend: Any, rows: Any) -> int:
    return int(backend.to_pyarrow(rows.count()).as_py())
