"""Purchases are counted alike by pandas and by the warehouse, whatever the order of rows, and bad rows are named."""

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from histories import CDNOW, count_cdnow, invent_orders, needs_cdnow, read_cdnow

from saleslab.customers import count_purchases, group_purchases
from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.warehouse.frames import to_frame


def orders_of(*rows, **more):
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    return frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"], format="mixed"), **more)


def table_of(orders):
    return ibis.memtable(pa.Table.from_pandas(orders, preserve_index=False))


def read(table):
    return to_frame(table.to_pyarrow())


def row_of(counted, customer):
    return counted.set_index("customer_id").loc[customer]


@needs_cdnow
def test_the_published_summary_of_cdnow_is_counted():
    counted = count_cdnow()
    published = pd.read_csv(CDNOW / "cdnow_customers_summary.csv")
    assert (len(counted), counted["n_repeats"].sum()) == (2357, 2457)
    assert counted["n_repeats"].tolist() == published["frequency"].tolist()
    assert np.abs(counted["recency"].to_numpy() - published["recency"].to_numpy()).max() < 0.0051
    assert np.abs(counted["age"].to_numpy() - published["T"].to_numpy()).max() < 0.0051
    assert len(group_purchases(counted)) == 1016
    assert count_cdnow("1998-06-30")["n_repeats"].sum() - counted["n_repeats"].sum() == 1882


def test_orders_of_one_day_are_one_purchase_and_later_ones_do_not_count():
    orders = orders_of(
        ("a", "2026-01-01 09:00", 10), ("a", "2026-01-01 17:00", 5), ("a", "2026-01-11", 20), ("a", "2026-02-11", 99)
    )
    one = row_of(count_purchases(orders, as_of="2026-01-31", unit="D"), "a")
    assert (one["n_repeats"], one["recency"], one["age"], one["spend_mean"], one["spend_first"]) == (1, 10, 30, 20, 15)


def test_a_refund_is_no_purchase_and_lowers_what_was_spent():
    orders = orders_of(
        ("a", "2026-01-01", 10), ("a", "2026-01-11", 30), ("a", "2026-01-20", -12), ("b", "2026-01-05", 8)
    )
    counted = count_purchases(orders, as_of="2026-01-31", unit="D")
    assert (row_of(counted, "a")["n_repeats"], row_of(counted, "a")["spend_mean"]) == (1, 18)
    refunded = orders_of(("a", "2026-01-01", 10), ("a", "2026-01-11", -10))
    assert row_of(count_purchases(refunded, as_of="2026-01-31"), "a")["spend_first"] == 0


def test_a_customer_known_only_by_refunds_is_left_out():
    orders = orders_of(("a", "2026-01-01", 10), ("b", "2026-01-02", -10))
    assert count_purchases(orders, as_of="2026-01-31")["customer_id"].tolist() == ["a"]
    assert count_purchases(table_of(orders), as_of="2026-01-31").to_pyarrow()["customer_id"].to_pylist() == ["a"]
    with pytest.raises(NotEnoughData, match=r"refunds(.|\n)*Next: import the purchases"):
        count_purchases(orders.tail(1), as_of="2026-01-31")


@pytest.mark.parametrize("unit", ["D", "W", "M"])
def test_the_warehouse_counts_as_pandas_does(unit):
    orders = invent_orders(150, seed=3)
    orders = pd.concat([orders, orders.head(40).assign(amount=-3.5), orders.tail(20)])
    here = count_purchases(orders, as_of="2026-01-15", unit=unit)
    table = count_purchases(table_of(orders), as_of="2026-01-15", unit=unit)
    pd.testing.assert_frame_equal(here, read(table), check_dtype=False, rtol=1e-9)
    groups = read(group_purchases(table))
    pd.testing.assert_frame_equal(group_purchases(here), groups, check_dtype=False, rtol=1e-9)
    assert groups["n_customers"].sum() == len(here)


def test_what_was_known_at_past_days_is_what_a_count_then_would_have_said():
    orders = invent_orders(200, seed=4)
    now = count_purchases(orders, as_of="2025-12-31", unit="D")
    days = (pd.Timestamp("2025-12-31") - orders["ordered_at"].min()).days
    for at, share in ((1, 0.25), (2, 0.375), (3, 0.5)):
        origin = pd.Timestamp("2025-12-31") - pd.Timedelta(days=round(share * days))
        then = count_purchases(orders, as_of=origin, unit="D").set_index("customer_id")
        known = now[now[f"age_{at}"] > 0].set_index("customer_id")
        for name in ("n_repeats", "recency", "age"):
            assert known[f"{name}_{at}"].tolist() == then.loc[known.index, name].tolist()


