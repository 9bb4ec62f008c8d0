"""From the record of moves and changes to spells: what each deal was said to be, from which day to which.

Nothing that happened after the day that is known is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from saleslab.warehouse import Warehouse
from saleslab.warehouse.local_time import to_local_date

_EVER, _NEVER_ENDS = ibis.date("1900-01-01"), ibis.date("2999-12-31")
"""Ends of spells that have none: conditions without OR are joined by key, others row by row."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A warehouse as it is known at a moment, in the company's own days."""

    lab: Warehouse
    over: datetime
    zone: str

    def day_of(self, moment: Any) -> Any:
        """Return the company's day of a moment."""
        return to_local_date(moment, self.zone)

    def happened(self, moment: Any) -> Any:
        """Say whether a moment lies in what is known."""
        return moment < ibis.timestamp(self.over)


def add_then(stood: Any, spells: Any | None, name: str) -> Any:
    """Add what a spell of each deal said on its landmark: ``<name>_then, <name>_from, <name>_n``."""
    names = {f"{name}_then": "string", f"{name}_from": "date", f"{name}_n": "int64"}
    if spells is None:
        return stood.mutate(**{column: ibis.null(kind) for column, kind in names.items()})
    key = f"{name}_object"
    spells = spells.select(
        **{
            key: spells.object_id,
            f"{name}_then": spells.value,
            f"{name}_from": spells.from_on,
            f"{name}_to": spells.to_on,
            f"{name}_n": spells.n_later,
        }
    )
    joined = stood.left_join(
        spells,
        [
            stood.opportunity_id == spells[key],
            stood.moment_on >= spells[f"{name}_from"],
            stood.moment_on < spells[f"{name}_to"],
        ],
    )
    return joined.drop(key, f"{name}_to")


def stage_spells(scope: Scope) -> Any | None:
    """Return from when to when a deal was in which stage; None without a record."""
    if not scope.lab.has("stage_events"):
        return None
    events = scope.lab.table("stage_events")
    events = events.filter((events.object_type == "opportunity") & scope.happened(events["at"]))
    turns = ibis.window(group_by="object_id", order_by=["at", "event_id"])
    return events.select(
        "object_id",
        value=events.to_stage_id,
        from_on=scope.day_of(events["at"]),
        to_on=scope.day_of(events["at"].lead().over(turns)).coalesce(_NEVER_ENDS),
        n_later=ibis.literal(0, "int64"),
    )


def value_spells(scope: Scope, field: str) -> Any | None:
    """Return from when to when a deal's amount or expected close had which value, and how often it had risen by then.

    Both what stages noted and what was changed count. Before the first note stands what the first change replaced.
    """
    notes = list(_list_notes(scope, field))
    if not notes:
        return None
    events = notes[0] if len(notes) == 1 else ibis.union(*notes)
    turns = ibis.window(group_by="object_id", order_by=["at", "is_change"])
    so_far = ibis.window(group_by="object_id", order_by=["at", "is_change"], preceding=None, following=0)
    before = events.value.lag().over(turns).coalesce(events.old)
    events = events.mutate(is_later=(before.notnull() & (events.value > before)).ifelse(1, 0))
    events = events.mutate(
        to_at=events["at"].lead().over(turns),
        n_later=events.is_later.sum().over(so_far),
        turn=ibis.row_number().over(turns),
    )
    known = events.filter(scope.happened(events["at"]))
    said = known.select(
        "object_id",
        "value",
        from_on=scope.day_of(known["at"]),
        to_on=scope.day_of(known.to_at).coalesce(_NEVER_ENDS),
        n_later=known.n_later.cast("int64"),
    )
    first = events.filter((events.turn == 0) & events.old.notnull())
    first = first.select(
        "object_id",
        value=first.old,
        from_on=_EVER,
        to_on=scope.day_of(first["at"]),
        n_later=ibis.literal(0, "int64"),
    )
    return ibis.union(said, first)


def _list_notes(scope: Scope, field: str) -> Iterator[Any]:
    lab, column = scope.lab, {"amount": "amount", "close_date": "expected_close_date"}[field]
    if lab.has("stage_events"):
        moves = lab.table("stage_events")
        moves = moves.filter((moves.object_type == "opportunity") & moves[column].notnull())
        yield moves.select(
            "object_id", "at", value=moves[column].cast("string"), old=ibis.null("string"), is_change=ibis.literal(0)
        )
    if lab.has("field_events"):
        changes = lab.table("field_events")
        changes = changes.filter((changes.object_type == "opportunity") & (changes.field == field))
        yield changes.select("object_id", "at", value=changes.new, old=changes.old, is_change=ibis.literal(1))
