"""From an export to the records of a snapshot: read by the same map and checked by the same rules as an import."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.errors import FileProblem
from saleslab.intake.account import OnProgress
from saleslab.intake.base_amounts import read_rates
from saleslab.intake.files import list_files
from saleslab.intake.findings import Ledger
from saleslab.intake.lookups import read_lookups
from saleslab.intake.matching import Plan, make_plan
from saleslab.intake.rules import ImportMap
from saleslab.intake.set_aside import RefusedRows
from saleslab.intake.streams import Counts, Meter, TableStream, fit
from saleslab.tables import CUSTOM, get_table
from saleslab.warehouse import Settings, Warehouse
from saleslab.warehouse.fingerprints import hash_rows

ID = "id"


@dataclass(frozen=True, slots=True)
class Watched:
    """A kind of record whose changes are followed.

    ``moment`` is the column in which the CRM itself says when a record came to its end; ``fields`` leads from a field
    of ``field_events`` to the columns that hold it.
    """

    object_type: str
    table: str
    moment: str
    fields: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        """Its column of ids."""
        return get_table(self.table).key[0]


WATCHED = (
    Watched(
        "opportunity",
        "opportunities",
        "closed_at",
        {
            "owner": ("owner_id",),
            "amount": ("amount",),
            "close_date": ("expected_close_date",),
            "status": ("is_closed", "is_won"),
        },
    ),
    Watched("lead", "leads", "converted_at", {"owner": ("owner_id",), "status": ("status",)}),
)

_NOT_KEPT = {CUSTOM.name, "amount_base"}  # the base amount moves with exchange rates, not with the deal


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one kind in an export, in the order of their ids.

    ``rows`` holds the columns that the export has, ``id``, and three that stand for the stage as it was called then:
    ``stage_id``, ``stage_label`` and ``is_first_stage``.
    """

    watched: Watched
    rows: pa.Table

    @property
    def digest(self) -> str:
        """Digest of the content, whatever the order of rows and columns in the export."""
        columns = {name: self.rows[name] for name in self.rows.column_names}
        hashes = np.sort(hash_rows(columns, self.rows.num_rows).to_numpy())
        return hashlib.sha256(",".join(self.rows.column_names).encode() + hashes.tobytes()).hexdigest()

    @property
    def not_followed(self) -> tuple[str, ...]:
        """Columns that could be followed and that the export does not have."""
        wanted = [name for columns in self.watched.fields.values() for name in columns]
        return tuple(name for name in wanted if name not in self.rows.column_names)


@dataclass(frozen=True, slots=True)
class Export:
    """What was read of an export, and what was found while reading."""

    map: ImportMap
    records: tuple[Records, ...]
    ledger: Ledger
    refused: RefusedRows


def read_export(
    source: Path,
    lab: Warehouse,
    *,
    import_map: ImportMap,
    settings: Settings,
    loaded_at: datetime,
    table: str | None,
    encoding: str | None,
    on_progress: OnProgress | None,
) -> Export:
    """Return the deals and leads of an export.

    Raises
    ------
    FileProblem
        When the source cannot be read, or holds neither deals nor leads.
    """
    files = list_files(source, known=import_map.known_names(), encoding=encoding)
    plan = make_plan(import_map, files, company_zone=settings.timezone, table=table)
    wanted = {"stages", *(watched.table for watched in WATCHED)}
    plan = replace(plan, bindings=tuple(binding for binding in plan.bindings if binding.table in wanted))
    present = [watched for watched in WATCHED if watched.table in plan.tables]
    if not present:
        raise FileProblem(
            f"'{source.name}' holds neither opportunities nor leads that the map '{import_map.name}' knows.",
            "export the deals or the leads, or name the table with --table.",
        )
    work = _Work(plan, lab, settings, loaded_at, on_progress)
    stages = work.rows("stages") if "stages" in plan.tables else fit(pa.table({}), "stages")
    records = tuple(Records(watched, work.records(watched, stages)) for watched in present)
    if all(one.rows.num_rows == 0 for one in records) and not work.ledger.has_errors:
        raise FileProblem(f"'{source.name}' has a header and no rows.", "export it again, with its records.")
    return Export(import_map, records, work.ledger, work.refused)


