"""Why can a metric not be measured? What it needs is absent; it is left out and says so, instead of being 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.expressions import MOMENT
from saleslab.kpi.metrics.inputs import find_purchases
from saleslab.kpi.metrics.sources import PURCHASES, describe_table
from saleslab.tables import Kind, get_table
from saleslab.wording import Text, say

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

Reason = Literal["no_table", "no_rows", "empty_column", "no_factor"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a column holds: why it cannot be used, or its first day where it is a time."""

    reason: Reason | None
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A metric that is not measured, and why.

    Attributes
    ----------
    metric_id
        Which.
    reason
        ``no_table``, ``no_rows``, ``empty_column`` or ``no_factor``.
    needs
        The table, the ``table.column`` or the name of the factor that is absent.
    """

    metric_id: str
    reason: Reason
    needs: str

    @property
    def what(self) -> str:
        """The reason for a log."""
        return f"{self.metric_id} needs {self.needs}, which {_SAID[self.reason]}"

    @property
    def words(self) -> Text:
        """The reason for a reader."""
        return say(f"kpi_metrics.gap.{self.reason}", needs=self.needs)


_SAID: Mapping[Reason, str] = {
    "no_table": "is not imported.",
    "no_rows": "has no rows.",
    "empty_column": "is empty in all rows.",
    "no_factor": "was not given.",
}


def find_gaps(
    lab: Warehouse, metrics: Iterable[Metric], *, factors: Mapping[str, float] | None = None
) -> tuple[Gap, ...]:
    """Return the metrics that cannot be measured in a warehouse, each with its first reason.

    Parameters
    ----------
    lab
        The warehouse.
    metrics
        Which metrics.
    factors
        As `measure` is given them.
    """
    wanted = tuple(metrics)
    return name_gaps(lab, wanted, look_at(lab, wanted), factors=factors)


def name_gaps(
    lab: Warehouse,
    metrics: Iterable[Metric],
    sights: Mapping[tuple[str, str], Sight],
    *,
    factors: Mapping[str, float] | None = None,
) -> tuple[Gap, ...]:
    """Return the metrics that cannot be measured, from what was seen of their columns."""
    given, gaps = factors or {}, []
    for metric in metrics:
        if metric.factor is not None and metric.factor not in given:
            gaps.append(Gap(metric.metric_id, "no_factor", metric.factor))
            continue
        missing = next((pair for pair in list_needs(lab, metric) if sights[pair].reason is not None), None)
        if missing is not None:
            reason, (table, column) = sights[missing].reason, missing
            assert reason is not None
            gaps.append(Gap(metric.metric_id, reason, f"{table}.{column}" if reason == "empty_column" else table))
    return tuple(gaps)


def list_needs(lab: Warehouse, metric: Metric) -> Iterable[tuple[str, str]]:
    """Yield each stored column that a metric asks for, with its table; keys that are followed included.

    When something ended may be empty everywhere: then nothing has ended yet.
    """
    for count in metric.counts:
        for expression in (part for name, part in count.expressions.items() if name != "until"):
            for path in expression.paths:
                if path != MOMENT:
                    yield from follow_path(lab, count.table, path)


def follow_path(lab: Warehouse, table: str, path: str) -> Iterable[tuple[str, str]]:
    """Yield each stored column on the way of a path, with its table."""
    first, _, rest = path.partition(".")
    source = describe_table(table)
    if table == PURCHASES.name:
        stored = find_purchases(lab)
        yield stored, {"orders": "ordered_at"}.get(stored, "closed_at")
    elif first in describe_table(table).own:
        yield table, source.table.key[0]
    else:
        yield table, first
    target = source.target_of(first)
    if rest and target is not None:
        yield from follow_path(lab, target, rest)


def look_at(lab: Warehouse, metrics: Iterable[Metric]) -> Mapping[tuple[str, str], Sight]:
    """Return what each column holds that metrics ask for, keyed by table and column: one query for each table."""
    columns: dict[str, dict[str, None]] = {}
    for metric in metrics:
        for table, column in list_needs(lab, metric):
            columns.setdefault(table, {})[column] = None
    sights: dict[tuple[str, str], Sight] = {}
    for table, names in columns.items():
        if lab.has(table):
            sights |= {(table, name): sight for name, sight in zip(names, _look(lab, table, list(names)), strict=True)}
        else:
            sights |= {(table, name): Sight("no_table") for name in names}
    return sights


def _look(lab: Warehouse, table: str, names: list[str]) -> list[Sight]:
    """Return what each of some columns of a table holds."""
    rows, declared = lab.table(table), get_table(table)
    timed = [place for place, name in enumerate(names) if declared.column(name).kind in {Kind.DATE, Kind.TIMESTAMP}]
    found = {f"n_{place}": rows[name].count() for place, name in enumerate(names)}
    found |= {f"first_{place}": rows[names[place]].min() for place in timed}
    row = lab.read(rows.aggregate(n_rows=rows.count(), **found)).iloc[0]
    reason: Reason = "empty_column" if row["n_rows"] else "no_rows"
    return [
        Sight(None, _day(row.get(f"first_{place}"))) if row[f"n_{place}"] else Sight(reason)
        for place in range(len(names))
    ]


def _day(moment: Any) -> date | None:
    return None if moment is None or pd.isna(moment) else pd.Timestamp(moment).date()
