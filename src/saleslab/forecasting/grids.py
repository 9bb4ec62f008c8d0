"""Which periods do time stamps stand for, and which come next?

Stamps become whole numbers on one grid (months, days, business days or a fixed step), so that the panel is arithmetic;
the grid turns numbers back into stamps of the form in which they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.errors import TableError
from saleslab.forecasting.stamps import Moments, StampForm, Whole, read_stamps
from saleslab.forecasting.steps import find_shift, find_step

Scale = Literal[
    "number", "period", "month", "month_end", "first_workday", "last_workday", "business_day", "day", "time"
]

_NAMES = {("month", 1): "month", ("month", 3): "quarter", ("month", 6): "half", ("month", 12): "year"}
_NAMES |= {("day", 1): "day", ("day", 7): "week", ("business_day", 1): "business_day"}
_SEASONS = {"month": 12, "quarter": 4, "half": 2, "year": 1, "week": 52, "day": 7, "business_day": 5}
_PERIOD_NAMES = {"M": "month", "Q": "quarter", "Y": "year", "A": "year", "W": "week", "D": "day", "B": "business_day"}
_OF_MONTHS = ("month", "month_end", "first_workday", "last_workday")
_FEWEST_MONTHS = 3
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The periods of a panel as whole numbers: ``stamp = origin + step * number``.

    Attributes
    ----------
    scale
        What a unit is: a number as it stands, a pandas Period, a month (marked by a day of it, its last day, or its
        first or last working day), a day, a business day, or the resolution of the stamps.
    step
        Units between neighbouring periods.
    origin
        Unit of period 0.
    form
        How stamps are written.
    grain
        ``month``, ``quarter``, ``half``, ``year``, ``week``, ``day``, ``business_day`` or ``other``.
    day
        Of the month, where the scale is ``month``: one for all series, or one each. The last, where a month is shorter.
    clock
        Time of the day of the stamps, in their resolution; None where they are no moments.
    shift
        Units by which the periods of each series begin after those of the grid; None where none does.
    """

    scale: Scale
    step: int
    origin: int
    form: StampForm
    grain: str
    day: int | Whole = 1
    clock: Any = None
    shift: Whole | None = None

    @property
    def season_length(self) -> int:
        """Periods in the season that this grain has as a rule; 1 where none is known."""
        return _SEASONS.get(self.grain, 1)

    @property
    def staggered(self) -> Whole:
        """The series whose periods begin on other days than the most usual ones."""
        if self.shift is None and not isinstance(self.day, np.ndarray):
            return np.zeros(0, dtype=np.int64)
        parts = [part for part in (self.shift, self.day) if isinstance(part, np.ndarray)]
        _, kind, n = np.unique(np.stack(parts, axis=1), axis=0, return_inverse=True, return_counts=True)
        return np.flatnonzero(kind.ravel() != n.argmax()).astype(np.int64)

    def restore(self, numbers: Whole, row: Whole | None = None) -> Any:
        """Return the stamps of periods, in the form in which they came.

        Parameters
        ----------
        numbers
            Of the periods.
        row
            Series of each; None where they are those of all series alike.

        Raises
        ------
        TableError
            When periods are asked for all series alike, and those of some begin on other days.
        """
        return self.form.write(self._find(numbers, row))

    def find_moments(self, numbers: Whole, row: Whole | None = None) -> Any:
        """Return the stamps of periods as an index of timestamps or pandas Periods, however they were written."""
        return self.form.to_index(self._find(numbers, row))

    def _find(self, numbers: Whole, row: Whole | None) -> Any:
        units, day = self.origin + self.step * numbers, self.day
        if row is None and (self.shift is not None or isinstance(day, np.ndarray)):
            raise TableError(
                f"The periods of {len(self.staggered)} series begin on other days than those of the others.",
                "give every row the first day of its period, the same for all series.",
            )
        if row is not None:
            units = units if self.shift is None else units + self.shift[row]
            day = day[row] if isinstance(day, np.ndarray) else day
        if self.scale in {"number", "period"}:
            return units
        unit = np.datetime_data(self.clock.dtype)[0]
        if self.scale == "time":
            return units.astype(f"datetime64[{unit}]")
        return _find_days(self.scale, units, day).astype(f"datetime64[{unit}]") + self.clock


