"""What is each lead's chance, as far as the model's own verdict lets it speak?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.model.chance_ranges import range_chances

if TYPE_CHECKING:
    from saleslab.scoring.bundles.manifest import ModelFacts
    from saleslab.scoring.model.scorer import LeadScorer

_KEYS = ("lead_id", "account_id", "contact_id", "owner_id", "created_at")


@dataclass(frozen=True, slots=True, eq=False)
class LeadScores:
    """The chances of leads.

    Attributes
    ----------
    frame
        One row a lead, in the order given: ``lead_id, account_id, contact_id, owner_id, created_at, chance_won``; with
        what is kept with the model ``low, high`` (as far as it was tested) and ``grade``. What `rank_leads` takes.
    verdict
        The model's own.
    is_prior
        Whether every lead has the average chance, since the model sorts no better than a lot.
    n_unseen
        Leads with a name that the model never saw, by column.
    """

    frame: pd.DataFrame
    verdict: str
    is_prior: bool
    n_unseen: Mapping[str, int]


def is_usable(scorer: LeadScorer) -> bool:
    """Say whether a model's chances may differ from lead to lead: it sorts later leads, better beyond doubt than a lot.

    One that is ``drifting`` may still sort in every period, only less than among leads of the same weeks.
    """
    return scorer.verdict_ == "ready" or (scorer.verdict_ == "drifting" and scorer.forward_auc_.low > 0.5)


def score_leads(
    scorer: LeadScorer, table: LeadTable, *, facts: ModelFacts | None = None, mass: float = 0.9
) -> LeadScores:
    """Return the chance of each lead.

    A model that says of itself that it has no signal, or learned from too few leads, gives every lead the average
    chance: its own differences would be noise that looks like knowledge.

    Parameters
    ----------
    scorer
        Fitted, or read by `open_model`.
    table
        Leads described as those that it learned from: `read_open_leads` or `build_leads` with
        ``columns=scorer.feature_names_in_``, or the file's.
    facts
        What is kept with the model: ``find_model(shelf).manifest.facts``, or those of a `TrainedModel`.
    mass
        Chance that the bounds of a chance hold the truth.

    Raises
    ------
    NotEnoughData
        When there is no lead.
    TableError
        When columns of the training are missing.

    Examples
    --------
    >>> from saleslab.scoring import LeadScorer
    >>> from saleslab.scoring.leads.table import LEAD_KEYS
    >>> known = pd.DataFrame({"visits": [1.0, 2.0, 3.0, 4.0] * 10})
    >>> scorer = LeadScorer().fit(known, [True, False] * 20)
    >>> found = score_leads(scorer, LeadTable(known.assign(**dict.fromkeys(LEAD_KEYS, None)), ()))
    >>> found.verdict, found.is_prior, found.frame["chance_won"].unique().tolist()
    ('too_small', True, [0.5])
    """
    if table.frame.empty:
        raise NotEnoughData("There is no lead to score.", "give another day, or a file with open leads.")
    stated = np.asarray(scorer.predict_proba(table.frame)[:, 1], dtype=np.float64)
    chance = stated if is_usable(scorer) else np.full(len(stated), float(scorer.base_rate_))
    frame = table.frame[list(_KEYS)].assign(chance_won=chance)
    if facts is not None:
        bounds = range_chances(chance, facts.metrics, mass=mass) if is_usable(scorer) else None
        if bounds is not None:
            frame["low"], frame["high"] = bounds
        if facts.grades is not None:
            frame["grade"] = facts.grades.grade(chance)
    return LeadScores(frame, str(scorer.verdict_), not is_usable(scorer), dict(scorer.n_unseen_))
