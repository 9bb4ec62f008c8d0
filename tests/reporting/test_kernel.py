"""The kernel is the same everywhere, and a failing cell says what helps and no more."""

from __future__ import annotations

import copy

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from saleslab.errors import ReportFailed
from saleslab.reporting.kernel import CellFailed, cell_number, execute

LOOK = "import os, sys, time\nprint(db, os.listdir(), os.environ['PYTHONHASHSEED'], time.tzname[0], sys.executable)"


def notebook_of(*sources):
    declared = new_code_cell('db: str = "none"  # tables', metadata={"tags": ["parameters"]})
    return new_notebook(cells=[declared, *map(new_code_cell, sources)])


def test_a_kernel_of_this_python_finds_an_empty_folder_utc_and_a_fixed_hash_seed(monkeypatch):
    import sys

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "99")
    notebook, seen = notebook_of(LOOK, "1 + 1"), []
    before = copy.deepcopy(notebook)
    executed = execute(notebook, database="duckdb:////a.duckdb", progress=lambda done, of: seen.append((done, of)))
    assert executed.cells[1].outputs[0].text == f"duckdb:////a.duckdb [] 0 UTC {sys.executable}\n"
    assert executed.cells[0].source == notebook.cells[0].source
    assert notebook == before
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert "papermill" not in executed.metadata


def test_a_kernel_starts_with_our_lines_and_not_with_those_of_its_user(monkeypatch, tmp_path):
    own = tmp_path / "own.py"
    own.write_text("mine = 1\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONSTARTUP", str(own))
    look = "print('mine' in globals(), 'gc' in globals(), __import__('gc').get_threshold()[0] > 10_000)"
    executed = execute(notebook_of(look), database="duckdb:////a.duckdb")
    assert executed.cells[1].outputs[0].text == "False False True\n"


def test_an_error_of_ours_is_quoted_with_its_next_step_and_an_error_of_others_is_not():
    ours = "from saleslab.errors import NotEnoughData\nraise NotEnoughData('orders is empty.', 'import orders.')"
    with pytest.raises(
        CellFailed, match=r"Cell 2 stopped with NotEnoughData: orders is empty.\n  Next: import orders."
    ):
        execute(notebook_of(ours), database="x")
    with pytest.raises(CellFailed) as failed:
        execute(notebook_of("raise KeyError('Yamada')"), database="x")
    assert str(failed.value).startswith("Cell 2 stopped with KeyError.\n  Next: read the traceback")
    assert "Yamada" in failed.value.traceback


def test_a_kernel_that_dies_or_takes_too_long_is_told():
    with pytest.raises(ReportFailed, match=r"kernel stopped .*DeadKernelError.*\n  Next: see whether"):
        execute(notebook_of("import os\nos._exit(9)"), database="x")
    with pytest.raises(ReportFailed, match=r"kernel stopped .*CellTimeoutError"):
        execute(notebook_of("import time\ntime.sleep(60)"), database="x", timeout=1)


def test_a_notebook_without_parameters_is_refused():
    with pytest.raises(ReportFailed, match=r"no parameters cell.*\n  Next: give the tag"):
        execute(new_notebook(cells=[new_code_cell("1 + 1")]), database="x")


def test_cells_are_counted_as_in_the_source_without_the_injected_one():
    notebook = notebook_of("1", "2")
    notebook.cells.insert(1, new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]}))
    assert [cell_number(notebook, index) for index in range(4)] == [1, 1, 2, 3]
