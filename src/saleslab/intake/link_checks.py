"""Which records were deleted or merged away in the source system, and are still pointed to?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from saleslab.intake.suspects import Suspects
from saleslab.tables import get_table

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse


def suspect_removed(lab: Warehouse, tables: Sequence[str]) -> Iterator[Suspects]:
    """Yield records that are gone and still in use, and merged ones whose other half does not exist.

    Parameters
    ----------
    lab
        The company's warehouse.
    tables
        The tables that hold deleted or merged records.
    """
    for name in tables:
        if len(get_table(name).key) != 1:
            continue
        rows = lab.table(name, all_rows=True)
        gone = rows.filter(rows.is_deleted | rows.merged_into_id.notnull())
        key = get_table(name).key[0]
        used = _used_ids(lab, name, key)
        if used is not None:
            yield Suspects("removed_but_used", name, "merged_into_id", gone.semi_join(used, key))
        merged = rows.filter(rows.merged_into_id.notnull())
        every = rows.select(merged_into_id=key).distinct()
        yield Suspects("merged_into_nothing", name, "merged_into_id", merged.anti_join(every, "merged_into_id"))


def _used_ids(lab: Warehouse, name: str, key: str) -> Any | None:
    """Return the ids of a table to which rows in use point."""
    used = None
    for other in lab.names():
        for column in get_table(other).columns:
            if column.refers_to == f"{name}.{key}":
                rows = lab.table(other)
                ids = rows.filter(rows[column.name].notnull()).select(**{key: rows[column.name]}).distinct()
                used = ids if used is None else used.union(ids, distinct=True)
    return used