def test_neither_the_order_of_rows_nor_the_names_of_customers_change_a_count():
    orders = invent_orders(120, seed=5)
    counted = count_purchases(orders, as_of="2026-01-15")
    shuffled = count_purchases(orders.sample(frac=1, random_state=1), as_of="2026-01-15")
    pd.testing.assert_frame_equal(counted, shuffled, check_exact=True)
    names = {name: f"z{at:04d}" for at, name in enumerate(np.random.default_rng(0).permutation(counted["customer_id"]))}
    renamed = count_purchases(orders.assign(customer_id=orders["customer_id"].map(names)), as_of="2026-01-15")
    back = renamed.set_index("customer_id").loc[[names[name] for name in counted["customer_id"]]]
    pd.testing.assert_frame_equal(counted.drop(columns="customer_id"), back.reset_index(drop=True), check_exact=True)


def test_no_cell_of_a_count_is_missing_or_infinite():
    counted = count_purchases(invent_orders(80, seed=6), as_of="2025-06-30").drop(columns="customer_id")
    assert np.isfinite(counted.to_numpy(dtype=float)).all()


def test_all_that_is_wrong_with_orders_is_said_at_once():
    orders = orders_of(("a", "2026-01-01", 10), (None, "2026-01-01", 10), ("b", None, 10), ("c", "2026-01-01", np.nan))
    orders["currency"] = ["JPY", "JPY", "USD", "JPY"]
    told = r"customer_id is missing \(1 rows\); ordered_at is missing \(1 rows\); "
    told += r"amount is missing or infinite \(1 rows\); amounts are in 2 currencies(.|\n)*Next: leave out or complete"
    with pytest.raises(TableError, match=told):
        count_purchases(orders, as_of="2026-01-31")
    with pytest.raises(TableError, match=told):
        count_purchases(table_of(orders), as_of="2026-01-31")


@pytest.mark.parametrize("of", [lambda orders: orders, table_of])
def test_nobody_who_bought_is_no_count(of):
    orders = of(orders_of(("a", "2026-03-01", 10)))
    with pytest.raises(NotEnoughData, match=r"Nobody bought until 2026-01-31(.|\n)*Next: import earlier orders"):
        count_purchases(orders, as_of="2026-01-31")


def test_text_that_is_no_date_and_no_number_is_counted_and_never_shown():
    orders = pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": ["2026-01-05", "Sato-san"], "amount": ["ten", "5"]})
    told = r"ordered_at is no date \(1 rows\); amount is no number \(1 rows\)(.|\n)*Next: leave out or complete"
    with pytest.raises(TableError, match=told) as refused:
        count_purchases(orders, as_of="2026-01-31")
    assert "Sato" not in str(refused.value)
    with pytest.raises(TableError, match=r"ordered_at is no date \(1 rows\)"):
        count_purchases(orders.assign(ordered_at=["soon", "2026-01-05"], amount=1), as_of="2026-01-31")
    mixed = orders.assign(ordered_at=["2026-01-05", "2026-01-06T10:00:00"], amount=1)
    assert len(count_purchases(mixed, as_of="2026-01-31")) == 2
    with pytest.raises(BadArgument, match=r"as_of is 'soon', which is no day(.|\n)*Next: give the last day"):
        count_purchases(orders, as_of="soon")


def test_a_missing_column_and_an_unknown_unit_are_named():
    orders = orders_of(("a", "2026-03-01", 10))
    with pytest.raises(TableError, match="no column 'net'"):
        count_purchases(orders, as_of="2026-01-31", amount="net")
    with pytest.raises(BadArgument, match=r"unit is 'week'(.|\n)*give one of D, W, M, Y"):
        count_purchases(orders, as_of="2026-01-31", unit="week")


@needs_cdnow
def test_the_warehouse_counts_cdnow_as_pandas_does():
    lazy = read(count_purchases(table_of(read_cdnow()), as_of="1997-09-30"))
    pd.testing.assert_frame_equal(count_cdnow(), lazy, check_dtype=False, rtol=1e-9)
