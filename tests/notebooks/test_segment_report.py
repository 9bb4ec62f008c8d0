"""The report on segments: planted kinds are told with verdict, value, play and doubts; without data, nothing is."""

import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of
from segment_company import BEST, write_company

from saleslab.segmentation import tabulate_moves
from saleslab.warehouse import connect

CDNOW = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"


@pytest.fixture(scope="module")
def space():
    """What the cells named."""
    return {}


@pytest.fixture(scope="module")
def blocks(tmp_path_factory, space):
    address = f"duckdb:///{tmp_path_factory.mktemp('segments')}/lab.duckdb"
    write_company(address)
    return run_cells("customer_segments", space, db=address)


def test_the_verdict_comes_first_and_the_planted_kind_leads(blocks):
    head = blocks[0]
    assert head.kind == "headline"
    assert "natural groups" in head.status.en
    assert "Frequent buyers, big spenders" in head.answer.en
    assert "25 % of the customers and brought 97 % of the money" in head.answer.en


def test_every_segment_is_a_card_with_value_play_and_what_it_must_bring(blocks):
    (cards,) = of_kind(blocks, "worklist")
    first = cards.tasks[0]
    assert first.whom.ja == "購入回数が多い・購入額が大きい"
    assert {"Customers", "Value now", "Value next", "Owner", "Cost", "Rise of that share"} <= {
        label.en for label, _ in first.facts
    }
    assert any("orders:" in one.en for one in first.pros)
    assert cards.tasks[-1].action.en == "No play: leave alone"


@pytest.mark.requirement("L01")
def test_the_planted_best_industry_is_to_be_looked_for_first(blocks):
    market = next(block for block in of_kind(blocks, "figure") if block.name == "market")
    assert market.data.rows[0][0].ja == BEST
    (advice,) = (block for block in of_kind(blocks, "finding") if block.name == "do_look")
    assert BEST in advice.action.ja


def test_moves_and_what_is_at_stake_are_shown(blocks, space):
    names = [block.name for block in of_kind(blocks, "figure")]
    assert names == ["map", "split", "migration", "rfm", "market", "stability"]
    assert space["review"].migration.n_customers == 240
    assert "at_stake" in {block.name for block in of_kind(blocks, "kpi")}


@pytest.mark.requirement("M05")
def test_the_money_is_shown_by_segment_and_adds_up_to_the_company(blocks, space):
    (table,) = (block for block in of_kind(blocks, "table") if block.name == "by_segment")
    assert [row[0].en for row in table.data.rows] == [
        *(one.name.en for one in space["review"].profiles),
        "Others",
        "All",
    ]
    assert "segments add up to the company" in table.caption.en
    assert f"agree to {space['review'].split.stability:.2f}" in table.caption.en


def test_no_customer_is_named(blocks):
    said = words_of(blocks) + str([block.to_json() for block in blocks])
    assert "会社0" not in said
    assert "a:heavy" not in said


def test_a_company_without_customers_is_told_what_to_import(tmp_path):
    address = f"duckdb:///{tmp_path}/none.duckdb"
    deals = pd.DataFrame(
        {"opportunity_id": ["o:1"], "stage_id": "open", "created_at": [datetime(2026, 9, 2)], "is_closed": False,
         "is_won": False}
    )  # fmt: skip
    with connect(address) as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 10, 1))
    said = words_of(run_cells("customer_segments", db=address))
    assert "[warn] No segments" in said
    assert "import orders that name their account, or won deals" in said


def test_a_few_customers_are_no_segments_and_their_money_is_still_shown(tmp_path):
    address = f"duckdb:///{tmp_path}/few.duckdb"
    orders = pd.DataFrame(
        {"order_id": [f"o:{at}" for at in range(30)], "account_id": [f"a:{at % 12}" for at in range(30)],
         "ordered_at": [datetime(2026, 1 + at % 9, 5) for at in range(30)], "total": 100.0, "currency": "JPY"}
    )  # fmt: skip
    with connect(address) as lab:
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 10, 1))
    blocks = run_cells("customer_segments", db=address)
    said = words_of(blocks)
    assert "[warn] No segments" in said
    assert "12 customers with" in said
    assert [block.name for block in of_kind(blocks, "figure")] == ["rfm"]