def read_grid(stamps: pd.Series, code: Whole) -> tuple[Grid, Whole]:
    """Return the grid on which stamps lie, and the number of each.

    Parameters
    ----------
    stamps
        As `read_stamps` takes them.
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
    place, each = pd.factorize(stamps)  # a panel has far fewer stamps than rows
    form, named = _read_each(pd.Series(each), stamps)
    scale, units, day, clock = _read_units(form, named, place, code)
    units = units[place]
    step = find_step(units, code, "day" if scale == "day" else "month" if scale in _OF_MONTHS else "period")
    if scale == "day" and step == 1 and not _touches_weekends(units):
        scale, units = "business_day", np.busday_count(np.datetime64("1970-01-01"), units.astype("datetime64[D]"))
    origin = int(units.min()) if len(units) else 0
    shift = find_shift(units, code, origin, step)
    if scale == "period":
        base = _PERIOD_NAMES.get(str(form.dtype.freq.rule_code)[:1], "other")
        grain = base if step == 1 else _NAMES.get((base, step), "other")
    else:
        grain = _NAMES.get(("month" if scale in _OF_MONTHS else scale, step), "other")
    grid = Grid(scale, step, origin, form, grain, day, clock, shift)
    return grid, ((units - origin) // step).astype(np.int64)


def _read_each(each: pd.Series, stamps: pd.Series) -> tuple[StampForm, Any]:
    try:
        return read_stamps(each)
    except TableError:
        return read_stamps(stamps)  # counts the rows that are none


def _read_units(form: StampForm, named: Any, place: Whole, code: Whole) -> tuple[Scale, Whole, int | Whole, Any]:
    """Return what a unit is, where each stamp lies, its day of the month, and the time of the day that all have."""
    if form.kind != "moment":
        return form.kind, named, 1, None
    moments: Moments = named
    dates = moments.astype("datetime64[D]")
    clock = moments - dates
    if not (clock == clock[0]).all():
        return "time", moments.astype(np.int64), 1, clock[0]
    months = dates.astype("datetime64[M]")
    days = ((dates - months.astype("datetime64[D]")) // _DAY).astype(np.int64) + 1
    numbers = months.astype(np.int64)
    if days[0] <= 28 and (days == days[0]).all():
        return "month", numbers, int(days[0]), clock[0]
    if (dates == _find_days("month_end", numbers, 1)).all():
        return "month_end", numbers, 1, clock[0]
    if len(np.unique(numbers)) >= _FEWEST_MONTHS:
        by_workday: tuple[Scale, ...] = ("first_workday", "last_workday")
        for scale in by_workday:
            if (dates == _find_days(scale, numbers, 1)).all():
                return scale, numbers, 1, clock[0]
        own = _find_own_days(dates, days, numbers, place, code)
        if own is not None:
            return "month", numbers, own, clock[0]
    return "day", dates.astype(np.int64), 1, clock[0]


def _find_own_days(dates: Moments, days: Whole, months: Whole, place: Whole, code: Whole) -> int | Whole | None:
    """Return the day of the month on which each series' stamps lie; None where they do not, or rows are too few."""
    n_rows = np.bincount(code)
    if 2 * (n_rows >= _FEWEST_MONTHS).sum() < len(n_rows):
        return None
    is_longest = code == n_rows.argmax()
    for rows in (place[is_longest], place):  # one series tells most panels of weeks and days apart
        owner = np.zeros(len(rows), dtype=np.int64) if len(rows) < len(place) else code
        own = np.zeros(int(owner.max()) + 1, dtype=np.int64)
        np.maximum.at(own, owner, days[rows])
        is_end = dates[rows] == _find_days("month_end", months[rows], 1)
        own[np.bincount(owner, ~is_end, minlength=len(own)) == 0] = 31
        if not (dates[rows] == _find_days("month", months[rows], own[owner])).all():
            return None
    return int(own[0]) if (own == own[0]).all() else own


def _find_days(scale: Scale, units: Whole, day: int | Whole) -> Moments:
    """Return the day that marks each unit."""
    if scale == "day":
        return units.astype("datetime64[D]")
    if scale == "business_day":
        return np.asarray(np.busday_offset(np.datetime64("1970-01-01"), units))
    first, following = (at.astype("datetime64[M]").astype("datetime64[D]") for at in (units, units + 1))
    match scale:
        case "month_end":
            return np.asarray(following - _DAY)
        case "first_workday":
            return np.asarray(np.busday_offset(first, 0, roll="forward"))
        case "last_workday":
            return np.asarray(np.busday_offset(following - _DAY, 0, roll="backward"))
    return np.asarray(np.minimum(first + (np.asarray(day) - 1) * _DAY, following - _DAY))


def _touches_weekends(units: Whole) -> bool:
    return not bool(np.is_busday(units.astype("datetime64[D]")).all())
