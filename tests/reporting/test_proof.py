"""A number that somebody changed is found, wherever it was changed and however well the hashes were mended."""

from __future__ import annotations

import json
import shutil

import nbformat
import pytest
from report_notebook import WON, make_company

from saleslab.errors import FileProblem, ProofFailed
from saleslab.reporting.blocks import MIME, read_block
from saleslab.reporting.manifest import inputs_from, manifest_of
from saleslab.reporting.notebook_form import source_digest
from saleslab.reporting.outputs import emitted_blocks, write_outputs
from saleslab.reporting.proof import verify_run
from saleslab.reporting.run_folder import output_facts
from saleslab.reporting.show import show_block

FILES = ("en.html", "ja.html", "blocks.json", "executed.ipynb")


@pytest.fixture
def copied(published, tmp_path):
    """A copy of the run, to be falsified."""
    folder = tmp_path / "runs" / "orders_review" / published.folder.name
    shutil.copytree(published.folder, folder)
    return folder


def read_executed(folder):
    return nbformat.read(folder / "executed.ipynb", as_version=4)


def mend_hashes(folder):
    """Write the hashes of the files as they are now into the manifest, as a forger would."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"] = output_facts(folder, FILES)
    write_manifest(folder, manifest)


def write_manifest(folder, manifest):
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def forge_everywhere(folder, notebook):
    """Publish a changed executed notebook with pages, blocks and a manifest that agree with it in every byte."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    blocks = []
    for _, output, tree in emitted_blocks(notebook):
        blocks.append(read_block(tree))
        output.data = nbformat.from_dict(show_block(blocks[-1]))
    inputs = inputs_from(manifest | {"notebook_sha256": source_digest(notebook)})
    target = folder.with_name(inputs.run_key[:16])
    if target != folder:
        folder.rename(target)
    outputs = write_outputs(target, notebook, blocks, inputs.run_key)
    write_manifest(target, manifest_of(inputs, blocks, outputs=outputs, checks=manifest["checks"]))
    return target


@pytest.mark.requirement("F01")
def test_an_honest_run_is_proved_by_running_it_again(published, project):
    proof = verify_run(published.folder, project=project)
    assert proof.holds, proof.findings
    assert [check.name for check in proof.checks] == [
        "files",
        "manifest",
        "notebook",
        "blocks",
        "pages",
        "data",
        "rerun",
    ]
    proof.insist()


@pytest.mark.requirement("F01")
def test_a_forger_who_makes_everything_agree_is_caught_by_running_it_again(copied, project):
    notebook = read_executed(copied)
    emitted_blocks(notebook)[1][2]["value"]["money"] = "1500001.00"
    printed = next(cell for cell in notebook.cells if cell.source.startswith("print"))
    printed.outputs[0].text = printed.outputs[0].text.replace("1,500,000", "1,500,001")
    emitted_blocks(notebook)[4][2]["versions"][0][1] = "Yamada Taro"
    proof = verify_run(forge_everywhere(copied, notebook), project=project)
    assert proof.findings == (
        "block 'won' in cell 'cell-05' is not what the notebook gives: value.money",
        "cell 'cell-08': the printed output is not what the notebook gives",
        "block 'provenance' in cell 'cell-09' is not what the notebook gives: versions[0][1]",
    )
    with pytest.raises(ProofFailed, match=r"is not proved: block 'won'.*\n  Next: do not rely on it"):
        proof.insist()


def test_a_forger_who_changes_the_source_too_is_caught_by_the_book(copied, project):
    notebook = read_executed(copied)
    cell = next(cell for cell in notebook.cells if cell.source == WON)
    cell.source = WON.replace("Money(won)", "Money(won + 1)")
    emitted_blocks(notebook)[1][2]["value"]["money"] = "1500001.00"
    proof = verify_run(forge_everywhere(copied, notebook), project=project, again=False)
    assert proof.findings == ("the notebook moved on: the one in notebooks/reports is not the one that was run",)


@pytest.mark.parametrize("mend", [False, True])
def test_a_number_changed_in_a_page_is_found_with_its_block_and_cell(copied, project, mend):
    page = (copied / "ja.html").read_text(encoding="utf-8")
    assert page.count("150万円") >= 1
    (copied / "ja.html").write_text(page.replace("150万円", "160万円"), encoding="utf-8")
    if mend:
        mend_hashes(copied)
    findings = verify_run(copied, project=project, again=False).findings
    assert ("ja.html is not the file of the manifest" in findings) is not mend
    assert any(
        f.startswith("ja.html is not the page") and f.endswith("block 'won' in cell 'cell-05'") for f in findings
    )


def test_a_number_changed_in_the_blocks_is_found_with_its_block_and_cell(copied, project):
    text = (copied / "blocks.json").read_text(encoding="utf-8")
    (copied / "blocks.json").write_text(text.replace('{"count":5}', '{"count":6}'), encoding="utf-8")
    mend_hashes(copied)
    findings = verify_run(copied, project=project, again=False).findings
    assert "blocks.json: block 'n_orders' in cell 'cell-06' is not what the cell shows: value.count" in findings


