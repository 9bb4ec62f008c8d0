"""Workbooks: every sheet of an Excel or OpenDocument file that holds a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from saleslab.errors import FileProblem
from saleslab.intake.files import ROWS_A_BATCH, Batch, DataFile, Report
from saleslab.intake.headers import LOOKED_AT, TAIL, find_footer, find_header, name_columns


def open_workbook(path: Path, name: str, known: Collection[str]) -> tuple[DataFile, ...]:
    """Return the sheets of a workbook that hold a header.

    Raises
    ------
    FileProblem
        When it is no workbook, is protected by a password, or all of its sheets are empty.
    """
    tables = []
    sheets = _sheet_names(path, name)
    for sheet in sheets:
        rows = [[to_text(cell) for cell in row] for row in _rows(path, sheet, path.stat().st_mtime_ns)[:LOOKED_AT]]
        if not any(any(row) for row in rows):
            continue
        at = find_header(rows, known)
        header = rows[at]
        while header and not header[-1].strip():
            header = header[:-1]
        columns, repeated = name_columns(header, name)
        shown = f"{name} [{sheet}]" if len(sheets) > 1 else name
        only = sheet if len(sheets) > 1 else ""
        tables.append(DataFile(path, shown, "sheet", columns, header_row=at + 1, sheet=only, repeated=repeated))
    if not tables:
        raise FileProblem(f"Every sheet of '{name}' is empty.", "export it again.")
    return tuple(tables)


def _sheet_names(path: Path, name: str) -> list[str]:
    import python_calamine

    try:
        return list(python_calamine.CalamineWorkbook.from_path(path).sheet_names)
    except python_calamine.PasswordError:
        raise FileProblem(f"'{name}' is protected by a password.", "save a copy without it.") from None
    except (python_calamine.CalamineError, OSError):
        raise FileProblem(
            f"'{name}' cannot be opened as a workbook.", "open it in Excel and save it as .xlsx, or export CSV."
        ) from None


@lru_cache(maxsize=4)
def _rows(path: Path, sheet: str, changed: int) -> list[list[Any]]:  # noqa: ARG001 - a changed file is read anew
    import python_calamine

    workbook = python_calamine.CalamineWorkbook.from_path(path)
    page = workbook.get_sheet_by_name(sheet or workbook.sheet_names[0])
    return list(page.to_python(skip_empty_area=False))


def to_text(cell: object) -> str:
    """Return a cell of a workbook as the text that a CSV export would hold.

    Examples
    --------
    >>> to_text(5840.0), to_text(True), to_text(date(2026, 4, 1)), to_text(0.25)
    ('5840', 'TRUE', '2026-04-01', '0.25')
    """
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell.total_seconds())
    return str(cell)


def read_sheet(file: DataFile, wanted: Sequence[str], report: Report | None) -> Iterator[Batch]:
    """Yield the rows of one sheet, without blank rows and footer."""
    rows = _rows(file.path, file.sheet, file.path.stat().st_mtime_ns)
    start = find_footer([[to_text(cell) for cell in row] for row in rows[-TAIL:]])
    end = len(rows) if start is None else max(len(rows) - TAIL, 0) + start
    if report is not None:
        report("footer", list(range(end + 1, len(rows) + 1)), [])
    places = [file.columns.index(name) for name in wanted]
    for first in range(file.header_row, end, ROWS_A_BATCH):
        some = rows[first : min(first + ROWS_A_BATCH, end)]
        kept = [index for index, row in enumerate(some) if any(to_text(cell).strip() for cell in row)]
        arrays = [pa.array([_cell(some[i], place) for i in kept], pa.string()) for place in places]
        if kept:
            numbers = np.array(kept, dtype=np.int64) + first + 1
            yield Batch(numbers, pa.RecordBatch.from_arrays(arrays, names=list(wanted)))


def _cell(row: Sequence[object], place: int) -> str:
    return to_text(row[place]) if place < len(row) else ""
