"""Whom to contact first, with so much time: the list that a team works through, each row with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring.contacts.next_contacts import ContactCap
from saleslab.scoring.contacts.timing import ContactTimes
from saleslab.scoring.lists.actions import add_actions
from saleslab.scoring.lists.reasons import tell_reasons
from saleslab.scoring.lists.worth import value_leads
from saleslab.scoring.model.grades import Grades, set_grades
from saleslab.stats.places import FREE, deal_places, draw_places, reserve_places, take_places
from saleslab.tables.presence import require_columns

LEFT_OUT = ("unreachable", "duplicate", "not_worth_it", "beyond_capacity")
"""Why a lead is not in the list; the first that holds."""

_ORDER = (
    "rank", "user_id", "user_rank", "lead_id", "grade", "chance_won", "low", "high", "gain", "value_amount",
    "expected_amount", "is_explored", "propensity", "action", "channel", "contact_at", "hour", "reasons",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeadRanking:
    """Whom to contact first.

    Attributes
    ----------
    frame
        The list, first row first: ``rank, user_id`` (who works it), ``user_rank`` (in that person's own list),
        ``lead_id, grade, chance_won, low, high, gain`` (what a contact adds to the chance: the uplift, or the chance
        itself), ``value_amount, expected_amount, is_explored, propensity, action, channel, contact_at, hour, reasons``
        (a tuple of texts, never empty), and the columns of the scores whose names end with ``_id``.
    left_out
        ``lead_id, code``: every other lead and why it is not in the list.
    n_scored
        Leads that were scored.
    capacity
        Places of the list.
    explored
        Share of them that was left to chance.
    is_by_uplift
        Whether the gain is an uplift.
    seed, as_of, currency, goal
        As given.
    """

    frame: pd.DataFrame
    left_out: pd.DataFrame
    n_scored: int
    capacity: int
    explored: float
    is_by_uplift: bool
    seed: int
    as_of: date
    currency: str
    goal: str = "won"

    @property
    def expected_amount(self) -> float:
        """What the whole list is expected to bring."""
        return float(self.frame["expected_amount"].sum())


@dataclass(frozen=True, slots=True)
class _Team:
    """Who works the list: names in a fixed order, and the places of each."""

    users: tuple[str | None, ...]
    places: npt.NDArray[np.int64]


def rank_leads(
    scores: pd.DataFrame,
    *,
    capacity: int | Mapping[str, int],
    as_of: date,
    seed: int,
    value: float | None = None,
    margin_rate: float = 1.0,
    cost: float = 0.0,
    uplift: pd.DataFrame | None = None,
    owners: pd.DataFrame | None = None,
    explored: float = 0.05,
    grades: Grades | None = None,
    reasons: Mapping[str, Any] | None = None,
    times: ContactTimes | None = None,
    allowed: pd.DataFrame | None = None,
    attempts: pd.DataFrame | None = None,
    cap: ContactCap | None = None,
    actions: pd.DataFrame | None = None,
    currency: str = "JPY",
    goal: str = "won",
) -> LeadRanking:
    """Return the leads that are worth most, as many as can be worked.

    A contact is worth its gain times the margin of a win, less its cost. The gain is the uplift where an experiment
    has measured one, since a lead that comes by itself needs no call; without one it is the chance to win. A few
    places are drawn by lot and say with what ``propensity``: only leads that were not picked by the model can tell
    whether it is right about them.

    Parameters
    ----------
    scores
        One row a lead: ``lead_id, chance_won``; ``value_amount`` unless ``value`` is given; also taken where present:
        ``low, high, grade, is_reachable`` (False leaves the lead out; fill it with `intake.keep_reachable`),
        ``contact_id`` (only the best lead of a person is listed), ``owner_id``, ``created_at`` (the newer first among
        equals).
    capacity
        Contacts that can be made: of the team, or of each person by ``user_id``.
    as_of
        Day of the list; suggested contacts begin on the next business day.
    seed
        Of the lot.
    value
        Worth of a win where ``scores`` does not say, in ``currency``.
    margin_rate
        Share of a win's value that is earned.
    cost
        Of one contact.
    uplift
        ``lead_id, uplift``: by how much a contact raises the chance, for every lead.
    owners
        ``lead_id, user_id``: leads that only this person may work; by default the ``owner_id`` of the scores. Owners
        who have no capacity of their own do not bind.
    explored
        Share of the places that is drawn by lot among all leads that would not have got one.
    grades
        Fixed with the model; by default the ``grade`` of the scores, or else grades set on this very list.
    reasons
        Texts by ``lead_id``, such as `explain_scores` gives; they follow the list's own reason.
    times, allowed, attempts, cap
        As `suggest_contacts` takes them; ``allowed`` is needed with ``times``, and with channels in ``actions``.
    actions
        ``lead_id, action`` and maybe ``channel``, such as `choose_action` gives; an action on a channel that the lead
        has not allowed is dropped.
    currency
        Of the amounts.
    goal
        What the chances are of, so that reasons name it: ``won``, or ``qualified`` (an appointment).

    Returns
    -------
    LeadRanking
        The same whatever the order of the rows. Among equals the higher chance, the larger value and the newer lead
        come first, then the smaller ``lead_id``.

    Raises
    ------
    NotEnoughData
        When there is no lead, or none that may be contacted.
    TableError
        When a column is missing, or a lead comes twice.
    BadArgument
        When an amount, a share or the capacity makes no sense.

    Examples
    --------
    >>> scores = pd.DataFrame({"lead_id": ["a", "b", "c"], "chance_won": [0.5, 0.1, 0.2],
    ...     "value_amount": [100.0, 900.0, 100.0]})
    >>> listed = rank_leads(scores, capacity=2, cost=5, explored=0, as_of=date(2026, 9, 30), seed=7)
    >>> listed.frame[["lead_id", "expected_amount"]].values.tolist(), listed.left_out["code"].tolist()
    ([['b', 85.0], ['a', 45.0]], ['beyond_capacity'])
    """
    _check_numbers(margin_rate, cost)
    team = _gather_team(capacity)
    leads = value_leads(scores, value=value, margin_rate=margin_rate, cost=cost, uplift=uplift)
    leads["grade"] = _grade(leads, scores, grades, int(team.places.sum()))
    leads["room"] = _find_rooms(leads, owners, team)
    leads["code"] = _leave_out(leads)
    listed = _fill_places(leads, team, explored=explored, seed=seed)
    left = leads[~leads["lead_id"].isin(listed["lead_id"])]
    left_out = left.assign(code=left["code"].fillna("beyond_capacity"))[["lead_id", "code"]]
    listed = add_actions(listed, times, allowed=allowed, attempts=attempts, cap=cap, actions=actions, as_of=as_of)
    by_uplift = uplift is not None
    words: dict[str, Any] = {"by_uplift": by_uplift, "margin_rate": margin_rate, "cost": cost}
    words |= {"currency": currency, "goal": goal}
    told = tell_reasons(listed, reasons, **words)
    listed["reasons"] = pd.Series(told, listed.index, dtype=object)
    return LeadRanking(
        listed[_name_columns(listed)],
        left_out.reset_index(drop=True),
        len(leads),
        int(team.places.sum()),
        explored,
        by_uplift,
        seed,
        as_of,
        currency,
        goal,
    )


def _check_numbers(margin_rate: float, cost: float) -> None:
    if not 0 < margin_rate <= 1 or not 0 <= cost < np.inf:
        raise BadArgument(
            f"A margin_rate of {margin_rate} and a cost of {cost} make no contact worth anything.",
            "give a margin_rate above 0, at most 1, and a cost from 0 up.",
        )


def _gather_team(capacity: int | Mapping[str, int]) -> _Team:
    users: tuple[str | None, ...] = tuple(sorted(capacity)) if isinstance(capacity, Mapping) else (None,)
    places = [capacity[user] for user in sorted(capacity)] if isinstance(capacity, Mapping) else [capacity]
    limits = np.array(places, dtype=np.float64)
    if not len(limits) or (limits < 0).any() or (limits != np.floor(limits)).any() or limits.sum() < 1:
        raise BadArgument(
            f"A capacity of {limits.sum():g} contacts for {len(limits)} people makes no list.",
            "give whole numbers from 0 up, at least 1 together.",
        )
    return _Team(users, limits.astype(np.int64))


def _grade(leads: pd.DataFrame, scores: pd.DataFrame, grades: Grades | None, n_places: int) -> list[str]:
    if grades is None and "grade" in scores.columns:
        return list(leads["grade"])
    if grades is None:
        grades = set_grades(leads["chance_won"], capacity=min(n_places / len(leads), 1.0))
    return grades.grade(leads["chance_won"])


def _find_rooms(leads: pd.DataFrame, owners: pd.DataFrame | None, team: _Team) -> npt.NDArray[np.int64]:
    """Return the number of the person that each lead is bound to, or -1."""
    if owners is not None:
        require_columns(owners, "lead_id", "user_id", of="owners")
        if owners["lead_id"].duplicated().any():
            n = int(owners["lead_id"].duplicated().sum())
            raise TableError(f"owners names {n} leads more than once.", "keep one owner a lead.")
        owner = leads["lead_id"].map(owners.set_index("lead_id")["user_id"])
    elif "owner_id" in leads.columns:
        owner = leads["owner_id"]
    else:
        return np.full(len(leads), FREE, dtype=np.int64)
    number = {user: place for place, user in enumerate(team.users) if user is not None}
    return np.asarray(owner.map(number).fillna(FREE), dtype=np.int64)


def _leave_out(leads: pd.DataFrame) -> pd.Series:
    """Return why leads may not be listed at all; missing where they may."""
    code = pd.Series(pd.NA, leads.index, dtype="str")
    if "contact_id" in leads.columns:
        known = leads["contact_id"].notna()
        if "is_reachable" in leads.columns:
            known &= leads["is_reachable"]
        repeated = leads["contact_id"].where(known).duplicated() & known
        code[repeated] = "duplicate"
    if "is_reachable" in leads.columns:
        code[~leads["is_reachable"]] = "unreachable"
    return code


def _fill_places(leads: pd.DataFrame, team: _Team, *, explored: float, seed: int) -> pd.DataFrame:
    """Return the leads that get a place, in order, with who works them and how they came to be listed."""
    able = leads[leads["code"].isna()]
    if able.empty:
        raise NotEnoughData(
            f"None of {len(leads)} leads may be contacted.", "check is_reachable, or score other leads."
        )
    by_lot = reserve_places(team.places, explored)
    worth = able[able["expected_amount"] > 0]
    picked = worth[take_places(worth["room"], team.places - by_lot)]
    rest = able[~able["lead_id"].isin(picked["lead_id"])]
    drawn, chance = draw_places(rest["room"], by_lot, np.random.default_rng(seed))
    explored_rows = rest[drawn].assign(is_explored=True, propensity=chance[drawn])
    listed = pd.concat([picked.assign(is_explored=False, propensity=1.0), explored_rows]).sort_index()
    if listed.empty:
        raise NotEnoughData(
            f"None of {len(able)} leads is worth a contact: each costs more than it is expected to bring.",
            "check the cost and the values, or leave places to chance with explored.",
        )
    leads.loc[rest.index[~drawn & (rest["expected_amount"] <= 0)], "code"] = "not_worth_it"
    room = deal_places(listed["room"], team.places)
    listed = listed.assign(rank=np.arange(1, len(listed) + 1), user_id=[team.users[number] for number in room])
    listed["user_rank"] = listed.groupby(room).cumcount().to_numpy() + 1
    return listed.reset_index(drop=True)


def _name_columns(listed: pd.DataFrame) -> list[str]:
    """Return the columns of the list in the order in which a person reads them."""
    ids = [name for name in listed.columns if str(name).endswith("_id") and name not in _ORDER]
    return [name for name in _ORDER if name in listed.columns] + ids
