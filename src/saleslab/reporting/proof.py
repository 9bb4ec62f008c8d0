"""Is a published run still what its notebook gives?

Each step holds the next one: the manifest holds the files, the key holds the inputs, the notebook's source holds its
parameters, nbval holds the outputs by computing them again, the outputs hold the blocks, and the blocks hold the pages.
So a number that somebody changed is found, wherever it was changed and however well the hashes were mended afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import BadArgument, FileProblem, ProofFailed, SaleslabError, WarehouseError
from saleslab.reporting.addresses import absolute_address
from saleslab.reporting.blocks import Block, check_blocks, read_block
from saleslab.reporting.book import find_report
from saleslab.reporting.kernel import INJECTED_TAG, tagged_cell
from saleslab.reporting.manifest import Inputs, contracts_of, inputs_from, manifest_of, read_manifest, tables_of
from saleslab.reporting.notebook_form import normal_form, notebook_text, read_notebook, source_digest
from saleslab.reporting.notebook_rules import skip_marks
from saleslab.reporting.origin import code_digest, versions
from saleslab.reporting.outputs import blocks_text, emitted_blocks, render_pages
from saleslab.reporting.page import PAGE_FILES
from saleslab.reporting.parameters import assignments
from saleslab.reporting.rerun import differences, rerun
from saleslab.reporting.run_folder import BLOCKS, EXECUTED, TIMING, changed_outputs, read_json_file
from saleslab.reporting.running import KEY_LENGTH
from saleslab.reporting.show import show_block
from saleslab.warehouse import connect


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a proof: its name, what it found wrong, and whether it was made at all."""

    name: str
    findings: tuple[str, ...] = ()
    made: bool = True

    @property
    def passed(self) -> bool:
        """Whether it was made and found nothing."""
        return self.made and not self.findings


@dataclass(frozen=True, slots=True)
class Proof:
    """What the steps of a proof found.

    Attributes
    ----------
    report, run_key, folder
        The run.
    checks
        ``files``, ``manifest``, ``notebook``, ``blocks``, ``pages``, ``data``, ``rerun``.
    notes
        What has changed since the run without disproving it, such as the version of a library.
    """

    report: str
    run_key: str
    folder: Path
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every step was made and found nothing."""
        return all(check.passed for check in self.checks)

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found wrong, in the order of the steps."""
        return tuple(finding for check in self.checks for finding in check.findings)

    def insist(self) -> None:
        """Raise `ProofFailed`, with every finding, unless the proof holds."""
        if self.holds:
            return
        since = f" Since then: {'; '.join(self.notes)}." if self.notes else ""
        raise ProofFailed(
            f"The run {self.run_key[:KEY_LENGTH]} of '{self.report}' is not proved: {'; '.join(self.findings)}.{since}",
            f"do not rely on it; make it anew with `saleslab report run {self.report} --fresh`.",
        )


@dataclass(frozen=True, slots=True)
class _Evidence:
    folder: Path
    manifest: Mapping[str, Any]
    inputs: Inputs
    notebook: Any
    blocks: tuple[Block, ...]
    cell_of: Mapping[str, str]
    project: Path | None

    def where(self, block: str) -> str:
        cell = self.cell_of.get(block)
        return f"block '{block}' in cell '{cell}'" if cell else f"block '{block}'"


def verify_run(folder: str | Path, *, db: str | None = None, project: Path | None = None, again: bool = True) -> Proof:
    """Prove a published run: run its notebook again by nbval, and hold everything against what was published.

    Parameters
    ----------
    folder
        Folder of the run.
    db
        The warehouse, as a file or an address; the one of ``timing.json`` when None.
    project
        Folder that holds ``notebooks/reports``; looked for when None.
    again
        Whether the notebook is run again; without that, nothing is proved, but much can be disproved at once.

    Returns
    -------
    Proof
        Findings name the block and the cell, never the value. When the data have moved on since the run, that is the
        finding, and the notebook is not run again.

    Raises
    ------
    FileProblem
        When the folder holds no run.
    """
    place = Path(folder).absolute()
    manifest = read_manifest(place)
    changed = tuple(f"{name} is not the file of the manifest" for name in changed_outputs(place, manifest))
    files = Check("files", changed)
    try:
        evidence = _collect(place, manifest, project)
    except (BadArgument, FileProblem) as broken:
        checks = (files, Check("notebook", (f"it cannot be read: {broken.what}",)))
        return Proof(str(manifest.get("report")), str(manifest.get("run_key")), place, checks)
    told = [Check(name, tuple(find(evidence))) for name, find in _STEPS.items()]
    told += _data_and_rerun(evidence, db, again=again)
    notes = tuple(_notes(evidence.inputs))
    return Proof(evidence.inputs.report, evidence.inputs.run_key, place, (files, *told), notes)


