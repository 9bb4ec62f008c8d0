"""The page of quotas: what it says is what the study found, names only where they are wanted, and gaps are told."""

import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from quota_company import PEOPLE, make_quotas, make_sales, write_company

from saleslab.warehouse import connect


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('quotas')}/lab.duckdb"
    with connect(address) as lab:
        write_company(lab, make_sales(), make_quotas())
    return address


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(address, space):
    return run_cells("quota_outlook", space, db=address, as_of="2026-08-20")


@pytest.mark.requirement("M03")
def test_the_page_tells_who_reaches_the_quota_and_whether_it_can_be_believed(blocks):
    assert {one.name for one in of_kind(blocks, "figure")} == {"grid", "calibration"}
    assert {one.name for one in of_kind(blocks, "table")} == {"running", "days"}
    words = words_of(blocks)
    assert "of 12 people are likely to reach the quota" in words
    assert "The chances can be used: on the eve of 4 quarters" in words
    assert "達成確率は判断に使えます" in words


def test_the_page_counts_what_the_study_found(blocks, space):
    outlook = space["outlook"]
    met, n = int(outlook.over["is_met"].sum()), len(outlook.over)
    assert n == 5 * len(PEOPLE)
    assert f"In the 5 quarters before, {met} of {n} quotas were met." in words_of(blocks)


def test_names_are_shown_only_where_they_are_wanted(blocks, space, address):
    name = f"Person {PEOPLE[3]}"
    assert name in words_of(blocks)
    hidden = run_cells("quota_outlook", db=address, as_of="2026-08-20", n_quarters=1, show_names=False)
    assert "Person" not in words_of(hidden).replace("Person |", "")
    assert PEOPLE[3] in words_of(hidden)


def test_a_company_without_quotas_is_told_what_to_import(tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(address) as lab:
        users = pd.DataFrame({"user_id": ["ann"], "is_active": [True]})
        lab.write("users", users, source_system="test", loaded_at=datetime(2026, 11, 24))
    blocks = run_cells("quota_outlook", db=address, as_of="2026-09-30")
    headline = of_kind(blocks, "headline")[0]
    assert headline.status.en == "No quota to judge"
    assert "Import them as targets" in headline.answer.en
    assert not of_kind(blocks, "figure")
