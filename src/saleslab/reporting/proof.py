"""Is a published run still what its notebook gives?

Each step holds the next one: the manifest holds the files, the key holds the inputs, the notebook's source holds its
parameters, nbval holds the outputs by computing them again, the outputs hold the blocks, and the blocks hold the pages.
So a number that somebody changed is found, wherever it was changed and however well the hashes were mended afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from saleslab.errors import BadArgument, FileProblem, ProofFailed, SaleslabError, WarehouseError
from saleslab.reporting.addresses import absolute_address
from saleslab.reporting.doubts import STEPS, Evidence, collect_evidence, moved_tables
from saleslab.reporting.manifest import Inputs, read_manifest
from saleslab.reporting.origin import code_digest, versions
from saleslab.reporting.planning import KEY_LENGTH
from saleslab.reporting.rerun import rerun
from saleslab.reporting.run_folder import TIMING, changed_outputs, read_json_file


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
        evidence = collect_evidence(place, manifest, project)
    except (BadArgument, FileProblem) as broken:
        checks = (files, Check("notebook", (f"it cannot be read: {broken.what}",)))
        return Proof(str(manifest.get("report")), str(manifest.get("run_key")), place, checks)
    told = [Check(name, tuple(find(evidence))) for name, find in STEPS.items()]
    told += _data_and_rerun(evidence, db, again=again)
    notes = tuple(_notes(evidence.inputs))
    return Proof(evidence.inputs.report, evidence.inputs.run_key, place, (files, *told), notes)


def _data_and_rerun(seen: Evidence, db: str | None, *, again: bool) -> tuple[Check, Check]:
    not_made = Check("rerun", made=False)
    try:
        address = absolute_address(db or str(read_json_file(seen.folder / TIMING)["database"]))
        moved = tuple(moved_tables(seen, address))
    except (KeyError, TypeError, FileProblem, BadArgument, WarehouseError) as unknown:
        what = unknown.what if isinstance(unknown, SaleslabError) else "the run does not say which it read"
        return Check("data", (f"the database cannot be read: {what}",)), not_made
    if moved or not again:
        return Check("data", moved), not_made
    return Check("data"), Check("rerun", tuple(rerun(seen.notebook, database=address)))


def _notes(inputs: Inputs) -> Iterator[str]:
    if inputs.code_sha256 != code_digest():
        yield "the code of saleslab changed"
    now = versions()
    changed = sorted(name for name in {*now, *inputs.versions} if now.get(name) != inputs.versions.get(name))
    if changed:
        yield f"other versions of {', '.join(changed)} are installed"