class _Work:
    """One export on its way."""

    def __init__(
        self, plan: Plan, lab: Warehouse, settings: Settings, loaded_at: datetime, on_progress: OnProgress | None
    ) -> None:
        self.plan, self.lab, self.settings, self.loaded_at = plan, lab, settings, loaded_at
        self.ledger, self.refused = Ledger(), RefusedRows()
        self.meter = Meter(plan, on_progress)
        self.lookups = read_lookups(plan.lookups, salesforce_ids=plan.map.salesforce_ids)
        self.heard: set[str] = set()
        self.counts: dict[tuple[str, str], Counts] = {}

    def rows(self, name: str) -> pa.Table:
        """Return the rows of one canonical table."""
        bindings = tuple(binding for binding in self.plan.bindings if binding.table == name)
        used = {b.file.name: frozenset(b.used) for b in self.plan.bindings if not b.rule.one_row_per_key}
        stream = TableStream(
            name,
            bindings,
            self.plan.map,
            self.lookups,
            self.settings.timezone,
            read_rates(self.lab, self.settings.currency),
            self.loaded_at.date(),
            self.ledger,
            self.refused,
            self.meter,
            self.heard,
            self.counts,
            used,
            pa.array([], pa.string()),
        )
        empty = fit(pa.table({}), name)
        return pa.Table.from_batches(list(stream.rows()), schema=empty.schema)

    def records(self, watched: Watched, stages: pa.Table) -> pa.Table:
        """Return the records of one kind, with the columns that every file of theirs has."""
        bindings = [binding for binding in self.plan.bindings if binding.table == watched.table]
        filled = set.intersection(*(set(binding.columns) for binding in bindings)) | {"is_deleted", "merged_into_id"}
        left_out = _NOT_KEPT | set(get_table(watched.table).personal_columns)
        rows = self.rows(watched.table).sort_by(watched.key)
        ids = rows[watched.key]
        names = [name for name in rows.column_names if name in filled - left_out - {watched.key}]
        rows = rows.select(names).add_column(0, ID, ids)
        rows = rows.set_column(
            names.index("is_deleted") + 1, "is_deleted", pc.fill_null(rows["is_deleted"], fill_value=False)
        )
        return self._with_stages(rows, stages) if watched.table == "opportunities" else self._with_status(rows)

    def _with_status(self, rows: pa.Table) -> pa.Table:
        """Return leads with their status as their stage; leads have no order of stages."""
        ids = pc.binary_join_element_wise(self.plan.map.prefix, rows["status"], "")
        return (
            rows.append_column("stage_id", ids)
            .append_column("stage_label", rows["status"])
            .append_column("is_first_stage", pa.repeat(pa.scalar(value=False), rows.num_rows))
        )

    def _with_stages(self, rows: pa.Table, stages: pa.Table) -> pa.Table:
        """Return deals with the label of their stage as it is now, and whether it is the first of its pipeline."""
        stored = self._stored_stages()
        known = pa.concat_tables([part.select(_STAGE) for part in (stages, stored)])
        pipelines = rows["pipeline_id"] if "pipeline_id" in rows.column_names else pa.nulls(rows.num_rows, pa.string())
        own = _stage_keys(pipelines, rows["stage_id"])
        labels = known["label"].take(pc.index_in(own, value_set=_stage_keys(known["pipeline_id"], known["stage_id"])))
        by_id = known["label"].take(pc.index_in(rows["stage_id"], value_set=known["stage_id"].combine_chunks()))
        bare = pc.replace_substring_regex(
            rows["stage_id"], f"^{self.plan.map.prefix}" if self.plan.map.prefix else "^", ""
        )
        first = _first_stages(stages if stages.num_rows else stored, stored)
        return rows.append_column("stage_label", pc.coalesce(labels, by_id, bare)).append_column(
            "is_first_stage", pc.is_in(own, value_set=first)
        )

    def _stored_stages(self) -> pa.Table:
        if not self.lab.has("stages"):
            return fit(pa.table({}), "stages")
        frame = self.lab.read(self.lab.table("stages").select(*_STAGE))
        schema = fit(pa.table({}), "stages").select(_STAGE).schema
        return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


_STAGE = ["pipeline_id", "stage_id", "label", "position", "is_closed"]


def _stage_keys(pipelines: pa.ChunkedArray | pa.Array, stages: pa.ChunkedArray) -> pa.Array:
    parts = (values.cast(pa.string()) for values in (pipelines, stages))
    keys = pc.binary_join_element_wise(*parts, "\x1f", null_handling="replace")
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


def _first_stages(stages: pa.Table, stored: pa.Table) -> pa.Array:
    """Return the keys of the first stage of each pipeline, where export and warehouse agree on which one it is.

    An export without a list of stages knows only those that deals stand in: its lowest need not be the first.
    """
    theirs = _lowest(stored)
    agreed = [key for pipeline, key in _lowest(stages).items() if theirs.get(pipeline, key) == key]
    return pa.array(agreed, pa.string())


def _lowest(stages: pa.Table) -> dict[str | None, str]:
    open_ones = stages.filter(pc.invert(pc.fill_null(stages["is_closed"], fill_value=True)))
    ordered = open_ones.sort_by([("position", "descending"), ("stage_id", "descending")])
    keys = _stage_keys(ordered["pipeline_id"], ordered["stage_id"]) if ordered.num_rows else pa.array([], pa.string())
    return dict(zip(ordered["pipeline_id"].to_pylist(), keys.to_pylist(), strict=True))
