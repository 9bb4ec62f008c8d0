"""The verbs about committed notebooks: run, check, format."""

import json

import pytest

COMMITTED = "notebooks/reports/orders_review.ipynb"
ON = ("--db", "data/lab.duckdb")


@pytest.mark.requirement("M01")
def test_a_refreshed_notebook_holds_until_one_of_its_answers_is_falsified(type_in, project):
    refreshed = type_in("notebooks", "run", *ON)
    assert (refreshed.exit_code, refreshed.stdout) == (0, f"has new answers: {COMMITTED}\n")
    held = type_in("notebooks", "check", *ON)
    assert held.exit_code == 0, held.stdout
    assert held.stdout.splitlines()[-1] == "1 notebook gives what is committed."
    file = project / COMMITTED
    file.write_text(file.read_text(encoding="utf-8").replace("[good]", "[bad]").replace("5 orders", "6 orders"))
    caught = type_in("notebooks", "check", *ON)
    assert caught.exit_code == 1
    assert "block 'headline' in cell 'cell-04' is not what the notebook gives: its plain text" in caught.stdout
    assert "cell 'cell-08': the printed output is not what the notebook gives" in caught.stdout
    assert "If the new answers are right, run: saleslab notebooks run" in caught.stdout


def test_a_notebook_that_was_never_run_is_told_to_a_machine(type_in, project):
    told = type_in("notebooks", "check", COMMITTED, *ON, "--json")
    (found,) = json.loads(told.stdout)
    assert (told.exit_code, found["holds"], found["differences"]) == (1, False, [])
    assert "cell 4: it carries an answer and was not committed executed, so nbval would pass over it" in found["faults"]


def test_format_changes_the_form_once_and_runs_nothing(type_in, project):
    assert type_in("notebooks", "format").stdout == f"put into form: {COMMITTED}\n"
    assert type_in("notebooks", "format").stdout == "Nothing to change in 1 notebook.\n"
    cells = json.loads((project / COMMITTED).read_text(encoding="utf-8"))["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [None] * 8


def test_a_notebook_that_stops_stays_as_it_is(type_in, project):
    from report_notebook import make_notebook

    file = make_notebook(project / "notebooks" / "explore" / "broken.ipynb", "1 / 0")
    before = file.read_bytes()
    failed = type_in("notebooks", "run", file, *ON)
    assert failed.exit_code == 1
    assert "ReportFailed: 'broken.ipynb' stays as it was. Cell 3 stopped with ZeroDivisionError." in failed.stderr
    assert "Next: open it in JupyterLab" in failed.stderr
    assert file.read_bytes() == before


def test_a_database_that_is_absent_is_told(type_in, project):
    refused = type_in("notebooks", "run", "--db", "no.duckdb")
    assert (refused.exit_code, "There is no database" in refused.stderr) == (2, True)
