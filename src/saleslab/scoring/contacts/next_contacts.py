"""Whom to contact when and how: the best hour that is still free, within what people have allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar
from saleslab.scoring.contacts.timing import ContactTimes
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class ContactCap:
    """How often one person may be contacted, on all channels together.

    Examples
    --------
    >>> ContactCap(3, days=7).n
    3
    """

    n: int = 3
    days: int = 7

    def __post_init__(self) -> None:
        if self.n < 1 or self.days < 1:
            raise BadArgument(
                f"A cap of {self.n} contacts in {self.days} days allows none.", "give whole numbers from 1 up."
            )


@dataclass(frozen=True, slots=True)
class _Slot:
    """One hour of one day on one channel."""

    rate: float
    day: date
    hour: int
    channel: str
    low: float
    high: float


COLUMNS = ("lead_id", "code", "channel", "contact_at", "hour", "rate", "low", "high")
"""Of what `suggest_contacts` returns."""


def suggest_contacts(
    leads: pd.DataFrame,
    times: ContactTimes,
    *,
    allowed: pd.DataFrame,
    as_of: date,
    attempts: pd.DataFrame | None = None,
    cap: ContactCap | None = None,
    n_days: int = 2,
    per_hour: int = 6,
    calendar: FiscalCalendar | None = None,
) -> pd.DataFrame:
    """Return a channel, a day and an hour for each lead of a list, the first of the list served first.

    Not everybody can be called at the best hour: each person makes ``per_hour`` contacts an hour, so the list fills
    the best hours from its top. Only channels that a lead has allowed are suggested, only within working hours on
    business days, and only as often as the cap allows.

    Parameters
    ----------
    leads
        In order of importance: ``lead_id`` and, where people have lists of their own, ``user_id``.
    times
        From `time_contacts`.
    allowed
        One row for each lead and channel on which it may be reached: ``lead_id, channel``. A lead that is not in it
        has opted out of everything, or nobody knows how to reach it.
    as_of
        Last day that is known; suggestions begin on the next business day.
    attempts
        Recent contacts for the cap: ``lead_id, at``. None when there were none.
    cap
        At most three contacts in seven days by default.
    n_days
        Business days ahead among which the best hour is sought: a better hour next week is too late.
    per_hour
        Contacts that one person makes in an hour.
    calendar
        Its business days; the Japanese ones by default.

    Returns
    -------
    pandas.DataFrame
        One row a lead in the order given: ``lead_id, code, channel, contact_at, hour, rate, low, high``. ``code`` is
        ``best_hour``, ``later_hour`` (better hours were full), ``after_cap`` (contacted often enough lately, so the
        first day on which it may be again), ``no_hour`` (allowed, but the days ahead are full or hold no working
        hour) or ``no_channel``; with the last two the other columns are missing.

    Raises
    ------
    TableError
        When a column is missing: an opt-out that was never asked for is no permission.
    """
    require_columns(leads, "lead_id", of="leads")
    require_columns(allowed, "lead_id", "channel", of="allowed")
    if per_hour < 1 or n_days < 1:
        raise BadArgument(
            f"{per_hour} contacts an hour over {n_days} days fit nobody.", "give whole numbers from 1 up."
        )
    cap, diary = cap or ContactCap(), _Diary(times, calendar or FiscalCalendar(), per_hour)
    listed = allowed[allowed["lead_id"].isin(leads["lead_id"])]
    ways = {lead: set(rows) for lead, rows in listed.groupby("lead_id")["channel"]}
    free_from = _find_free_days(attempts, cap, as_of)
    owners = leads["user_id"] if "user_id" in leads.columns else [None] * len(leads)
    rows: list[tuple[Any, ...]] = []
    for lead, owner in zip(leads["lead_id"], owners, strict=True):
        first, open_ways = free_from.get(lead, as_of + timedelta(days=1)), ways.get(lead, set())
        slot, is_best = diary.take(owner, open_ways, diary.next_days(first, n_days))
        if slot is None:
            rows.append((lead, "no_hour" if open_ways else "no_channel", None, pd.NaT, None, None, None, None))
            continue
        code = "after_cap" if lead in free_from else "best_hour" if is_best else "later_hour"
        at = pd.Timestamp(slot.day) + pd.Timedelta(hours=slot.hour)
        rows.append((lead, code, slot.channel, at, slot.hour, slot.rate, slot.low, slot.high))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {
        "lead_id": leads["lead_id"].dtype,
        "code": "str",
        "channel": "str",
        "contact_at": "datetime64[us]",
        "hour": "Int64",
    }
    return found.astype(kinds | dict.fromkeys(("rate", "low", "high"), "Float64"))


class _Diary:
    """The hours ahead, and how many of each person's are taken."""

    def __init__(self, times: ContactTimes, calendar: FiscalCalendar, per_hour: int) -> None:
        rates = times.frame[times.frame["is_open"]]
        self.by_weekday: dict[int, list[tuple[Any, ...]]] = {}
        columns = (rates[name].tolist() for name in ("weekday", "rate", "hour", "channel", "low", "high"))
        for weekday, *hour in zip(*columns, strict=True):
            self.by_weekday.setdefault(weekday, []).append(tuple(hour))
        self.calendar, self.per_hour = calendar, per_hour
        self.taken: Counter[tuple[object, date, int]] = Counter()
        self.ranked: dict[tuple[date, ...], list[_Slot]] = {}

    def next_days(self, first: date, n_days: int) -> tuple[date, ...]:
        """Return the next business days on which the team works; none when it works on free days only."""
        days: list[date] = []
        day = first
        while len(days) < n_days and (day - first).days < 30:
            if self.calendar.is_business_day(day) and day.weekday() in self.by_weekday:
                days.append(day)
            day += timedelta(days=1)
        return tuple(days)

    def take(self, owner: object, ways: Iterable[str], days: tuple[date, ...]) -> tuple[_Slot | None, bool]:
        """Take the best free hour of a person on some channels; say whether it was the best of all."""
        open_ways, is_best = set(ways), True
        for slot in self._rank(days):
            if slot.channel not in open_ways:
                continue
            key = (owner, slot.day, slot.hour)
            if self.taken[key] < self.per_hour:
                self.taken[key] += 1
                return slot, is_best
            is_best = False
        return None, False

    def _rank(self, days: tuple[date, ...]) -> list[_Slot]:
        if days not in self.ranked:
            slots = [
                _Slot(rate, day, hour, channel, low, high)
                for day in days
                for rate, hour, channel, low, high in self.by_weekday[day.weekday()]
            ]
            self.ranked[days] = sorted(slots, key=lambda slot: (-slot.rate, slot.day, slot.hour, slot.channel))
        return self.ranked[days]


def _find_free_days(attempts: pd.DataFrame | None, cap: ContactCap, as_of: date) -> dict[object, date]:
    """Return the first day on which each lead that has reached the cap may be contacted again."""
    if attempts is None:
        return {}
    require_columns(attempts, "lead_id", "at", of="attempts")
    since = pd.Timestamp(as_of) + pd.Timedelta(days=1 - cap.days + 1)
    recent = attempts[(attempts["at"] >= since) & (attempts["at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1))]
    free: dict[object, date] = {}
    for lead, moments in recent.sort_values("at").groupby("lead_id")["at"]:
        if len(moments) >= cap.n:
            free[lead] = moments.iloc[-cap.n].date() + timedelta(days=cap.days)
    return free
