"""Parquet files: typed columns, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from saleslab.errors import FileProblem
from saleslab.intake.files import ROWS_A_BATCH, Batch, DataFile
from saleslab.intake.headers import name_columns


def open_parquet(path: Path, name: str) -> DataFile:
    """Return a Parquet file with the columns that hold text, numbers, dates or times.

    Raises
    ------
    FileProblem
        When it is no Parquet file.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        raise FileProblem(
            f"'{name}' cannot be opened as a Parquet file.", "write it again, or export CSV instead."
        ) from None
    kept = [field.name for field in schema if _is_plain(field.type)]
    columns, repeated = name_columns(kept, name)
    if repeated:
        raise FileProblem(f"'{name}' has two columns '{repeated[0]}'.", "write it again with unique names.")
    dropped = tuple(field.name for field in schema if not _is_plain(field.type))
    return DataFile(path, name, "parquet", columns, dropped=dropped)


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def read_parquet(file: DataFile, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of a Parquet file.

    Raises
    ------
    FileProblem
        When a part of it is damaged.
    """
    first = 2
    try:
        for cells in pq.ParquetFile(file.path).iter_batches(ROWS_A_BATCH, columns=list(wanted), use_threads=False):
            yield Batch(np.arange(first, first + cells.num_rows, dtype=np.int64), cells)
            first += cells.num_rows
    except (pa.ArrowInvalid, OSError):
        raise FileProblem(f"'{file.name}' is damaged after row {first}.", "write it again.") from None
