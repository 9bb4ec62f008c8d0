"""For whom and when: the scopes and periods for which metrics are measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from saleslab.errors import BadArgument
from saleslab.periods import Period
from saleslab.tables.vocabulary import SCOPES
from saleslab.warehouse.local_time import end_of_day, start_of_day


@dataclass(frozen=True, slots=True)
class Grid:
    """Scopes and periods.

    Attributes
    ----------
    periods
        Sorted by their start; they may overlap, such as months and the quarter that they make.
    scopes
        Of ``company``, ``team``, ``user``, ``segment``, ``channel``.
    segment_by
        Column of accounts and leads whose values are the segments.
    """

    periods: tuple[Period, ...]
    scopes: tuple[str, ...] = ("company",)
    segment_by: str = "industry"

    def __post_init__(self) -> None:
        unknown = [scope for scope in self.scopes if scope not in SCOPES]
        if unknown or not self.scopes:
            raise BadArgument(f"scopes are {list(self.scopes)}.", f"give some of: {', '.join(SCOPES)}.")
        if not self.periods:
            raise BadArgument("There is no period to measure.", "give one or more periods, such as the last 36 months.")

    @property
    def is_monthly(self) -> bool:
        """Whether its periods are made of whole calendar months, so that rows can be counted by month."""
        ends = [period.end + timedelta(days=1) for period in self.periods]
        return all(period.start.day == 1 for period in self.periods) and all(end.day == 1 for end in ends)

    def span(self, zone: str | None) -> tuple[datetime, datetime]:
        """Return when the first period starts and the last one is over: UTC, or the company's own time without zone."""
        first, last = min(period.start for period in self.periods), max(period.end for period in self.periods)
        return _start(first, zone), _start(last + timedelta(days=1), zone)

    def cells(self) -> dict[str, list[Any]]:
        """Return each month (or day) with the place of each period that it belongs to: ``cell, period``."""
        pairs = [(cell, place) for place, period in enumerate(self.periods) for cell in self._cells_of(period)]
        return {"cell": [cell for cell, _ in pairs], "period": [place for _, place in pairs]}

    def _cells_of(self, period: Period) -> list[date]:
        days = [period.start + timedelta(days=day) for day in range(period.n_days)]
        return [day for day in days if day.day == 1] if self.is_monthly else days

    def ends(self) -> dict[str, list[Any]]:
        """Return the first and the last day of each period: ``first_on, last_on``, and its place as ``cell``."""
        return {
            "cell": list(range(len(self.periods))),
            "first_on": [period.start for period in self.periods],
            "last_on": [period.end for period in self.periods],
        }

    def moments(self, as_of: date, zone: str) -> dict[str, list[Any]]:
        """Return when each period starts and is over, UTC and local, the open one cut at what is known."""
        lasts = [min(period.end, as_of) for period in self.periods]
        firsts = [period.start for period in self.periods]
        return {
            "cell": list(range(len(self.periods))),
            "starts": [start_of_day(day, zone) for day in firsts],
            "ends": [end_of_day(day, zone) for day in lasts],
            "local_starts": [_start(day, None) for day in firsts],
            "local_ends": [_start(day + timedelta(days=1), None) for day in lasts],
        }


def _start(day: date, zone: str | None) -> datetime:
    return datetime.combine(day, time()) if zone is None else start_of_day(day, zone)
