"""What was known at a moment is what a slow loop over the rows finds."""

from __future__ import annotations

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.warehouse.as_of import attach, happened_before, keep_first, running_total, value_then

KEYS = st.sampled_from(["a", "b", "c"])
TIMES = st.integers(0, 6)
EVENTS = st.lists(st.tuples(KEYS, TIMES, st.sampled_from([-1, 1, 2])), max_size=12)
PROBES = st.lists(st.tuples(KEYS, TIMES), min_size=1, max_size=6)


def table(columns: dict[str, list[object]], kinds: dict[str, pa.DataType]) -> ibis.Table:
    return ibis.memtable(pa.table({name: pa.array(columns[name], kind) for name, kind in kinds.items()}))


@settings(max_examples=15, deadline=None)
@given(EVENTS, PROBES)
def test_a_running_total_holds_what_changed_before_each_probe(events, probes):
    changes = table(
        {"key": [e[0] for e in events], "at": [e[1] for e in events], "change": [e[2] for e in events]},
        {"key": pa.string(), "at": pa.int64(), "change": pa.int64()},
    )
    asked = table(
        {"key": [p[0] for p in probes], "at": [p[1] for p in probes], "probe_id": [str(i) for i in range(len(probes))]},
        {"key": pa.string(), "at": pa.int64(), "probe_id": pa.string()},
    )
    rows = running_total(changes, asked, "key").to_pyarrow().to_pylist()
    assert {row["probe_id"]: row["total"] for row in rows} == {
        str(i): sum(change for key, at, change in events if key == probe[0] and at < probe[1])
        for i, probe in enumerate(probes)
    }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(KEYS, TIMES), max_size=12, unique=True), st.dictionaries(KEYS, TIMES, min_size=1))
def test_an_overwritten_value_is_what_the_next_change_replaced(changes, seen):
    history = table(
        {"key": [c[0] for c in changes], "at": [c[1] for c in changes], "old": [f"before {c[1]}" for c in changes]},
        {"key": pa.string(), "at": pa.int64(), "old": pa.string()},
    )
    rows = table(
        {"key": list(seen), "moment": list(seen.values()), "value": ["now"] * len(seen)},
        {"key": pa.string(), "moment": pa.int64(), "value": pa.string()},
    )
    found = value_then(rows, history, "key", moment="moment", current="value").to_pyarrow().to_pylist()
    for row in found:
        later = [at for key, at in changes if key == row["key"] and at >= seen[row["key"]]]
        assert row["then"] == (f"before {min(later)}" if later else "now")
    assert len(found) == len(seen)


def test_a_value_that_was_empty_before_a_change_is_empty_then():
    history = table(
        {"key": ["a"], "at": [5], "old": [None]}, {"key": pa.string(), "at": pa.int64(), "old": pa.string()}
    )
    rows = table(
        {"key": ["a"], "moment": [1], "value": ["now"]},
        {"key": pa.string(), "moment": pa.int64(), "value": pa.string()},
    )
    assert value_then(rows, history, "key", moment="moment", current="value").to_pyarrow()["then"].to_pylist() == [None]


def test_attaching_several_tables_keeps_every_row_once():
    rows = table({"key": ["a", "b", None]}, {"key": pa.string()})
    one = table({"key": ["a"], "x": [1]}, {"key": pa.string(), "x": pa.int64()})
    two = table({"key": ["b"], "y": [2]}, {"key": pa.string(), "y": pa.int64()})
    found = attach(rows, one, two, key="key").to_pyarrow().to_pylist()
    assert sorted(found, key=str) == sorted(
        [{"key": "a", "x": 1, "y": None}, {"key": "b", "x": None, "y": 2}, {"key": None, "x": None, "y": None}], key=str
    )


def test_the_first_row_of_a_group_and_what_happened_before_a_moment():
    kinds = {"key": pa.string(), "at": pa.int64()}
    events = table({"key": ["a", "a", "b"], "at": [3, 1, 2]}, kinds)
    assert sorted(keep_first(events, "key", ["at"]).to_pyarrow()["at"].to_pylist()) == [1, 2]
    moments = table({"key": ["a", "b"], "moment": [3, 2]}, {"key": pa.string(), "moment": pa.int64()})
    assert happened_before(moments, events, "key").to_pyarrow()["at"].to_pylist() == [1]
