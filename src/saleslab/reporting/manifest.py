"""What went into a run, and what came out?

`Inputs` is everything that can change a number, and its hash is the key of the run: equal keys, equal bytes. The
manifest adds the hashes of what came out and the checks that were made. It holds no time, no path and no name of a
machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import FileProblem
from saleslab.reporting.blocks import Block, Headline, Provenance, TableRead
from saleslab.reporting.canonical import Json, digest, encode
from saleslab.reporting.origin import code_digest, versions
from saleslab.reporting.parameters import ParameterValue
from saleslab.reporting.run_folder import MANIFEST, read_json_file
from saleslab.warehouse import Warehouse

SCHEMA = "saleslab.run/1"

_TREES = ("outputs", "checks", "parameters", "versions", "settings", "title", "subject")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that can change what a report says.

    Attributes
    ----------
    report
        Its name.
    parameters
        Every declared parameter but the database, defaults filled in.
    notebook_sha256, code_sha256, lock_sha256
        Of the notebook's cells without outputs, of the package's files, and of the lock file (None without one).
    versions, settings
        Of libraries; of the warehouse, with its engine.
    tables
        Rows and digest of every table of the warehouse, read or not.
    """

    report: str
    parameters: Mapping[str, ParameterValue]
    notebook_sha256: str
    code_sha256: str
    lock_sha256: str | None
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    tables: tuple[TableRead, ...]

    def to_json(self) -> dict[str, Json]:
        """Return them as JSON."""
        tables: list[Json] = [
            {"table": read.table, "n_rows": read.n_rows, "digest": read.digest} for read in self.tables
        ]
        return {
            "report": self.report,
            "parameters": dict(self.parameters),
            "notebook_sha256": self.notebook_sha256,
            "code_sha256": self.code_sha256,
            "lock_sha256": self.lock_sha256,
            "versions": dict(self.versions),
            "settings": dict(self.settings),
            "tables": tables,
        }

    @property
    def run_key(self) -> str:
        """SHA-256 of all of them, in 64 hexadecimal digits."""
        return digest(self.to_json())


def inputs_of(
    report: str,
    lab: Warehouse,
    *,
    parameters: Mapping[str, ParameterValue],
    notebook_sha256: str,
    lock_file: Path | None,
) -> Inputs:
    """Return what a run of a report on a warehouse depends on; the warehouse counts, nothing is read to Python."""
    settings = {"engine": lab.engine} | {name: str(value) for name, value in asdict(lab.settings).items()}
    return Inputs(
        report=report,
        parameters=parameters,
        notebook_sha256=notebook_sha256,
        code_sha256=code_digest(),
        lock_sha256=_digest_of(lock_file),
        versions=versions(),
        settings=settings,
        tables=tables_of(lab),
    )


def tables_of(lab: Warehouse) -> tuple[TableRead, ...]:
    """Return rows and digest of every table of a warehouse."""
    found = (lab.fingerprint(name) for name in lab.names())
    return tuple(TableRead(table.table, table.n_rows, table.digest) for table in found)


def contracts_of(lab: Warehouse, tables: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of each table break its declaration, by column and rule; a table without any is empty."""
    return {
        name: {f"{broken.column}:{broken.rule}": broken.n_rows for broken in lab.violations(name)}
        for name in sorted(tables)
    }


def _digest_of(file: Path | None) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file is not None and file.is_file() else None


def manifest_of(
    inputs: Inputs, blocks: Sequence[Block], *, outputs: Mapping[str, Json], checks: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the manifest of a run.

    Parameters
    ----------
    inputs
        What went in.
    blocks
        What the notebook said; its headline gives title and day, its provenance the tables read and the seed.
    outputs
        Size and SHA-256 by file name.
    checks
        What was checked while the run was made, by name.
    """
    head = next(block for block in blocks if isinstance(block, Headline))
    origin = next((block for block in blocks if isinstance(block, Provenance)), None)
    read: list[Json] = [table.table for table in origin.tables] if origin else []
    return {
        "schema": SCHEMA,
        "run_key": inputs.run_key,
        "title": encode(head.question),
        "subject": encode(head.subject),
        "as_of": head.as_of.isoformat(),
        "seed": origin.seed if origin else None,
        "tables_read": read,
        "outputs": dict(outputs),
        "checks": dict(checks),
        **inputs.to_json(),
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run.

    Raises
    ------
    FileProblem
        When the folder holds none, or one of another schema.
    """
    manifest = read_json_file(folder / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise FileProblem(f"'{folder / MANIFEST}' is not of {SCHEMA}.", "run the report again with this version.")
    wrong = [name for name in _TREES if not isinstance(manifest.get(name, {}), dict)]
    if wrong:
        raise FileProblem(f"The manifest is not complete ({', '.join(wrong)}).", "run the report again with --fresh.")
    return manifest


def inputs_from(manifest: Mapping[str, Any]) -> Inputs:
    """Return the inputs that a manifest names.

    Raises
    ------
    FileProblem
        When it does not name all of them.
    """
    try:
        told = {name: manifest[name] for name in Inputs.__dataclass_fields__}
        tables = tuple(TableRead(**table) for table in told.pop("tables"))
        return Inputs(**told, tables=tables)
    except (KeyError, TypeError) as missing:
        raise FileProblem(f"The manifest is not complete ({missing}).", "run the report again with --fresh.") from None
