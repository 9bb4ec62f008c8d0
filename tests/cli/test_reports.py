"""The verbs about reports: run, list, show, verify, publish; what they print and how they end."""

import json
import shutil

import duckdb
import pytest
from report_notebook import CELLS, make_notebook

PARTS = {"files", "manifest", "notebook", "blocks", "pages", "data", "rerun"}


def runs_in(project):
    return sorted(file.parent for file in project.glob("reports/runs/*/[!.]*/manifest.json"))


@pytest.fixture
def fragile(project):
    """A report that stops for one of its regions."""
    stop = "if region == '13':\n    raise RuntimeError(region)"
    return make_notebook(project / "notebooks" / "reports" / "fragile.ipynb", *CELLS[:1], stop, *CELLS[1:])


@pytest.mark.requirement("H04")
def test_a_report_is_run_with_what_was_typed_and_its_page_and_the_site_are_named(type_in, project):
    done = type_in("report", "run", "orders_review", "-p", "region=07", "-p", "as_of=2026-09-30")
    assert done.exit_code == 0, done.stderr
    published, site = done.stdout.splitlines()
    page = project / published.removeprefix("Published orders_review: ")
    assert page.is_relative_to(project / "reports" / "runs")
    assert "Region 07." in page.read_text(encoding="utf-8")
    assert site == "Site of 2 reports: reports/site/index.html"
    assert "30 Sep 2026" in (project / "reports" / "site" / "index.html").read_text(encoding="utf-8")


def test_an_equal_run_is_taken_as_it_is_and_told_to_a_machine(type_in, project):
    told = json.loads(type_in("report", "run", "orders_review", "--json").stdout)
    (run,) = told["runs"]
    assert (run["report"], run["is_new"], run["n_warnings"]) == ("orders_review", False, 0)
    assert [run["folder"]] == [str(folder) for folder in runs_in(project)]
    assert set(run["pages"]) == {"en", "ja"}
    assert told["site"] == "reports/site/index.html"


