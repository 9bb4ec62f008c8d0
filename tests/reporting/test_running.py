"""A notebook becomes a run at once or not at all, and leaves no trace of the machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from report_notebook import HEADLINE, IMPORTS, PARAMETERS, PROVENANCE, make_company, make_notebook

from saleslab.errors import BadArgument, FileProblem, ParameterError, ReportFailed, WarehouseError
from saleslab.reporting.running import is_whole, run_report
from saleslab.warehouse import connect


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.exists() else []


def test_a_run_holds_pages_blocks_notebook_manifest_and_timing(published):
    assert visible(published.folder) == [
        "blocks.json",
        "en.html",
        "executed.ipynb",
        "ja.html",
        "manifest.json",
        "timing.json",
    ]
    blocks = json.loads((published.folder / "blocks.json").read_text(encoding="utf-8"))
    assert [block["name"] for block in blocks] == ["headline", "won", "n_orders", "few", "provenance"]
    assert blocks[1]["value"] == {"money": "1500000.00", "currency": "JPY"}
    assert "受注額はいくらですか。" in (published.folder / "ja.html").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
def test_a_web_server_may_read_what_is_published(published):
    mask = os.umask(0)
    os.umask(mask)
    assert published.folder.stat().st_mode & 0o777 == 0o777 & ~mask


def test_the_executed_notebook_names_the_parameters_and_neither_database_nor_times(published, company):
    text = (published.folder / "executed.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert [cell.id for cell in notebook.cells[:4]] == ["cell-01", "parameters", "injected-parameters", "cell-03"]
    assert notebook.cells[2].source == 'as_of = "2026-10-31"\nregion = "01"\nfactor = 1.0'
    assert notebook.cells[1].source == PARAMETERS
    assert str(company.parent) not in text
    assert "papermill" not in text
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


def test_machine_and_clock_stand_in_timing_alone(published, company):
    timing = json.loads((published.folder / "timing.json").read_text(encoding="utf-8"))
    assert timing["database"] == f"duckdb:///{company}"
    assert set(timing["seconds"]) == {"plan", "execute", "render"}
    others = [file for file in published.folder.iterdir() if file.name != "timing.json"]
    for fact in (timing["host"], str(company), timing["started_at"][:16]):
        assert [file.name for file in others if len(fact) > 3 and fact in file.read_text(encoding="utf-8")] == []


def test_a_path_is_told_from_where_one_stands(company, project, tmp_path, monkeypatch):
    notebook = tmp_path / "minutes.ipynb"
    path = '\nnotes: "path" = ""  # file of notes\nnotes_sha256: str = ""  # its digest'
    imports = f"{IMPORTS}\nfrom pathlib import Path\n\nregion = Path(notes).read_text(encoding='utf-8')"
    make_notebook(notebook, imports, HEADLINE, PROVENANCE, parameters=PARAMETERS + path)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "notes.txt").write_text("North", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    given = {"db": str(company), "out": tmp_path / "reports", "project": project, "as_text": True}
    run = run_report(notebook, parameters={"notes": "notes.txt"}, **given)
    assert "Region North." in (run.folder / "en.html").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert not run_report(notebook, parameters={"notes": "here/notes.txt"}, **given).is_new
    with pytest.raises(ReportFailed, match="FileNotFoundError"):
        run_report(notebook, parameters={"notes": "notes.txt"}, **given)


def test_the_same_run_again_is_taken_as_it_is(published, company, project):
    again = run_report("orders_review", db=str(company), out=published.folder.parents[2], project=project)
    assert (again.folder, again.run_key, again.is_new) == (published.folder, published.run_key, False)


@pytest.fixture(scope="module")
def odd_run(company, tmp_path_factory):
    """A run with a hostile code, while another program reads the data, of a notebook that warns."""
    folder = tmp_path_factory.mktemp("odd")
    noise = "import sys\nprint('take care', file=sys.stderr)"
    notebook = make_notebook(folder / "odd.ipynb", IMPORTS, HEADLINE, noise, PROVENANCE)
    typed = {"region": '００7"; import os #<script>', "as_of": "２０２６-02-28", "factor": "２"}
    with connect(f"duckdb:///{company}", read_only=True):
        return run_report(notebook, db=f"duckdb:///{company}", parameters=typed, as_text=True, out=folder / "out")


def test_another_parameter_makes_another_run(published, odd_run):
    assert odd_run.is_new
    assert odd_run.run_key != published.run_key


def test_typed_codes_reach_the_page_as_they_were_typed(odd_run):
    blocks = json.loads((odd_run.folder / "blocks.json").read_text(encoding="utf-8"))
    assert blocks[0]["answer"]["ja"] == '地域 ００7"; import os #<script>。'
    assert blocks[0]["as_of"] == {"date": "2026-02-28"}
    assert "<script>" not in (odd_run.folder / "ja.html").read_text(encoding="utf-8")


def test_stderr_goes_to_timing_and_not_into_the_notebook(odd_run):
    assert odd_run.n_warnings == 1
    assert json.loads((odd_run.folder / "timing.json").read_text(encoding="utf-8"))["stderr"] == ["take care\n"]
    assert '"stderr"' not in (odd_run.folder / "executed.ipynb").read_text(encoding="utf-8")


@pytest.mark.requirement("E02")
def test_two_runs_in_other_processes_folders_time_zones_and_hash_seeds_have_the_same_bytes(published, tmp_path):
    """The first run is the fixture's, in this process; the second in another one, with its own company and project."""
    elsewhere = tmp_path / "far away" / "プロジェクト"
    company = make_company_there(elsewhere)
    make_notebook(elsewhere / "notebooks" / "reports" / "orders_review.ipynb")
    (elsewhere / "requirements.lock").write_text("pandas==3.1.1\n", encoding="utf-8")
    code = f"from saleslab.reporting import run_report; print(run_report('orders_review', db={company.name!r}).folder)"
    environment = os.environ | {
        "TZ": "America/New_York",
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "2",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=elsewhere, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stderr == ""
    folder = elsewhere / "reports" / "runs" / "orders_review" / published.folder.name
    assert done.stdout.strip() == str(folder)
    for name in ("en.html", "ja.html", "blocks.json", "manifest.json", "executed.ipynb"):
        assert (folder / name).read_bytes() == (published.folder / name).read_bytes(), name


def make_company_there(folder):
    folder.mkdir(parents=True)
    return make_company(folder / "lab 100%41.duckdb")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"regoin": "01"}, r"'regoin' is unknown \(did you mean 'region'\?\)"),
        ({"as_of": "31.10.2026"}, "'as_of' must be a day"),
        ({"db": "duckdb:///other"}, "'db' is given by --db"),
        ({"x=1;import os": "1"}, "cannot be a name"),
        ({"api_key": "k"}, "looks like a secret"),
    ],
)
def test_wrong_parameters_stop_before_anything_is_written(parameters, message, company, project, tmp_path):
    with pytest.raises(ParameterError, match=message):
        run_report("orders_review", db=str(company), parameters=parameters, as_text=True, out=tmp_path, project=project)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("nothing", BadArgument, "There is no report 'nothing'; there are: orders_review."),
        ("../x.ipynb", FileProblem, "There is no notebook"),
        ("Große Zahl.ipynb", BadArgument, "cannot be called 'Große Zahl'"),
    ],
)
def test_an_unknown_report_is_refused(name, error, message, project, tmp_path):
    with pytest.raises(error, match=message):
        run_report(name, db="any.duckdb", out=tmp_path, project=project)