@pytest.mark.parametrize("n", [1, 60])
def test_one_customer_or_customers_who_are_all_the_same_are_no_segments_and_still_a_page(tmp_path, n):
    address = f"duckdb:///{tmp_path}/same.duckdb"
    days = [datetime(2025, 1, 5), datetime(2026, 1, 5)]
    orders = pd.DataFrame([(f"a:{at}", day) for at in range(n) for day in days], columns=["account_id", "ordered_at"])
    orders = orders.assign(order_id=[f"o:{at}" for at in range(2 * n)], total=100.0, currency="JPY")
    with connect(address) as lab:
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 10, 1))
    said = words_of(run_cells("customer_segments", db=address, as_of="2026-09-30"))
    assert "[warn] No segments" in said
    assert "with 1 different combinations of values are too few" in said


def test_orders_of_no_amount_are_cut_and_nothing_is_said_to_be_at_stake(tmp_path):
    """Samples and deliveries under warranty: nobody spends, and where all segments are worth 0, nobody moves."""
    address, lot = f"duckdb:///{tmp_path}/zero.duckdb", np.random.default_rng(1)
    owner = np.repeat(np.arange(150), lot.integers(1, 6, 150))
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(lot.integers(0, 1_000, len(owner)), unit="D")
    orders = pd.DataFrame({"account_id": [f"a:{one}" for one in owner], "ordered_at": at, "total": 0.0})
    orders = orders.assign(order_id=[f"o:{one}" for one in range(len(orders))], currency="JPY")
    with connect(address) as lab:
        lab.write("orders", orders, source_system="test", loaded_at=datetime(2026, 10, 1))
    space = {}
    blocks = run_cells("customer_segments", space, db=address, as_of="2026-09-30")
    said = words_of(blocks) + str([block.to_json() for block in blocks])
    assert tabulate_moves(space["review"]).empty
    assert "migration" in {block.name for block in of_kind(blocks, "figure")}
    assert not re.search(r"\b(nan|inf|None)\b", words_of(blocks), re.IGNORECASE)
    assert "Infinity" not in said


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not CDNOW.is_file(), reason=f"the public sample is not at {CDNOW}")
def test_real_buyers_of_records_are_cut_and_nobody_is_promised_groups(tmp_path):
    address = f"duckdb:///{tmp_path}/cdnow.duckdb"
    names = ["master_id", "id", "day", "n_cds", "dollars"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", names=names, dtype={"id": str, "day": str})
    orders = pd.DataFrame(
        {
            "order_id": [f"o:{at}" for at in range(len(rows))],
            "account_id": "c:" + rows["id"],
            "ordered_at": pd.to_datetime(rows["day"], format="%Y%m%d") + pd.Timedelta(hours=3),
            "total": rows["dollars"],
            "currency": "USD",
        }
    )
    with connect(address) as lab:
        lab.change_settings(currency="USD")
        lab.write("orders", orders, source_system="cdnow", loaded_at=datetime(1998, 7, 1))
    space = {}
    blocks = run_cells("customer_segments", space, db=address, horizon=273, visit_cost=0.0, call_cost=1.0)
    review = space["review"]
    assert (len(review.customers), review.learned_on.isoformat()) == (2357, "1997-09-30")
    assert review.choice.verdict == "constructed"
    assert review.count.value_explained > 0.05, "and yet a cut by past purchases tells something of later ones"
    assert "$" in words_of(blocks)
    assert sum(one.value_next.estimate for one in review.profiles if one.value_next) > 0
