"""What a metric is: words, a unit, a direction, and what is counted over the canonical tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.expressions import Expression, parse_expression
from saleslab.kpi.metrics.sources import find_source
from saleslab.wording import Text

Kind = Literal["count", "sum", "ratio", "mean", "duration", "rating", "stock", "index"]
Unit = Literal["count", "rate", "money", "days", "hours", "minutes", "points", "km", "kg"]
Direction = Literal["up", "down"]
Perspective = Literal["finance", "customer", "process", "people", "risk", "sustainability"]
Horizon = Literal["short", "mid", "long"]
Aggregation = Literal["count", "sum", "mean", "median", "p90", "n_distinct", "largest", "squares", "square"]
Grain = Literal["week", "month", "quarter", "half", "year"]

_WITHOUT_COLUMN = {"count"}
_BY_GROUP = {"largest", "squares"}
_QUANTILES = {"median", "p90"}
_FROZEN = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Count(BaseModel):
    """What is counted or added up: rows of one table, those that fulfil a condition, by the time of one column.

    Attributes
    ----------
    table
        A canonical table, or one of the derived ones of `sources`.
    agg
        ``count``, ``sum``, ``mean``, ``median``, ``p90`` or ``n_distinct`` of ``column``; ``largest``, ``squares``: of
        the sums of ``column`` by ``of``, the largest one or their squares added up; ``square``: the squared sum.
    column
        An expression over the columns, such as ``amount`` or ``days(created_at, closed_at)``.
    where
        A condition over the columns, such as ``is_won and type == "new"``; None for all rows.
    at
        Time by which a row belongs to a period. In a stock: since when it is there.
    until
        Only in a stock: since when it is there no more. The stock is what is there when the period ends.
    within_days
        Only in a stock: a row is there for so many days after ``at``, such as buyers of the last twelve months.
    throughout
        Only in a stock: count what was there at any time of the period.
    of
        Column by whose values ``largest`` and ``squares`` add up.
    """

    model_config = _FROZEN

    table: str
    agg: Aggregation = "count"
    column: str | None = None
    where: str | None = None
    at: str
    until: str | None = None
    within_days: int | None = Field(default=None, ge=1)
    throughout: bool = False
    of: str | None = None

    @property
    def is_stock(self) -> bool:
        """Whether it is what is there at the end of a period, not what happened in it."""
        return self.until is not None or self.within_days is not None

    @property
    def expressions(self) -> Mapping[str, Expression]:
        """Its parts as expressions, keyed by the field that holds each."""
        fields = ("column", "where", "at", "until", "of")
        return {name: parse_expression(getattr(self, name)) for name in fields if getattr(self, name) is not None}

    @model_validator(mode="after")
    def _check(self) -> Self:
        source = find_source(self.table)
        for name, expression in self.expressions.items():
            for path in expression.paths:
                source.check_path(path, may_ask_moment=self.is_stock and name in {"column", "where"})
        if (self.column is None) != (self.agg in _WITHOUT_COLUMN):
            raise ValueError(f"agg '{self.agg}' {'takes no' if self.column else 'needs a'} column.")
        if (self.of is None) == (self.agg in _BY_GROUP):
            raise ValueError(f"agg '{self.agg}' {'takes no' if self.of else 'needs'} 'of', the column that groups.")
        if self.throughout and self.until is None:
            raise ValueError("'throughout' needs 'until'.")
        if self.is_stock and self.agg in _QUANTILES:
            raise ValueError(f"a stock has no {self.agg}.")
        return self


class Cohort(BaseModel):
    """When a row of a share is judged.

    Attributes
    ----------
    rule
        ``happened``: when it happened, such as the day of a call. ``decided``: when its outcome was known, at once
        complete. ``started``: when it began; its outcome comes later, so that recent cohorts are immature.
    succeeded_at
        Of ``started``: when a row that fulfils the numerator's condition did so.
    ended_at
        Of ``started``: when a row that does not fulfil it was over, never to fulfil it; None where it may always.
    """

    model_config = _FROZEN

    rule: Literal["happened", "decided", "started"] = "happened"
    succeeded_at: str | None = None
    ended_at: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.rule == "started") != (self.succeeded_at is not None):
            raise ValueError("'succeeded_at' belongs to the cohort rule 'started', and is needed there.")
        if self.ended_at is not None and self.rule != "started":
            raise ValueError("'ended_at' belongs to the cohort rule 'started'.")
        return self


class Metric(BaseModel):
    """A measure of sales: what it is called and means, and how it is counted.

    Attributes
    ----------
    metric_id
        ``snake_case``, the key in ``kpi_values``, ``targets`` and trees.
    label, meaning, formula
        What the reader sees, in English and Japanese.
    kind
        ``count``, ``sum``: numerator alone. ``ratio``, ``mean``, ``rating``: numerator over denominator.
        ``duration``: a quantile. ``stock``: what is there at the end of the period. ``index``: computed from groups,
        such as a concentration.
    unit, direction
        Of the value; ``up`` where more is better.
    perspective, horizon
        Which side of the business it shows, and how soon it moves.
    numerator, denominator
        What is counted. A mean without denominator is over the rows of its numerator.
    cohort
        When a row is judged.
    grain
        The shortest period for which the value means something.
    guardrail
        The metric that should not fall when this one is pushed.
    pack
        The set it comes with: ``customer``, ``risk``, ``sustainability``, or None.
    factor
        Name of a number that the company gives, by which the numerator is multiplied, such as kg of CO2 a km.
    scale
        Of a rating: its lowest and highest possible value.
    limit
        Beyond it (above for ``down``, below for ``up``) the value is a risk to be told at once.
    caveat
        What a reader must know beside it.
    theme
        The shelf of the library that it stands on.
    """

    model_config = _FROZEN

    metric_id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    meaning: Text
    formula: Text | None = None
    kind: Kind
    unit: Unit
    direction: Direction = "up"
    perspective: Perspective = "process"
    horizon: Horizon = "short"
    numerator: Count
    denominator: Count | None = None
    cohort: Cohort = Cohort()
    grain: Grain = "month"
    guardrail: str | None = None
    pack: Literal["customer", "risk", "sustainability"] | None = None
    factor: str | None = None
    scale: tuple[float, float] | None = None
    limit: float | None = None
    caveat: Text | None = None
    theme: str = "own"

    @field_validator("cohort", mode="before")
    @classmethod
    def _name_rule(cls, given: object) -> object:
        return {"rule": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.kind == "ratio") > (self.denominator is not None):
            raise ValueError("a ratio needs a denominator.")
        if self.kind in {"count", "sum", "stock", "duration"} and self.denominator is not None:
            raise ValueError(f"a {self.kind} has no denominator.")
        if (self.kind == "duration") != (self.numerator.agg in _QUANTILES):
            raise ValueError("a duration is a median or p90, and nothing else is.")
        if (self.kind == "stock") > self.numerator.is_stock:
            raise ValueError("the numerator of a stock needs 'until' or 'within_days'.")
        if self.kind in {"mean", "rating"} and self.denominator is None and self.numerator.agg != "mean":
            raise ValueError(f"a {self.kind} without denominator has the agg 'mean'.")
        if (self.kind == "rating") != (self.scale is not None):
            raise ValueError("a rating has a scale, its lowest and highest value, and nothing else has.")
        if self.cohort.rule == "started" and not self.is_share:
            raise ValueError("only a share of counted rows has the cohort rule 'started'.")
        for path in (self.cohort.succeeded_at, self.cohort.ended_at):
            if path is not None:
                find_source(self.numerator.table).check_path(path, may_ask_moment=False)
        return self

    @property
    def is_share(self) -> bool:
        """Whether it is a share of counted rows, 0 to 1: so many of so many."""
        top, whole = self.numerator, self.denominator
        if self.kind != "ratio" or self.unit != "rate" or whole is None:
            return False
        return top.agg == whole.agg == "count" and (top.table, top.at) == (whole.table, whole.at)

    @property
    def counts(self) -> tuple[Count, ...]:
        """What is counted for it: the numerator, and the denominator where it has one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)


