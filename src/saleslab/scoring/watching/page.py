"""Does the model that we use still hold, and would a fresher one do better? All that the weekly page shows.

Without a trained model on the shelf the page looks back: as if one had been trained some weeks ago, it is judged on
what came since, and beside it stands one that was trained later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.bundles.shelf import find_model, list_models, open_model
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.learning.lead_book import keep_newest
from saleslab.scoring.learning.lead_models import LeadModel, take_model
from saleslab.scoring.learning.learned_leads import decide_leads
from saleslab.scoring.learning.training import train_model
from saleslab.scoring.watching.drift import DriftWatch
from saleslab.scoring.watching.model_watch import divide_leads, watch_model

if TYPE_CHECKING:
    from saleslab.scoring.learning.lead_book import LeadBook
    from saleslab.scoring.model.scorer import LeadScorer

_LEARNED, _HALF_WAY = 0.7, 0.85
"""Parts of leads without times that the model, and its challenger, learned from in a look back."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchPage:
    """A model, what came since, and what follows.

    Attributes
    ----------
    model
        The model that is watched; without a scorer where nothing could be trained.
    watch
        What `watch_drift` found; None where nothing came since, or there is no model.
    before, since
        Leads that it learned from, and those that came later.
    since_day
        Day after which they came; None for leads without times.
    rival
        Name of the challenger; empty where the page made one itself, None without one.
    is_look_back
        Whether the page pretends that a model had been trained then.
    as_of, goal, window
        As the book has them.
    """

    model: LeadModel
    watch: DriftWatch | None
    before: LeadTable
    since: LeadTable
    since_day: date | None
    rival: str | None
    is_look_back: bool
    as_of: date | None
    goal: str
    window: int | None


def open_watch(
    book: LeadBook,
    *,
    shelf: str = "",
    model: str = "",
    challenger: str = "",
    weeks: int = 26,
    most: int = 3_000,
    dropped: str = "",
    seed: int = 0,
) -> WatchPage:
    """Return whether a model still holds for the leads that came in since it was trained.

    Parameters
    ----------
    book
        All leads (`open_leads` with ``most=0``).
    shelf, model
        As `take_model` takes them.
    challenger
        Name of another model of the shelf; the newest other one that did not learn from all of the leads when empty.
    weeks
        Where the shelf has no model: look back as if one had been trained so many weeks ago.
    most
        Leads that a model learns from in a look back, at most.
    dropped, seed
        Of models that are trained here.
    """
    if shelf and (model or any(one.is_current for one in list_models(shelf))):
        return _watch_shelved(book, shelf, model, challenger, seed)
    return _look_back(book, weeks=weeks, most=most, dropped=dropped, seed=seed)


def _watch_shelved(book: LeadBook, shelf: str, model: str, challenger: str, seed: int) -> WatchPage:
    taken = take_model(book, shelf=shelf, model=model)
    assert taken.scorer is not None
    assert taken.facts is not None
    before, since = divide_leads(book.known, facts=taken.facts)
    name = challenger or _find_rival(shelf, taken.name)
    rival = None
    if name:
        bundle = find_model(Path(shelf), name)
        last = bundle.manifest.facts.data_to
        fresh = since.frame["created_at"] > pd.Timestamp(last or date.min) + pd.Timedelta(days=1)
        rival = _state(open_model(Path(shelf), bundle.folder.name), since, fresh)
        name = bundle.folder.name
    watch = _watch(taken, before, since, book=book, rival=rival, seed=seed)
    return WatchPage(
        taken, watch, before, since, taken.facts.data_to, name or None, is_look_back=False, as_of=book.as_of,
        goal=taken.facts.goal, window=taken.facts.window,
    )  # fmt: skip


def _find_rival(shelf: str, current: str) -> str:
    """Return the newest sound model of the shelf that is not the one in use; empty without one."""
    others = [one.name for one in list_models(shelf) if one.name != current and not one.problem]
    return max(others, default="")


