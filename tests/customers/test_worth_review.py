"""The review of value on the invented company: what was planted is found, and little reaches Python."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import (
    count_purchases,
    read_purchase_counts,
    read_purchases_by_month,
    read_purchases_since,
    read_running_contracts,
    review_value,
    try_review,
)
from saleslab.errors import BadArgument
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

DAY, LOADED = date(2026, 9, 30), datetime(2026, 11, 24)
READ = ("accounts", "orders", "order_lines")


@pytest.fixture(scope="module")
def company():
    return simulate(Scenario(seed=7, n_deals=2_000))


@pytest.fixture(scope="module")
def lab(company, tmp_path_factory):
    with connect(f"duckdb:///{tmp_path_factory.mktemp('value')}/lab.duckdb") as lab:
        for name in READ:
            lab.write(name, company.tables[name], source_system="test", loaded_at=LOADED)
        yield lab


@pytest.fixture(scope="module")
def review(lab):
    return review_value(lab, as_of=DAY, model="mbgnbd")


@pytest.fixture(scope="module")
def known(review, company):
    """Customers with what was planted."""
    return review.customers.merge(company.truth.customers, on="account_id")


def test_who_has_truly_left_has_the_lower_chance_and_the_lower_value(known):
    left = known["left_on"].notna() & (pd.to_datetime(known["left_on"]) < pd.Timestamp(DAY))
    several = known["n_repeats"] >= 2
    chance = known["chance_alive"][several]
    ranks = chance.rank()
    gone = left[several]
    auc = (ranks[~gone].sum() - (~gone).sum() * ((~gone).sum() + 1) / 2) / (gone.sum() * (~gone).sum())
    assert auc > 0.7
    assert known["value"][left].mean() < 0.7 * known["value"][~left].mean()


def test_forecast_purchases_rise_with_the_planted_rate(known):
    pieces = known[~known["is_contract"].astype(bool) & known["left_on"].isna()]
    assert pieces["purchases"].corr(pieces["orders_a_year"], method="spearman") > 0.4


def test_the_planted_renewal_of_contracts_is_found(review, company):
    planted = company.scenario.loyalty
    leaves = planted.leave_a / (planted.leave_a + planted.leave_b)
    first = 1 - review.contracts.running[1] / review.contracts.running[0]
    assert abs(first - leaves) < 3 * (leaves * (1 - leaves) / review.contracts.running[0]) ** 0.5


def test_a_forecast_of_the_day_before_holds_what_came(review):
    assert review.trial.came in review.trial.total
    assert review.trial.coverage >= 0.9
    last = review.tracks[-1]
    assert last.actual in last.forecast
    assert [one.day for one in review.tracks] == sorted(one.day for one in review.tracks)
    assert all(one.forecast.low <= one.forecast.high for one in review.tracks)


def test_slipping_is_a_chance_that_fell(review):
    slipping = review.customers[review.customers["is_slipping"]]
    assert (slipping["chance_before"] - slipping["chance_alive"] >= 0.1).all()
    assert (slipping["lost_value"] > 0).all()
    assert review.customers["value"].is_monotonic_decreasing


def test_counts_of_the_warehouse_are_those_of_pandas(lab, company):
    counted = read_purchase_counts(lab, as_of=DAY)
    orders = company.tables["orders"].to_pandas()
    local = pd.to_datetime(orders["ordered_at"]).dt.tz_localize("UTC").dt.tz_convert(lab.settings.timezone)
    plain = pd.DataFrame(
        {"account_id": orders["account_id"], "amount": orders["total"].astype(float),
         "ordered_at": local.dt.tz_localize(None)}
    ).dropna(subset=["account_id"])  # fmt: skip
    expected = count_purchases(plain, as_of=DAY, customer="account_id")
    names = ["n_repeats", "recency", "age", "spend_mean", "n_repeats_1", "age_2"]
    assert counted["account_id"].tolist() == expected["account_id"].tolist()
    assert np.allclose(counted[names].astype(float), expected[names].astype(float))


def test_a_won_deal_counts_where_no_order_names_a_customer(tmp_path):
    with connect(f"duckdb:///{tmp_path}/lab.duckdb") as lab:
        deals = pd.DataFrame(
            {
                "opportunity_id": ["d:1", "d:2", "d:3"],
                "account_id": ["a:1", "a:1", "a:2"],
                "is_won": [True, True, False],
                "closed_at": pd.to_datetime(["2026-02-01", "2026-03-01", "2026-03-05"]),
                "amount": [100.0, 50.0, 70.0],
            }
        ).assign(stage_id="s:1", is_closed=True, currency="JPY", created_at=datetime(2026, 1, 1))
        lab.write("opportunities", deals, source_system="test", loaded_at=LOADED)
        counted = read_purchase_counts(lab, as_of=DAY)
    assert counted[["account_id", "n_repeats", "spend_mean"]].to_dict("split")["data"] == [["a:1", 1, 50.0]]


def test_an_order_in_another_currency_counts_as_a_purchase_and_not_as_money():
    with connect("duckdb://") as lab:
        orders = pd.DataFrame(
            {
                "order_id": ["o:1", "o:2", "o:3"],
                "account_id": "a:1",
                "ordered_at": pd.to_datetime(["2026-02-01", "2026-03-01", "2026-04-01"]),
                "total": [100.0, 900.0, 50.0],
                "currency": ["JPY", "USD", "JPY"],
            }
        )
        lab.write("orders", orders, source_system="test", loaded_at=LOADED)
        counted = read_purchase_counts(lab, as_of=DAY)
    assert counted[["n_repeats", "spend_mean"]].to_dict("split")["data"] == [[2, 25.0]]


def test_what_came_since_adds_up_and_one_row_a_customer_or_month_reaches_python(lab):
    since = date(2025, 9, 30)
    before, after = (read_purchase_counts(lab, as_of=day) for day in (since, DAY))
    came = read_purchases_since(lab, since=since, as_of=DAY).set_index("account_id")["n_purchases"]
    repeats = after.set_index("account_id")["n_repeats"] - before.set_index("account_id")["n_repeats"]
    assert (came.reindex(before["account_id"]).fillna(0) == repeats.reindex(before["account_id"])).all()
    by_month = read_purchases_by_month(lab, known_by=since, as_of=DAY)
    assert by_month["n_purchases"].sum() == repeats.sum()
    assert len(by_month) <= 13


def test_where_there_is_nothing_the_page_gets_a_reason_and_no_contracts(tmp_path):
    with connect(f"duckdb:///{tmp_path}/lab.duckdb") as lab:
        review, gap = try_review(lab, as_of=DAY)
        assert review is None
        assert "both are empty" in gap.en
        assert read_running_contracts(lab, as_of=DAY, n_renewals=3) == []


def test_a_horizon_of_no_day_is_refused(lab):
    with pytest.raises(BadArgument, match=r"horizon is 0(.|\n)*Next: give whole days from 1"):
        review_value(lab, as_of=DAY, horizon=0)
