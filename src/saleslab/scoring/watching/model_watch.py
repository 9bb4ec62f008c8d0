"""Does a trained model still hold for the leads that came in since? The same question for a warehouse and for files."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.inputs import Goal, build_leads
from saleslab.scoring.leads.features import KnownAt
from saleslab.scoring.leads.labels import label_outcomes
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.learning.learned_leads import find_last_day
from saleslab.scoring.watching.drift import DriftWatch, watch_drift

if TYPE_CHECKING:
    from saleslab.scoring.bundles.manifest import ModelFacts
    from saleslab.scoring.model.scorer import LeadScorer
    from saleslab.warehouse import Warehouse

Floats = npt.NDArray[np.float64]

_RIVAL = "chance_of_rival"


def watch_model(
    scorer: LeadScorer,
    before: LeadTable,
    since: LeadTable,
    *,
    facts: ModelFacts,
    as_of: date | None = None,
    rival: pd.Series | None = None,
    **options: Any,
) -> DriftWatch:
    """Return whether a model still holds for the leads that came in since it was trained.

    Parameters
    ----------
    scorer, facts
        The model and what is kept with it.
    before, since
        The leads that it learned from, and those that came in later, both described at its moment (`read_watched`,
        `divide_leads`).
    as_of
        Last day that is known; outcomes are looked at within the model's window.
    rival
        What another model says of the leads that came in later, missing where it learned from them.
    options
        As `watch_drift` takes them.

    Raises
    ------
    NotEnoughData
        When no lead has come in since.
    """
    if since.frame.empty:
        raise NotEnoughData("No lead has come in since the model was trained.", "ask again when some have.")
    names = [str(name) for name in scorer.feature_names_in_]
    said = _state(scorer, since)
    now = since.frame[names].assign(chance_won=said, is_won=_follow(since, facts, as_of))
    if facts.grades is not None:
        now["grade"] = facts.grades.grade(said)
    if rival is not None:
        now[_RIVAL], options = rival.to_numpy(), {**options, "challenger": _RIVAL}
    learned = before.frame[names].assign(chance_won=_state(scorer, before))
    moving = {feature.name for feature in before.features if feature.moves_with_time}
    watched = [name for name in names if name not in moving]
    return watch_drift(learned, now, columns=watched or names, promised=scorer.forward_auc_, **options)


def read_watched(lab: Warehouse, scorer: LeadScorer, *, facts: ModelFacts, as_of: date) -> tuple[LeadTable, LeadTable]:
    """Return the leads that a model learned from, and those that came in since, with its columns and as it knows them.

    Raises
    ------
    BadArgument
        When the model does not say from when to when its leads came in.
    NotEnoughData
        When the warehouse has no lead of that time.
    """
    goal: Goal = "qualified" if facts.goal == "qualified" else "won"
    known_at: KnownAt = "contacted" if facts.known_at == "contacted" else "created"
    first, _ = _span(facts)
    columns = [str(name) for name in scorer.feature_names_in_]
    # the model counts days in UTC, the warehouse in the company's zone
    since = first - timedelta(days=1)
    table = build_leads(lab, as_of=as_of, known_at=known_at, goal=goal, created_since=since, columns=columns)
    return divide_leads(table, facts=facts)


def divide_leads(table: LeadTable, *, facts: ModelFacts) -> tuple[LeadTable, LeadTable]:
    """Return the leads of the time that a model learned from, and those that came in later; older ones are in neither.

    Raises
    ------
    BadArgument
        When the model, or the leads, do not say when they came in.
    """
    first, last = _span(facts)
    if table.frame["created_at"].isna().all():
        raise BadArgument(
            "These leads do not say when they came in, so nobody knows which are new.",
            "give those that the model learned from as a file of their own.",
        )
    day = table.frame["created_at"].dt.normalize()
    return table.pick((day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last))), table.pick(day > pd.Timestamp(last))


def _span(facts: ModelFacts) -> tuple[date, date]:
    if facts.data_from is None or facts.data_to is None:
        raise BadArgument(
            "The model does not say from when to when its leads came in.",
            "give the leads that it learned from, and those that came in since, as two files.",
        )
    return facts.data_from, facts.data_to


def _state(scorer: LeadScorer, table: LeadTable) -> Floats:
    return np.asarray(scorer.predict_proba(table.frame)[:, 1], dtype=np.float64)


def _follow(table: LeadTable, facts: ModelFacts, as_of: date | None) -> pd.Series:
    """Return what became of leads, unknown while their window is not over: of the young ones mostly the won are known.

    Leads without times are judged by what their file says.
    """
    last = as_of or table.as_of or find_last_day(table)
    if facts.window is None or last is None:
        return table.frame["is_won"].astype("boolean")
    is_over = table.frame["created_at"] < pd.Timestamp(last) + pd.Timedelta(days=1) - pd.Timedelta(days=facts.window)
    if not is_over.any():
        return pd.Series(pd.NA, table.frame.index, dtype="boolean")
    outcomes = label_outcomes(table.frame, as_of=last, window=facts.window)
    return outcomes.frame["is_won"].where(outcomes.has_whole_window)
