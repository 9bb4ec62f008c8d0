"""All questions about bias at once: what can be judged is, what cannot is named with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import floor
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from saleslab.errors import NotEnoughData
from saleslab.intake.cohort_bias import CohortBias, RemovalBias, measure_cohort, measure_removals
from saleslab.intake.duplicate_checks import suspect_duplicates
from saleslab.intake.logging_bias import LoggingBias, UntouchedBias, measure_logging, measure_untouched
from saleslab.intake.suspects import Suspects
from saleslab.wording import Number, Share

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_T = TypeVar("_T")
_MOST_SURE = 0.99
"""Largest chance that is claimed in words."""


@dataclass(frozen=True, slots=True)
class Biases:
    """What was found out about bias; each part is None where it could not be judged or does not arise.

    Attributes
    ----------
    cohort, removals, logging, untouched
        One answer for each question.
    suspects
        What is suspected of biasing a number.
    unchecked
        For each check that could not be made, why not, and what to do about it (English, for the analyst).
    """

    cohort: CohortBias | None
    removals: RemovalBias | None
    logging: LoggingBias | None
    untouched: UntouchedBias | None
    suspects: tuple[Suspects, ...]
    unchecked: Mapping[str, NotEnoughData]


def check_biases(lab: Warehouse, *, as_of: date, with_duplicates: bool = True) -> Biases:
    """Return what may bias the numbers of a review: young cohorts, removed losses, uneven logging, duplicates.

    Parameters
    ----------
    lab
        The company's warehouse.
    as_of
        Last day that is known.
    with_duplicates
        Compare the names of companies and people; the one check that brings rows to Python.
    """
    unchecked: dict[str, NotEnoughData] = {}

    def ask(code: str, study: Callable[[], _T]) -> _T | None:
        try:
            return study()
        except NotEnoughData as lacking:
            unchecked[code] = lacking
            return None

    cohort = ask("immature_cohort", lambda: measure_cohort(lab, as_of=as_of))
    removals = ask("removed_losses", lambda: measure_removals(lab))
    logging = ask("uneven_logging", lambda: measure_logging(lab, as_of=as_of))
    silent = [person.user_id for person in logging.few] if logging else []
    untouched = None
    if cohort is not None:
        since = cohort.opened_since
        untouched = ask(
            "untouched_cohort", lambda: measure_untouched(lab, since=since, as_of=as_of, without_people=silent)
        )
    suspects = [
        *_suspect_losses(lab, removals),
        *_suspect_logging(lab, logging),
        *_suspect_untouched(untouched),
    ]
    for table in ("accounts", "contacts") if with_duplicates else ():
        found = ask(f"duplicates_{table}", lambda table=table: list(suspect_duplicates(lab, table)))  # type: ignore[misc]
        suspects += found or []
    return Biases(cohort, removals, logging, untouched, tuple(suspects), MappingProxyType(unchecked))


def _suspect_losses(lab: Warehouse, removals: RemovalBias | None) -> list[Suspects]:
    """Suspect removed losses, and a company that keeps no losses at all."""
    if not lab.has("opportunities"):
        return []
    if removals is not None and removals.is_clear:
        rows = lab.table("opportunities", all_rows=True)
        gone = rows.filter(rows.is_closed & ~rows.is_won & (rows.is_deleted | rows.merged_into_id.notnull()))
        words = {"shown": Share(removals.shown.estimate, 0), "whole": Share(removals.whole.estimate, 0)}
        return [Suspects("removed_losses", "opportunities", "is_won", gone, words)]
    deals = lab.table("opportunities")
    closed = deals.filter(deals.is_closed)
    n_lost = int(lab.read(closed.aggregate(n=(~closed.is_won).sum()))["n"].fillna(0).iloc[0])
    return [] if n_lost else [Suspects("no_losses", "opportunities", "is_won", closed)]


def _suspect_logging(lab: Warehouse, logging: LoggingBias | None) -> list[Suspects]:
    if logging is None or not logging.few:
        return []
    people = [person.user_id for person in logging.few]
    rows = lab.table("activities")
    share = sum(person.n_logged for person in logging.few) / sum(person.n_expected for person in logging.few)
    chance = min(_MOST_SURE, *(person.chance for person in logging.few))
    words = {"share": Share(share, 0), "chance": Share(floor(chance * 100) / 100, 0), "n_judged": logging.n_judged}
    mine = rows.filter(rows.user_id.isin(people))
    return [Suspects("uneven_logging", "activities", "user_id", mine, words, named_by="user_id")]


def _suspect_untouched(untouched: UntouchedBias | None) -> list[Suspects]:
    if untouched is None or not untouched.n_untouched or not untouched.is_clear:
        return []
    words = {"since": untouched.since, "expected": Number(untouched.n_expected, 0)}
    return [Suspects("untouched_cohort", "opportunities", "created_at", untouched.rows, words)]
