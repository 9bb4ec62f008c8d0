"""What can be written into a review log: frozen declarations, plain values inside."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

from saleslab.errors import BadArgument
from saleslab.kpi.reviews.pseudonyms import PREFIX, is_pseudonym

Phase = Literal["plan", "do", "check", "act"]
OpinionKind = Literal["comment", "dissent", "for", "against", "abstain"]

PHASES: tuple[Phase, ...] = get_args(Phase)
OPINION_KINDS: tuple[OpinionKind, ...] = get_args(OpinionKind)
VOTES: tuple[OpinionKind, ...] = ("for", "against", "abstain")

LONGEST = 4_000
"""Characters of a text; more belongs into a document that the text names."""


@dataclass(frozen=True, slots=True)
class Review:
    """One look at one KPI.

    Attributes
    ----------
    review_id, metric_id
        Its id, and of which KPI (a node of the tree).
    reviewed_on
        The day.
    every_days
        Days until the next one.
    phase
        Where in the cycle: ``plan``, ``do``, ``check`` or ``act``.
    value, chance_goal
        The KPI, and the chance to reach the goal, as they were known that day.
    owner_id, team_id
        Who answers for the KPI.
    tree, tree_version, data_hash
        What was looked at.
    note
        Free words; they stay in the log and its tables, and enter no message.
    """

    review_id: str
    metric_id: str
    reviewed_on: date
    every_days: int
    phase: Phase = "check"
    value: float | None = None
    chance_goal: float | None = None
    owner_id: str | None = None
    team_id: str | None = None
    tree: str = ""
    tree_version: str = ""
    data_hash: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, why, and by when it can be judged.

    Attributes
    ----------
    decision_id, metric_id
        Its id, and which KPI it is to move.
    decision, reason
        In words.
    due
        The day by which one will know whether it was right.
    review_id
        The review that decided it.
    owner_id, team_id
        Who answers for it.
    """

    decision_id: str
    metric_id: str
    decision: str
    reason: str
    due: date
    review_id: str | None = None
    owner_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody will do for a decision; the same columns as the table ``actions``, and its decision."""

    action_id: str
    decision_id: str
    kpi: str
    due: date
    owner_id: str | None = None
    review_id: str | None = None
    expected_delta: float | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """That an action was done, on a day."""

    action_id: str
    closed_on: date


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is expected to come: a chance that something happens, or a range for a value.

    Attributes
    ----------
    prediction_id, metric_id
        Its id, and about which KPI it is.
    due
        The day after which it can be judged.
    chance
        Of what ``statement`` says.
    low, high, mass
        A range, and the chance that it holds the value.
    statement
        In words.
    decision_id
        The decision that rests on it.
    team_id
        Whose it is.
    """

    prediction_id: str
    metric_id: str
    due: date
    chance: float | None = None
    low: float | None = None
    high: float | None = None
    mass: float | None = None
    statement: str = ""
    decision_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision or a prediction, by its id: that it happened (a decision: that it worked), or a value."""

    about: str
    known_on: date
    happened: bool | None = None
    value: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thinks about a review or a decision, by its id.

    ``author`` is a user id, or a pseudonym of `Pseudonyms.name_author`; an opinion under a pseudonym holds no user id.
    The latest vote of an author counts.
    """

    about: str
    kind: OpinionKind
    author: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """That the sponsor of a tree stands behind it on a day, and for how many days that holds."""

    tree: str
    sponsor_id: str
    signed_on: date
    every_days: int = 90
    tree_version: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody has seen an alert and answers for it: it is not repeated, unless a new change begins.

    Attributes
    ----------
    alert_id
        Of `Alert`.
    metric_id, scope_type, scope_id, direction
        What the alert is about, as `monitor` takes it.
    acknowledged_on
        The day; what begins after it speaks again.
    user_id
        Who saw it.
    note
        Free words, such as what the cause was; they stay in the log.
    """

    alert_id: str
    metric_id: str
    scope_type: str
    scope_id: str
    direction: Literal["up", "down"]
    acknowledged_on: date
    user_id: str | None = None
    note: str = ""


Saying = Review | Decision | Action | Closing | Prediction | Outcome | Opinion | SignOff | Acknowledgement

KINDS: dict[str, type[Saying]] = {
    "review": Review,
    "decision": Decision,
    "action": Action,
    "closing": Closing,
    "prediction": Prediction,
    "outcome": Outcome,
    "opinion": Opinion,
    "sign_off": SignOff,
    "acknowledgement": Acknowledgement,
}
"""What an entry of the log is called."""

OWN_IDS = {"review": "review_id", "decision": "decision_id", "action": "action_id", "prediction": "prediction_id"}
"""Sayings that others refer to, and the field that names them."""

_KIND_OF = {kind: name for name, kind in KINDS.items()}
_SUBJECT_OF = OWN_IDS | {
    "closing": "action_id", "outcome": "about", "opinion": "about", "sign_off": "tree", "acknowledgement": "alert_id",
}  # fmt: skip


def name_kind(saying: Saying) -> str:
    """Return what an entry of a saying is called."""
    return _KIND_OF[type(saying)]


def name_subject(saying: Saying) -> str:
    """Return the id that an entry of a saying is filed under."""
    return str(getattr(saying, _SUBJECT_OF[name_kind(saying)]))


def to_content(saying: Saying) -> dict[str, Any]:
    """Return a saying as plain values: dates as text, what is not known left out."""
    plain = {field.name: getattr(saying, field.name) for field in fields(saying)}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in plain.items()
        if value is not None and value != ""
    }


def check_saying(saying: Saying) -> None:
    """Raise unless a saying can be judged later; no word of its texts is repeated.

    Raises
    ------
    BadArgument
        Naming everything that is wrong with it at once.
    """
    faults = [*_find_faults(saying), *_find_long_texts(saying)]
    if faults:
        raise BadArgument(
            f"The {name_kind(saying).replace('_', '-')} '{name_subject(saying)}' has "
            f"{len(faults)} fault{'s' * (len(faults) > 1)}: {'; '.join(faults)}.",
            "correct them all; nothing was written.",
        )


def _find_faults(saying: Saying) -> list[str]:
    tests: tuple[tuple[bool, str], ...]
    match saying:
        case Review():
            tests = (
                (saying.phase not in PHASES, f"phase is none of {', '.join(PHASES)}"),
                (saying.every_days < 1, f"every_days is {saying.every_days}, below 1"),
                (not _is_chance(saying.chance_goal, may_lack=True), "chance_goal does not lie between 0 and 1"),
            )
        case Decision():
            tests = (
                (not saying.decision.strip(), "decision is empty"),
                (not saying.reason.strip(), "reason is empty"),
            )
        case Prediction():
            is_range = saying.low is not None and saying.high is not None and saying.mass is not None
            has_part = not (saying.low is None and saying.high is None and saying.mass is None)
            tests = (
                ((saying.chance is None) == (not has_part), "give a chance, or low, high and mass"),
                (has_part and not is_range, "a range needs low, high and mass"),
                (not _is_chance(saying.chance, may_lack=True), "chance does not lie between 0 and 1"),
                (not _is_chance(saying.mass, may_lack=True), "mass does not lie between 0 and 1"),
                (is_range and not (saying.low or 0.0) <= (saying.high or 0.0), "low lies above high"),
            )
        case Outcome():
            tests = ((saying.happened is None and saying.value is None, "give happened or value"),)
        case Opinion():
            needs_words = saying.kind in {"comment", "dissent"}
            tests = (
                (saying.kind not in OPINION_KINDS, f"kind is none of {', '.join(OPINION_KINDS)}"),
                (not saying.author.strip(), "author is empty"),
                (needs_words and not saying.text.strip(), "text is empty"),
                (saying.author.startswith(PREFIX) and not is_pseudonym(saying.author), "author is no pseudonym"),
            )
        case SignOff():
            tests = ((saying.every_days < 1, f"every_days is {saying.every_days}, below 1"),)
        case Acknowledgement():
            tests = ((saying.direction not in {"up", "down"}, "direction is neither up nor down"),)
        case _:
            tests = ()
    return [fault for is_wrong, fault in tests if is_wrong]


def _find_long_texts(saying: Saying) -> list[str]:
    lengths = {name: len(value) for name, value in to_content(saying).items() if isinstance(value, str)}
    empty = ["its id is empty"] * (not name_subject(saying).strip())
    return empty + [f"{name} has {n:,} characters, above {LONGEST:,}" for name, n in lengths.items() if n > LONGEST]


def _is_chance(value: float | None, *, may_lack: bool) -> bool:
    return may_lack if value is None else 0 <= value <= 1
