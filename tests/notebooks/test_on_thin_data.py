"""The committed notebooks run on a company about which nearly nothing is known, and say so instead of stopping."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from saleslab.intake import import_export
from saleslab.reporting.kernel import execute
from saleslab.reporting.notebook_form import read_notebook
from saleslab.warehouse import connect

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def words_of(notebook):
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output)
    return "\n".join(output["data"].get("text/plain", "") for output in outputs)


@pytest.fixture
def nearly_empty(tmp_path):
    """One open deal and one that was lost, without amounts, owners or close dates."""
    deals = pd.DataFrame(
        {
            "opportunity_id": ["o:1", "o:2"],
            "stage_id": ["open", "lost"],
            "created_at": [datetime(2026, 11, 2), datetime(2026, 11, 3)],
            "closed_at": [None, datetime(2026, 11, 20)],
            "is_closed": [False, True],
            "is_won": False,
        }
    )
    file = tmp_path / "thin.duckdb"
    with connect(f"duckdb:///{file}") as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 11, 24))
    return f"duckdb:///{file}"


@pytest.mark.requirement("H04", "H06")
def test_the_sales_review_of_two_deals(nearly_empty):
    said = words_of(execute(read_notebook(NOTEBOOKS / "reports" / "sales_review.ipynb"), database=nearly_empty))
    assert "1 deal is open, none with an amount." in said
    assert "no expected close date" in said
    assert "Win rate 0 %" in said


@pytest.mark.requirement("M01")
def test_the_data_tour_of_two_deals(nearly_empty):
    said = words_of(execute(read_notebook(NOTEBOOKS / "explore" / "01_data_tour.ipynb"), database=nearly_empty))
    assert "1 table holds 2 rows up to 20 Nov 2026" in said
    assert "Repeat purchase cannot be shown" in said
    assert "Seasonality cannot be judged" in said


@pytest.mark.requirement("M02")
def test_the_readout_of_a_company_without_experiments(nearly_empty):
    said = words_of(execute(read_notebook(NOTEBOOKS / "reports" / "experiment_readout.ipynb"), database=nearly_empty))
    assert "No experiment on record" in said
    assert "Missing: the tables experiments" in said
    assert "saleslab experiment plan PLAN.toml" in said


@pytest.mark.requirement("M02")
def test_the_study_of_a_script_that_nobody_tested(nearly_empty):
    study = NOTEBOOKS / "studies" / "experiments_did_the_script_work.ipynb"
    executed = execute(read_notebook(study), database=nearly_empty)
    printed = "".join(
        output["text"] for cell in executed.cells for output in cell.get("outputs", []) if "text" in output
    )
    assert "there is nothing to read out yet" in printed


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public samples are not at {DATA}")
@pytest.mark.requirement("M01")
@pytest.mark.parametrize(
    ("folder", "map_"), [("fivetran_salesforce_seeds", "salesforce"), ("fivetran_hubspot_seeds", "hubspot")]
)
def test_the_data_tour_of_a_salesforce_and_a_hubspot_export(tmp_path, folder, map_):
    file = tmp_path / "seeds.duckdb"
    with connect(f"duckdb:///{file}") as lab:
        import_export(DATA / folder, lab, map_name_or_file=map_, loaded_at=datetime(2026, 11, 24))
    said = words_of(execute(read_notebook(NOTEBOOKS / "explore" / "01_data_tour.ipynb"), database=f"duckdb:///{file}"))
    assert "of the 12 questions of a sales review can be answered" in said
    assert "What cannot be answered yet" in said
