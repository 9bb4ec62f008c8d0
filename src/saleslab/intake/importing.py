"""From a company's export to canonical tables: all of its rows or none, and a complete account of what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.errors import FileProblem
from saleslab.intake.account import FileAccount, ImportAccount, OnProgress
from saleslab.intake.base_amounts import Rates, read_rates
from saleslab.intake.files import list_files
from saleslab.intake.findings import Ledger
from saleslab.intake.grouping import key_texts
from saleslab.intake.histories import let_history_count
from saleslab.intake.lookups import read_lookups
from saleslab.intake.map_files import load_map
from saleslab.intake.matching import Binding, Plan, make_plan
from saleslab.intake.references import check_line_sums, check_references
from saleslab.intake.set_aside import RefusedRows
from saleslab.intake.shaping import Shaper
from saleslab.intake.streams import Counts, Meter, TableStream, table_schema
from saleslab.tables import get_table
from saleslab.warehouse import Settings, Warehouse, Written


class _GateClosed(Exception):
    """Undoes the transaction of an import that found errors."""


def import_export(
    source: str | Path,
    lab: Warehouse,
    *,
    map_name_or_file: str | Path,
    loaded_at: datetime,
    set_aside: Path | None = None,
    table: str | None = None,
    encoding: str | None = None,
    on_progress: OnProgress | None = None,
) -> ImportAccount:
    """Import an export of a CRM into a warehouse.

    Everything is checked, and all findings are told at once. An error (an unreadable value, a missing key, rows that
    contradict one another, a row that was cut off) closes the gate: nothing is written. With ``set_aside`` the good
    rows are written, and the refused ones go to a file of their own with the reasons. Memory is bounded: rows pass
    through in batches, and only keys are remembered.

    Parameters
    ----------
    source
        A file, or a folder of files.
    lab
        Where the tables go; it must be open for writing.
    map_name_or_file
        Name of a shipped map, or a TOML file.
    loaded_at
        When the import runs, UTC; open deals in other currencies are valued at that day's rate.
    set_aside
        CSV file for the rows that cannot be imported.
    table
        Canonical table of the source, where the names of its files do not tell.
    encoding
        Of text files, where it cannot be found out.
    on_progress
        Called as files are read.

    Returns
    -------
    ImportAccount
        ``accepted`` is False where the gate was closed.

    Raises
    ------
    FileProblem
        When the source is missing, empty, not readable as a table, or lacks a required column.
    MapError
        When the map is unknown or wrong.

    Examples
    --------
    >>> import tempfile
    >>> from saleslab.warehouse import connect
    >>> with tempfile.TemporaryDirectory() as folder, connect("duckdb://") as lab:
    ...     deals = Path(folder, "opportunity.csv")
    ...     _ = deals.write_text(chr(10).join(["Id,StageName,IsClosed,IsWon,Amount", "1,Closed Won,true,true,1200"]))
    ...     done = import_export(deals, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24))
    >>> [(one.table, one.n_added) for one in done.written]
    [('stages', 1), ('opportunities', 1)]
    """
    import_map = load_map(map_name_or_file)
    files = list_files(Path(source), known=import_map.known_names(), encoding=encoding)
    is_new = not lab.names() and lab.settings == Settings()
    settings = replace(lab.settings, **import_map.company) if is_new else lab.settings  # type: ignore[arg-type]
    plan = make_plan(import_map, files, company_zone=settings.timezone, table=table)
    run = _Run(plan, lab, settings, loaded_at, Meter(plan, on_progress))
    _tell_about_files(plan, run.ledger)
    written: list[Written] = []
    accepted = True
    try:
        with lab.transaction():
            if is_new and import_map.company:
                lab.change_settings(**import_map.company)
                run.ledger.add("company_set", n_rows=1, detail=_shown(import_map.company))
            written = run.write_all(may_refuse=set_aside is not None)
            run.tell_empty_files()
            if run.ledger.has_errors and set_aside is None:
                raise _GateClosed
            if set_aside is not None and len(run.refused):
                run.refused.write(set_aside)
    except _GateClosed:
        accepted, written = False, []
    wrote_aside = set_aside is not None and len(run.refused) > 0
    return ImportAccount(
        source=Path(source).name,
        map_name=import_map.name,
        accepted=accepted,
        files=run.accounts(),
        written=tuple(written),
        findings=run.ledger.findings(),
        unused_files=tuple(file.name for file in plan.unused),
        lookup_files=tuple(sorted({bound.file.name for bound in plan.lookups})),
        set_aside=set_aside if wrote_aside else None,
        n_set_aside=len(run.refused) if wrote_aside else 0,
    )


def _shown(company: object) -> str:
    assert hasattr(company, "items")
    return ", ".join(f"{name}={value}" for name, value in company.items())


def _tell_about_files(plan: Plan, ledger: Ledger) -> None:
    """Note what is true of whole files: repeated names of columns, columns of pictures, a file that was cut off."""
    used = {binding.file.name: binding.file for binding in plan.bindings}
    for file in used.values():
        for name in file.repeated:
            ledger.add("repeated_header", file=file.name, column=name, rows=[file.header_row])
        for name in file.dropped:
            ledger.add("not_kept", file=file.name, column=name, n_rows=1)
        if file.cut_off:
            ledger.add("cut_file", file=file.name, n_rows=1)


def _is_plain(binding: Binding) -> bool:
    return not binding.rule.one_row_per_key


class _Run:
    """One import under way."""

    def __init__(self, plan: Plan, lab: Warehouse, settings: Settings, loaded_at: datetime, meter: Meter) -> None:
        self.plan = plan
        self.lab = lab
        self.settings = settings
        self.loaded_at = loaded_at
        self.meter = meter
        self.ledger = Ledger()
        self.refused = RefusedRows()
        self.lookups = read_lookups(plan.lookups, salesforce_ids=plan.map.salesforce_ids)
        self.heard: set[str] = set()
        self.told_elsewhere = {
            file: frozenset(name for b in plan.bindings for name in b.used if b.file.name == file and _is_plain(b))
            for file in {binding.file.name for binding in plan.bindings}
        }
        self.counts: dict[tuple[str, str], Counts] = {}

    def write_all(self, *, may_refuse: bool) -> list[Written]:
        """Write every table of the plan; once an error is known and none is allowed, only look on for more."""
        written = []
        for name in self.plan.tables:
            stream = self.stream(name)
            rows = stream.rows()
            first = next(rows, None)
            if first is None:
                continue
            if self.ledger.has_errors and not may_refuse:
                for _ in rows:
                    pass
                continue
            reader = pa.RecordBatchReader.from_batches(table_schema(name), _chain(first, rows))
            source = self.plan.map.source_system
            written.append(self.lab.write(name, reader, source_system=source, loaded_at=self.loaded_at))
        if may_refuse or not self.ledger.has_errors:
            tables = [done.table for done in written]
            if self.lab.has("snapshots"):
                let_history_count(self.lab, tables, loaded_at=self.loaded_at)
            check_references(self.lab, tables, self.ledger, self.locate)
            check_line_sums(self.lab, tables, self.ledger)
        return written

    def stream(self, name: str) -> TableStream:
        """Return the rows of one table, on their way."""
        rates = read_rates(self.lab, self.settings.currency) if name == "opportunities" else Rates("", {})
        return TableStream(
            name,
            tuple(binding for binding in self.plan.bindings if binding.table == name),
            self.plan.map,
            self.lookups,
            self.settings.timezone,
            rates,
            self.loaded_at.date(),
            self.ledger,
            self.refused,
            self.meter,
            self.heard,
            self.counts,
            self.told_elsewhere,
            self.stored_keys(name),
        )

    def stored_keys(self, name: str) -> pa.Array:
        """Return the keys that the warehouse has of a table that is only made up from another one's rows."""
        made_up = any(b.rule.fallback for b in self.plan.bindings if b.table == name)
        if not made_up or not self.lab.has(name):
            return pa.array([], pa.string())
        keys = self.lab.read(self.lab.table(name, all_rows=True).select(*get_table(name).key))
        return key_texts(pa.Table.from_pandas(keys, preserve_index=False), name).cast(pa.string())

    def locate(
        self, table: str, column: str, known_by: str, values: pa.Array
    ) -> list[tuple[str, str, NDArray[np.int64]]]:
        """Return in which rows of which files a column of a table holds some values."""
        places = []
        for binding in self.plan.bindings:
            if binding.table != table or {column, known_by} - set(binding.columns) or binding.rule.one_row_per_key:
                continue
            shaper = Shaper(binding, self.plan.map, self.lookups, self.settings.timezone, None)
            found = [np.empty(0, dtype=np.int64)]
            for batch in binding.file.batches(set(binding.used)):
                shaped = shaper.shape(batch, targets={column, known_by})
                if shaped.rows.num_rows:
                    hits = pc.is_in(shaped.rows[known_by], value_set=values).to_numpy()
                    found.append(shaped.numbers[hits])
            numbers = np.concatenate(found)
            if numbers.size:
                places.append((binding.file.name, ", ".join(binding.columns[column].names), numbers))
        return places

    def tell_empty_files(self) -> None:
        """Note files that hold a header and no rows; raise where all of them do."""
        read: dict[str, int] = {}
        for (file, _), counts in self.counts.items():
            read[file] = max(read.get(file, 0), sum(counts.as_tuple()[:2]))
        empty = [file for file, n_rows in read.items() if n_rows == 0]
        if len(empty) == len(read) and not self.ledger.has_errors:
            raise FileProblem(f"'{empty[0]}' has a header and no rows.", "export it again, with its records.")
        for file in empty:
            self.ledger.add("no_rows", file=file, n_rows=1)

    def accounts(self) -> tuple[FileAccount, ...]:
        """Return what each file gave to each table."""
        empty = Counts()
        kept = {b.file.name for b in self.plan.bindings if b.custom}
        return tuple(
            FileAccount(
                binding.file.name,
                binding.table,
                *self.counts.get((binding.file.name, binding.table), empty).as_tuple(),
                binding.custom,
                binding.absent,
                () if binding.file.name in kept else self.plan.unmatched[binding.file.name],
            )
            for binding in self.plan.bindings
        )


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
