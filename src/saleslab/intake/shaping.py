"""Rows of a file into rows of a canonical table, batch by batch; what cannot be read is told, row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.intake.amounts import Remainder
from saleslab.intake.custom_fields import to_json
from saleslab.intake.files import Batch
from saleslab.intake.findings import SEVERITIES, Ledger
from saleslab.intake.labels import normal_value
from saleslab.intake.lookups import Lookup
from saleslab.intake.matching import Binding, BoundColumn
from saleslab.intake.rules import ColumnRule, ImportMap, RowTest
from saleslab.intake.salesforce_ids import to_long_ids
from saleslab.intake.values import ARROW_TYPES, Manner, as_text, join_filled, read_values
from saleslab.tables import CUSTOM, Column, Kind, get_table

Mask = NDArray[np.bool_]

_TEXT_LIMITS = pa.array([255, 256, 1_000, 1_024, 4_000, 32_000, 32_767, 131_072], pa.int32())
"""Lengths at which systems cut texts; a text of exactly that length was probably longer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row cannot be imported."""

    row: int
    rule: str
    column: str


@dataclass(frozen=True, slots=True)
class Shaped:
    """Canonical rows made from some rows of a file.

    Attributes
    ----------
    rows
        The rows that may be written.
    numbers
        Their row numbers in the file.
    refused
        Reasons why other rows may not, in the order of the file.
    """

    rows: pa.Table
    numbers: NDArray[np.int64]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Shaper:
    """Shapes the batches of one binding. It remembers only what rounding left over.

    Parameters
    ----------
    binding
        The file and the rules that apply to it.
    import_map
        The map they come from.
    lookups
        Lookups of the map that were found.
    company_zone
        IANA name of the company's zone.
    ledger
        Where findings go; None to tell nothing (when a file is read a second time for its keys).
    quiet
        Columns of the file of which another table tells what is wrong with them.
    """

    binding: Binding
    import_map: ImportMap
    lookups: Mapping[str, Lookup]
    company_zone: str
    ledger: Ledger | None
    quiet: frozenset[str] = frozenset()
    _remainders: dict[str, Remainder] = field(default_factory=dict)

    def shape(self, batch: Batch, *, targets: Collection[str] | None = None) -> Shaped:
        """Return the canonical rows of a batch; ``targets`` restricts the columns, for a quick look at keys."""
        batch = self._counted_rows(batch)
        work = _Work(self, batch)
        for target in self.binding.columns:
            if targets is None or target in targets:
                work.fill(target)
        return work.finish(with_custom=targets is None)

    def _counted_rows(self, batch: Batch) -> Batch:
        """Return the rows that the tests of the rule let through."""
        kept = np.ones(len(batch.numbers), dtype=bool)
        for name, place in self.binding.tests:
            kept &= _passes(as_text(batch.cells.column(name)), self.binding.rule.where[place])
        return batch.keep(kept)

    def remainder(self, target: str) -> Remainder:
        """Return what rounding a column has left over so far."""
        return self._remainders.setdefault(target, Remainder())


def _passes(cells: pa.Array, test: RowTest) -> Mask:
    if test.is_filled is not None:
        filled = pc.is_valid(cells) if test.is_filled else pc.is_null(cells)
        return np.asarray(filled.to_numpy(zero_copy_only=False))
    words = test.is_one_of or test.is_none_of
    coded = cells.dictionary_encode()
    hits = [normal_value(text) in words for text in coded.dictionary.to_pylist()]
    places = pc.fill_null(coded.indices, len(hits)).to_numpy(zero_copy_only=False)
    among: Mask = np.array([*hits, "" in words], dtype=bool)[places]
    return among if test.is_one_of else ~among


class _Work:
    """One batch on its way: columns filled so far, and rows refused so far."""

    def __init__(self, shaper: Shaper, batch: Batch) -> None:
        self.shaper = shaper
        self.binding = shaper.binding
        self.batch = batch
        self.table = get_table(shaper.binding.table)
        self.n = len(batch.numbers)
        self.columns: dict[str, pa.Array] = {}
        self.kept_text: dict[str, pa.Array] = {}
        self.refusals: list[tuple[Mask, str, str]] = []
        self.told: dict[tuple[str, tuple[str, ...], str], Mask] = {}

    def fill(self, target: str) -> None:
        """Fill one canonical column, and the ones that it depends on first."""
        if target in self.columns:
            return
        bound = self.binding.columns[target]
        column = self.table.column(target)
        if bound.rule.rank:
            self.columns[target] = pa.nulls(self.n, ARROW_TYPES[column.kind])  # known once all rows are there
            return
        cells = self.cells(bound)
        text_before = cells
        cells = self.translate(bound.rule, cells)
        if column.kind is Kind.ID:
            cells = self.identify(bound.rule, cells)
        reading = read_values(cells, self.manner(column, bound.rule))
        values = reading.values
        for rule, mask in reading.broken.items():
            self.tell(rule, mask, target, bound, text_before)
        if bound.rule.invert:
            values = pc.divide(1.0, pc.if_else(pc.equal(values, 0), pa.scalar(None, values.type), values))
        values = self.check_bounds(values, column, target, bound, text_before)
        values = self.default(values, column, bound)
        if bound.rule.only_if:
            self.fill(bound.rule.only_if)
            values = pc.if_else(self.columns[bound.rule.only_if], values, pa.scalar(None, values.type))
        self.columns[target] = values

    def cells(self, bound: BoundColumn) -> pa.Array:
        """Return the cells that a rule speaks of; typed ones stay typed unless they are joined."""
        if bound.rule.value is not None:
            return pa.repeat(pa.scalar(bound.rule.value, pa.string()), self.n)
        if bound.rule.join is None and len(bound.names) == 1:
            return self.batch.cells.column(bound.names[0])
        parts = [as_text(self.batch.cells.column(name)) for name in bound.names]
        if bound.rule.join is None:
            return pc.coalesce(*parts)
        return join_filled(parts, bound.rule.join)

    def translate(self, rule: ColumnRule, cells: pa.Array) -> pa.Array:
        """Return cells with the words of the map put in place, and led through a lookup."""
        if rule.starts:
            cells = as_text(cells)
            fits = pc.fill_null(pc.starts_with(cells, rule.starts), fill_value=False)
            cells = pc.if_else(fits, cells, pa.scalar(None, pa.string()))
        if rule.lookup:
            keys = as_text(cells)
            keys = to_long_ids(keys) if self.shaper.import_map.salesforce_ids else keys
            found = self.shaper.lookups[rule.lookup].find(keys)
            cells = pc.coalesce(found, keys) if rule.keep_unfound else found
        if rule.values or rule.otherwise is not None:
            coded = as_text(cells).dictionary_encode()
            words = [rule.values.get(normal_value(text), rule.otherwise) for text in coded.dictionary.to_pylist()]
            texts = coded.dictionary.to_pylist()
            chosen = [text if word is None else word for word, text in zip(words, texts, strict=True)]
            cells = pa.array(chosen, pa.string()).take(coded.indices)
        return cells

    def identify(self, rule: ColumnRule, cells: pa.Array) -> pa.Array:
        """Return ids in their long form, with the prefix of their source."""
        ids = as_text(cells)
        ids = to_long_ids(ids) if self.shaper.import_map.salesforce_ids else ids
        prefix = self.shaper.import_map.prefix if rule.prefix is None else rule.prefix
        return pc.binary_join_element_wise(prefix, ids, "") if prefix and rule.value is None else ids

    def manner(self, column: Column, rule: ColumnRule) -> Manner:
        return Manner(
            column.kind,
            order=rule.order or self.shaper.import_map.order,
            zone=rule.zone or self.binding.zone,
            company_zone=self.shaper.company_zone,
            percent=rule.percent,
            scale=rule.scale,
            edge=rule.edge,
            remainder=self.shaper.remainder(column.name) if rule.carry else None,
            decimal_comma=self.shaper.import_map.decimal_comma,
        )

    def check_bounds(
        self, values: pa.Array, column: Column, target: str, bound: BoundColumn, cells: pa.Array
    ) -> pa.Array:
        """Return values without those that the table does not allow; amounts below zero are only told."""
        wrong = None
        if column.choices:
            wrong, rule = pc.invert(pc.is_in(values, value_set=pa.array(column.choices))), "not_a_choice"
            wrong = pc.and_(pc.is_valid(values), wrong)
        elif column.minimum is not None or column.maximum is not None:
            rule, tests = "out_of_range", []
            numbers = values.cast(pa.float64())
            if column.minimum is not None:
                tests.append(pc.less(numbers, float(column.minimum)))
            if column.maximum is not None:
                tests.append(pc.greater(numbers, float(column.maximum)))
            wrong = pc.fill_null(reduce(pc.or_, tests), fill_value=False)
        elif column.kind is Kind.TEXT and bound.names:
            lengths = pc.utf8_length(values)
            at_limit = pc.fill_null(pc.is_in(lengths, value_set=_TEXT_LIMITS), fill_value=False)
            if pc.any(at_limit).as_py():
                self.note("maybe_cut", at_limit.to_numpy(zero_copy_only=False), bound, str(pc.max(lengths).as_py()))
        elif column.kind is Kind.MONEY:
            negative = pc.fill_null(pc.less(values, pa.scalar(0, values.type)), fill_value=False)
            if pc.any(negative).as_py():
                self.tell("negative_amount", negative.to_numpy(zero_copy_only=False), target, bound, cells)
        if wrong is None or not pc.any(wrong).as_py():
            return values
        self.tell(rule, wrong.to_numpy(zero_copy_only=False), target, bound, cells)
        return pc.if_else(wrong, pa.scalar(None, values.type), values)

    def default(self, values: pa.Array, column: Column, bound: BoundColumn) -> pa.Array:
        rule = bound.rule
        if rule.default is None or values.null_count == 0:
            return values
        if column.required and column.kind is not Kind.BOOL:
            self.note("filled_by_default", pc.is_null(values).to_numpy(zero_copy_only=False), bound, rule.default)
        filler = pa.array([rule.default])
        if column.kind is Kind.ID:
            filler = self.identify(rule, filler)
        return pc.fill_null(values, read_values(filler, self.manner(column, rule)).values[0])

    # -- telling

    def tell(self, rule: str, mask: Mask, target: str, bound: BoundColumn, cells: pa.Array) -> None:
        """Note a rule that cells break; keep the text of a cell that is left out; refuse the row where it must be."""
        self.note(rule, mask, bound, self.expected(rule, target))
        if SEVERITIES[rule] == "error":
            self.refusals.append((mask, rule, ", ".join(bound.names) or target))
        elif rule not in {"negative_amount", "rounded"} and bound.names:
            text = as_text(cells)
            self.kept_text[bound.names[0]] = pc.if_else(pa.array(mask), text, pa.scalar(None, pa.string()))

    def expected(self, rule: str, target: str) -> str:
        column = self.table.column(target)
        if rule == "not_a_choice":
            return ", ".join(column.choices)
        if rule == "out_of_range":
            low = "" if column.minimum is None else f"{column.minimum:g}"
            return f"{low}-{column.maximum:g}" if column.maximum is not None else f">= {low}"
        return str(column.kind.value) if rule == "unreadable" else ""

    def note(self, rule: str, mask: Mask, bound: BoundColumn, detail: str = "") -> None:
        ledger = self.shaper.ledger
        if ledger is None or (bound.names and self.shaper.quiet.issuperset(bound.names)):
            return
        before = self.told.get((rule, bound.names, detail), np.zeros(self.n, dtype=bool))
        self.told[rule, bound.names, detail] = before | mask  # two columns may be read from one
        ledger.add(
            rule,
            file=self.binding.file.name,
            table=self.binding.table,
            column=", ".join(bound.names),
            rows=self.batch.numbers[mask & ~before],
            detail=detail,
        )

    def finish(self, *, with_custom: bool) -> Shaped:
        """Return the rows that hold everything they must, and why the others are refused."""
        bad = np.zeros(self.n, dtype=bool)
        for name in self.table.required_columns:
            if name not in self.columns or self.binding.columns[name].rule.rank:
                continue
            if self.binding.rule.one_row_per_key and name in self.table.key:
                bad |= pc.is_null(self.columns[name]).to_numpy(zero_copy_only=False)  # nothing to make a row of
            else:
                self.require(name)
        for mask, _, _ in self.refusals:
            bad |= mask
        columns = dict(self.columns)
        if with_custom and self.table.keeps_custom and not self.binding.rule.one_row_per_key:
            columns[CUSTOM.name] = self.custom()
        rows = pa.table(columns) if columns else pa.table({})
        reasons = tuple(
            Refusal(int(self.batch.numbers[place]), rule, column)
            for mask, rule, column in self.refusals
            for place in np.flatnonzero(mask)
        )
        if bad.any():
            rows = rows.filter(pa.array(~bad))
        return Shaped(rows, self.batch.numbers[~bad], tuple(sorted(reasons, key=lambda refusal: refusal.row)))

    def require(self, name: str) -> None:
        """Refuse rows in which a required column is empty and was not already called unreadable."""
        empty = pc.is_null(self.columns[name]).to_numpy(zero_copy_only=False)
        bound = self.binding.columns[name]
        known = ", ".join(bound.names) or name
        for mask, _, column in self.refusals:
            if column == known:
                empty = empty & ~mask
        if empty.any():
            rule = "missing_key" if name in self.table.key else "missing"
            self.note(rule, empty, bound, f"{self.binding.table}.{name}")
            self.refusals.append((empty, rule, known))

    def custom(self) -> pa.Array:
        extra = {name: as_text(self.batch.cells.column(name)) for name in self.binding.custom}
        return to_json(extra | self.kept_text, self.n)
