"""What a check of knowledge says: one row a finding, in the shape of the lint of trees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from saleslab.wording import say

Severity = Literal["error", "warning"]

FINDING_COLUMNS = ("node", "code", "severity", "message_en", "message_ja", "next_en", "next_ja")
"""Columns of every check."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: of what, which, and how bad."""

    node: str
    code: str
    severity: Severity = "error"


def to_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a frame, worded under ``kpi_knowledge.finding`` and ``kpi_knowledge.next``."""
    rows = []
    for one in findings:
        what = say(f"kpi_knowledge.finding.{one.code}", node=one.node)
        then = say(f"kpi_knowledge.next.{one.code}", node=one.node)
        rows.append((one.node, one.code, one.severity, what.en, what.ja, then.en, then.ja))
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS), dtype=object)
