"""Whose row is it? A record that was merged into another counts as the one that was kept, however many steps away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saleslab.warehouse.as_of import attach

if TYPE_CHECKING:
    from saleslab.warehouse.store import Warehouse

_MOST_DOUBLINGS = 6
"""Each doubles the steps that are followed: chains of 64 merges are resolved, longer ones are circles."""


def with_kept_ids(lab: Warehouse, rows: Any, *, table: str = "accounts", key: str = "account_id") -> Any:
    """Return rows in which the key of a merged record is that of the record that was kept in the end.

    All rooms count with it, so that a customer is one on every page. Records that were merged in a circle keep their
    own keys: nobody knows which one was meant to stay.

    Parameters
    ----------
    lab
        Holds the records; without them rows are returned as they are.
    rows
        An Ibis expression with ``key``.
    table, key
        Which records, and the column that names them.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import datetime
    >>> from saleslab.warehouse import connect
    >>> with connect("duckdb://") as lab:
    ...     chain = pd.DataFrame({"account_id": ["a", "b", "c"], "merged_into_id": ["b", "c", None]})
    ...     _ = lab.write("accounts", chain, source_system="crm", loaded_at=datetime(2026, 1, 1))
    ...     every = lab.table("accounts", all_rows=True).select("account_id")
    ...     lab.read(with_kept_ids(lab, every))["account_id"].tolist()
    ['c', 'c', 'c']
    """
    if not lab.has(table):
        return rows
    merges = _follow(lab, table, key)
    rows = attach(rows, merges.rename(id_that_was_kept="kept"), key=key)
    return rows.mutate(**{key: rows.id_that_was_kept.coalesce(rows[key])}).drop("id_that_was_kept")


def _follow(lab: Warehouse, table: str, key: str) -> Any:
    """Return merged keys, each with the one that was ``kept``; most warehouses have no chain, and need one look."""
    every = lab.table(table, all_rows=True)
    is_merged = every.merged_into_id.notnull() & (every.merged_into_id != every[key])
    merges = every.filter(is_merged).select(key, kept="merged_into_id")
    for turn in range(_MOST_DOUBLINGS):
        further = merges.view().select(further_from=key, further_to="kept")
        chained = merges.semi_join(further, [("kept", "further_from")]).select(key)
        if not lab.count_once(f"{table} merged onwards after {turn} doublings", chained):
            return merges
        joined = merges.left_join(further, [("kept", "further_from")])
        merges = joined.mutate(kept=joined.further_to.coalesce(joined.kept)).select(key, "kept")
    ends = every.view().filter(lambda rows: rows.merged_into_id.isnull()).select(end=key)
    return merges.semi_join(ends, [("kept", "end")])
