"""Customers are counted and scored where their orders are, and the warehouse gives what pandas gives."""

from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_company import BEST, invent_orders, write_company

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.segmentation import find_cuts, read_customers, read_market, score_rfm, score_rfm_lazily, segment_customers
from saleslab.segmentation.inputs import assign_lazily, find_customers, has_customers, read_margin_rate
from saleslab.warehouse import connect
from saleslab.warehouse.frames import to_frame

AS_OF = date(2026, 9, 30)
LAST_YEAR = date(2025, 9, 30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('segments')}/lab.duckdb"
    write_company(address)
    with connect(address, read_only=True) as lab:
        yield lab


def by_hand(day, horizon=365):
    """Count the same orders with pandas, on the company's own days."""
    orders = invent_orders()
    at = (orders["ordered_at"] + pd.Timedelta(hours=9)).dt.normalize()
    orders, day = orders.assign(day=at), pd.Timestamp(day)
    past = orders[orders["day"] <= day]
    later = orders[(orders["day"] > day) & (orders["day"] <= day + pd.Timedelta(days=horizon))]
    recent = past[past["day"] > day - pd.Timedelta(days=horizon)]
    counted = past.groupby("account_id").agg(latest=("day", "max"), n_orders=("day", "nunique"), spend=("total", "sum"))
    counted["days_since"] = (day - counted["latest"]).dt.days
    for name, rows in (("value", recent), ("value_next", later)):
        counted[name] = rows.groupby("account_id")["total"].sum().reindex(counted.index).fillna(0)
    return counted


def test_every_customer_is_counted_as_by_hand_and_scored_as_in_pandas(lab):
    found = read_customers(lab, as_of=LAST_YEAR).set_index("account_id")
    expected = by_hand(LAST_YEAR)
    for name in ("days_since", "n_orders", "spend", "value", "value_next"):
        assert found[name].tolist() == expected[name].tolist(), name
    scored = score_rfm(found.reset_index(), customer="account_id")
    assert scored["rfm"].tolist() == found["rfm"].tolist()
    assert set(found.loc[found.index.str.startswith("a:heavy"), "size"]) == {"large"}


def test_cut_points_of_one_day_score_another_day_alike(lab):
    cuts = find_cuts(read_customers(lab, as_of=LAST_YEAR), customer="account_id")
    later = read_customers(lab, as_of=AS_OF, cuts=cuts)
    assert score_rfm(later, cuts=cuts, customer="account_id")["rfm"].tolist() == later["rfm"].tolist()


def test_one_row_a_customer_reaches_python(lab):
    before = lab.rows_read
    customers = read_customers(lab, as_of=AS_OF)
    assert lab.rows_read - before <= len(customers) + 2
    assert len(customers) < 0.05 * len(invent_orders()) * 2


def test_refunds_lower_spend_and_are_no_purchase_and_foreign_money_counts_as_none():
    rows = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4", "5"],
            "account_id": ["a", "a", "a", "b", None],
            "ordered_at": [datetime(2026, 1, day, 3) for day in (5, 5, 9, 20, 21)],
            "total": [100.0, 50.0, -30.0, 70.0, 9.0],
            "currency": ["JPY", "JPY", "JPY", "USD", "JPY"],
        }
    )
    with connect("duckdb://") as lab:
        lab.write("orders", rows, source_system="test", loaded_at=datetime(2026, 2, 1))
        found = read_customers(lab, as_of=date(2026, 1, 31)).set_index("account_id")
        early = read_customers(lab, as_of=date(2026, 1, 6)).set_index("account_id")
    assert found.loc["a", ["n_orders", "days_since", "spend"]].tolist() == [1, 26, 120.0]
    assert found.loc["b", ["n_orders", "spend"]].tolist() == [1, 0.0]
    assert early.loc["a", ["spend", "value_next", "n_next"]].tolist() == [150.0, -30.0, 0]
    assert set(found["industry"]) == {"unknown"}


def test_won_deals_stand_in_where_there_are_no_orders():
    deals = pd.DataFrame(
        {
            "opportunity_id": ["1", "2", "3"],
            "account_id": ["a", "a", "b"],
            "stage_id": "s",
            "amount_base": [10.0, 20.0, 99.0],
            "created_at": datetime(2025, 12, 1),
            "closed_at": [datetime(2026, 1, day, 3) for day in (5, 9, 9)],
            "is_closed": True,
            "is_won": [True, True, False],
        }
    )
    with connect("duckdb://") as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 2, 1))
        found = read_customers(lab, as_of=date(2026, 1, 31))
        assert read_margin_rate(lab, as_of=AS_OF) is None
    assert found[["account_id", "n_orders", "spend"]].to_numpy().tolist() == [["a", 2, 30.0]]


