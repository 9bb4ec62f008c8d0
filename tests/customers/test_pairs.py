"""Pairs: the planted one is first, luck is pulled to 1, large baskets do not drown it, and what is rare is not told."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from baskets import AS_OF, write_company
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.customers import count_pairs, find_pairs, read_basket_counts
from saleslab.errors import BadArgument, NotEnoughData

SINCE = AS_OF - timedelta(days=365)
PAIR_COLUMNS = ["n_baskets", "weight", "squares", "n_later", "weight_later", "squares_later"]


def draw_baskets(*, n=3_000, seed=0, n_products=25, planted=True, large=0):
    """Baskets of 1 to 4 products by popularity; p:20 drags p:21 along; ``large`` baskets hold everything."""
    lot = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, n_products + 1)
    popularity /= popularity.sum()
    rows = []
    for basket in range(n):
        held = set(lot.choice(n_products, size=lot.integers(1, 5), replace=False, p=popularity).tolist())
        if planted and 20 in held and lot.random() < 0.6:
            held.add(21)
        rows += [(basket, product) for product in held]
    rows += [(n + basket, product) for basket in range(large) for product in range(n_products)]
    lines = pd.DataFrame(rows, columns=["basket", "product"])
    lines["item"] = "p:" + lines["product"].astype(str).str.zfill(2)
    lines["is_later"] = lines["basket"] % 2 == 1
    return lines


def count(lines):
    return count_pairs(lines, basket="basket", item="item", later="is_later")


@pytest.mark.requirement("L06")
def test_the_planted_pair_is_first_and_lasts():
    told = find_pairs(count(draw_baskets()))
    first = told.pairs.iloc[0]
    assert (first["first"], first["second"]) == ("p:20", "p:21")
    assert first["lift_low"] > 5
    assert bool(first["survived"])
    assert told.n_survived >= 1
    assert 0.5 < first["share_of_first"] < 0.75


@pytest.mark.requirement("L06")
def test_a_lift_below_the_support_is_hidden_and_counted():
    told = find_pairs(count(draw_baskets()), least=30)
    assert (told.pairs["n_baskets"] >= 30).all()
    assert told.n_hidden > 0
    every = find_pairs(count(draw_baskets()), least=2)
    assert len(every.pairs) > len(told.pairs)
    assert len(told.pairs) + told.n_hidden == len(every.pairs) + every.n_hidden


def test_among_products_drawn_by_popularity_alone_hardly_any_pair_is_sure():
    sure = told = 0
    for seed in range(6):
        answer = find_pairs(count(draw_baskets(seed=seed, planted=False, n_products=40)), least=2)
        sure, told = sure + answer.n_sure, told + len(answer.pairs)
    assert told > 1_500
    assert sure < 0.05 * told


def test_thirty_huge_baskets_do_not_make_everything_go_with_everything():
    told = find_pairs(count(draw_baskets(large=30)))
    first = told.pairs.iloc[0]
    assert (first["first"], first["second"]) == ("p:20", "p:21")
    others = told.pairs.iloc[1:]
    assert (others["lift_low"] > 1.5).mean() < 0.1


def test_the_order_of_lines_and_repeated_lines_change_nothing():
    lines = draw_baskets(n=600)
    mixed = pd.concat([lines, lines.head(200)]).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(find_pairs(count(mixed)).pairs, find_pairs(count(lines)).pairs)


def test_products_and_baskets_may_be_numbers_or_words_with_or_without_gaps():
    lines = draw_baskets(n=300)
    words = count(lines)
    for step, first in ((1, 0), (7, -40), (10**7, 5)):
        numbered = lines.assign(item=lines["product"] * step + first, basket=lines["basket"] * step + first)
        told = count(numbered)
        pd.testing.assert_frame_equal(told.pairs[PAIR_COLUMNS], words.pairs[PAIR_COLUMNS], rtol=1e-12)
        assert ("p:" + ((told.items["item"] - first) // step).astype(str).str.zfill(2)).tolist() == (
            words.items["item"].tolist()
        )
        assert (told.n_baskets, told.n_mixed) == (words.n_baskets, words.n_mixed)


@settings(max_examples=20)
@given(st.integers(0, 1_000))
def test_each_basket_counts_once_for_each_of_its_products(seed):
    lines = draw_baskets(n=80, seed=seed, n_products=8)
    counted = count_pairs(lines, basket="basket", item="item")
    size = lines.groupby("basket")["item"].size()
    in_mixed = lines[lines["basket"].map(size) > 1]["item"].value_counts()
    weight = (
        counted.pairs.groupby("first")["weight"]
        .sum()
        .add(counted.pairs.groupby("second")["weight"].sum(), fill_value=0)
    )
    np.testing.assert_allclose(weight.sort_index(), in_mixed.reindex(weight.index).sort_index(), rtol=1e-9)
    assert counted.n_mixed == (size > 1).sum()


def test_the_warehouse_counts_the_same_and_brings_no_line():
    lines = draw_baskets(n=500, n_products=12)
    day = np.where(
        lines["is_later"],
        np.datetime64(AS_OF) - np.timedelta64(10, "D"),
        np.datetime64(AS_OF) - np.timedelta64(500, "D"),
    )
    orders = lines.assign(
        order_id="o:" + lines["basket"].astype(str), account_id="a:1", day=day, product_id=lines["item"]
    )
    with write_company(orders) as lab:
        there = read_basket_counts(lab, as_of=AS_OF, since=SINCE)
    here = count(lines)
    pd.testing.assert_frame_equal(there.items, here.items, check_dtype=False)
    pd.testing.assert_frame_equal(there.pairs[["first", "second"]], here.pairs[["first", "second"]], check_dtype=False)
    np.testing.assert_allclose(there.pairs[PAIR_COLUMNS], here.pairs[PAIR_COLUMNS], atol=1e-9)
    assert (there.n_baskets, there.n_mixed) == (here.n_baskets, here.n_mixed)
    assert len(there.pairs) <= 12 * 11 / 2 < len(lines)


def test_many_products_are_counted_the_same_in_a_sparse_square(monkeypatch):
    lines = draw_baskets(n=400)
    dense = count(lines)
    monkeypatch.setattr("saleslab.customers.offers.pairs._MOST_DENSE", 3)
    sparse = count(lines)
    pd.testing.assert_frame_equal(sparse.pairs, dense.pairs)
    pd.testing.assert_frame_equal(sparse.items, dense.items)


def test_won_deals_tell_it_where_there_are_no_order_lines():
    from saleslab.warehouse import connect

    lines = draw_baskets(n=200, n_products=6)
    keys = [f"d:{basket}" for basket in lines["basket"].unique()]
    deals = pd.DataFrame(
        {
            "opportunity_id": keys,
            "account_id": "a:1",
            "stage_id": "s",
            "closed_at": pd.Timestamp("2026-09-01"),
            "created_at": pd.Timestamp("2026-08-01"),
            "is_closed": True,
            "is_won": [number % 4 > 0 for number in range(len(keys))],
        }
    )
    body = pd.DataFrame(
        {
            "line_id": [f"l:{number}" for number in range(len(lines))],
            "opportunity_id": "d:" + lines["basket"].astype(str),
            "product_id": lines["item"],
        }
    )
    with connect("duckdb://") as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
        lab.write("opportunity_lines", body, source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
        assert read_basket_counts(lab, as_of=AS_OF, since=SINCE).n_baskets == 150
        with pytest.raises(
            NotEnoughData, match=r"(?s)No line of an order or a won deal until 2026-08-15.*Next: import"
        ):
            read_basket_counts(lab, as_of=date(2026, 8, 15), since=SINCE)


def test_too_little_is_refused_with_what_to_do():
    lines = draw_baskets(n=40)
    with pytest.raises(
        NotEnoughData, match=r"(?s)baskets hold two products or more; 50 are needed.*Next: count by account"
    ):
        find_pairs(count(lines))
    with pytest.raises(NotEnoughData, match=r"(?s)hold no basket"):
        count(lines.head(0))
    with pytest.raises(NotEnoughData, match=r"(?s)1 lines name no basket or no product"):
        count(pd.concat([lines, lines.head(1).assign(item=None)]))
    with pytest.raises(BadArgument, match=r"(?s)seen 1 times is no pattern.*Next: give least=2"):
        find_pairs(count(draw_baskets()), least=1)