def _collect(folder: Path, manifest: Mapping[str, Any], project: Path | None) -> _Evidence:
    notebook = read_notebook(folder / EXECUTED)
    emitted = emitted_blocks(notebook)
    blocks = tuple(read_block(tree) for _, _, tree in emitted)
    check_blocks(blocks)
    cells = {block.name: str(cell.id) for block, (cell, _, _) in zip(blocks, emitted, strict=True)}
    return _Evidence(folder, manifest, inputs_from(manifest), notebook, blocks, cells, project)


def _doubts_of_manifest(seen: _Evidence) -> Iterator[str]:
    """Yield where the manifest, the name of the folder and the blocks contradict each other."""
    if seen.folder.name != seen.inputs.run_key[:KEY_LENGTH]:
        yield "the folder is not named by the key of its inputs"
    outputs, checks = seen.manifest.get("outputs", {}), seen.manifest.get("checks", {})
    missing = sorted({*PAGE_FILES.values(), BLOCKS, EXECUTED} - set(outputs))
    if missing:
        yield f"the manifest leaves out {', '.join(missing)}"
    rightly = manifest_of(seen.inputs, seen.blocks, outputs=outputs, checks=checks)
    places = sorted(differences(dict(seen.manifest), rightly))
    if places:
        yield f"the manifest says something else than inputs and blocks in {', '.join(places)}"


def _doubts_of_notebook(seen: _Evidence) -> Iterator[str]:
    """Yield what would keep nbval from comparing, or makes the notebook another than the one that was run."""
    if source_digest(seen.notebook) != seen.inputs.notebook_sha256:
        yield "the source of the executed notebook is not the one of the manifest"
    yield from _doubts_of_source(seen)
    injected = tagged_cell(seen.notebook, INJECTED_TAG)
    lines = injected.source.split("\n") if injected else []
    if sorted(lines) != sorted(assignments(seen.inputs.parameters).split("\n")):
        yield "the executed notebook sets other parameters than the manifest names"
    for cell in seen.notebook.cells:
        if cell.cell_type == "code":
            yield from (f"cell '{cell.id}': {mark}" for mark in skip_marks(cell))
            if cell.execution_count is None:
                yield f"cell '{cell.id}' has no execution count, so that nbval would pass over it"
    if (seen.folder / EXECUTED).read_text(encoding="utf-8") != notebook_text(normal_form(seen.notebook, whole=True)):
        yield "the file of the executed notebook is not in the form that a run writes"


def _doubts_of_source(seen: _Evidence) -> Iterator[str]:
    """Yield where the book's notebook is another; a notebook outside the book has nothing to be held against."""
    try:
        report = find_report(seen.inputs.report, seen.project)
    except (BadArgument, FileProblem):
        return
    if source_digest(read_notebook(report.path)) != seen.inputs.notebook_sha256:
        yield "the notebook moved on: the one in notebooks/reports is not the one that was run"


