"""The rows of one canonical table, streaming from all files that feed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa

from saleslab.intake.account import OnProgress, Progress
from saleslab.intake.base_amounts import Rates, add_base_amounts
from saleslab.intake.files import Batch, Report
from saleslab.intake.findings import Ledger
from saleslab.intake.grouping import Groups, keep_moves, key_texts, unlike_keys
from saleslab.intake.lookups import Lookup
from saleslab.intake.matching import Binding, Plan
from saleslab.intake.repeats import KeyCount, Repeats
from saleslab.intake.rules import ImportMap
from saleslab.intake.set_aside import RefusedRows
from saleslab.intake.shaping import Shaped, Shaper
from saleslab.intake.values import ARROW_TYPES
from saleslab.tables import get_table

_BY_WAREHOUSE = {"source_system", "loaded_at", "row_hash"}


@cache
def table_schema(name: str) -> pa.Schema:
    """Return the columns of a canonical table that an import may fill."""
    columns = [column for column in get_table(name).all_columns if column.name not in _BY_WAREHOUSE]
    return pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns])


def fit(rows: pa.Table, name: str) -> pa.Table:
    """Return rows with every column of their table; absent ones are missing."""
    schema = table_schema(name)
    return pa.table(
        [rows[f.name] if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type) for f in schema],
        schema=schema,
    )


@dataclass(slots=True, frozen=True)
class Counts:
    """Rows of one file on their way to one table."""

    _numbers: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, n_rows: int, n_passed_over: int, n_refused: int) -> None:
        """Count some more rows."""
        for place, n in enumerate((n_rows, n_passed_over, n_refused)):
            self._numbers[place] += n

    def as_tuple(self) -> tuple[int, int, int]:
        """Return rows that count, rows that the map leaves out, rows that were refused."""
        return self._numbers[0], self._numbers[1], self._numbers[2]


class Meter:
    """Tells how much of the files has been read; each is read once for its keys and once for its rows."""

    def __init__(self, plan: Plan, on_progress: OnProgress | None) -> None:
        self.on_progress = on_progress
        self.total = sum(b.file.size * (1 if b.rule.one_row_per_key else 2) for b in plan.bindings)
        self.before = 0

    def finished(self, binding: Binding) -> None:
        """Note that a file was read to its end once more."""
        self.before += binding.file.size
        self.tell(binding, 0.0)

    def tell(self, binding: Binding, share: float) -> None:
        """Tell which share of the current file has been read."""
        if self.on_progress is not None:
            done = self.before + int(share * binding.file.size)
            self.on_progress(Progress(binding.file.name, binding.table, min(done, self.total), self.total))


@dataclass(frozen=True, slots=True)
class TableStream:
    """The rows of one table; what is wrong with them goes to the ledger, and refused rows to ``refused``.

    ``stored_keys`` are those of rows that the warehouse has and that a fallback must not replace by its poorer ones.
    """

    table: str
    bindings: tuple[Binding, ...]
    import_map: ImportMap
    lookups: Mapping[str, Lookup]
    company_zone: str
    rates: Rates
    today: date
    ledger: Ledger
    refused: RefusedRows
    meter: Meter
    heard: set[str]
    counts: dict[tuple[str, str], Counts]
    told_elsewhere: Mapping[str, frozenset[str]]
    stored_keys: pa.Array

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, once each, in the schema of `table_schema`."""
        each = [binding for binding in self.bindings if not binding.rule.one_row_per_key]
        keys = self.count_keys(each)
        repeats = Repeats(self.table, keys.repeated())
        parts = self._plain_rows(each, repeats)
        if any(binding.rule.moves for binding in each):
            history = pa.concat_tables([fit(part, self.table) for part in parts] or [fit(pa.table({}), self.table)])
            parts = iter([keep_moves(history)])
        for part in parts:
            yield from fit(part, self.table).combine_chunks().to_batches()
        grouped = self._grouped_rows([b for b in self.bindings if b.rule.one_row_per_key])
        new = unlike_keys(unlike_keys(grouped, self.table, keys.all()), self.table, self.stored_keys)
        yield from fit(new, self.table).to_batches()

    def count_keys(self, bindings: list[Binding]) -> KeyCount:
        """Read the files once for their keys alone."""
        count = KeyCount()
        for binding in bindings:
            shaper = Shaper(binding, self.import_map, self.lookups, self.company_zone, None)
            wanted = set(get_table(self.table).key)
            columns = {name for target in wanted for name in binding.columns[target].names}
            columns |= {name for name, _ in binding.tests}
            for batch in binding.file.batches(columns):
                shaped = shaper.shape(batch, targets=wanted)
                if shaped.rows.num_rows:
                    count.add(key_texts(shaped.rows, self.table))
            self.meter.finished(binding)
        return count

    def _plain_rows(self, bindings: list[Binding], repeats: Repeats) -> Iterator[pa.Table]:
        for binding in bindings:
            for batch, shaped in self._shaped(binding):
                rows = self._with_base(shaped, binding)
                places = np.flatnonzero(np.isin(batch.numbers, shaped.numbers))
                yield repeats.hold_back(fit(rows, self.table), shaped.numbers, binding.file.name, batch.cells, places)
        key = get_table(self.table).key
        columns = {b.file.name: ", ".join(n for target in key for n in b.columns[target].names) for b in bindings}
        yield from repeats.settle(self.ledger, self.refused, columns)

    def _grouped_rows(self, bindings: list[Binding]) -> pa.Table:
        groups = Groups(self.table)
        for binding in bindings:
            for _, shaped in self._shaped(binding):
                groups.add(shaped.rows, shaped.numbers, binding)
        return groups.finish(self.ledger)

    def _shaped(self, binding: Binding) -> Iterator[tuple[Batch, Shaped]]:
        """Yield the batches of a file with the rows made of them; refused rows are collected."""
        grouped = binding.rule.one_row_per_key
        quiet = self.told_elsewhere.get(binding.file.name, frozenset()) if grouped else frozenset[str]()
        shaper = Shaper(binding, self.import_map, self.lookups, self.company_zone, self.ledger, quiet)
        counts = self.counts.setdefault((binding.file.name, self.table), Counts())
        n_bytes = 0
        for batch in binding.file.batches(self._columns(binding), report=self._hear(binding)):
            shaped = shaper.shape(batch)
            self._collect(binding, batch, shaped)
            n_refused = len({refusal.row for refusal in shaped.refused})
            n_used = shaped.rows.num_rows + n_refused
            counts.add(n_used, len(batch.numbers) - n_used, n_refused)
            n_bytes += batch.cells.nbytes
            self.meter.tell(binding, min(n_bytes / binding.file.size, 0.99))
            yield batch, shaped
        self.heard.add(binding.file.name)
        self.meter.finished(binding)

    def _columns(self, binding: Binding) -> set[str] | None:
        """Return the columns to read: all of them where a row of the file may be refused and set aside whole."""
        return set(binding.used) if binding.rule.one_row_per_key else None

    def _hear(self, binding: Binding) -> Report | None:
        """Return the listener to a file's own troubles; they are told once, however often it is read."""
        file = binding.file
        if file.name in self.heard:
            return None

        def hear(rule: str, numbers: list[int], texts: list[str]) -> None:
            self.ledger.add(rule, file=file.name, rows=numbers)
            for number, text in zip(numbers, texts, strict=False):
                self.refused.add(file.name, number, rule, "", {"text of the row": text})

        return hear

    def _collect(self, binding: Binding, batch: Batch, shaped: Shaped) -> None:
        rows: dict[int, dict[str, object]] = {}
        for refusal in shaped.refused:
            if refusal.row not in rows:
                place = int(np.searchsorted(batch.numbers, refusal.row))
                rows[refusal.row] = batch.cells.slice(place, 1).to_pylist()[0]
            self.refused.add(binding.file.name, refusal.row, refusal.rule, refusal.column, rows[refusal.row])

    def _with_base(self, shaped: Shaped, binding: Binding) -> pa.Table:
        """Return opportunities with their amount in the company's currency; other tables as they are."""
        rows = shaped.rows
        if self.table != "opportunities" or "amount" not in rows.column_names or "amount_base" in rows.column_names:
            return rows
        rows, unconverted = add_base_amounts(rows, self.rates, today=self.today, zone=self.company_zone)
        column = ", ".join(binding.columns["amount"].names)
        self.ledger.add(
            "no_exchange_rate",
            file=binding.file.name,
            table=self.table,
            column=column,
            rows=shaped.numbers[unconverted],
            detail=self.rates.base,
        )
        return rows
