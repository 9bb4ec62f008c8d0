"""Why does this lead have this chance? The columns that raise it and those that lower it, in points of the chance.

Log-odds add up over columns, chances do not. Along the straight way from an average lead to this one each column moves
the log-odds at an even pace, so its part of the chance is its log-odds times the mean slope of that way (Aumann and
Shapley's rule). The parts add up to the whole distance; what is not shown is stated as the remainder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.scoring.leads.features import FEATURES, Feature
from saleslab.wording import Points, Text, say

if TYPE_CHECKING:
    from saleslab.scoring.model.scorer import LeadScorer

LEAST_POINTS = 0.01
"""Smallest change of a chance that is a reason."""
HIDDEN_WORDS = frozenset({
    "owner", "rep", "salesrep", "salesperson", "sdr", "bdr", "agent", "assignee", "assigned", "gender", "sex", "sexual",
    "marital", "married", "marriage", "religion", "religious", "race", "racial", "ethnicity", "ethnic", "nationality",
    "disability", "disabled", "birth", "birthday", "birthdate", "dob", "pregnancy", "pregnant",
})  # fmt: skip
"""Words in the name of a column that is never shown: who works the lead, and what law protects."""
HIDDEN_PARTS = (
    "所有者", "担当者", "営業担当", "性別", "年齢", "年代", "生年月日", "国籍", "宗教", "婚姻", "既婚", "配偶者",
    "障害者", "障がい", "人種",
)  # fmt: skip
"""The same in Japanese, which puts nothing between words: hidden wherever they stand in the name."""
_HIDDEN_ALONE = frozenset({"障害", "担当"})  # 障害件数 counts incidents, 担当件数 leads
_OF_A_PERSON = frozenset({
    "age", "group", "band", "range", "bracket", "bucket", "bin", "class", "in", "at", "of", "years", "year", "yrs",
    "contact", "person", "client", "customer", "buyer", "applicant", "user",
})  # fmt: skip
"""Words beside "age" that leave it a person's; lead_age and account_age_days are not."""
_SAME = 12
"""Decimals to which two effects are compared, so that noise of the last digit decides no sequence."""


@dataclass(frozen=True, slots=True)
class LeadReason:
    """One column and what it does to one lead's chance.

    Attributes
    ----------
    column
        Its name.
    points
        Change of the chance, 0.05 for five points up.
    label
        What a reader sees.
    text
        The reason as a sentence.
    """

    column: str
    points: float
    label: Text
    text: Text


