"""Is everybody's work written down alike, and has anybody begun to work on the youngest deals?

Comparing people by their activities compares how they write down, unless all do it alike. What a person's work would
need is told by the moves of deals and leads that the person made, or where history does not say who, by those that the
person owns.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.intake.cohort_bias import read_outcomes
from saleslab.stats import find_shortfalls, follow_endings
from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local_date

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_WATCHED = timedelta(days=3 * 365 + 1)
_SURE = 0.9
_TOO_MANY = 0.01


@dataclass(frozen=True, slots=True)
class Logger:
    """One person's activities against what the person's work would need; ``chance``: that it is no usual difference."""

    user_id: str
    n_logged: int
    n_expected: float
    chance: float


@dataclass(frozen=True, slots=True)
class LoggingBias:
    """How evenly people write down what they do.

    Attributes
    ----------
    since
        First day that was looked at.
    few
        People who write down far less than their work would need, with a chance of at least 0.9, the surest first.
    n_judged, n_unjudged
        People who were compared, and people with activities but too little visible work to be compared.
    spread
        Usual differences between people: standard deviation of the logarithm of logged over expected.
    """

    since: date
    few: tuple[Logger, ...]
    n_judged: int
    n_unjudged: int
    spread: float


@dataclass(frozen=True, slots=True)
class UntouchedBias:
    """Young deals that nobody has worked on.

    Attributes
    ----------
    since
        First day of opening.
    n_untouched
        How many are open without any activity on them or on the lead they came from.
    n_expected
        How many that would be if they were worked on as fast as earlier deals were.
    chance
        Chance of so many, if they were.
    rows
        The deals, an Ibis expression.
    """

    since: date
    n_untouched: int
    n_expected: float
    chance: float
    rows: Any

    @property
    def is_clear(self) -> bool:
        """Whether so many are no coincidence."""
        return self.chance < _TOO_MANY


def measure_logging(lab: Warehouse, *, as_of: date) -> LoggingBias:
    """Return who writes down far fewer activities than their work would need.

    Raises
    ------
    NotEnoughData
        When there are no activities by known people, or fewer than five people can be compared.
    """
    since = as_of - _WATCHED
    people = read_efforts(lab, since=since, as_of=as_of)
    answer = find_shortfalls(people["n_logged"], people[["deal_work", "lead_work"]])
    found = [
        Logger(str(row["user_id"]), int(row["n_logged"]), float(expected), float(chance))
        for row, expected, chance in zip(people.to_dict("records"), answer.expected, answer.chance, strict=True)
        if chance >= _SURE
    ]
    unjudged = int(((people["n_logged"] > 0) & ~answer.is_judged).sum())
    found.sort(key=lambda person: (-person.chance, person.n_logged / person.n_expected, person.user_id))
    return LoggingBias(since, tuple(found), int(answer.is_judged.sum()), unjudged, answer.spread)


def read_efforts(lab: Warehouse, *, since: date, as_of: date) -> pd.DataFrame:
    """Return one row a person: ``user_id, n_logged, deal_work, lead_work``, counted within the days given."""
    zone = lab.settings.timezone
    first, over = start_of_day(since, zone), end_of_day(as_of, zone)
    activities = lab.need("activities", "user_id")
    activities = activities.filter((activities.at >= first) & (activities.at < over) & activities.user_id.notnull())
    logged = lab.read(activities.group_by("user_id").aggregate(n_logged=activities.count()))
    work = _read_moves(lab, first, over)
    work = _read_owned(lab, first, over) if work is None else work
    both = logged.merge(work, on="user_id", how="outer")
    both[["n_logged", "deal_work", "lead_work"]] = (
        both[["n_logged", "deal_work", "lead_work"]].fillna(0).astype("int64")
    )
    return both.sort_values("user_id", ignore_index=True)


def _read_moves(lab: Warehouse, first: Any, over: Any) -> pd.DataFrame | None:
    """Return how many moves of deals and leads each person made; None where history does not say who."""
    if not lab.has("stage_events"):
        return None
    events = lab.table("stage_events")
    events = events.filter((events.at >= first) & (events.at < over) & events.by_user_id.notnull())
    moves = lab.read(
        events.group_by(user_id=events.by_user_id).aggregate(
            deal_work=(events.object_type == "opportunity").sum(), lead_work=(events.object_type == "lead").sum()
        )
    )
    return moves if len(moves) else None


def _read_owned(lab: Warehouse, first: Any, over: Any) -> pd.DataFrame:
    """Return how many deals and leads each person owns that were created in time."""
    parts = []
    for table, work in (("opportunities", "deal_work"), ("leads", "lead_work")):
        if lab.has(table):
            rows = lab.table(table)
            rows = rows.filter((rows.created_at >= first) & (rows.created_at < over) & rows.owner_id.notnull())
            parts.append(lab.read(rows.group_by(user_id=rows.owner_id).aggregate(**{work: rows.count()})))
    owned = pd.concat(parts) if parts else pd.DataFrame({"user_id": pd.Series(dtype="str")})
    return owned.reindex(columns=["user_id", "deal_work", "lead_work"]).groupby("user_id", as_index=False).sum()


def measure_untouched(lab: Warehouse, *, since: date, as_of: date, without_people: Sequence[str] = ()) -> UntouchedBias:
    """Return how many deals opened since a day nobody has worked on, against what earlier deals let expect.

    Parameters
    ----------
    since
        First day of opening, such as that of `measure_cohort`.
    without_people
        People whose work is not written down (`measure_logging`): whether their deals are worked on cannot be told.

    Raises
    ------
    NotEnoughData
        When there are no activities on deals or leads, or no earlier deals to compare with.
    """
    outcomes = read_outcomes(lab, as_of=as_of)
    for person in (outcomes.owner_id, outcomes.appointer_id) if without_people else ():
        outcomes = outcomes.filter(person.isnull() | ~person.isin(list(without_people)))
    deals = _add_first_contact(lab, outcomes)
    watched = deals.is_touched.ifelse(deals.contact_days, deals.days)
    before = deals.filter(deals.created_on < since).mutate(waited=watched)
    waits = lab.read(
        before.group_by("waited")
        .aggregate(n_touched=before.is_touched.sum(), n_untouched=(~before.is_touched).sum())
        .order_by("waited")
    )
    if not len(waits):
        raise NotEnoughData(f"No deal was opened before {since}.", "import older deals.")
    earlier = follow_endings(
        waits["waited"].to_list(), n_ended=[waits["n_touched"].to_list()], n_running=waits["n_untouched"].to_list()
    )
    young = deals.filter((deals.created_on >= since) & deals.is_open)
    ages = lab.read(young.group_by("days").aggregate(n=young.count(), n_untouched=(~young.is_touched).sum()))
    return _judge_untouched(earlier, ages, since, young.filter(~young.is_touched))


def _judge_untouched(earlier: Any, ages: pd.DataFrame, since: date, rows: Any) -> UntouchedBias:
    from scipy.special import pdtrc

    expected = 0.0
    for age, n in zip(ages["days"], ages["n"], strict=True):
        passed = earlier.days <= age
        share = float(earlier.still_running[passed][-1]) if passed.any() else 1.0
        expected += int(n) * (share * earlier.n_watched + 1) / (earlier.n_watched + 2)
    n_untouched = int(ages["n_untouched"].sum())
    chance = float(pdtrc(n_untouched - 1, expected)) if n_untouched else 1.0
    return UntouchedBias(since, n_untouched, expected, chance, rows)


def _add_first_contact(lab: Warehouse, deals: Any) -> Any:
    """Add to deals whether anything was done on them or their lead, and on which day first, 0 for the first day."""
    zone = lab.settings.timezone
    activities = lab.need("activities", "opportunity_id")
    activities = activities.mutate(day=to_local_date(activities.at, zone))
    on_deal = activities.filter(activities.opportunity_id.notnull())
    on_deal = on_deal.group_by("opportunity_id").aggregate(deal_contact=on_deal.day.min())
    on_lead = activities.filter(activities.lead_id.notnull())
    on_lead = on_lead.group_by("lead_id").aggregate(lead_contact=on_lead.day.min())
    deals = deals.left_join(on_deal, "opportunity_id").drop("opportunity_id_right")
    deals = deals.left_join(on_lead, "lead_id").drop("lead_id_right")
    first = deals.deal_contact.fill_null(deals.lead_contact)
    first = (deals.lead_contact < first).fill_null(False).ifelse(deals.lead_contact, first)  # noqa: FBT003
    deals = deals.mutate(is_touched=first.notnull() & (first <= deals.ended_on), first=first)
    days = deals.first.delta(deals.created_on, unit="day")
    return deals.mutate(contact_days=(days > 0).ifelse(days, 0))
