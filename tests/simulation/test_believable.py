"""What a sales manager would look at first, and the ranges in which nothing would make her laugh."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from saleslab.simulation import Company, Scenario, simulate

HOURS = pd.Timedelta(hours=9)


@pytest.fixture(scope="module", params=[7, 8, 9])
def firm(request: pytest.FixtureRequest, company: Company) -> Company:
    return company if request.param == 7 else simulate(Scenario(seed=request.param))


def days_between(frame: pd.DataFrame, start: str, end: str) -> pd.Series:
    return (frame[end] - frame[start]).dt.total_seconds() / 86_400


def test_one_new_deal_in_four_is_won_and_customers_buy_more_readily(firm: Company) -> None:
    deals = firm.frame("opportunities")
    rate = deals[deals["is_closed"]].groupby("type")["is_won"].mean()
    assert 0.18 < rate["new"] < 0.35
    assert 0.45 < rate["expansion"] < 0.70
    assert 0.78 < rate["renewal"] < 0.95


def test_won_deals_take_one_to_four_months(firm: Company) -> None:
    deals = firm.frame("opportunities")
    won = deals[deals["is_won"] & (deals["type"] == "new")]
    days = days_between(won, "created_at", "closed_at")
    assert 60 < days.median() < 110
    assert days.quantile(0.05) > 30
    assert days.quantile(0.95) < 200


def test_amounts_look_like_invoices_of_a_mid_sized_seller(firm: Company) -> None:
    deals = firm.frame("opportunities")
    amount = deals.loc[deals["is_won"] & (deals["type"] == "new"), "amount"].astype(float)
    assert 0.8e6 < amount.median() < 2.5e6
    assert 1.2 < amount.mean() / amount.median() < 2.5
    assert amount.max() < 120e6
    prices = firm.frame("prices")
    assert all(price % 100 == 0 for price in prices["unit_price"])
    orders = firm.frame("orders")
    assert 0.35 < orders["margin"].sum() / orders["total"].sum() < 0.7


def test_appointers_call_all_day_and_closers_visit(firm: Company) -> None:
    activities, users = firm.frame("activities"), firm.frame("users").set_index("user_id")
    n_days = np.busday_count(firm.scenario.start, firm.scenario.end) * 0.95
    people = users["role"].value_counts()
    counts = activities.groupby([activities["user_id"].map(users["role"]), "type"]).size() / n_days
    per_day = counts.div(people.reindex(counts.index.get_level_values(0)).to_numpy())
    assert 18 < per_day["appointer", "call"] < 45
    assert 7 < per_day["inside"].sum() < 35
    assert 2.5 < 5 * per_day["closer", "visit"] < 15
    assert 3 < per_day["closer"].sum() < 15
    assert ("appointer", "visit") not in per_day.index


def test_one_call_in_five_reaches_somebody_and_few_at_noon(firm: Company) -> None:
    activities = firm.frame("activities")
    calls = activities[(activities["type"] == "call") & activities["lead_id"].notna()]
    hour = (calls["at"] + HOURS).dt.hour
    rate = calls["connected"].astype(bool).groupby(hour).mean()
    assert 0.15 < calls["connected"].mean() < 0.30
    assert rate.idxmin() == 12
    talk = calls.loc[calls["connected"].astype(bool), "duration_sec"].median()
    assert 90 < talk < 400


def test_sources_differ_as_everybody_knows(firm: Company) -> None:
    leads = firm.frame("leads")
    rate = leads["qualified_at"].notna().groupby(leads["source"]).mean()
    assert rate["紹介"] > rate["問い合わせ"] > rate["資料請求"] > rate["架電リスト"]
    assert 0.05 < leads["qualified_at"].notna().mean() < 0.12
    hours = days_between(leads, "created_at", "first_touch_at") * 24
    assert hours[leads["source"] == "問い合わせ"].median() < 24
    assert 0.01 < leads["first_touch_at"].isna().mean() < 0.05


def test_half_of_the_people_miss_their_quota_by_a_little(firm: Company) -> None:
    targets, orders = firm.frame("targets"), firm.frame("orders")
    day = (orders["ordered_at"] + HOURS).dt.date
    own = targets[(targets["metric_id"] == "won_amount") & (targets["scope_type"] == "user")]
    totals = orders["total"].astype(float)
    done = [
        totals[(orders["owner_id"] == user) & (day >= first) & (day <= last)].sum()
        for user, first, last in zip(own["scope_id"], own["period_start"], own["period_end"], strict=True)
    ]
    attained = np.array(done) / own["target"]
    assert 0.75 < np.median(attained) < 1.0
    assert 0.2 < (attained >= 1).mean() < 0.5
    assert 5e6 < own["target"].median() < 40e6
    company_goals = targets[(targets["metric_id"] == "won_amount") & (targets["scope_type"] == "company")]
    whole = [
        totals[(day >= first) & (day <= last)].sum()
        for first, last in zip(company_goals["period_start"], company_goals["period_end"], strict=True)
    ]
    assert 0.8 < np.median(np.array(whole) / company_goals["target"]) < 1.2


def test_the_open_pipeline_is_alive_and_a_little_neglected(firm: Company) -> None:
    deals = firm.frame("opportunities")
    pipeline = deals[~deals["is_closed"]]
    end = pd.Timestamp(firm.scenario.end)
    age = (end - pipeline["created_at"]).dt.days
    overdue = pd.to_datetime(pipeline["expected_close_date"]) < end
    assert 0.03 < len(pipeline) / len(deals) < 0.12
    assert 20 < age.median() < 70
    assert 0.03 < overdue.mean() < 0.30
    assert pipeline["stage_id"].nunique() == 8
    slips = firm.frame("field_events").query("field == 'close_date'").groupby("object_id").size()
    assert 0.15 < len(slips) / len(deals) < 0.6
    assert slips.max() >= 3


def test_the_pipeline_at_the_end_is_like_that_of_a_year_before(firm: Company) -> None:
    """Deals open at the end come from the process that made all others: no pile, no gap."""
    deals = firm.frame("opportunities")

    def n_open(day: pd.Timestamp) -> int:
        closed = deals["closed_at"].fillna(pd.Timestamp("2100-01-01"))
        return int(((deals["created_at"] <= day) & (closed > day)).sum())

    end = pd.Timestamp(firm.scenario.end)
    assert 0.7 < n_open(end) / n_open(end - pd.DateOffset(years=1)) < 1.5


def test_march_and_september_are_the_busy_months(large: Company) -> None:
    deals = large.frame("opportunities")
    won = deals[deals["is_won"] & (deals["type"] == "new") & (deals["closed_at"] >= pd.Timestamp("2024-04-01"))]
    local = won["closed_at"] + HOURS
    months = large.truth.months
    years = months[months["month"] >= "2024-04-01"]["month"].dt.month.value_counts()
    per_month = (local.dt.month.value_counts() / years).sort_values(ascending=False)
    assert set(per_month.index[:2]) == {3, 9}
    last_week = local.dt.day >= 24
    assert last_week.mean() > 0.35


def test_yearly_orders_grow_moderately(firm: Company) -> None:
    orders = firm.frame("orders")
    fiscal = (orders["ordered_at"] + HOURS - pd.DateOffset(months=3)).dt.year
    totals = orders["total"].astype(float).groupby(fiscal).sum()
    assert 0.85 < totals[2025] / totals[2024] < 1.5
    assert 0.5e9 < totals[2025] < 2.5e9


def test_lost_deals_say_why_and_open_ones_do_not(firm: Company) -> None:
    deals = firm.frame("opportunities")
    lost = deals["is_closed"] & ~deals["is_won"]
    assert deals.loc[lost, "lost_reason"].notna().all()
    assert deals.loc[~lost, "lost_reason"].isna().all()
    beaten = deals["lost_reason"] == "競合に敗れた"
    assert beaten.any()
    assert deals.loc[beaten, "competitor"].notna().all()
    price = (deals["lost_reason"] == "価格").sum() / lost.sum()
    assert 0.08 < price < 0.40


def test_people_fill_the_roles_of_a_sales_division(firm: Company) -> None:
    users = firm.frame("users")
    assert len(users) == 35
    assert users["role"].value_counts().to_dict() == {
        "closer": 9,
        "appointer": 8,
        "outside": 6,
        "inside": 5,
        "manager": 4,
        "cs": 3,
    }
    assert 0.75 < users["is_active"].mean() < 1.0
    heads = set(users.loc[users["role"] == "manager", "user_id"])
    assert set(users["manager_id"].dropna()) <= heads
    assert users["manager_id"].isna().sum() == 1


def test_printers_are_followed_by_label_paper(firm: Company) -> None:
    lines = firm.frame("order_lines").merge(firm.frame("products"), on="product_id")
    baskets = lines.groupby("order_id")["code"].agg(set)
    printers = baskets[baskets.map(lambda codes: "LP-1" in codes)]
    with_labels = printers.map(lambda codes: "LB-1" in codes).mean()
    others = baskets[baskets.map(lambda codes: "LP-1" not in codes)].map(lambda codes: "LB-1" in codes).mean()
    assert with_labels > 0.6
    assert others < 0.3
