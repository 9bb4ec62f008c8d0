"""What a lint may find: stable codes, how much each weighs, and its words in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from saleslab.wording import say

Severity = Literal["error", "warning", "info"]

WHOLE_TREE = "(tree)"
"""Stands for the node where a finding is about the tree as a whole."""

SEVERITIES: Mapping[str, Severity] = {
    "benchmark_later": "error",
    "benchmark_no_date": "error",
    "benchmark_no_source": "error",
    "benchmark_no_value": "error",
    "benchmark_old": "warning",
    "benchmark_outside": "error",
    "benchmark_unknown_metric": "error",
    "csf_no_statement": "warning",
    "csf_unlinked": "error",
    "deputy_inactive": "warning",
    "deputy_is_owner": "warning",
    "direction_conflict": "error",
    "duplicate_definition": "error",
    "initiative_ends_before": "error",
    "initiative_no_expectation": "error",
    "initiative_no_expectation_yet": "warning",
    "initiative_no_kpi": "error",
    "initiative_no_owner": "error",
    "initiative_no_start": "error",
    "initiative_together": "warning",
    "initiative_unknown_kpi": "error",
    "never_reviewed": "warning",
    "no_date": "error",
    "no_definition": "error",
    "no_deputy": "warning",
    "no_direction": "error",
    "no_downstream_guardrail": "warning",
    "no_goal": "error",
    "no_guardrail": "warning",
    "no_long_horizon": "warning",
    "no_measured_link": "warning",
    "no_owner": "error",
    "no_review": "warning",
    "no_sponsor": "warning",
    "no_strategy": "error",
    "no_target": "error",
    "no_unit": "error",
    "not_measured": "error",
    "orphan_node": "error",
    "owner_inactive": "error",
    "owner_unknown": "error",
    "perspective_missing": "warning",
    "redundant_pair": "warning",
    "risk_no_owner": "error",
    "rubric_missing": "error",
    "signoff_overdue": "warning",
    "target_in_past": "warning",
    "target_order": "error",
    "too_many_children": "warning",
    "too_many_kpis": "warning",
    "too_many_per_owner": "warning",
    "trivial_target": "warning",
    "two_goals": "error",
    "unit_mismatch": "error",
    "unknown_metric": "error",
    "unreachable_target": "warning",
}
"""Every code, and how much it weighs: an ``error`` makes numbers or duties unclear."""

_RANK = {"error": 0, "warning": 1, "info": 2}
_COLUMNS = ["node", "code", "severity", "message_en", "message_ja", "next_en", "next_ja"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful.

    Attributes
    ----------
    node
        Id of the node, or ``(tree)``; the KPI of a benchmark, or the project.
    code
        A key of `SEVERITIES`; it never changes its meaning.
    values
        What its sentence names: counts, ids, units.
    """

    node: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return SEVERITIES[self.code]


def tabulate_findings(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return a row a finding, the heaviest first, with its words in both languages."""
    ordered = sorted(findings, key=lambda one: _RANK[one.severity])
    return pd.DataFrame([_write(one) for one in ordered], columns=_COLUMNS, dtype=object)


def _write(finding: Finding) -> dict[str, str]:
    what = say(f"kpi_linting.{finding.code}.what", node=finding.node, **finding.values)
    then = say(f"kpi_linting.{finding.code}.next", node=finding.node, **finding.values)
    return {
        "node": finding.node,
        "code": finding.code,
        "severity": finding.severity,
        "message_en": what.en,
        "message_ja": what.ja,
        "next_en": then.en,
        "next_ja": then.ja,
    }
