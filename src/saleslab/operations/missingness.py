"""What is missing in this company's data, and what can therefore not be answered?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.tables import CANONICAL
from saleslab.tables.presence import require_columns

QUESTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "revenue": ("opportunities.closed_at", "opportunities.amount"),
        "win_rate": ("opportunities.closed_at",),
        "cycle": ("opportunities.created_at", "opportunities.closed_at"),
        "weighted": ("opportunities.probability | stages.probability",),
        "slips": ("opportunities.expected_close_date",),
        "pushes": ("field_events.new | stage_events.expected_close_date",),
        "next_steps": ("opportunities.next_step",),
        "stage_times": ("stage_events.at",),
        "activity": ("activities.at",),
        "repeat": ("opportunities.account_id | orders.account_id",),
        "feedback": ("feedback.score",),
        "targets": ("targets.target",),
    }
)
"""Each question of a review (its name is a key of the wording) with the columns without which it has no answer.

Where one of several columns is enough, they are separated by ``|``, the usual one first.
"""


@dataclass(frozen=True, slots=True)
class ColumnFill:
    """How full one column is; ``share`` is 0-1."""

    table: str
    column: str
    n_rows: int
    n_filled: int

    @property
    def share(self) -> float:
        """Part of the rows that hold a value."""
        return self.n_filled / self.n_rows if self.n_rows else 0.0


@dataclass(frozen=True, slots=True)
class TableFill:
    """How full one table is: its rows, its columns that hold anything, and how full those are on average (0-1)."""

    table: str
    n_rows: int
    n_columns: int
    n_used: int
    share: float


@dataclass(frozen=True, slots=True)
class Missingness:
    """What is missing.

    Attributes
    ----------
    tables
        Tables with rows, in the sequence of the data dictionary.
    absent
        Canonical tables without rows.
    columns
        Every column of the tables with rows.
    required_gaps
        Required columns with missing values.
    unanswered
        Questions (keys of `QUESTIONS`) without an answer, each with the columns that it lacks; of several that would
        do, the usual one.
    """

    tables: tuple[TableFill, ...]
    absent: tuple[str, ...]
    columns: tuple[ColumnFill, ...]
    required_gaps: tuple[ColumnFill, ...]
    unanswered: Mapping[str, tuple[str, ...]]


def measure_missingness(fill: pd.DataFrame) -> Missingness:
    """Return how full each table and column is, and which questions the gaps leave without an answer.

    Parameters
    ----------
    fill
        From `read_fill`: ``table, column, n_rows, n_filled``.

    Raises
    ------
    NotEnoughData
        When no table holds any row.

    Examples
    --------
    >>> fill = pd.DataFrame([("users", "user_id", 4, 4), ("users", "name", 4, 2), ("users", "team_id", 4, 0)],
    ...     columns=["table", "column", "n_rows", "n_filled"])
    >>> answer = measure_missingness(fill)
    >>> answer.tables[0].n_used, answer.tables[0].share, "revenue" in answer.unanswered
    (2, 0.75, True)
    """
    require_columns(fill, "table", "column", "n_rows", "n_filled", of="fill")
    columns = tuple(
        ColumnFill(row["table"], row["column"], int(row["n_rows"]), int(row["n_filled"]))
        for row in fill.to_dict("records")
        if row["n_rows"]
    )
    if not columns:
        raise NotEnoughData("No table holds any row.", "import an export of the CRM, or run `saleslab demo`.")
    present = {column.table for column in columns}
    tables = tuple(_table(name, [c for c in columns if c.table == name]) for name in CANONICAL if name in present)
    filled = {f"{column.table}.{column.column}" for column in columns if column.n_filled}
    lacking = {question: _missing_of(needs, filled) for question, needs in QUESTIONS.items()}
    return Missingness(
        tables,
        tuple(name for name in CANONICAL if name not in present),
        columns,
        tuple(c for c in columns if c.column in CANONICAL[c.table].required_columns and c.n_filled < c.n_rows),
        MappingProxyType({question: needs for question, needs in lacking.items() if needs}),
    )


def _missing_of(needs: tuple[str, ...], filled: set[str]) -> tuple[str, ...]:
    choices = [need.split(" | ") for need in needs]
    return tuple(columns[0] for columns in choices if not filled.intersection(columns))


def _table(name: str, columns: list[ColumnFill]) -> TableFill:
    used = [column for column in columns if column.n_filled]
    share = sum(column.share for column in used) / len(used) if used else 0.0
    return TableFill(name, columns[0].n_rows, len(columns), len(used), share)
