"""CSV files that a spreadsheet opens without running anything: one rule for every file that we write."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from saleslab.errors import FileProblem

_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r]")
_NUMBER = re.compile(r"^[+-]?[\d.,]+%?$")


def disarm(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are.

    Examples
    --------
    >>> disarm("=cmd|' /C calc'!A0"), disarm("-1,200"), disarm("Acme")
    ("'=cmd|' /C calc'!A0", '-1,200', 'Acme')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """Give a place to write to, which takes the file's name once everything is written.

    Raises
    ------
    FileProblem
        When the file cannot be written; what was there before is there still.
    """
    half = file.parent / f".{file.name}.{os.getpid()}.unfinished"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield half
        half.replace(file)
    except OSError as refused:
        raise FileProblem(
            f"'{file}' cannot be written ({refused.strerror}).", "name a file that can be written."
        ) from None
    finally:
        with suppress(OSError):  # never made, or gone by its new name
            half.unlink()


def write_safe_csv(table: pd.DataFrame, file: Path) -> Path:
    """Write a table as CSV that a spreadsheet opens without running anything: UTF-8 with a byte-order mark.

    Text that begins like a formula gets an apostrophe before it; numbers stay as they are. The file appears when it is
    whole.

    Raises
    ------
    FileProblem
        When the file cannot be written.
    """
    safe = pd.DataFrame({name: _defuse(table[name]) for name in table.columns}, index=table.index)
    safe.columns = pd.Index([disarm(str(name)) for name in safe.columns])
    with written_whole(file) as half:
        safe.to_csv(half, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return file


def _defuse(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    return values.astype(object).map(lambda cell: disarm(cell) if isinstance(cell, str) else cell)
