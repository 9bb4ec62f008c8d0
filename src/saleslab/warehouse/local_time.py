"""Between UTC, in which times are stored, and the company's own days, in which it counts.

A deal closed in Tokyo at eight in the morning of 1 April is stored as 31 March 23:00 UTC, and belongs to the new fiscal
year. Engines disagree on time zones, so the offset is written into the expression from the zone's own table.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import ibis

_FIRST_YEAR, _LAST_YEAR = 1990, 2060


def to_local(timestamps: Any, timezone: str) -> Any:
    """Return a UTC timestamp column as the company's wall-clock time.

    Parameters
    ----------
    timestamps
        Ibis timestamp column, naive UTC.
    timezone
        IANA name, from the settings of the warehouse. Offsets are right from 1990 to 2060.

    Examples
    --------
    >>> closed = ibis.timestamp("2026-03-31 23:00:00")
    >>> ibis.duckdb.connect().to_pyarrow(to_local(closed, "Asia/Tokyo")).as_py()
    datetime.datetime(2026, 4, 1, 8, 0)
    """
    changes = _offset_changes(timezone)
    minutes = changes[0][1]
    if len(changes) == 1:
        return timestamps + ibis.interval(minutes=minutes) if minutes else timestamps
    shifted = timestamps + ibis.interval(minutes=changes[-1][1])
    branches = [
        (timestamps < ibis.literal(until, type="timestamp"), timestamps + ibis.interval(minutes=offset))
        for (_, offset), (until, _) in pairwise(changes)
    ]
    return ibis.cases(*branches, else_=shifted)


def to_local_date(timestamps: Any, timezone: str) -> Any:
    """Return the company's calendar day of a UTC timestamp column."""
    return to_local(timestamps, timezone).date()


def start_of_day(day: date, timezone: str) -> datetime:
    """Return the naive UTC instant at which a day of the company starts.

    Examples
    --------
    >>> start_of_day(date(2026, 4, 1), "Asia/Tokyo")
    datetime.datetime(2026, 3, 31, 15, 0)
    """
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC).replace(tzinfo=None)


def end_of_day(day: date, timezone: str) -> datetime:
    """Return the naive UTC instant at which a day of the company is over; the instant itself is the next day's."""
    return start_of_day(day + timedelta(days=1), timezone)


def day_of(instant: datetime, timezone: str) -> date:
    """Return the company's day on which a naive UTC instant lies.

    Examples
    --------
    >>> day_of(datetime(2026, 3, 31, 23), "Asia/Tokyo")
    datetime.date(2026, 4, 1)
    """
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()


@lru_cache(maxsize=32)
def _offset_changes(timezone: str) -> tuple[tuple[datetime, int], ...]:
    """Return each UTC instant from which an offset in minutes holds, the first one for all earlier times."""
    zone = ZoneInfo(timezone)

    def offset(instant: datetime) -> int:
        shift = instant.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        assert shift is not None
        return round(shift.total_seconds() / 60)

    instant, last = datetime(_FIRST_YEAR, 1, 1), datetime(_LAST_YEAR, 1, 1)  # noqa: DTZ001
    changes = [(instant, offset(instant))]
    while instant < last:
        following = instant + timedelta(days=7)
        if offset(following) != offset(instant):
            changes.append((_find_change(instant, following, offset), offset(following)))
        instant = following
    return tuple(changes)


def _find_change(low: datetime, high: datetime, offset: Any) -> datetime:
    """Return the minute between two instants at which the offset changes."""
    before = offset(low)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=int((high - low) / timedelta(minutes=2)))
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high
