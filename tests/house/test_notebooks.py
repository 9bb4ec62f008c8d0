"""The committed notebooks keep the rules of the house, and their files are in the one form that they may have."""

import pytest
from source import ROOT

from saleslab.reporting.committed import list_notebooks
from saleslab.reporting.notebook_form import CHECK_MARKER, emits_block, read_notebook
from saleslab.reporting.notebook_rules import check_file

NOTEBOOKS = list_notebooks(ROOT)

each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[path.relative_to(ROOT).as_posix() for path in NOTEBOOKS]
)


def test_there_are_notebooks_to_explore_and_notebooks_that_are_reports():
    assert {path.parent.relative_to(ROOT).as_posix() for path in NOTEBOOKS} >= {
        "notebooks/explore",
        "notebooks/reports",
    }


@each_notebook
def test_a_notebook_keeps_the_rules_and_its_normal_form(path):
    assert [str(fault) for fault in check_file(path)] == []


@each_notebook
def test_a_notebook_carries_answers_that_nbval_compares(path):
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]
    answers = [cell for cell in cells if emits_block(cell.source) or CHECK_MARKER in cell.source]
    assert len(answers) >= 3
    assert [cell.id for cell in answers if cell.execution_count is None or not cell.outputs] == []