def test_a_notebook_without_a_database_parameter_is_refused(company, tmp_path):
    notebook = make_notebook(tmp_path / "r.ipynb", parameters="top: int = 5  # how many")
    with pytest.raises(BadArgument, match=r"has no parameter 'db'.*\n  Next: declare it"):
        run_report(notebook, db=str(company), out=tmp_path)


def test_a_database_that_is_absent_or_in_memory_is_refused(project, tmp_path):
    with pytest.raises(WarehouseError, match="There is no database"):
        run_report("orders_review", db=str(tmp_path / "none.duckdb"), out=tmp_path, project=project)
    with pytest.raises(BadArgument, match="in memory"):
        run_report("orders_review", db="duckdb://", out=tmp_path, project=project)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_cell_publishes_nothing_keeps_the_last_run_and_a_record_without_secrets(
    published, company, tmp_path, monkeypatch
):
    monkeypatch.setenv("CRM_API_KEY", "k-93aa71")
    out = tmp_path / "out"
    shutil.copytree(published.folder.parents[2], out)
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    cell = 'import os\nraise ValueError("Yamada " + os.environ["CRM_API_KEY"])'
    with pytest.raises(ReportFailed) as failed:
        run_report(make_notebook(tmp_path / "orders_review.ipynb", cell), db=str(company), out=out)
    assert "'orders_review' was not published. Cell 3 stopped with ValueError." in str(failed.value)
    assert "Yamada" not in str(failed.value)
    assert {file: file.read_bytes() for file in (out / "runs").rglob("*") if file.is_file()} == before
    (record,) = (out / "failed" / "orders_review").iterdir()
    assert str(record) in str(failed.value)
    kept = "".join(file.read_text(encoding="utf-8") for file in record.iterdir())
    assert "ValueError" in kept
    assert "[CRM_API_KEY]" in kept
    assert "k-93aa71" not in kept