@pytest.mark.requirement("H06")
def test_one_failing_run_of_a_matrix_leaves_the_others_published(type_in, project, fragile):
    done = type_in("report", "run", "fragile", "--each", "region=07,13", "--json")
    assert done.exit_code == 1
    good, bad = json.loads(done.stdout)["runs"]
    assert (good["parameters"], bad["parameters"]) == ({"region": "07"}, {"region": "13"})
    assert (bad["error"], "run_key" in bad) == ("ReportFailed", False)
    assert "Not published: fragile region=13\nReportFailed: 'fragile' was not published." in done.stderr
    assert "Next: read the traceback in the record of the failure" in done.stderr
    assert "fragile" in (project / "reports" / "site" / "index.html").read_text(encoding="utf-8")
    again = type_in("report", "run", "fragile", "-p", "region=07", "--lang", "ja")
    assert (again.exit_code, "fragile は発行済みで、内容は変わっていません: " in again.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "what", "next_step"),
    [
        (("nope",), "There is no report 'nope'; there are: orders_review.", "see `saleslab report list`."),
        (("orders_review", "-p", "regoin=01"), "'regoin' is unknown (did you mean 'region'?)", "this report takes:"),
        (("orders_review", "-p", "factor=x"), "'factor' must be a number such as 0.9", "this report takes:"),
        (("orders_review", "-p", "api_key=x"), "looks like a secret", "this report takes:"),
        (("orders_review", "--each", "as_of=2026-10-31,soon"), "must be a day written 2026-10-31", "this report"),
        (("orders_review", "-p", "top"), "'top' is no name with a value", "write it as -p region=01."),
        (("orders_review", "--db", "no.duckdb"), "There is no database", "make one with `saleslab import`"),
        (("no.ipynb",), "There is no notebook 'no.ipynb'", "correct the path"),
    ],
)
def test_what_does_not_fit_ends_with_2_says_what_next_and_runs_nothing(type_in, project, words, what, next_step):
    before = runs_in(project)
    refused = type_in("report", "run", *words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    first, second = refused.stderr.strip().splitlines()
    assert what in first
    assert second.startswith(f"  Next: {next_step}")
    assert runs_in(project) == before
    assert not (project / "reports" / "failed").exists()


@pytest.mark.requirement("F01")
def test_broken_contracts_close_the_gate_for_whoever_insists_on_them(type_in, project):
    with duckdb.connect(str(project / "data" / "lab.duckdb")) as other_program:
        other_program.execute("update orders set ordered_at = null where order_id = 'o:1'")
    before = runs_in(project)
    closed = type_in("report", "run", "orders_review", "--strict", "-p", "region=02")
    assert (closed.exit_code, closed.stdout) == (3, "")
    assert "orders.ordered_at breaks 'required' in 1 row." in closed.stderr
    assert "Next: see `saleslab check` for the rows" in closed.stderr
    assert runs_in(project) == before


def test_reports_are_listed_with_their_question_and_their_last_run(type_in, project):
    make_notebook(project / "notebooks" / "reports" / "new_one.ipynb")
    listed = type_in("report", "list").stdout.splitlines()
    assert listed[0].split() == ["new_one", "How", "much", "did", "we", "win?"]
    assert listed[1].strip() == "not run yet"
    assert listed[3].strip().startswith("1 run; the last one speaks of 31 Oct 2026: reports/runs/orders_review/")
    new, old = json.loads(type_in("report", "list", "--json").stdout)
    assert (new["name"], new["runs"]) == ("new_one", [])
    assert [run["as_of"] for run in old["runs"]] == ["2026-10-31"]


def test_outside_a_project_the_reports_that_come_with_the_lab_are_listed(type_in):
    assert "sales_review" in type_in("report", "list").stdout


def test_the_parameters_of_a_report_are_shown_with_type_default_and_reason(type_in, project):
    shown = type_in("report", "show", "orders_review").stdout.splitlines()
    assert shown[0] == "How much did we win?"
    assert shown[2].split(maxsplit=3) == ["-p", "region=01", "str", "code of the prefecture"]
    told = json.loads(type_in("report", "show", "orders_review", "--json").stdout)
    assert [one["name"] for one in told["parameters"]] == ["as_of", "region", "factor"]


@pytest.mark.requirement("H06")
def test_an_honest_run_is_proved(type_in, project):
    proved = type_in("report", "verify", "orders_review", "--db", "data/lab.duckdb", "--json")
    assert proved.exit_code == 0, proved.stdout
    told = json.loads(proved.stdout)
    assert (told["holds"], {check["name"] for check in told["checks"]}) == (True, PARTS)


@pytest.mark.requirement("H06")
def test_a_falsified_number_ends_with_1_and_is_named(type_in, project):
    (run,) = runs_in(project)
    honest = (run / "blocks.json").read_text(encoding="utf-8")
    (run / "blocks.json").write_text(honest.replace('"1500000.00"', '"9500000.00"'), encoding="utf-8")
    caught = type_in("report", "verify", run, "--db", "data/lab.duckdb")
    assert caught.exit_code == 1
    assert "blocks.json is not the file of the manifest" in caught.stdout
    assert "block 'won' in cell 'cell-05' is not what the cell shows: value.money" in caught.stdout
    assert "Make it anew with: saleslab report run orders_review --fresh" in caught.stdout


def test_a_run_that_is_not_there_cannot_be_proved(type_in, project):
    refused = type_in("report", "verify", "sales_review")
    assert (refused.exit_code, "There is no run 'sales_review' in reports/runs" in refused.stderr) == (2, True)
    assert "Next: name a folder, a longer part of the key, or a report" in refused.stderr


def test_the_site_is_written_anew_without_runs_that_are_gone_and_tells_of_spoiled_ones(type_in, project):
    (run,) = runs_in(project)
    shutil.copytree(run, run.with_name("spoiled"))
    (run.with_name("spoiled") / "en.html").write_text("half", encoding="utf-8")
    partly = type_in("report", "publish")
    assert (partly.exit_code, partly.stdout) == (1, "Site of 1 report: reports/site/index.html\n")
    assert "Left out, because its files are not what was published: reports/runs/orders_review/spoil" in partly.stderr
    shutil.rmtree(run.parent)
    empty = json.loads(type_in("report", "publish", "--json").stdout)
    assert empty == {"site": "reports/site/index.html", "n_runs": 0, "refused": []}


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(type_in, project):
    (project / "taken").write_text("a file", encoding="utf-8")
    refused = type_in("report", "publish", "--out", "taken")
    assert (refused.exit_code, refused.stderr.startswith("FileProblem: 'taken/site' cannot be used: ")) == (2, True)
    assert "Next: correct the path" in refused.stderr
