"""Would a rate be misjudged because some deals are too young, or because others were removed?

Recent deals had less time to be won, so their share of wins is too low, however well they go. What it will come to is
told by how earlier deals ended, the unfinished counted for as long as they were watched. Removed losses work the other
way: they make a rate too high.
"""

# ruff: noqa: PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.stats import Interval, compare_rates, estimate_rate, follow_endings
from saleslab.warehouse.as_of import keep_first
from saleslab.warehouse.local_time import end_of_day, to_local_date

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_IDS = ("opportunity_id", "owner_id", "appointer_id", "lead_id")
_RIPE = 0.9
"""A cohort is ripe when that share of the deals that are ever decided would be."""


@dataclass(frozen=True, slots=True)
class CohortBias:
    """What recent deals seem to yield, and what they will.

    Attributes
    ----------
    opened_since
        First day of the recent cohort: of the deals opened before it, nine in ten that are ever decided would be.
    n_opened, n_won, n_open
        Deals opened since then, and what became of them so far.
    naive
        Won over opened, as a table of cohorts would show it.
    expected
        Share that will be won in the end, by how earlier deals ended (Aalen-Johansen).
    """

    opened_since: date
    n_opened: int
    n_won: int
    n_open: int
    naive: Interval
    expected: Interval

    @property
    def is_immature(self) -> bool:
        """Whether the naive rate lies below what is to be expected, luck considered."""
        return self.n_open > 0 and self.naive.high < self.expected.low


@dataclass(frozen=True, slots=True)
class RemovalBias:
    """Decided deals that were deleted or merged away, and the win rate with and without them.

    Attributes
    ----------
    n_lost, n_won
        Removed deals, by how they had ended.
    shown, whole
        Win rate among the deals that are left, and among all.
    difference
        Share of the lost deals that were removed minus that of the won ones, with the range that luck leaves open.
    """

    n_lost: int
    n_won: int
    shown: Interval
    whole: Interval
    difference: Interval

    @property
    def is_clear(self) -> bool:
        """Whether lost deals were removed more often than won ones, luck considered."""
        return self.difference.low > 0


def measure_cohort(lab: Warehouse, *, as_of: date) -> CohortBias:
    """Return how far the share of wins among recent deals can be trusted.

    Raises
    ------
    NotEnoughData
        When no deal with a day of creation was decided, or none was opened recently.
    """
    deals = read_outcomes(lab, as_of=as_of)
    by_days = deals.group_by("days").aggregate(
        n_won=deals.is_won.sum(), n_lost=deals.is_lost.sum(), n_open=deals.is_open.sum()
    )
    seen = lab.read(by_days.order_by("days"))
    since = as_of - timedelta(days=_find_ripe_days(seen))
    recent = deals.filter(deals.created_on >= since)
    counts = lab.read(recent.aggregate(n=recent.count(), n_won=recent.is_won.sum(), n_open=recent.is_open.sum()))
    n, n_won, n_open = (int(value) for value in counts.fillna(0).iloc[0])
    if not n:
        raise NotEnoughData(f"No deal was opened since {since}.", "look at an earlier day, or import recent deals.")
    return CohortBias(since, n, n_won, n_open, estimate_rate(n_won, n), expect_wins(seen))


def expect_wins(seen: pd.DataFrame) -> Interval:
    """Return the share of deals that is won in the end.

    Parameters
    ----------
    seen
        Histogram by whole days since creation: ``days, n_won, n_lost, n_open``.

    Examples
    --------
    >>> seen = pd.DataFrame({"days": [30, 60], "n_won": [20, 5], "n_lost": [20, 45], "n_open": [60, 0]})
    >>> round(expect_wins(seen).estimate, 2)
    0.21
    """
    won: Interval = _endings(seen).final[0]
    return won


def _endings(seen: pd.DataFrame) -> Any:
    ended = [seen["n_won"].to_list(), seen["n_lost"].to_list()]
    return follow_endings(seen["days"].to_list(), n_ended=ended, n_running=seen["n_open"].to_list())


def _find_ripe_days(seen: pd.DataFrame) -> int:
    endings = _endings(seen)
    decided = 1 - float(endings.still_running[-1])
    day = endings.quantile(_RIPE * decided)
    assert day is not None
    return max(int(day), 1)


def read_outcomes(lab: Warehouse, *, as_of: date) -> Any:
    """Return the deals as known at the end of a day, once each: ids, ``created_on, ended_on, days``, three flags.

    ``days`` is from creation to the decision, or to ``as_of``. Deals without these days, or with them swapped, are out.
    """
    zone = lab.settings.timezone
    deals = lab.need("opportunities")
    over = end_of_day(as_of, zone)
    deals = deals.filter(deals.created_at < over).select(*_IDS, "created_at", "closed_at", "is_closed", "is_won")
    deals = keep_first(deals, "opportunity_id", ["created_at"])
    deals = deals.mutate(
        created_on=to_local_date(deals.created_at, zone),
        is_open=~deals.is_closed | (deals.closed_at >= over).fill_null(False),  # noqa: FBT003
        ended_on=to_local_date(deals.closed_at, zone),
        today=as_of,
    )
    deals = deals.mutate(
        is_won=~deals.is_open & deals.is_won,
        is_lost=~deals.is_open & ~deals.is_won,
        ended_on=deals.is_open.ifelse(deals.today, deals.ended_on),
    )
    deals = deals.mutate(days=deals.ended_on.delta(deals.created_on, unit="day"))
    kept = ("created_on", "ended_on", "days", "is_open", "is_won", "is_lost")
    return deals.filter(deals.days >= 0).select(*_IDS, *kept)


def measure_removals(lab: Warehouse) -> RemovalBias | None:
    """Return whether lost deals were removed more than won ones; None where no decided deal was removed.

    Raises
    ------
    NotEnoughData
        When no deal was decided, or none of those left was.
    """
    lab.need("opportunities")
    deals = lab.table("opportunities", all_rows=True)
    gone = deals.is_deleted | deals.merged_into_id.notnull()
    closed = deals.filter(deals.is_closed).mutate(is_gone=gone)
    counted = lab.read(closed.group_by("is_won", "is_gone").aggregate(n=closed.count()))
    n = {(bool(row["is_won"]), bool(row["is_gone"])): int(row["n"]) for row in counted.to_dict("records")}
    kept_won, kept_lost, gone_won, gone_lost = (
        n.get(key, 0) for key in ((True, False), (False, False), (True, True), (False, True))
    )
    if not gone_won + gone_lost:
        return None
    if not kept_won + kept_lost or not kept_won + gone_won or not kept_lost + gone_lost:
        raise NotEnoughData("Every decided deal was removed, or all ended the same way.", "import the deals again.")
    return RemovalBias(
        gone_lost,
        gone_won,
        estimate_rate(kept_won, kept_won + kept_lost),
        estimate_rate(kept_won + gone_won, kept_won + kept_lost + gone_won + gone_lost),
        compare_rates((gone_lost, gone_lost + kept_lost), (gone_won, gone_won + kept_won)),
    )
