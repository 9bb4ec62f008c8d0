"""Fiscal periods and business days.

A company's year starts in any month, by default in April as in most of Japan, and is made of calendar months or of
whole weeks (4-4-5 and its kin). Both ends of a period belong to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, get_args

from saleslab.errors import BadArgument

Grain = Literal["month", "quarter", "half", "year", "other"]
Pattern = Literal["month", "4-4-5", "4-5-4", "5-4-4"]

YEAR_END_CLOSURE = ("12-29", "12-30", "12-31", "01-02", "01-03")
"""Days around New Year on which most offices in Japan are closed, beside the public holiday itself."""

_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WRITTEN = re.compile(r"^(?:FY)?(?P<year>\d{4})(?:[ -]?(?P<part>[QH]\d|M?\d{2}))?$")
_WRITTEN_JA = re.compile(r"^(?P<year>\d{4})年度(?:第?(?P<quarter>[1-4])(?:Q|四半期)|(?P<half>[上下])(?:期|半期))?$")
_CLOSED = re.compile(r"^(?:\d{4}-)?\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days, both ends included, with its fiscal name where it has one.

    Attributes
    ----------
    start, end
        First and last day.
    grain
        ``month``, ``quarter``, ``half``, ``year`` or ``other``.
    fiscal_year
        The year after which its fiscal year is named (0 for ``other``).
    number
        Which month (1-12), quarter (1-4) or half (1-2) of the fiscal year it is; 0 otherwise.
    """

    start: date
    end: date
    grain: Grain = "other"
    fiscal_year: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadArgument(f"A period cannot end ({self.end}) before it starts ({self.start}).", "swap its ends.")

    @property
    def n_days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def until(self, day: date) -> Period:
        """Return the part of the period up to and including a day within it."""
        if day not in self:
            raise BadArgument(f"{day} lies outside {self.start} to {self.end}.", "choose a day within the period.")
        return Period(self.start, day)


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month, named by its first day."""

    start: date


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """The company's year, and the days on which it works.

    Parameters
    ----------
    start_month
        First month of the fiscal year, 1-12.
    country
        ISO 3166 code whose public holidays count; Saturdays and Sundays are never business days.
    pattern
        Of what a quarter is made: calendar months, or so many whole weeks in each of its three months. A year of weeks
        starts on the ``week_start`` nearest to the first of its first month; a 53rd week goes to its last month.
    week_start
        Weekday on which weeks start, Monday being 0; only for patterns of weeks.
    named_after
        The calendar year after which a fiscal year is named: the one it ``start``s in, as in Japan, or ``end``s in.
    closed_days
        Days on which the company rests beside public holidays: ``12-29`` every year, ``2026-08-14`` once. See
        `YEAR_END_CLOSURE`.

    Examples
    --------
    >>> FiscalCalendar(start_month=4).quarter_of(date(2026, 11, 23)).start
    datetime.date(2026, 10, 1)
    >>> FiscalCalendar(start_month=2, pattern="4-5-4").month_of(date(2026, 3, 2)).n_days  # retailers' March
    35
    >>> FiscalCalendar().is_business_day(date(2026, 11, 23))  # Labour Thanksgiving Day
    False
    """

    start_month: int = 4
    country: str = "JP"
    pattern: Pattern = "month"
    week_start: int = 0
    named_after: Literal["start", "end"] = "start"
    closed_days: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= 12:
            raise BadArgument(f"A fiscal year cannot start in month {self.start_month}.", "give a month from 1 to 12.")
        if self.pattern not in get_args(Pattern):
            raise BadArgument(f"pattern is {self.pattern!r}.", f"use one of: {', '.join(get_args(Pattern))}.")
        if not 0 <= self.week_start <= 6:
            raise BadArgument(f"A week cannot start on day {self.week_start}.", "give 0 (Monday) to 6 (Sunday).")
        if self.named_after not in {"start", "end"}:
            raise BadArgument(f"named_after is {self.named_after!r}.", "use one of: start, end.")
        strange = [day for day in self.closed_days if not _CLOSED.match(day)]
        if strange:
            raise BadArgument(
                f"closed_days holds {strange}.", "write every year's day as 12-29, one day as 2026-08-14."
            )

    def year_of(self, day: date) -> Period:
        """Return the fiscal year that holds a day."""
        return self._period_of(day, "year")

    def half_of(self, day: date) -> Period:
        """Return the half of the fiscal year that holds a day."""
        return self._period_of(day, "half")

    def quarter_of(self, day: date) -> Period:
        """Return the fiscal quarter that holds a day."""
        return self._period_of(day, "quarter")

    def month_of(self, day: date) -> Period:
        """Return the month that holds a day, numbered within the fiscal year."""
        return self._period_of(day, "month")

    def period_of(self, day: date, grain: Grain) -> Period:
        """Return the period of one grain (``month``, ``quarter``, ``half`` or ``year``) that holds a day."""
        _check_grain(grain)
        return self._period_of(day, grain)

    def _period_of(self, day: date, grain: Grain) -> Period:
        year = day.year + (self.pattern != "month" and self.start_month == 1)  # its weeks may start in December
        while day < _lay_months(self, year)[0]:
            year -= 1
        months = _lay_months(self, year)
        return self._cut(months, year, grain, (bisect_right(months, day) - 1) // _MONTHS_IN[grain])

    def _cut(self, months: tuple[date, ...], year: int, grain: Grain, index: int) -> Period:
        n = _MONTHS_IN[grain]
        end = months[(index + 1) * n] - timedelta(days=1)
        return Period(months[index * n], end, grain, year + self._named_later, 0 if grain == "year" else index + 1)

    @property
    def _named_later(self) -> int:
        return int(self.named_after == "end" and self.start_month > 1)

    def _numbered(self, name: int, grain: Grain, number: int) -> Period:
        year = name - self._named_later
        return self._cut(_lay_months(self, year), year, grain, max(number - 1, 0))

    def previous(self, period: Period) -> Period:
        """Return the period of the same grain just before; for ``other``, as many days before."""
        if period.grain == "other":
            return Period(period.start - timedelta(days=period.n_days), period.start - timedelta(days=1))
        return self._period_of(period.start - timedelta(days=1), period.grain)

    def next(self, period: Period) -> Period:
        """Return the period of the same grain just after; for ``other``, as many days after."""
        if period.grain == "other":
            return Period(period.end + timedelta(days=1), period.end + timedelta(days=period.n_days))
        return self._period_of(period.end + timedelta(days=1), period.grain)

    def year_before(self, period: Period) -> Period:
        """Return the same period one year earlier."""
        if period.grain == "other":
            return Period(_one_year_earlier(period.start), _one_year_earlier(period.end))
        return self._numbered(period.fiscal_year - 1, period.grain, period.number)

    def periods_of(self, period: Period, grain: Grain) -> list[Period]:
        """Return the periods of one grain that touch another, in order.

        Examples
        --------
        >>> calendar = FiscalCalendar()
        >>> [quarter.number for quarter in calendar.periods_of(calendar.parse("2026H2"), "quarter")]
        [3, 4]
        """
        _check_grain(grain)
        found = [self._period_of(period.start, grain)]
        while found[-1].end < period.end:
            found.append(self.next(found[-1]))
        return found

    def months_of(self, period: Period) -> list[Period]:
        """Return the months that touch a period, in order."""
        return self.periods_of(period, "month")

    def parse(self, written: str) -> Period:
        """Read ``FY2026``, ``2026Q3``, ``FY2026 H2``, ``2026年度3Q``, ``2026年度下期``; ``2026-11`` is the month.

        Raises
        ------
        BadArgument
            When it is none of these.

        Examples
        --------
        >>> FiscalCalendar(start_month=4).parse("FY2026Q3").end
        datetime.date(2026, 12, 31)
        >>> FiscalCalendar(start_month=4).parse("2026年度下期").start
        datetime.date(2026, 10, 1)
        """
        plain = written.strip().upper()
        if in_words := _WRITTEN_JA.match(plain):
            half = {"上": 1, "下": 2}.get(in_words["half"] or "", 0)
            grain: Grain = "quarter" if in_words["quarter"] else "half" if half else "year"
            return self._numbered(int(in_words["year"]), grain, int(in_words["quarter"] or half))
        found = _WRITTEN.match(plain)
        if found is None:
            raise BadArgument(f"'{written}' is not a period.", "write it as FY2026, FY2026Q3, FY2026H1 or 2026-11.")
        year, part = int(found["year"]), found["part"]
        if part is None:
            return self._numbered(year, "year", 0)
        if part[0] in "QH":
            grain = "quarter" if part[0] == "Q" else "half"
            number = int(part[1])
            if not 1 <= number <= 12 // _MONTHS_IN[grain]:
                raise BadArgument(f"'{written}' names {grain} {number}.", "write it as FY2026Q3 or FY2026H1.")
            return self._numbered(year, grain, number)
        month = int(part.removeprefix("M"))
        if not 1 <= month <= 12:
            raise BadArgument(f"'{written}' names month {month}.", "give a month from 01 to 12.")
        first = year - (month < self.start_month)
        return self._cut(_lay_months(self, first), first, "month", (month - self.start_month) % 12)

    def ends_quarter(self, period: Period) -> bool:
        """Say whether the last day of a fiscal quarter lies in a period, such as a month, a week or a day."""
        return self.quarter_of(period.start).end in period

    def ends_half(self, period: Period) -> bool:
        """Say whether the last day of a half of the fiscal year lies in a period."""
        return self.half_of(period.start).end in period

    def is_business_day(self, day: date) -> bool:
        """Say whether people work on a day: no weekend, no public holiday, not closed."""
        if day.weekday() >= 5 or day in _holidays(self.country, day.year):
            return False
        written = day.isoformat()
        return not self.closed_days or (written not in self.closed_days and written[5:] not in self.closed_days)

    def holiday_name(self, day: date) -> str | None:
        """Return the name of the public holiday in the country's own language, or None."""
        return _holidays(self.country, day.year).get(day)

    def business_days(self, period: Period) -> int:
        """Count the business days of a period."""
        return sum(map(self.is_business_day, _days_of(period)))

    def working_day_factor(self, period: Period) -> float:
        """Return the business days of a month, quarter or half against the mean of its year's.

        Sales divided by it are what the period would have sold with the usual number of days.

        Examples
        --------
        >>> calendar = FiscalCalendar()
        >>> round(calendar.working_day_factor(calendar.parse("2026-05")), 2)  # Golden Week
        0.89
        """
        if period.grain == "other":
            raise BadArgument(
                f"{period.start} to {period.end} has no usual number of days.", "give a month, a quarter or a half."
            )
        alike = self.periods_of(self.year_of(period.start), period.grain)
        return self.business_days(period) * len(alike) / sum(map(self.business_days, alike))

    def after_business_days(self, day: date, n: int) -> date:
        """Return the day that lies ``n`` business days after another.

        Examples
        --------
        >>> FiscalCalendar().after_business_days(date(2026, 11, 20), 1)  # Monday is a public holiday
        datetime.date(2026, 11, 24)
        """
        left = n
        while left:
            day += timedelta(days=1)
            left -= self.is_business_day(day)
        return day


