"""The report of forecast accuracy: what it says is what the review found, and what is not known is said."""

import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab.warehouse import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from accuracy_company import make_deals, write_company


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('accuracy')}/lab.duckdb"
    with connect(address) as lab:
        write_company(lab, make_deals())
    return address


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(address, space):
    return run_cells("forecast_accuracy", space, db=address, as_of="2026-09-30", n_periods=2)


@pytest.mark.requirement("M03", "H04")
def test_the_page_answers_and_shows_what_was_said_who_is_off_and_what_held(blocks):
    assert len(of_kind(blocks, "headline")) == 1
    assert {one.name for one in of_kind(blocks, "figure")} == {"said", "errors", "teams", "ranges", "chances"}
    assert {one.name for one in of_kind(blocks, "table")} == {"people", "targets"}
    words = words_of(blocks)
    assert "Rely on the forecast rather than on what people commit to" in words
    assert "not on record yet" in words


def test_pictures_name_methods_teams_and_quarters(blocks):
    figures = {one.name: one for one in of_kind(blocks, "figure")}
    for lang, commit, short in (("en", "Commit", "Year ago"), ("ja", "コミット", "前年同期")):
        assert commit in str(figures["said"].drawing(lang, 720).spec)
        assert short in str(figures["said"].drawing(lang, 340).spec)
        assert "North" in str(figures["teams"].drawing(lang, 340).spec)
    assert "FY2026" in str(figures["ranges"].drawing("en", 720).spec)


def test_a_company_without_sales_is_told_so(tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(address) as lab:
        lab.write(
            "users",
            pd.DataFrame({"user_id": ["ann"], "is_active": [True]}),
            source_system="test",
            loaded_at=datetime(2026, 11, 24),
        )
    blocks = run_cells("forecast_accuracy", db=address, as_of="2026-09-30")
    assert of_kind(blocks, "headline")[0].status.en == "Nothing to judge"
    assert not of_kind(blocks, "figure")
    assert "neither won deals nor orders" in words_of(blocks)
