"""How does a notebook become a run: a folder with pages, blocks, the executed notebook and a manifest?

Parameters are checked first, then everything that can change a number is hashed into the run's key, then papermill runs
the notebook, and the pages are rendered from its blocks alone. The folder appears when it is whole. A run that fails
publishes nothing, leaves the last good one, and keeps a record under ``failed/``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import BadArgument, FileProblem, GateClosed, ReportFailed, SaleslabError
from saleslab.reporting.addresses import file_of
from saleslab.reporting.blocks import Block, Provenance, check_blocks, read_block
from saleslab.reporting.canonical import Json
from saleslab.reporting.gate import insist_on_contracts
from saleslab.reporting.kernel import CellFailed, Progress, execute
from saleslab.reporting.manifest import contracts_of, manifest_of, read_manifest, tables_of
from saleslab.reporting.notebook_form import normal_form
from saleslab.reporting.outputs import emitted_blocks, write_outputs
from saleslab.reporting.people_log import (
    PEOPLE_LOG,
    NearGroup,
    find_near_groups,
    insist_on_distance,
    note_people,
    write_near,
)
from saleslab.reporting.planning import KEY_LENGTH, Plan, plan_run
from saleslab.reporting.redaction import redact, secret_values
from saleslab.reporting.run_folder import MANIFEST, TIMING, changed_outputs, draft_of, write_json_file, write_text
from saleslab.reporting.timing import Stopwatch, commit_of
from saleslab.warehouse import connect
from saleslab.warehouse.connection import without_password

REPORTS_FOLDER = Path("reports")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a report that was published.

    Attributes
    ----------
    report, run_key
        Its name, and the hash of everything it depends on.
    folder
        Where its files are.
    is_new
        False where an equal run was there already, whole, and was taken as it is.
    n_warnings
        How many cells wrote to stderr; ``timing.json`` holds what.
    near
        Groups of people that an earlier page told of with a few more or fewer; ``timing.json`` holds them too.
    """

    report: str
    run_key: str
    folder: Path
    is_new: bool
    n_warnings: int = 0
    near: tuple[NearGroup, ...] = ()


