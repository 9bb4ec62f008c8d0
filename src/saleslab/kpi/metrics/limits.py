"""Which values are a risk to be told at once? Those beyond the limit that their metric declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.values import word_value
from saleslab.tables.presence import require_columns
from saleslab.wording import Text, say


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
    own = {name: metric.limit for name, metric in declared.items() if metric.limit is not None} | dict(limits or {})
    order = [name for name in ("period_start", "measured_at") if name in values]
    latest = values.sort_values(order, kind="stable").groupby(["metric_id", "scope_type", "scope_id"]).tail(1)
    found = []
    for row in latest.itertuples(index=False):
        metric, limit = declared.get(str(row.metric_id)), own.get(str(row.metric_id))
        if metric is None or limit is None:
            continue
        value = float(str(row.value))
        beyond = value - limit if metric.direction == "down" else limit - value
        if beyond > 0:
            found.append((beyond / max(abs(limit), 1e-12), _tell(row, metric, value, limit, currency)))
    return tuple(breach for _, breach in sorted(found, key=lambda one: (-one[0], one[1].metric_id, one[1].scope_id)))


def _tell(row: object, metric: Metric, value: float, limit: float, currency: str) -> Breach:
    side = "above" if metric.direction == "down" else "below"
    told, allowed = (word_value(one, metric, currency=currency) for one in (value, limit))
    words = say(f"kpi_metrics.limit.{side}", metric=metric.label, value=told, limit=allowed)
    scope_type, scope_id, start = (str(getattr(row, name)) for name in ("scope_type", "scope_id", "period_start"))
    return Breach(metric.metric_id, scope_type, scope_id, pd.Timestamp(start).date(), value, limit, words)
