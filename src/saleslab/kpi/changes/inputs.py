"""From the warehouse to the moment at which rows of each table came in last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd

from saleslab.warehouse import Warehouse


def read_last_loads(lab: Warehouse, tables: Iterable[str] | None = None) -> Mapping[str, datetime | None]:
    """Return when rows of each table were loaded last, naive UTC; None for a table that holds no row.

    Parameters
    ----------
    lab
        The warehouse.
    tables
        Which tables; all that it holds when None.
    """
    found: dict[str, datetime | None] = {}
    for name in sorted(lab.names() if tables is None else tables):
        if not lab.has(name):
            found[name] = None
            continue
        rows = lab.table(name)
        last = lab.read(rows.aggregate(last=rows.loaded_at.max()))["last"].iloc[0]
        found[name] = None if pd.isna(last) else pd.Timestamp(last).to_pydatetime()
    return found
