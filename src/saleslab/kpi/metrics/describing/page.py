"""A metric's page: meaning, formula, the query behind the value, owner, what it adds to the goal, and what to mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.describing.inputs import select_value
from saleslab.kpi.metrics.extents import is_true_zero
from saleslab.kpi.metrics.gaps import look_at, name_gaps
from saleslab.kpi.metrics.inputs import Known
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.metrics.teams import read_parents
from saleslab.kpi.metrics.values import word_value
from saleslab.periods import Period
from saleslab.wording import Text, say, section

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

SECTIONS = ("meaning", "formula", "query", "owner", "contribution", "caveats")
"""What every page holds, in reading order."""


@dataclass(frozen=True, slots=True)
class MetricPage:
    """All that explains a metric, for one scope and period.

    Attributes
    ----------
    metric_id, label
        Which metric.
    meaning, formula
        In words.
    query
        The query whose one row holds the value, in the language of the warehouse.
    value, shown
        What it returns, and how that is written.
    owner, contribution
        Who answers for it, and what it adds to the goal; a sentence that says so where nobody told.
    caveats
        What a reader must know beside it, the most telling first.
    """

    metric_id: str
    label: Text
    meaning: Text
    formula: Text
    query: str
    value: float
    shown: Text
    owner: Text
    contribution: Text
    caveats: tuple[Text, ...]

    def sections(self) -> Mapping[str, tuple[Text, ...]]:
        """Return the six sections by name; each holds at least one text."""
        return {
            "meaning": (self.meaning,),
            "formula": (self.formula,),
            "query": (Text.same(self.query), self.shown),
            "owner": (self.owner,),
            "contribution": (self.contribution,),
            "caveats": self.caveats,
        }


def describe_metric(
    lab: Warehouse,
    metric: Metric,
    *,
    period: Period,
    as_of: date,
    scope_type: str = "company",
    scope_id: str = "company",
    segment_by: str = "industry",
    factors: Mapping[str, float] | None = None,
    owner: Text | None = None,
    contribution: Text | None = None,
) -> MetricPage:
    """Return what explains a metric and its value for one scope and period.

    Use it for a tooltip or a dictionary of KPIs. For many values at once, use `measure`.

    Parameters
    ----------
    lab
        The warehouse.
    metric
        What to describe.
    period, as_of
        For which period, and what is known of it.
    scope_type, scope_id, segment_by
        For whom; the company by default.
    factors
        As in `measure`.
    owner, contribution
        What a tree says of its node: who answers for it, and what it adds to the goal.

    Raises
    ------
    NotEnoughData
        When the metric cannot be measured, or there is nothing to count in the period; a zero beyond the data is none.
    """
    sights = look_at(lab, [metric])
    gaps = name_gaps(lab, [metric], sights, factors=factors)
    if gaps:
        raise NotEnoughData(gaps[0].what, "import what is named, or give the factor.")
    known = Known(lab, as_of)
    query = select_value(
        known, metric, period,
        scope_type=scope_type, scope_id=scope_id, segment_by=segment_by,
        parents=read_parents(lab) if scope_type == "team" else None,
        factor=(factors or {})[metric.factor] if metric.factor is not None else 1.0,
    )  # fmt: skip
    row = lab.read(query).iloc[0]
    if pd.isna(row["value"]) or (row["value"] == 0 and not is_true_zero(known, metric.counts, sights, period)):
        raise NotEnoughData(
            f"{metric.metric_id} has nothing to count from {period.start} to {period.end}.", "widen the period."
        )
    value = float(row["value"])
    return MetricPage(
        metric.metric_id,
        metric.label,
        metric.meaning,
        metric.formula or say("kpi_metrics.page.no_formula"),
        lab.show_query(query),
        value,
        word_value(value, metric, currency=lab.settings.currency),
        owner or say("kpi_metrics.page.no_owner"),
        contribution or say("kpi_metrics.page.no_contribution"),
        list_caveats(metric),
    )


def list_caveats(metric: Metric) -> tuple[Text, ...]:
    """Return what a reader must know beside a metric: its own caveat, that of its cohort rule, and its guardrail."""
    words = section("kpi_metrics.caveat")
    own = [metric.caveat] if metric.caveat is not None else []
    rule = [words[metric.cohort.rule]]
    if metric.guardrail is None:
        return (*own, *rule)
    shipped = library().get(metric.guardrail)
    guardrail = shipped.label if shipped is not None else metric.guardrail
    return (*own, *rule, say("kpi_metrics.page.guardrail", guardrail=guardrail))
