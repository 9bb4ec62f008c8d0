"""One change, one event: what the CRM's own history tells, and snapshots saw too, counts as the history tells it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.tables import get_table

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

SNAPSHOT = "snapshot_diff"
_SAME_THING = {
    "stage_events": ("object_type", "object_id", "to_stage_id"),
    "field_events": ("object_type", "object_id", "field"),
}
_SLACK_DAYS = 1.0
"""Days in a history may be days in another zone."""


def let_history_count(lab: Warehouse, tables: Iterable[str], *, loaded_at: datetime) -> int:
    """Mark events of snapshots as deleted that a history tells too, in tables just written; return how many they were.

    A move between stages is the same when it leads the same record to the same stage within the uncertainty of its
    time, and one day; a change of a field, when the new value is the same (of an owner any: histories write names where
    exports write ids).
    """
    return sum(_let_count(lab, name, loaded_at) for name in tables if name in _SAME_THING)


def _let_count(lab: Warehouse, name: str, loaded_at: datetime) -> int:
    events, same, key = lab.table(name), list(_SAME_THING[name]), list(get_table(name).key)
    is_ours = events.origin.coalesce("") == SNAPSHOT
    told = {"told_at": "at", "told_doubt": "at_uncertainty_days"} | ({"told": "new"} if name == "field_events" else {})
    theirs = events.filter(~is_ours).select(*same, **told)
    pairs = lab.read(events.filter(is_ours).inner_join(theirs, same))
    if pairs.empty:
        return 0
    days = (pairs["at"] - pairs["told_at"]).abs().dt.total_seconds() / 86_400
    agree = days <= pairs["at_uncertainty_days"] + pairs["told_doubt"].fillna(0.0) + _SLACK_DAYS
    if name == "field_events":
        agree &= (pairs["field"] == "owner") | (_plain(pairs["new"]) == _plain(pairs["told"]))
    double = pairs[agree].drop_duplicates(key).drop(columns=[name for name in pairs if str(name).startswith("told")])
    if not double.empty:
        lab.write(name, double.assign(is_deleted=True), source_system=SNAPSHOT, loaded_at=loaded_at)
    return len(double)


def _plain(values: pd.Series) -> pd.Series:
    """Return values as both sides can write them: days without time, amounts without zeros at their end."""
    texts = values.fillna("").str.replace(r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1", regex=True)
    return texts.str.replace(r"(?<=\d)\.0+$", "", regex=True).str.lower()


def unlike_history(lab: Warehouse, rows: pa.Table) -> pa.Table:
    """Return changes of fields without those whose key a history has taken: they would overwrite it."""
    if rows.num_rows == 0 or not lab.has("field_events"):
        return rows
    events, key = lab.table("field_events", all_rows=True), list(get_table("field_events").key)
    first, last = (pc.min_max(rows["at"])[side].as_py() for side in ("min", "max"))
    theirs = events.filter((events.origin.coalesce("") != SNAPSHOT) & (events.at >= first) & (events.at <= last))
    taken = pa.Table.from_pandas(lab.read(theirs.select(*key)), schema=rows.select(key).schema, preserve_index=False)
    return rows.join(taken, key, join_type="left anti").select(rows.column_names) if taken.num_rows else rows