def _doubts_of_blocks(seen: _Evidence) -> Iterator[str]:
    """Yield where blocks.json and the pictures in the notebook are not what its blocks say."""
    for block, (_, output, tree) in zip(seen.blocks, emitted_blocks(seen.notebook), strict=True):
        shown = show_block(block)
        wrong = sorted(kind for kind in {*shown, *output.data} if shown.get(kind) != output.data.get(kind))
        if wrong or block.to_json() != tree:
            yield f"{seen.where(block.name)} shows another {', '.join(wrong) or 'content'} than its data give"
    written = _read_text(seen.folder / BLOCKS)
    if written == blocks_text(seen.blocks):
        return
    kept = {str(tree.get("name")): tree for tree in _list_of_blocks(seen.folder / BLOCKS)}
    for block in seen.blocks:
        places = list(differences(kept.pop(block.name, None), block.to_json()))
        if places:
            yield f"{BLOCKS}: {seen.where(block.name)} is not what the cell shows: {', '.join(places[:3])}"
    yield from (f"{BLOCKS}: block '{name}' is in no cell" for name in kept)
    yield f"{BLOCKS} is not the text of the blocks in the executed notebook"


def _list_of_blocks(file: Path) -> list[Mapping[str, Any]]:
    try:
        trees = read_json_file(file)
    except FileProblem:
        return []
    return [tree for tree in trees if isinstance(tree, dict)] if isinstance(trees, list) else []


def _doubts_of_pages(seen: _Evidence) -> Iterator[str]:
    """Yield the pages that are not, byte for byte, what the blocks give."""
    for name, page in render_pages(seen.blocks, seen.inputs.run_key).items():
        kept = _read_text(seen.folder / name)
        if kept != page:
            yield f"{name} is not the page of its blocks{_first_difference(kept, page, seen)}"


def _first_difference(kept: str, page: str, seen: _Evidence) -> str:
    """Return near which block two pages part, as far as the page tells."""
    pairs = enumerate(zip(kept, page, strict=False))
    before = page[: next((i for i, (one, other) in pairs if one != other), min(len(kept), len(page)))]
    at = {block.name: before.rfind(f'id="{block.name}"') for block in seen.blocks}
    nearest = max(at, key=lambda name: at[name], default=None)
    line = before.count("\n") + 1
    return f": line {line}" + (f", at {seen.where(nearest)}" if nearest and at[nearest] >= 0 else "")


def _read_text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


_STEPS: Mapping[str, Callable[[_Evidence], Iterator[str]]] = {
    "manifest": _doubts_of_manifest,
    "notebook": _doubts_of_notebook,
    "blocks": _doubts_of_blocks,
    "pages": _doubts_of_pages,
}


def _data_and_rerun(seen: _Evidence, db: str | None, *, again: bool) -> tuple[Check, Check]:
    not_made = Check("rerun", made=False)
    try:
        address = absolute_address(db or str(read_json_file(seen.folder / TIMING)["database"]))
        moved = tuple(_moved_tables(seen, address))
    except (KeyError, TypeError, FileProblem, BadArgument, WarehouseError) as unknown:
        what = unknown.what if isinstance(unknown, SaleslabError) else "the run does not say which it read"
        return Check("data", (f"the database cannot be read: {what}",)), not_made
    if moved or not again:
        return Check("data", moved), not_made
    return Check("data"), Check("rerun", tuple(rerun(seen.notebook, database=address)))


def _moved_tables(seen: _Evidence, address: str) -> Iterator[str]:
    read = set(seen.manifest.get("tables_read", ()))
    then = {table.table: table for table in seen.inputs.tables if table.table in read}
    with connect(address, read_only=True) as lab:
        now = {table.table: table for table in tables_of(lab)}
        contracts = contracts_of(lab, set(then) & set(now))
    for name, table in then.items():
        if now.get(name) != table:
            rows = f"{table.n_rows} rows then, {now[name].n_rows if name in now else 0} now"
            yield f"the data moved on: {name} is not as it was read ({rows})"
        elif contracts[name] != seen.manifest["checks"].get("contracts", {}).get(name):
            yield f"the manifest tells of other broken contracts of {name} than the data have"


def _notes(inputs: Inputs) -> Iterator[str]:
    if inputs.code_sha256 != code_digest():
        yield "the code of saleslab changed"
    now = versions()
    changed = sorted(name for name in {*now, *inputs.versions} if now.get(name) != inputs.versions.get(name))
    if changed:
        yield f"other versions of {', '.join(changed)} are installed"