def test_a_run_after_a_failure_takes_its_record_away(published, company, project, tmp_path):
    out = published.folder.parents[2]
    record = out / "failed" / "orders_review" / published.folder.name
    record.mkdir(parents=True)
    run_report("orders_review", db=str(company), out=out, project=project)
    assert not record.exists()


def test_neither_secrets_nor_the_place_of_the_database_are_published(company, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_API_KEY", "k-93aa71")
    notebook = make_notebook(tmp_path / "report.ipynb", 'import os\nprint(db, os.environ["CRM_API_KEY"])')
    shown = "CRM_API_KEY, the address of the database, the path of the database"
    with pytest.raises(ReportFailed, match=f"'report' was not published. The cell 'cell-03' shows {shown}"):
        run_report(notebook, db=str(company), out=tmp_path / "out")
    assert visible(tmp_path / "out" / "runs" / "report") == []


def test_a_notebook_without_a_headline_is_no_report(company, tmp_path):
    with pytest.raises(ReportFailed, match="it has 0 headlines"):
        run_report(make_notebook(tmp_path / "report.ipynb", "1 + 1"), db=str(company), out=tmp_path / "out")
    assert visible(tmp_path / "out" / "runs" / "report") == []


def test_data_that_move_while_the_notebook_runs_publish_nothing(company, tmp_path):
    moving = make_company(tmp_path / "lab.duckdb")
    write = f"from saleslab.warehouse import connect as c\nlab.close()\nlab = c('duckdb:///{moving}')\n"
    write += "lab.write('orders', orders.tail(1).assign(total=1)[['order_id', 'ordered_at', 'total']], "
    write += "source_system='t', loaded_at=date.today())"
    write = write.replace("date.today()", "__import__('datetime').datetime(2026, 11, 2)")
    notebook = make_notebook(tmp_path / "report.ipynb", IMPORTS, HEADLINE, write, "lab.close()")
    with pytest.raises(ReportFailed, match="The data changed while the report was being made"):
        run_report(notebook, db=str(moving), out=tmp_path / "out")
    assert visible(tmp_path / "out" / "runs" / "report") == []


def test_a_killed_run_leaves_nothing_that_is_seen_and_the_next_one_succeeds(company, tmp_path):
    flag, out = tmp_path / "started", tmp_path / "out"
    wait = f"import os, pathlib, time\npathlib.Path({str(flag)!r}).touch()\n"
    wait += "time.sleep(600 * (os.environ.get('WAIT') == '1'))"
    notebook = make_notebook(tmp_path / "report.ipynb", wait, IMPORTS, HEADLINE, PROVENANCE)
    code = "import sys, pathlib; from saleslab.reporting import run_report; "
    code += "run_report(sys.argv[1], db=sys.argv[2], out=pathlib.Path(sys.argv[3]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(notebook), str(company), str(out)], env=os.environ | {"WAIT": "1"}
    ) as process:
        deadline = time.monotonic() + 60
        while not flag.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert flag.exists()
        process.send_signal(signal.SIGKILL)
    assert visible(out / "runs" / "report") == []
    assert len(list((out / "runs" / "report").glob(".draft-*"))) == 2
    run = run_report(notebook, db=str(company), out=out)
    assert is_whole(run.folder)
    assert [path.name for path in (out / "runs" / "report").iterdir()] == [run.folder.name]


def test_a_run_that_was_damaged_is_made_again(published, company, project, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(published.folder.parents[2], out)
    damaged = out / published.folder.relative_to(published.folder.parents[2])
    (damaged / "en.html").write_text("half", encoding="utf-8")
    assert not is_whole(damaged)
    again = run_report("orders_review", db=str(company), out=out, project=project)
    assert (again.is_new, again.folder) == (True, damaged)
    assert (damaged / "en.html").read_bytes() == (published.folder / "en.html").read_bytes()
    assert visible(damaged.parent) == [damaged.name]