def _look_back(book: LeadBook, *, weeks: int, most: int, dropped: str, seed: int) -> WatchPage:
    table, marks = _order(book)
    cut, half_way = _find_cuts(marks, book, weeks)
    old, since = table.pick(marks <= cut), table.pick(marks > cut)
    names = [name for part in dropped.split(",") if (name := part.strip())]
    day = None if isinstance(cut, float) else cut.date()
    learned = keep_newest(old, day, book.window, most)
    told: dict[str, Any] = {"window": book.window, "dropped": names, "goal": book.goal, "seed": seed}
    window = book.window if day is not None else None
    try:
        trained = train_model(learned, as_of=day, **told)
    except NotEnoughData:
        none = LeadModel(None, None, None, "", "", *_count(learned, day, book.window))
        return WatchPage(
            none, None, learned, since, day, None, is_look_back=True, as_of=book.as_of, goal=book.goal, window=window
        )
    n, n_won = trained.facts.n_leads or 0, trained.facts.n_wins or 0
    model = LeadModel(trained.scorer, trained.facts, trained, "", "", n, n_won)
    fresh = keep_newest(table.pick(marks <= half_way), _day_of(half_way), book.window, most)
    rival = _train_rival(fresh, _day_of(half_way), trained.scorer, book.window, seed)
    said = None if rival is None else _state(rival, since, (marks > half_way)[marks > cut].reset_index(drop=True))
    watch = _watch(model, trained.table, since, book=book, rival=said, seed=seed)
    return WatchPage(
        model, watch, trained.table, since, day, None if rival is None else "", is_look_back=True, as_of=book.as_of,
        goal=book.goal, window=window,
    )  # fmt: skip


def _order(book: LeadBook) -> tuple[LeadTable, pd.Series]:
    """Return the leads that have a place in time, and that place: the time of arrival, else a share of the file."""
    came = book.known.frame["created_at"]
    if came.notna().any():
        table = book.known.pick(came.notna())
        return table, table.frame["created_at"]
    return book.known, book.known.time.rank(pct=True).astype("float64")


def _find_cuts(marks: pd.Series, book: LeadBook, weeks: int) -> tuple[pd.Timestamp | float, pd.Timestamp | float]:
    if pd.api.types.is_float_dtype(marks):
        return _LEARNED, _HALF_WAY
    last = pd.Timestamp(book.as_of or marks.max().date())
    span = timedelta(weeks=weeks)
    return last - span, last - span / 2


def _day_of(cut: pd.Timestamp | float) -> date | None:
    return None if isinstance(cut, float) else cut.date()


def _count(table: LeadTable, day: date | None, window: int) -> tuple[int, int]:
    try:
        _, is_won, _ = decide_leads(table, as_of=day, window=window)
    except NotEnoughData:
        return 0, 0
    return len(is_won), int(is_won.sum())


def _train_rival(table: LeadTable, day: date | None, champion: LeadScorer, window: int, seed: int) -> LeadScorer | None:
    """Return a model of the same columns that was trained on newer leads; None where they have one outcome only."""
    from saleslab.scoring.model.scorer import LeadScorer

    names = [str(name) for name in champion.feature_names_in_]
    try:
        learned, is_won, _ = decide_leads(table, as_of=day, window=window)
        return LeadScorer(seed=seed).fit(learned.frame[names], is_won, time=learned.time, groups=learned.groups)
    except NotEnoughData:
        return None


def _state(scorer: LeadScorer, table: LeadTable, is_new: pd.Series) -> pd.Series:
    """Return the chances that a model states for leads that came after those it learned from."""
    chances = np.asarray(scorer.predict_proba(table.frame)[:, 1], dtype=np.float64)
    return pd.Series(chances).where(is_new.reset_index(drop=True))


def _watch(
    model: LeadModel, before: LeadTable, since: LeadTable, *, book: LeadBook, rival: pd.Series | None, seed: int
) -> DriftWatch | None:
    if since.frame.empty or before.frame.empty or model.scorer is None or model.facts is None:
        return None
    if rival is not None and rival.isna().all():
        rival = None
    return watch_model(model.scorer, before, since, facts=model.facts, as_of=book.as_of, rival=rival, seed=seed)
