"""What a snapshot shows besides changes: records that went or came back, renamed stages, dates that clash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.findings import Severity
from saleslab.intake.sightings import Timeline
from saleslab.intake.snapshot_changes import Pairs
from saleslab.intake.snapshot_files import Kept
from saleslab.intake.snapshot_reading import ID
from saleslab.wording import LANGUAGES, Text, say, write

_SHOWN_IDS = 20
_FEWEST_RENAMED, _SHARE_RENAMED = 5, 0.8
_MOST_CREATED_LATER = 0.01

SEVERITIES: dict[str, Severity] = {
    "wrong_day": "error",
    "created_later": "warning",
    "went": "warning",
    "renamed": "warning",
    "backdated": "warning",
    "not_followed": "warning",
    "same_content": "warning",
    "came_back": "note",
    "reopened": "note",
    "entered_midway": "note",
    "no_start": "note",
    "older": "note",
    "history_counts": "note",
}
"""Everything that is told about a snapshot; an error closes the gate, and nothing is kept."""


@dataclass(frozen=True, slots=True)
class SnapshotFinding:
    """Records of a snapshot of which something must be known.

    Parameters
    ----------
    rule
        One of `SEVERITIES`.
    object_type
        ``opportunity`` or ``lead``.
    n_records
        How many.
    ids
        The first of them, at most 20, in order.
    detail
        A day, stages or columns that belong to it; never a personal value.
    """

    rule: str
    object_type: str
    n_records: int
    ids: tuple[str, ...] = ()
    detail: Text = field(default_factory=lambda: Text.same(""))

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``note``."""
        return SEVERITIES[self.rule]

    @property
    def text(self) -> Text:
        """What was found."""
        kind = say(f"intake.snapshot.kind.{self.object_type}")
        return say(f"intake.snapshot.rule.{self.rule}.what", n=self.n_records, kind=kind, detail=self.detail)

    @property
    def next_step(self) -> Text:
        """What to do about it."""
        return say(f"intake.snapshot.rule.{self.rule}.next", detail=self.detail)


@dataclass(frozen=True, slots=True)
class Look:
    """One snapshot among the others, looked at for what its reader must know."""

    timeline: Timeline
    snapshot: Kept
    zone: str
    found: list[SnapshotFinding] = field(default_factory=list)

    def add(self, rule: str, ids: pa.ChunkedArray | pa.Array | int, detail: Text | str = "") -> None:
        """Note some records, by their ids or by their number alone."""
        n = ids if isinstance(ids, int) else len(ids)
        shown = () if isinstance(ids, int) else tuple(sorted(ids.to_pylist())[:_SHOWN_IDS])
        if n:
            words = Text.same(detail) if isinstance(detail, str) else detail
            self.found.append(SnapshotFinding(rule, self.timeline.watched.object_type, n, shown, words))

    def around(self) -> None:
        """Look at the snapshot and its neighbours in time."""
        others = [kept for kept in self.timeline.kept if kept != self.snapshot]
        earlier = [kept for kept in others if kept.at < self.snapshot.at]
        later = [kept for kept in others if kept.at > self.snapshot.at]
        seen = self.timeline.sightings(self.snapshot)
        pairs = Pairs.of(self.timeline.find(seen, list(reversed(earlier))), seen)
        self._moves(pairs)
        if earlier:
            self._went(earlier[-1], self.snapshot)
            back = pc.less(pairs.before["seen_at"], pa.scalar(earlier[-1].at, pa.timestamp("us")))
            self.add("came_back", seen[ID].filter(back))
            self._renamed(pairs, self.timeline.sightings(earlier[-1]))
        if later:
            self.add("older", self.snapshot.n_rows, self._day(later[-1]))
            self._went(self.snapshot, later[0])
        for neighbour in (*earlier[-1:], *later[:1]):
            if neighbour.file_hash == self.snapshot.file_hash:
                self.add("same_content", self.snapshot.n_rows, self._day(neighbour))

    def _day(self, kept: Kept) -> Text:
        local = kept.at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        return Text(*(write(local.date(), lang) for lang in LANGUAGES))

    def _went(self, one: Kept, next_one: Kept) -> None:
        """Note records that were seen in a snapshot and are not in the next one, not even as deleted."""
        before = self.timeline.sightings(one)
        gone = before.filter(pc.invert(pc.is_in(before[ID], value_set=self.timeline.ids(next_one))))
        days = say("intake.snapshot.days", day=self._day(one), next_day=self._day(next_one))
        self.add("went", gone[ID], days)

    def _moves(self, pairs: Pairs) -> None:
        first, start = pairs.is_first, pairs.has_start
        self.add("no_start", pairs.after[ID].filter(pc.invert(start)))
        moved = pairs.filter(pc.and_(start, pc.or_(pairs.has_moved, first)))
        self.add("backdated", moved.after[ID].filter(moved.moment()[2]))
        if "is_closed" in pairs.after.column_names:
            midway = pc.and_(first, pc.invert(pc.or_(pairs.after["is_first_stage"], pairs.after["is_closed"])))
            self.add("entered_midway", pairs.after[ID].filter(midway))
            again = pc.and_(pairs.before["is_closed"], pc.invert(pairs.after["is_closed"]))
            self.add("reopened", pairs.after[ID].filter(again))

    def _renamed(self, pairs: Pairs, previous: pa.Table) -> None:
        """Note stages that look renamed: one that all records left, most of them for one that is new."""
        now, then = set(pairs.after["stage_id"].to_pylist()), set(previous["stage_id"].to_pylist())
        moved = pairs.filter(pairs.has_moved)
        counted = pa.table({"old": moved.before["stage_id"], "new": moved.after["stage_id"]})
        rows = counted.group_by(["old", "new"]).aggregate([([], "count_all")]).to_pylist()
        left = {old: sum(row["count_all"] for row in rows if row["old"] == old) for old in then - now}
        for row in sorted(rows, key=lambda row: (row["old"], row["new"])):
            old, new, n = row["old"], row["new"], row["count_all"]
            if old in left and new not in then and n >= max(_FEWEST_RENAMED, _SHARE_RENAMED * left[old]):
                self.add("renamed", n, f"{old} -> {new}")

    def created(self, until: datetime) -> None:
        """Note records created after the snapshot; more than a few of them prove that its day is wrong."""
        seen = self.timeline.sightings(self.snapshot)
        later = pc.fill_null(pc.greater(seen["created_from"], pa.scalar(until, pa.timestamp("us"))), fill_value=False)
        ids = seen[ID].filter(later)
        self.add("wrong_day" if len(ids) > _MOST_CREATED_LATER * seen.num_rows else "created_later", ids)


def has_errors(findings: Sequence[SnapshotFinding]) -> bool:
    """Say whether a finding closes the gate."""
    return any(finding.severity == "error" for finding in findings)


def in_order(findings: Sequence[SnapshotFinding]) -> tuple[SnapshotFinding, ...]:
    """Return findings, errors first."""
    order, rules = ("error", "warning", "note"), list(SEVERITIES)
    return tuple(sorted(findings, key=lambda f: (order.index(f.severity), f.object_type, rules.index(f.rule))))
