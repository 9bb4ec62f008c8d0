"""What an import has to say about the rows: one finding for each rule, file and column, with numbers of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saleslab.wording import Text, say

Severity = Literal["error", "warning", "note"]
Rows = NDArray[np.int64]

SHOWN_ROWS = 20

SEVERITIES: dict[str, Severity] = {
    "truncated_row": "error",
    "cut_file": "error",
    "unreadable": "error",
    "ambiguous_date": "error",
    "missing": "error",
    "missing_key": "error",
    "contradicting_rows": "error",
    "out_of_range": "warning",
    "not_a_choice": "warning",
    "no_real_date": "warning",
    "filled_by_default": "warning",
    "negative_amount": "warning",
    "no_exchange_rate": "warning",
    "unknown_reference": "warning",
    "similar_reference": "warning",
    "repeated_header": "warning",
    "rows_differ": "warning",
    "sum_differs": "warning",
    "maybe_cut": "warning",
    "no_rows": "warning",
    "rounded": "note",
    "repeated_row": "note",
    "footer": "note",
    "not_kept": "note",
    "company_set": "note",
}
"""Every rule that an import checks. An error closes the gate: nothing is written unless its rows are set aside."""


@dataclass(frozen=True, slots=True)
class ImportFinding:
    """Rows of one file that break one rule. Holds no value of a person: row numbers, names of columns and counts only.

    Parameters
    ----------
    rule
        One of `SEVERITIES`.
    severity
        ``error`` (the row cannot be imported), ``warning`` or ``note``.
    file
        Name of the file, with the sheet where it has several; empty where the finding is about a whole table.
    table
        Canonical table that the rows were for, where known.
    column
        Name of the column in the file, or of the canonical column for a whole table.
    n_rows
        How many rows.
    rows
        Numbers of the first rows, at most 20, as a spreadsheet counts them: the header is row 1.
    detail
        What was expected or found, such as the kind of value; never a personal value.
    """

    rule: str
    severity: Severity
    file: str
    table: str
    column: str
    n_rows: int
    rows: tuple[int, ...] = ()
    detail: str = ""

    @property
    def place(self) -> Text:
        """File, rows, column and table."""
        rows = ", ".join(str(row) for row in self.rows[:5]) + (", ..." if self.n_rows > 5 else "")
        parts = [
            Text.same(self.file),
            say("intake.import.rows", rows=rows) if self.rows else Text.same(""),
            Text.same(f"[{self.column}]" if self.column else ""),
            Text.same(f"({self.table})" if self.table else ""),
        ]
        return Text(" ".join(part.en for part in parts if part.en), " ".join(part.ja for part in parts if part.ja))

    @property
    def text(self) -> Text:
        """What was found."""
        return say(
            f"intake.import.rule.{self.rule}.what",
            n=self.n_rows,
            column=self.column,
            table=self.table or self.file,
            detail=self._detail,
        )

    @property
    def _detail(self) -> Text:
        if self.rule == "unreadable":
            return say(f"intake.import.kind.{self.detail}")
        return Text.same(self.detail)

    @property
    def next_step(self) -> Text:
        """What to do about it."""
        return say(
            f"intake.import.rule.{self.rule}.next",
            column=self.column,
            table=self.table or self.file,
            detail=self._detail,
        )


@dataclass(slots=True, frozen=True)
class Ledger:
    """Collects findings while files stream by; one entry for each rule and place, however many batches it spans."""

    _counts: dict[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    _rows: dict[tuple[str, str, str, str, str], list[int]] = field(default_factory=dict)

    def add(
        self, rule: str, *, file: str = "", table: str = "", column: str = "", rows: Iterable[int] | Rows = (),
        n_rows: int | None = None, detail: str = "",
    ) -> None:  # fmt: skip
        """Note rows that break a rule; ``n_rows`` where only their number is known."""
        numbers = np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64)
        count = int(numbers.size) if n_rows is None else n_rows
        if count == 0:
            return
        key = (rule, file, table, column, detail)
        self._counts[key] = self._counts.get(key, 0) + count
        shown = self._rows.setdefault(key, [])
        if len(shown) < SHOWN_ROWS:
            shown.extend(int(row) for row in numbers[: SHOWN_ROWS - len(shown)])

    @property
    def has_errors(self) -> bool:
        """Whether anything was found that closes the gate."""
        return any(SEVERITIES[rule] == "error" for rule, *_ in self._counts)

    def findings(self) -> tuple[ImportFinding, ...]:
        """Return everything that was found: errors first, then by file, table and column."""
        order = {"error": 0, "warning": 1, "note": 2}
        found = [
            ImportFinding(rule, SEVERITIES[rule], file, table, column, count, tuple(sorted(self._rows[key])), detail)
            for key, count in self._counts.items()
            for rule, file, table, column, detail in [key]
        ]
        return tuple(sorted(found, key=lambda f: (order[f.severity], f.file, f.table, f.column, f.rule, f.detail)))
