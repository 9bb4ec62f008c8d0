"""nbval proves the committed notebooks: run again on the invented company, each gives every answer that it carries."""

from datetime import datetime
from pathlib import Path

import pytest

from saleslab.reporting.committed import check_committed, list_notebooks
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

ROOT = Path(__file__).resolve().parents[2]
LONG = {"notebooks/studies/experiments_price_test.ipynb", "notebooks/studies/forecasting_structure.ipynb"}
"""Notebooks that sample with PyMC, most of a minute each."""

NOTEBOOKS = [
    pytest.param(path, id=name, marks=[pytest.mark.slow] if name in LONG else [])
    for path in list_notebooks(ROOT)
    for name in [path.relative_to(ROOT).as_posix()]
]


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """The address of the company of `saleslab demo`."""
    address = f"duckdb:///{tmp_path_factory.mktemp('invented')}/demo.duckdb"
    with connect(address) as lab:
        load_company(simulate(Scenario()), lab, loaded_at=datetime(2026, 11, 24))
    return address


@pytest.mark.requirement("M01", "H06")
@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_gives_what_it_was_committed_with(path, invented):
    found = check_committed(path, database=invented)
    assert found.differences == (), "if the new answers are right, run `saleslab notebooks run`"
    assert found.faults == ()
