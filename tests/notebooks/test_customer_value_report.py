"""The report of customer value: what it says is what the review found, and nothing is said where nothing is known."""

from datetime import datetime

import pytest
from cells import of_kind, run_cells, words_of

from saleslab import customers
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(space, tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('value')}/lab.duckdb"
    made = simulate(Scenario(seed=7, n_deals=900))
    with connect(address) as lab:
        for name in ("accounts", "orders", "order_lines"):
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return run_cells("customer_value", space, db=address, as_of="2026-09-30", model="mbgnbd")


def test_the_page_has_an_answer_the_verdict_and_every_picture(blocks, space):
    review = space["review"]
    assert len(of_kind(blocks, "headline")) == 1
    assert {one.name for one in of_kind(blocks, "figure")} == {"ladder", "calibration", "tracking"}
    assert {one.name for one in of_kind(blocks, "table")} >= {"values", "scores"}
    assert (
        of_kind(blocks, "banner")[0].tone
        == {"better": "good", "alike": "neutral", "worse": "warn"}[review.trial.verdict]
    )


def test_those_who_are_slipping_are_listed_with_the_most_that_faded_first(blocks, space):
    slipping = space["review"].customers
    slipping = slipping[slipping["is_slipping"]].nlargest(10, "lost_value")
    tasks = [task for one in of_kind(blocks, "worklist") for task in one.tasks]
    names = read_names(space["lab"])
    assert [task.whom.en for task in tasks] == [names[one] for one in slipping["account_id"]]


def test_companies_are_shown_by_name_and_by_id_where_names_are_not_wanted(blocks, space):
    review, names = space["review"], read_names(space["lab"])
    assert names[review.customers["account_id"].iloc[0]] in words_of(blocks)
    unnamed = customers.write_slipping_list(review)["tasks"]
    assert {task["whom"].en for task in unnamed} <= set(review.customers["account_id"])
    assert set(customers.tabulate_values(review)["account"]) <= set(review.customers["account_id"])


def read_names(lab):
    rows = lab.read(lab.table("accounts").select("account_id", "name"))
    return dict(zip(rows["account_id"], rows["name"], strict=True))


def test_where_nobody_bought_the_page_says_so(tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    made = simulate(Scenario(seed=7, n_deals=60))
    with connect(address) as lab:
        lab.write("accounts", made.tables["accounts"], source_system="test", loaded_at=datetime(2026, 11, 24))
    blocks = run_cells("customer_value", db=address, as_of="2026-09-30")
    assert of_kind(blocks, "headline")[0].status.en == "No forecast"
    assert not of_kind(blocks, "figure")
    assert "both are empty" in words_of(blocks)
