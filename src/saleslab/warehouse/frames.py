"""From an engine's answer to a pandas frame whose types do not depend on the engine or on the rows."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa


def to_frame(answer: pa.Table) -> pd.DataFrame:
    """Return an answer as a frame.

    Text is ``str``; whole numbers are ``int64`` (``Int64`` where some are missing); yes/no is ``bool`` (``boolean``
    where some are missing); money is ``object`` holding `decimal.Decimal`; dates and timestamps are
    ``datetime64[us]``, naive UTC.

    Examples
    --------
    >>> to_frame(pa.table({"n": [1, None], "open": [True, False]})).dtypes.astype(str).to_dict()
    {'n': 'Int64', 'open': 'bool'}
    """
    return pd.DataFrame({name: _to_series(answer[name]) for name in answer.column_names})


def _to_series(values: pa.ChunkedArray) -> pd.Series:
    kind = values.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        naive = values.cast(pa.timestamp("us")) if not pa.types.is_timestamp(kind) or kind.tz is None else values
        return pd.Series(naive.to_pandas()).astype("datetime64[us]")
    if pa.types.is_integer(kind) and values.null_count:
        return pd.Series(pd.array(values.to_pylist(), dtype="Int64"))
    if pa.types.is_boolean(kind) and values.null_count:
        return pd.Series(pd.array(values.to_pylist(), dtype="boolean"))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.Series(values.to_pandas(), dtype="str")
    return pd.Series(values.to_pandas())
