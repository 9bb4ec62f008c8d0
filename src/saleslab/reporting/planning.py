"""What exactly is to be run? Parameters are checked, and everything that can change a number is hashed into a key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import BadArgument, FileProblem
from saleslab.reporting.addresses import absolute_address
from saleslab.reporting.book import LOCK_FILE, Report, find_project, find_report
from saleslab.reporting.declarations import read_parameters
from saleslab.reporting.kernel import INJECTED_TAG, PARAMETERS_TAG, tagged_cell
from saleslab.reporting.manifest import Inputs, inputs_of
from saleslab.reporting.notebook_form import normal_form, read_notebook, source_digest
from saleslab.reporting.parameters import DATABASE, Parameter, ParameterValue, assignments, fill_parameters
from saleslab.warehouse import connect

KEY_LENGTH = 16
"""Digits of the run's key that name its folder."""

DIGEST = "_sha256"
"""Ending of a parameter that holds the digest of a file: of the one that ``name`` or ``name_file`` names."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it is made: its inputs, the notebook with its parameters set, where the data are, where it goes."""

    inputs: Inputs
    notebook: Any
    address: str
    folder: Path
    project: Path | None


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report whose notebook was read: in its normal form, and the parameters that it declares."""

    report: Report
    notebook: Any
    declared: tuple[Parameter, ...]


def open_report(report: str | Path, project: Path | None = None) -> OpenReport:
    """Return a report by its name or path, read but not run.

    Raises
    ------
    BadArgument, FileProblem
        When there is no such report, or its notebook takes no database.
    ParameterError
        When its parameters cell declares something else than parameters.
    """
    found = find_report(report, project)
    notebook = normal_form(read_notebook(found.path))
    cell = tagged_cell(notebook, PARAMETERS_TAG)
    declared = read_parameters(cell.source) if cell is not None else ()
    if DATABASE not in {parameter.name for parameter in declared}:
        raise BadArgument(
            f"The notebook '{found.name}' has no parameter '{DATABASE}' in a cell tagged '{PARAMETERS_TAG}'.",
            f'declare it: {DATABASE}: str = "duckdb:///data/lab.duckdb"  # the company\'s tables.',
        )
    return OpenReport(found, notebook, declared)


def plan_run(
    report: str | Path, db: str, given: Mapping[str, object], *, as_text: bool, out: Path, project: Path | None
) -> Plan:
    """Return what is to be run; nothing has run and nothing is written when this refuses."""
    opened = open_report(report, project)
    found, notebook = opened.report, opened.notebook
    values = digest_files(find_paths(opened.declared, fill_parameters(opened.declared, given, as_text=as_text)))
    address = absolute_address(db)
    home = project or _project_of(found.path)
    with connect(address, read_only=True) as lab:
        inputs = inputs_of(
            found.name,
            lab,
            parameters=values,
            notebook_sha256=source_digest(notebook),
            lock_file=home / LOCK_FILE if home else None,
        )
    folder = out.absolute() / "runs" / found.name / inputs.run_key[:KEY_LENGTH]
    return Plan(inputs, prepared(notebook, assignments(values)), address, folder, home)


def find_paths(declared: Iterable[Parameter], values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Return the values of parameters, each path made absolute: a kernel works in a folder of its own.

    A path may lead nowhere yet, such as that of a log which nobody has begun.

    Examples
    --------
    >>> log = Parameter("log", "path", optional=False, default="", why="of reviews")
    >>> find_paths([log], {"log": ""})
    {'log': ''}
    >>> find_paths([log], {"log": "reviews.jsonl"})["log"] == str(Path.cwd() / "reviews.jsonl")
    True
    """
    named = [one.name for one in declared if one.type == "path" and values.get(one.name)]
    return dict(values) | {name: str(Path(str(values[name])).absolute()) for name in named}


def digest_files(values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Return the values of parameters, each empty digest filled in where its file is there.

    So what a file holds is part of the run's key, and a file that has changed makes a new run.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "plans.jsonl"
    >>> _ = file.write_text("a plan")
    >>> filled = digest_files({"registry": str(file), "registry_sha256": "", "outcomes_file": ""})
    >>> filled["registry_sha256"][:8]
    'a27fa2ba'
    """
    filled = dict(values)
    for name, value in values.items():
        stem = name.removesuffix(DIGEST)
        named = values.get(stem) or values.get(f"{stem}_file")
        if stem != name and value == "" and isinstance(named, str) and Path(named).is_file():
            filled[name] = hashlib.sha256(Path(named).read_bytes()).hexdigest()
    return filled


def _project_of(path: Path) -> Path | None:
    try:
        return find_project(path.parent)
    except FileProblem:
        return None


def prepared(notebook: Any, source: str) -> Any:
    """Return a notebook with a cell behind its parameters that sets them; the cell comes last of what is declared."""
    import nbformat

    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if PARAMETERS_TAG in cell.metadata.get("tags", []) and source:
            injected = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED_TAG]})
            cells.append(injected)
    return normal_form(nbformat.from_dict({**notebook, "cells": cells}), whole=True)
