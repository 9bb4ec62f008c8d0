"""Can the numbers of this company be trusted? Contracts, relations and biases in one answer, with a score a table.

The score of a table is ``100 * (1 - e - w / 2)``: e is the share of its records that have an error, w the share of
those that have a warning and no error; notes cost nothing. It is cut, not rounded, so that 100 means not one record.
Records that the source system has deleted or merged count as records. What is missing from a table altogether, such as
activities that nobody wrote down, lowers no score; it is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import TYPE_CHECKING, Any

from saleslab.errors import NotEnoughData
from saleslab.intake.bias_checks import Biases, check_biases
from saleslab.intake.contract_checks import suspect_contracts
from saleslab.intake.deal_checks import suspect_contradictions, suspect_deals
from saleslab.intake.history_checks import suspect_history
from saleslab.intake.link_checks import suspect_removed
from saleslab.intake.suspects import MEASURES, RULES, Severity, Suspects, count_records, measures_of
from saleslab.tables import get_table
from saleslab.wording import Share, Text, say

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_ORDER: Mapping[str, int] = {"error": 0, "warning": 1, "note": 2}
_DERIVED = frozenset({"calendar", "model_runs", "snapshots"})
"""Tables that the lab writes itself; they are checked, and shown only when something is wrong with them."""


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """Records of one table that break one rule. Ids and counts only, no personal value.

    Attributes
    ----------
    code
        One of `RULES`.
    severity
        ``error`` closes the gate; ``warning``; ``note``.
    table, column
        Where the records are, and the column that shows it.
    n_rows
        How many records.
    ids
        The first of them, at most 20; keys of several columns are joined by ``/``.
    spoils
        The numbers of a review that it touches, of `MEASURES`.
    words
        Values for further blanks of the sentence.
    """

    code: str
    severity: Severity
    table: str
    column: str
    n_rows: int
    ids: tuple[str, ...]
    spoils: tuple[str, ...]
    words: Mapping[str, object]

    @property
    def text(self) -> Text:
        """What was found."""
        return say(f"intake.quality.rule.{self.code}.what", **self._blanks)

    @property
    def next_step(self) -> Text:
        """What to do about it."""
        return say(f"intake.quality.rule.{self.code}.next", **self._blanks)

    @property
    def owner(self) -> Text:
        """Who does it."""
        return say(f"intake.quality.owner.{RULES[self.code].owner}")

    @property
    def place(self) -> Text:
        """Table and column, as a reader knows them."""
        table = get_table(self.table)
        label = table.column(self.column).label
        return Text(f"{table.label.en}: {label.en}", f"{table.label.ja}：{label.ja}")

    @property
    def _blanks(self) -> dict[str, object]:
        table = get_table(self.table)
        label = table.column(self.column).label
        named = {"table": Text(table.label.en, table.label.ja), "column": Text(label.en, label.ja)}
        return {"n": self.n_rows, **named, **self.words}


@dataclass(frozen=True, slots=True)
class TableScore:
    """How many records of a table have an error, or a warning and no error; and the score from 0 to 100."""

    table: str
    n_records: int
    n_with_error: int
    n_with_warning: int
    score: float


@dataclass(frozen=True, slots=True)
class DataQuality:
    """What is known about the quality of a company's data.

    Attributes
    ----------
    as_of
        The last day that is known.
    tables
        One score for each table with records, in the order of the dictionary.
    findings
        Errors first, then warnings and notes, those with most records first.
    biases
        What was found out about bias, and what could not be.
    """

    as_of: date
    tables: tuple[TableScore, ...]
    findings: tuple[QualityFinding, ...]
    biases: Biases

    @property
    def gate_is_closed(self) -> bool:
        """Whether there are errors: some number that a report would show is wrong."""
        return any(finding.severity == "error" for finding in self.findings)

    def of_severity(self, severity: Severity) -> tuple[QualityFinding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def touching(self, measure: str) -> tuple[QualityFinding, ...]:
        """Return the findings that touch one number of a review (one of `MEASURES`)."""
        return tuple(finding for finding in self.findings if measure in finding.spoils)

    def score_of(self, *tables: str) -> float:
        """Return the score of a number that rests on some tables: the smallest of theirs.

        Raises
        ------
        NotEnoughData
            When one of the tables holds no record.
        """
        scores = {table.table: table.score for table in self.tables}
        missing = [name for name in tables if name not in scores]
        if missing or not tables:
            raise NotEnoughData(f"There is no score of {', '.join(missing) or 'nothing'}.", "import the table first.")
        return min(scores[name] for name in tables)


def check_quality(lab: Warehouse, *, as_of: date, with_duplicates: bool = True) -> DataQuality:
    """Return whether a company's data keep their contracts and agree with each other, and what may bias its numbers.

    Use it before a review; for a file that is not imported yet, use `check_map` and `import_export`. Everything is
    counted in the warehouse, but for the names that are compared to find duplicates.

    Parameters
    ----------
    lab
        The company's warehouse.
    as_of
        Last day that is known: cohorts and dates are judged as of then.
    with_duplicates
        Look for companies and people that were entered twice.

    Raises
    ------
    NotEnoughData
        When no table holds a record.

    Examples
    --------
    >>> from datetime import datetime
    >>> import pandas as pd
    >>> from saleslab.warehouse import connect
    >>> deals = pd.DataFrame({"opportunity_id": ["o:1"], "stage_id": ["won"], "is_closed": [True], "is_won": [True]})
    >>> with connect("duckdb://") as lab:
    ...     _ = lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 11, 24))
    ...     quality = check_quality(lab, as_of=date(2026, 11, 24))
    >>> quality.gate_is_closed, quality.findings[0].code, quality.findings[0].ids
    (True, 'closed_without_date', ('o:1',))
    """
    sizes = _count_tables(lab)
    if not any(n for n, _ in sizes.values()):
        raise NotEnoughData("No table holds a record.", "import an export of the CRM, or run `saleslab demo`.")
    biases = check_biases(lab, as_of=as_of, with_duplicates=with_duplicates)
    suspected = [
        *suspect_contracts(lab),
        *suspect_deals(lab, as_of=as_of),
        *suspect_history(lab),
        *suspect_removed(lab, [name for name, (_, n_removed) in sizes.items() if n_removed]),
        *biases.suspects,
    ]
    found: list[tuple[Suspects, QualityFinding]] = []
    for suspects in suspected:
        n, ids = count_records(lab, suspects)
        if n:
            found.append((suspects, _finding(suspects, n, ids)))
    findings = [finding for _, finding in found] + _immature(biases)
    findings.sort(key=lambda one: (_ORDER[one.severity], -one.n_rows, one.table, one.column, one.code))
    scores = [
        _score(lab, name, n, [each for each, _ in found if each.table == name]) for name, (n, _) in sizes.items() if n
    ]
    kept = [score for score in scores if score.table not in _DERIVED or score.score < 100]
    return DataQuality(as_of, tuple(kept), tuple(findings), biases)


def find_contradictions(lab: Warehouse, *, as_of: date) -> tuple[QualityFinding, ...]:
    """Return the errors that deals have in themselves or against their stages, those with most records first.

    For a report that rests on deals and must not read the whole warehouse; `check_quality` finds these and much more.
    """
    wrong = [each for each in suspect_contradictions(lab, as_of=as_of) if RULES[each.code].severity == "error"]
    found = [_finding(suspects, n, ids) for suspects in wrong for n, ids in [count_records(lab, suspects)] if n]
    return tuple(sorted(found, key=lambda one: (-one.n_rows, one.code)))


def _finding(suspects: Suspects, n: int, ids: tuple[str, ...]) -> QualityFinding:
    place = (suspects.table, suspects.column)
    spoils = measures_of(suspects.code, *place)
    assert set(spoils) <= set(MEASURES)
    return QualityFinding(suspects.code, RULES[suspects.code].severity, *place, n, ids, spoils, suspects.words)


def _immature(biases: Biases) -> list[QualityFinding]:
    cohort, code = biases.cohort, "immature_cohort"
    if cohort is None or not cohort.is_immature:
        return []
    words = {
        "since": cohort.opened_since,
        "n_open": cohort.n_open,
        "naive": Share(cohort.naive.estimate, 0),
        "expected": Share(cohort.expected.estimate, 0),
        "low": Share(cohort.expected.low, 0),
        "high": Share(cohort.expected.high, 0),
    }
    rule, place = RULES[code], ("opportunities", "created_at")
    return [QualityFinding(code, rule.severity, *place, cohort.n_opened, (), rule.spoils, words)]


def _count_tables(lab: Warehouse) -> dict[str, tuple[int, int]]:
    """Return for each table how many records it holds, and how many of them were deleted or merged."""
    sizes = {}
    for name in lab.names():
        rows = lab.table(name, all_rows=True)
        removed = rows.is_deleted | rows.merged_into_id.notnull()
        counts = lab.read(rows.aggregate(n=rows.count(), n_removed=removed.sum())).fillna(0).iloc[0]
        sizes[name] = (int(counts["n"]), int(counts["n_removed"]))
    return sizes


def _score(lab: Warehouse, table: str, n: int, found: Sequence[Suspects]) -> TableScore:
    of_error = [suspects for suspects in found if RULES[suspects.code].severity == "error"]
    of_any = [suspects for suspects in found if RULES[suspects.code].severity != "note"]
    n_error = _count_union(lab, of_error)
    n_warning = _count_union(lab, of_any) - n_error
    score = floor(1000 * (1 - (n_error + n_warning / 2) / n)) / 10
    return TableScore(table, n, n_error, n_warning, max(score, 0.0))


def _count_union(lab: Warehouse, found: Sequence[Suspects]) -> int:
    if not found:
        return 0
    records = found[0].records
    for suspects in found[1:]:
        records = records.union(suspects.records, distinct=True)
    return _count(lab, records)


def _count(lab: Warehouse, rows: Any) -> int:
    return int(lab.read(rows.count().name("n"))["n"].iloc[0])
