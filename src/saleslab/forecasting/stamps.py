"""Which periods do time stamps stand for, and which come next?

Stamps become whole numbers on one grid (months, days, business days or a fixed step), so that the panel is arithmetic;
the grid turns numbers back into stamps of the kind that came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import TableError

Whole = npt.NDArray[np.int64]
Scale = Literal["number", "period", "month", "month_end", "business_day", "time"]

_DAY = 86_400_000_000_000
_NAMES = {("month", 1): "month", ("month", 3): "quarter", ("month", 6): "half", ("month", 12): "year"}
_TIME_NAMES = {_DAY: "day", 7 * _DAY: "week"}
_SEASONS = {"month": 12, "quarter": 4, "half": 2, "year": 1, "week": 52, "day": 7, "business_day": 5}
_PERIOD_NAMES = {"M": "month", "Q": "quarter", "Y": "year", "A": "year", "W": "week", "D": "day", "B": "business_day"}
_REGULAR_SHARE = 0.7
_FEWEST_GAPS = 5


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods of a panel as whole numbers: ``stamp = origin + step * number``.

    Attributes
    ----------
    scale
        What a unit is: a number as it stands, a pandas Period, a month (its day kept, or its last day), a business day,
        or nanoseconds.
    step
        Units between neighbouring periods.
    origin
        Unit of period 0.
    kind
        Dtype of the stamps as they came, so that they leave in the same form.
    grain
        ``month``, ``quarter``, ``half``, ``year``, ``week``, ``day``, ``business_day`` or ``other``.
    day
        Of the month, where the scale is ``month``.
    """

    scale: Scale
    step: int
    origin: int
    kind: Any
    grain: str
    day: int = 1

    @property
    def season_length(self) -> int:
        """Periods in the season that this grain has as a rule; 1 where none is known."""
        return _SEASONS.get(self.grain, 1)

    def restore(self, numbers: Whole) -> Any:
        """Return the stamps of periods."""
        units = self.origin + self.step * numbers
        match self.scale:
            case "number":
                return units.astype(self.kind)
            case "period":
                index: Any = pd.PeriodIndex  # its stubs know no from_ordinals
                return index.from_ordinals(units, freq=self.kind.freq)
            case "month" | "month_end":
                first = (units + self.scale.endswith("end")).astype("datetime64[M]").astype("datetime64[D]")
                moved = first + np.timedelta64(self.day - 1 if self.scale == "month" else -1, "D")
                return _write_moments(moved, self.kind)
            case "business_day":
                days = np.busday_offset(np.datetime64("1970-01-01"), units)
                return _write_moments(days, self.kind)
        return _write_moments(units.astype("datetime64[ns]"), self.kind)