@dataclass(frozen=True, slots=True)
class LeadExplanation:
    """Why one lead has its chance: ``chance = base + ups + downs + remainder``.

    Attributes
    ----------
    lead_id
        Its key, or its label in the index.
    chance
        To be won.
    base
        Chance of an average lead.
    ups, downs
        What raises and what lowers the chance, the largest first.
    remainder
        What the columns that are not shown add.
    """

    lead_id: str
    chance: float
    base: float
    ups: tuple[LeadReason, ...]
    downs: tuple[LeadReason, ...]
    remainder: float

    @property
    def reasons(self) -> tuple[LeadReason, ...]:
        """All reasons, the largest first whichever its direction."""
        return tuple(sorted(self.ups + self.downs, key=_rank))

    @property
    def texts(self) -> tuple[Text, ...]:
        """The sentences of all reasons."""
        return tuple(reason.text for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class ScoreExplanation:
    """Why each of some leads has its chance.

    Attributes
    ----------
    leads
        In the sequence in which they were given.
    hidden
        Columns whose effect is in the remainder because they are never shown.
    """

    leads: tuple[LeadExplanation, ...]
    hidden: tuple[str, ...]

    @property
    def texts(self) -> dict[str, tuple[Text, ...]]:
        """Sentences by lead, as `rank_leads` takes them."""
        return {lead.lead_id: lead.texts for lead in self.leads}


def explain_scores(
    scorer: LeadScorer,
    leads: Any,
    *,
    top: int = 3,
    hidden: Iterable[str] = (),
    labels: Mapping[str, Text] | None = None,
) -> ScoreExplanation:
    """Return the reasons of each lead's chance, as changes in points of the chance.

    Parameters
    ----------
    scorer
        A fitted `LeadScorer`.
    leads
        A `LeadTable`, or the columns that the scorer was trained on; a column ``lead_id`` names the leads, else the
        index does.
    top
        Reasons in each direction at most.
    hidden
        Columns that are not shown, on top of those that tell who works the lead and those that law protects
        (`HIDDEN_WORDS`, `HIDDEN_PARTS`, and what a `Feature` declares).
    labels
        What a reader sees for a column; the declared label of a feature, or the column's own name, where none is given.

    Raises
    ------
    BadArgument
        When ``top`` is not above 0, ``hidden`` names a column that the scorer does not have, or ids are missing.

    Examples
    --------
    >>> from saleslab.scoring import LeadScorer
    >>> rng = np.random.default_rng(0)
    >>> known = pd.DataFrame({"visits": rng.poisson(3, 600), "owner": rng.choice(["a", "b"], 600)})
    >>> is_won = rng.random(600) < 1 / (1 + np.exp(3 - 0.8 * known["visits"]))
    >>> answer = explain_scores(LeadScorer().fit(known, is_won), known.head(1).assign(lead_id="L1", visits=6))
    >>> answer.hidden, [reason.column for reason in answer.leads[0].ups]
    (('owner',), ['visits'])
    """
    if top < 1:
        raise BadArgument(f"{top} reasons cannot be shown.", "give top of at least 1.")
    frame, ids, features = _read(leads)
    weights = scorer.weigh_columns(frame)
    names = [str(name) for name in weights.columns[:-1]]
    is_hidden = _find_hidden(names, hidden, features)
    base_odds, added = weights["base"].to_numpy(), weights.iloc[:, :-1].to_numpy()
    base, chance = scorer.calibrate(base_odds), scorer.calibrate(base_odds + added.sum(axis=1))
    points = added * _mean_slope(scorer, base_odds, added.sum(axis=1), chance - base)[:, None]
    words = {name: _label(name, labels or {}, features) for name in names}
    shown = [at for at, name in enumerate(names) if name not in is_hidden]
    explained = []
    for row, lead_id in enumerate(ids):
        found = [(names[at], float(points[row, at])) for at in shown if abs(points[row, at]) >= LEAST_POINTS]
        reasons = sorted((_word(name, effect, words[name]) for name, effect in found), key=_rank)
        ups, downs = (tuple(one for one in reasons if (one.points > 0) == up)[:top] for up in (True, False))
        told = sum(one.points for one in ups + downs)
        remainder = float(chance[row] - base[row]) - told
        explained.append(LeadExplanation(lead_id, float(chance[row]), float(base[row]), ups, downs, remainder))
    return ScoreExplanation(tuple(explained), tuple(name for name in names if name in is_hidden))


def tabulate_reasons(explained: ScoreExplanation) -> pd.DataFrame:
    """Return one row for each reason: ``lead_id, sequence, column, points, reason, reason_ja``, and the remainder."""
    rows = [
        (lead.lead_id, at, reason.column, reason.points, reason.text.en, reason.text.ja)
        for lead in explained.leads
        for at, reason in enumerate(lead.reasons, start=1)
    ]
    return pd.DataFrame(rows, columns=["lead_id", "sequence", "column", "points", "reason", "reason_ja"])


def _read(leads: Any) -> tuple[Any, list[str], dict[str, Feature]]:
    """Return feature columns, the ids of the leads, and what is declared about the columns."""
    from saleslab.scoring.leads.columns import is_frame, to_pandas

    features = {feature.name: feature for feature in FEATURES}
    if hasattr(leads, "inputs") and hasattr(leads, "features"):
        features |= {feature.name: feature for feature in leads.features}
        frame = leads.frame
    else:
        frame = to_pandas(leads) if is_frame(leads) else leads
    if not isinstance(frame, pd.DataFrame):
        return frame, [str(at) for at in range(len(frame))], features
    ids = frame["lead_id"] if "lead_id" in frame else pd.Series(frame.index)
    if ids.isna().any() or ids.duplicated().any():
        raise BadArgument(
            f"{int(ids.isna().sum())} leads have no id and {int(ids.duplicated().sum())} ids stand twice.",
            "give each lead one id in the column lead_id or in the index.",
        )
    return frame, [str(lead_id) for lead_id in ids], features


def _find_hidden(names: list[str], hidden: Iterable[str], features: Mapping[str, Feature]) -> frozenset[str]:
    asked = frozenset(hidden)
    unknown = sorted(asked - set(names))
    if unknown:
        raise BadArgument(
            f"{len(unknown)} columns to hide are none of the model's: {', '.join(unknown[:10])}.",
            "check their spelling against feature_names_in_.",
        )
    declared = {name for name in names if name in features and (features[name].is_owner or features[name].is_protected)}
    return asked | declared | {name for name in names if _is_personal(name) and name not in features}


def _is_personal(name: str) -> bool:
    words = set(re.findall(r"[a-z]+|[^\x00-\x7f]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
    has_age = "age" in words and words <= _OF_A_PERSON
    return has_age or bool(words & (HIDDEN_WORDS | _HIDDEN_ALONE)) or any(part in name for part in HIDDEN_PARTS)


def _mean_slope(scorer: LeadScorer, base: Any, added: Any, moved: Any) -> Any:
    """Return by how much a step of log-odds moves the chance, on average between the average lead and this one."""
    step = 1e-4
    near = np.abs(added) < step
    at_base = (scorer.calibrate(base + step) - scorer.calibrate(base - step)) / (2 * step)
    return np.where(near, at_base, moved / np.where(near, 1.0, added))


def _label(name: str, labels: Mapping[str, Text], features: Mapping[str, Feature]) -> Text:
    if name in labels:
        return labels[name]
    return features[name].label if name in features else Text.same(name)


def _word(name: str, points: float, label: Text) -> LeadReason:
    key = "scoring.why.up" if points > 0 else "scoring.why.down"
    return LeadReason(name, points, label, say(key, name=label, points=Points(points)))


def _rank(reason: LeadReason) -> tuple[float, str]:
    """Sort by size, and equal sizes by name."""
    return (-round(abs(reason.points), _SAME), reason.column)
