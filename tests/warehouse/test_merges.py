"""A customer is one on every page: records merged step by step count as the one that was kept in the end."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.customers.inputs import read_purchase_counts
from saleslab.customers.offers.rows import read_item_histories
from saleslab.segmentation import read_customers
from saleslab.warehouse import connect
from saleslab.warehouse.merges import with_kept_ids

LOADED = {"source_system": "test", "loaded_at": datetime(2026, 10, 1)}
DAY = date(2026, 9, 30)


def follow(into, start):
    """The kept record by walking; a circle keeps its own."""
    seen, at = {start}, start
    while into[at] is not None:
        at = into[at]
        if at in seen:
            return start
        seen.add(at)
    return at


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), min_size=8, max_size=8))
def test_whatever_was_merged_into_whatever_the_last_record_of_each_chain_is_found(links):
    into = {f"a:{at}": None if to is None or to == at else f"a:{to}" for at, to in enumerate(links)}
    with connect("duckdb://") as lab:
        frame = pd.DataFrame({"account_id": list(into), "merged_into_id": pd.Series(list(into.values()), dtype=object)})
        lab.write("accounts", frame, **LOADED)
        every = lab.table("accounts", all_rows=True).select("account_id", asked="account_id")
        found = lab.read(with_kept_ids(lab, every))
    assert dict(zip(found["asked"], found["account_id"], strict=True)) == {at: follow(into, at) for at in into}


def test_a_chain_of_forty_is_followed_to_its_end():
    ids = [f"a:{at}" for at in range(41)]
    with connect("duckdb://") as lab:
        lab.write("accounts", pd.DataFrame({"account_id": ids, "merged_into_id": [*ids[1:], None]}), **LOADED)
        every = lab.table("accounts", all_rows=True).select("account_id")
        assert set(lab.read(with_kept_ids(lab, every))["account_id"]) == {"a:40"}


@pytest.fixture(scope="module")
def lab():
    """One customer under three records, the oldest merged into the second and that into the third."""
    with connect("duckdb://") as opened:
        accounts = pd.DataFrame(
            {"account_id": ["a:1", "a:2", "a:3", "b:1"], "merged_into_id": ["a:2", "a:3", None, None]}
        )
        opened.write("accounts", accounts, **LOADED)
        owners = ["a:1", "a:2", "a:3", "b:1"]
        orders = pd.DataFrame({"order_id": [f"o:{who}" for who in owners], "account_id": owners})
        orders["ordered_at"] = [datetime(2026, 1, 5) + timedelta(days=30 * at) for at in range(4)]
        opened.write("orders", orders.assign(status="done", total=100.0, currency="JPY"), **LOADED)
        lines = pd.DataFrame({"line_id": [f"l:{who}" for who in owners], "order_id": [f"o:{who}" for who in owners]})
        opened.write("order_lines", lines.assign(product_id="p:1", quantity=1.0, total=100.0), **LOADED)
        yield opened


def test_value_segments_and_offers_count_the_same_customers(lab):
    value = read_purchase_counts(lab, as_of=DAY).set_index("account_id")["n_repeats"]
    segments = read_customers(lab, as_of=DAY).set_index("account_id")["n_orders"]
    offers = read_item_histories(lab, as_of=DAY).set_index("account_id")["n_0"]
    assert value.to_dict() == {"a:3": 2, "b:1": 0}
    assert segments.to_dict() == offers.to_dict() == {"a:3": 3, "b:1": 1}
