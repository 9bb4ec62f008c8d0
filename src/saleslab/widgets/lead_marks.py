"""What was done with each lead of a list: contacted as it said, or not, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.tables.presence import require_columns
from saleslab.wording import Text, say

OVERRIDES = ("in_contact", "not_now", "wrong_data", "no_fit", "other_first", "other_way")
"""Why somebody does not do what the list says; a free text would hold names."""

_OF_A_ROW = ("lead_id", "rank", "user_id", "grade", "chance_won")
COLUMNS = (*_OF_A_ROW, "as_of", "is_overridden", "reason")
"""Of the table of marks."""

_KINDS = {
    "lead_id": "str",
    "rank": "Int64",
    "user_id": "str",
    "grade": "str",
    "chance_won": "float64",
    "is_overridden": "bool",
    "reason": "str",
}


@dataclass(frozen=True, slots=True)
class LeadMark:
    """What was done with one lead.

    Attributes
    ----------
    row
        What the list had said of it: ``lead_id, rank, user_id, grade, chance_won``.
    as_of
        Day of the list.
    reason
        Why it was not done, one of `OVERRIDES`; None when the lead was contacted.
    """

    row: Mapping[str, Any]
    as_of: date
    reason: str | None = None

    @property
    def text(self) -> Text:
        """The words for it, in every language."""
        if self.reason is None:
            return say("scoring.widget.is_contacted")
        return say("scoring.widget.overridden", reason=say(f"scoring.widget.because.{self.reason}"))


def mark_lead(row: Mapping[str, Any], *, as_of: date, reason: str | None) -> LeadMark:
    """Return the mark of a row of a list of `rank_leads`."""
    return LeadMark({name: row.get(name) for name in _OF_A_ROW}, as_of, reason)


def tabulate_marks(marks: Mapping[str, LeadMark]) -> pd.DataFrame:
    """Return one row a mark in the order in which they were made: `COLUMNS`."""
    rows = [{**mark.row, "as_of": mark.as_of, "reason": mark.reason} for mark in marks.values()]
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "is_overridden"])
    return frame.assign(is_overridden=frame["reason"].notna())[list(COLUMNS)].astype(_KINDS)


def read_marks(table: pd.DataFrame | None) -> dict[str, LeadMark]:
    """Return the marks of a table that `tabulate_marks` gave, by lead.

    Raises
    ------
    TableError
        When a column is missing.
    BadArgument
        When a reason is none of `OVERRIDES`.
    """
    if table is None:
        return {}
    require_columns(table, *COLUMNS, of="marks")
    n_odd = int((~table["reason"].dropna().isin(OVERRIDES)).sum())
    if n_odd:
        raise BadArgument(
            f"marks.reason holds no reason of the queue in {n_odd} rows.", f"use one of: {', '.join(OVERRIDES)}."
        )
    marks = {}
    for row in table.to_dict("records"):
        reason = row["reason"] if row["is_overridden"] else None
        marks[row["lead_id"]] = LeadMark({name: row[name] for name in _OF_A_ROW}, row["as_of"], reason)
    return marks
