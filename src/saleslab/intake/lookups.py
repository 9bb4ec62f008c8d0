"""Small files that lead from one id or word to another: the company of each deal, the record a duplicate went into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.matching import BoundLookup
from saleslab.intake.salesforce_ids import to_long_ids
from saleslab.intake.values import as_text


@dataclass(frozen=True, slots=True)
class Lookup:
    """Keys and what each leads to; the first of equal keys counts."""

    keys: pa.Array
    values: pa.Array

    def find(self, cells: pa.Array) -> pa.Array:
        """Return what each cell leads to; missing where it leads nowhere."""
        return self.values.take(pc.index_in(cells, value_set=self.keys))


def read_lookups(bound: Sequence[BoundLookup], *, salesforce_ids: bool) -> Mapping[str, Lookup]:
    """Return the lookups of a plan, read whole."""
    return {one.rule.name: _read(one, salesforce_ids=salesforce_ids) for one in bound}


def _read(bound: BoundLookup, *, salesforce_ids: bool) -> Lookup:
    keys: list[str] = []
    values: list[str] = []
    for batch in bound.file.batches({bound.key, bound.value}):
        both = [as_text(batch.cells.column(name)) for name in (bound.key, bound.value)]
        given, led = [(to_long_ids(cells) if salesforce_ids else cells).to_pylist() for cells in both]
        for key, value in zip(given, led, strict=True):
            if key is not None and value is not None:
                parts = key.split(bound.rule.separator) if bound.rule.separator else [key]
                keys += [part.strip() for part in parts]
                values += [value] * len(parts)
    first: dict[str, str] = {}
    for key, value in zip(keys, values, strict=True):
        first.setdefault(key, value)
    return Lookup(pa.array(list(first), pa.string()), pa.array(list(first.values()), pa.string()))
