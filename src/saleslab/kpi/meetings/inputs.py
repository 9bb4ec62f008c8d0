"""From the warehouse to what a meeting is told besides its measures: the wins of some days, and who is in a team."""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.teams import list_members, read_parents
from saleslab.periods import Period
from saleslab.warehouse import Warehouse
from saleslab.warehouse.labels import name_ids
from saleslab.warehouse.local_time import end_of_day, start_of_day

LISTED = 5
"""Wins that are shown; the others are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Wins:
    """What was won in some days.

    Attributes
    ----------
    of
        ``deals``, or ``orders`` where no deals are on record.
    n, amount
        All of them, and their money in the base currency.
    largest
        ``win_id, owner_id, amount``: those with the most money.
    """

    of: Literal["deals", "orders"]
    n: int
    amount: float
    largest: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Team:
    """A team: its id, its name (the id where it has none), and the people of it and of the teams below."""

    team_id: str
    name: str
    members: frozenset[str]


def read_team(lab: Warehouse, team: str) -> Team:
    """Return a team by its id or its name.

    Raises
    ------
    BadArgument
        When there is no such team, or several have the name; the message lists the ids.
    """
    ids = sorted(read_parents(lab))
    names = name_ids(lab, ids, (("teams", "team_id", "name"),))
    found = [one for one in ids if team in {one, names.get(one)}]
    if len(found) != 1:
        raise BadArgument(
            f"{len(found) or 'No'} team{'s' * (len(found) > 1)} called '{team}'; there are {', '.join(ids) or 'none'}.",
            "give the id of one team.",
        )
    members = frozenset(user for user, one in list_members(lab) if one == found[0])
    return Team(found[0], names.get(found[0], found[0]), members)


def read_people(lab: Warehouse) -> Mapping[str, str]:
    """Return the names of colleagues by id. Personal data: for readers who lead them, or to black them out of texts."""
    if not lab.has("users"):
        return {}
    users = lab.table("users")
    known = lab.read(users.filter(users.name.notnull()).select("user_id", "name"))
    return dict(zip(known["user_id"], known["name"], strict=True))


def read_wins(lab: Warehouse, *, period: Period, members: Collection[str] | None = None) -> Wins:
    """Return what was won in some days, the company's own, by everybody or by some people; rows of the largest alone.

    Parameters
    ----------
    lab
        The warehouse.
    period
        The days.
    members
        Owners that count; None: all.
    """
    if lab.has("opportunities"):
        deals = lab.table("opportunities")
        home = deals.currency.isnull() | (deals.currency == lab.settings.currency)
        amount = deals.amount_base.coalesce(home.ifelse(deals.amount, ibis.null(deals.amount.type())))
        rows = deals.filter(deals.is_closed & deals.is_won).select(
            "owner_id", win_id=deals.opportunity_id, at=deals.closed_at, amount=amount.cast("float64")
        )
        return _sum_up(lab, "deals", rows, period, members)
    if lab.has("orders"):
        orders = lab.table("orders")
        rows = orders.select(
            "owner_id", win_id=orders.order_id, at=orders.ordered_at, amount=orders.total.cast("float64")
        )
        return _sum_up(lab, "orders", rows, period, members)
    return Wins("deals", 0, 0.0, pd.DataFrame(columns=["win_id", "owner_id", "amount"]))


def _sum_up(
    lab: Warehouse, of: Literal["deals", "orders"], rows: Any, period: Period, members: Collection[str] | None
) -> Wins:
    zone = lab.settings.timezone
    start, end = ibis.timestamp(start_of_day(period.start, zone)), ibis.timestamp(end_of_day(period.end, zone))
    mine = rows.filter((rows["at"] >= start) & (rows["at"] < end))
    if members is not None:
        mine = mine.filter(mine.owner_id.isin(sorted(members) or [""]))
    total = lab.read(mine.aggregate(n=mine.count(), amount=mine.amount.sum().coalesce(0.0))).iloc[0]
    ordered = mine.order_by(ibis.desc(mine.amount.coalesce(0.0)), "win_id").limit(LISTED)
    largest = lab.read(ordered.select("win_id", "owner_id", "amount"))
    return Wins(of, int(total["n"]), float(total["amount"]), largest)