def run_report(
    report: str | Path,
    *,
    db: str,
    parameters: Mapping[str, object] | None = None,
    as_text: bool = False,
    out: Path = REPORTS_FOLDER,
    project: Path | None = None,
    fresh: bool = False,
    strict: bool = False,
    past_gate: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run a report on a company's data and keep the result in ``out/runs/<report>/<key>/``.

    Parameters
    ----------
    report
        Name of a report, or the path of a notebook.
    db
        The warehouse, as a file or an address; the notebook opens it for reading.
    parameters
        Values for the notebook's parameters; the others keep their defaults.
    as_text
        The values were typed, and are read by the declared types (`fill_parameters`).
    out
        Folder of all reports.
    project
        Folder that holds ``notebooks/reports`` and the lock file; looked for when None.
    fresh
        Run even where an equal run is there already.
    strict
        Publish nothing while a table that was read breaks any contract (`insist_on_contracts`), or while an earlier
        page and this one together would give a few people away (`saleslab.reporting.people_log`).
    past_gate
        Publish whatever the data are like: for the page that tells what is wrong with them.
    progress
        Called after every cell with how many are done, and of how many.

    Returns
    -------
    Run
        Files: ``en.html``, ``ja.html``, ``blocks.json``, ``executed.ipynb``, ``manifest.json``, and
        ``timing.json`` with what is true of this one run only. All but the last depend on nothing but the inputs.

    Raises
    ------
    ParameterError
        When a parameter does not fit; nothing was run.
    WarehouseError
        When the database cannot be opened.
    ReportFailed
        When the notebook stopped, or shows what must not be shown; nothing was published.
    GateClosed
        When the data break contracts that must be kept; nothing was published.
    """
    watch = Stopwatch()
    with watch.step("plan"):
        plan = plan_run(report, db, parameters or {}, as_text=as_text, out=out, project=project)
    name, key = plan.inputs.report, plan.inputs.run_key
    record = out / "failed" / name / key[:KEY_LENGTH]
    if not fresh and is_whole(plan.folder):
        if not past_gate:
            insist_on_contracts(read_manifest(plan.folder).get("checks", {}).get("contracts", {}), strict=strict)
        shutil.rmtree(record, ignore_errors=True)
        return Run(name, key, plan.folder, is_new=False)
    try:
        with draft_of(plan.folder) as draft:
            done = _fill(draft, plan, watch, progress, log=out / PEOPLE_LOG, strict=None if past_gate else strict)
    except SaleslabError as failed:
        raise _record_failure(record, plan, failed, watch) from None
    shutil.rmtree(record, ignore_errors=True)
    return Run(name, key, plan.folder, is_new=True, n_warnings=done.n_warnings, near=done.near)


def is_whole(folder: Path) -> bool:
    """Say whether a folder holds a run whose files are what its manifest says."""
    try:
        return not changed_outputs(folder, read_manifest(folder))
    except FileProblem:
        return False


@dataclass(frozen=True, slots=True)
class _Filled:
    """A draft that is whole: how many cells warned, and which groups of people are near to those of earlier pages."""

    n_warnings: int
    near: tuple[NearGroup, ...]


def _fill(
    draft: Path, plan: Plan, watch: Stopwatch, progress: Progress | None, *, log: Path, strict: bool | None
) -> _Filled:
    """Run the notebook and write every file of the run, without a gate where ``strict`` is None."""
    with watch.step("execute"):
        executed = execute(plan.notebook, database=plan.address, progress=progress)
    warnings = [
        str(output.text)
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    executed = normal_form(executed, whole=True)
    secrets = secret_values(plan.address)
    _refuse_traces(executed, plan, secrets)
    blocks = _blocks_of(executed)
    contracts = _check_data(blocks, plan)
    if strict is not None:
        insist_on_contracts(contracts, strict=strict)
    near = find_near_groups(log, plan.inputs, blocks)
    if strict:
        insist_on_distance(near)
    checks: dict[str, Json] = {
        "n_blocks": len(blocks),
        "contracts": {table: {**broken} for table, broken in contracts.items()},
    }
    with watch.step("render"):
        outputs = write_outputs(draft, executed, blocks, plan.inputs.run_key)
    write_json_file(draft / MANIFEST, manifest_of(plan.inputs, blocks, outputs=outputs, checks=checks))
    commit = commit_of(plan.project) if plan.project else None
    address = without_password(plan.address)
    stderr = [redact(text, secrets) for text in warnings]
    facts = watch.facts(database=address, commit=commit, stderr=list(stderr), near_groups=write_near(near))
    write_json_file(draft / TIMING, facts)
    note_people(log, plan.inputs, blocks, at=watch.started_at.replace(tzinfo=None))
    return _Filled(len(warnings), near)


def _blocks_of(executed: Any) -> tuple[Block, ...]:
    """Return the blocks of an executed notebook; refuse what makes no report."""
    try:
        blocks = tuple(read_block(tree) for _, _, tree in emitted_blocks(executed))
        check_blocks(blocks)
    except BadArgument as wrong:
        raise ReportFailed(wrong.what, wrong.next_step) from None
    return blocks


def _check_data(blocks: tuple[Block, ...], plan: Plan) -> dict[str, dict[str, int]]:
    """Return the broken contracts of the tables that were read; refuse data that moved while the notebook ran."""
    read = {table for block in blocks if isinstance(block, Provenance) for table in block.tables}
    planned = set(plan.inputs.tables)
    with connect(plan.address, read_only=True) as lab:
        if set(tables_of(lab)) != planned or not read <= planned:
            raise ReportFailed(
                "The data changed while the report was being made.", "run it again when the import is done."
            )
        return contracts_of(lab, [table.table for table in read])


def _refuse_traces(executed: Any, plan: Plan, secrets: Mapping[str, str]) -> None:
    """Refuse to publish a secret, or where the database lies on this machine."""
    file = file_of(plan.address)
    shown = {plan.address: "the address of the database", **({str(file): "the path of the database"} if file else {})}
    shown |= secrets
    written = {text: json.dumps(text, ensure_ascii=False)[1:-1] for text in shown}
    for cell in executed.cells:
        text = json.dumps(cell.get("outputs", []), ensure_ascii=False)
        found = sorted({shown[value] for value, form in written.items() if form in text})
        if found:
            raise ReportFailed(
                f"The cell '{cell.id}' shows {', '.join(found)}, and a report is read by others.",
                "take it out of what the notebook prints.",
            )


def _record_failure(record: Path, plan: Plan, failed: SaleslabError, watch: Stopwatch) -> SaleslabError:
    """Keep what happened, without secrets, and return the error to raise."""
    secrets = secret_values(plan.address)
    what = f"'{plan.inputs.report}' was not published. {redact(failed.what, secrets)}"
    next_step = redact(failed.next_step, secrets)
    traceback = failed.traceback if isinstance(failed, CellFailed) else ""
    shutil.rmtree(record, ignore_errors=True)
    record.mkdir(parents=True)
    said: dict[str, Json] = {"what": what, "next_step": next_step}
    write_json_file(record / "failure.json", {**said, "inputs": plan.inputs.to_json(), "run": watch.facts()})
    write_text(record / "traceback.txt", redact(traceback, secrets) + "\n")
    kind = GateClosed if isinstance(failed, GateClosed) else ReportFailed
    return kind(what, f"{next_step} The record is in {record}.")
