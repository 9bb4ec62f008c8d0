"""What a row and a table hold, as one number: unchanged rows are recognised, reports say what they read.

The hash of a row depends on its values alone, not on the order of rows or columns, the engine, the machine or the
process: each value is hashed with the name of its column, and the hashes are added modulo 2**64. A missing value adds
nothing, so a column that is added to the model later leaves old hashes as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HashArray: TypeAlias = NDArray[np.uint64]

_KEY = "saleslab-row-key"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many rows a table held when it was read, and a digest of what they held."""

    table: str
    n_rows: int
    digest: str


def fingerprint_of(table: str, n_rows: int, sum_of_hashes: int) -> Fingerprint:
    """Return the fingerprint of a table from the count and the sum of its row hashes."""
    digest = hashlib.sha256(f"{table}:{n_rows}:{sum_of_hashes}".encode()).hexdigest()
    return Fingerprint(table, n_rows, digest)


def hash_rows(columns: Mapping[str, pa.ChunkedArray], n_rows: int) -> pa.Array:
    """Return one signed 64-bit hash a row, as an Arrow array of length ``n_rows``.

    Examples
    --------
    >>> one = {"id": pa.chunked_array([["a", "b"]]), "n": pa.chunked_array([[1, None]])}
    >>> other = {"n": pa.chunked_array([[None, 1]], pa.int64()), "id": pa.chunked_array([["b", "a"]])}
    >>> hash_rows(one, 2).to_pylist() == hash_rows(other, 2).to_pylist()[::-1]
    True
    """
    total = np.zeros(n_rows, dtype=np.uint64)
    for name, values in columns.items():
        if values.null_count < n_rows:
            total += _hash_column(name, values)
    return pa.array(total.view(np.int64))


def _hash_column(name: str, values: pa.ChunkedArray) -> HashArray:
    salt = np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    array = values.combine_chunks()
    hashes = _hash_text(array) if pa.types.is_string(array.type) else pd.util.hash_array(_as_integers(array))
    hashes = pd.util.hash_array(hashes ^ salt)  # not a product: the hash of 0 is 0
    if array.null_count:
        hashes = np.where(array.is_null().to_numpy(zero_copy_only=False), np.uint64(0), hashes)
    return hashes


def _hash_text(array: pa.StringArray) -> HashArray:
    coded = array.dictionary_encode()
    words = coded.dictionary.to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(words, hash_key=_KEY, categorize=False)
    codes = pc.fill_null(coded.indices, 0).to_numpy()
    picked: HashArray = hashes[codes]
    return picked


def _as_integers(array: pa.Array) -> HashArray:
    """Return the 64 bits that stand for each value; nulls become 0 and are masked by the caller."""
    if pa.types.is_decimal(array.type):
        text = pc.cast(array, pa.string())
        cents = pc.replace_substring(text, pattern=".", replacement="")
        array = pc.cast(cents, pa.int64())
    elif pa.types.is_floating(array.type):
        floats: NDArray[np.float64] = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype(np.float64)
        return floats.view(np.uint64)
    elif pa.types.is_date(array.type):
        array = array.view(pa.int32()).cast(pa.int64())
    elif pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    else:
        array = array.cast(pa.int64())
    integers: NDArray[np.int64] = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    return integers.view(np.uint64)
