"""Planted groups are found, and every rule gives the same segments in pandas and in the warehouse."""

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crowds import plant_mixed

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import (
    Condition,
    RuleBook,
    SegmentRule,
    assign_lazily,
    assign_segments,
    count_segments,
    segment_customers,
)
from saleslab.segmentation.agreement import cross_count, measure_ari
from saleslab.warehouse.frames import to_frame

BOOK = RuleBook(
    (
        SegmentRule("web", (Condition("channel", levels=("web",)),)),
        SegmentRule("few", (Condition("channel", levels=("rep", "shop")), Condition("n_orders", high=10.5))),
        SegmentRule("many", (Condition("channel", levels=("rep", "shop")), Condition("n_orders", low=10.5))),
    ),
    otherwise="others",
)


def agreement(first, second):
    return measure_ari(cross_count(np.asarray(first, dtype=int), np.asarray(second, dtype=int), np.ones(len(first))))


def segment(frame, method):
    if method == "rules":
        return segment_customers(frame, method="rules", rules=BOOK)
    by = ["n_orders", "size"] if method == "kmeans" else None
    return segment_customers(frame, method=method, by=by, k=3, seed=1)


@pytest.mark.parametrize(("method", "least"), [("kmeans", 0.8), ("prototypes", 0.9), ("latent_class", 0.95)])
def test_planted_groups_are_found(method, least):
    frame, group = plant_mixed(1)
    found = segment(frame, method)
    assert agreement(assign_segments(frame, found.rule), group) > least
    assert sum(found.sizes) == len(frame)
    assert list(found.sizes) == sorted(found.sizes, reverse=True)


@pytest.mark.parametrize("method", ["rules", "kmeans", "prototypes", "latent_class"])
def test_the_warehouse_replays_every_rule_for_customers_never_seen(method):
    rule = segment(plant_mixed(1)[0], method).rule
    later, _ = plant_mixed(2, n=900)
    later.loc[:20, "channel"], later.loc[15:30, "n_orders"], later.loc[40, "size"] = "fair", np.nan, np.inf
    later.loc[50, "industry"] = None
    table = ibis.memtable(pa.Table.from_pandas(later, preserve_index=False))
    here = assign_segments(later, rule)
    there = to_frame(assign_lazily(table, rule).to_pyarrow()).set_index("customer_id")["segment"]
    assert there.reindex(later["customer_id"]).astype("Int64").tolist() == here.tolist()
    assert here.isna().any()
    counted = to_frame(count_segments(table, rule).to_pyarrow()).dropna()
    assert counted["n_customers"].tolist() == here.value_counts().sort_index().tolist()


def test_customers_halfway_between_segments_fall_alike_in_both():
    frame = pd.DataFrame({"customer_id": range(8), "a": [0, 0, 0.3, 0.3, 0.1, 0.2, 0.15, 0.15]})
    rule = segment_customers(frame, method="kmeans", k=2, seed=1).rule
    grid = pd.DataFrame({"customer_id": range(2001), "a": np.linspace(0.1, 0.2, 2001)})
    table = ibis.memtable(pa.Table.from_pandas(grid, preserve_index=False))
    there = to_frame(assign_lazily(table, rule).to_pyarrow()).sort_values("customer_id")["segment"]
    assert there.tolist() == assign_segments(grid, rule).tolist()


@pytest.mark.parametrize("method", ["prototypes", "latent_class"])
def test_neither_order_nor_ids_change_a_rule(method):
    frame, _ = plant_mixed(3, n=200)
    mixed = frame.sample(frac=1, random_state=1).assign(customer_id=range(200))
    assert segment(mixed, method).rule == segment(frame, method).rule


def test_repeating_every_customer_changes_sizes_only():
    frame, _ = plant_mixed(4, n=150)
    once, thrice = segment(frame, "prototypes"), segment(pd.concat([frame] * 3), "prototypes")
    assert thrice.sizes == tuple(3 * size for size in once.sizes)
    assert thrice.cost == pytest.approx(3 * once.cost)


def test_a_yes_or_no_is_a_category_in_both():
    frame = pd.DataFrame({"customer_id": range(6), "a": [1.0, 1, 1, 9, 9, 9], "is_big": [False] * 3 + [True] * 3})
    rule = segment_customers(frame, k=2, seed=1).rule
    table = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    there = to_frame(assign_lazily(table, rule).order_by("customer_id").to_pyarrow())["segment"]
    assert there.tolist() == assign_segments(frame, rule).tolist()


def test_a_column_of_ten_thousand_categories_is_refused():
    frame = pd.DataFrame({"a": np.arange(10_000.0), "b": [f"x{i}" for i in range(10_000)]})
    with pytest.raises(TableError, match=r"b \(10000\)(?s:.*)Next: group the rare ones"):
        segment_customers(frame, k=3, seed=1)


def test_more_segments_than_different_customers_are_refused():
    with pytest.raises(NotEnoughData, match="2 combinations of values(?s:.*)Next: ask for fewer segments"):
        segment_customers(pd.DataFrame({"a": [1.0, 2.0] * 40}), k=5, seed=1)


def test_what_a_method_lacks_is_said():
    frame, _ = plant_mixed(1, n=50)
    with pytest.raises(BadArgument, match="distances of industry, channel(?s:.*)Next: use the method 'prototypes'"):
        segment_customers(frame, method="kmeans", k=2, seed=1)
    with pytest.raises(BadArgument, match="no rules(?s:.*)Next: give them as a RuleBook"):
        segment_customers(frame, method="rules")
    with pytest.raises(BadArgument, match="k=None(?s:.*)Next: give k of at least 2"):
        segment_customers(frame, method="latent_class", seed=1)
    with pytest.raises(BadArgument, match="'ward'(?s:.*)Next: give one of rules, kmeans"):
        segment_customers(frame, method="ward", k=2, seed=1)
