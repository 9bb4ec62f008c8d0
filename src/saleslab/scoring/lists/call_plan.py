"""Whom does each person contact first, and what is known of each lead? All that the page of a call list shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring.contacts.history import read_recent_contacts
from saleslab.scoring.contacts.reaching import read_allowed
from saleslab.scoring.judging.explaining import LeadExplanation, explain_scores
from saleslab.scoring.leads.names import read_companies, read_people
from saleslab.scoring.learning.scores import score_leads
from saleslab.scoring.lists.call_lists import read_contact_times, read_win_value
from saleslab.scoring.lists.ranking import LeadRanking, rank_leads

if TYPE_CHECKING:
    from saleslab.scoring.contacts.timing import ContactTimes
    from saleslab.scoring.learning.lead_book import LeadBook
    from saleslab.scoring.learning.lead_models import LeadModel
    from saleslab.warehouse import Warehouse

_ABOUT_US = ("n_leads_of_owner",)
"""Columns that say how busy the seller is: no reason to call this lead and not another."""


@dataclass(frozen=True, slots=True, eq=False)
class CallPlan:
    """A call list and what stands behind it.

    Attributes
    ----------
    book, model
        The leads, and the model that was asked.
    ranking
        The list; None where there is nobody to contact.
    explained
        By lead id, what speaks for each listed lead and what against it; empty where the model does not sort.
    companies, people
        Names of accounts by lead id, and of people by user id.
    base_rate
        Share of leads that succeed.
    n_unreachable
        Waiting leads that may not be contacted.
    knows_opt_outs
        Whether anybody recorded who said no; without that no channel is suggested.
    has_values
        Whether anybody knows what a success is worth; without that the list says nothing of money.
    times
        When people answer; None where no contact was logged.
    as_of
        Day of the list.
    """

    book: LeadBook
    model: LeadModel
    ranking: LeadRanking | None
    explained: Mapping[str, LeadExplanation]
    companies: Mapping[str, str]
    people: Mapping[str, str]
    base_rate: float
    n_unreachable: int
    knows_opt_outs: bool
    has_values: bool
    times: ContactTimes | None
    as_of: date

    @property
    def n_waiting(self) -> int:
        """Leads that wait to be contacted."""
        return len(self.book.waiting.frame)


def plan_calls(
    lab: Warehouse,
    book: LeadBook,
    model: LeadModel,
    *,
    per_person: int = 8,
    user: str = "",
    value: float = 0.0,
    value_column: str = "",
    margin_rate: float = 1.0,
    cost: float = 0.0,
    explored: float = 0.05,
    show_names: bool = True,
    as_of: date,
    seed: int = 0,
) -> CallPlan:
    """Return whom each person contacts first, when and on which channel, and why.

    Where the model's verdict does not let it speak, nobody is ranked by a chance: the larger value, and then the newer
    lead comes first. Leads of which an opt-out is on record are never listed.

    Parameters
    ----------
    lab
        The warehouse; of leads of a file only its calendar and currency are used.
    book, model
        From `open_leads` and `take_model`.
    per_person
        Contacts that each person can make; of the whole team where leads have no owner.
    user
        Only the list of this person (``user_id``).
    value, value_column
        What a success is worth, or the column of a file that says so; measured in the warehouse when neither is given.
    margin_rate, cost, explored
        As `rank_leads` takes them.
    show_names
        Name people; their ids otherwise. Who is to be contacted is never named: the account, or the lead's id.
    as_of
        Day of the list.
    seed
        Of the lot.
    """
    day = as_of
    is_file = bool(book.source)
    allowed, knows = _read_ways(lab, book)
    times = None if is_file or not knows else read_contact_times(lab, as_of=day)
    people = {} if is_file else read_people(lab)
    scores = _score(book, model)
    worth = _find_values(lab, book, value, value_column, day)
    leads = scores.assign(value_amount=1.0 if worth is None else worth)
    if allowed is not None:
        leads["is_reachable"] = leads["lead_id"].isin(set(allowed["lead_id"]))
    options: dict[str, Any] = {
        "capacity": _give_places(leads, people, per_person),
        "as_of": day,
        "seed": seed,
        "margin_rate": margin_rate,
        "cost": cost if worth is not None else 0.0,
        "explored": explored if model.is_sorting else 0.0,
        "currency": book.currency or lab.settings.currency,
        "goal": book.goal or "won",
    }
    if times is not None and allowed is not None:
        attempts = read_recent_contacts(lab, as_of=day)
        options |= {"times": times, "allowed": allowed, "attempts": attempts}
    ranking = _pick_person(_rank(leads, options, allowed), user)
    base = model.scorer.base_rate_ if model.scorer is not None else model.n_won / max(model.n_known, 1)
    listed = set() if ranking is None else set(ranking.frame["lead_id"])
    return CallPlan(
        book=book,
        model=model,
        ranking=ranking,
        explained=_explain(book, model, listed),
        companies={} if is_file else read_companies(lab, listed),
        people={user_id: name for user_id, (name, _) in people.items()} if show_names else {},
        base_rate=float(base),
        n_unreachable=int((~leads["is_reachable"]).sum()) if "is_reachable" in leads else 0,
        knows_opt_outs=knows,
        has_values=worth is not None,
        times=times,
        as_of=day,
    )


def _score(book: LeadBook, model: LeadModel) -> pd.DataFrame:
    """Return the waiting leads with their chances, the range of each, and grades."""
    if model.scorer is None:
        keys = ["lead_id", "account_id", "contact_id", "owner_id", "created_at"]
        rate = model.n_won / model.n_known if model.n_known else 0.0
        return book.waiting.frame[keys].assign(chance_won=rate if rate > 0 else 0.5)
    return score_leads(model.scorer, book.waiting, facts=model.facts if model.is_sorting else None).frame


def _read_ways(lab: Warehouse, book: LeadBook) -> tuple[pd.DataFrame | None, bool]:
    """Return on which channels each waiting lead may be reached, and whether opt-outs are on record."""
    if book.source:
        return None, False
    try:
        return read_allowed(lab, book.waiting.frame), True
    except (NotEnoughData, TableError):
        return None, False


def _give_places(leads: pd.DataFrame, people: Mapping[str, tuple[str, bool]], per_person: int) -> int | dict[str, int]:
    """Return the capacity of each active owner, or of the team where leads have none."""
    owners = {str(owner) for owner in leads["owner_id"].dropna()}
    active = {owner for owner in owners if people.get(owner, ("", True))[1]}
    return dict.fromkeys(sorted(active), per_person) if active else per_person


def _find_values(lab: Warehouse, book: LeadBook, value: float, column: str, day: date) -> float | pd.Series | None:
    """Return what a success is worth, one amount or one a lead; None where nobody knows."""
    if column:
        amounts = pd.to_numeric(book.waiting.frame[column], errors="coerce")
        return amounts.fillna(amounts.median() if amounts.notna().any() else 0.0)
    if value > 0:
        return value
    if book.source or not lab.has("opportunities"):
        return None
    try:
        return read_win_value(lab, as_of=day, goal="qualified" if book.goal == "qualified" else "won")
    except NotEnoughData:
        return None


def _rank(leads: pd.DataFrame, options: Mapping[str, Any], allowed: pd.DataFrame | None) -> LeadRanking | None:
    """Return the list; None where nobody may be contacted or is worth it."""
    if leads.empty:
        return None
    try:
        ranking = rank_leads(leads, **options)
    except NotEnoughData:
        return None
    return _write_instead(ranking, allowed)


def _pick_person(ranking: LeadRanking | None, user: str) -> LeadRanking | None:
    """Return the list of one person, as it is within that of the team."""
    if ranking is None or not user:
        return ranking
    own = ranking.frame[ranking.frame["user_id"] == user]
    if own.empty:
        known = ", ".join(sorted(ranking.frame["user_id"].dropna().unique())) or "nobody, since leads have no owner"
        raise BadArgument(f"'{user}' has no list of leads.", f"give one of: {known}.")
    return replace(ranking, frame=own.reset_index(drop=True))


def _write_instead(ranking: LeadRanking, allowed: pd.DataFrame | None) -> LeadRanking:
    """Return the list in which a lead that may be written to, but not called, is written to: no hour is best for it."""
    if allowed is None:
        return ranking
    frame = ranking.frame
    mailed = frame["channel"].isna() & frame["lead_id"].isin(allowed.loc[allowed["channel"] == "email", "lead_id"])
    if not mailed.any():
        return ranking
    changed = frame.assign(channel=frame["channel"].mask(mailed, "email"), action=frame["action"].mask(mailed, "write"))
    return replace(ranking, frame=changed)


def _explain(book: LeadBook, model: LeadModel, listed: set[str]) -> dict[str, LeadExplanation]:
    if model.scorer is None or not model.is_sorting or not listed:
        return {}
    leads = book.waiting.pick(book.waiting.frame["lead_id"].isin(listed))
    hidden = [name for name in _ABOUT_US if name in model.scorer.column_kinds_]
    return {lead.lead_id: lead for lead in explain_scores(model.scorer, leads, hidden=hidden).leads}
