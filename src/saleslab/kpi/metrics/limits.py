"""What is a limit, and which values lie beyond it? Of metrics, and of the risks of a tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.values import word_value
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.tables.presence import require_columns
from saleslab.wording import Text, say

Sign = Literal["<", "<=", ">", ">="]

_CROSSES: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiskTrigger:
    """When a risk has come true.

    Attributes
    ----------
    metric_id, sign, level
        The value that is looked at, and beyond what it is a risk: ``top_customer_share > 0.4``.
    owner_id
        Who then acts.
    """

    metric_id: str
    sign: Sign
    level: float
    owner_id: str | None = None

    def __post_init__(self) -> None:
        if self.sign not in _CROSSES:
            raise BadArgument(
                f"The trigger on '{self.metric_id}' has the sign '{self.sign}'.", f"use one of: {', '.join(_CROSSES)}."
            )

    def holds(self, value: float) -> bool:
        """Say whether a value is beyond the level."""
        return _CROSSES[self.sign](value, self.level)

    @property
    def direction(self) -> Literal["up", "down"]:
        """Where the risk lies."""
        return "up" if self.sign[0] == ">" else "down"


def list_triggers(
    source: KpiTree | Iterable[Metric], *, limits: Mapping[str, float] | None = None
) -> tuple[RiskTrigger, ...]:
    """Return the triggers that a tree declares for its factors, or metrics as their limits.

    Parameters
    ----------
    source
        A tree, or metrics; those without a limit are passed over.
    limits
        The company's own limits by metric id, in place of the declared ones.

    Examples
    --------
    >>> from saleslab.kpi.metrics.shelf import library
    >>> [str(one.metric_id) for one in list_triggers(library(pack="risk").values())][:2]
    ['customer_concentration', 'top_customer_share']
    """
    own = dict(limits or {})
    if isinstance(source, KpiTree):
        risks = [node.risk for node in source.nodes.values() if node.risk]
        named = [(source.nodes[one.trigger.node].metric or one.trigger.node, one) for one in risks]
        return tuple(
            RiskTrigger(name, one.trigger.sign, own.get(name, one.trigger.level), one.mitigation_owner)
            for name, one in named
        )
    told = [(one, own.get(one.metric_id, one.limit)) for one in source]
    return tuple(
        RiskTrigger(one.metric_id, ">" if one.direction == "down" else "<", level)
        for one, level in told
        if level is not None
    )


@dataclass(frozen=True, slots=True)
class Breach:
    """A value beyond its limit.

    Attributes
    ----------
    metric_id, scope_type, scope_id
        Of what.
    period_start
        First day of the period.
    value, limit
        What was measured, and what it should not pass.
    words
        What a reader is told.
    """

    metric_id: str
    scope_type: str
    scope_id: str
    period_start: date
    value: float
    limit: float
    words: Text


def find_breaches(
    values: pd.DataFrame,
    metrics: Iterable[Metric],
    *,
    limits: Mapping[str, float] | None = None,
    currency: str = "JPY",
) -> tuple[Breach, ...]:
    """Return the latest values that lie beyond their limits, the farthest first.

    What became of them over time, and who answers for it, is told by `check_triggers`.

    Parameters
    ----------
    values
        As `measure` returns them; of each metric and scope the latest period counts, as it was measured last.
    metrics
        The metrics, with their limits; those without one are passed over.
    limits
        The company's own limits by metric id, in place of the declared ones.
    currency
        Of money.
    """
    require_columns(values, "metric_id", "scope_type", "scope_id", "period_start", "value", of="values (kpi.measure)")
    declared = {metric.metric_id: metric for metric in metrics}
    triggers = {one.metric_id: one for one in list_triggers(declared.values(), limits=limits)}
    order = [name for name in ("period_start", "measured_at") if name in values]
    latest = values.sort_values(order, kind="stable").groupby(["metric_id", "scope_type", "scope_id"]).tail(1)
    found = []
    for row in latest.itertuples(index=False):
        trigger, value = triggers.get(str(row.metric_id)), float(str(row.value))
        if trigger is not None and trigger.holds(value):
            beyond = abs(value - trigger.level) / max(abs(trigger.level), 1e-12)
            found.append((beyond, _tell(row, declared[trigger.metric_id], value, trigger, currency)))
    return tuple(breach for _, breach in sorted(found, key=lambda one: (-one[0], one[1].metric_id, one[1].scope_id)))


def _tell(row: object, metric: Metric, value: float, trigger: RiskTrigger, currency: str) -> Breach:
    side = "above" if trigger.direction == "up" else "below"
    told, allowed = (word_value(one, metric, currency=currency) for one in (value, trigger.level))
    words = say(f"kpi_metrics.limit.{side}", metric=metric.label, value=told, limit=allowed)
    scope_type, scope_id, start = (str(getattr(row, name)) for name in ("scope_type", "scope_id", "period_start"))
    return Breach(metric.metric_id, scope_type, scope_id, pd.Timestamp(start).date(), value, trigger.level, words)
