"""Fiscal periods and business days.

A company's year starts in any month, by default in April as in most of Japan; the fiscal year is named after the
calendar year in which it starts. Periods are half-open in nothing: both ends belong to them.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from saleslab.errors import BadArgument

Grain = Literal["month", "quarter", "year", "other"]

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_WRITTEN = re.compile(r"^(?:FY)?(?P<year>\d{4})(?:[ -]?(?P<part>Q[1-4]|M?\d{2}))?$")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of days, both ends included, with its fiscal name where it has one.

    Attributes
    ----------
    start, end
        First and last day.
    grain
        ``month``, ``quarter``, ``year`` or ``other``.
    fiscal_year
        Calendar year in which its fiscal year starts (0 for ``other``).
    number
        Which month (1-12) or quarter (1-4) of the fiscal year it is; 0 otherwise.
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


def _add_months(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """The company's year, and the public holidays of its country.

    Parameters
    ----------
    start_month
        First month of the fiscal year, 1-12.
    country
        ISO 3166 code whose public holidays count; Saturdays and Sundays are never business days.

    Examples
    --------
    >>> FiscalCalendar(start_month=4).quarter_of(date(2026, 11, 23)).start
    datetime.date(2026, 10, 1)
    >>> FiscalCalendar().is_business_day(date(2026, 11, 23))  # Labour Thanksgiving Day
    False
    """

    start_month: int = 4
    country: str = "JP"

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= 12:
            raise BadArgument(f"A fiscal year cannot start in month {self.start_month}.", "give a month from 1 to 12.")

    def year_of(self, day: date) -> Period:
        """Return the fiscal year that holds a day."""
        return self._period_of(day, "year")

    def quarter_of(self, day: date) -> Period:
        """Return the fiscal quarter that holds a day."""
        return self._period_of(day, "quarter")

    def month_of(self, day: date) -> Period:
        """Return the month that holds a day, numbered within the fiscal year."""
        return self._period_of(day, "month")

    def period_of(self, day: date, grain: Grain) -> Period:
        """Return the period of one grain (``month``, ``quarter`` or ``year``) that holds a day."""
        if grain not in _MONTHS_IN:
            raise BadArgument(f"'{grain}' is not a grain.", f"use one of: {', '.join(_MONTHS_IN)}.")
        return self._period_of(day, grain)

    def _period_of(self, day: date, grain: Grain) -> Period:
        months = _MONTHS_IN[grain]
        since_start = (day.month - self.start_month) % 12
        year_start = _add_months(day.replace(day=1), -since_start)
        index = since_start // months
        start = _add_months(year_start, index * months)
        end = _add_months(start, months) - timedelta(days=1)
        return Period(start, end, grain, year_start.year, 0 if grain == "year" else index + 1)

    def previous(self, period: Period) -> Period:
        """Return the period of the same grain just before; for ``other``, as many days before."""
        if period.grain == "other":
            return Period(period.start - timedelta(days=period.n_days), period.start - timedelta(days=1))
        return self._period_of(period.start - timedelta(days=1), period.grain)

    def year_before(self, period: Period) -> Period:
        """Return the same period one year earlier."""
        if period.grain == "other":
            return Period(_one_year_earlier(period.start), _one_year_earlier(period.end))
        return self._period_of(_one_year_earlier(period.start), period.grain)

    def parse(self, written: str) -> Period:
        """Read ``2026``, ``FY2026``, ``2026Q3``, ``FY2026 Q3``; ``2026-11`` is the calendar month.

        Raises
        ------
        BadArgument
            When it is none of these.

        Examples
        --------
        >>> FiscalCalendar(start_month=4).parse("FY2026Q3").end
        datetime.date(2026, 12, 31)
        """
        found = _WRITTEN.match(written.strip().upper())
        if found is None:
            raise BadArgument(f"'{written}' is not a period.", "write it as FY2026, FY2026Q3 or 2026-11.")
        year, part = int(found["year"]), found["part"]
        first = date(year, self.start_month, 1)
        if part is None:
            return self.year_of(first)
        if part.startswith("Q"):
            return self.quarter_of(_add_months(first, 3 * (int(part[1]) - 1)))
        month = int(part.removeprefix("M"))
        if not 1 <= month <= 12:
            raise BadArgument(f"'{written}' names month {month}.", "give a month from 01 to 12.")
        return self.month_of(date(year, month, 1))

    def is_business_day(self, day: date) -> bool:
        """Say whether people work on a day: not a weekend, not a public holiday."""
        return day.weekday() < 5 and day not in _holidays(self.country, day.year)

    def holiday_name(self, day: date) -> str | None:
        """Return the name of the public holiday in the country's own language, or None."""
        return _holidays(self.country, day.year).get(day)

    def business_days(self, period: Period) -> int:
        """Count the business days of a period."""
        return sum(self.is_business_day(period.start + timedelta(days=i)) for i in range(period.n_days))

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

    def months_of(self, period: Period) -> list[Period]:
        """Return the months that touch a period, in order."""
        months, first = [], period.start.replace(day=1)
        while first <= period.end:
            months.append(self.month_of(first))
            first = _add_months(first, 1)
        return months


def _one_year_earlier(day: date) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


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
