"""From a data frame to the cells a reader sees: typed values in rows, capped, in the order of the headings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument
from saleslab.periods import Month, Period
from saleslab.reporting.blocks import Column, Grid
from saleslab.reporting.canonical import Cell
from saleslab.wording import Change, Count, Days, Money, Number, Points, Share, Text, section

if TYPE_CHECKING:
    import pandas as pd

TABLE_ROWS = 50
"""Rows of a table that a page shows."""

FIGURE_ROWS = 120
"""Rows of the numbers folded under a figure."""

_WRITTEN = (Money, Share, Points, Change, Count, Number, Days, Text, Period, Month, str)


def grid_of(
    data: pd.DataFrame, columns: Mapping[str, Text] | None, *, limit: int, place: str, loose: bool = False
) -> Grid:
    """Return the first rows of a frame as a grid.

    Parameters
    ----------
    data
        Cells are values of `saleslab.wording`, text, whole numbers, dates, periods, or missing (None, NaN, NaT, NA).
    columns
        Headings by column name; only these columns are shown, in this order. None shows all of them, headed by the
        glossary's term where it has one.
    limit
        How many rows are held; ``n_rows`` keeps the count of all.
    place
        Name of the block, for error messages.
    loose
        Accept bare floats and decimals too, written with as many decimals as their size asks for.

    Raises
    ------
    BadArgument
        When a column is not in the data, no column is left, or a cell has no written form.

    Examples
    --------
    >>> import pandas as pd
    >>> grid = grid_of(pd.DataFrame({"stage": ["A"], "n_deals": [3]}), None, limit=50, place="pipeline")
    >>> grid.columns[1].label.ja, grid.rows
    ('商談数', (('A', 3),))
    """
    headings = _headings(data, columns, place)
    shown = data[[*headings]].head(limit)
    digits = {name: _digits(shown[name]) for name in headings} if loose else {}
    rows = tuple(
        tuple(_cell(value, digits.get(name), f"{place}.{name}") for name, value in zip(headings, row, strict=True))
        for row in shown.astype(object).itertuples(index=False, name=None)
    )
    return Grid(tuple(Column(name, label) for name, label in headings.items()), rows, len(data))


def _headings(data: pd.DataFrame, columns: Mapping[str, Text] | None, place: str) -> dict[str, Text]:
    if columns is None:
        terms = section("glossary")
        return {str(name): terms.get(str(name), Text.same(str(name))) for name in data.columns}
    unknown = [name for name in columns if name not in data.columns]
    if unknown or not columns:
        raise BadArgument(
            f"{place} has no column {', '.join(map(repr, unknown)) or 'at all'}; its data have: "
            f"{', '.join(map(str, data.columns))}.",
            "head only columns that are in the data.",
        )
    return dict(columns)


def _digits(values: pd.Series[Any]) -> int:
    """Return how many decimals bare numbers of one column need: three significant digits at the largest of them."""
    sizes = [abs(float(value)) for value in values.dropna() if isinstance(value, float | Decimal)]
    if not sizes or all(size.is_integer() for size in sizes):
        return 0
    largest = max(sizes)
    return 0 if largest >= 100 else 1 if largest >= 10 else 2 if largest >= 1 else 3


def _cell(value: Any, digits: int | None, place: str) -> Cell:
    import pandas as pd

    if isinstance(value, _WRITTEN):
        return value
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    match value:
        case bool():
            pass
        case int():
            return value
        case datetime():
            day = value.date()
            return day if value.time() == datetime.min.time() else value.replace(microsecond=0, tzinfo=None)
        case date():
            return value
        case float() | Decimal() if digits is not None:
            return Number(float(value), digits)
    raise BadArgument(
        f"{place} holds a {type(value).__name__}, which has no written form.",
        "wrap it in Money, Share, Points, Change, Count, Number, Days or a Text.",
    )
