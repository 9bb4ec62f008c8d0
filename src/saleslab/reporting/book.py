"""Which reports are there?

A report is a notebook in ``notebooks/reports``; its file name is the name of the report. The folder is looked for in
the current folder and in those above it, as git does, and then beside the package's own source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import saleslab
from saleslab.errors import BadArgument, FileProblem
from saleslab.reporting.notebook_form import first_line, read_notebook

LOCK_FILE = "requirements.lock"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Report:
    """A report notebook: its ``name``, the ``question`` that it answers and its ``path``."""

    name: str
    question: str
    path: Path


def find_project(start: Path | None = None) -> Path:
    """Return the nearest folder, upwards from ``start`` or the current one, that has ``notebooks/reports``.

    Raises
    ------
    FileProblem
        When neither these folders nor the one of the package's source have it.
    """
    here = (start or Path()).resolve()
    source = Path(saleslab.__file__).resolve().parents[2]
    for folder in (here, *here.parents, source):
        if (folder / "notebooks" / "reports").is_dir():
            return folder
    raise FileProblem(
        "There is no folder notebooks/reports here or above.", "change into the project's folder, or name a notebook."
    )


def list_reports(project: Path | None = None) -> tuple[Report, ...]:
    """Return the reports of a project, sorted by name."""
    folder = (project or find_project()) / "notebooks" / "reports"
    return tuple(_open(path) for path in sorted(folder.glob("*.ipynb")) if _NAME.fullmatch(path.stem))


def find_report(name: str | Path, project: Path | None = None) -> Report:
    """Return a report by its name, or by the path of any notebook.

    Raises
    ------
    BadArgument
        When no report has the name, or the name of a file cannot be the name of a report.
    FileProblem
        When the path is no notebook.
    """
    if isinstance(name, Path) or name.endswith(".ipynb"):
        path = Path(name)
        if not _NAME.fullmatch(path.stem):
            raise BadArgument(
                f"A report cannot be called '{path.stem}'.", "use small letters a-z, digits, _ and - in the file name."
            )
        return _open(path)
    reports = {report.name: report for report in list_reports(project)}
    if name not in reports:
        known = ", ".join(reports) or "none yet"
        raise BadArgument(f"There is no report '{name}'; there are: {known}.", "see `saleslab report list`.")
    return reports[name]


def _open(path: Path) -> Report:
    return Report(path.stem, first_line(read_notebook(path)), path)
