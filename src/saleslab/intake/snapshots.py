"""Successive exports become history: each is kept as it was, and what changed between them becomes events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from saleslab.errors import BadArgument
from saleslab.intake.account import OnProgress, Progress
from saleslab.intake.findings import ImportFinding
from saleslab.intake.histories import let_history_count, unlike_history
from saleslab.intake.map_files import load_map
from saleslab.intake.sightings import Timeline
from saleslab.intake.snapshot_changes import revise
from saleslab.intake.snapshot_files import Kept, drop_aside, finish, hold_folder
from saleslab.intake.snapshot_findings import Look, SnapshotFinding, has_errors, in_order
from saleslab.intake.snapshot_reading import Export, Records, read_export
from saleslab.warehouse import Settings, Warehouse, Written
from saleslab.warehouse.local_time import end_of_day, start_of_day

State = Literal["new", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """One kind of record in a snapshot.

    Parameters
    ----------
    object_type
        ``opportunity`` or ``lead``.
    at
        When the export was taken, UTC; the start of the company's day, where only the day was given.
    taken
        The same as it was given, in the company's time.
    n_records
        How many records it holds.
    state
        ``new``; ``replaced``; or ``unchanged`` where the same export was kept before.
    file
        Its data.
    """

    object_type: str
    at: datetime
    taken: str
    n_records: int
    state: State
    file: Path


@dataclass(frozen=True, slots=True)
class SnapshotAccount:
    """The complete account of one snapshot.

    Parameters
    ----------
    source, map_name
        The export, and the map by which it was read.
    accepted
        Whether it was kept; False where an error closed the gate, and everything is as it was.
    parts
        What it holds.
    written
        What changed in each table; events that no longer hold are changed rows, marked as deleted.
    findings
        What it shows besides changes, errors first.
    file_findings
        What was found while the files were read.
    set_aside, n_set_aside
        File of the refused rows, where one was asked for and there were any, and how many it holds.
    """

    source: str
    map_name: str
    accepted: bool
    parts: tuple[SnapshotPart, ...]
    written: tuple[Written, ...]
    findings: tuple[SnapshotFinding, ...]
    file_findings: tuple[ImportFinding, ...]
    set_aside: Path | None = None
    n_set_aside: int = 0


def keep_snapshot(
    source: str | Path,
    lab: Warehouse,
    *,
    map_name_or_file: str | Path,
    at: date | datetime,
    folder: Path,
    loaded_at: datetime,
    replace_content: bool = False,
    set_aside: Path | None = None,
    table: str | None = None,
    encoding: str | None = None,
    on_progress: OnProgress | None = None,
) -> SnapshotAccount:
    """Keep an export of a CRM as a snapshot, and turn what changed since the one before into events.

    Use it for every export of a CRM that keeps no history of its own. Snapshots may come in any order: one that is
    found late makes the times of the changes around it more exact. For the present state of the records use
    `import_export`; a snapshot does not touch them. A record that is missing from an export is not taken for deleted
    or closed: it is told, and the next sighting goes on from the last.

    Parameters
    ----------
    source
        A file, or a folder of files.
    lab
        Where events go; it must be open for writing.
    map_name_or_file
        Name of a shipped map, or a TOML file.
    at
        When the export was taken. A day leaves open at what hour, which widens the gaps; a naive time is the company's.
    folder
        Where the data of snapshots lie, as Parquet.
    loaded_at
        When this runs, UTC.
    replace_content
        Take this export instead of another one that was kept for the same time.
    set_aside
        CSV file for the rows that cannot be read.
    table
        Canonical table of the source, where the names of its files do not tell.
    encoding
        Of text files, where it cannot be found out.
    on_progress
        Called as files are read.

    Raises
    ------
    FileProblem
        When the source cannot be read or holds neither deals nor leads, or the file of an earlier snapshot is gone.
    MapError
        When the map is unknown or wrong.
    BadArgument
        When ``at`` lies in the future, or another export was kept for that time.

    Examples
    --------
    >>> import tempfile
    >>> from saleslab.warehouse import connect
    >>> head, now = "Id,StageName,IsClosed,IsWon,CloseDate,CreatedDate", datetime(2026, 11, 24)
    >>> with tempfile.TemporaryDirectory() as folder, connect("duckdb://") as lab:
    ...     deals = Path(folder, "opportunity.csv")
    ...     for day, stage in ((3, "Lead"), (10, "Offer")):
    ...         _ = deals.write_text(f"{head}{chr(10)}1,{stage},false,false,2026-12-01,2026-11-02")
    ...         kept = keep_snapshot(deals, lab, map_name_or_file="salesforce", at=date(2026, 11, day),
    ...             folder=Path(folder, "snapshots"), loaded_at=now)
    ...     events = lab.read(lab.table("stage_events").order_by("at"))
    >>> list(zip(events["to_stage_label"], events["at_uncertainty_days"]))
    [('Lead', 0.5), ('Offer', 4.0)]
    """
    import_map = load_map(map_name_or_file)
    is_new = not lab.names() and lab.settings == Settings()
    settings = replace(lab.settings, **import_map.company) if is_new else lab.settings  # type: ignore[arg-type]
    taken, until = _taken(at, settings.timezone, loaded_at)
    export = read_export(
        Path(source), lab, import_map=import_map, settings=settings, loaded_at=loaded_at, table=table,
        encoding=encoding, on_progress=on_progress,
    )  # fmt: skip
    keeper = _Keeper(lab, export, settings=settings, folder=folder, loaded_at=loaded_at, on_progress=on_progress)
    parts = [keeper.arrange(records, taken, until, replace_content=replace_content) for records in export.records]
    accepted = not has_errors(keeper.findings) and not (export.ledger.has_errors and set_aside is None)
    if accepted:
        with hold_folder(folder):
            keeper.keep(parts, company=dict(import_map.company) if is_new else {}, set_aside=set_aside)
    wrote_aside = accepted and set_aside is not None and len(export.refused) > 0
    return SnapshotAccount(
        Path(source).name,
        import_map.name,
        accepted,
        tuple(part.told(_shown(at, settings.timezone)) for part in parts) if accepted else (),
        tuple(keeper.written),
        in_order(keeper.findings),
        tuple(found for found in export.ledger.findings() if found.rule != "no_exchange_rate"),
        set_aside if wrote_aside else None,
        len(export.refused) if wrote_aside else 0,
    )


def _taken(at: date | datetime, zone: str, loaded_at: datetime) -> tuple[datetime, datetime]:
    """Return between which instants, UTC, an export was taken."""
    if isinstance(at, datetime):
        aware = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))
        first = last = aware.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    else:
        first, last = start_of_day(at, zone), end_of_day(at, zone)
    if first > loaded_at:
        raise BadArgument(f"The snapshot's time, {at}, lies in the future.", "give the day on which it was exported.")
    return first, min(last, loaded_at)


def _shown(at: date | datetime, zone: str) -> str:
    if not isinstance(at, datetime):
        return f"{at:%Y-%m-%d}"
    return f"{at if at.tzinfo is None else at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of record on its way into the lab."""

    records: Records
    timeline: Timeline
    snapshot: Kept
    until: datetime
    replaced: Kept | None
    state: State

    def told(self, taken: str) -> SnapshotPart:
        kept = self.snapshot
        return SnapshotPart(kept.object_type, kept.at, taken, kept.n_rows, self.state, kept.path)


