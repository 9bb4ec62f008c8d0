"""The tables of an invented company keep what the canonical model declares, and agree with each other to the yen."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleslab.errors import TableError
from saleslab.simulation import (
    Company,
    Defects,
    LeadFlow,
    Overdispersion,
    RepEffects,
    Scenario,
    Season,
    simulate,
)
from saleslab.simulation.columns import ARROW_TYPES
from saleslab.tables import CANONICAL

NOT_OF_A_COMPANY = {"snapshots", "model_runs"}


def digest(company: Company) -> str:
    total = hashlib.sha256()
    for name, table in company.tables.items():
        total.update(name.encode())
        with pa.BufferOutputStream() as sink:  # type: ignore[attr-defined]
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())
            total.update(sink.getvalue())
    return total.hexdigest()


def problems_of(company: Company) -> list[str]:
    """Return every place where a table breaks its declaration."""
    found = []
    for name, table in company.tables.items():
        declared = CANONICAL[name]
        for column in declared.columns:
            values, place = table[column.name], f"{name}.{column.name}"
            if values.type != ARROW_TYPES[column.kind]:
                found.append(f"{place} is {values.type}")
            if column.required and values.null_count:
                found.append(f"{place} is required and missing in {values.null_count}")
            known = values.drop_null()
            if column.choices and not pc.all(pc.is_in(known, value_set=pa.array(column.choices)), min_count=0).as_py():
                found.append(f"{place} holds other choices")
            if column.minimum is not None and len(known) and pc.min(known).as_py() < column.minimum:
                found.append(f"{place} is below its minimum")
            if column.maximum is not None and len(known) and pc.max(known).as_py() > column.maximum:
                found.append(f"{place} is above its maximum")
            if column.refers_to:
                target, key = column.refers_to.split(".")
                if not pc.all(pc.is_in(known, value_set=company.tables[target][key]), min_count=0).as_py():
                    found.append(f"{place} points nowhere")
        keys = table.select(list(declared.key))
        if keys.group_by(list(declared.key)).aggregate([]).num_rows != table.num_rows:
            found.append(f"{name} has repeated keys")
        if any(keys[key].null_count for key in declared.key):
            found.append(f"{name} has missing keys")
    return found


def test_every_canonical_table_that_describes_a_company_is_filled(company: Company) -> None:
    assert set(CANONICAL) - set(company.tables) == NOT_OF_A_COMPANY
    assert [name for name, table in company.tables.items() if not table.num_rows] == []


def test_every_column_is_declared_in_order(company: Company) -> None:
    for name, table in company.tables.items():
        assert table.column_names == [column.name for column in CANONICAL[name].columns]


def test_tables_keep_their_declaration(company: Company) -> None:
    assert problems_of(company) == []


@pytest.mark.parametrize("n_deals", [40, 41, 120])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_small_companies_keep_the_declaration_too(n_deals: int, language: str) -> None:
    assert problems_of(simulate(Scenario(seed=3, n_deals=n_deals, language=language))) == []  # type: ignore[arg-type]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    n_deals=st.integers(40, 300),
    start=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    days=st.integers(180, 900),
    month=st.integers(1, 12),
)
def test_any_window_and_fiscal_year_gives_a_company_that_adds_up(
    seed: int, n_deals: int, start: date, days: int, month: int
) -> None:
    end = date.fromordinal(start.toordinal() + days)
    company = simulate(Scenario(seed=seed, n_deals=n_deals, start=start, end=end, fiscal_start_month=month))
    assert problems_of(company) == []
    assert_adds_up(company)
    assert_in_order(company)


def assert_adds_up(company: Company) -> None:
    deals, lines = company.frame("opportunities"), company.frame("opportunity_lines")
    sums = lines.groupby("opportunity_id")["total"].sum()
    priced = deals.set_index("opportunity_id")["amount"].reindex(sums.index)
    assert (priced == sums).all()
    orders, order_lines = company.frame("orders"), company.frame("order_lines")
    sums = order_lines.groupby("order_id")["total"].sum()
    assert (orders.set_index("order_id")["total"].reindex(sums.index) == sums).all()
    assert len(sums) == len(orders)
    quotes, quote_lines = company.frame("quotes"), company.frame("quote_lines")
    sums = quote_lines.groupby("quote_id")["total"].sum()
    assert (quotes.set_index("quote_id")["subtotal"].reindex(sums.index) == sums).all()
    assert (quotes["total"] == quotes["subtotal"] + quotes["tax"]).all()
    assert (quotes["tax"] == quotes["subtotal"] // 10).all()
    won = deals[deals["is_won"]].set_index("opportunity_id")["amount"]
    ordered = orders.dropna(subset=["opportunity_id"]).set_index("opportunity_id")["total"]
    assert (won.sort_index() == ordered.sort_index()).all()


def test_deals_quotes_and_orders_agree_to_the_yen(company: Company) -> None:
    assert_adds_up(company)


def test_money_is_whole_yen(company: Company) -> None:
    for name, column in (
        ("orders", "total"),
        ("quotes", "tax"),
        ("opportunities", "amount"),
        ("prices", "floor_price"),
    ):
        assert all(value % 1 == 0 for value in company.frame(name)[column].dropna())


def test_deals_without_lines_are_those_that_were_not_proposed_yet(company: Company) -> None:
    deals = company.frame("opportunities")
    priced = set(company.frame("opportunity_lines")["opportunity_id"])
    events = company.frame("stage_events")
    proposed = set(events.loc[events["to_stage_id"] == "sim:stage-new-3", "object_id"])
    new = deals[deals["type"] == "new"]
    assert set(new["opportunity_id"]) & priced == proposed
    assert set(deals.loc[deals["type"] != "new", "opportunity_id"]) <= priced


def assert_in_order(company: Company) -> None:
    events = company.frame("stage_events")
    grouped = events.groupby("object_id", sort=False)
    assert (grouped["at"].diff().dropna() > pd.Timedelta(0)).all()
    previous = grouped["to_stage_id"].shift()
    assert (events["from_stage_id"].fillna("") == previous.fillna("")).all()
    deals = company.frame("opportunities").set_index("opportunity_id")
    first, last = grouped["at"].first(), grouped["to_stage_id"].last()
    assert (deals["created_at"] == first.reindex(deals.index)).all()
    assert (deals["stage_id"] == last.reindex(deals.index)).all()
    closed = deals[deals["is_closed"]]
    assert (closed["closed_at"] == grouped["at"].last().reindex(closed.index)).all()
    assert (closed["closed_at"] > closed["created_at"]).all()


def test_the_history_of_a_deal_leads_from_its_creation_to_its_stage(company: Company) -> None:
    assert_in_order(company)


def test_leads_pass_their_statuses_in_order_of_time(company: Company) -> None:
    leads = company.frame("leads")
    for earlier, later in (
        ("created_at", "first_touch_at"),
        ("first_touch_at", "qualified_at"),
        ("qualified_at", "converted_at"),
        ("first_touch_at", "disqualified_at"),
    ):
        both = leads.dropna(subset=[earlier, later])
        assert len(both)
        assert (both[later] > both[earlier]).all()
    hands = company.frame("handoffs")
    assert (hands["routed_at"].dropna() > hands.loc[hands["routed_at"].notna(), "requested_at"]).all()
    accepted = hands.dropna(subset=["accepted_at"])
    assert (accepted["accepted_at"] > accepted["routed_at"]).all()
    assert hands["opportunity_id"].notna().equals(hands["accepted_at"].notna())


def test_the_first_contact_of_a_hand_over_is_the_first_activity_on_the_deal(company: Company) -> None:
    hands = company.frame("handoffs").dropna(subset=["first_contact_at"]).set_index("opportunity_id")
    first = company.frame("activities").groupby("opportunity_id")["at"].min().reindex(hands.index)
    assert (first == hands["first_contact_at"]).all()


def test_accepted_hand_overs_and_converted_leads_are_the_same(company: Company) -> None:
    leads, deals = company.frame("leads"), company.frame("opportunities")
    converted = leads.dropna(subset=["converted_opportunity_id"])
    by_lead = deals.dropna(subset=["lead_id"]).set_index("lead_id")
    assert set(converted["lead_id"]) == set(by_lead.index)
    paired = by_lead.loc[converted["lead_id"]]
    assert (paired["opportunity_id"].to_numpy() == converted["converted_opportunity_id"].to_numpy()).all()
    assert (paired["account_id"].to_numpy() == converted["converted_account_id"].to_numpy()).all()


def test_a_lead_says_of_its_company_what_the_account_says_that_it_became(company: Company) -> None:
    leads, accounts = company.frame("leads").set_index("lead_id"), company.frame("accounts").set_index("account_id")
    said = ["industry", "employees", "region"]
    assert leads[[*said, "title", "seniority"]].notna().all(axis=None)
    became = leads.dropna(subset=["converted_account_id"])
    assert (became[said].to_numpy() == accounts.loc[became["converted_account_id"], said].to_numpy()).all()
    planted = company.truth.leads.set_index("lead_id").loc[leads.index]
    assert (leads[["employees", "seniority"]].to_numpy() == planted[["employees", "seniority"]].to_numpy()).all()


def test_nothing_is_recorded_after_the_end(company: Company) -> None:
    end = pd.Timestamp(company.scenario.end) + pd.Timedelta(days=1) - pd.Timedelta(hours=9)
    for name, column in (
        ("activities", "at"),
        ("stage_events", "at"),
        ("orders", "ordered_at"),
        ("leads", "created_at"),
        ("leads", "disqualified_at"),
        ("opportunities", "closed_at"),
        ("field_events", "at"),
        ("feedback", "at"),
        ("handoffs", "accepted_at"),
        ("touches", "at"),
        ("tasks", "closed_at"),
        ("contacts", "created_at"),
        ("kpi_values", "measured_at"),
        ("assignments", "assigned_at"),
        ("actions", "closed_at"),
    ):
        latest = company.frame(name)[column].max()
        assert latest <= (end + pd.Timedelta(hours=12) if name == "kpi_values" else end), name


def test_close_date_history_ends_where_the_deal_stands(company: Company) -> None:
    deals = company.frame("opportunities")
    changes = company.frame("field_events")
    changes = changes[changes["field"] == "close_date"].sort_values(["object_id", "at"])
    pushed = changes.groupby("object_id")
    before = pushed["new"].shift()
    continued = before.notna()
    assert continued.any()
    assert (changes.loc[continued, "old"] == before[continued]).all()
    still_open = deals[~deals["is_closed"]].set_index("opportunity_id")["expected_close_date"].astype(str)
    last = pushed["new"].last()
    both = last.index.intersection(still_open.index)
    assert len(both)
    assert (last[both] == still_open[both]).all()


def test_the_forecast_of_a_week_grows_from_closed_to_best_case(company: Company) -> None:
    rows = company.frame("forecast_submissions")
    rows["amount"] = rows["amount"].astype(float)
    wide = rows.pivot_table(index=["user_id", "as_of"], columns="category", values="amount", aggfunc="sum")
    assert (wide["commit"] >= wide["closed"]).all()
    assert (wide["best_case"] >= wide["commit"]).all()


def test_closed_amounts_of_a_forecast_are_the_orders_before_that_monday(company: Company) -> None:
    orders, rows = company.frame("orders"), company.frame("forecast_submissions")
    last = rows["as_of"].max()
    rows = rows[(rows["as_of"] == last) & (rows["category"] == "closed")]
    local = orders["ordered_at"] + pd.Timedelta(hours=9)
    window = (local >= pd.Timestamp(rows["period_start"].iloc[0])) & (local < pd.Timestamp(last))
    sums = orders[window].groupby("owner_id")["total"].sum()
    for user, amount in zip(rows["user_id"], rows["amount"], strict=True):
        assert amount == sums.get(user, 0)


def test_one_knob_scales_the_company() -> None:
    sizes = {n: simulate(Scenario(seed=5, n_deals=n)) for n in (900, 3_600)}
    for name in ("opportunities", "activities", "leads", "accounts", "orders", "users"):
        ratio = sizes[3_600].tables[name].num_rows / sizes[900].tables[name].num_rows
        assert 3.0 < ratio < 5.0, (name, ratio)
    for n, company in sizes.items():
        assert 0.85 * n < company.tables["opportunities"].num_rows < 1.15 * n


def test_same_scenario_gives_same_bytes_in_another_process_zone_and_hash_seed() -> None:
    scenario = Scenario(seed=9, n_deals=60, defects=Defects.everywhere(0.05))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_company import digest\n"
        "from saleslab.simulation import Defects, Scenario, simulate\n"
        "print(digest(simulate(Scenario(seed=9, n_deals=60, defects=Defects.everywhere(0.05)))))"
    )
    here = os.path.dirname(__file__)  # noqa: PTH120
    seen = {digest(simulate(scenario))}
    for hash_seed, zone in (("1", "Pacific/Auckland"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", code, here], env=environment, capture_output=True, text=True, check=True
        )
        seen.add(done.stdout.strip())
    assert len(seen) == 1


def test_another_seed_gives_another_company() -> None:
    one, two = (simulate(Scenario(seed=seed, n_deals=40)) for seed in (1, 2))
    assert digest(one) != digest(two)


def test_language_changes_words_but_no_number() -> None:
    ja, en = (simulate(Scenario(seed=4, n_deals=60, language=language)) for language in ("ja", "en"))  # type: ignore[arg-type]
    assert ja.tables["orders"]["total"].equals(en.tables["orders"]["total"])
    assert ja.tables["stage_events"]["at"].equals(en.tables["stage_events"]["at"])
    assert not ja.tables["accounts"]["name"].equals(en.tables["accounts"]["name"])
    assert all(name.isascii() for name in en.frame("accounts")["name"])


def test_an_effect_of_leads_leaves_the_people_alone() -> None:
    plain = simulate(Scenario(seed=4, n_deals=60))
    other = simulate(Scenario(seed=4, n_deals=60, leads=LeadFlow(speed=0.0)))
    assert plain.tables["users"].equals(other.tables["users"])
    assert plain.tables["prices"].equals(other.tables["prices"])
    assert not plain.tables["leads"].equals(other.tables["leads"])


def test_addresses_and_telephones_belong_to_nobody(company: Company) -> None:
    for name in ("contacts", "leads"):
        frame = company.frame(name)
        assert frame["email"].str.contains(r"@(?:[a-z0-9]+\.)?example\.co\.jp$").all()
        assert frame["phone"].str.contains(r"^0\d{1,2}-0{3,4}-\d{4}$").all()


def test_no_two_companies_have_the_same_name(large: Company) -> None:
    assert not large.frame("accounts")["name"].duplicated().any()
    assert not large.frame("leads")["company"].duplicated().any()


def test_work_happens_on_business_days_between_nine_and_six(company: Company) -> None:
    activities = company.frame("activities")
    local = activities.loc[activities["direction"] == "outbound", "at"] + pd.Timedelta(hours=9)
    calendar = company.frame("calendar")
    free = set(calendar.loc[~calendar["is_business_day"], "date"])
    assert not local.dt.date.isin(free).any()
    assert local.dt.hour.between(9, 17).all()
    enquiries = activities.loc[activities["direction"] == "inbound", "at"] + pd.Timedelta(hours=9)
    assert enquiries.dt.date.isin(free).any()


def test_people_act_only_while_they_are_employed(company: Company) -> None:
    users = company.frame("users")
    activities = company.frame("activities")
    activities = activities[activities["direction"] == "outbound"].merge(users, on="user_id")
    day = (activities["at"] + pd.Timedelta(hours=9)).dt.date
    assert (day >= activities["hired_on"]).all()
    gone = activities["left_on"].notna()
    assert gone.any()
    assert (day[gone] < activities.loc[gone, "left_on"]).all()


def test_who_leaves_hands_the_open_deals_over(company: Company) -> None:
    users = company.frame("users")
    gone = set(users.loc[~users["is_active"], "user_id"])
    deals = company.frame("opportunities")
    assert not deals.loc[~deals["is_closed"], "owner_id"].isin(gone).any()
    changes = company.frame("field_events")
    changes = changes[changes["field"] == "owner"]
    assert len(changes)
    assert changes["old"].isin(gone).all()


def test_a_price_holds_in_the_fiscal_year_of_the_sale(company: Company) -> None:
    orders = company.frame("orders")
    direct = orders[orders["opportunity_id"].isna()]
    lines = company.frame("order_lines").merge(direct[["order_id", "ordered_at"]], on="order_id")
    lines["day"] = (lines["ordered_at"] + pd.Timedelta(hours=9)).dt.normalize()
    prices = company.frame("prices")
    prices["valid_from"] = pd.to_datetime(prices["valid_from"])
    prices["valid_to"] = pd.to_datetime(prices["valid_to"]).fillna(pd.Timestamp("2100-01-01"))
    joined = lines.merge(prices, on="product_id", suffixes=("", "_listed"))
    valid = joined[(joined["day"] >= joined["valid_from"]) & (joined["day"] <= joined["valid_to"])]
    assert len(valid) == len(lines)
    assert (valid["unit_price"] == valid["unit_price_listed"]).all()


def test_a_company_without_any_spread_is_possible() -> None:
    calm = simulate(
        Scenario(
            n_deals=60,
            overdispersion=Overdispersion(0.0, 0.0, 0.0),
            reps=RepEffects(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            season=Season(arrivals=(1.0,) * 12, closing=(1.0,) * 12, month_end_rush=1.0, growth=0.0),
        )
    )
    assert problems_of(calm) == []
    assert (calm.truth.people["closing_effect"] == 0).all()
    assert (calm.truth.months["closing_shock"] == 1).all()


def test_asking_for_an_unknown_table_says_which_there_are(company: Company) -> None:
    with pytest.raises(TableError, match=r"no table 'invoices'(?s:.*)Next: ask for one of: accounts, "):
        company.frame("invoices")


def test_amounts_do_not_overflow_in_the_largest_companies(large: Company) -> None:
    totals = np.array([int(value) for value in large.frame("orders")["total"]])
    assert (totals > 0).all()
    assert totals.max() < 10**10