def test_nobody_yet_is_said_and_not_an_empty_table(lab):
    assert not has_customers(lab, as_of=date(2015, 1, 1))
    with pytest.raises(NotEnoughData, match=r"(?s)Nobody had bought by 2015-01-01.*Next: choose a later day"):
        read_customers(lab, as_of=date(2015, 1, 1))
    with connect("duckdb://") as empty, pytest.raises(NotEnoughData, match=r"(?s)need orders.*Next: map the account"):
        read_customers(empty, as_of=AS_OF)


@pytest.mark.requirement("L01")
def test_the_market_counts_companies_that_have_bought_nothing(lab):
    deals, market, n_left = read_market(lab, as_of=AS_OF)
    assert market["n_companies"].tolist() == [60, 60, 60, 60]
    assert (len(deals), n_left) == (480, 0)
    assert deals.groupby("segment")["is_won"].mean().idxmax() == BEST
    assert read_margin_rate(lab, as_of=AS_OF) == pytest.approx(0.4)
    with pytest.raises(BadArgument, match=r"(?s)by is 'region'.*Next: give industry or size"):
        read_market(lab, as_of=AS_OF, by="region")


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=30))
def test_scores_of_the_warehouse_are_those_of_pandas_whatever_the_ties(rows):
    frame = pd.DataFrame(rows, columns=["days_since", "n_orders", "spend"]).assign(customer_id=range(len(rows)))
    table = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    for cuts in (None, find_cuts(frame, n_scores=3)):
        there = to_frame(score_rfm_lazily(table, n_scores=3, cuts=cuts).order_by("customer_id").to_pyarrow())
        assert there["rfm"].tolist() == score_rfm(frame, n_scores=3, cuts=cuts)["rfm"].tolist()


def test_a_summary_of_purchases_is_scored_alike_too():
    lot = np.random.default_rng(2)
    repeats, n = lot.poisson(1.0, 200), 200
    summary = pd.DataFrame(
        {
            "customer_id": range(n), "n_repeats": repeats, "age": lot.integers(20, 60, n).astype(float),
            "recency": np.where(repeats > 0, 7.0, 0.0), "spend_mean": np.where(repeats > 0, 12.5, 0.0),
            "spend_first": lot.integers(1, 9, n) * 10.0,
        }
    )  # fmt: skip
    table = ibis.memtable(pa.Table.from_pandas(summary, preserve_index=False))
    there = to_frame(score_rfm_lazily(table).order_by("customer_id").to_pyarrow())
    assert there["rfm"].tolist() == score_rfm(summary)["rfm"].tolist()


def test_a_missing_measure_has_no_score_and_leaves_the_others_as_they_are():
    frame = pd.DataFrame({"days_since": [1.0, 2.0, None], "n_orders": [1, 2, 3], "spend": [1.0, np.inf, 3.0]})
    table = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    there = to_frame(score_rfm_lazily(table, n_scores=2).order_by("n_orders").to_pyarrow())
    assert there["recency_score"].astype("Int64").tolist() == [2, 1, pd.NA]
    assert there["spend_score"].astype("Int64").tolist() == [1, pd.NA, 2]


def test_a_column_that_would_be_overwritten_is_refused(lab):
    frame = read_customers(lab, as_of=AS_OF)
    with pytest.raises(BadArgument, match=r"(?s)called 'rfm', as is one of the scores.*Next: rename it"):
        score_rfm(frame.drop(columns="account_id"), customer="rfm")
    scored = score_rfm_lazily(find_customers(lab, as_of=AS_OF))
    with pytest.raises(BadArgument, match=r"(?s)columns called recency_score.*Next: rename them, or drop"):
        score_rfm_lazily(scored)
    rule = segment_customers(frame, method="kmeans", by=["spend_score"], k=2, seed=1).rule
    with pytest.raises(BadArgument, match=r"(?s)column called 'segment'.*Next: rename it, or drop it"):
        assign_lazily(scored.mutate(segment=1), rule)
