"""Several rows of a file that make one row of a table, and histories of which only the changes count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.findings import Ledger
from saleslab.intake.matching import Binding
from saleslab.intake.rules import ColumnRule
from saleslab.tables import get_table

ROW = "_row"


@dataclass(frozen=True, slots=True)
class Groups:
    """Collects the rows of one table that is made with one row a key, from however many files."""

    table: str
    rules: dict[str, ColumnRule] = field(default_factory=dict)
    _parts: list[pa.Table] = field(default_factory=list)
    _differ: dict[str, set[str]] = field(default_factory=dict)

    def add(self, rows: pa.Table, numbers: Sequence[int] | np.ndarray, binding: Binding) -> None:
        """Take rows in, merged as far as they can be."""
        for target, bound in binding.columns.items():
            self.rules.setdefault(target, bound.rule)
        if rows.num_rows:
            self._note_differences(rows)
            self._parts.append(self._merge(rows.append_column(ROW, pa.array(numbers, pa.int64()))))

    def finish(self, ledger: Ledger | None) -> pa.Table:
        """Return one row a key in the order of first sight; tell where rows of one key differ."""
        if not self._parts:
            return pa.table({})
        together = pa.concat_tables(self._parts, promote_options="default")
        merged = self._merge(together)
        self._note_differences(together)
        for name, keys in self._differ.items():
            if ledger is not None:
                ledger.add("rows_differ", table=self.table, column=name, n_rows=len(keys))
        return self._rank(merged)

    def _merge(self, rows: pa.Table) -> pa.Table:
        key = list(get_table(self.table).key)
        others = [name for name in rows.column_names if name not in key]
        takes = [(name, "min" if name == ROW else self._take(name)) for name in others]
        options = [(name, how, pc.ScalarAggregateOptions(skip_nulls=True, min_count=1)) for name, how in takes]
        grouped = rows.group_by(key, use_threads=False).aggregate(options)
        named = {name: grouped[name] for name in key} | {name: grouped[f"{name}_{how}"] for name, how in takes}
        return pa.table({name: named[name].cast(rows.schema.field(name).type) for name in rows.column_names})

    def _take(self, name: str) -> str:
        return (self.rules[name].take or "first") if name in self.rules else "first"

    def _note_differences(self, rows: pa.Table) -> None:
        """Remember the keys whose rows differ in a column of which the map does not say which value counts."""
        key = list(get_table(self.table).key)
        for name, rule in self.rules.items():
            if rule.take or rule.rank or name in key or name not in rows.column_names:
                continue
            counted = rows.group_by(key, use_threads=False).aggregate([(name, "count_distinct")])
            differ = counted.filter(pc.greater(counted[f"{name}_count_distinct"], 1))
            self._differ.setdefault(name, set()).update(key_texts(differ, self.table).to_pylist())

    def _rank(self, rows: pa.Table) -> pa.Table:
        for target, rule in self.rules.items():
            if rule.rank:
                order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in rule.rank])
                places = np.empty(rows.num_rows, dtype=np.int64)
                places[order.to_numpy()] = np.arange(rows.num_rows)
                rows = rows.set_column(rows.column_names.index(target), target, pa.array(places))
        return rows


def keep_moves(history: pa.Table) -> pa.Table:
    """Return a history without the rows that repeat the state before, each with the state that it left.

    CRM histories get a row at every change of amount or date too. Columns: ``object_type``, ``object_id``, ``at``,
    ``event_id``, ``to_stage_id``; ``from_stage_id`` is filled in.

    Examples
    --------
    >>> day = pa.array([1, 2, 3], pa.timestamp("us"))
    >>> history = pa.table({"object_type": ["lead"] * 3, "object_id": ["a"] * 3, "at": day, "event_id": ["1", "2", "3"],
    ...     "to_stage_id": ["new", "new", "won"]})
    >>> keep_moves(history).select(["from_stage_id", "to_stage_id"]).to_pylist()
    [{'from_stage_id': None, 'to_stage_id': 'new'}, {'from_stage_id': 'new', 'to_stage_id': 'won'}]
    """
    ordered = history.sort_by([(name, "ascending") for name in ("object_type", "object_id", "at", "event_id")])
    if ordered.num_rows == 0:
        return ordered
    before = {name: _shift(ordered[name].combine_chunks()) for name in ("object_type", "object_id", "to_stage_id")}
    same_object = pc.and_(
        pc.equal(ordered["object_type"], before["object_type"]), pc.equal(ordered["object_id"], before["object_id"])
    )
    same_object = pc.fill_null(same_object, fill_value=False)
    repeated = pc.and_(same_object, pc.fill_null(pc.equal(ordered["to_stage_id"], before["to_stage_id"]), False))  # noqa: FBT003
    left = pc.if_else(same_object, before["to_stage_id"], pa.scalar(None, pa.string()))
    if "from_stage_id" in ordered.column_names:
        left = pc.coalesce(ordered["from_stage_id"], left)
        ordered = ordered.drop_columns("from_stage_id")
    return ordered.append_column("from_stage_id", left).filter(pc.invert(repeated))


def _shift(values: pa.Array) -> pa.Array:
    return pa.concat_arrays([pa.nulls(1, values.type), values.slice(0, len(values) - 1)])


def unlike_keys(rows: pa.Table, table: str, taken: pa.Array) -> pa.Table:
    """Return rows whose key is not among some keys (see `key_texts`)."""
    if rows.num_rows == 0 or len(taken) == 0:
        return rows
    return rows.filter(pc.invert(pc.is_in(key_texts(rows, table), value_set=taken)))


def key_texts(rows: pa.Table | Mapping[str, pa.Array], table: str) -> pa.Array:
    """Return the key of each row as one text."""
    parts = [rows[name] for name in get_table(table).key]
    texts = [(part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part).cast(pa.string()) for part in parts]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
