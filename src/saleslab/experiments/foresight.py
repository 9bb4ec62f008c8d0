"""What was predicted when a decision was taken, and what came of it: how good is our judgement?

A prediction is a chance and a day by which one will know. It is written down with the decision, in the same kind of
log as the plans, so that nobody has always known it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import Interval, estimate_rate
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.warehouse import AppendLog, Entry

_PREDICTION, _OUTCOME = "prediction", "outcome"
_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

PREDICTION_COLUMNS = ("decision_id", "statement", "chance", "predicted_at", "due_on", "happened", "told_at")
"""Columns of `read_predictions`."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What somebody expects of a decision.

    Parameters
    ----------
    decision_id
        Of which decision; an experiment, an initiative, a price.
    statement
        What will be true or false: "the win rate of the second quarter is above 24 %".
    chance
        How sure one is that it will be true.
    due_on
        Day by which one will know.

    Raises
    ------
    BadArgument
        When the chance lies outside 0 to 1, or the statement or the id is empty.
    """

    decision_id: str
    statement: str
    chance: float
    due_on: date

    def __post_init__(self) -> None:
        if not 0 <= self.chance <= 1:
            raise BadArgument(f"{self.chance} is no chance of '{self.decision_id}'.", "give a number from 0 to 1.")
        if not (self.decision_id.strip() and self.statement.strip()):
            raise BadArgument("A prediction has no id or no statement.", "say of what, and what will be true.")


@dataclass(frozen=True, slots=True)
class Foresight:
    """How good predictions were.

    Attributes
    ----------
    n_known, n_open, n_overdue
        Predictions whose outcome is known; those not yet due; those that are due and have no outcome.
    brier
        Mean squared distance between chance and outcome; 0 is perfect, 0.25 is what "one half" always gets.
    brier_of_base_rate
        What somebody who always says the share that came true would get.
    bins
        ``low, high, n, mean_chance, share_happened, share_low, share_high``: of those predicted with about this
        chance, how many came true; only bins that hold any.
    overdue
        ``decision_id, statement, chance, due_on`` of decisions without an outcome after their day.
    """

    n_known: int
    n_open: int
    n_overdue: int
    brier: float
    brier_of_base_rate: float
    bins: pd.DataFrame
    overdue: pd.DataFrame


def log_prediction(prediction: Prediction, log: AppendLog, *, at: datetime) -> None:
    """Write a prediction down.

    Raises
    ------
    BadArgument
        When it is due already, or the decision has a prediction: changing one's mind afterwards does not count.
    """
    from saleslab.warehouse import Note

    if prediction.due_on < at.date():
        raise BadArgument(
            f"The prediction of '{prediction.decision_id}' was due on {prediction.due_on}, before it was written down.",
            "give a day to come.",
        )

    def refuse_second(entries: tuple[Entry, ...]) -> None:
        if any(entry.kind == _PREDICTION and entry.subject == prediction.decision_id for entry in entries):
            raise BadArgument(
                f"'{prediction.decision_id}' has a prediction already.", "give a further decision an id of its own."
            )

    content = {
        "statement": prediction.statement,
        "chance": prediction.chance,
        "due_on": prediction.due_on.isoformat(),
    }
    log.append([Note(_PREDICTION, prediction.decision_id, content)], at=at, check=refuse_second)


def log_outcome(decision_id: str, log: AppendLog, *, happened: bool, at: datetime) -> None:
    """Write down whether what was predicted came true.

    Raises
    ------
    BadArgument
        When nothing was predicted, or the outcome is on record already.
    """
    from saleslab.warehouse import Note

    def refuse_unknown_or_second(entries: tuple[Entry, ...]) -> None:
        kinds = {entry.kind for entry in entries if entry.subject == decision_id}
        if _PREDICTION not in kinds:
            raise BadArgument(f"Nothing was predicted of '{decision_id}'.", "log the prediction with the decision.")
        if _OUTCOME in kinds:
            raise BadArgument(f"The outcome of '{decision_id}' is on record already.", "leave it as it is.")

    log.append([Note(_OUTCOME, decision_id, {"happened": happened})], at=at, check=refuse_unknown_or_second)


def read_predictions(log: AppendLog) -> pd.DataFrame:
    """Return one row for each prediction, with its outcome where one is known (`PREDICTION_COLUMNS`)."""
    import pandas as pd

    outcomes = {entry.subject: entry for entry in log.read(kind=_OUTCOME)}
    rows = []
    for entry in log.read(kind=_PREDICTION):
        told = outcomes.get(entry.subject)
        rows.append(
            {
                "decision_id": entry.subject,
                "statement": entry.content["statement"],
                "chance": float(entry.content["chance"]),
                "predicted_at": entry.at,
                "due_on": pd.Timestamp(entry.content["due_on"]),
                "happened": None if told is None else told.content["happened"],
                "told_at": None if told is None else told.at,
            }
        )
    frame = pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))
    kinds = {"happened": "boolean", "due_on": "datetime64[us]", "told_at": "datetime64[us]", "chance": "float64"}
    return frame.astype(kinds)


def measure_foresight(predictions: pd.DataFrame, *, as_of: date, mass: float = 0.9) -> Foresight:
    """Return how good past predictions were, and which decisions still owe their outcome.

    Parameters
    ----------
    predictions
        `read_predictions`, or any frame with ``decision_id, statement, chance, due_on, happened``.
    as_of
        Day on which one looks.
    mass
        Of the intervals of the bins.

    Raises
    ------
    NotEnoughData
        When no prediction has an outcome; the message counts those that are overdue.

    Examples
    --------
    >>> import pandas as pd
    >>> past = pd.DataFrame({
    ...     "decision_id": ["a", "b"], "statement": ["...", "..."], "chance": [0.9, 0.2],
    ...     "due_on": pd.to_datetime(["2026-03-31", "2026-03-31"]), "happened": [True, False],
    ... })
    >>> measure_foresight(past, as_of=date(2026, 4, 1)).brier
    0.025
    """
    import pandas as pd

    require_columns(predictions, "decision_id", "statement", "chance", "due_on", "happened", of="predictions")
    happened = predictions["happened"].astype("boolean")
    waiting = predictions[happened.isna()]
    overdue = waiting[waiting["due_on"] < pd.Timestamp(as_of)]
    known = predictions[happened.notna()]
    if known.empty:
        raise NotEnoughData(
            f"None of {len(predictions)} predictions has an outcome; {len(overdue)} are overdue.",
            "log what came of the decisions that are due.",
        )
    outcome = [bool(value) for value in known["happened"]]
    chances = [float(value) for value in known["chance"]]
    share = Fraction(sum(outcome), len(outcome))
    return Foresight(
        len(known),
        len(waiting) - len(overdue),
        len(overdue),
        _brier(chances, outcome),
        float(share * (1 - share)),
        _bin(chances, outcome, mass),
        overdue[["decision_id", "statement", "chance", "due_on"]].sort_values("due_on").reset_index(drop=True),
    )


def _brier(chances: list[float], outcome: list[bool]) -> float:
    """Return the mean squared distance, summed without rounding; chances mean the decimals that were written down."""
    squares = [(Fraction(repr(chance)) - happened) ** 2 for chance, happened in zip(chances, outcome, strict=True)]
    return float(sum(squares, Fraction(0)) / len(squares))


def _bin(chances: list[float], outcome: list[bool], mass: float) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for low, high in pairwise(_EDGES):
        inside = [i for i, chance in enumerate(chances) if low <= chance < high or chance == high == 1.0]
        if inside:
            share: Interval = estimate_rate(sum(outcome[i] for i in inside), len(inside), mass=mass)
            mean = sum(chances[i] for i in inside) / len(inside)
            rows.append((low, high, len(inside), mean, share.estimate, share.low, share.high))
    names = ["low", "high", "n", "mean_chance", "share_happened", "share_low", "share_high"]
    return pd.DataFrame(rows, columns=names)
