"""Records that break a rule, while they are still in the warehouse; and what each rule means for the numbers.

A check returns an Ibis expression of the records it suspects. They are counted, and joined with those of other checks,
where they are stored; only their number and the first ids reach Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from saleslab.tables import get_table

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

Severity = Literal["error", "warning", "note"]
Owner = Literal["administrator", "manager", "owners"]

MEASURES = ("revenue", "win_rate", "cycle", "pipeline", "people", "activity", "customers", "products")
"""Numbers of a sales review that a finding can make wrong; names are keys of the wording."""

_SHOWN_IDS = 20


@dataclass(frozen=True, slots=True)
class QualityRule:
    """What it means when a rule is broken.

    Attributes
    ----------
    severity
        ``error``: a number that is shown is wrong, and the gate closes; ``warning``: a number may mislead; ``note``:
        good to know, no number of the past is touched.
    spoils
        The `MEASURES` that it touches; empty where that depends on the table (`measures_of`).
    owner
        Who puts it right.
    """

    severity: Severity
    spoils: tuple[str, ...]
    owner: Owner = "administrator"


RULES: Mapping[str, QualityRule] = MappingProxyType(
    {
        "missing_value": QualityRule("error", ()),
        "duplicated_key": QualityRule("error", ()),
        "out_of_range": QualityRule("error", ()),
        "not_a_choice": QualityRule("warning", ()),
        "unknown_reference": QualityRule("warning", ()),
        "similar_reference": QualityRule("warning", ()),
        "closed_before_created": QualityRule("error", ("revenue", "win_rate", "cycle")),
        "closed_without_date": QualityRule("error", ("revenue", "win_rate", "cycle")),
        "closed_in_future": QualityRule("warning", ("revenue", "win_rate", "cycle")),
        "won_but_open": QualityRule("error", ("revenue", "win_rate", "pipeline")),
        "stage_contradicts": QualityRule("error", ("revenue", "win_rate", "pipeline")),
        "unknown_stage": QualityRule("warning", ("pipeline",)),
        "negative_amount": QualityRule("error", ("revenue", "pipeline")),
        "won_without_amount": QualityRule("warning", ("revenue",), "owners"),
        "missing_currency": QualityRule("warning", ("revenue", "pipeline")),
        "unconverted_amount": QualityRule("warning", ("revenue", "pipeline")),
        "lines_differ": QualityRule("warning", ("products",)),
        "missing_owner": QualityRule("warning", ("people",), "manager"),
        "missing_account": QualityRule("warning", ("customers",), "owners"),
        "inactive_owner": QualityRule("note", ("people",), "manager"),
        "past_close": QualityRule("note", ("pipeline",), "owners"),
        "removed_but_used": QualityRule("warning", ("customers",)),
        "merged_into_nothing": QualityRule("warning", ("customers",)),
        "orphan_event": QualityRule("warning", ("cycle",)),
        "backdated_stage": QualityRule("warning", ("cycle",), "manager"),
        "closed_in_other_month": QualityRule("warning", ("revenue", "win_rate"), "manager"),
        "bulk_moves": QualityRule("warning", ("cycle",)),
        "bulk_creation": QualityRule("warning", ("cycle", "win_rate")),
        "likely_duplicates": QualityRule("warning", ("customers",), "manager"),
        "few_duplicates": QualityRule("note", ("customers",), "manager"),
        "immature_cohort": QualityRule("note", ("win_rate",), "manager"),
        "untouched_cohort": QualityRule("warning", ("win_rate", "pipeline"), "manager"),
        "uneven_logging": QualityRule("warning", ("activity", "people"), "manager"),
        "removed_losses": QualityRule("warning", ("win_rate",)),
        "no_losses": QualityRule("warning", ("win_rate",)),
    }
)
"""Every rule that the data check knows."""

_OF_TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "opportunities": ("revenue", "win_rate", "cycle", "pipeline"),
        "stages": ("pipeline",),
        "stage_events": ("cycle",),
        "field_events": ("pipeline",),
        "users": ("people",),
        "teams": ("people",),
        "activities": ("activity",),
        "accounts": ("customers",),
        "contacts": ("customers",),
        "orders": ("revenue", "customers"),
        "products": ("products",),
        "opportunity_lines": ("products",),
        "order_lines": ("products",),
    }
)
_OF_COLUMN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "probability": ("pipeline",),
        "account_id": ("customers",),
        "primary_contact_id": ("customers",),
        "owner_id": ("people",),
        "appointer_id": ("people",),
        "closer_id": ("people",),
        "lead_id": (),
        "campaign_id": (),
        "coverage": (),
        "type": (),
    }
)


def measures_of(code: str, table: str, column: str) -> tuple[str, ...]:
    """Return the numbers of a review that a broken rule touches.

    Examples
    --------
    >>> measures_of("out_of_range", "opportunities", "probability"), measures_of("missing_value", "quotes", "total")
    (('pipeline',), ())
    """
    return RULES[code].spoils or _OF_COLUMN.get(column, _OF_TABLE.get(table, ()))


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Records of one table that break one rule.

    Attributes
    ----------
    code
        One of `RULES`.
    table, column
        Where they are, and the column that shows it.
    rows
        Ibis expression that has at least the key of the table; a record may stand in it several times.
    words
        Values for further blanks of the sentence.
    named_by
        Column by which the reader is told of them, where that is not the key: people, for their activities.
    """

    code: str
    table: str
    column: str
    rows: Any
    words: Mapping[str, object] = field(default_factory=dict)
    named_by: str | None = None

    @property
    def records(self) -> Any:
        """Each suspected record once, by its key."""
        return self.rows.select(*get_table(self.table).key).distinct()


def count_records(lab: Warehouse, suspects: Suspects) -> tuple[int, tuple[str, ...]]:
    """Return how many records (or people, where they are named) are suspected, and the first ids, at most 20."""
    named = suspects.named_by
    key = [named] if named else list(get_table(suspects.table).key)
    records = suspects.rows.select(*key).distinct()
    n = int(lab.read(records.count().name("n"))["n"].iloc[0])
    if not n:
        return 0, ()
    first = lab.read(records.order_by(*key).limit(_SHOWN_IDS))
    return n, tuple("/".join(str(part) for part in row) for row in first[key].itertuples(index=False))
