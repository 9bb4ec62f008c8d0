"""How long after a quote, or another first touch, is it best to follow up, and who is due?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.periods import FiscalCalendar
from saleslab.stats.acting_days import weigh_acting_days
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

_NEEDED = ("lead_id", "first_touch_at", "next_touch_at", "won_at", "closed_at")


@dataclass(frozen=True, slots=True)
class FollowUpTimes:
    """Conversion by the business day of the follow-up, and who is due.

    Attributes
    ----------
    frame
        One row for each business day after the first touch: ``day, n_followed, conversion, low, high, chance_best``.
    best_day
        Business days to wait, with the days between which the best lies.
    due
        Those still open without a follow-up, the latest first: the columns of the input that name them, ``due_on``,
        ``n_days_waiting`` and ``n_days_late`` (business days; 0 until the day is over).
    n_followed, n_unfollowed
        How many were followed up, and how many ended or wait without it.
    window
        Business days within which a conversion counts.
    as_of
        Last day that is known.
    """

    frame: pd.DataFrame
    best_day: Interval
    due: pd.DataFrame
    n_followed: int
    n_unfollowed: int
    window: int
    as_of: date


def time_follow_ups(
    follow_ups: pd.DataFrame,
    *,
    as_of: date,
    calendar: FiscalCalendar | None = None,
    window: int = 60,
    n_days: int = 15,
    mass: float = 0.9,
    seed: int = 0,
) -> FollowUpTimes:
    """Return the share that is won by the day of the follow-up, the undecided counted for as long as they were watched.

    Each day stands for a plan, "follow up on day d if it is still open", so that late follow-ups get no credit for
    the losses that came before them. It is an effect only where the day was left to chance: if promising cases are
    followed up first, the early days look better than they are. An experiment settles it.

    Parameters
    ----------
    follow_ups
        One row for each case: ``lead_id, first_touch_at, next_touch_at`` (missing where nobody followed up), ``won_at``
        and ``closed_at`` (missing while open), in the company's own time; as `read_follow_ups` returns it. Columns
        whose names end with ``_id`` are kept in the list of those due.
    as_of
        Last day that is known; what happened later is unknown here.
    calendar
        Its business days are counted; the Japanese ones by default.
    window
        Business days within which a conversion counts.
    n_days
        How many days are compared, from the same day on.
    mass
        Chance that an interval holds the truth.
    seed
        Of the draws behind the intervals.

    Raises
    ------
    NotEnoughData
        When fewer than three days have ten follow-ups each, or nothing was watched for the window.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> start = pd.Timestamp("2026-01-05 10:00") + pd.to_timedelta(rng.integers(0, 28, 8_000), unit="D")
    >>> wait = rng.integers(0, 12, 8_000)
    >>> won = rng.random(8_000) < 0.5 - 0.3 * np.log((wait + 1) / 5) ** 2
    >>> closed = pd.Series(start + pd.Timedelta(days=40))
    >>> cases = pd.DataFrame({"lead_id": np.arange(8_000).astype(str), "first_touch_at": start,
    ...     "next_touch_at": start + pd.to_timedelta(wait, unit="D"), "won_at": closed.where(won), "closed_at": closed})
    >>> time_follow_ups(cases, as_of=date(2026, 9, 30)).best_day.estimate
    3.0
    """
    require_columns(follow_ups, *_NEEDED, of="follow_ups (scoring.read_follow_ups)")
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    known = follow_ups[follow_ups["first_touch_at"] < end]
    if known.empty:
        raise NotEnoughData(f"Nobody had a first touch by {as_of}.", "choose a later day, or import activities.")
    seen = known.assign(**{name: known[name].where(known[name] < end) for name in _NEEDED[2:]})
    days = _BusinessDays(seen["first_touch_at"].min().date(), as_of, calendar or FiscalCalendar())
    first = days.number(seen["first_touch_at"])
    acted, won, closed = (days.number(seen[name]) - first for name in _NEEDED[2:])
    ended = np.minimum(won, closed)
    watched = days.number(pd.Series([pd.Timestamp(as_of)]))[0] - first
    found = weigh_acting_days(
        acted, watched, ended, won <= closed, window=window, n_days=n_days, mass=mass, seed=seed
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "day": found.days,
            "n_followed": found.n_acted,
            "conversion": found.share,
            "low": found.low,
            "high": found.high,
            "chance_best": found.chance_best,
        }
    )
    waiting = np.isinf(acted) & np.isinf(ended)
    best = int(found.best.estimate)
    due = _list_due(seen[waiting], first[waiting], watched[waiting], days=days, best=best)
    n_followed = int((acted <= ended).sum() - waiting.sum())
    return FollowUpTimes(frame, found.best, due, n_followed, len(seen) - n_followed, window, as_of)


class _BusinessDays:
    """Numbers the business days of a stretch, so that waits are differences."""

    def __init__(self, first: date, last: date, calendar: FiscalCalendar) -> None:
        n = (last - first).days + 400
        listed = [first + timedelta(days=i) for i in range(n)]
        self.dates = np.array([day for day in listed if calendar.is_business_day(day)], dtype="datetime64[D]")

    def number(self, moments: pd.Series) -> Floats:
        """Return the number of the business day of each moment, free days counting as the next; infinite if missing."""
        written = moments.to_numpy(dtype="datetime64[D]")
        place = np.searchsorted(self.dates, written).astype(np.float64)
        return np.where(moments.isna().to_numpy(), np.inf, place)

    def date_of(self, numbers: Floats) -> npt.NDArray[np.datetime64]:
        """Return the dates of business days."""
        place = np.minimum(numbers, len(self.dates) - 1).astype(np.int64)
        return np.asarray(self.dates[place])


def _list_due(waiting: pd.DataFrame, first: Floats, watched: Floats, *, days: _BusinessDays, best: int) -> pd.DataFrame:
    """Return who waits for a follow-up and until when, the latest first."""
    names = [name for name in waiting.columns if str(name).endswith("_id")]
    due = waiting[names].assign(
        due_on=pd.to_datetime(days.date_of(first + best)),
        n_days_waiting=watched.astype(np.int64),
        n_days_late=np.maximum(watched - best, 0).astype(np.int64),
    )
    return due.sort_values(["due_on", "lead_id"], kind="stable", ignore_index=True)
