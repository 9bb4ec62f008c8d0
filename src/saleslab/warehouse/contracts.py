"""Do the stored rows keep what their declaration promises? Asked where the rows are, one pass a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis

from saleslab.tables import Column, Table

_SHOWN_KEYS = 20

Find: TypeAlias = Callable[[str], Any]
"""Returns a stored table by its name, or None."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Rows of one table that break one rule.

    ``rule`` is ``required`` (missing), ``unique`` (key on several rows), ``choices``, ``range`` or
    ``refers_to`` (the row it points to does not exist); ``keys`` names the first rows, at most 20, by their key.
    """

    table: str
    column: str
    rule: str
    n_rows: int
    keys: tuple[str, ...]


def find_violations(backend: Any, table: Table, rows: Any, *, find: Find) -> list[Violation]:
    """Return every broken rule of one table, in the order of its columns: all are counted in one pass."""
    broken = {
        f"{column.name}:{rule}": test for column in table.all_columns for rule, test in _row_rules(column, rows).items()
    }
    references = {
        f"{column.name}:refers_to": _points_nowhere(rows, column, known)
        for column in table.columns
        if column.refers_to and (known := find(column.refers_to.split(".")[0])) is not None
    }
    counts, may_repeat = _count_broken(backend, table, broken | references, rows)
    found = [
        _violation(backend, table, label, counts[label], rows.filter(test))
        for label, test in (broken | references).items()
        if counts[label]
    ]
    return sorted(
        found + (_broken_keys(backend, table, rows) if may_repeat else []),
        key=lambda violation: (table.column_names.index(violation.column), violation.rule),
    )


def _row_rules(column: Column, rows: Any) -> dict[str, Any]:
    """Return the tests, true where a row is broken, that one column needs."""
    values, rules = rows[column.name], {}
    if column.required:
        rules["required"] = values.isnull()
    if column.choices:
        rules["choices"] = values.notnull() & ~values.isin(column.choices)
    bounds = [values < column.minimum] if column.minimum is not None else []
    bounds += [values > column.maximum] if column.maximum is not None else []
    if bounds:
        rules["range"] = values.notnull() & ibis.or_(*bounds)
    return rules


def _count_broken(backend: Any, table: Table, broken: dict[str, Any], rows: Any) -> tuple[dict[str, int], bool]:
    """Return how many rows each test finds, and whether a key may be on several: not if its first column is unique."""
    flags = rows.select(key=rows[table.key[0]], **{f"is_{i}": test for i, test in enumerate(broken.values())})
    sums = {f"n_{i}": flags[f"is_{i}"].sum() for i in range(len(broken))}
    row = backend.to_pyarrow(flags.aggregate(n=flags.count(), n_keys=flags.key.nunique(), **sums)).to_pylist()[0]
    return {label: int(row[f"n_{i}"] or 0) for i, label in enumerate(broken)}, row["n_keys"] < row["n"]


def _violation(backend: Any, table: Table, label: str, n_rows: int, bad_rows: Any) -> Violation:
    column, rule = label.rsplit(":", 1)
    first = backend.to_pyarrow(bad_rows.select(*table.key).order_by(*table.key).limit(_SHOWN_KEYS)).to_pylist()
    keys = tuple("/".join(str(row[name]) for name in table.key) for row in first)
    return Violation(table.name, column, rule, n_rows, keys)


def select_broken(violation: Violation, table: Table, rows: Any, *, find: Find) -> Any:
    """Return the rows behind a violation as an expression, so that they can be counted together with others."""
    column = table.column(violation.column)
    match violation.rule:
        case "refers_to":
            assert column.refers_to is not None
            return rows.filter(_points_nowhere(rows, column, find(column.refers_to.split(".")[0])))
        case "unique":
            return rows.semi_join(_repeated(table, rows), list(table.key))
        case rule:
            return rows.filter(_row_rules(column, rows)[rule])


def _points_nowhere(rows: Any, column: Column, known: Any) -> Any:
    """Return the test that is true where a row points to a row that is not ``known``."""
    assert column.refers_to is not None
    key = column.refers_to.split(".")[1]
    return rows[column.name].notnull() & ~rows[column.name].isin(known.filter(known[key].notnull())[key])


def _repeated(table: Table, rows: Any) -> Any:
    """Return the keys that stand on several rows, and on how many."""
    keys = rows.group_by(*table.key).aggregate(n=rows.count())
    return keys.filter(keys.n > 1)


def _broken_keys(backend: Any, table: Table, rows: Any) -> list[Violation]:
    repeated = _repeated(table, rows)
    n_rows = int(backend.to_pyarrow(repeated.n.sum()).as_py() or 0)
    return [_violation(backend, table, f"{table.key[0]}:unique", n_rows, repeated)] if n_rows else []
