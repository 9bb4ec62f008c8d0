"""How are time stamps written, and which moments or numbers do they name?

A column of stamps is read once, whatever it holds (whole numbers, pandas Periods, timestamps, dates, text), and its
form is kept, so that periods to come are written as the ones before were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import TableError

Whole = npt.NDArray[np.int64]
Moments = npt.NDArray[np.datetime64]

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_QUARTER = re.compile(r"(\d{4})([-/ ]?)Q([1-4])")
_WEEK = re.compile(r"(\d{4})(-?)W(\d{2})")
_MONTH = re.compile(r"\d{4}(?:0[1-9]|1[0-2])")
_DATES = ("%Y-%m-%d", "%Y-%m", "%Y/%m/%d", "%Y/%m", "%Y%m%d", "%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True, slots=True)
class StampForm:
    """How a column writes its stamps.

    Attributes
    ----------
    kind
        What the stamps are: whole numbers, pandas Periods, or moments.
    dtype
        Of the column as it came.
    writing
        How they are written: as ``stamp``, as Python ``date``, or by the pattern as ``text`` or ``number``.
    pattern
        As of `datetime.strftime`; ``%q`` is the quarter.
    zone
        Time zone of moments; None without one.
    is_utc
        Whether moments are counted in UTC: those within a day are, for an hour may come twice on the wall clock.
    """

    kind: Literal["number", "period", "moment"]
    dtype: Any
    writing: Literal["stamp", "date", "text", "number"] = "stamp"
    pattern: str = ""
    zone: Any = None
    is_utc: bool = False

    def write(self, named: Any) -> Any:
        """Return whole numbers, ordinals of Periods or moments in this form."""
        if self.kind == "number" and self.writing == "text":
            return pd.Index([str(number) for number in named], dtype=self.dtype)
        if self.kind == "number":
            return _write_numbers(named, self.dtype)
        if self.kind == "period":
            return self.to_index(named)
        if self.writing == "stamp":
            return self.to_index(named)
        days = named.astype("datetime64[s]").astype(object)
        if self.writing == "date":
            return pd.Index([day.date() for day in days], dtype=object)
        texts = [day.strftime(self.pattern.replace("%q", str((day.month + 2) // 3))) for day in days]
        if self.writing == "text":
            return pd.Index(texts, dtype=self.dtype)
        return _write_numbers(np.array(texts, dtype=np.int64), self.dtype)

    def to_index(self, named: Any) -> Any:
        """Return ordinals of Periods, or moments, as an index of pandas that can be reckoned with."""
        if self.kind == "period":
            index: Any = pd.PeriodIndex  # its stubs know no from_ordinals
            return index.from_ordinals(named, freq=self.dtype.freq)
        moments = pd.DatetimeIndex(named)
        if self.writing == "stamp":
            moments = moments.as_unit(_find_unit(self.dtype))
        if self.zone is None:
            return moments
        if self.is_utc:
            return moments.tz_localize("UTC").tz_convert(self.zone)
        return moments.tz_localize(self.zone, ambiguous=np.ones(len(moments), dtype=bool), nonexistent="shift_forward")


def read_stamps(stamps: pd.Series, *, of: str = "panel.period") -> tuple[StampForm, Any]:
    """Return the form of a column of stamps, and what they name: numbers, ordinals, or moments without a zone.

    Parameters
    ----------
    stamps
        Whole numbers, pandas Periods, dates, timestamps, or text: ISO dates, ``2026Q1``, ``2026-W05``, ``202604``.
        Numbers such as 202604 and 20260430 are read as months and days where all of them can be. None is missing.
    of
        What they are called in a message.

    Raises
    ------
    TableError
        When they are no stamps.

    Examples
    --------
    >>> form, moments = read_stamps(pd.Series([202611, 202612]))
    >>> moments.astype("datetime64[D]").astype(str).tolist(), form.write(moments + np.timedelta64(31, "D")).tolist()
    (['2026-11-01', '2026-12-01'], [202612, 202701])
    """
    if isinstance(stamps.dtype, pd.CategoricalDtype):
        stamps = stamps.astype(stamps.cat.categories.dtype)
    inner = pd.api.types.infer_dtype(stamps, skipna=True) if stamps.dtype == object else ""
    try:
        if isinstance(stamps.dtype, pd.PeriodDtype) or inner == "period":
            periods = pd.PeriodIndex(stamps)
            return StampForm("period", periods.dtype), np.asarray(periods.astype("int64"), dtype=np.int64)
        numbers = _read_numbers(stamps, inner)
        if numbers is not None:
            return _read_written_numbers(numbers, stamps.dtype)
        if pd.api.types.is_string_dtype(stamps) and inner in {"", "string"}:
            return _read_text(stamps, of)
        return _read_moments(stamps, inner, of)
    except TableError:
        raise
    except (TypeError, ValueError):
        raise _name_strangers(len(stamps), len(stamps), of) from None


def read_starts(stamps: pd.Series, *, of: str = "panel.period") -> pd.Series:
    """Return the first moment of each period, as timestamps.

    Examples
    --------
    >>> [str(day.date()) for day in read_starts(pd.Series(["2026Q1", "2026Q2"]))]
    ['2026-01-01', '2026-04-01']
    """
    form, named = read_stamps(stamps, of=of)
    if form.kind == "number":
        raise _name_strangers(len(stamps), len(stamps), of)
    index = form.to_index(named)
    return pd.Series(index.to_timestamp() if form.kind == "period" else index, index=stamps.index, name=stamps.name)


def _name_strangers(n: int, n_all: int, of: str) -> TableError:
    return TableError(
        f"{n} of {n_all} values of {of} are no dates and no whole numbers.",
        "give dates (2026-04-01), months (2026-04), quarters (2026Q1), pandas Periods or whole numbers.",
    )


def _read_numbers(stamps: pd.Series, inner: str) -> Whole | None:
    """Return whole numbers, however they are kept; None where stamps are no numbers."""
    is_real = pd.api.types.is_float_dtype(stamps)
    if not (pd.api.types.is_integer_dtype(stamps) or is_real or inner == "integer"):
        return None
    if is_real and not bool(np.isfinite(values := stamps.to_numpy(dtype=np.float64)).all() and (values % 1 == 0).all()):
        raise ValueError
    return np.asarray(stamps.to_numpy(), dtype=np.int64)


def _read_written_numbers(numbers: Whole, dtype: Any) -> tuple[StampForm, Any]:
    """Return numbers as months (202604) or days (20260430) where all can be read so, else as they stand."""
    for pattern, size in (("%Y%m", 100), ("%Y%m%d", 10_000)):
        years, rest = numbers // size, numbers % size
        months, days = (rest, np.ones_like(rest)) if size == 100 else (rest // 100, rest % 100)
        if not (((years >= _FIRST_YEAR) & (years <= _LAST_YEAR) & (months >= 1) & (months <= 12) & (days >= 1)).all()):
            continue
        first = (12 * (years - 1970) + months - 1).astype("datetime64[M]")
        moments = first.astype("datetime64[D]") + (days - 1)
        if (moments.astype("datetime64[M]") == first).all():
            return StampForm("moment", dtype, "number", pattern), moments.astype("datetime64[us]")
    return StampForm("number", dtype), numbers


def _write_numbers(numbers: Whole, dtype: Any) -> Any:
    """Return whole numbers as they came, or as wide ones where they would not fit."""
    if isinstance(dtype, np.dtype) and dtype.kind in "iu" and len(numbers):
        limits = np.iinfo(dtype)
        if numbers.min() < limits.min or numbers.max() > limits.max:
            return numbers
    return pd.Index(numbers, dtype=np.int64).astype(dtype)


def _read_text(stamps: pd.Series, of: str) -> tuple[StampForm, Any]:
    text = stamps.astype(str).str.strip()
    first = text.iloc[0]
    if seen := _QUARTER.fullmatch(first):
        parts = text.str.extract(f"^{_QUARTER.pattern}$")
        year, quarter = (parts[at].to_numpy(dtype=np.int64) for at in (0, 2))
        moments = (12 * (year - 1970) + 3 * (quarter - 1)).astype("datetime64[M]")
        return StampForm("moment", stamps.dtype, "text", f"%Y{seen[2]}Q%q"), moments.astype("datetime64[us]")
    if seen := _WEEK.fullmatch(first):
        parts = text.str.extract(f"^{_WEEK.pattern}$")
        days = [date.fromisocalendar(int(year), int(week), 1) for year, week in zip(parts[0], parts[2], strict=True)]
        return StampForm("moment", stamps.dtype, "text", f"%G{seen[2]}W%V"), np.array(days, dtype="datetime64[us]")
    if text.str.fullmatch(_MONTH.pattern).all():
        months = pd.to_datetime(text, format="%Y%m")
        return StampForm("moment", stamps.dtype, "text", "%Y%m"), months.to_numpy().astype("datetime64[us]")
    if text.str.fullmatch(r"\d+").all() and (text.str.len() < len("2026")).any():
        return StampForm("number", stamps.dtype, "text"), text.astype(np.int64).to_numpy()
    form, moments = _read_moments(text, "", of)
    if form.zone is not None:
        return form, moments
    some = pd.DatetimeIndex(moments[:1])
    pattern = next((known for known in _DATES if some.strftime(known)[0] == first), None)
    if pattern is None or not (text.str.len() == len(first)).all():
        return form, moments
    return StampForm("moment", stamps.dtype, "text", pattern), moments


def _read_moments(stamps: pd.Series, inner: str, of: str) -> tuple[StampForm, Moments]:
    moments = pd.to_datetime(stamps, errors="coerce", format="ISO8601")
    if moments.isna().any():
        raise _name_strangers(int(moments.isna().sum()), len(stamps), of)
    index = pd.DatetimeIndex(moments)
    unit = _find_unit(index.dtype)
    zone, is_utc = index.tz, False
    if zone is not None:
        wall = index.tz_localize(None)
        clock = wall - wall.normalize()
        is_utc = bool((clock != clock[0]).any())
        index = index.tz_convert("UTC").tz_localize(None) if is_utc else wall
    named = index.to_numpy().astype(f"datetime64[{unit if unit == 'ns' else 'us'}]")
    if inner == "date":
        return StampForm("moment", stamps.dtype, "date"), named
    return StampForm("moment", index.dtype, zone=zone, is_utc=is_utc), named


def _find_unit(dtype: Any) -> Any:
    return dtype.unit if isinstance(dtype, pd.DatetimeTZDtype) else np.datetime_data(dtype)[0]
