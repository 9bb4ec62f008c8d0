"""A tree as declarations: the goal (KGI), the factors that decide it (CSF) and their measures (KPI).

A node says what is counted, in which unit, where it should go, who answers for it and when it is looked at again.
Formula edges are exact: they carry the goal's chance. Influences are hypotheses: they are drawn, and count for nothing
until an effect with its interval and evidence stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.declaring import Cohort, Count, Direction, Horizon, Kind, Perspective, Unit
from saleslab.kpi.trees.formulas import Formula, parse_formula
from saleslab.kpi.trees.units import UNITS

Role = Literal["appointer", "closer", "inside", "outside", "cs", "manager"]
Audience = Literal["all", "team", "owner"]
Family = Literal["count", "rate", "value", "sum", "duration", "rating"]

PERSPECTIVES: tuple[Perspective, ...] = get_args(Perspective)
RATINGS = (0, 1, 2, 3, 4)
"""Steps of a rubric, from 'not at all' to 'fully'."""

_COHORT_RULES = ("happened", "decided", "started")
_CREATED, _CLOSED = "created_at", "closed_at"
_ID = r"^[a-z][a-z0-9_]{0,59}$"
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_QUANTILE = re.compile(r"^p([1-9]\d?)$")
_TRIGGER = re.compile(r"^\s*([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*(-?\d[\d_]*(?:\.\d+)?)\s*(%?)\s*$")

NodeId = Annotated[str, Field(pattern=_ID)]
UserId = Annotated[str, Field(min_length=1, max_length=120)]


class Declared(BaseModel):
    """What all declarations of a tree share: they cannot be changed, and know no key that is not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


