"""Which answers count, and which are set aside: a score off its scale is not an opinion.

Answers come as rows or counted (`n_answers`). Nothing is corrected in silence: an NPS of 11 is neither 10 nor 1, so it
is set aside and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.tables.presence import require_columns
from saleslab.wording import Count, Text, join_texts, say

SCALES = MappingProxyType({"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)})
"""Least and largest score of each kind of question."""

COUNT = "n_answers"


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers that count, and what was set aside.

    Attributes
    ----------
    kind
        ``nps``, ``csat`` or ``ces``.
    rows
        ``score`` (whole numbers), ``n_answers`` and the columns that the question is asked by.
    aside
        Answers that do not count, by reason: ``off_scale``, ``no_number``, ``no_score``.
    """

    kind: str
    rows: pd.DataFrame
    aside: Mapping[str, int]

    @property
    def n(self) -> int:
        """How many answers count."""
        return int(self.rows[COUNT].sum())

    @property
    def n_aside(self) -> int:
        """How many were set aside."""
        return sum(self.aside.values())


def take_answers(answers: pd.DataFrame, *, kind: str, by: tuple[str, ...] = ()) -> Answers:
    """Return the answers on the scale of their question, counted by score and ``by``.

    Parameters
    ----------
    answers
        ``score``, and ``n_answers`` where rows are counted.
    kind
        Question of which the scale holds (`SCALES`).
    by
        Further columns that are kept.

    Raises
    ------
    TableError
        When a column is missing, or counts are negative.
    NotEnoughData
        When no answer counts.

    Examples
    --------
    >>> taken = take_answers(pd.DataFrame({"score": ["10", "11", "", "good", 7.0]}), kind="nps")
    >>> taken.n, dict(taken.aside)
    (2, {'off_scale': 1, 'no_number': 1, 'no_score': 1})
    """
    require_columns(answers, "score", *by, of="answers")
    counts = _read_counts(answers)
    given = _write_plainly(answers["score"])
    score = pd.to_numeric(given, errors="coerce")
    least, largest = SCALES[kind]
    is_whole = is_on_scale(answers["score"], kind)
    reasons = {
        "off_scale": score.notna() & ~is_whole,
        "no_number": score.isna() & (given != ""),
        "no_score": given == "",
    }
    aside = {reason: int(counts[mask].sum()) for reason, mask in reasons.items() if counts[mask].sum()}
    kept = answers.loc[is_whole, [*by]].assign(score=score[is_whole].astype(np.int64), n_answers=counts[is_whole])
    rows = pd.DataFrame(kept.groupby([*by, "score"], as_index=False, sort=True, dropna=False)[COUNT].sum())
    if rows.empty or not rows[COUNT].sum():
        told = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in aside.items()) or "there is none"
        raise NotEnoughData(
            f"No {kind} answer has a whole score from {least} to {largest}: {told}.",
            f"import answers to a question from {least} to {largest}, or name the column that holds its score.",
        )
    return Answers(kind, rows, MappingProxyType(aside))


def is_on_scale(scores: pd.Series, kind: str) -> pd.Series:
    """Return which scores are whole numbers on the scale of their question.

    Examples
    --------
    >>> is_on_scale(pd.Series(["10", "11", "", "good", 7.5]), "nps").tolist()
    [True, False, False, False, False]
    """
    score = pd.to_numeric(_write_plainly(scores), errors="coerce")
    least, largest = SCALES[kind]
    return score.between(least, largest) & (score % 1 == 0)


def tell_aside(answers: Answers) -> Text | None:
    """Return what was set aside and why, as a finding; None where nothing was."""
    if not answers.aside:
        return None
    least, largest = SCALES[answers.kind]
    told = [
        say(f"feedback.aside.{reason}", n=Count(n), least=Count(least), largest=Count(largest))
        for reason, n in answers.aside.items()
    ]
    return join_texts(*told, say("feedback.aside.next"))


def _write_plainly(scores: pd.Series) -> pd.Series:
    return scores.astype(object).where(scores.notna(), "").astype(str).str.normalize("NFKC").str.strip()


def _read_counts(answers: pd.DataFrame) -> pd.Series:
    if COUNT not in answers.columns:
        return pd.Series(1, index=answers.index, dtype="int64")
    counts = pd.to_numeric(answers[COUNT], errors="coerce").fillna(-1)
    wrong = int(((counts < 0) | (counts % 1 != 0)).sum())
    if wrong:
        raise TableError(
            f"answers.{COUNT} is no count in {wrong} rows.", "give whole numbers from 0, or leave the column out."
        )
    return counts.astype("int64")
