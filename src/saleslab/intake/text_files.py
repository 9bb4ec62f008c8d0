"""Text files: CSV and its relatives, in bounded memory, every row with its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from saleslab.errors import FileProblem
from saleslab.intake.encodings import first_text, is_wide, look_at_text
from saleslab.intake.files import Batch, DataFile, Report
from saleslab.intake.headers import LOOKED_AT, TAIL, find_footer, find_header, name_columns

_DELIMITERS = ",\t;|"
_BLOCK = 1 << 24
_LONGEST_CELL = 1 << 20


def open_text(path: Path, name: str, known: Collection[str], encoding: str | None) -> DataFile:
    """Return a text file with its encoding, delimiter and columns found out.

    Raises
    ------
    FileProblem
        When it is no text, has no header, or no export has that many columns.
    """
    facts = look_at_text(path, name, encoding)
    text = first_text(path, facts.encoding)
    delimiter = _find_delimiter(text)
    rows, line_ends = _first_rows(text, delimiter, name)
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise FileProblem(f"'{name}' holds no text.", "export it again.")
    at = find_header(rows, known)
    columns, repeated = name_columns(rows[at], name)
    return DataFile(
        path,
        name,
        "text",
        columns,
        header_row=at + 1,
        encoding=facts.encoding,
        delimiter=delimiter,
        repeated=repeated,
        skip_lines=line_ends[at],
        cut_off=facts.ends_in_quote,
    )


def _find_delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
    counts = {mark: max((line.count(mark) for line in lines), default=0) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def _first_rows(text: str, delimiter: str, name: str) -> tuple[list[list[str]], list[int]]:
    """Return the first rows, and after how many lines of the file each ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == LOOKED_AT:
                break
    except csv.Error:
        if not rows:
            raise FileProblem(
                f"'{name}' row 1 has a cell of more than {csv.field_size_limit():,} characters.",
                "check that the quotes of the header pair up.",
            ) from None
    return rows, ends


def read_text(file: DataFile, wanted: Sequence[str], report: Report | None) -> Iterator[Batch]:
    """Yield the rows of a text file; cut rows and footers go to ``report``.

    Raises
    ------
    FileProblem
        When a quote is never closed, so that rows cannot be told apart.
    """
    bad: list[Any] = []

    def note_bad(row: Any) -> str:
        bad.append(row)
        return "skip"

    done, held = 0, None
    for cells in _stream(file, wanted, note_bad):
        if held is not None:
            yield from _without_blanks(held)
        numbers = _count_rows(done, cells.num_rows, [row.number - file.skip_lines for row in bad])
        done = int(numbers[-1]) if numbers.size else done
        held = Batch(numbers + file.header_row, cells)
    held = held or Batch(np.empty(0, np.int64), pa.RecordBatch.from_pydict({name: [] for name in wanted}))
    yield from _without_blanks(_without_footer(file, held, bad, report))


def _stream(file: DataFile, wanted: Sequence[str], note_bad: Any) -> Iterator[pa.RecordBatch]:
    columns = list(wanted) or [file.columns[0]]
    try:
        with _open_bytes(file) as stream:
            reader = arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK,
                    column_names=list(file.columns),
                    skip_rows=file.skip_lines,
                    encoding="utf-8" if is_wide(file.encoding) else file.encoding,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=file.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=note_bad,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={name: pa.string() for name in columns},
                    include_columns=columns,
                    strings_can_be_null=False,
                    check_utf8=True,
                ),
            )
            yield from reader
    except pa.ArrowInvalid as wrong:
        if "Empty CSV" in str(wrong) or "Could not skip initial" in str(wrong):
            return  # nothing follows the header
        raise FileProblem(
            f"'{file.name}' cannot be read as a table: a quoted cell is never closed.",
            "find the quote without a partner (often an inch mark), or export the file again.",
        ) from None


def _open_bytes(file: DataFile) -> Any:
    stream = pa.input_stream(str(file.path), compression="detect")
    if not is_wide(file.encoding):
        return stream
    with stream:  # Arrow cannot find line ends in UTF-16; such files come from Excel and are small
        return pa.BufferReader(stream.read().decode(file.encoding).encode())


def _count_rows(done: int, n: int, bad: list[int]) -> NDArray[np.int64]:
    """Return the places of the next good rows, those of bad ones left out."""
    skipped = np.array([place for place in bad if place > done], dtype=np.int64)
    return np.setdiff1d(np.arange(done + 1, done + 1 + n + skipped.size), skipped, assume_unique=True)[:n]


def _without_blanks(batch: Batch) -> Iterator[Batch]:
    """Yield a batch without the rows in which every cell is empty."""
    blank = np.ones(batch.cells.num_rows, dtype=bool)
    for cells in batch.cells.columns:
        if not blank.any():
            break
        blank &= pc.equal(pc.utf8_trim_whitespace(cells), "").to_numpy(zero_copy_only=False)
    if not blank.all():
        yield batch.keep(~blank)


def _without_footer(file: DataFile, last: Batch, bad: list[Any], report: Report | None) -> Batch:
    """Return the last rows without the footer of a report; tell of it, and of rows that are cut off."""
    tail = last.cells.slice(max(last.cells.num_rows - TAIL, 0))
    rows = {
        int(number): [str(cell) for cell in row.values()]
        for number, row in zip(last.numbers[-tail.num_rows :], tail.to_pylist(), strict=False)
        if tail.num_rows
    }
    texts = {row.number - file.skip_lines + file.header_row: row.text for row in bad}
    rows |= {number: next(csv.reader([text], delimiter=file.delimiter), []) for number, text in _last(texts)}
    ordered = sorted(rows)[-TAIL:]
    start = find_footer([rows[number] for number in ordered])
    footer = set(ordered[start:]) if start is not None else set()
    cut = {number: text for number, text in texts.items() if number not in footer}
    if report is not None:
        report("footer", sorted(footer), [])
        report("truncated_row", sorted(cut), [cut[number] for number in sorted(cut)])
    return last.keep(~np.isin(last.numbers, list(footer)))


def _last(texts: dict[int, str]) -> list[tuple[int, str]]:
    return [(number, text[:_LONGEST_CELL]) for number, text in sorted(texts.items())[-TAIL:]]
