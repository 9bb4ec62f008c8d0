"""From the warehouse to when people were contacted: counts by hour of the week, and waits after a quote.

Contacts are counted where they lie: a week has 168 hours, however many calls a company makes. Quotes come one row
each, with the first contact after them. All times are the company's own, not UTC's.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse.as_of import attach
from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.warehouse import Warehouse

QUOTE_WORDS = ("見積", "quote")
"""What names a quote, in stages and in the subjects of contacts."""


def read_attempts(lab: Warehouse, *, as_of: date, since: date | None = None) -> pd.DataFrame:
    """Return how often leads were contacted, and reached, in each hour of the week.

    Columns: ``channel, weekday`` (Monday is 0), ``hour, n_attempts`` (that say yes or no), ``n_connected`` and
    ``n_unknown``. Contacts that customers made themselves are left out, and those of deals and customers too: whoever
    knows us answers at any hour.

    Raises
    ------
    NotEnoughData
        When there are no activities.
    """
    rows = _outgoing(lab, as_of, "lead_id")
    if since is not None:
        rows = rows.filter(rows["at"] >= start_of_day(since, lab.settings.timezone))
    local = to_local(rows["at"], lab.settings.timezone)
    rows = rows.mutate(weekday=local.day_of_week.index().cast("int64"), hour=local.hour().cast("int64"))
    counts = rows.group_by("channel", "weekday", "hour").aggregate(
        n_attempts=rows.connected.count(),
        n_connected=rows.connected.sum().coalesce(0),
        n_unknown=rows.connected.isnull().sum(),
    )
    return lab.read(counts.order_by("channel", "weekday", "hour"))


def read_recent_contacts(lab: Warehouse, *, as_of: date, n_days: int = 7) -> pd.DataFrame:
    """Return the contacts of leads in the last days, for the cap of `suggest_contacts`: ``lead_id, channel, at``."""
    rows, zone = _outgoing(lab, as_of, "lead_id"), lab.settings.timezone
    since = end_of_day(as_of, zone)
    rows = rows.filter(rows["at"] >= since - timedelta(days=n_days))
    return lab.read(rows.select("lead_id", "channel", at=to_local(rows["at"], zone)).order_by("at", "lead_id"))


def read_follow_ups(
    lab: Warehouse,
    *,
    as_of: date,
    goal: Literal["advanced", "won"] = "advanced",
    words: Sequence[str] = QUOTE_WORDS,
    any_contact: bool = False,
    pipeline_id: str | None = None,
) -> pd.DataFrame:
    """Return one row for each deal that was quoted, with the first follow-up and what became of it.

    Columns: ``opportunity_id, lead_id, owner_id, first_touch_at`` (the quote), ``next_touch_at`` (the first follow-up
    while the deal was open), ``won_at`` (the goal was reached) and ``closed_at`` (reached, or lost).

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        Last day that is known.
    goal
        What success is: the deal ``advanced`` beyond the quote, which is known sooner, or was ``won``.
    words
        A stage is the quote, and a contact a follow-up on it, when its label or subject holds one of them.
    any_contact
        Take the first outgoing contact of any subject. Where deals are contacted for many reasons this is not the
        follow-up, and hides what its timing does.
    pipeline_id
        Only deals of this pipeline.

    Raises
    ------
    NotEnoughData
        When no deal ever entered a stage of that name.
    BadArgument
        For an unknown goal.
    """
    if goal not in ("advanced", "won"):
        raise BadArgument(f"'{goal}' is no goal of a follow-up.", "give 'advanced' or 'won'.")
    zone, over = lab.settings.timezone, end_of_day(as_of, lab.settings.timezone)
    deals = _quoted(lab, over, words)
    if pipeline_id is not None:
        deals = deals.filter(deals.pipeline_id == pipeline_id)
    contacts = _outgoing(lab, as_of, "opportunity_id")
    if not any_contact:
        contacts = contacts.filter(_speaks_of(contacts.subject, words))
    lost_at, reached_at = _decided_at(deals, over, won=False), _decided_at(deals, over, won=True)
    if goal == "advanced":
        reached_at = deals.advanced_at.coalesce(reached_at)
    deals = deals.mutate(reached_at=reached_at, ended_at=reached_at.coalesce(lost_at))
    pairs = deals.select("opportunity_id", "quoted_at", "ended_at").inner_join(contacts, "opportunity_id")
    pairs = pairs.filter((pairs["at"] > pairs.quoted_at) & (pairs.ended_at.isnull() | (pairs["at"] <= pairs.ended_at)))
    deals = attach(
        deals, pairs.group_by("opportunity_id").aggregate(touched_at=pairs["at"].min()), key="opportunity_id"
    )
    cases = deals.select(
        "opportunity_id", "lead_id", "owner_id",
        first_touch_at=to_local(deals.quoted_at, zone), next_touch_at=to_local(deals.touched_at, zone),
        won_at=to_local(deals.reached_at, zone), closed_at=to_local(deals.ended_at, zone),
    )  # fmt: skip
    found = lab.read(cases.order_by("first_touch_at", "opportunity_id"))
    if found.empty:
        raise NotEnoughData(
            f"No deal entered a stage whose label holds {' or '.join(map(repr, words))} by {as_of}.",
            "give words that your stages use for a quote, or import stage_events.",
        )
    return found


def _outgoing(lab: Warehouse, as_of: date, key: str) -> Any:
    """Return the contacts that we made until the end of a day and that belong to something."""
    rows = lab.need("activities")
    over = end_of_day(as_of, lab.settings.timezone)
    return rows.filter((rows["at"] < over) & (rows.direction == "outbound") & rows[key].notnull())


def _speaks_of(text: Any, words: Sequence[str]) -> Any:
    found = text.lower().contains(words[0].lower())
    for word in words[1:]:
        found |= text.lower().contains(word.lower())
    return found.coalesce(False)


def _quoted(lab: Warehouse, over: Any, words: Sequence[str]) -> Any:
    """Return the deals that entered a quote stage, when they first did, and when they went beyond it."""
    moves = lab.need("stage_events")
    moves = moves.filter((moves.object_type == "opportunity") & (moves["at"] < over))
    stages = lab.need("stages").select("stage_id", "position", "is_closed", "is_won")
    moves = moves.select("object_id", "at", "to_stage_id", "to_stage_label").inner_join(
        stages, moves.to_stage_id == stages.stage_id
    )
    quotes = moves.filter(_speaks_of(moves.to_stage_label, words))
    quotes = quotes.group_by("object_id").aggregate(quoted_at=quotes["at"].min(), quote_position=quotes.position.min())
    later = attach(moves, quotes, key="object_id")
    beyond = later.is_won | (~later.is_closed & (later.position > later.quote_position))
    later = later.filter((later["at"] > later.quoted_at) & beyond)
    later = later.group_by("object_id").aggregate(advanced_at=later["at"].min())
    deals = lab.need("opportunities").inner_join(quotes, [("opportunity_id", "object_id")])
    return attach(deals, later.rename(opportunity_id="object_id"), key="opportunity_id")


def _decided_at(deals: Any, over: Any, *, won: bool) -> Any:
    """Return when each deal was won, or lost; nothing where it was not by then."""
    decided = deals.is_closed & (deals.closed_at < over)
    return decided.ifelse((deals.is_won == won).ifelse(deals.closed_at, None), None)
