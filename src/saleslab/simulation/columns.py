"""How arrays become canonical tables: ids, picked words, yen, times, and the check against the declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.errors import TableError
from saleslab.simulation.clock import DAY, UTC_OFFSET
from saleslab.simulation.streams import Bools, Ints
from saleslab.tables import Kind, get_table

PREFIX = "sim:"
_DIGITS = 8

ARROW_TYPES: Mapping[Kind, Any] = {
    Kind.ID: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.JSON: pa.string(),
    Kind.BOOL: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.RATE: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us"),
}
"""Arrow type of each kind of column."""


def make_ids(kind: str, n: int) -> pa.Array:
    """Return ``n`` ids such as ``sim:lead-00000001``, counted from 1.

    Examples
    --------
    >>> make_ids("lead", 2).to_pylist()
    ['sim:lead-00000001', 'sim:lead-00000002']
    """
    head = np.frombuffer(f"{PREFIX}{kind}-".encode(), dtype=np.uint8)
    text = np.empty((n, len(head) + _DIGITS), dtype=np.uint8)
    text[:, : len(head)] = head
    rest = np.arange(1, n + 1, dtype=np.int64)
    for place in range(1, _DIGITS + 1):
        rest, digit = np.divmod(rest, 10)
        text[:, -place] = digit + ord("0")
    offsets = np.arange(n + 1, dtype=np.int32) * text.shape[1]
    return pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def pick(values: pa.Array | Sequence[str | None], index: npt.NDArray[Any]) -> pa.Array:
    """Return the values at positions; a negative position gives a missing value."""
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    if len(array) == 0:
        return pa.nulls(len(index), pa.string())
    missing = index < 0
    return pc.take(array, pa.array(index, mask=missing if missing.any() else None))


def yen(amount: npt.NDArray[Any], known: Bools | None = None) -> pa.Array:
    """Return whole yen as DECIMAL(18, 2), exact and without a Python object per row.

    Examples
    --------
    >>> yen(np.array([5, -20])).to_pylist()
    [Decimal('5.00'), Decimal('-20.00')]
    """
    sen = np.asarray(amount, dtype=np.int64) * 100
    halves = np.empty((len(sen), 2), dtype=np.int64)  # DECIMAL128 is two's complement, low half first
    halves[:, 0] = sen
    halves[:, 1] = np.where(sen < 0, -1, 0)
    money = pa.Array.from_buffers(pa.decimal128(18, 2), len(sen), [None, pa.py_buffer(halves)])
    return money if known is None else pc.if_else(pa.array(known), money, pa.scalar(None, money.type))


def stamps(local_seconds: Ints, known: Bools | None = None) -> pa.Array:
    """Return local seconds as UTC timestamps without a zone; rows that are not known are missing."""
    micros = (np.asarray(local_seconds, dtype=np.int64) - UTC_OFFSET) * 1_000_000
    mask = None if known is None else ~known
    return pa.array(micros.astype("datetime64[us]"), mask=mask)


def dates(day_numbers: Ints, known: Bools | None = None) -> pa.Array:
    """Return day numbers as dates; rows that are not known are missing."""
    mask = None if known is None else ~known
    return pa.array(np.asarray(day_numbers, dtype=np.int64).astype("datetime64[D]"), type=pa.date32(), mask=mask)


def day_of_local(local_seconds: Ints) -> Ints:
    """Return the local day of local seconds."""
    return local_seconds // DAY


def make_table(name: str, columns: Mapping[str, Any], n: int) -> pa.Table:
    """Return a canonical table from arrays and constants; columns that are not given are missing values.

    Parameters
    ----------
    name
        Canonical table.
    columns
        Arrow arrays, numpy arrays, lists, or one constant for all rows.
    n
        Number of rows.

    Raises
    ------
    TableError
        When a column is not declared.
    """
    declared = get_table(name)
    unknown = sorted(set(columns) - {c.name for c in declared.columns})
    if unknown:
        raise TableError(f"{name} has no column {', '.join(unknown)}.", "name columns as the canonical table does.")
    arrays, fields = [], []
    for column in declared.columns:
        wanted = ARROW_TYPES[column.kind]
        arrays.append(_as_array(columns.get(column.name), wanted, n))
        fields.append(pa.field(column.name, wanted))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _as_array(values: Any, wanted: Any, n: int) -> pa.Array:
    if values is None:
        return pa.nulls(n, wanted)
    if isinstance(values, str | bool | int | float):
        return pa.repeat(pa.scalar(values, wanted), n)
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if array.type == wanted else array.cast(wanted)