class Words(Declared):
    """A text in English, Japanese or both; a plain text stands for both."""

    en: str = ""
    ja: str = ""

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, written: Any) -> Any:
        return {"en": written, "ja": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _say_something(self) -> Words:
        if not (self.en.strip() or self.ja.strip()):
            raise ValueError("empty; write a text in 'en', 'ja' or both")
        return self

    def read(self, lang: str) -> str:
        """Return the text in a language, or in the other where it is missing."""
        return (self.ja or self.en) if lang == "ja" else (self.en or self.ja)


def _read_level(written: Any) -> Any:
    if isinstance(written, str) and (found := _QUANTILE.match(written.strip().lower())):
        return Quantile(chance=int(found[1]) / 100)
    return written


class Quantile(Declared):
    """A level to be derived: the one that is reached with a chance, written ``p80``."""

    chance: float = Field(gt=0, lt=1)


Level = Annotated[float | Quantile, BeforeValidator(_read_level)]


class Target(Declared):
    """What a node must reach in a period: what one may not fall below, what one aims at, what would be outstanding."""

    period: str
    threshold: Level | None = None
    target: Level | None = None
    stretch: Level | None = None


class Review(Declared):
    """How often a node is looked at."""

    every_days: int = Field(ge=1, le=366)


class Lever(Declared):
    """What moving a node by one unit costs (a point, for a rate), and how far it can be moved.

    ``headroom`` is a level, or ``own_best_quarter``: the best quarter of one's own past, shrunk for luck.
    """

    cost: float | None = Field(default=None, ge=0, alias="cost_per_point")
    hours: float | None = Field(default=None, ge=0, alias="hours_per_point")
    headroom: float | Literal["own_best_quarter"] = "own_best_quarter"


class Influence(Declared):
    """A hypothesis: when this node rises by one per cent, the other moves by ``elasticity`` per cent."""

    on: NodeId
    elasticity: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether an effect with an interval and its evidence stands beside it."""
        return bool(self.evidence.strip()) and None not in (self.elasticity, self.low, self.high)


class Trigger(Declared):
    """When a risk has come true: ``accept_rate < 0.5``."""

    node: NodeId
    sign: Literal["<", "<=", ">", ">="]
    level: float

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, written: Any) -> Any:
        if not isinstance(written, str):
            return written
        found = _TRIGGER.match(written)
        if found is None:
            raise ValueError(f"{written!r} is no trigger; write it as 'accept_rate < 0.5'")
        level = float(found[3].replace("_", "")) / (100 if found[4] else 1)
        return {"node": found[1], "sign": found[2], "level": level}

    def __str__(self) -> str:
        level = f"{Decimal(repr(self.level)):f}".removesuffix(".0")  # 1.5e+06 could not be read again
        return f"{self.node} {self.sign} {level}"


class Risk(Declared):
    """What may go wrong with a factor, and who then acts."""

    trigger: Trigger
    statement: Words | None = None
    mitigation_owner: UserId | None = None


class Sponsor(Declared):
    """Who stands behind the tree, and when they last signed it."""

    user: UserId
    signoff_every_days: int = Field(default=90, ge=1, le=366)
    signed_off_on: date | None = None


class Fiscal(Declared):
    """The company's year."""

    year_start_month: int = Field(default=4, ge=1, le=12)


class Node(Declared):
    """A goal, a factor or a measure.

    Attributes
    ----------
    kind
        ``kgi``, ``csf`` or ``kpi``.
    label, statement
        What it is called, and what it means or claims.
    metric
        Id in the library, where it is not the node's own.
    type, numerator, denominator, cohort
        How it is counted, where the library does not know it.
    unit, currency
        In which unit; a currency's code in the file means money in that currency.
    direction
        Whether more (``up``) or less (``down``) is better.
    formula
        Exact arithmetic over other nodes.
    drives
        Measures through which a factor shows.
    rubric
        Of a factor that people rate: what each step from 0 to 4 looks like.
    influences
        Hypotheses about other nodes.
    bounds
        What can be reached at all, lower and upper.
    coupling
        How this node moves, in per cent, when another rises by one per cent: more volume, lower rate.
    role
        Whose daily work it is, such as ``appointer`` or ``closer``.
    audience
        Who sees it: everybody, the team, or its owner only.
    """

    kind: Literal["kgi", "csf", "kpi"]
    label: Words | None = None
    statement: Words | None = None
    evidence: str = ""
    metric: str | None = None
    type: Kind | None = None
    numerator: Count | None = None
    denominator: Count | None = None
    cohort: Cohort | None = None
    unit: Unit | None = None
    currency: str | None = None
    direction: Direction | None = None
    horizon: Horizon | None = None
    perspective: Perspective | None = None
    family: Family | None = None
    formula: Formula | None = None
    drives: tuple[NodeId, ...] = ()
    influences: tuple[Influence, ...] = ()
    coupling: Mapping[NodeId, float] = Field(default_factory=dict)
    bounds: tuple[float, float] | None = None
    target: Target | None = None
    guardrail: NodeId | None = None
    lever: Lever | None = None
    review: Review | None = None
    owner: UserId | None = None
    deputy: UserId | None = None
    rubric: Mapping[int, Words] = Field(default_factory=dict)
    risk: Risk | None = None
    role: Role | None = None
    audience: Audience = "all"

    @model_validator(mode="before")
    @classmethod
    def _read_short_forms(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        read = dict(written)
        unit = read.get("unit")
        if isinstance(unit, str) and _CURRENCY.match(unit):
            read |= {"unit": "money", "currency": unit}
        if isinstance(model := read.pop("model", None), dict):
            read.setdefault("family", model.get("family"))
        if isinstance(by := read.get("cohort"), str) and by not in _COHORT_RULES:
            read |= _judge_by(by, read)
        if isinstance(influences := read.get("influences"), dict):
            read["influences"] = [{"on": name, **(edge or {})} for name, edge in influences.items()]
        return read

    @field_validator("formula", mode="before")
    @classmethod
    def _parse_formula(cls, written: Any) -> Any:
        if not isinstance(written, str):
            return written
        try:
            return parse_formula(written)
        except BadArgument as error:
            raise ValueError(error.what) from error

    @field_validator("owner", "deputy", mode="before")
    @classmethod
    def _refuse_several(cls, written: Any) -> Any:
        if isinstance(written, list | tuple | dict):
            raise ValueError(f"{len(written)} people; one answers for a node, others help")
        return written

    @field_validator("unit", mode="before")
    @classmethod
    def _know_unit(cls, written: Any) -> Any:
        if written is not None and written not in UNITS:
            raise ValueError(f"{written!r} is no unit; there are {', '.join(UNITS)} and currencies such as JPY")
        return written

    @field_validator("rubric", mode="before")
    @classmethod
    def _leave_out_blanks(cls, written: Any) -> Any:
        """A step without words is one that is not written yet: the lint tells it."""
        if not isinstance(written, dict):
            return written
        return {step: text for step, text in written.items() if text is not None and str(text).strip()}

    @field_validator("rubric")
    @classmethod
    def _keep_steps(cls, rubric: Mapping[int, Words]) -> Mapping[int, Words]:
        if strange := [step for step in rubric if step not in RATINGS]:
            raise ValueError(f"steps {strange}; a rubric has the steps 0 to 4")
        return rubric

    @field_validator("bounds")
    @classmethod
    def _order_bounds(cls, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds is not None and bounds[0] >= bounds[1]:
            raise ValueError(f"{list(bounds)}; the lower bound comes first")
        return bounds


def _judge_by(column: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """A cohort given by its column: the time of both counts, and of what is judged later when it is the creation."""
    judged: dict[str, Any] = {
        side: {"at": column, **written[side]}
        for side in ("numerator", "denominator")
        if isinstance(written.get(side), dict)
    }
    if column != _CREATED:
        return {**judged, "cohort": {"rule": "decided"}}
    return {**judged, "cohort": {"rule": "started", "succeeded_at": _CLOSED, "ended_at": _CLOSED}}


class KpiTree(Declared):
    """One goal and everything that is believed to decide it, in one version.

    Attributes
    ----------
    tree
        Id of the tree; all its versions share it.
    version, effective_from, reason
        From which day this version holds, and why it replaced the one before.
    strategy, vision
        What the goal is for: the sentence on the first page.
    nodes
        By id.
    """

    tree: NodeId
    version: int = Field(ge=1)
    effective_from: date
    reason: Words | None = None
    template: str | None = None
    fiscal: Fiscal = Fiscal()
    currency: str = Field(default="JPY", pattern=_CURRENCY.pattern)
    vision: Words | None = None
    strategy: Words | None = None
    sponsor: Sponsor | None = None
    nodes: Mapping[NodeId, Node] = Field(min_length=1)