def declare_metrics(given: Iterable[Mapping[str, Any]]) -> tuple[Metric, ...]:
    """Return metrics from plain mappings, as a file of YAML or TOML holds them.

    Raises
    ------
    BadArgument
        Naming everything that is wrong with any of them.

    Examples
    --------
    >>> calls = {"table": "activities", "where": "channel == 'phone'", "at": "at"}
    >>> words = {"label": {"en": "Calls", "ja": "架電数"}, "meaning": {"en": "Calls made.", "ja": "架電した件数。"}}
    >>> fields = {"metric_id": "calls", **words, "kind": "count", "unit": "count", "numerator": calls}
    >>> [calls] = declare_metrics([fields])
    >>> calls.label.ja, calls.direction, calls.is_share
    ('架電数', 'up', False)
    """
    metrics, wrong = [], []
    for place, fields in enumerate(given):
        name = fields.get("metric_id", f"number {place + 1}")
        try:
            metrics.append(Metric.model_validate(fields))
        except ValidationError as error:
            wrong += [f"{name}{_place(one['loc'])}: {_say(one['msg'])}" for one in error.errors()]
    if wrong:
        raise BadArgument(
            f"{len(wrong)} things are wrong with metrics: {'; '.join(wrong)}",
            "correct the declarations; `kpi.library()` holds examples.",
        )
    return tuple(metrics)


def _place(location: tuple[int | str, ...]) -> str:
    return "".join(f".{part}" for part in location)


def _say(message: str) -> str:
    return message.removeprefix("Value error, ").split("\n")[0]
