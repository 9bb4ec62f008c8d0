"""How a canonical table is stored: its Arrow schema, and the fitting of incoming data to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.errors import TableError
from saleslab.tables import Kind, Table, get_table
from saleslab.warehouse.fingerprints import hash_rows

Rows: TypeAlias = pa.Table | pa.RecordBatchReader | pd.DataFrame

MONEY = pa.decimal128(18, 2)
STORED_AS = {
    Kind.ID: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.BOOL: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: MONEY,
    Kind.RATE: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us"),
    Kind.JSON: pa.string(),
}
_WRITTEN_BY_WAREHOUSE = {"source_system", "loaded_at", "row_hash"}
_NOT_CONTENT = {"source_system", "loaded_at", "row_hash"}


@cache
def arrow_schema(name: str) -> pa.Schema:
    """Return the Arrow schema in which a canonical table is stored."""
    return pa.schema([(column.name, STORED_AS[column.kind]) for column in get_table(name).all_columns])


def fit_rows(table: Table, rows: Rows, *, source_system: str, loaded_at: datetime) -> Iterator[pa.Table]:
    """Yield incoming rows, a part at a time, with exactly the declared columns, types and a row hash.

    Raises
    ------
    TableError
        When a column is unknown, a required one is absent, or values do not fit its type.
    """
    for part in _parts(table, rows):
        _refuse_wrong_columns(table, part.column_names)
        yield _fit(table, part, source_system, loaded_at)


def _parts(table: Table, rows: Rows) -> Iterator[pa.Table]:
    if isinstance(rows, pd.DataFrame):
        yield _from_frame(table, rows)
    elif isinstance(rows, pa.Table):
        yield rows
    else:
        for batch in rows:
            yield pa.Table.from_batches([batch])


def _from_frame(table: Table, frame: pd.DataFrame) -> pa.Table:
    declared = {column.name: column for column in table.all_columns}
    fields: dict[str, pa.ChunkedArray] = {}
    for name in map(str, frame.columns):
        values = frame[name]
        if name in declared and declared[name].kind is Kind.DATE and pd.api.types.is_datetime64_any_dtype(values):
            fields[name] = pa.chunked_array([pa.array(values, from_pandas=True).cast(pa.date32(), safe=False)])
            continue
        try:
            fields[name] = pa.chunked_array([pa.array(values, from_pandas=True)])
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise TableError(
                f"{table.name}.{name} mixes values of different types.", "convert the column to one type first."
            ) from None
    return pa.table(fields)


def _refuse_wrong_columns(table: Table, given: list[str]) -> None:
    unknown = sorted(set(given) - set(table.column_names))
    if unknown:
        raise TableError(
            f"{table.name} has no column {', '.join(map(repr, unknown))}.",
            f"use its columns ({', '.join(c.name for c in table.columns)}), or put the rest into 'custom'.",
        )
    missing = sorted(set(table.required_columns) - set(given))
    if missing:
        raise TableError(
            f"{table.name} needs the column {', '.join(map(repr, missing))}; it has {', '.join(given)}.",
            f"rename the columns, or add them to the import map of '{table.name}'.",
        )


def _fit(table: Table, part: pa.Table, source_system: str, loaded_at: datetime) -> pa.Table:
    columns = {
        column.name: _fit_column(table, part, column.name, STORED_AS[column.kind])
        for column in table.all_columns
        if column.name not in _WRITTEN_BY_WAREHOUSE
    }
    columns["is_deleted"] = pc.fill_null(columns["is_deleted"], fill_value=False)
    content = {name: values for name, values in columns.items() if name not in _NOT_CONTENT}
    columns["row_hash"] = pa.chunked_array([hash_rows(content, part.num_rows)])
    given = part["source_system"].cast(pa.string()) if "source_system" in part.column_names else None
    columns["source_system"] = (
        pc.fill_null(given, source_system) if given is not None else _repeat(source_system, pa.string(), part.num_rows)
    )
    columns["loaded_at"] = _repeat(loaded_at, pa.timestamp("us"), part.num_rows)
    schema = arrow_schema(table.name)
    return pa.table([columns[field.name] for field in schema], schema=schema)


def _fit_column(table: Table, part: pa.Table, name: str, stored: pa.DataType) -> pa.ChunkedArray:
    if name not in part.column_names:
        return pa.chunked_array([pa.nulls(part.num_rows, stored)])
    values = part[name]
    if values.type == stored:
        return values
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values = values.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    if pa.types.is_floating(values.type) and stored == MONEY:
        values = pc.round(values, 2)
    if pa.types.is_integer(values.type) and stored == MONEY:
        values = values.cast(pa.decimal128(21, 2))
    try:
        return values.cast(stored)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise TableError(
            f"{table.name}.{name} holds values that are not {stored} (it came as {values.type}).",
            "convert the column, or correct the values that do not fit.",
        ) from None


def _repeat(value: object, stored: pa.DataType, n: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(pa.scalar(value, stored), n)])
