"""The rules of committed notebooks: each is broken once and told with its cell; and the one form of their files."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from saleslab.errors import FileProblem
from saleslab.reporting.committed import format_notebook, list_notebooks
from saleslab.reporting.notebook_form import normal_form, notebook_text, write_notebook
from saleslab.reporting.notebook_rules import check_file, check_notebook

PARAMETERS = 'db: str = "duckdb:///data/lab.duckdb"  # the tables'
SAID = new_output("execute_result", data={"text/plain": "note n sha256:0"}, execution_count=1)


def a_notebook(*cells, question="# What did we sell?", parameters=PARAMETERS, last="reporting.provenance(lab)"):
    """Return a notebook that keeps every rule, unless a given part breaks one; given cells come third."""
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]}, execution_count=1)
    end = new_code_cell(last, execution_count=2, outputs=[SAID])
    return new_notebook(cells=[new_markdown_cell(question), tagged, *cells, end])


def faults_of(*cells, **parts):
    return [str(fault) for fault in check_notebook(a_notebook(*cells, **parts))]


def test_a_notebook_that_keeps_every_rule_passes():
    assert faults_of(new_code_cell("total = 1 + 1  # a comment may hold a ;", execution_count=1)) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def add(a, b):\n    return a + b", "cell 3: it defines 'add'; move it to the package"),
        ("class Deal:\n    pass", "cell 3: it defines 'Deal'; move it to the package"),
        ("draw();  # quiet", "cell 3: it ends with a semicolon"),
        ("%matplotlib inline", "cell 3: it is not plain Python (magics and shell lines run nowhere else)"),
        ("from datetime import date\nday = date.today()", "cell 3: it reads the clock (date.today); take the day as"),
        ("from saleslab.operations.inputs import read_fill", "cell 3: it imports the file saleslab.operations.inputs"),
        ("path = '/Users/someone/export.csv'", "cell 3: it names a path of one machine (/Users/s...)"),
        ("# NBVAL_IGNORE_OUTPUT\n1 + 1", "cell 3: 'NBVAL_IGNORE_OUTPUT' hides the cell from the proof"),
        ("reporting.note('n', words)", "cell 3: it carries an answer and was not committed executed"),
        ("# NBVAL_CHECK_OUTPUT\nprint(1)", "cell 3: it carries an answer and was not committed executed"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_told(source, fault):
    assert [told for told in faults_of(new_code_cell(source)) if told.startswith(fault)] != []


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"question": "# Sales"}, "the first cell does not open with a question (# ...?) but with 'Sales'"),
        ({"last": "print('the end')"}, "its last code cell does not emit the provenance"),
        ({"parameters": "top = 3"}, "The parameters cell holds what no parameter is"),
        ({"parameters": "top: int = 3  # rows"}, "the parameters cell does not declare 'db'"),
    ],
)
def test_a_notebook_that_breaks_a_rule_is_told(parts, fault):
    assert [told for told in faults_of(**parts) if told.startswith(fault)] != []


def test_a_notebook_with_too_many_cells_is_told():
    assert faults_of(*(new_code_cell("1") for _ in range(23))) == ["it has 26 cells; 25 are allowed"]


def test_a_second_parameters_cell_is_told():
    second = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    assert faults_of(second) == ["it has 2 cells tagged parameters instead of one"]


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (new_output("error", ename="KeyError", evalue="x"), "cell 3: it stopped with KeyError"),
        (new_output("stream", name="stderr", text="careful"), "cell 3: it writes to stderr"),
        (new_output("stream", text="read /Users/someone/export.csv"), "cell 3: its output: it names a path"),
    ],
)
def test_an_output_that_must_not_be_committed_is_told(output, fault):
    assert faults_of(new_code_cell("run()", outputs=[output], execution_count=1))[0].startswith(fault)


def as_jupyter_saves_it():
    """Return a notebook as it comes out of JupyterLab: random ids, counts of a long session, pictures, times."""
    picture = {"text/plain": "figure f sha256:0", "image/svg+xml": "<svg/>", "text/html": "<p>"}
    drawn = new_output("display_data", data=picture, metadata={"isolated": True})
    address = new_output("execute_result", data={"text/plain": "<Axes at 0x7f3a>"}, execution_count=8)
    cells = [
        new_code_cell("reporting.figure('f', words)", execution_count=7, outputs=[drawn], metadata={"collapsed": True}),
        new_code_cell("axes", execution_count=8, outputs=[address]),
        new_code_cell("   "),
    ]
    notebook = a_notebook(*cells)
    notebook.metadata["widgets"] = {"state": "large"}
    return notebook


def test_the_form_keeps_the_words_and_drops_what_differs_from_session_to_session():
    form = normal_form(as_jupyter_saves_it())
    assert [cell.id for cell in form.cells] == ["cell-01", "parameters", "cell-03", "cell-04", "cell-05"]
    assert [cell.get("execution_count") for cell in form.cells] == [None, 1, 2, None, 3]
    (drawn,) = form.cells[2].outputs
    assert drawn.data == {"text/plain": "figure f sha256:0"}
    assert form.cells[3].outputs == []
    assert "widgets" not in form.metadata


def test_the_form_of_a_form_is_itself_and_two_sessions_have_one_form():
    one = normal_form(as_jupyter_saves_it())
    assert notebook_text(normal_form(one)) == notebook_text(one) == notebook_text(normal_form(as_jupyter_saves_it()))


def test_a_file_out_of_form_is_told_and_put_into_form_once(tmp_path):
    path = tmp_path / "report.ipynb"
    write_notebook(path, as_jupyter_saves_it())
    told = "the file is not in its normal form; run `saleslab notebooks format`"
    assert told in [str(fault) for fault in check_file(path)]
    assert (format_notebook(path), format_notebook(path)) == (True, False)
    assert told not in [str(fault) for fault in check_file(path)]
    assert [file.name for file in tmp_path.iterdir()] == ["report.ipynb"]


def test_what_jupyter_keeps_for_itself_is_no_notebook_of_the_project(tmp_path):
    for place in ("reports/a.ipynb", "reports/.ipynb_checkpoints/a-checkpoint.ipynb"):
        (tmp_path / "notebooks" / place).parent.mkdir(parents=True, exist_ok=True)
        write_notebook(tmp_path / "notebooks" / place, a_notebook())
    assert list_notebooks(tmp_path) == (tmp_path / "notebooks" / "reports" / "a.ipynb",)


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "report.ipynb"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(FileProblem, match=r"is no notebook of Jupyter(.|\n)*Next: open it in JupyterLab"):
        format_notebook(path)
