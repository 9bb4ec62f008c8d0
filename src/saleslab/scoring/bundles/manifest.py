"""What does a bundle say about itself?

The manifest is read before anything else of a bundle, and believed only as far as its digests, or a signature, reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any

from saleslab.errors import BadArgument, FileProblem
from saleslab.scoring.leads.features import MOMENTS
from saleslab.scoring.model.grades import Grades

FORMAT = "saleslab lead scorer"
SCHEMA_VERSION = 1
TYPES = ("LeadScorer",)
"""What a bundle may be; the list is here and nowhere in a bundle."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[\w.+\-]{1,40}")
_FACT_WORD = 2_000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What only those who trained a model know about it.

    Attributes
    ----------
    data_from, data_to
        First and last day of the leads it learned from.
    n_leads, n_wins
        How many leads, and how many of them were won.
    window
        Days within which a lead had to be won to count.
    goal
        What counted as won: ``won`` or ``qualified``; empty for leads of a file.
    known_at
        The moment at which leads were described: ``created`` or ``contacted``.
    metrics
        Numbers of its evaluation by name, such as ``forward_auc``.
    allowed
        Columns that the leak check had blocked and somebody allowed: column to reason.
    grades
        Cut points of the grades, fixed with the model.
    data_hash
        Fingerprint of the tables it learned from.
    note
        One sentence of whoever trained it.

    Examples
    --------
    >>> ModelFacts(n_leads=1000, n_wins=120, allowed={"tags": "written before the first call"}).n_wins
    120
    """

    data_from: date | None = None
    data_to: date | None = None
    n_leads: int | None = None
    n_wins: int | None = None
    window: int | None = None
    goal: str = ""
    known_at: str = "created"
    metrics: Mapping[str, float] = field(default_factory=dict)
    allowed: Mapping[str, str] = field(default_factory=dict)
    grades: Grades | None = None
    data_hash: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        told = self.to_dict()
        wrong = [name for name, fits in _FACT_FORMS.items() if not fits(told[name])]
        if wrong:
            raise BadArgument(
                f"These facts of a model have a form that no bundle can keep: {', '.join(wrong)}.",
                "give dates, counts, finite metrics, texts on one line, and a reason for every allowed column.",
            )
        object.__setattr__(self, "metrics", MappingProxyType(told["metrics"]))
        object.__setattr__(self, "allowed", MappingProxyType(told["allowed"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        dates = {name: None if told[name] is None else told[name].isoformat() for name in ("data_from", "data_to")}
        maps = {name: {key: told[name][key] for key in sorted(told[name])} for name in ("metrics", "allowed")}
        return {**told, **dates, **maps, "grades": None if self.grades is None else self.grades.get_state()}


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """What a bundle is, read from its manifest.

    Attributes
    ----------
    type
        Which estimator it holds; one of `TYPES`.
    columns
        Its input columns in their order, each with its kind.
    verdict
        What the model said of itself when it was trained.
    base_rate
        Share of won leads that it learned.
    seed
        Seed of its training.
    forward_auc
        Estimate, low, high and mass of its AUC on later leads; None where it had none.
    versions
        Versions of the libraries that wrote it.
    facts
        What whoever trained it added.
    files
        SHA-256 of every other file of the bundle.
    """

    type: str
    columns: Mapping[str, str]
    verdict: str
    base_rate: float
    seed: int | None
    forward_auc: tuple[float, float, float, float] | None
    versions: Mapping[str, str]
    facts: ModelFacts
    files: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values, in the order in which they are written."""
        return {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "type": self.type,
            "columns": dict(self.columns),
            "verdict": self.verdict,
            "base_rate": self.base_rate,
            "seed": self.seed,
            "forward_auc": None if self.forward_auc is None else list(self.forward_auc),
            "versions": dict(self.versions),
            "facts": self.facts.to_dict(),
            "files": dict(self.files),
        }


def read_manifest(tree: Any) -> BundleManifest:
    """Return the manifest that plain JSON values describe.

    Raises
    ------
    FileProblem
        When a field is missing, too many or of another form; all of them are named.
    """
    tree = tree if isinstance(tree, dict) else {}
    if tree.get("format") == FORMAT and tree.get("schema_version") != SCHEMA_VERSION:
        raise FileProblem(
            "The bundle was written by another version of saleslab.",
            f"use the saleslab that wrote it; this one reads schema version {SCHEMA_VERSION}.",
        )
    wrong = [name for name, fits in _FORMS.items() if name not in tree or not fits(tree[name])]
    wrong += ["more fields than a manifest has"] if set(tree) - set(_FORMS) else []
    if wrong:
        raise FileProblem(
            f"The manifest of the bundle is not one of saleslab: {', '.join(wrong)}.",
            "take the bundle again from where it was saved, or train the model again.",
        )
    auc = tree["forward_auc"]
    return BundleManifest(
        type=tree["type"],
        columns=tree["columns"],
        verdict=tree["verdict"],
        base_rate=float(tree["base_rate"]),
        seed=tree["seed"],
        forward_auc=None if auc is None else (auc[0], auc[1], auc[2], auc[3]),
        versions=tree["versions"],
        facts=_read_facts(tree["facts"]),
        files=tree["files"],
    )


def _read_facts(tree: Mapping[str, Any]) -> ModelFacts:
    days = {name: None if tree[name] is None else date.fromisoformat(tree[name]) for name in ("data_from", "data_to")}
    grades = None if tree["grades"] is None else Grades.from_state(tree["grades"])
    return ModelFacts(**{**tree, **days, "grades": grades})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _FACT_WORD and value.isprintable()


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_map(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(_is_text, value)) and all(map(fits, value.values()))


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _is_interval(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 4
        and all(map(_is_number, value))
        and 0 <= value[1] <= value[0] <= value[2] <= 1
        and 0 < value[3] < 1
    )


def _are_grades(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"by_rate", "by_capacity", "base_rate"}
        and _is_number(value["base_rate"])
        and all(_are_points(value[name]) for name in ("by_rate", "by_capacity"))
    )


def _are_points(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(map(_is_number, value))
        and value[0] >= value[1] >= value[2] >= 0
    )


def _are_facts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == set(_FACT_FORMS)
        and all(fits(value[name]) for name, fits in _FACT_FORMS.items())
    )


_FACT_FORMS: dict[str, Callable[[Any], bool]] = {
    "data_from": _or_none(_is_day),
    "data_to": _or_none(_is_day),
    "n_leads": _or_none(_is_count),
    "n_wins": _or_none(_is_count),
    "window": _or_none(_is_count),
    "goal": _is_text,
    "known_at": lambda value: value in MOMENTS,
    "metrics": _is_map(_is_number),
    "allowed": _is_map(lambda reason: _is_text(reason) and bool(reason.strip())),
    "grades": _or_none(_are_grades),
    "data_hash": _is_text,
    "note": _is_text,
}
_FORMS: dict[str, Callable[[Any], bool]] = {
    "format": lambda value: value == FORMAT,
    "schema_version": lambda value: value == SCHEMA_VERSION and not isinstance(value, bool),
    "type": lambda value: value in TYPES,
    "columns": lambda value: _is_map(_is_word)(value) and bool(value),
    "verdict": _is_word,
    "base_rate": lambda value: _is_number(value) and 0 <= value <= 1,
    "seed": _or_none(_is_count),
    "forward_auc": _or_none(_is_interval),
    "versions": _is_map(_is_word),
    "facts": _are_facts,
    "files": _is_map(lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None),
}
