"""What are the things behind some ids called?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saleslab.warehouse.store import Warehouse

Labelled = tuple[str, str, str]
"""A table, its key, and the column that names a row."""


def name_ids(lab: Warehouse, ids: Iterable[object], labelled: Iterable[Labelled]) -> dict[str, str]:
    """Return the name of each id that some table knows; tables that are not there are passed over.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import datetime
    >>> from saleslab.warehouse import connect
    >>> with connect("duckdb://") as lab:
    ...     teams = pd.DataFrame({"team_id": ["t:1", "t:2"], "name": ["North", "South"]})
    ...     _ = lab.write("teams", teams, source_system="crm", loaded_at=datetime(2026, 1, 1))
    ...     name_ids(lab, ["t:2", None], [("teams", "team_id", "name"), ("users", "user_id", "name")])
    {'t:2': 'South'}
    """
    wanted = sorted({one for one in ids if isinstance(one, str)})
    found: dict[str, str] = {}
    for table, key, label in labelled:
        if wanted and lab.has(table):
            rows = lab.table(table)
            known = lab.read(rows.filter(rows[key].isin(wanted) & rows[label].notnull()).select(key, label).distinct())
            found |= dict(zip(known[key], known[label], strict=True))
    return found