def read_grid(stamps: pd.Series, code: Whole) -> tuple[Grid, Whole]:
    """Return the grid on which stamps lie, and the number of each.

    Parameters
    ----------
    stamps
        Whole numbers, pandas Periods, dates, timestamps, or text in ISO form; none missing.
    code
        Of the series to which each belongs.

    Raises
    ------
    TableError
        When they are no stamps, or series have different frequencies.

    Examples
    --------
    >>> months = pd.Series(pd.to_datetime(["2026-01-31", "2026-02-28", "2026-04-30"]))
    >>> grid, number = read_grid(months, np.zeros(3, dtype=np.int64))
    >>> grid.grain, number.tolist(), str(grid.restore(np.array([2]))[0].date())
    ('month', [0, 1, 3], '2026-03-31')
    """
    scale, units, kind, day = _read_units(stamps)
    step = _find_step(units, code, scale)
    if scale == "time" and step == _DAY and not _touches_weekends(units):
        scale, step = "business_day", 1
        units = np.busday_count(np.datetime64("1970-01-01"), units.astype("datetime64[ns]").astype("datetime64[D]"))
    origin = int(units.min()) if len(units) else 0
    if scale == "period":
        grain = _PERIOD_NAMES.get(str(kind.freq.rule_code)[:1], "other") if step == 1 else "other"
    elif scale == "business_day":
        grain = "business_day"
    elif scale == "time":
        grain = _TIME_NAMES.get(step, "other")
    else:
        grain = _NAMES.get((scale.removesuffix("_end"), step), "other")
    return Grid(scale, step, origin, kind, grain, day), ((units - origin) // step).astype(np.int64)


def _read_units(stamps: pd.Series) -> tuple[Scale, Whole, Any, int]:
    if isinstance(stamps.dtype, pd.PeriodDtype):
        return "period", np.asarray(stamps.astype("int64"), dtype=np.int64), stamps.dtype, 1
    if pd.api.types.is_integer_dtype(stamps):
        return "number", stamps.to_numpy(dtype=np.int64), stamps.dtype, 1
    if stamps.dtype == object and len(stamps) and isinstance(stamps.iloc[0], pd.Period):
        return _read_units(pd.Series(pd.PeriodIndex(stamps)))
    moments = pd.to_datetime(stamps, errors="coerce", format="ISO8601") if stamps.dtype.kind not in "fb" else None
    if moments is None or moments.isna().any():
        n = len(stamps) if moments is None else int(moments.isna().sum())
        raise TableError(
            f"{n} of {len(stamps)} values of panel.period are no dates and no whole numbers.",
            "give dates (2026-04-01), pandas Periods or whole numbers.",
        )
    plain = moments.dt.tz_localize(None) if moments.dt.tz is not None else moments
    values = plain.to_numpy().astype("datetime64[ns]")
    months = values.astype("datetime64[M]").astype(np.int64)
    dates = values.astype("datetime64[D]")
    is_whole = bool((dates == values).all())
    days = (dates - values.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    if is_whole and len(np.unique(days)) == 1 and days[0] <= 28:
        return "month", months, moments.dtype, int(days[0])
    if is_whole and ((dates + np.timedelta64(1, "D")).astype("datetime64[M]").astype(np.int64) == months + 1).all():
        return "month_end", months, moments.dtype, 1
    return "time", values.astype(np.int64), moments.dtype, 1


def _write_moments(moments: Any, kind: Any) -> pd.DatetimeIndex:
    """Return moments in the dtype in which they came; a time zone's wall clock is kept."""
    written = pd.DatetimeIndex(moments.astype("datetime64[ns]"))
    if isinstance(kind, pd.DatetimeTZDtype):
        return written.as_unit(kind.unit).tz_localize(kind.tz)
    unit: Any = np.datetime_data(kind)[0]
    return written.as_unit(unit)


def _find_step(units: Whole, code: Whole, scale: Scale) -> int:
    """Return the distance of neighbouring periods; refuse a panel in which regular series disagree on it."""
    order = np.lexsort([units, code])
    gap, same = np.diff(units[order]), np.diff(code[order]) == 0
    gap, owner = gap[same & (gap > 0)], code[order][1:][same & (gap > 0)]
    if not len(gap):
        return 1
    n_series = int(code.max()) + 1
    least = np.full(n_series, np.iinfo(np.int64).max)
    np.minimum.at(least, owner, gap)
    most = np.zeros(n_series, dtype=np.int64)
    np.maximum.at(most, owner, gap)
    n_gaps = np.bincount(owner, minlength=n_series)
    n_least = np.bincount(owner, gap == least[owner], minlength=n_series)
    n_odd = np.bincount(owner, gap % least[owner] != 0, minlength=n_series)
    is_even = (n_odd == 0) & (n_least >= _REGULAR_SHARE * n_gaps)
    regular = (n_gaps >= _FEWEST_GAPS) & (is_even | (most <= 1.15 * least))
    steps, n_each = np.unique(least[regular], return_counts=True)
    if len(steps) > 1:
        written = ", ".join(
            f"{n} series in steps of {_name_gap(int(gap), scale)}" for gap, n in zip(steps, n_each, strict=True)
        )
        raise TableError(
            f"panel holds {len(steps)} frequencies: {written}.",
            "forecast each frequency in a call of its own, or sum all series to the coarsest.",
        )
    if not len(steps):
        return int(np.gcd.reduce(gap))
    step = int(steps[0])
    is_astray = (units - units[np.flatnonzero(regular[code])[0]]) % step != 0
    if is_astray.any():
        raise TableError(
            f"The stamps of {len(np.unique(code[is_astray]))} series lie between the periods of the others "
            f"(in steps of {_name_gap(step, scale)}).",
            "give every row the first day of its period, and forecast other frequencies in a call of their own.",
        )
    return step


def _name_gap(gap: int, scale: Scale) -> str:
    unit = {"time": "day", "month": "month", "month_end": "month"}.get(scale, "period")
    size = gap / _DAY if scale == "time" else gap
    return f"{size:g} {unit}{'' if size == 1 else 's'}"


def _touches_weekends(units: Whole) -> bool:
    days = units.astype("datetime64[ns]").astype("datetime64[D]")
    return not bool(np.is_busday(days).all())