class _Keeper:
    """One snapshot under way."""

    def __init__(
        self,
        lab: Warehouse,
        export: Export,
        *,
        settings: Settings,
        folder: Path,
        loaded_at: datetime,
        on_progress: OnProgress | None,
    ) -> None:
        self.lab, self.export, self.settings = lab, export, settings
        self.folder, self.loaded_at, self.on_progress = folder, loaded_at, on_progress
        self.findings: list[SnapshotFinding] = []
        self.written: list[Written] = []
        self.known = _known(lab, folder)

    def arrange(self, records: Records, taken: datetime, until: datetime, *, replace_content: bool) -> _Part:
        """Return where records belong among the snapshots that are kept."""
        watched = records.watched
        snapshot = Kept(watched.object_type, taken, records.digest, records.rows.num_rows, self.folder)
        others = [kept for kept in self.known if kept.object_type == watched.object_type]
        there = next((kept for kept in others if kept.at == taken), None)
        same = there is not None and there.file_hash == snapshot.file_hash
        if there is not None and not same and not replace_content:
            raise BadArgument(
                f"Another export of {there.n_rows} rows was kept for {taken:%Y-%m-%d %H:%M} UTC ({watched.table}).",
                "correct --at, or add --replace if this export is the right one.",
            )
        timeline = Timeline(watched, [kept for kept in others if kept != there] + [snapshot])
        timeline.put(snapshot, records.rows, until=until, zone=self.settings.timezone)
        look = Look(timeline, snapshot, self.settings.timezone, self.findings)
        look.created(until)
        look.add("not_followed", len(records.not_followed), ", ".join(records.not_followed))
        state: State = "new" if there is None else "unchanged" if same else "replaced"
        return _Part(records, timeline, snapshot, until, None if same else there, state)

    def keep(self, parts: Sequence[_Part], *, company: dict[str, str | int], set_aside: Path | None) -> None:
        """Write everything, all or nothing."""
        finish(self.folder, self.known)
        try:
            with self.lab.transaction():
                if company:
                    self.lab.change_settings(**company)
                for part in parts:
                    if part.state != "unchanged":
                        self._keep_part(part)
                    elif not part.snapshot.is_whole:
                        self._put_aside(part)
                self._let_history_count(parts)
                if set_aside is not None and len(self.export.refused):
                    self.export.refused.write(set_aside)
        except BaseException:
            with suppress(OSError):
                drop_aside(self.folder)
            raise
        for part in parts:
            self._tell(part, "publish")
            part.snapshot.publish()

    def _keep_part(self, part: _Part) -> None:
        self._tell(part, "compare")
        Look(part.timeline, part.snapshot, self.settings.timezone, self.findings).around()
        for name, revision in revise(part.timeline, added=part.snapshot, removed=part.replaced).items():
            rows = revision.rows()
            rows = unlike_history(self.lab, rows) if name == "field_events" else rows
            if rows.num_rows:
                self._write(name, rows)
        self._tell(part, "keep")
        self._put_aside(part)
        kept = part.snapshot
        row = {
            "snapshot_at": kept.at,
            "object_type": kept.object_type,
            "file_hash": kept.file_hash,
            "rows": kept.n_rows,
        }
        self._write("snapshots", pa.Table.from_pylist([row]))

    def _put_aside(self, part: _Part) -> None:
        part.snapshot.put_aside(part.records.rows, until=part.until, zone=self.settings.timezone)

    def _write(self, name: str, rows: pa.Table) -> None:
        source = self.export.map.source_system
        now = self.lab.write(name, rows, source_system=source, loaded_at=self.loaded_at)
        before = next((done for done in self.written if done.table == name), Written(name, 0, 0, 0))
        self.written = [done for done in self.written if done.table != name]
        added, changed = before.n_added + now.n_added, before.n_changed + now.n_changed
        self.written.append(Written(name, added, changed, before.n_unchanged + now.n_unchanged))

    def _let_history_count(self, parts: Sequence[_Part]) -> None:
        tables = [done.table for done in self.written]
        n = let_history_count(self.lab, tables, loaded_at=self.loaded_at)
        if n:
            self.findings.append(SnapshotFinding("history_counts", parts[0].snapshot.object_type, n))

    def _tell(self, part: _Part, step: str) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(step, part.records.watched.table, 0, 0))


def _known(lab: Warehouse, folder: Path) -> list[Kept]:
    if not lab.has("snapshots"):
        return []
    rows = lab.read(lab.table("snapshots").order_by("snapshot_at", "object_type")).to_dict("records")
    times = [pd.Timestamp(row["snapshot_at"]).to_pydatetime() for row in rows]
    return [
        Kept(str(row["object_type"]), at, str(row["file_hash"]), int(row["rows"]), folder)
        for row, at in zip(rows, times, strict=True)
    ]
