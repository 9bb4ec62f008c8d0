"""Where does a published run contradict itself?

Every step yields sentences that name the block and the cell, never the value, which may be a person's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import BadArgument, FileProblem
from saleslab.reporting.blocks import Block, Provenance, check_blocks, read_block
from saleslab.reporting.book import find_report
from saleslab.reporting.kernel import INJECTED_TAG, tagged_cell
from saleslab.reporting.manifest import Inputs, contracts_of, inputs_from, manifest_of, tables_of
from saleslab.reporting.notebook_form import normal_form, notebook_text, read_notebook, source_digest
from saleslab.reporting.notebook_rules import skip_marks
from saleslab.reporting.outputs import blocks_text, emitted_blocks, render_pages
from saleslab.reporting.page import PAGE_FILES
from saleslab.reporting.parameters import assignments
from saleslab.reporting.planning import KEY_LENGTH
from saleslab.reporting.rerun import differences
from saleslab.reporting.run_folder import BLOCKS, EXECUTED, read_json_file
from saleslab.reporting.show import show_block
from saleslab.warehouse import connect


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run as it lies in its folder: manifest, inputs, executed notebook, blocks, and the cell of each block."""

    folder: Path
    manifest: Mapping[str, Any]
    inputs: Inputs
    notebook: Any
    blocks: tuple[Block, ...]
    cell_of: Mapping[str, str]
    project: Path | None

    def where(self, block: str) -> str:
        """Return how a block is named in a finding."""
        cell = self.cell_of.get(block)
        return f"block '{block}' in cell '{cell}'" if cell else f"block '{block}'"


def collect_evidence(folder: Path, manifest: Mapping[str, Any], project: Path | None) -> Evidence:
    """Read a run; raises `FileProblem` or `BadArgument` where it is none."""
    notebook = read_notebook(folder / EXECUTED)
    emitted = emitted_blocks(notebook)
    blocks = tuple(read_block(tree) for _, _, tree in emitted)
    check_blocks(blocks)
    cells = {block.name: str(cell.id) for block, (cell, _, _) in zip(blocks, emitted, strict=True)}
    return Evidence(folder, manifest, inputs_from(manifest), notebook, blocks, cells, project)


def _doubts_of_manifest(seen: Evidence) -> Iterator[str]:
    """Yield where the manifest, the name of the folder and the blocks contradict each other."""
    if seen.folder.name != seen.inputs.run_key[:KEY_LENGTH]:
        yield "the folder is not named by the key of its inputs"
    outputs, checks = seen.manifest.get("outputs", {}), seen.manifest.get("checks", {})
    missing = sorted({*PAGE_FILES.values(), BLOCKS, EXECUTED} - set(outputs))
    if missing:
        yield f"the manifest leaves out {', '.join(missing)}"
    known = set(seen.inputs.tables)
    unknown = [
        read.table
        for block in seen.blocks
        if isinstance(block, Provenance)
        for read in block.tables
        if read not in known
    ]
    if unknown:
        yield f"the provenance names tables that the manifest does not: {', '.join(unknown)}"
    rightly = manifest_of(seen.inputs, seen.blocks, outputs=outputs, checks=checks)
    places = sorted(differences(dict(seen.manifest), rightly))
    if places:
        yield f"the manifest says something else than inputs and blocks in {', '.join(places)}"


def _doubts_of_notebook(seen: Evidence) -> Iterator[str]:
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


def _doubts_of_source(seen: Evidence) -> Iterator[str]:
    """Yield where the book's notebook is another; a notebook outside the book has nothing to be held against."""
    try:
        report = find_report(seen.inputs.report, seen.project)
    except (BadArgument, FileProblem):
        return
    if source_digest(read_notebook(report.path)) != seen.inputs.notebook_sha256:
        yield "the notebook moved on: the one in notebooks/reports is not the one that was run"


def _doubts_of_blocks(seen: Evidence) -> Iterator[str]:
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


def _doubts_of_pages(seen: Evidence) -> Iterator[str]:
    """Yield the pages that are not, byte for byte, what the blocks give."""
    for name, page in render_pages(seen.blocks, seen.inputs.run_key).items():
        kept = _read_text(seen.folder / name)
        if kept != page:
            yield f"{name} is not the page of its blocks{_first_difference(kept, page, seen)}"


def _first_difference(kept: str, page: str, seen: Evidence) -> str:
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


def moved_tables(seen: Evidence, address: str) -> Iterator[str]:
    """Yield the tables that are not as they were read, or break other contracts than the manifest tells."""
    read = set(seen.manifest.get("tables_read", ()))
    then = {table.table: table for table in seen.inputs.tables if table.table in read}
    with connect(address, read_only=True) as lab:
        now = {table.table: table for table in tables_of(lab)}
        contracts = contracts_of(lab, set(then) & set(now))
    for name, table in then.items():
        if now.get(name) != table:
            rows = f"{table.n_rows} rows then, {now[name].n_rows if name in now else 0} now"
            yield f"the data moved on: {name} is not as it was read ({rows})"
        elif contracts[name] != seen.manifest.get("checks", {}).get("contracts", {}).get(name):
            yield f"the manifest tells of other broken contracts of {name} than the data have"


STEPS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "manifest": _doubts_of_manifest,
    "notebook": _doubts_of_notebook,
    "blocks": _doubts_of_blocks,
    "pages": _doubts_of_pages,
}
