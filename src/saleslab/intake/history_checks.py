"""Was the history of deals and leads written when it happened, and does it belong to something that exists?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from saleslab.intake.bulk import created_in_bulk, moved_in_bulk
from saleslab.intake.suspects import Suspects
from saleslab.tables import get_table
from saleslab.warehouse.local_time import to_local_date

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_TABLE = "stage_events"
_OF = {"opportunity": "opportunities", "lead": "leads"}


def suspect_history(lab: Warehouse) -> Iterator[Suspects]:
    """Yield the moves between stages that cannot have happened as they are written."""
    if not lab.has(_TABLE):
        return
    events = lab.table(_TABLE)
    events = events.mutate(moved_on=to_local_date(events.at, lab.settings.timezone))
    for kind, table in _OF.items():
        if lab.has(table):
            yield from _suspect_kind(lab, events.filter(events.object_type == kind), table)
    if lab.has("opportunities"):
        moves = events.filter(events.object_type == "opportunity")
        together = moved_in_bulk(lab, moves)
        if together is not None:
            yield Suspects("bulk_moves", _TABLE, "at", together)
        yield from _closed_later(lab, moves)


def _suspect_kind(lab: Warehouse, moves: Any, table: str) -> Iterator[Suspects]:
    key = get_table(table).key[0]
    every = lab.table(table, all_rows=True).select(object_id=key).distinct()
    yield Suspects("orphan_event", _TABLE, "object_id", moves.anti_join(every, "object_id"))
    started = _starts(lab, table)
    dated = moves.inner_join(started, "object_id")
    yield Suspects("backdated_stage", _TABLE, "at", dated.filter(dated.moved_on < dated.created_on))


def _starts(lab: Warehouse, table: str) -> Any:
    """Return when each deal or lead was created; those that were loaded in bulk have no start that counts."""
    rows, key = lab.table(table), get_table(table).key[0]
    rows = rows.filter(rows.created_at.notnull())
    rows = rows.mutate(created_on=to_local_date(rows.created_at, lab.settings.timezone))
    loaded = created_in_bulk(lab, rows) if table == "opportunities" else None
    rows = rows if loaded is None else rows.anti_join(loaded, key)
    return rows.group_by(object_id=rows[key]).aggregate(created_on=rows.created_on.min())


def _closed_later(lab: Warehouse, moves: Any) -> Iterator[Suspects]:
    """Yield closings that were recorded in a later month than the one in which the deal counts as closed."""
    if not lab.has("stages"):
        return
    stages = lab.table("stages")
    closing = stages.filter(stages.is_closed).select(to_stage_id="stage_id").distinct()
    exact = moves.filter(moves.at_uncertainty_days < 1).semi_join(closing, "to_stage_id")
    first = exact.group_by("object_id").aggregate(recorded_on=exact.moved_on.min())
    deals = lab.table("opportunities")
    deals = deals.filter(deals.is_closed & deals.closed_at.notnull())
    deals = deals.mutate(
        object_id=deals.opportunity_id, closed_on=to_local_date(deals.closed_at, lab.settings.timezone)
    )
    both = deals.inner_join(first, "object_id").inner_join(_starts(lab, "opportunities"), "object_id")
    both = both.filter(both.closed_on >= both.created_on)
    late = both.filter(both.recorded_on.truncate("M") > both.closed_on.truncate("M"))
    yield Suspects("closed_in_other_month", "opportunities", "closed_at", late)
