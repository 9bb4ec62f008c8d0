"""From leads to a model that one may show: audited, fitted, judged on later leads, with all that its card has to say.

`train_model` is the way from leads to a model, the same in notebooks, reports and at the command line; `score_leads` is
the way from there to chances, and `plan_calls` to a call list. Each step has a name of its own (`label_outcomes`,
`find_leaks`, `evaluate_scores`, `set_grades`), for whoever wants another order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.bundles.manifest import ModelFacts
from saleslab.scoring.leads.features import KnownAt
from saleslab.scoring.leads.labels import LeadOutcomes
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.leaks.audit import AllowedLeak, refuse_leaks
from saleslab.scoring.learning.learned_leads import (
    audit_leads,
    date_leads,
    decide_leads,
    find_contradictions,
    fingerprint_leads,
)
from saleslab.scoring.learning.scores import is_usable
from saleslab.scoring.model.chance_ranges import fit_line
from saleslab.scoring.model.grades import set_grades

if TYPE_CHECKING:
    from saleslab.scoring.judging.card import ModelCard
    from saleslab.scoring.judging.evaluation import ScoreEvaluation
    from saleslab.scoring.model.scorer import LeadScorer

Floats = npt.NDArray[np.float64]

WORKABLE = 0.2
"""Share of the leads that a team can work where nobody said it; sets the grades."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A scorer and all that is known about it.

    Attributes
    ----------
    scorer
        Trained on every lead whose outcome is known; its verdict says whether it may be used.
    evaluation
        How the same model does on leads it has not seen; None where there are too few leads for a test.
    leaks
        What `find_leaks` found, of the columns that are used and of those that were left out.
    allowed
        Blocked columns that were let through.
    facts
        What `save_model`, `add_model` and `write_card` are to be told.
    table
        The leads that it learned from, with the features that it uses.
    is_won
        Their outcomes.
    outcomes
        What became of all leads, the young ones too; None for a file that tells outcomes without times.
    tested
        Leads of the honest test with their features' rows: ``lead_id, is_won, chance_won``, as stated by a model that
        had not seen them; empty without an evaluation.
    contradicting
        Ids of leads that were left out since they were won or closed before they came in.
    """

    scorer: LeadScorer
    evaluation: ScoreEvaluation | None
    leaks: pd.DataFrame
    allowed: tuple[AllowedLeak, ...]
    facts: ModelFacts
    table: LeadTable
    is_won: pd.Series
    outcomes: LeadOutcomes | None
    tested: pd.DataFrame
    contradicting: tuple[str, ...] = ()

    def group_tested(self, *names: str) -> pd.DataFrame:
        """Return some features of the tested leads, as `write_card` takes them to judge each group.

        Raises
        ------
        BadArgument
            When the leads have no such column.
        """
        check_groups(self.table, names)
        leads = self.table.frame.set_index("lead_id")
        return leads.loc[self.tested["lead_id"], list(names)].reset_index(drop=True)


def check_groups(table: LeadTable, names: Iterable[str]) -> None:
    """Raise `BadArgument` where leads have no such column to be grouped by."""
    unknown = [name for name in names if name not in table.frame]
    if unknown:
        raise BadArgument(
            f"The leads have no column {', '.join(unknown)} to be grouped by.",
            f"name some of: {', '.join(feature.name for feature in table.features)}.",
        )


def train_model(
    table: LeadTable,
    *,
    as_of: date | None = None,
    window: int = 90,
    allowed: Mapping[str, str] | None = None,
    dropped: Iterable[str] = (),
    workable: float = WORKABLE,
    goal: str = "",
    note: str = "",
    seed: int = 0,
) -> TrainedModel:
    """Return a model of who will be won, with what its card has to say.

    Only leads that were watched for the whole window are learned from: of the younger ones mostly the won are known.
    Columns that the table's own moment does not know (a file read with ``known_at="closed"``) are left out, and used
    once to show what they would feign.

    Parameters
    ----------
    table
        From `build_leads` or `read_lead_file`.
    as_of
        Last day that is known; the table's own, or the last one that it speaks of, when None.
    window
        Days within which a win counts. A file that tells outcomes without times has none.
    allowed
        Reason by column: what the leak check blocks, or what is known too late, and is to be used all the same.
    dropped
        Columns that are not to be used.
    workable
        Share of the leads that the team can work; the grades follow from it.
    goal, note
        Kept with the model: what counted as won, and one sentence.
    seed
        Of all lots.

    Raises
    ------
    GateClosed
        When a column knows the outcome and nobody let it through.
    NotEnoughData
        When no lead was watched for the whole window, or all ended alike.
    BadArgument
        When a column to allow or to drop is not there.

    Examples
    --------
    >>> from saleslab.scoring import read_lead_map, read_lead_file
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> lot = np.random.default_rng(0)
    >>> visits, minutes = lot.poisson(3, 600), lot.integers(1, 9, 600)
    >>> won = np.where(lot.random(600) < 1 / (1 + np.exp(3 - 0.8 * visits)), "yes", "no")
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "calls.csv"
    ...     pd.DataFrame({"visits": visits, "duration": minutes, "y": won}).to_csv(file, index=False)
    ...     calls = read_lead_file(file, read_lead_map("bank_calls"), known_at="closed")
    >>> model = train_model(calls)
    >>> model.scorer.verdict_, list(model.scorer.feature_names_in_), model.facts.n_leads
    ('ready', ['visits'], 600)
    """
    from saleslab.scoring.model.scorer import LeadScorer

    reasons = dict(allowed or {})
    learned, is_won, outcomes = decide_leads(table, as_of=as_of, window=window)
    used, late = _choose_columns(learned, reasons, set(dropped))
    won = is_won.to_numpy(dtype=bool)
    leaks = audit_leads(learned, won, seed=seed)
    passed = refuse_leaks(
        leaks[leaks["column"].isin(used)], allowed={name: reasons[name] for name in reasons if name in used}
    )
    late += [name for name in leaks.loc[leaks["verdict"] == "block", "column"] if name not in (*used, *late)]
    evaluation = _evaluate(learned, won, [*used, *late], late, seed)
    kept = _keep_features(learned, used)
    scorer = LeadScorer(seed=seed).fit(kept.inputs, won, time=kept.time, groups=kept.groups)
    tested = _name_tested(kept, evaluation)
    told = {leak.column for leak in passed} | {name for name in used if not _is_early(learned, name)}
    facts = ModelFacts(
        **date_leads(kept),
        n_leads=len(won),
        n_wins=int(won.sum()),
        window=None if outcomes is None else window,
        goal=goal,
        known_at=_moment(table),
        metrics=_list_metrics(evaluation) | fit_line(tested["is_won"], tested["chance_won"]),
        allowed={name: reasons[name].strip() for name in used if name in told},
        grades=set_grades(_choose_chances(scorer, kept, tested), capacity=workable),
        data_hash=fingerprint_leads(kept, is_won),
        note=note,
    )
    odd = tuple(table.frame.loc[find_contradictions(table), "lead_id"].astype(str))
    return TrainedModel(scorer, evaluation, leaks, passed, facts, kept, is_won, outcomes, tested, odd)


def _moment(table: LeadTable) -> KnownAt:
    """Return the moment whose knowledge a model may use; a table of closed leads is one to be examined."""
    return "created" if table.known_at == "closed" else table.known_at


def _is_early(table: LeadTable, name: str) -> bool:
    return any(feature.name == name and feature.is_known_at(_moment(table)) for feature in table.features)


def _choose_columns(table: LeadTable, allowed: Mapping[str, str], dropped: set[str]) -> tuple[list[str], list[str]]:
    """Return the columns to use, and those that are known too late."""
    names = [feature.name for feature in table.features]
    unknown = sorted((set(allowed) | dropped) - set(names))
    both, silent = sorted(set(allowed) & dropped), sorted(name for name in allowed if not allowed[name].strip())
    faults = [f"there is no column {', '.join(unknown)}"] if unknown else []
    faults += [f"{', '.join(both)} cannot be allowed and dropped"] if both else []
    faults += [f"{', '.join(silent)} would be allowed without a reason"] if silent else []
    if faults:
        raise BadArgument(
            f"Columns cannot be chosen so: {'; '.join(faults)}.",
            f"allow, with a reason, or drop some of: {', '.join(names)}.",
        )
    early = [name for name in names if name not in dropped and (_is_early(table, name) or name in allowed)]
    if not early:
        raise NotEnoughData("No column is left to learn from.", "drop fewer columns, or import more about the leads.")
    return early, [name for name in names if name not in dropped and name not in early]


def _evaluate(
    learned: LeadTable, won: npt.NDArray[np.bool_], names: list[str], late: list[str], seed: int
) -> ScoreEvaluation | None:
    from saleslab.scoring.judging.evaluation import evaluate_scores

    columns, leaks = learned.frame[names], tuple(late)
    try:
        return evaluate_scores(columns, won, time=learned.time, groups=learned.groups, leaks=leaks, seed=seed)
    except NotEnoughData:
        return None


def _keep_features(table: LeadTable, names: list[str]) -> LeadTable:
    return table.drop(feature.name for feature in table.features if feature.name not in names)


def _name_tested(kept: LeadTable, evaluation: ScoreEvaluation | None) -> pd.DataFrame:
    if evaluation is None:
        empty = {"lead_id": kept.frame["lead_id"][:0], "is_won": [], "chance_won": []}
        return pd.DataFrame(empty).astype({"is_won": bool, "chance_won": float})
    tested = evaluation.tested.drop(columns="row")
    tested.insert(0, "lead_id", kept.frame["lead_id"].iloc[evaluation.tested["row"]].to_numpy())
    return tested


def _choose_chances(scorer: LeadScorer, kept: LeadTable, tested: pd.DataFrame) -> Floats:
    """Return the chances that grades are set on: of leads that were not learned from, where there are any."""
    if not is_usable(scorer):
        return np.full(len(kept.frame), scorer.base_rate_)
    if len(tested):
        return tested["chance_won"].to_numpy(dtype=np.float64)
    return np.asarray(scorer.predict_proba(kept.inputs)[:, 1])


def _list_metrics(evaluation: ScoreEvaluation | None) -> dict[str, float]:
    """Return the numbers by which models are compared on a shelf."""
    if evaluation is None:
        return {}
    measures = evaluation.measures
    found = {
        "leaked_auc": evaluation.leaked,
        "random_auc": evaluation.random,
        "forward_auc": evaluation.forward,
        "per_list_auc": evaluation.per_list,
        "log_loss": measures.log_loss,
        "captured": measures.captured_in_top,
        "log_loss_saved": evaluation.gain,
    }
    told = {name: interval.estimate for name, interval in found.items() if interval is not None}
    return told | {"captured_top": measures.top, "n_tested": float(measures.n_leads)}


def write_card_of(
    trained: TrainedModel, *, groups: Sequence[str] = (), sha256: str = "", mass: float = 0.9
) -> ModelCard:
    """Return the card of a trained model (`write_card`), each group of tested leads judged by columns that are named.

    Parameters
    ----------
    trained
        From `train_model`.
    groups
        Features by which leads are grouped; none is said on the card.
    sha256
        Digest of the saved bundle.
    mass
        Chance that each interval of a group holds the truth.

    Raises
    ------
    BadArgument
        When a feature is unknown.
    NotEnoughData
        When too few leads were tested to tell groups apart.
    """
    from saleslab.scoring.judging.card import write_card

    return write_card(
        trained.scorer,
        trained.evaluation,
        trained.leaks,
        about=trained.facts,
        groups=trained.group_tested(*groups) if groups else None,
        won=trained.tested["is_won"],
        chances=trained.tested["chance_won"],
        sha256=sha256,
        mass=mass,
    )
