"""Which files did we get, and what columns have they?

A source is one file or a folder of them. Each text file, sheet of a workbook or Parquet file is one `DataFile`: its
columns, and its rows in batches, each row with the number that a spreadsheet gives it (the header is row 1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from saleslab.errors import FileProblem

Form = Literal["text", "sheet", "parquet"]

ENDINGS: Mapping[str, Form] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".gz": "text",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".xls": "sheet",
    ".ods": "sheet",
    ".parquet": "parquet",
}
MOST_COLUMNS = 2_000
ROWS_A_BATCH = 65_536

Report = Callable[[str, "list[int]", "list[str]"], None]
"""Takes a rule of `findings.SEVERITIES`, numbers of rows, and the rows as text where they cannot be read as cells."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file: their numbers, and their cells (text; typed where the file has types)."""

    numbers: NDArray[np.int64]
    cells: pa.RecordBatch

    def keep(self, mask: NDArray[np.bool_]) -> Batch:
        """Return the rows for which a mask is true."""
        return self if mask.all() else Batch(self.numbers[mask], self.cells.filter(pa.array(mask)))


@dataclass(frozen=True, slots=True)
class DataFile:
    """One table of a source.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it: its path below the source, and its sheet where it has several.
    form
        ``text``, ``sheet`` or ``parquet``.
    columns
        Names of its columns, each once; a repeated name gets a number.
    header_row
        Row number of the header.
    sheet
        Name of the sheet of a workbook.
    encoding, delimiter
        Of a text file.
    dropped
        Columns whose values are neither text nor numbers (pictures, lists); they cannot be kept.
    repeated
        Names that stood on several columns.
    cut_off
        Whether the file ends inside a quoted cell.
    """

    path: Path
    name: str
    form: Form
    columns: tuple[str, ...]
    header_row: int = 1
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    dropped: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    cut_off: bool = False
    skip_lines: int = field(default=1, repr=False)

    @property
    def stem(self) -> str:
        """Name by which maps know it: the sheet's where it has several, else the file's without its endings."""
        return self.sheet or self.path.name.split(".")[0]

    @property
    def size(self) -> int:
        """Bytes on disk, for progress bars."""
        return self.path.stat().st_size

    def batches(self, columns: Collection[str] | None = None, *, report: Report | None = None) -> Iterator[Batch]:
        """Yield the rows with some columns (all by default), without blank rows and report footers.

        ``report`` hears of rows that are cut off and of footers; without it they are passed over in silence, which
        serves a file that is read a second time.
        """
        wanted = tuple(name for name in self.columns if columns is None or name in columns)
        if self.form == "text":
            from saleslab.intake.text_files import read_text

            return read_text(self, wanted, report)
        if self.form == "sheet":
            from saleslab.intake.workbooks import read_sheet

            return read_sheet(self, wanted, report)
        from saleslab.intake.parquet_files import read_parquet

        return read_parquet(self, wanted)


def list_files(source: Path, *, known: Collection[str] = (), encoding: str | None = None) -> tuple[DataFile, ...]:
    """Return the tables of a source, a file or a folder, in the order of their names.

    Parameters
    ----------
    source
        A text file (CSV, TSV; gzip allowed), an Excel or OpenDocument workbook, a Parquet file, or a folder of such.
    known
        Normal names of columns that a map knows; the header is the row that holds most of them.
    encoding
        Of text files; found out by default (UTF-8 with or without mark, UTF-16 with mark, CP932).

    Raises
    ------
    FileProblem
        When there is no such file, nothing that can be read, or a file is empty, not text, or has no header.
    """
    if not source.exists():
        raise FileProblem(f"There is no file or folder '{source}'.", "correct the path of the export.")
    if source.is_file():
        return _open(source, source.name, known, encoding)
    if not source.is_dir():
        raise FileProblem(f"'{source}' is neither a file nor a folder.", "save the export as a file first.")
    paths = sorted(path for path in source.rglob("*") if _is_data(path, source))
    if not paths:
        raise FileProblem(
            f"The folder '{source}' holds no file that can be imported.",
            f"put exports into it that end in {', '.join(sorted(ENDINGS))}, or name one file.",
        )
    return tuple(table for path in paths for table in _open(path, path.relative_to(source).as_posix(), known, encoding))


def _is_data(path: Path, source: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(source).parts)
    return path.suffix.lower() in ENDINGS and path.is_file() and not hidden


def _open(path: Path, name: str, known: Collection[str], encoding: str | None) -> tuple[DataFile, ...]:
    try:
        return _open_by_form(path, name, known, encoding)
    except OSError as refused:
        raise FileProblem(
            f"'{name}' cannot be read ({refused.strerror or 'it is damaged'}).",
            "check that you may read it and that it was copied whole.",
        ) from None


def _open_by_form(path: Path, name: str, known: Collection[str], encoding: str | None) -> tuple[DataFile, ...]:
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise FileProblem(
            f"'{name}' ends in '{path.suffix}', which is no export that saleslab reads.",
            f"save it as one of {', '.join(sorted(ENDINGS))}.",
        )
    if path.stat().st_size == 0:
        raise FileProblem(f"'{name}' is empty (0 bytes).", "export it again; the download may have been cut off.")
    if form == "text":
        from saleslab.intake.text_files import open_text

        return (open_text(path, name, known, encoding),)
    if form == "sheet":
        from saleslab.intake.workbooks import open_workbook

        return open_workbook(path, name, known)
    from saleslab.intake.parquet_files import open_parquet

    return (open_parquet(path, name),)
