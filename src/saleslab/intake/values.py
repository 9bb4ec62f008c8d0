"""Cells into values: text as a CRM exports it becomes numbers, amounts, flags, dates and times.

A column is read at once by Arrow; only the distinct cells that its fast forms do not cover go to
`saleslab.intake.written_values`. What cannot be read is never guessed: it becomes missing, and its place is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.intake.amounts import Remainder, as_numbers
from saleslab.intake.moments import as_dates, as_timestamps
from saleslab.intake.written_values import Unreadable, means_nothing, read_flag
from saleslab.tables import Kind

Mask = NDArray[np.bool_]
Edge = Literal["", "start", "end"]

ARROW_TYPES = {
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How a column is written.

    Parameters
    ----------
    kind
        What it holds.
    order
        ``DMY`` or ``MDY`` where dates have their year last; empty where that does not occur.
    zone
        IANA name of the zone of times without one.
    company_zone
        The company's zone, in which a date alone is a day.
    percent
        Rates are written 0-100.
    scale
        What a written number is multiplied by (1,000,000 for amounts in millions).
    edge
        For a time that is written as a date, month or quarter: its first instant (``start``) or last second (``end``).
    remainder
        Carries what rounding to cents leaves over to the next row, so that a column's total stays exact.
    decimal_comma
        Numbers are written 1.234,56.
    """

    kind: Kind
    order: str = ""
    zone: str = "UTC"
    company_zone: str = "UTC"
    percent: bool = False
    scale: Decimal = Decimal(1)
    edge: Edge = ""
    remainder: Remainder | None = None
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Values of one column, and for each rule that cells broke, a mask of their places. Broken cells are missing."""

    values: pa.Array
    broken: dict[str, Mask] = field(default_factory=dict)


def read_values(cells: pa.Array, manner: Manner) -> Reading:
    """Return the values of a column of cells.

    Parameters
    ----------
    cells
        Text, or typed values of a Parquet file; shape (n,).
    manner
        How they are written.

    Returns
    -------
    Reading
        Values in the type in which the kind is stored; rules ``unreadable``, ``ambiguous_date``, ``no_real_date``
        (year 0001 or 9999: the CRM's word for "none") and ``rounded`` (a note: the value is there).

    Examples
    --------
    >>> reading = read_values(pa.array(["1,200円", "", "many"]), Manner(Kind.MONEY))
    >>> [str(value) for value in reading.values.to_pylist()], reading.broken["unreadable"].tolist()
    (['1200.00', 'None', 'None'], [False, False, True])
    """
    cells = plain(cells)
    match manner.kind:
        case Kind.ID | Kind.TEXT | Kind.JSON:
            return Reading(as_text(cells))
        case Kind.BOOL:
            return _as_flags(cells)
        case Kind.DATE:
            return Reading(*as_dates(cells, manner, read_distinct))
        case Kind.TIMESTAMP:
            return Reading(*as_timestamps(cells, manner, read_distinct))
        case _:
            return Reading(*as_numbers(cells, manner, read_distinct))


def plain(cells: pa.Array) -> pa.Array:
    """Return cells without dictionary, text trimmed and empty text missing."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        cells = cells.cast(pa.string())
    if not pa.types.is_string(cells.type):
        return cells
    trimmed = pc.utf8_trim_whitespace(cells)
    empty = pc.equal(trimmed, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed


def as_text(cells: pa.Array) -> pa.Array:
    """Return any cells as text: whole numbers without decimals, dates and times in ISO 8601.

    Examples
    --------
    >>> as_text(pa.array([1.0, 2.5])).to_pylist()
    ['1', '2.5']
    """
    cells = plain(cells)
    if pa.types.is_string(cells.type):
        return cells
    text = cells.cast(pa.string())
    if pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        text = pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1")
        text = pc.replace_substring_regex(text, r"\.$", "")
    return text


def join_filled(parts: Sequence[pa.Array], separator: str) -> pa.Array:
    """Return texts joined row by row, empty ones left out; missing where all are.

    Arrow's own joining with ``null_handling="skip"`` drops rows in which every text is missing (seen in 26.0), hence
    this way round.

    Examples
    --------
    >>> join_filled([pa.array(["A", None, None]), pa.array(["B", "C", None])], "-").to_pylist()
    ['A-B', 'C', None]
    """
    led = [pc.fill_null(pc.binary_join_element_wise(separator, part, ""), "") for part in parts]
    joined = pc.binary_join_element_wise(*led, "") if len(led) > 1 else led[0]
    cut = pc.utf8_slice_codeunits(joined, len(separator))
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), cut)


def read_distinct(cells: pa.Array, read: Callable[[str], Any], kind: pa.DataType) -> tuple[pa.Array, dict[str, Mask]]:
    """Return values of text cells, each distinct one read once by a careful function.

    ``read`` returns a value, or raises `Unreadable`; a cell that says "none" is missing.
    """
    coded = cells.dictionary_encode()
    values, unreadable, ambiguous, unreal = [], [], [], []
    for text in coded.dictionary.to_pylist():
        value, wrong = None, ""
        if not means_nothing(text):
            try:
                value = read(text)
            except Unreadable as why:
                wrong = why.rule
        values.append(value)
        unreadable.append(wrong == "unreadable")
        ambiguous.append(wrong == "ambiguous_date")
        unreal.append(wrong == "no_real_date")
    found = pa.array(values, kind).take(coded.indices)
    places = pc.fill_null(coded.indices, len(values)).to_numpy(zero_copy_only=False)
    rules = {"unreadable": unreadable, "ambiguous_date": ambiguous, "no_real_date": unreal}
    masks = {rule: np.array([*flags, False], dtype=bool)[places] for rule, flags in rules.items() if any(flags)}
    return found, masks


def _as_flags(cells: pa.Array) -> Reading:
    if pa.types.is_boolean(cells.type):
        return Reading(cells)
    values, broken = read_distinct(as_text(cells), read_flag, pa.bool_())
    return Reading(values, broken)
