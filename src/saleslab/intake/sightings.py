"""When was a record seen, and how did it stand? The snapshots of one kind of record as a timeline that can be asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.snapshot_files import Kept
from saleslab.intake.snapshot_reading import ID, Watched
from saleslab.intake.streams import table_schema

_TIME = pa.timestamp("us")
_DERIVED = pa.schema([
    (ID, pa.string()), ("stage_id", pa.string()), ("stage_label", pa.string()), ("is_first_stage", pa.bool_()),
])  # fmt: skip
_READ = ("pipeline_id", "is_closed", "is_won", "created_at", "owner_id", "amount", "currency", "expected_close_date",
         "status", "is_deleted", "merged_into_id")  # fmt: skip
_MOST_IN_MEMORY = 4


class Timeline:
    """The snapshots of one kind of record, in the order in which they were taken."""

    def __init__(self, watched: Watched, kept: Iterable[Kept]) -> None:
        self.watched = watched
        self.kept = tuple(sorted(kept, key=lambda one: one.at))
        self._facts: dict[Kept, tuple[tuple[str, ...], datetime, str]] = {}
        self._own: dict[Kept, pa.Table] = {}
        self._ids: dict[Kept, pa.Array] = {}
        self._lately: OrderedDict[Kept, pa.Table] = OrderedDict()

    def put(self, kept: Kept, rows: pa.Table, *, until: datetime, zone: str) -> None:
        """Take in a snapshot whose file is not in its place yet."""
        self._facts[kept] = (tuple(rows.column_names), until, zone)
        self._ids[kept] = rows[ID].combine_chunks()
        self._own[kept] = self._see(kept, rows)

    def has(self, kept: Kept, columns: Iterable[str]) -> bool:
        """Say whether a snapshot has some columns."""
        return set(columns) <= set(self.facts(kept)[0])

    def facts(self, kept: Kept) -> tuple[tuple[str, ...], datetime, str]:
        """Return the columns of a snapshot, until when it may have been taken, and the company's zone."""
        if kept not in self._facts:
            self._facts[kept] = kept.facts()
        return self._facts[kept]

    def sightings(self, kept: Kept) -> pa.Table:
        """Return the records seen in a snapshot; those that it marks as deleted or merged are not seen.

        Besides what is followed, each row says when it was seen (``seen_at`` to ``seen_until``), and between which
        instants the CRM says that the record was created and came to its end (``created_from`` to ``created_until``,
        ``ended_from`` to ``ended_until``): a whole day where only a day is given.
        """
        if kept in self._own:
            return self._own[kept]
        if kept not in self._lately:
            if len(self._lately) >= _MOST_IN_MEMORY:
                self._lately.popitem(last=False)
            self._lately[kept] = self._see(kept, kept.read())
        return self._lately[kept]

    def find(self, records: pa.Table, among: Sequence[Kept]) -> pa.Table:
        """Return the first sighting of each record in some snapshots, asked in their order.

        Records need ``id`` and ``created_from``: a record is not looked for in snapshots from before its creation.
        """
        left = records.select([ID, "created_from"])
        found = []
        for kept in among:
            until = pa.scalar(self.facts(kept)[1], _TIME)
            left = left.filter(pc.fill_null(pc.less_equal(left["created_from"], until), fill_value=True))
            if left.num_rows == 0:
                break
            here = self.ids(kept)
            if pc.any(pc.is_in(left[ID], value_set=here)).as_py():
                rows = self.sightings(kept)
                seen = rows.filter(pc.is_in(rows[ID], value_set=left[ID].combine_chunks()))
                found.append(seen)
                left = left.filter(pc.invert(pc.is_in(left[ID], value_set=seen[ID].combine_chunks())))
        return pa.concat_tables(found) if found else records.schema.empty_table()

    def ids(self, kept: Kept) -> pa.Array:
        """Return the ids of all records that a snapshot lists, deleted ones among them."""
        if kept not in self._ids:
            self._ids[kept] = kept.read([ID])[ID].combine_chunks()
        return self._ids[kept]

    def _see(self, kept: Kept, rows: pa.Table) -> pa.Table:
        _, until, zone = self.facts(kept)
        schema = table_schema(self.watched.table)
        columns = {name: rows[name].cast(_DERIVED.field(name).type) for name in _DERIVED.names}
        for name in (*(name for name in _READ if name in schema.names and name not in columns), self.watched.moment):
            kind = schema.field(name).type
            columns[name] = rows[name].cast(kind) if name in rows.column_names else pa.nulls(rows.num_rows, kind)
        seen = pa.table(columns)
        alive = pc.and_(
            pc.invert(pc.fill_null(seen["is_deleted"], fill_value=False)), pc.is_null(seen["merged_into_id"])
        )
        seen = seen.filter(alive).drop_columns(["is_deleted", "merged_into_id"])
        ended = seen[self.watched.moment]
        if "is_closed" in seen.column_names:
            ended = pc.if_else(seen["is_closed"], ended, pa.scalar(None, _TIME))
        times = {
            "seen_at": pa.repeat(pa.scalar(kept.at, _TIME), seen.num_rows),
            "seen_until": pa.repeat(pa.scalar(until, _TIME), seen.num_rows),
        }
        times["created_from"], times["created_until"] = day_bounds(seen["created_at"], zone)
        times["ended_from"], times["ended_until"] = day_bounds(ended, zone)
        for name, values in times.items():
            seen = seen.append_column(name, values)
        return seen.drop_columns([name for name in ("created_at", self.watched.moment) if name in seen.column_names])


def day_bounds(times: pa.ChunkedArray, zone: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return between which instants a time lies: itself, or the whole day where only the day is known.

    A day stands in the warehouse as its first instant or its last second in the company's zone.

    Examples
    --------
    >>> closed = pa.chunked_array([[datetime(2026, 4, 1, 14, 59, 59), datetime(2026, 4, 1, 3, 4, 5)]], _TIME)
    >>> first, last = day_bounds(closed, "Asia/Tokyo")
    >>> [f"{time:%d %H:%M:%S}" for pair in zip(first.to_pylist(), last.to_pylist()) for time in pair]
    ['31 15:00:00', '01 15:00:00', '01 03:04:05', '01 03:04:05']
    """
    local = pc.local_timestamp(pc.assume_timezone(times, "UTC").cast(pa.timestamp("us", zone)))
    midnight = pc.floor_temporal(local, unit="day")
    seconds = pc.subtract(local.cast(pa.int64()), midnight.cast(pa.int64()))
    is_day = pc.or_(pc.equal(seconds, 0), pc.greater_equal(seconds, 86_399_000_000))
    tomorrow = pc.add(midnight, pa.scalar(86_400_000_000, pa.duration("us")))
    first, last = (
        pc.assume_timezone(day, zone, ambiguous="earliest", nonexistent="earliest")
        .cast(pa.timestamp("us", "UTC"))
        .cast(_TIME)
        for day in (midnight, tomorrow)
    )
    return pc.if_else(is_day, first, times), pc.if_else(is_day, last, times)
