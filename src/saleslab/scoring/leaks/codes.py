"""How is a column read when one only asks whether it knows too much? As codes, whatever it holds.

`scoring.leads.columns` reads what a model is given, and leaves dates out of it; here a date is suspected first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.leads.outcomes import read_outcomes

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

FEWEST_OF_A_KIND = 5
"""Won, and not won, that are needed before a column can be suspected."""

_WRITTEN_DATE = re.compile(r"\s*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T].*)?")
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """One column, read.

    Attributes
    ----------
    codes
        The place of each row's value among the distinct ones, rising where they have a sequence; -1 where it is
        missing.
    n_distinct
        How many values there are.
    is_line
        Whether the values have a sequence: numbers and dates.
    is_whole
        Whether they are whole numbers.
    span
        Largest less smallest of whole numbers.
    times
        The column as moments in UTC, where it holds dates; else None.
    """

    codes: Integers
    n_distinct: int
    is_line: bool
    is_whole: bool = False
    span: float = 0.0
    times: pd.Series | None = None


def read_column(series: pd.Series) -> ReadColumn:
    """Return a column as codes; text that is all numbers or all dates is read as such."""
    import pandas as pd

    kind = series.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return _read_times(read_times(series))
    if isinstance(kind, pd.PeriodDtype):
        return _read_times(read_times(series.dt.to_timestamp()))
    if pd.api.types.is_complex_dtype(kind):
        series = series.astype("str").where(series.notna())
    elif pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return _read_numbers(series)
    elif isinstance(kind, pd.CategoricalDtype):
        series = series.astype(kind.categories.dtype)
        if not isinstance(series.dtype, pd.CategoricalDtype) and pd.api.types.is_numeric_dtype(series.dtype):
            return _read_numbers(series)
    return _read_text(series)


def _read_text(series: pd.Series) -> ReadColumn:
    import pandas as pd

    try:
        codes, distinct = pd.factorize(series)
    except TypeError:
        codes, distinct = pd.factorize(series.astype("str").where(series.notna()))
    texts = pd.Series([str(value).strip() for value in distinct], dtype="str")
    first = texts.head(_LOOKED_AT)
    if len(first) and first.map(lambda text: _WRITTEN_DATE.fullmatch(text) is not None).all():
        return _read_times(read_times(series))
    numbers = pd.to_numeric(texts, errors="coerce")
    if len(texts) and numbers.notna().all():
        return _read_numbers(pd.Series(numbers.to_numpy(dtype=np.float64)[codes]).mask(codes < 0))
    return ReadColumn(codes.astype(np.int64), len(distinct), is_line=False)


def _read_numbers(series: pd.Series) -> ReadColumn:
    import pandas as pd

    codes, distinct = pd.factorize(series, sort=True)
    if not len(distinct) or not pd.api.types.is_numeric_dtype(distinct.dtype):
        return ReadColumn(codes.astype(np.int64), len(distinct), is_line=True)
    values = np.asarray(distinct, dtype=np.float64)
    is_whole = bool(np.isfinite(values).all() and (values == np.round(values)).all())
    return ReadColumn(
        codes.astype(np.int64),
        len(values),
        is_line=True,
        is_whole=is_whole,
        span=values[-1] - values[0] if is_whole else 0,
    )


def _read_times(times: pd.Series) -> ReadColumn:
    import pandas as pd

    codes, distinct = pd.factorize(times, sort=True)
    return ReadColumn(codes.astype(np.int64), len(distinct), is_line=True, times=times)


def read_times(values: Any) -> pd.Series:
    """Return moments in UTC without a zone, missing where they cannot be read."""
    import pandas as pd

    read = pd.to_datetime(pd.Series(values), errors="coerce", utc=True, format="mixed")
    return read.dt.tz_localize(None).reset_index(drop=True)


def read_outcome(y: Any, n_rows: int) -> Booleans:
    """Return the outcome as yes and no; of two other values, the later one in sorting is the yes.

    Raises
    ------
    BadArgument
        When it does not fit the rows, or is missing somewhere, or has more than two values.
    NotEnoughData
        When there are fewer than 5 of either kind.
    """
    if len(y) != n_rows:
        raise BadArgument(f"X has {n_rows} rows, y has {len(y)}.", "pass one outcome for each row.")
    is_yes = read_outcomes(y) == 1
    if min(is_yes.sum(), (~is_yes).sum()) < FEWEST_OF_A_KIND:
        raise NotEnoughData(
            f"{is_yes.sum()} of {n_rows} leads were won; to suspect a column takes {FEWEST_OF_A_KIND} won and "
            f"{FEWEST_OF_A_KIND} not won.",
            "wait for more outcomes, or widen the period.",
        )
    return np.asarray(is_yes)


def read_order(time: Any, n_rows: int) -> Floats:
    """Return times, or numbers in the sequence of time, as numbers; NaN where they are missing."""
    import pandas as pd

    values = pd.Series(time).reset_index(drop=True)
    if len(values) != n_rows:
        raise BadArgument(f"X has {n_rows} rows, time has {len(values)}.", "pass one time for each row.")
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    moments = read_times(values)
    if (moments.isna() & values.notna()).any():
        raise BadArgument("Some times cannot be read.", "pass dates, timestamps or numbers.")
    seconds = (moments - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    return np.asarray(seconds, dtype=np.float64)
