"""What was handed over? Any frame as named columns: numbers, names, or dates, whatever library holds it.

pandas with its `str`, category, nullable and Arrow types, and every library that exports Arrow (Polars, PyArrow,
DuckDB) say the same thing with other types. They are read here once, so that no other file needs to know.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, TableError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_WRITTEN_DATE = re.compile(r"\s*(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([ T].*)?")
_LOOKED_AT = 200
"""Names of a column that are looked at to see whether they are dates."""


@dataclass(frozen=True, slots=True)
class Names:
    """A column of names, such as a source: the distinct ones, and which of them each row has (-1: none)."""

    codes: Codes
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """A column of dates; a model cannot use it as it is.

    Attributes
    ----------
    is_text
        Whether the dates are written as text.
    """

    is_text: bool


Column = Floats | Names | Dates


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a frame, read.

    Attributes
    ----------
    named
        Column by its name, in the order of the frame.
    n_rows
        Rows of the frame.
    """

    named: Mapping[str, Column]
    n_rows: int

    def take(self, rows: npt.NDArray[np.intp]) -> Columns:
        """Return some of the rows."""
        return Columns({name: _take(column, rows) for name, column in self.named.items()}, len(rows))


def _take(column: Column, rows: npt.NDArray[np.intp]) -> Column:
    match column:
        case Dates():
            return column
        case Names():
            return Names(column.codes[rows], column.known)
        case _:
            return column[rows]


def is_frame(data: object) -> bool:
    """Say whether data have named columns: a pandas frame, or whatever exports Arrow (Polars, PyArrow)."""
    return isinstance(data, pd.DataFrame) or hasattr(data, "__arrow_c_stream__")


def to_pandas(data: object) -> pd.DataFrame:
    """Return a frame of any library as a pandas frame, each column named by text."""
    if isinstance(data, pd.DataFrame):
        frame = data
    else:
        import pyarrow as pa

        frame = pa.table(data).to_pandas()
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated):
        raise TableError(
            f"{len(repeated)} column names stand more than once: {_list(repeated)}.", "give each column its own name."
        )
    return frame


def read_columns(frame: pd.DataFrame, wanted: tuple[str, ...] | None = None) -> Columns:
    """Return the wanted columns of a frame, read as numbers, names or dates.

    Raises
    ------
    TableError
        When wanted columns are missing: all of them are named.
    BadArgument
        When numbers are infinite (all such columns are named), or a column holds complex numbers or lists.

    Examples
    --------
    >>> read = read_columns(pd.DataFrame({"source": ["web", None, "web"], "visits": [3, None, 1]}))
    >>> read.named["source"].known, read.named["source"].codes.tolist(), read.named["visits"].tolist()
    (('web',), [0, -1, 0], [3.0, nan, 1.0])
    """
    names = {str(label): label for label in frame.columns.tolist()}
    if wanted is None:
        wanted = tuple(names)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise TableError(
            f"{len(missing)} of {len(wanted)} columns that the model was trained on are missing: {_list(missing)}.",
            "add them under these names (empty where not known), or train again without them.",
        )
    values = {name: _read(name, frame[names[name]]) for name in wanted}
    n_endless = {name: np.count_nonzero(np.isinf(c)) for name, c in values.items() if isinstance(c, np.ndarray)}
    endless = {name: n for name, n in n_endless.items() if n}
    if endless:
        raise BadArgument(
            f"{len(endless)} columns hold infinite values: "
            f"{_list(f'{name} ({n} rows)' for name, n in endless.items())}.",
            "leave these cells empty, or repair the division that made them.",
        )
    return Columns(values, len(frame))


def read_array(values: Floats) -> Columns:
    """Return the columns of an array of numbers, named ``x0``, ``x1`` and so on."""
    endless = [f"x{j}" for j in range(values.shape[1]) if np.isinf(values[:, j]).any()]
    if endless:
        raise BadArgument(
            f"{len(endless)} columns hold infinite values: {_list(endless)}.",
            "leave these cells empty (NaN), or repair the division that made them.",
        )
    return Columns({f"x{j}": np.ascontiguousarray(values[:, j]) for j in range(values.shape[1])}, len(values))


def _read(name: str, series: pd.Series) -> Column:
    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":  # the rest of the way is long for one row
        return np.asarray(series.array, dtype=np.float64)
    if isinstance(dtype, pd.CategoricalDtype):
        return _name(
            np.asarray(series.array.codes, dtype=np.int64), np.asarray(dtype.categories, dtype=object).tolist()
        )
    if pd.api.types.is_complex_dtype(dtype):
        raise BadArgument(f"Column '{name}' holds complex numbers.", "give real numbers or names.")
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return Dates(is_text=False)
    if pd.api.types.is_timedelta64_dtype(dtype):
        return np.asarray(series.dt.total_seconds().to_numpy(dtype=np.float64) / 86_400)
    return _read_objects(name, series)


def _read_objects(name: str, series: pd.Series) -> Column:
    """Return a column of text, or of numbers or dates that are held as objects."""
    try:
        codes, distinct = pd.factorize(series)
    except TypeError:
        raise BadArgument(
            f"Column '{name}' holds lists or other things that are neither numbers nor names.",
            "spread them over columns, or leave the column out.",
        ) from None
    known = list(distinct)
    if known and all(not isinstance(value, str) and _is_number(value) for value in known):
        numbers = np.array([*(float(value) for value in known), np.nan])
        return numbers[codes]
    if known and not any(isinstance(value, str) for value in known) and _are_moments(known):
        return Dates(is_text=False)
    texts = [str(value) for value in known]
    looked_at = [text for text in texts[:_LOOKED_AT] if text.strip()]
    if looked_at and all(_WRITTEN_DATE.fullmatch(text) for text in looked_at):
        return Dates(is_text=True)
    return _name(codes.astype(np.int64), texts)


def _is_number(value: object) -> bool:
    from decimal import Decimal
    from numbers import Real

    return isinstance(value, Real | Decimal | np.bool_)


def _are_moments(values: list[Hashable]) -> bool:
    from datetime import date

    return all(isinstance(value, date) for value in values)


def _name(codes: Codes, known: Sequence[object]) -> Names:
    """Return a column of names; blank text is no name, and a number without a fraction is written without one."""
    texts = [_write(value) for value in known]
    distinct = sorted({text for text in texts if text})
    place = {text: at for at, text in enumerate(distinct)}
    table = np.array([*(place.get(text, -1) for text in texts), -1], dtype=np.int64)
    return Names(table[codes], tuple(distinct))


def _write(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _list(names: object) -> str:
    shown = [f"'{name}'" if isinstance(name, str) and "(" not in name else str(name) for name in names]  # type: ignore[attr-defined]
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "")
