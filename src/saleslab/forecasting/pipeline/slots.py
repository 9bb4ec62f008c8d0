"""Days as months that end like the one in question, each cut into slots that are counted from its end.

Deals close towards the end of a month, and a forecast made twelve days before the end must be learnt from days that lay
twelve days before one. So months are counted back from the last day of the forecast, and cut at the same distances from
their ends: weeks, and the day of the forecast itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.stamps import Whole

_WEEKS = (21, 14, 7, 0)
_LONGEST_MONTHS = 120


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Stretches of days, in order of time.

    Attributes
    ----------
    first, last
        First and last day of each, as days since 1970.
    month
        Number of its month; the month that ends with the forecast is 0, those before are negative.
    place
        Its place within its month, from 0.
    season
        The calendar month, from 0, in which its month ends.
    now
        The last slot that is known: it ends on the day of the forecast.
    """

    first: Whole
    last: Whole
    month: Whole
    place: Whole
    season: Whole
    now: int

    def __len__(self) -> int:
        return len(self.first)

    @property
    def n_places(self) -> int:
        """Slots in a month."""
        return int(self.place.max()) + 1

    @property
    def n_ahead(self) -> int:
        """Months that the forecast reaches into: that of its day, and those after it."""
        return 1 - int(self.month[self.now])

    @property
    def first_whole(self) -> int:
        """How many months one has to go back for a forecast of the same distance whose end is over by now."""
        return -(-(len(self) - 1 - self.now) // self.n_places)

    @property
    def n_days(self) -> Whole:
        """Days of each slot; a short month may leave one without any."""
        return self.last - self.first + 1

    def find(self, day: date) -> int:
        """Return the slot that holds a day; -1 before the first."""
        return int(np.searchsorted(self.first, _number(day), side="right")) - 1

    def count_left(self) -> int:
        """Return the days from the last known one to the end of its month."""
        month = self.month == self.month[self.now]
        return int(self.last[month].max() - self.last[self.now])

    def landmark(self, back: int) -> int:
        """Return the slot that lies as far before the end of its month as the last known one, some months earlier."""
        return self.now - back * self.n_places

    def to_frame(self) -> pd.DataFrame:
        """Return the slots that hold a day: ``slot, first_on, last_on, month``."""
        held = np.flatnonzero(self.n_days > 0)
        return pd.DataFrame(
            {
                "slot": held,
                "first_on": self.first[held].astype("datetime64[D]").astype("datetime64[s]"),
                "last_on": self.last[held].astype("datetime64[D]").astype("datetime64[s]"),
                "month": self.month[held],
            }
        )


def cut_slots(*, since: date, as_of: date, until: date) -> Slots:
    """Return the slots from a first day to the last day of a forecast.

    Examples
    --------
    >>> slots = cut_slots(since=date(2026, 5, 1), as_of=date(2026, 8, 20), until=date(2026, 9, 30))
    >>> slots.n_places, [str(day.astype("datetime64[D]")) for day in slots.last[slots.month == 0]]
    (5, ['2026-09-09', '2026-09-16', '2026-09-19', '2026-09-23', '2026-09-30'])
    >>> str(slots.last[slots.landmark(1)].astype("datetime64[D]"))
    '2026-07-20'
    """
    if until <= as_of:
        raise BadArgument(
            f"until ({until}) does not lie after as_of ({as_of}).", "forecast a day that is still to come."
        )
    ends = _list_month_ends(since, until)
    held = next(at for at, (start, end) in enumerate(ends) if start <= as_of <= end)
    left = (ends[held][1] - as_of).days
    cuts = sorted({*_WEEKS, left}, reverse=True)
    first, last, month, place, season = [], [], [], [], []
    for at, (start, end) in enumerate(ends):
        edges = [max(end - timedelta(days=cut), start - timedelta(days=1)) for cut in cuts]
        begins = [start, *(edge + timedelta(days=1) for edge in edges[:-1])]
        first += [_number(day) for day in begins]
        last += [_number(day) for day in edges]
        month += [at - len(ends) + 1] * len(cuts)
        place += list(range(len(cuts)))
        season += [end.month - 1] * len(cuts)
    now = held * len(cuts) + cuts.index(left)
    columns = {"first": first, "last": last, "month": month, "place": place, "season": season}
    return Slots(**{name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}, now=now)


def _list_month_ends(since: date, until: date) -> list[tuple[date, date]]:
    """Return first and last day of each month, counted back from the last day of the forecast."""
    is_end = (until + timedelta(days=1)).day == 1
    ends, back = [until], 0
    while ends[-1] >= since and back < _LONGEST_MONTHS:
        back += 1
        index = until.year * 12 + until.month - 1 - back
        last = _last_of_month(index)
        ends.append(last if is_end else last.replace(day=min(until.day, last.day)))
    ends.reverse()
    return [(before + timedelta(days=1), end) for before, end in pairwise(ends)]


def _last_of_month(index: int) -> date:
    following = index + 1
    return date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def _number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
