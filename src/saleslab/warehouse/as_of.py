"""What was known at a moment: joins that never look past it, written so that every engine runs them.

A row has a moment of its own, and is described by what happened before it. DuckDB has a join for that and others have
not; here it is made of joins on equal keys and of windows, which all of them do in one pass over sorted rows.
"""

from __future__ import annotations

from typing import Any

import ibis


def attach(rows: Any, *found: Any, key: str) -> Any:
    """Return rows with the columns of other expressions, each of which has at most one row for each key.

    Examples
    --------
    >>> import pyarrow as pa
    >>> people = ibis.memtable(pa.table({"id": ["a", "b"]}))
    >>> calls = ibis.memtable(pa.table({"id": ["a"], "n": [3]}))
    >>> sorted(attach(people, calls, key="id").to_pyarrow().to_pylist(), key=lambda row: row["id"])
    [{'id': 'a', 'n': 3}, {'id': 'b', 'n': None}]
    """
    joined, names = rows, []
    for place, others in enumerate(found):
        name = f"attached_key_{place}"
        renamed = others.rename({name: key})
        joined = joined.left_join(renamed, rows[key] == renamed[name])
        names.append(name)
    return joined.drop(*names)


def share(rows: Any, name: str) -> Any:
    """Return rows under a name, which the query holds once however often it asks for them.

    Without it, Ibis writes a join anew for each selection of its columns: a query that asks for the same leads in ten
    places becomes ten times as long. A name stands for one expression in a query.

    Examples
    --------
    >>> import pyarrow as pa
    >>> calls = ibis.memtable(pa.table({"id": ["a", "b"], "n": [3, 1]}))
    >>> many = share(calls.filter(calls.n > 2), "many_calls")
    >>> many.inner_join(many.select("id", again="n"), "id").to_pyarrow().to_pylist()
    [{'id': 'a', 'n': 3, 'again': 3}]
    """
    return rows.alias(name)


def keep_first(rows: Any, by: str | list[str], order: list[str]) -> Any:
    """Return the first row of each group; `distinct` on some columns needs a FIRST that PostgreSQL has not."""
    turn = ibis.row_number().over(ibis.window(group_by=by, order_by=order))
    rows = rows.mutate(turn_in_group=turn)
    return rows.filter(rows.turn_in_group == 0).drop("turn_in_group")


def happened_before(moments: Any, events: Any, key: str, *, at: str = "at", moment: str = "moment") -> Any:
    """Return each row with every event of its key that happened before its moment, to be counted.

    An event at the very moment is not before it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> moments = ibis.memtable(pa.table({"id": ["a", "a"], "moment": [5, 1]}))
    >>> calls = ibis.memtable(pa.table({"id": ["a", "a", "b"], "at": [4, 5, 0]}))
    >>> happened_before(moments, calls, "id").select("moment", "at").to_pyarrow().to_pylist()
    [{'moment': 5, 'at': 4}]
    """
    joined = moments.inner_join(events, key)
    return joined.filter(joined[at] < joined[moment])


def value_then(rows: Any, changes: Any, key: str, *, moment: str, current: str) -> Any:
    """Return what a column that is overwritten held at a moment: ``key``, the moment and ``then``.

    Parameters
    ----------
    rows
        Has ``key`` (each once), the moment, and the current value.
    changes
        Has ``key``, ``at`` and ``old``: the history of the column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> deals = ibis.memtable(pa.table({"id": ["a", "b"], "seen": [5, 5], "owner": ["new", "ever"]}))
    >>> history = ibis.memtable(pa.table({"id": ["a", "a"], "at": [3, 7], "old": ["first", "second"]}))
    >>> then = value_then(deals, history, "id", moment="seen", current="owner")
    >>> sorted(row["then"] for row in then.to_pyarrow().to_pylist())
    ['ever', 'second']
    """
    rows = rows.select(key, moment, current)
    later = rows.select(key, moment).inner_join(changes.select(key, "at", "old"), key)
    later = keep_first(later.filter(later["at"] >= later[moment]), key, ["at", "old"])
    joined = attach(rows, later.select(key, before_change="old", changed_at="at"), key=key)
    then = ibis.ifelse(joined.changed_at.notnull(), joined.before_change, joined[current])
    return joined.select(key, moment, then=then)


def running_total(changes: Any, probes: Any, key: str) -> Any:
    """Return what changes of each key had added up to before each probe: ``probe_id`` and ``total``.

    Parameters
    ----------
    changes
        Has ``key``, ``at`` and ``change``.
    probes
        Has ``key``, ``at`` and ``probe_id`` (each once, text). A change at the same instant is not counted.

    Examples
    --------
    >>> import pyarrow as pa
    >>> changes = ibis.memtable(pa.table({"who": ["x", "x", "x"], "at": [1, 2, 5], "change": [1, 1, -1]}))
    >>> probes = ibis.memtable(pa.table({"who": ["x", "x"], "at": [5, 9], "probe_id": ["busy", "free"]}))
    >>> totals = running_total(changes, probes, "who").to_pyarrow().to_pylist()
    >>> sorted((row["probe_id"], row["total"]) for row in totals)
    [('busy', 2), ('free', 1)]
    """
    steps = changes.select(
        key, "at", change=changes.change.cast("int64"), is_change=ibis.literal(1), probe_id=ibis.null("string")
    )
    asked = probes.select(
        key, "at", change=ibis.literal(0, "int64"), is_change=ibis.literal(0), probe_id=probes.probe_id
    )
    both = steps.union(asked)
    so_far = ibis.cumulative_window(group_by=key, order_by=["at", "is_change", "probe_id"])
    both = both.mutate(total=both.change.sum().over(so_far))
    return both.filter(both.probe_id.notnull()).select("probe_id", "total")