def test_what_the_notebook_shows_must_be_what_its_block_holds(copied, project):
    notebook = read_executed(copied)
    output = emitted_blocks(notebook)[2][1]
    output.data["text/html"] = output.data["text/html"].replace("5", "6")
    nbformat.write(notebook, copied / "executed.ipynb")
    findings = verify_run(copied, project=project, again=False).findings
    assert "block 'n_orders' in cell 'cell-06' shows another text/html than its data give" in findings


@pytest.mark.parametrize(
    ("falsify", "finding"),
    [
        (lambda cell: cell.update(execution_count=None, outputs=[]), "has no execution count"),
        (lambda cell: cell.update(source=f"# NBVAL_IGNORE_OUTPUT\n{cell.source}"), "hides the cell from the proof"),
        (lambda cell: cell.metadata.update(tags=["nbval-skip"]), "hides the cell from the proof"),
        (lambda cell: cell.metadata.update(tags=["raises-exception"]), "hides the cell from the proof"),
        (lambda cell: cell.update(source=cell.source + " "), "is not the one of the manifest"),
    ],
)
def test_a_cell_that_nbval_would_pass_over_is_found(copied, project, falsify, finding):
    notebook = read_executed(copied)
    falsify(next(cell for cell in notebook.cells if cell.source.startswith("print")))
    nbformat.write(notebook, copied / "executed.ipynb")
    assert any(finding in told for told in verify_run(copied, project=project, again=False).findings)


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("as_of", "2026-11-30", "in as_of"),
        ("title", {"en": "x", "ja": "x"}, "in title.en, title.ja"),
        ("seed", 8, "in seed"),
        ("parameters", {"as_of": "2026-10-31", "region": "02", "factor": 1.0}, "sets other parameters"),
        ("run_key", "0" * 64, "in run_key"),
        ("outputs", {}, "leaves out blocks.json, en.html, executed.ipynb, ja.html"),
        ("checks", {"n_blocks": 5, "contracts": {"orders": {"total:range": 1}}}, "other broken contracts of orders"),
        ("tables", [], "the provenance names tables that the manifest does not: orders"),
        ("inputs", {}, "in inputs"),
    ],
)
def test_a_changed_manifest_contradicts_the_rest(copied, project, name, value, finding):
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    write_manifest(copied, manifest | {name: value})
    proof = verify_run(copied, project=project, again=False)
    assert any(finding in told for told in proof.findings), proof.findings


def test_data_that_moved_on_are_told_and_nothing_is_run(copied, project, tmp_path):
    other = make_company(tmp_path / "lab.duckdb", extra=2)
    proof = verify_run(copied, db=str(other), project=project)
    assert proof.findings == ("the data moved on: orders is not as it was read (5 rows then, 7 now)",)
    assert [check.made for check in proof.checks if check.name == "rerun"] == [False]
    assert not proof.holds


def test_a_database_that_is_gone_is_told(copied, project, tmp_path):
    findings = verify_run(copied, db=str(tmp_path / "gone.duckdb"), project=project).findings
    assert len(findings) == 1
    assert findings[0].startswith("the database cannot be read: There is no database")
    (copied / "timing.json").unlink()
    assert "the database cannot be read" in verify_run(copied, project=project).findings[0]


@pytest.mark.parametrize("text", ["", "{}", '{"cells": 1}', "[]", "not json"])
def test_a_notebook_that_is_none_is_a_finding(copied, project, text):
    (copied / "executed.ipynb").write_text(text, encoding="utf-8")
    proof = verify_run(copied, project=project)
    assert not proof.holds
    assert any("it cannot be read" in told for told in proof.findings)


def test_a_block_that_is_none_is_a_finding(copied, project):
    notebook = read_executed(copied)
    output = emitted_blocks(notebook)[2][1]
    output.data[MIME] = {"block": "kpi"}
    nbformat.write(notebook, copied / "executed.ipynb")
    assert any("it cannot be read: This is no block" in told for told in verify_run(copied, project=project).findings)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(FileProblem, match=r"There is no .*manifest.json.*\n  Next: name the folder of a run"):
        verify_run(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": "other"}', encoding="utf-8")
    with pytest.raises(FileProblem, match="is not of saleslab.run/1"):
        verify_run(tmp_path)


def test_a_report_outside_the_book_is_held_against_itself_alone(copied, tmp_path):
    (tmp_path / "notebooks" / "reports").mkdir(parents=True)
    assert verify_run(copied, project=tmp_path, again=False).findings == ()


@pytest.mark.parametrize("name", ["outputs", "checks", "parameters", "versions"])
def test_a_malformed_manifest_is_refused(copied, name):
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    write_manifest(copied, manifest | {name: 7})
    with pytest.raises(FileProblem, match=rf"not complete \({name}\).*\n  Next: run the report again"):
        verify_run(copied)


def test_a_manifest_without_its_inputs_is_a_finding(copied):
    manifest = json.loads((copied / "manifest.json").read_text(encoding="utf-8"))
    write_manifest(copied, {name: value for name, value in manifest.items() if name != "tables"})
    assert any("The manifest is not complete ('tables')" in told for told in verify_run(copied).findings)
