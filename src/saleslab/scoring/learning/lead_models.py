"""Which model does a report ask? The one on the shelf, or, where there is none, one that is trained on the spot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.bundles.shelf import find_model, list_models, open_model
from saleslab.scoring.learning.learned_leads import decide_leads
from saleslab.scoring.learning.scores import is_usable
from saleslab.scoring.learning.training import TrainedModel, train_model

if TYPE_CHECKING:
    from saleslab.scoring.bundles.manifest import ModelFacts
    from saleslab.scoring.learning.lead_book import LeadBook
    from saleslab.scoring.model.scorer import LeadScorer


@dataclass(frozen=True, slots=True, eq=False)
class LeadModel:
    """A model and where it comes from.

    Attributes
    ----------
    scorer, facts
        The model, and what is kept with it; None where too few leads are decided to train one.
    trained
        All that is known of a model that was trained on the spot; None for one of the shelf.
    name, sha256
        Of its bundle; empty for a model that was trained on the spot.
    n_known, n_won
        Leads that can be learned from, and those won.
    """

    scorer: LeadScorer | None
    facts: ModelFacts | None
    trained: TrainedModel | None
    name: str
    sha256: str
    n_known: int
    n_won: int

    @property
    def verdict(self) -> str:
        """The model's own verdict; ``untrained`` where there is none."""
        return "untrained" if self.scorer is None else str(self.scorer.verdict_)

    @property
    def is_sorting(self) -> bool:
        """Whether leads may be ranked by it."""
        return self.scorer is not None and is_usable(self.scorer)

    @property
    def tested(self) -> pd.DataFrame | None:
        """Leads that it had not seen, with their chances and outcomes; None where there are none."""
        return None if self.trained is None or self.trained.tested.empty else self.trained.tested


def take_model(book: LeadBook, *, shelf: str = "", model: str = "", dropped: str = "", seed: int = 0) -> LeadModel:
    """Return the current model of a shelf, or a named one; without one on the shelf, train on the leads of the book.

    Parameters
    ----------
    book
        Leads to learn from.
    shelf
        Folder of trained models; empty to train on the spot.
    model
        Name of a model on the shelf, or the beginning of its name; the current one when empty.
    dropped
        Columns that are not to be used by a model that is trained here, with commas between.
    seed
        Of a model that is trained here.

    Raises
    ------
    GateClosed
        When a column of the leads knows the outcome.
    BadArgument
        When the shelf has models, but not the one that was asked for.
    FileProblem
        When the bundle is broken, or not the one that was promoted.
    """
    n_known, n_won = count_known(book)
    if shelf and (model or any(one.is_current for one in list_models(shelf))):
        bundle = find_model(Path(shelf), model or None)
        scorer = open_model(Path(shelf), bundle.folder.name)
        return LeadModel(scorer, bundle.manifest.facts, None, bundle.folder.name, bundle.sha256, n_known, n_won)
    if not 1 < n_won < n_known - 1:
        return LeadModel(None, None, None, "", "", n_known, n_won)
    try:
        trained = train_model(
            book.known, as_of=book.as_of, window=book.window, dropped=_list_names(dropped), goal=book.goal, seed=seed
        )
    except NotEnoughData:
        return LeadModel(None, None, None, "", "", n_known, n_won)
    return LeadModel(trained.scorer, trained.facts, trained, "", "", n_known, n_won)


def _list_names(written: str) -> list[str]:
    return [name for part in written.split(",") if (name := part.strip())]


def count_known(book: LeadBook) -> tuple[int, int]:
    """Return how many leads can be learned from, and how many of them were won."""
    try:
        _, is_won, _ = decide_leads(book.known, as_of=book.as_of, window=book.window)
    except NotEnoughData:
        return 0, 0
    return len(is_won), int(is_won.sum())


def repeat_training(book: LeadBook, model: LeadModel) -> TrainedModel | None:
    """Return the training of a shelved model, done again on the leads it learned from; None where they are not there.

    It is the same one when the leads, their columns and outcomes are: their fingerprint tells.
    """
    facts, scorer = model.facts, model.scorer
    if facts is None or scorer is None or facts.data_from is None or facts.data_to is None:
        return None
    names = [str(name) for name in scorer.feature_names_in_]
    frame = book.known.frame
    if not set(names) <= set(frame.columns):
        return None
    day = frame["created_at"].dt.normalize()
    learned = book.known.pick((day >= pd.Timestamp(facts.data_from)) & (day <= pd.Timestamp(facts.data_to)))
    unused = [feature.name for feature in learned.features if feature.name not in names]
    told: dict[str, Any] = {
        "window": facts.window or book.window,
        "goal": facts.goal,
        "allowed": facts.allowed,
        "dropped": unused,
    }
    try:
        again = train_model(learned, as_of=book.as_of, **told, seed=scorer.seed)
    except NotEnoughData:
        return None
    return again if again.facts.data_hash == facts.data_hash else None
