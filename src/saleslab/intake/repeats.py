"""Rows that share a key: equal ones are one row, contradicting ones are refused, all of them, with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.intake.findings import Ledger
from saleslab.intake.grouping import key_texts
from saleslab.intake.set_aside import RefusedRows

_ABSENT = "\x00"
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class KeyCount:
    """Counts keys; remembers no more of a row than its key."""

    _parts: list[pa.Array] = field(default_factory=list)

    def add(self, keys: pa.Array) -> None:
        """Take in the keys of some rows."""
        self._parts.append(keys)

    def all(self) -> pa.Array:
        """Return every key."""
        return pa.concat_arrays(self._parts) if self._parts else pa.array([], pa.string())

    def repeated(self) -> pa.Array:
        """Return the keys that occurred more than once."""
        if not self._parts:
            return pa.array([], pa.string())
        counted = pc.value_counts(pa.chunked_array(self._parts))
        values, counts = counted.flatten()
        return values.filter(pc.greater(counts, 1))


@dataclass(frozen=True, slots=True)
class _Part:
    file: str
    numbers: NDArray[np.int64]
    rows: pa.Table
    cells: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Repeats:
    """Holds back the rows of one table whose key is repeated, until all of them are known."""

    table: str
    keys: pa.Array
    _parts: list[_Part] = field(default_factory=list)

    def hold_back(
        self, rows: pa.Table, numbers: NDArray[np.int64], file: str, cells: pa.RecordBatch, places: NDArray[np.int64]
    ) -> pa.Table:
        """Return the rows whose key is theirs alone; ``places`` leads from rows to their cells."""
        if len(self.keys) == 0 or rows.num_rows == 0:
            return rows
        held = pc.is_in(key_texts(rows, self.table), value_set=self.keys)
        mask = held.to_numpy(zero_copy_only=False)
        if mask.any():
            self._parts.append(_Part(file, numbers[mask], rows.filter(held), cells.take(pa.array(places[mask]))))
        return rows.filter(pc.invert(held))

    def settle(self, ledger: Ledger, refused: RefusedRows, key_columns: dict[str, str]) -> Iterator[pa.Table]:
        """Yield one of each set of equal rows; refuse the rows that contradict one another."""
        if not self._parts:
            return
        rows = pa.concat_tables([part.rows for part in self._parts])
        facts = pa.table({"key": key_texts(rows, self.table), "content": _contents(rows)})
        counted = facts.group_by("key").aggregate([("content", "count_distinct")])
        bad = counted["key"].filter(pc.greater(counted["content_count_distinct"], 1)).combine_chunks()
        start, seen = 0, set[str]()
        for part in self._parts:
            keys = facts["key"].slice(start, part.rows.num_rows).combine_chunks()
            start += part.rows.num_rows
            contradicts = pc.is_in(keys, value_set=bad).to_numpy(zero_copy_only=False)
            texts = keys.to_pylist()
            first = np.zeros(len(texts), dtype=bool)
            for place, text in enumerate(texts):
                if not contradicts[place] and text not in seen:
                    first[place] = True
                    seen.add(text)
            column = key_columns.get(part.file, "")
            for rule, mask in (("contradicting_rows", contradicts), ("repeated_row", ~contradicts & ~first)):
                ledger.add(rule, file=part.file, table=self.table, column=column, rows=part.numbers[mask])
            for place in np.flatnonzero(contradicts).tolist():
                cells = part.cells.slice(place, 1).to_pylist()[0]
                refused.add(part.file, int(part.numbers[place]), "contradicting_rows", column, cells)
            yield part.rows.filter(pa.array(first))


def _contents(rows: pa.Table) -> pa.Array:
    """Return all that a row holds as one text."""
    texts = [pc.fill_null(rows[name].cast(pa.string()), _ABSENT) for name in rows.column_names]
    return pc.binary_join_element_wise(*texts, _BETWEEN)
