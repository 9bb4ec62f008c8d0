"""The pages of customer health and of one account: what is at risk, why, what to do, and nothing personal unasked."""

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

READ = (
    "accounts", "contacts", "leads", "users", "stages", "opportunities", "activities", "touches", "tasks", "feedback",
    "orders", "order_lines", "products", "stage_events", "field_events",
)  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    company = simulate(Scenario(seed=7, n_deals=250))
    return {name: company.tables[name] for name in READ}


@pytest.fixture(scope="module")
def company(tables, tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('health')}/lab.duckdb"
    with connect(address) as lab, lab.transaction():
        for name, rows in tables.items():
            lab.write(name, rows, source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
    return address


@pytest.fixture(scope="module")
def blocks(company):
    return run_cells("customer_health", db=company)


@pytest.mark.requirement("L05")
def test_the_page_says_what_is_at_risk_why_and_what_to_do(blocks):
    assert {card.name for card in of_kind(blocks, "kpi")} >= {"at_stake", "gross", "net", "due_soon", "follow_ups"}
    (worklist,) = of_kind(blocks, "worklist")
    assert worklist.tasks
    assert all(task.action.ja and any(label.en == "At stake" for label, _ in task.facts) for task in worklist.tasks)
    assert {"risk", "calendar", "bridge"} <= {figure.name for figure in of_kind(blocks, "figure")}
    assert of_kind(blocks, "finding")


def test_the_page_says_how_far_chances_can_be_relied_on(blocks):
    judged = {banner.name: banner for banner in of_kind(blocks, "banner")}
    assert set(judged) == {"judged_contract", "judged_buyer"}
    assert judged["judged_contract"].tone == "warn"  # some thirty contracts have ended: nobody can tell
    assert (
        "not told apart" in judged["judged_contract"].text.en or "No usable signal" in judged["judged_contract"].text.en
    )


@pytest.mark.requirement("H03")
def test_the_page_of_an_account_shows_its_parts_and_no_person_of_the_customer(company, tables):
    people = tables["contacts"].to_pandas()
    said = words_of(run_cells("account_360", db=company))
    assert "対応履歴" in said
    assert "This page is for whoever looks after the account" in said
    own = people[people["contact_id"].map(lambda one: str(one) in said)]
    assert len(own)
    for column in ("name", "email", "phone"):
        assert not [value for value in own[column].dropna() if value in said], column


@pytest.mark.requirement("H03")
def test_the_owner_can_ask_for_the_people_and_is_warned(company, tables):
    people = tables["contacts"].to_pandas()
    account_id = str(people["account_id"].dropna().iloc[0])
    said = words_of(run_cells("account_360", db=company, account_id=account_id, show_people=True))
    (name, *_) = people.loc[people["account_id"] == account_id, "name"]
    assert name in said
    assert "do not publish it" in said


def test_ids_stand_for_companies_and_colleagues_where_names_are_not_wanted(company, tables):
    names = {*tables["accounts"].column("name").to_pylist(), *tables["users"].column("name").to_pylist()} - {None}
    for report in ("customer_health", "account_360"):
        said = words_of(run_cells(report, db=company, show_names=False))
        assert not [name for name in names if name in said]


def test_a_company_without_contracts_and_orders_is_told_so(tables, tmp_path):
    address = f"duckdb:///{tmp_path}/none.duckdb"
    with connect(address) as lab:
        for name in ("accounts", "opportunities"):
            rows = tables[name].slice(0, 5)
            lab.write(name, rows, source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
    said = words_of(run_cells("customer_health", db=address))
    assert "No customer can be rated" in said
    assert "no contract ran a year ago" in said
    assert "対応履歴" in words_of(
        run_cells("account_360", db=address, account_id=str(tables["accounts"]["account_id"][0]))
    )
