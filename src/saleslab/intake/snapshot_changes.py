"""What changed between two sightings of a record, and when? Sightings into events, each with the doubt about its time.

A change lies between the last instant at which the old value may have been seen and the first at which the new one may
have been: the event stands in the middle, with half of the gap as its uncertainty. Where the CRM says when a record was
created or came to its end, that time counts, if it lies in the gap; a deal that is first seen in the first stage of its
pipeline is taken to stand there since its creation. An event depends on two sightings of its own record
alone, so that snapshots may come in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.custom_fields import to_json
from saleslab.intake.grouping import key_texts
from saleslab.intake.sightings import Timeline
from saleslab.intake.snapshot_files import Kept
from saleslab.intake.snapshot_reading import ID
from saleslab.intake.streams import fit

STAGE = "stage"
_TIME = pa.timestamp("us")
_NONE = pa.scalar(None, _TIME)
_DAY = 86_400_000_000
_EVENTS = {STAGE: "stage_events"}


@dataclass(frozen=True, slots=True)
class Revision:
    """What becomes of the events: those that hold now, and those that held before and do so no longer."""

    table: str
    hold: pa.Table
    gone: pa.Table

    def then(self, later: Revision) -> Revision:
        """Return both revisions as one."""
        hold = pa.concat_tables([_without(self.hold, later.gone, self.table), later.hold])
        gone = _without(pa.concat_tables([self.gone, later.gone]), hold, self.table)
        return Revision(self.table, hold, gone)

    def rows(self) -> pa.Table:
        """Return the rows to write: what held before is kept as deleted."""
        gone = _once(_without(self.gone, self.hold, self.table), self.table)
        marked = [
            part.set_column(part.column_names.index("is_deleted"), "is_deleted", pa.repeat(pa.scalar(flag), len(part)))
            for part, flag in ((self.hold, False), (gone, True))
        ]
        return pa.concat_tables(marked)


def _without(rows: pa.Table, others: pa.Table, table: str) -> pa.Table:
    if rows.num_rows == 0 or others.num_rows == 0:
        return rows
    return rows.filter(pc.invert(pc.is_in(key_texts(rows, table), value_set=key_texts(others, table))))


def _once(rows: pa.Table, table: str) -> pa.Table:
    """Return the rows of each key once."""
    if rows.num_rows == 0:
        return rows
    keys = pa.table({"key": key_texts(rows, table), "place": pa.array(range(rows.num_rows), pa.int64())})
    return rows.take(keys.group_by("key", use_threads=False).aggregate([("place", "min")])["place_min"])


def revise(timeline: Timeline, *, added: Kept, removed: Kept | None) -> dict[str, Revision]:
    """Return what a snapshot that comes in, perhaps instead of another one, does to the events, by their table.

    Only the records of these snapshots are touched: the events between their sightings before and after are replaced by
    those that lead to the new sighting and from it.
    """
    revisions: dict[str, Revision] = {}
    for field, needs in ({STAGE: ("stage_id",)} | dict(timeline.watched.fields)).items():
        for snapshot in (removed, added):
            if snapshot is None or not timeline.has(snapshot, needs):
                continue
            others = [kept for kept in timeline.kept if kept not in (added, removed) and timeline.has(kept, needs)]
            seen = timeline.sightings(snapshot)
            before = timeline.find(seen, [kept for kept in reversed(others) if kept.at < snapshot.at])
            after = timeline.find(seen, [kept for kept in others if kept.at > snapshot.at])
            with_it = pa.concat_tables([_events(timeline, field, *pair) for pair in ((before, seen), (seen, after))])
            without = _events(timeline, field, before, after)
            table = _EVENTS.get(field, "field_events")
            hold, gone = (with_it, without) if snapshot == added else (without, with_it)
            now = Revision(table, hold, gone)
            revisions[table] = revisions[table].then(now) if table in revisions else now
    return revisions


def _events(timeline: Timeline, field: str, before: pa.Table, after: pa.Table) -> pa.Table:
    object_type = timeline.watched.object_type
    pairs = Pairs.of(before, after)
    return pairs.stage_events(object_type) if field == STAGE else pairs.field_events(object_type, field)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sightings of records and, row by row, the sightings of the same records before; missing where there is none."""

    before: pa.Table
    after: pa.Table

    @classmethod
    def of(cls, before: pa.Table, after: pa.Table) -> Pairs:
        """Return the later sightings with the earlier ones beside them."""
        places = pc.index_in(after[ID], value_set=before[ID].combine_chunks())
        return cls(before.take(places), after)

    def filter(self, mask: pa.ChunkedArray) -> Pairs:
        """Return the pairs for which a mask is true."""
        return Pairs(self.before.filter(mask), self.after.filter(mask))

    @property
    def is_first(self) -> pa.ChunkedArray:
        """Whether the record was not seen before."""
        return pc.is_null(self.before[ID])

    @property
    def has_start(self) -> pa.ChunkedArray:
        """Whether it is known from when on the record may have stood as it was seen."""
        created = pc.less_equal(self.after["created_from"], self.after["seen_until"])
        return pc.or_(pc.invert(self.is_first), pc.fill_null(created, fill_value=False))

    @property
    def has_moved(self) -> pa.ChunkedArray:
        """Whether the record was seen before, in another stage."""
        moved = differ(self.before["stage_id"], self.after["stage_id"])
        if "pipeline_id" in self.after.column_names:
            pipelines = self.before["pipeline_id"], self.after["pipeline_id"]
            moved = pc.or_(moved, pc.fill_null(pc.not_equal(*pipelines), fill_value=False))
        return pc.and_(moved, pc.invert(self.is_first))

    @property
    def has_ended(self) -> pa.ChunkedArray:
        """Whether the record came to its end since it was seen before, at a time that the CRM tells."""
        return pc.and_(
            pc.is_valid(self.after["ended_from"]), differ(self.before["ended_from"], self.after["ended_from"])
        )

    def gap(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Return between which instants the change lies, as far as the sightings tell."""
        start = pc.if_else(self.is_first, self.after["created_from"], self.before["seen_at"])
        return start, self.after["seen_until"]

    def told(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Return between which instants the CRM itself says that the record moved; missing where it does not say."""
        begins = pc.and_(self.is_first, self.after["is_first_stage"])
        return tuple(
            pc.if_else(
                self.has_ended, self.after[f"ended_{side}"], pc.if_else(begins, self.after[f"created_{side}"], _NONE)
            )
            for side in ("from", "until")
        )

    def moment(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray, pa.ChunkedArray]:
        """Return ``at``, ``at_uncertainty_days``, and whether the CRM tells a time that the sightings contradict."""
        (low, high), (told_low, told_high) = self.gap(), self.told()
        narrow_low = pc.max_element_wise(low, told_low, skip_nulls=False)
        narrow_high = pc.min_element_wise(high, told_high, skip_nulls=False)
        fits = pc.fill_null(pc.less_equal(narrow_low, narrow_high), fill_value=False)
        contradicts = pc.and_(pc.is_valid(told_low), pc.invert(fits))
        at, doubt = _middle(pc.if_else(fits, narrow_low, low), pc.if_else(fits, narrow_high, high))
        return at, doubt, contradicts

    def stage_events(self, object_type: str) -> pa.Table:
        """Return the moves between stages, and the first stage in which each record was seen."""
        moved = self.filter(pc.and_(pc.or_(self.has_moved, self.is_first), self.has_start))
        after, n = moved.after, moved.after.num_rows
        at, doubt, _ = moved.moment()
        stamps = pc.strftime(after["seen_at"].cast(pa.timestamp("s")), format="%Y%m%dT%H%M%SZ")
        columns = {
            "event_id": pc.binary_join_element_wise("snap", object_type, after[ID], stamps, ":"),
            "object_type": pa.repeat(object_type, n),
            "object_id": after[ID],
            "from_stage_id": moved.before["stage_id"],
            "to_stage_id": after["stage_id"],
            "to_stage_label": after["stage_label"],
            "at": at,
            "at_uncertainty_days": doubt,
            "origin": pa.repeat("snapshot_diff", n),
        }
        columns |= {
            name: after[name] for name in ("pipeline_id", "amount", "expected_close_date") if name in after.column_names
        }
        return fit(pa.table(columns), "stage_events")

    def field_events(self, object_type: str, field: str) -> pa.Table:
        """Return the changes of one field of records that were seen before."""
        seen_before = self.filter(pc.invert(self.is_first))
        old, new = (_FIELD_TEXTS[field](side) for side in (seen_before.before, seen_before.after))
        changed, custom = differ(old, new), None
        if field == "amount":
            currencies = seen_before.before["currency"], seen_before.after["currency"]
            exchanged = pc.fill_null(pc.not_equal(*(pc.utf8_upper(one) for one in currencies)), fill_value=False)
            exchanged = pc.and_(exchanged, pc.is_valid(new))
            changed = pc.or_(changed, exchanged)
            names = ("old_currency", "currency")
            custom = {
                name: pc.if_else(exchanged, one, pa.scalar(None, pa.string())).filter(changed).combine_chunks()
                for name, one in zip(names, currencies, strict=True)
            }
        pairs = seen_before.filter(changed)
        n = pairs.after.num_rows
        at, doubt = pairs.moment()[:2] if field == "status" else _middle(*pairs.gap())
        columns = {
            "object_type": pa.repeat(object_type, n),
            "object_id": pairs.after[ID],
            "field": pa.repeat(field, n),
            "old": old.filter(changed),
            "new": new.filter(changed),
            "at": at,
            "at_uncertainty_days": doubt,
            "origin": pa.repeat("snapshot_diff", n),
        }
        if custom is not None:
            columns["custom"] = to_json(custom, n)
        return fit(pa.table(columns), "field_events")


def differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say where two columns differ; missing is equal to missing.

    Examples
    --------
    >>> differ(pa.chunked_array([["a", None, None]]), pa.chunked_array([["b", "b", None]])).to_pylist()
    [True, True, False]
    """
    different = pc.fill_null(pc.not_equal(one, other), fill_value=False)
    return pc.or_(different, pc.xor(pc.is_null(one), pc.is_null(other)))


def _middle(low: pa.ChunkedArray, high: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return the middle of a gap, and the half of it in days, rounded so that both ends are inside."""
    first, last = low.cast(pa.int64()), high.cast(pa.int64())
    half = pc.divide(pc.add(pc.subtract(last, first), 1), 2)
    middle = pc.subtract(last, half)
    return middle.cast(_TIME), pc.divide(half.cast(pa.float64()), float(_DAY))


def _amounts(rows: pa.Table) -> pa.ChunkedArray:
    return pc.replace_substring_regex(rows["amount"].cast(pa.string()), r"\.00$", "")


def _outcomes(rows: pa.Table) -> pa.ChunkedArray:
    if "status" in rows.column_names:
        return rows["status"]
    ended = pc.if_else(rows["is_won"], "won", "lost")
    return pc.if_else(rows["is_closed"], ended, "open")


_FIELD_TEXTS: Mapping[str, Callable[[pa.Table], pa.ChunkedArray]] = {
    "owner": lambda rows: rows["owner_id"],
    "amount": _amounts,
    "close_date": lambda rows: rows["expected_close_date"].cast(pa.string()),
    "status": _outcomes,
}
