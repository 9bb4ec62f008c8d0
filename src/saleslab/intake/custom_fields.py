"""Columns that no map knows are kept: one JSON object a row, its keys sorted, empty cells left out."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.values import join_filled

_NEEDS_CARE = r"[\x00-\x1f\x{7f}]"


def to_json(columns: Mapping[str, pa.Array], n_rows: int) -> pa.Array:
    """Return one JSON object a row as text; missing where all of its cells are.

    Parameters
    ----------
    columns
        Text of each column, missing where its cell is empty; each of length ``n_rows``.
    n_rows
        Number of rows.

    Examples
    --------
    >>> to_json({"Rank": pa.array(["A", None]), "Area": pa.array(["East", None])}, 2).to_pylist()
    ['{"Area":"East","Rank":"A"}', None]
    """
    filled = {name: cells for name, cells in sorted(columns.items()) if cells.null_count < n_rows}
    if not filled:
        return pa.nulls(n_rows, pa.string())
    pieces = [
        pc.binary_join_element_wise(json.dumps(name, ensure_ascii=False) + ":", _quoted(cells), "")
        for name, cells in filled.items()
    ]
    return pc.binary_join_element_wise("{", join_filled(pieces, ","), "}", "")


def _quoted(cells: pa.Array) -> pa.Array:
    """Return texts as JSON strings; those with control characters one by one, the rest at once."""
    escaped = pc.replace_substring(pc.replace_substring(cells, "\\", "\\\\"), '"', '\\"')
    quoted = pc.binary_join_element_wise('"', escaped, '"', "")
    careful = pc.fill_null(pc.match_substring_regex(cells, _NEEDS_CARE), fill_value=False)
    if not pc.any(careful).as_py():
        return quoted
    texts = [json.dumps(text, ensure_ascii=False) for text in cells.filter(careful).to_pylist()]
    return pc.replace_with_mask(quoted, careful, pa.array(texts, pa.string()))