def _check_grain(grain: str) -> None:
    if grain not in _MONTHS_IN:
        raise BadArgument(f"'{grain}' is not a grain.", f"use one of: {', '.join(_MONTHS_IN)}.")


@lru_cache(maxsize=4096)
def _lay_months(calendar: FiscalCalendar, year: int) -> tuple[date, ...]:
    """Return the first days of the months of a fiscal year, and of the year after."""
    if calendar.pattern == "month":
        index = [year * 12 + calendar.start_month - 1 + month for month in range(13)]
        return tuple(date(at // 12, at % 12 + 1, 1) for at in index)
    weeks = [int(n) for n in calendar.pattern.split("-")] * 4
    first = _start_of_weeks(calendar, year)
    starts = [first + timedelta(weeks=sum(weeks[:month])) for month in range(12)]
    return (*starts, _start_of_weeks(calendar, year + 1))


def _start_of_weeks(calendar: FiscalCalendar, year: int) -> date:
    first = date(year, calendar.start_month, 1)
    ahead = (calendar.week_start - first.weekday()) % 7
    return first + timedelta(days=ahead if ahead <= 3 else ahead - 7)


def _days_of(period: Period) -> Iterator[date]:
    return (period.start + timedelta(days=at) for at in range(period.n_days))


def _one_year_earlier(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> dict[date, str]:
    import holidays

    try:
        own_language = holidays.country_holidays(country).default_language  # else the environment's locale decides
        return dict(holidays.country_holidays(country, years=year, language=own_language))
    except NotImplementedError:
        raise BadArgument(
            f"No public holidays are known for country '{country}'.", "give an ISO 3166 code such as JP or US."
        ) from None
