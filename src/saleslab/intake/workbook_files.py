"""Workbooks that we write: one sheet that opens in Excel ready to be worked with, filtered and printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import east_asian_width

from saleslab.errors import BadArgument
from saleslab.intake.safe_files import written_whole

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CellForm = Literal["text", "whole", "share", "amount", "moment"]
"""How the cells of a column are shown: wrapped text, a whole number, per cent, an amount, a date with time."""

_PATTERNS: Mapping[CellForm, str] = {
    "text": "General", "whole": "0", "share": "0.0%", "amount": "#,##0", "moment": "yyyy/mm/dd hh:mm",
}  # fmt: skip
_MOST_ROWS, _MOST_CHARS = 1_048_575, 32_767
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDEST, _SLIMMEST, _MOMENT_WIDTH = 60, 6, 17
_A4 = 9
_WRITTEN_ON = datetime(2000, 1, 1)  # noqa: DTZ001 - stands in the file instead of the clock, so that its bytes are fixed


def write_workbook(table: pd.DataFrame, file: Path, *, title: str, forms: Mapping[str, CellForm] | None = None) -> Path:
    """Write a table as a workbook of one sheet: header frozen and filtered, printed one page wide.

    No cell can be a formula or a link: text is written as text. The same table gives the same bytes.

    Parameters
    ----------
    table
        Its column names are the header.
    file
        Where to write; it appears when it is whole.
    title
        Name of the sheet.
    forms
        How columns are shown; text where nothing is said.

    Raises
    ------
    BadArgument
        When a form is unknown, or the table has more rows than a sheet.
    FileProblem
        When the file cannot be written.
    """
    import xlsxwriter

    shown = dict(forms or {})
    wrong = sorted({form for form in shown.values() if form not in _PATTERNS})
    if wrong:
        raise BadArgument(f"A cell has no form {', '.join(wrong)}.", f"use one of: {', '.join(_PATTERNS)}.")
    if len(table) > _MOST_ROWS:
        raise BadArgument(f"A sheet holds {_MOST_ROWS:,} rows, not {len(table):,}.", "write CSV or Parquet.")
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        book.set_properties({"created": _WRITTEN_ON})
        sheet = book.add_worksheet(_NOT_IN_NAMES.sub(" ", title).strip()[:31] or "1")
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF4", "valign": "top"})
        for at, name in enumerate(table):
            form = shown.get(str(name), "text")
            look = book.add_format({"num_format": _PATTERNS[form], "valign": "top", "text_wrap": form == "text"})
            values = table[name].tolist()
            sheet.set_column(at, at, _find_width(str(name), values))
            sheet.write_string(0, at, str(name), heading)
            for row, value in enumerate(values, start=1):
                _write_cell(sheet, row, at, value, look)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(table), max(len(table.columns) - 1, 0))
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    with written_whole(file) as half:
        half.write_bytes(written.getvalue())
    return file


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, look: Format) -> None:
    import pandas as pd

    if pd.isna(value):
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, _UNPRINTABLE.sub("", str(value))[:_MOST_CHARS], look)


def _find_width(name: str, values: Iterable[Any]) -> int:
    """Return how wide a column is, a Japanese character counting as two; long text is wrapped."""
    lines = [line for value in values if isinstance(value, str) for line in value.split("\n")]
    widest = max(_count_width(line) for line in [name + "    ", *lines])
    has_moment = any(isinstance(value, datetime) for value in values)
    return min(max(widest + 2, _SLIMMEST, _MOMENT_WIDTH if has_moment else 0), _WIDEST)


def _count_width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
